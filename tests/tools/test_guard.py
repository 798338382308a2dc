"""What holds for every stack: template.guard, checked by cfn-guard on the template as CloudFormation would deploy it, with
different parameters. Then each line of it is broken once, so that none is there in vain.

    npm ci --prefix tests/tools && python -m unittest discover -s tests/tools
"""

import copy
import json
import platform
import re
import subprocess
import unittest

from test_template import NEXT, NOTHING, PROMOTED, ROOT, Stack, translated

RULES = ROOT / "tests/tools/template.guard"
ACCOUNT = "123456789012"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::StackName": "movies",
    "AWS::URLSuffix": "amazonaws.com",
}
EVERYTHING = {
    **PROMOTED,
    "AlarmEmail": "alarms@example.com",
    "AlarmUrl": "https://pager.example.com/in",
    "CertificateArn": f"arn:aws:acm:eu-west-1:{ACCOUNT}:certificate/1",
    "CustomerManagedKey": "true",
    "DevelopmentAppleSecret": "movies/development/apple",
    "DevelopmentGoogleSecret": "movies/development/google",
    "DevelopmentOidcSecret": "movies/development/oidc",
    "DevelopmentPasskeyDomain": "example.com",
    "DevelopmentRedirectUris": "app://development",
    "DomainName": "api.example.com",
    "HostedDomainPrefix": "movies",
    "HostedZoneId": "Z1",
    "MailFrom": "no-reply@example.com",
    "MonthlyBudgetUsd": "50",
    "MailIdentityArn": f"arn:aws:ses:eu-west-1:{ACCOUNT}:identity/example.com",
    "ProductionAppleSecret": "movies/production/apple",
    "ProductionGoogleSecret": "movies/production/google",
    "ProductionOidcSecret": "movies/production/oidc",
    "ProductionPasskeyDomain": "example.com",
    "ProductionRedirectUris": "app://production",
    "ProductionSamlMetadataUrl": "https://idp.example.com/metadata",
    "ProvisionedConcurrencyMin": "1",
    "ReservedConcurrency": "10",
    "SecurityGroup": "sg-12345678",
    "SlackChannelId": "C0123ABCD",
    "SlackWorkspaceId": "T0123ABCD",
    "SubnetA": "subnet-1",
    "SubnetB": "subnet-2",
    "WarmHoursMin": "5",
    "WebHosting": "true",
}


def program():
    """cfn-guard, which AWS also packs into an npm package, for each system."""
    system = {"Linux": "ubuntu", "Darwin": "macos"}[platform.system()]
    machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())
    return ROOT / "tests/tools/node_modules/@cdklabs/cdk-validator-cfnguard/bin" / system / machine / "cfn-guard"


def filled(value):
    """What is left of functions, as text: a resource's name in the template stands for its name, or is in its ARN."""
    if isinstance(value, list):
        return [filled(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(function, argument)] = value.items()
        if function == "Ref":
            return PSEUDO.get(argument, argument)
        if function == "Fn::GetAtt":
            name, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
            return f"arn:aws:service:eu-west-1:{ACCOUNT}:{name}" if attribute == "Arn" else f"{name}-{attribute}"
        if function == "Fn::Select":
            return filled(argument[1])[argument[0]]
        if function == "Fn::Sub":
            text, names = (argument, {}) if isinstance(argument, str) else argument
            names = filled(names)

            def fill(found):
                name = found[1]
                return str(names[name]) if name in names else filled({"Fn::GetAtt" if "." in name else "Ref": name})

            return re.sub(r"\$\{([\w:.]+)\}", fill, text)
    return {key: filled(one) for key, one in value.items()}


def refused(stacks, rules):
    """The names of the rules that each stack breaks."""
    data = [json.dumps({"Resources": stack}) for stack in stacks]
    options = ["--payload", "--structured", "--output-format", "json", "--show-summary", "none"]
    payload = json.dumps({"rules": [rules], "data": data})
    guard = subprocess.run([program(), "validate", *options], input=payload, capture_output=True, text=True)
    # 0: all comply, 19: some do not; all else is a fault of the rules or of the data.
    if guard.returncode not in (0, 19) or guard.stderr:
        raise AssertionError(f"cfn-guard ended with {guard.returncode}: {guard.stderr}{guard.stdout}")
    reports = json.loads(guard.stdout)
    # They come in any order, and their names are numbers, from 1.
    reports.sort(key=lambda report: int(re.search(r"\d+", report["name"])[0]))
    found = [{one["Rule"]["name"] for one in report["not_compliant"]} for report in reports]
    assert len(found) == len(stacks) and any(found) == (guard.returncode == 19), guard.stdout
    return found


def each_rule(rules):
    """Each rule by its name, with the variables that all have in common."""
    variables, *blocks = re.split(r"^(?=rule )", rules, flags=re.M)
    return {block.split()[1]: variables + block for block in blocks}


def put(path, value):
    """Sets what is at a path of the stack, or takes it away."""
    *way, last = path.split("/")

    def change(stack):
        place = stack
        for step in way:
            place = place[int(step) if isinstance(place, list) else step]
        last_ = int(last) if isinstance(place, list) else last
        if value is NOTHING:
            del place[last_]
        else:
            place[last_] = value

    return change


def another(name, like):
    """Adds a resource that is a copy of another."""
    return lambda stack: stack.update({name: copy.deepcopy(stack[like])})


def of_type(kind, change):
    """Changes each resource of a type."""

    def changes(stack):
        for one in [one for one in stack.values() if one["Type"] == kind]:
            change(one)

    return changes


def statement(index, **members):
    """Changes a statement of the key's policy."""
    return lambda stack: stack["DataKey"]["Properties"]["KeyPolicy"]["Statement"][index].update(members)


def csp(old, new):
    """Changes the content security policy of Production's app."""

    def change(stack):
        policy = stack["ProductionAppHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
        policy = policy["ContentSecurityPolicy"]
        policy["ContentSecurityPolicy"] = policy["ContentSecurityPolicy"].replace(old, new)

    return change


def judged_without_figures(stack):
    """Takes the metrics from the alarms that judge a rollout."""
    for name in ("ProductionErrorsAlarm", "ProductionHttp5xxAlarm", "ProductionLatencyAlarm"):
        del stack[name]["Properties"]["Metrics"][1:]


TABLE, POOL, CLIENT = "ProductionMoviesTable", "ProductionUserPool/Properties", "ProductionUserPoolClient/Properties"
STAGE, GROUP = "ProductionStage/Properties", "ProductionDeploymentGroup/Properties"
KEY, ALARM = "DataKey", "ProductionHttp5xxAlarm/Properties"
WEB = "Firewall/Properties/Rules"
ROLE, POLICY = "ProductionFunctionRole/Properties", "ProductionPreSignUpPolicy/Properties/PolicyDocument/Statement/0"
STREAM = "ProductionMoviesStream/Properties"
BUCKET, DISTRIBUTION = "ProductionWebBucket", "ProductionDistribution/Properties/DistributionConfig"
TLS, CDN = (f"ProductionWebBucketPolicy/Properties/PolicyDocument/Statement/{index}" for index in (0, 1))
APP, FILES = (
    f"{name}/Properties/ResponseHeadersPolicyConfig/SecurityHeadersConfig" for name in ("ProductionAppHeaders", "WebFilesHeaders")
)
WRITES = f"{ROLE}/Policies/1/PolicyDocument/Statement/0"
FIRST = f"{ROLE}/Policies/0/PolicyDocument/Statement/0"

# Each is a mistake that one could make, and the rule that must see it.
MISTAKES = [
    ("tables_keep_their_data", put(TABLE, NOTHING)),
    ("tables_keep_their_data", put(f"{TABLE}/DeletionPolicy", "Delete")),
    ("tables_keep_their_data", put(f"{TABLE}/UpdateReplacePolicy", NOTHING)),
    ("tables_keep_their_data", put(f"{TABLE}/Properties/BillingMode", "PROVISIONED")),
    ("tables_keep_their_data", put(f"{TABLE}/Properties/DeletionProtectionEnabled", False)),
    ("tables_keep_their_data", put(f"{TABLE}/Properties/PointInTimeRecoverySpecification", NOTHING)),
    ("a_key_of_ones_own_encrypts_everything", put(f"{TABLE}/Properties/SSESpecification/SSEType", "AES256")),
    ("a_key_of_ones_own_encrypts_everything", put(f"{TABLE}/Properties/SSESpecification/KMSMasterKeyId", NOTHING)),
    ("a_key_of_ones_own_encrypts_everything", put("ApiAccessLogs/Properties/KmsKeyId", NOTHING)),
    ("a_key_of_ones_own_encrypts_everything", put("AlarmTopic/Properties/KmsMasterKeyId", NOTHING)),
    ("keys_rotate_and_stay", put(f"{KEY}/DeletionPolicy", "Delete")),
    ("keys_rotate_and_stay", put(f"{KEY}/UpdateReplacePolicy", "Delete")),
    ("keys_rotate_and_stay", put(f"{KEY}/Properties/EnableKeyRotation", False)),
    ("keys_rotate_and_stay", statement(0, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/somebody"})),
    ("keys_rotate_and_stay", statement(1, Condition={"StringEquals": {"kms:ViaService": "dynamodb"}})),
    ("keys_rotate_and_stay", statement(1, Condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}})),
    ("keys_rotate_and_stay", put(f"{KEY}/Properties/KeyPolicy/Statement/3/Condition", NOTHING)),
    ("keys_rotate_and_stay", statement(3, Action="kms:*")),
    ("user_pools_keep_their_accounts", another("ThirdUserPool", "ProductionUserPool")),
    ("user_pools_keep_their_accounts", put("ProductionUserPool/DeletionPolicy", "Delete")),
    ("user_pools_keep_their_accounts", put("ProductionUserPool/UpdateReplacePolicy", "Delete")),
    ("user_pools_keep_their_accounts", put(f"{POOL}/DeletionProtection", "INACTIVE")),
    ("user_pools_are_strict", put(f"{POOL}/Policies/PasswordPolicy/MinimumLength", 8)),
    ("user_pools_are_strict", put(f"{POOL}/MfaConfiguration", "OFF")),
    ("user_pools_are_strict", put(f"{POOL}/UserAttributeUpdateSettings", NOTHING)),
    ("user_pools_are_strict", put(f"{POOL}/UsernameConfiguration/CaseSensitive", True)),
    ("user_pools_are_strict", put(f"{POOL}/AccountRecoverySetting/RecoveryMechanisms/0/Name", "admin_only")),
    ("user_pools_are_strict", put(f"{POOL}/LambdaConfig", NOTHING)),
    ("app_clients_tell_nothing_and_can_be_revoked", another("ThirdClient", "ProductionUserPoolClient")),
    ("app_clients_tell_nothing_and_can_be_revoked", put(f"{CLIENT}/PreventUserExistenceErrors", "LEGACY")),
    ("app_clients_tell_nothing_and_can_be_revoked", put(f"{CLIENT}/EnableTokenRevocation", False)),
    ("app_clients_tell_nothing_and_can_be_revoked", put(f"{CLIENT}/RefreshTokenRotation/Feature", "DISABLED")),
    ("app_clients_tell_nothing_and_can_be_revoked", put(f"{CLIENT}/ExplicitAuthFlows/0", "ALLOW_USER_PASSWORD_AUTH")),
    ("app_clients_tell_nothing_and_can_be_revoked", put(f"{CLIENT}/AccessTokenValidity", 60)),
    ("app_clients_tell_nothing_and_can_be_revoked", put(f"{CLIENT}/TokenValidityUnits/AccessToken", "hours")),
    ("app_clients_tell_nothing_and_can_be_revoked", put(f"{CLIENT}/GenerateSecret", False)),
    ("hosted_pages_have_no_passwords", put(f"{CLIENT}/SupportedIdentityProviders/1", "COGNITO")),
    ("hosted_pages_have_no_passwords", put(f"{CLIENT}/SupportedIdentityProviders", [])),
    ("hosted_pages_have_no_passwords", put(f"{CLIENT}/SupportedIdentityProviders", NOTHING)),
    ("identity_providers_hold_no_secrets", put("ProductionAppleProvider/Properties/ProviderDetails/private_key", "MIGT")),
    ("identity_providers_hold_no_secrets", put("DevelopmentGoogleProvider/Properties/ProviderDetails/client_secret", "x")),
    ("identity_providers_hold_no_secrets", put("ProductionOidcProvider/Properties/ProviderDetails/client_secret", "x")),
    ("identity_providers_tell_an_address", put("ProductionSamlProvider/Properties/AttributeMapping/email", NOTHING)),
    ("identity_providers_tell_an_address", put("DevelopmentOidcProvider/Properties/AttributeMapping/email_verified", NOTHING)),
    ("stages_are_logged_traced_and_throttled", put("ProductionStage", NOTHING)),
    ("stages_are_logged_traced_and_throttled", put(f"{STAGE}/StageName", "Stage")),
    ("stages_are_logged_traced_and_throttled", put(f"{STAGE}/AccessLogSetting/DestinationArn", NOTHING)),
    ("stages_are_logged_traced_and_throttled", put(f"{STAGE}/AccessLogSetting/Format", "$context.status")),
    ("stages_are_logged_traced_and_throttled", put(f"{STAGE}/TracingEnabled", False)),
    ("stages_are_logged_traced_and_throttled", put(f"{STAGE}/MethodSettings", [])),
    ("stages_are_logged_traced_and_throttled", put(f"{STAGE}/MethodSettings/3/DataTraceEnabled", True)),
    ("stages_are_logged_traced_and_throttled", put(f"{STAGE}/MethodSettings/0/ThrottlingRateLimit", NOTHING)),
    ("stages_are_logged_traced_and_throttled", put(f"{STAGE}/MethodSettings/0/ThrottlingBurstLimit", NOTHING)),
    ("what_production_is_pinned_to_stays", another("SecondApi", "Api")),
    ("what_production_is_pinned_to_stays", put("Api/DeletionPolicy", "Delete")),
    ("what_production_is_pinned_to_stays", put("Api/UpdateReplacePolicy", "Delete")),
    ("what_production_is_pinned_to_stays", of_type("AWS::ApiGateway::Deployment", put("Type", "Custom::Other"))),
    ("what_production_is_pinned_to_stays", of_type("AWS::ApiGateway::Deployment", put("DeletionPolicy", "Delete"))),
    ("what_production_is_pinned_to_stays", of_type("AWS::ApiGateway::Deployment", put("UpdateReplacePolicy", "Delete"))),
    ("what_production_is_pinned_to_stays", put("BootstrapVersion", NOTHING)),
    ("what_production_is_pinned_to_stays", put("BootstrapVersion/DeletionPolicy", "Delete")),
    ("what_production_is_pinned_to_stays", put("BootstrapVersion/UpdateReplacePolicy", "Delete")),
    ("the_default_address_takes_no_old_tls", put("Api/Properties/SecurityPolicy", "TLS_1_0")),
    ("the_default_address_takes_no_old_tls", put("Api/Properties/EndpointAccessMode", NOTHING)),
    ("domains_take_no_old_tls", put("Domain/Properties/SecurityPolicy", "TLS_1_0")),
    ("firewalls_stop_floods", put(f"{WEB}/0", NOTHING)),
    ("firewalls_stop_floods", put(f"{WEB}/0/Statement/RateBasedStatement/AggregateKeyType", "CONSTANT")),
    ("firewalls_stop_floods", put(f"{WEB}/0/Action", {"Count": {}})),
    ("firewalls_stop_floods", put(f"{WEB}/1", NOTHING)),
    ("firewalls_stop_floods", put(f"{WEB}/1/Action", {"Count": {}})),
    ("firewalls_stop_floods", put(f"{WEB}/2/OverrideAction", {"Count": {}})),
    ("functions_are_logged_and_traced", of_type("AWS::Lambda::Function", put("Type", "Custom::Other"))),
    ("functions_are_logged_and_traced", put("ProductionPreSignUpFunction/Properties/TracingConfig/Mode", "PassThrough")),
    ("functions_are_logged_and_traced", put("DevelopmentFunction/Properties/LoggingConfig/LogFormat", "Text")),
    ("functions_are_logged_and_traced", put("PreTrafficFunction/Properties/LoggingConfig/LogGroup", NOTHING)),
    ("logs_end", of_type("AWS::Logs::LogGroup", put("Type", "Custom::Other"))),
    ("logs_end", put("DevelopmentPreSignUpFunctionLogs/Properties/RetentionInDays", NOTHING)),
    ("functions_are_called_by_whom_the_stack_names", of_type("AWS::Lambda::Permission", put("Type", "Custom::Other"))),
    ("functions_are_called_by_whom_the_stack_names", put("ProductionPermission/Properties/Action", "lambda:*")),
    ("functions_are_called_by_whom_the_stack_names", put("ProductionPermission/Properties/Principal", "*")),
    ("functions_are_called_by_whom_the_stack_names", put("ProductionPermission/Properties/SourceArn", NOTHING)),
    ("functions_are_called_by_whom_the_stack_names", put("ProductionPermission/Properties/SourceAccount", NOTHING)),
    ("functions_are_called_by_whom_the_stack_names", put("Address", {"Type": "AWS::Lambda::Url", "Properties": {}})),
    ("aliases_of_the_stages", another("ThirdAlias", "DevelopmentAlias")),
    ("aliases_of_the_stages", put("DevelopmentAlias/Properties/FunctionVersion", "7")),
    ("aliases_of_the_stages", put("ProductionAlias/Properties/FunctionVersion", "$LATEST")),
    ("aliases_of_the_stages", put("ProductionPreSignUpAlias/Properties/FunctionVersion", "$LATEST")),
    ("aliases_of_the_stages", put("ProductionChangesAlias/Properties/FunctionVersion", "$LATEST")),
    ("streams_lose_nothing", put("ProductionWatchlistStream", NOTHING)),
    ("streams_lose_nothing", of_type("AWS::Lambda::EventSourceMapping", put("Type", "Custom::Other"))),
    ("streams_lose_nothing", put(f"{TABLE}/Properties/StreamSpecification", NOTHING)),
    ("streams_lose_nothing", put(f"{TABLE}/Properties/StreamSpecification/StreamViewType", "NEW_IMAGE")),
    ("streams_lose_nothing", put(f"{STREAM}/StartingPosition", "LATEST")),
    ("streams_lose_nothing", put(f"{STREAM}/MaximumRetryAttempts", 10)),
    ("streams_lose_nothing", put(f"{STREAM}/MaximumRetryAttempts", NOTHING)),
    ("streams_lose_nothing", put(f"{STREAM}/MaximumRecordAgeInSeconds", 3600)),
    ("streams_lose_nothing", put(f"{STREAM}/BisectBatchOnFunctionError", False)),
    ("streams_lose_nothing", put(f"{STREAM}/ParallelizationFactor", 10)),
    ("streams_lose_nothing", put(f"{STREAM}/BatchSize", 1000)),
    ("streams_lose_nothing", put(f"{STREAM}/FunctionResponseTypes", ["ReportBatchItemFailures"])),
    ("streams_lose_nothing", put(f"{STREAM}/FilterCriteria", {"Filters": []})),
    ("streams_lose_nothing", put(f"{STREAM}/Enabled", False)),
    ("streams_lose_nothing", put(f"{STREAM}/FunctionName", "ProductionChangesFunction")),
    ("streams_lose_nothing", put("DevelopmentMoviesStream/Properties/FunctionName", "DevelopmentFunction")),
    ("rollouts_go_back_by_themselves", put(f"{GROUP}/DeploymentStyle/DeploymentOption", "WITHOUT_TRAFFIC_CONTROL")),
    ("rollouts_go_back_by_themselves", put(f"{GROUP}/AutoRollbackConfiguration/Enabled", False)),
    ("rollouts_go_back_by_themselves", put(f"{GROUP}/AutoRollbackConfiguration/Events/0", NOTHING)),
    ("rollouts_go_back_by_themselves", put(f"{GROUP}/AutoRollbackConfiguration/Events/1", NOTHING)),
    ("rollouts_go_back_by_themselves", put(f"{GROUP}/AutoRollbackConfiguration/Events/2", NOTHING)),
    ("rollouts_go_back_by_themselves", put(f"{GROUP}/AlarmConfiguration/Enabled", False)),
    ("rollouts_go_back_by_themselves", put(f"{GROUP}/AlarmConfiguration/IgnorePollAlarmFailure", True)),
    ("rollouts_go_back_by_themselves", put(f"{GROUP}/AlarmConfiguration/Alarms/1", NOTHING)),
    ("rollouts_go_back_by_themselves", put("ProductionAlias/UpdatePolicy", NOTHING)),
    ("rollouts_are_judged_by_the_new_version", put("ProductionLatencyAlarm", NOTHING)),
    ("rollouts_are_judged_by_the_new_version", put(f"{ALARM}/AlarmName", "movies-production-http-5xx")),
    ("rollouts_are_judged_by_the_new_version", put(f"{ALARM}/Metrics/1/MetricStat/Metric/Dimensions/1", NOTHING)),
    ("rollouts_are_judged_by_the_new_version", put(f"{ALARM}/Metrics/3/MetricStat/Metric/Dimensions/1", NOTHING)),
    ("rollouts_are_judged_by_the_new_version", put(f"{ALARM}/Metrics/1/MetricStat/Period", 60)),
    ("rollouts_are_judged_by_the_new_version", judged_without_figures),
    ("alarms_are_heard", of_type("AWS::CloudWatch::Alarm", put("Type", "Custom::Other"))),
    ("alarms_are_heard", put(f"{ALARM}/TreatMissingData", "breaching")),
    ("alarms_are_heard", put(f"{ALARM}/AlarmActions", NOTHING)),
    ("alarms_are_heard", put(f"{ALARM}/OKActions", NOTHING)),
    ("buckets_are_private", another("ThirdBucket", BUCKET)),
    ("buckets_are_private", put("ProductionWebBucketPolicy", NOTHING)),
    ("buckets_are_private", put(f"{BUCKET}/Properties/PublicAccessBlockConfiguration", NOTHING)),
    ("buckets_are_private", put(f"{BUCKET}/Properties/PublicAccessBlockConfiguration/BlockPublicAcls", False)),
    ("buckets_are_private", put(f"{BUCKET}/Properties/PublicAccessBlockConfiguration/BlockPublicPolicy", False)),
    ("buckets_are_private", put(f"{BUCKET}/Properties/PublicAccessBlockConfiguration/IgnorePublicAcls", False)),
    ("buckets_are_private", put(f"{BUCKET}/Properties/PublicAccessBlockConfiguration/RestrictPublicBuckets", False)),
    ("buckets_are_private", put(f"{BUCKET}/Properties/OwnershipControls/Rules/0/ObjectOwnership", "ObjectWriter")),
    ("buckets_are_private", put(f"{BUCKET}/Properties/BucketEncryption", NOTHING)),
    ("buckets_are_private", put(f"{BUCKET}/Properties/CorsConfiguration/CorsRules/0/AllowedMethods/0", "GET")),
    ("buckets_are_private", put(f"{BUCKET}/Properties/WebsiteConfiguration", {"IndexDocument": "index.html"})),
    ("buckets_keep_what_is_wanted_and_nothing_else", put(f"{BUCKET}/DeletionPolicy", "Delete")),
    ("buckets_keep_what_is_wanted_and_nothing_else", put(f"{BUCKET}/UpdateReplacePolicy", "Delete")),
    ("buckets_keep_what_is_wanted_and_nothing_else", put(f"{BUCKET}/Properties/VersioningConfiguration", {"Status": "Enabled"})),
    ("buckets_keep_what_is_wanted_and_nothing_else", put(f"{BUCKET}/Properties/LifecycleConfiguration", NOTHING)),
    ("buckets_are_read_by_the_cdn_alone", put(f"{CDN}/Principal", "*")),
    ("buckets_are_read_by_the_cdn_alone", put(f"{CDN}/Principal/Service", "ec2.amazonaws.com")),
    ("buckets_are_read_by_the_cdn_alone", put(f"{CDN}/Principal/AWS", "*")),
    ("buckets_are_read_by_the_cdn_alone", put(f"{CDN}/Action", ["s3:GetObject", "s3:ListBucket"])),
    ("buckets_are_read_by_the_cdn_alone", put(f"{CDN}/Resource/0", "arn:aws:s3:::bucket/*")),
    ("buckets_are_read_by_the_cdn_alone", put(f"{CDN}/Condition", NOTHING)),
    ("buckets_are_read_by_the_cdn_alone", put(f"{CDN}/Condition/StringEquals/AWS:SourceArn", f"arn:aws:cloudfront::{ACCOUNT}:distribution/*")),
    ("buckets_are_read_by_the_cdn_alone", put(TLS, NOTHING)),
    ("distributions_are_strict", another("ThirdDistribution", "ProductionDistribution")),
    ("distributions_are_strict", put(f"{DISTRIBUTION}/Origins/0/OriginAccessControlId", NOTHING)),
    ("distributions_are_strict", put(f"{DISTRIBUTION}/Origins/1/CustomOriginConfig", {"OriginProtocolPolicy": "http-only"})),
    ("distributions_are_strict", put(f"{DISTRIBUTION}/DefaultCacheBehavior/ViewerProtocolPolicy", "allow-all")),
    ("distributions_are_strict", put(f"{DISTRIBUTION}/DefaultCacheBehavior/ResponseHeadersPolicyId", NOTHING)),
    ("distributions_are_strict", put(f"{DISTRIBUTION}/DefaultCacheBehavior/AllowedMethods/1", "PUT")),
    ("distributions_are_strict", put(f"{DISTRIBUTION}/CacheBehaviors/0/ViewerProtocolPolicy", "allow-all")),
    ("distributions_are_strict", put(f"{DISTRIBUTION}/CacheBehaviors/0/ResponseHeadersPolicyId", NOTHING)),
    ("distributions_are_strict", put(f"{DISTRIBUTION}/CacheBehaviors/0/AllowedMethods/1", "PUT")),
    ("distributions_are_strict", put("WebOriginAccess/Properties/OriginAccessControlConfig/SigningBehavior", "never")),
    ("pages_and_files_are_confined", put("DevelopmentAppHeaders", NOTHING)),
    ("pages_and_files_are_confined", put(f"{APP}/ContentSecurityPolicy/Override", False)),
    ("pages_and_files_are_confined", csp("default-src 'self'; ", "")),
    ("pages_and_files_are_confined", csp("default-src 'self'", "default-src 'self' 'unsafe-inline'")),
    ("pages_and_files_are_confined", csp("style-src 'self'", "style-src 'self' 'unsafe-inline'")),
    ("pages_and_files_are_confined", csp("connect-src 'self'", "connect-src *")),
    ("pages_and_files_are_confined", csp("img-src 'self'", "img-src 'self' http:")),
    ("pages_and_files_are_confined", csp("style-src 'self'", "script-src https:")),
    ("pages_and_files_are_confined", csp("; frame-ancestors 'none'", "")),
    ("pages_and_files_are_confined", put(f"{APP}/ContentTypeOptions", NOTHING)),
    ("pages_and_files_are_confined", put(f"{APP}/ReferrerPolicy/ReferrerPolicy", "unsafe-url")),
    ("pages_and_files_are_confined", put(f"{APP}/StrictTransportSecurity/AccessControlMaxAgeSec", 60)),
    ("pages_and_files_are_confined", put(f"{FILES}/ContentSecurityPolicy/ContentSecurityPolicy", "default-src 'none'; style-src 'self'")),
    ("functions_write_files_alone", put(f"{ROLE}/Policies/1", NOTHING)),
    ("functions_write_files_alone", put(f"{WRITES}/Action/0", "s3:GetObject")),
    ("functions_write_files_alone", put(f"{WRITES}/Resource", "arn:aws:s3:::bucket/app/*")),
    ("functions_write_files_alone", put(f"{FIRST}/Action/1", "s3:ListBucket")),
    ("roles_are_taken_by_services_alone", put(f"{ROLE}/AssumeRolePolicyDocument/Statement/0/Principal/Service", NOTHING)),
    ("roles_are_taken_by_services_alone", put(f"{ROLE}/AssumeRolePolicyDocument/Statement/0/Principal/AWS", "*")),
    ("roles_are_taken_by_services_alone", put(f"{ROLE}/AssumeRolePolicyDocument/Statement/0/Principal/Federated", "x")),
    ("policies_name_actions_and_resources", of_type("AWS::IAM::Role", put("Type", "Custom::Other"))),
    ("policies_name_actions_and_resources", put(f"{FIRST}/Action", NOTHING)),
    ("policies_name_actions_and_resources", put(f"{FIRST}/Action", "logs:*")),
    ("policies_name_actions_and_resources", put(f"{FIRST}/Action/1", "*")),
    ("policies_name_actions_and_resources", put(f"{FIRST}/Resource", NOTHING)),
    ("policies_name_actions_and_resources", put(f"{FIRST}/Resource", "*")),
    ("policies_name_actions_and_resources", put(f"{FIRST}/Resource", f"arn:aws:logs:eu-west-1:{ACCOUNT}:*")),
    ("policies_name_actions_and_resources", put(f"{FIRST}/Resource", "arn:aws:logs:*:*:log-group")),
    ("policies_name_actions_and_resources", put("ProductionPreSignUpPolicy", NOTHING)),
    ("policies_name_actions_and_resources", put(f"{POLICY}/Action", NOTHING)),
    ("policies_name_actions_and_resources", put(f"{POLICY}/Action", "cognito-idp:List*")),
    ("policies_name_actions_and_resources", put(f"{POLICY}/Resource", NOTHING)),
    ("policies_name_actions_and_resources", put(f"{POLICY}/Resource", "*")),
    ("policies_of_aws_are_few", of_type("AWS::IAM::Role", put("Properties/ManagedPolicyArns", []))),
    ("policies_of_aws_are_few", put(f"{ROLE}/ManagedPolicyArns/0", "arn:aws:iam::aws:policy/AdministratorAccess")),
]


class GuardTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.template = translated()
        cls.rules = RULES.read_text()

    def stack(self, parameters):
        stack = filled(Stack(self.template, parameters).resources)
        # openapi.yaml, of which no rule says anything.
        del stack["Api"]["Properties"]["Body"]
        return stack

    def test_every_stack_keeps_the_rules(self):
        all_parameters = [
            {}, {"ProductionTrafficShift": ""}, PROMOTED, NEXT, {"WebHosting": "true"}, EVERYTHING,
        ]
        found = refused([self.stack(parameters) for parameters in all_parameters], self.rules)
        for parameters, broken in zip(all_parameters, found):
            with self.subTest(parameters=parameters):
                self.assertEqual(broken, set())

    def test_each_mistake_is_refused_by_its_rule(self):
        good = self.stack(EVERYTHING)
        bad = [copy.deepcopy(good) for _ in MISTAKES]
        for stack, (_, mistake) in zip(bad, MISTAKES):
            mistake(stack)
        # Each by its rule alone: all of them together take a minute.
        for rule, text in each_rule(self.rules).items():
            own = [index for index, (name, _) in enumerate(MISTAKES) if name == rule]
            for index, broken in zip(own, refused([bad[index] for index in own], text)):
                with self.subTest(index=index, rule=rule):
                    self.assertNotEqual(bad[index], good)
                    self.assertEqual(broken, {rule})

    def test_every_rule_has_its_mistakes(self):
        self.assertEqual({rule for rule, _ in MISTAKES}, set(each_rule(self.rules)))


if __name__ == "__main__":
    unittest.main()
