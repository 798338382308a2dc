"""What running the stack relies on: what AWS refuses, what outlives the stack, who is told, and what stays closed.

    python -m unittest discover -s tests/tools
"""

import fnmatch
import json
import re
import unittest

from samtranslator.yaml_helper import yaml_parse

from test_pipeline import inline, many
from test_template import ROOT, Stack, references, translated

DOCUMENT = yaml_parse((ROOT / "openapi.yaml").read_text())
TEMPLATE = translated()
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
DOMAIN = {"DomainName": "api.example.com", "CertificateArn": CERTIFICATE}
HOSTED = {
    "HostedDomainPrefix": "movies",
    **{f"{stage}RedirectUris": "app://back" for stage in ("Development", "Production")},
    **{f"{stage}SamlMetadataUrl": "https://idp.example.com/metadata" for stage in ("Development", "Production")},
    **{f"{stage}{kind}Secret": f"movies/{stage.lower()}/{kind.lower()}"
       for stage in ("Development", "Production") for kind in ("Apple", "Google", "Oidc")},
}


def nulls(value, path=""):
    """The paths of all nulls in a document."""
    if value is None:
        return [path]
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for name, one in pairs for found in nulls(one, f"{path}/{name}")]


class PasskeyTest(unittest.TestCase):
    """Passkeys are on in the stage that names a domain for them, and in no other."""

    def test_a_stage_without_a_domain_for_passkeys_has_nothing_of_them(self):
        resources = Stack(TEMPLATE, {"ProductionPasskeyDomain": "movies.example.com"}).resources
        pool = resources["DevelopmentUserPool"]["Properties"]
        self.assertEqual([name for name in pool if name.startswith("WebAuthn")], [])
        self.assertEqual(pool["Policies"]["SignInPolicy"], {"AllowedFirstAuthFactors": ["PASSWORD"]})
        flows = resources["DevelopmentUserPoolClient"]["Properties"]["ExplicitAuthFlows"]
        self.assertEqual(flows, ["ALLOW_ADMIN_USER_PASSWORD_AUTH"])

    def test_a_passkey_of_that_domain_verifies_its_user_and_is_two_factors(self):
        resources = Stack(TEMPLATE, {"ProductionPasskeyDomain": "movies.example.com"}).resources
        pool = resources["ProductionUserPool"]["Properties"]
        self.assertEqual(pool["WebAuthnRelyingPartyID"], "movies.example.com")
        self.assertEqual(pool["WebAuthnUserVerification"], "required")
        self.assertEqual(pool["WebAuthnFactorConfiguration"], "MULTI_FACTOR_WITH_USER_VERIFICATION")
        self.assertEqual(pool["Policies"]["SignInPolicy"], {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]})
        flows = resources["ProductionUserPoolClient"]["Properties"]["ExplicitAuthFlows"]
        self.assertIn("ALLOW_USER_AUTH", flows)


class ImportTest(unittest.TestCase):
    """What CloudFormation and API Gateway refuse in openapi.yaml and in the template that it is merged into."""

    def test_no_null_is_in_the_document_or_in_the_template_that_it_is_merged_into(self):
        # CloudFormation refuses a null anywhere in a template: "Null values are not allowed in templates".
        self.assertEqual(nulls(DOCUMENT), [])
        self.assertEqual(nulls(TEMPLATE), [])

    def test_the_import_makes_fewer_documentation_parts_than_an_api_may_have(self):
        # An API has 2,000 documentation parts, and each import makes those of the whole document. AWS does not say how they
        # are counted, so this counts generously, and the bound leaves room for what it does not see: two ways of counting
        # this document differed by 150. The import could leave them out ("ignore": "documentation" among the parameters of
        # AWS::ApiGateway::RestApi), but AWS::Serverless::Api sets these parameters itself and takes none.
        self.assertLessEqual(documentation_parts(DOCUMENT), 1_750)

    def test_each_part_with_a_description_is_counted(self):
        answer = {"description": "Found", "headers": {"X-Id": {"description": "Its id"}, "X-Other": {}}}
        document = {
            "info": {"title": "Small"},
            "tags": [{"name": "Movies"}],
            "paths": {"/movies": {"get": {
                "summary": "Lists",
                "parameters": [{"$ref": "#/components/parameters/Limit"}],
                "requestBody": {"description": "Nothing"},
                "responses": {"200": answer},
            }}},
            "components": {
                "parameters": {"Limit": {"description": "How many"}},
                "schemas": {"Movie": {"description": "A movie", "properties": {"title": {"description": "Its title"}}}},
                "securitySchemes": {"token": {"description": "An access token"}},
            },
        }
        self.assertEqual(documentation_parts(document), 10)


def documentation_parts(document):
    """How many documentation parts an import makes: one for the API, for each tag, and for each part of the document that has
    a summary or a description: path, operation, parameter, body, answer, header of an answer, schema and member, authorizer.
    What is shared by `$ref` counts wherever it is used, because a part belongs to one place of the API."""

    def target(one):
        while "$ref" in one:
            found = document
            for name in one["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            one = found
        return one

    def described(one):
        return "summary" in one or "description" in one

    def schema(one):
        below = [*one.get("properties", {}).values()]
        below += [one[name] for name in ("items", "additionalProperties") if isinstance(one.get(name), dict)]
        below += [each for name in ("allOf", "oneOf", "anyOf") for each in one.get(name, [])]
        return described(one) + sum(schema(each) for each in below)

    found = 1 + len(document.get("tags", []))
    for item in document["paths"].values():
        found += described(item)
        for method in {"delete", "get", "head", "options", "patch", "post", "put"} & item.keys():
            operation = item[method]
            places = item.get("parameters", []) + operation.get("parameters", [])
            places += [operation["requestBody"]] if "requestBody" in operation else []
            for answer in map(target, operation["responses"].values()):
                places += [answer, *answer.get("headers", {}).values()]
            found += described(operation) + sum(described(target(one)) for one in places)
    components = document["components"]
    found += sum(schema(one) for one in components["schemas"].values())
    return found + sum(described(one) for one in components["securitySchemes"].values())


class StackNamesTest(unittest.TestCase):
    def test_two_stacks_of_one_account_have_metrics_of_their_own(self):
        # API Gateway's metrics go by the name of the API, so it has the name of the stack, and both ask for that one.
        name = {"Ref": "AWS::StackName"}
        resources = Stack(TEMPLATE).resources
        self.assertEqual(resources["Api"]["Properties"]["Name"], name)
        alarms = [one["Properties"] for one in Stack(TEMPLATE).of_type("AWS::CloudWatch::Alarm").values()]
        of_the_gateway = [one for one in alarms if one.get("Namespace") == "AWS/ApiGateway"]
        self.assertTrue(of_the_gateway)
        for alarm in of_the_gateway:
            self.assertIn({"Name": "ApiName", "Value": name}, alarm["Dimensions"])
        text = json.dumps(resources["Dashboard"]["Properties"]["DashboardBody"])
        names = set(re.findall(r'\\"ApiName\\", \\"(.*?)\\"', text))
        self.assertEqual(names, {"${AWS::StackName}"})


class RemovalTest(unittest.TestCase):
    """What is left when the stack goes."""

    def test_what_apps_and_accounts_are_tied_to_stays_with_the_pool(self):
        resources = Stack(TEMPLATE, HOSTED).resources
        for stage in ("Development", "Production"):
            for kind in ("UserPool", "UserPoolClient", "EditorsGroup"):
                one = resources[stage + kind]
                self.assertEqual((one["DeletionPolicy"], one["UpdateReplacePolicy"]), ("Retain", "Retain"), stage + kind)

    def test_the_guide_names_everything_that_outlives_the_stack(self):
        guide = (ROOT / "docs/first-deploy.md").read_text()
        removal = guide.split("\n## Removal\n")[1]
        kept = {name for name, one in TEMPLATE["Resources"].items() if one.get("DeletionPolicy") == "Retain"}
        # The name of a deployment ends with a hash of the document.
        kept = {re.sub(r"^(ApiDeployment)[0-9a-f]+$", r"\1…", name) for name in kept}
        listed = {name for row in removal.splitlines() if row.startswith("|") for name in re.findall(r"`(\w+…?)`", row)}
        self.assertEqual(listed, kept)
        # Of these one is public and billed: the stage that SAM makes.
        self.assertIn("aws apigateway delete-stage", removal)

    def test_what_a_parameter_switches_off_is_gone_when_it_is_off(self):
        # DeletionPolicy also counts when a condition becomes false: what is retained would go on serving.
        switched = set(Stack(TEMPLATE, HOSTED).resources) - set(Stack(TEMPLATE).resources)
        self.assertEqual(len(switched), 10)
        for name in switched:
            self.assertNotIn("DeletionPolicy", TEMPLATE["Resources"][name], name)

    def test_what_belongs_to_a_stage_says_so_on_the_bill(self):
        kinds = {
            "AWS::Lambda::Function", "AWS::DynamoDB::Table", "AWS::Cognito::UserPool", "AWS::Logs::LogGroup",
            "AWS::S3::Bucket", "AWS::CloudFront::Distribution",
        }
        for name, one in Stack(TEMPLATE, {"WebHosting": "true"}).resources.items():
            for stage in ("Development", "Production"):
                if name.startswith(stage) and one["Type"] in kinds:
                    tags = one["Properties"].get("Tags") or one["Properties"]["UserPoolTags"]
                    if isinstance(tags, list):
                        tags = {tag["Key"]: tag["Value"] for tag in tags}
                    self.assertEqual(tags.get("stage"), stage, name)
        # Of the stack itself, and so of everything in it.
        self.assertIn('\ntags = "project=movies"\n', (ROOT / "samconfig.toml").read_text())


class FirewallTest(unittest.TestCase):
    def firewall(self):
        resources = Stack(TEMPLATE).resources
        return resources, {rule["Name"]: rule for rule in resources["Firewall"]["Properties"]["Rules"]}

    def test_both_stages_and_both_pools_are_behind_it_by_default(self):
        resources, _ = self.firewall()
        associations = Stack(TEMPLATE).of_type("AWS::WAFv2::WebACLAssociation")
        self.assertEqual(len(associations), 4)
        pools = {
            one["Properties"]["ResourceArn"]["Fn::GetAtt"][0]
            for one in associations.values()
            if "Fn::GetAtt" in one["Properties"]["ResourceArn"]
        }
        self.assertEqual(pools, {"DevelopmentUserPool", "ProductionUserPool"})
        self.assertEqual(Stack(TEMPLATE, {"WafAuthRateLimit": "0"}).of_type("AWS::WAFv2::WebACL"), {})
        self.assertNotIn("Firewall", Stack(TEMPLATE, {"WafAuthRateLimit": "0"}).resources)

    def test_nobody_asks_a_pool_past_the_api(self):
        """Cognito answers no sign-up, sign-in and code without the secret, which the functions alone have."""
        stack = Stack(TEMPLATE)
        for stage in ("Development", "Production"):
            client = stack.resources[f"{stage}UserPoolClient"]["Properties"]
            self.assertIs(client["GenerateSecret"], True)
            self.assertEqual(client["ExplicitAuthFlows"], ["ALLOW_ADMIN_USER_PASSWORD_AUTH"])
            variables = stack.resources[f"{stage}Function"]["Properties"]["Environment"]["Variables"]
            self.assertEqual(variables["USER_POOL_CLIENT_SECRET"], {"Fn::GetAtt": [f"{stage}UserPoolClient", "ClientSecret"]})
        self.assertEqual(set(stack.of_type("AWS::Cognito::UserPoolClient")), {"DevelopmentUserPoolClient", "ProductionUserPoolClient"})
        # An output, or another function's setting, would give it away.
        places = re.findall(r'\["?(\w+)"?, "?ClientSecret"?\]|(\w+)\.ClientSecret', json.dumps(TEMPLATE))
        self.assertEqual(len(places), 2)

    def test_a_token_alone_changes_no_account_and_the_function_still_does(self):
        _, rules = self.firewall()
        self.assertEqual(rules["PoolTokenAlone"]["Action"], {"Block": {}})
        blocked = self.operations(rules["PoolTokenAlone"]["Statement"])
        self.assertEqual(
            blocked, {"GetUserAttributeVerificationCode", "SetUserMFAPreference", "SetUserSettings", "UpdateUserAttributes"}
        )
        # The firewall does not see what is asked with credentials of AWS.
        for role in ("DevelopmentFunctionRole", "ProductionFunctionRole"):
            text = json.dumps(TEMPLATE["Resources"][role])
            instead = {"AdminUpdateUserAttributes", "AdminSetUserMFAPreference"}
            self.assertTrue(instead <= set(re.findall(r"idp:(\w+)", text)))

    def operations(self, statement):
        """The operations of Cognito that a statement is about, in their own spelling."""
        match = statement["RegexMatchStatement"]
        self.assertEqual(match["FieldToMatch"], {"SingleHeader": {"Name": "x-amzn-cognito-operation-name"}})
        self.assertEqual([one["Type"] for one in match["TextTransformations"]], ["LOWERCASE"])
        known = {
            "AssociateSoftwareToken", "ChangePassword", "ConfirmForgotPassword", "ConfirmSignUp", "ForgotPassword",
            "GetTokensFromRefreshToken", "GetUser", "GetUserAttributeVerificationCode", "InitiateAuth", "ListDevices",
            "ResendConfirmationCode", "RespondToAuthChallenge", "RevokeToken", "SetUserMFAPreference", "SetUserSettings",
            "SignUp", "UpdateUserAttributes", "VerifySoftwareToken", "VerifyUserAttribute",
        }
        return {name for name in known if re.search(match["RegexString"], name.lower())}

    def test_each_rule_is_measured_by_itself_and_what_is_blocked_is_logged(self):
        resources, rules = self.firewall()
        configs = [resources["Firewall"]["Properties"]] + list(rules.values())
        names = [json.dumps(one["VisibilityConfig"]["MetricName"]) for one in configs]
        self.assertEqual(len(names), len(set(names)))
        logging = resources["FirewallLogging"]["Properties"]
        self.assertEqual(logging["RedactedFields"], [{"SingleHeader": {"Name": "authorization"}}])
        [destination] = logging["LogDestinationConfigs"]
        self.assertTrue(destination["Fn::Sub"].endswith(":log-group:${FirewallLogs}"))
        group = resources["FirewallLogs"]["Properties"]
        self.assertTrue(group["LogGroupName"]["Fn::Sub"].startswith("aws-waf-logs-"))
        self.assertIn("RetentionInDays", group)


class EndpointTest(unittest.TestCase):
    def test_no_address_takes_tls_below_1_2(self):
        resources = Stack(TEMPLATE, DOMAIN).resources
        api = resources["Api"]["Properties"]
        # "13_1_2": TLS 1.3 and 1.2. A policy of this kind is refused without an access mode.
        self.assertEqual(api["SecurityPolicy"], "SecurityPolicy_TLS13_1_2_2021_06")
        self.assertEqual(api["EndpointAccessMode"], "STRICT")
        self.assertEqual(resources["Domain"]["Properties"]["SecurityPolicy"], "TLS_1_2")

    def test_a_domain_closes_the_default_address_unless_apps_still_need_it(self):
        for parameters, closed in (({}, False), (DOMAIN, True), ({**DOMAIN, "KeepDefaultEndpoint": "true"}, False)):
            servers = Stack(TEMPLATE, parameters).resources["Api"]["Properties"]["Body"]["servers"]
            for server in servers:
                settings = server["x-amazon-apigateway-endpoint-configuration"]
                self.assertIs(settings["disableExecuteApiEndpoint"], closed)

    def test_the_outputs_name_an_address_that_answers(self):
        for stage in ("Development", "Production"):
            for parameters, host in (({}, "${Api}.execute-api."), (DOMAIN, "api.example.com/")):
                stack = Stack(TEMPLATE, parameters)
                url = stack.resolve(TEMPLATE["Outputs"][f"{stage}Url"]["Value"])["Fn::Sub"]
                self.assertTrue(url.startswith(f"https://{host}"), url)
                self.assertTrue(url.endswith(f"/{stage}"), url)


class TellingTest(unittest.TestCase):
    """Who is told, of what."""

    MAIL = {"AlarmEmail": "ops@example.com"}

    def test_who_is_told_of_an_alarm_is_told_when_it_is_over(self):
        stack = Stack(TEMPLATE, self.MAIL)
        alarms = stack.of_type("AWS::CloudWatch::Alarm")
        self.assertEqual(len(alarms), 10)
        for name, alarm in alarms.items():
            self.assertEqual(alarm["Properties"].get("OKActions"), alarm["Properties"]["AlarmActions"], name)

    def test_any_way_to_tell_somebody_makes_the_topic(self):
        slack = {"SlackWorkspaceId": "T0123ABCD", "SlackChannelId": "C0123ABCD"}
        for parameters, protocols in (
            (self.MAIL, ["email"]),
            ({"AlarmUrl": "https://pager.example.com/in"}, ["https"]),
            ({**self.MAIL, "AlarmUrl": "https://pager.example.com/in"}, ["email", "https"]),
            (slack, []),
        ):
            stack = Stack(TEMPLATE, parameters)
            topic = stack.resources["AlarmTopic"]["Properties"]
            self.assertEqual([one["Protocol"] for one in topic["Subscription"]], protocols)
            self.assertEqual("AlarmChat" in stack.resources, parameters is slack)
        self.assertNotIn("AlarmTopic", Stack(TEMPLATE).resources)

    def test_chat_is_told_and_commands_nothing(self):
        resources = Stack(TEMPLATE, {"SlackWorkspaceId": "T0123ABCD", "SlackChannelId": "C0123ABCD"}).resources
        role = resources["AlarmChatRole"]["Properties"]
        self.assertFalse({"Policies", "ManagedPolicyArns"} & role.keys())
        [guardrail] = resources["AlarmChat"]["Properties"]["GuardrailPolicies"]
        self.assertTrue(guardrail["Fn::Sub"].endswith("/AWSDenyAll"))

    def test_failed_rollouts_and_updates_are_told_as_they_are(self):
        resources = Stack(TEMPLATE, self.MAIL).resources
        rollouts, stack = (resources[name]["Properties"] for name in ("RolloutEvents", "StackEvents"))
        self.assertEqual(rollouts["EventPattern"], {
            "source": ["aws.codedeploy"],
            "detail-type": ["CodeDeploy Deployment State-change Notification"],
            "detail": {"application": [{"Ref": "DeploymentApplication"}], "state": ["FAILURE", "STOP"]},
        })
        detail = stack["EventPattern"]["detail"]
        self.assertEqual(detail["stack-id"], [{"Ref": "AWS::StackId"}])
        self.assertIn("UPDATE_ROLLBACK_COMPLETE", detail["status-details"]["status"])
        for rule in (rollouts, stack):
            self.assertEqual(rule["Targets"], [{"Id": "topic", "Arn": {"Ref": "AlarmTopic"}}], "nothing rewrites the event")
        self.assertNotIn("RolloutEvents", Stack(TEMPLATE, {**self.MAIL, "ProductionTrafficShift": ""}).resources)

    def test_the_topic_takes_what_is_published_to_it(self):
        resources = Stack(TEMPLATE, {**self.MAIL, "CustomerManagedKey": "true"}).resources
        services = {"cloudwatch.amazonaws.com", "events.amazonaws.com"}
        statements = resources["AlarmTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
        self.assertEqual({one["Principal"]["Service"] for one in statements}, services)
        [key] = [one for one in resources["DataKey"]["Properties"]["KeyPolicy"]["Statement"] if one["Sid"] == "Alarms"]
        self.assertEqual(set(key["Principal"]["Service"]), services, "what publishes to it must be able to encrypt")

    def test_a_budget_is_mailed_before_it_is_spent(self):
        self.assertNotIn("MonthlyBudget", Stack(TEMPLATE, self.MAIL).resources)
        budget = Stack(TEMPLATE, {**self.MAIL, "MonthlyBudgetUsd": "50"}).resources["MonthlyBudget"]["Properties"]
        self.assertEqual(budget["Budget"]["BudgetLimit"], {"Amount": "50", "Unit": "USD"})
        kinds = {one["Notification"]["NotificationType"] for one in budget["NotificationsWithSubscribers"]}
        self.assertEqual(kinds, {"ACTUAL", "FORECASTED"})


class LogsTest(unittest.TestCase):
    def test_the_groups_of_the_execution_logs_are_there_before_any_stage(self):
        resources = Stack(TEMPLATE).resources
        for stage in ("Development", "Production"):
            group = resources[f"{stage}ExecutionLogs"]["Properties"]
            self.assertEqual(group["LogGroupName"], {"Fn::Sub": f"API-Gateway-Execution-Logs_${{Api}}/{stage}"})
            self.assertIn("RetentionInDays", group)
        for parameters in ({}, {"ManageApiGatewayAccount": "false"}):
            for one in Stack(TEMPLATE, parameters).of_type("AWS::ApiGateway::Stage").values():
                destination = one["Properties"]["AccessLogSetting"]["DestinationArn"]
                needed = references(destination, set(TEMPLATE["Resources"]))
                self.assertLessEqual({"DevelopmentExecutionLogs", "ProductionExecutionLogs"}, needed)
                self.assertEqual(destination["Fn::Select"][0], 0, "the access log is the first")

    def test_no_log_is_kept_for_ever(self):
        groups = [one for one in TEMPLATE["Resources"].values() if one["Type"] == "AWS::Logs::LogGroup"]
        self.assertGreater(len(groups), 7)
        for group in groups:
            self.assertEqual(group["Properties"]["RetentionInDays"], {"Ref": "LogRetentionDays"})


class DashboardTest(unittest.TestCase):
    def test_rollouts_are_vertical_lines_where_they_matter(self):
        rollouts = '[{"label":"v8","value":"2026-11-29T06:40:00Z"}]'
        for value in (TEMPLATE["Parameters"]["ProductionRollouts"]["Default"], rollouts):
            self.assertRegex(value, TEMPLATE["Parameters"]["ProductionRollouts"]["AllowedPattern"])
            resources = Stack(TEMPLATE, {"ProductionRollouts": value}).resources
            text = resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0].replace("${!", "${")
            widgets = json.loads(text.replace("${ProductionRollouts}", value))["widgets"]
            marked = {
                one["properties"]["title"]
                for one in widgets
                if one["properties"].get("annotations") == {"vertical": json.loads(value)}
            }
            self.assertEqual(
                marked,
                {
                    "Requests", "5xx answers", "Latency, milliseconds", "Success, percent", "Gateway: 5xx",
                    "Changes: batches that failed", "Changes: from write to relay, milliseconds",
                    "Function: crashes and time-outs", "Production: requests by version", "Production: 5xx answers by version",
                },
            )

    def test_it_shows_when_one_version_hands_over_to_the_next(self):
        text = Stack(TEMPLATE).resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0]
        # CloudFormation fills in names, and leaves "${!" as "${" for CloudWatch.
        text = text.replace("${ProductionRollouts}", "[]")
        text = re.sub(r"\$\{[\w:.]+\}", "filled", text).replace("${!", "${")
        widgets = json.loads(text)["widgets"]
        places = [(one["x"], one["y"]) for one in widgets]
        self.assertEqual(len(places), len(set(places)))
        # Lines by version begin and end by themselves.
        searches = [
            metric[0]
            for widget in widgets
            for metric in widget["properties"].get("metrics", [])
            if isinstance(metric[0], dict) and metric[0]["expression"].startswith("SEARCH(")
        ]
        found = {re.search(r'MetricName="(\w+)" FunctionName="filled"', one["expression"])[1] for one in searches}
        self.assertEqual(found, {"Requests", "Http5xx"})
        for one in searches:
            self.assertIn("{Movies,FunctionName,FunctionVersion}", one["expression"])
            self.assertEqual(one["label"], "version ${PROP('Dim.FunctionVersion')}")


class ParameterTest(unittest.TestCase):
    """A value that AWS would refuse in the middle of an update is refused before it begins."""

    def test_the_defaults_are_taken(self):
        self.assertIsNone(refusal())

    def test_each_value_is_taken_or_refused(self):
        domain = {"CertificateArn": CERTIFICATE}
        for taken, values in (
            (True, {"WafAuthRateLimit": "0"}),
            (True, {"WafAuthRateLimit": "10"}),
            (False, {"WafAuthRateLimit": "9"}),  # AWS WAF counts from 10
            (False, {"FunctionTimeout": "20"}),
            (False, {"FunctionTimeout": "10"}),
            (True, {"ProvisionedConcurrencyMin": "10"}),
            (False, {"ProvisionedConcurrencyMin": "20"}),
            (True, {"ProvisionedConcurrencyMin": "20", "ProvisionedConcurrencyMax": "20"}),
            (True, {"ProvisionedConcurrencyMin": "1000", "ProvisionedConcurrencyMax": "1000"}),
            (False, {"ProvisionedConcurrencyMin": "1", "ProvisionedConcurrencyMax": "0"}),
            (False, {"WarmHoursMin": "5"}),
            (True, {"WarmHoursMin": "5", "ProvisionedConcurrencyMin": "1"}),
            (False, {"WarmHoursMin": "50", "ProvisionedConcurrencyMin": "1"}),
            (False, {"WarmHoursFrom": "0 7 * * *"}),
            (False, {"WarmHoursTimezone": "CET"}),
            (True, {"WarmHoursTimezone": "America/Argentina/Buenos_Aires"}),
            (False, {"SubnetA": "subnet-1"}),
            (True, {"SubnetA": "subnet-12345678", "SubnetB": "subnet-0123456789abcdef0", "SecurityGroup": "sg-12345678"}),
            (False, {"SubnetA": "subnet-12345678"}),
            (True, {"DomainName": "api.example.com", **domain}),
            (False, {"DomainName": "api.example.com"}),
            (False, {"DomainName": "https.", **domain}),
            (False, {"DomainName": "localhost", **domain}),
            (False, {"DomainName": "api.example.com", "CertificateArn": "arn:aws:iam::123456789012:server-certificate/x"}),
            (False, {"HostedZoneId": "Z1234567890"}),
            (False, {"HostedZoneId": "example.com"}),
            (False, {"HostedZoneId": "1234567890", "DomainName": "api.example.com", **domain}),
            (True, HOSTED),
            (False, {**HOSTED, "HostedDomainPrefix": "my-aws-movies"}),
            (False, {**HOSTED, "HostedDomainPrefix": "cognito"}),
            (True, {"ProductionPasskeyDomain": "movies.example.com"}),
            (False, {"ProductionPasskeyDomain": "https://example.com"}),
            (False, {"ProductionPasskeyDomain": "Example.com"}),
            (False, {"ProductionPasskeyDomain": "localhost"}),
            (False, {"ProductionPasskeyDomain": "192.0.2.7"}),
            (False, {"DevelopmentPasskeyDomain": "a." * 31 + "com"}),
            (True, {"ProductionRedirectUris": "https://app.example.com/back,com.example.movies:/back,app://back"}),
            (True, {"ProductionRedirectUris": "http://localhost:8080/back"}),
            (False, {"ProductionRedirectUris": "http://app.example.com/back"}),
            (False, {"ProductionRedirectUris": "http://localhost.example.com/back"}),
            (False, {"ProductionRedirectUris": "https://app.example.com/back#here"}),
            (False, {"DevelopmentLogoutUris": "app.example.com"}),
            (False, {"SamlProviderName": "COGNITO"}),
            (True, {"SamlProviderName": "Cognito-Partners"}),
            (False, {"SamlProviderName": "Google"}),
            (False, {"OidcProviderName": "SignInWithApple"}),
            (False, {"SamlProviderName": "Company", "OidcProviderName": "Company"}),
            (False, {"ProductionKeySet": "A" * 3073}),
            (False, {"SlackWorkspaceId": "T0123ABCD"}),
            (False, {"MonthlyBudgetUsd": "50"}),
            (True, {"MonthlyBudgetUsd": "50", "AlarmEmail": "ops@example.com"}),
            (False, {"AlarmUrl": "http://pager.example.com"}),
        ):
            with self.subTest(values=values):
                told = refusal(**values)
                self.assertEqual(told is None, taken, told)

    def test_the_function_gives_up_before_the_gateway_and_after_a_call_of_aws(self):
        waits = set(re.findall(r"timeoutInMillis: (\d+)", (ROOT / "openapi.yaml").read_text()))
        parameter = TEMPLATE["Parameters"]["FunctionTimeout"]
        for wait in waits:
            self.assertLess(int(parameter["MaxValue"]) * 1000, int(wait))
        # A call of AWS with its retries is over after ten seconds (shared/service/src/aws.rs), and the function then answers.
        self.assertGreater(int(parameter["MinValue"]), 10)
        for stage in ("Development", "Production"):
            function = Stack(TEMPLATE, {"FunctionTimeout": "17"}).resources[f"{stage}Function"]["Properties"]
            self.assertEqual(function["Timeout"], "17")

    def test_instances_are_warm_by_the_clock(self):
        target = Stack(TEMPLATE, {"ProvisionedConcurrencyMin": "1", "WarmHoursMin": "5"}).resources["WarmInstances"]
        least = [one["ScalableTargetAction"]["MinCapacity"] for one in target["Properties"]["ScheduledActions"]]
        self.assertEqual(least, ["5", "1"])
        always = Stack(TEMPLATE, {"ProvisionedConcurrencyMin": "1"}).resources["WarmInstances"]["Properties"]
        self.assertNotIn("ScheduledActions", always)

    def test_every_parameter_is_in_a_group(self):
        groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        listed = [name for group in groups for name in group["Parameters"]]
        self.assertEqual(sorted(listed), sorted(TEMPLATE["Parameters"]))


class PipelineTest(unittest.TestCase):
    """What .github/aws-access.yaml allows, against the names that the stack really has."""

    def resources(self, role, action):
        """The resources on which a role may do something, for the stack `movies`."""
        found = []
        for statement in inline(role):
            if any(fnmatch.fnmatchcase(action, allowed) for allowed in many(statement["Action"])):
                for one in many(statement["Resource"]):
                    text = one["Fn::Sub"] if isinstance(one, dict) else one
                    found.append(text.replace("${StackName}", "movies").replace("${ArtifactPrefix}", "movies"))
        return found

    def may(self, role, action, resource):
        return any(fnmatch.fnmatchcase(resource, re.sub(r"\$\{.*?\}", "*", one)) for one in self.resources(role, action))

    def test_no_name_is_cut_before_the_policies_recognise_it(self):
        # A generated name is <stack>-<logical id>-<12 or 13 characters>.
        cut_to = {"AWS::IAM::Role": 64, "AWS::Lambda::Function": 64, "AWS::Events::Rule": 64}
        room = min(cut_to[one["Type"]] - len(name) - 15 for name, one in TEMPLATE["Resources"].items() if one["Type"] in cut_to)
        parameter = yaml_parse((ROOT / ".github/aws-access.yaml").read_text())["Parameters"]["StackName"]
        self.assertTrue(re.fullmatch(parameter["AllowedPattern"], "m" * room))
        self.assertFalse(re.fullmatch(parameter["AllowedPattern"], "m" * (room + 1)), "a longer name would be cut")

    def test_promote_publishes_and_reads_the_functions_that_there_are(self):
        functions = {name for name, one in TEMPLATE["Resources"].items() if one["Type"] == "AWS::Lambda::Function"}
        functions.remove("PreTrafficFunction")
        self.assertEqual(len(functions), 6)
        for name in functions:
            arn = f"arn:aws:lambda:eu-west-1:123456789012:function:movies-{name}-1A2B3C4D5E6F"
            for action in ("lambda:GetAlias", "lambda:GetFunctionConfiguration"):
                self.assertTrue(self.may("ProductionPipeline", action, arn), f"{action} {name}")
                self.assertTrue(self.may("ProductionPipeline", action, arn + ":7"), f"{action} {name}")
            published = self.may("ProductionPipeline", "lambda:PublishVersion", arn)
            self.assertEqual(published, name.startswith("Production"), name)
            self.assertFalse(self.may("DevelopmentPipeline", "lambda:PublishVersion", arn), name)

    def test_whoever_updates_the_stack_reads_the_contract_that_the_template_includes(self):
        key = "arn:aws:s3:::aws-sam-cli-managed-default-samclisourcebucket-abc/movies/0123456789abcdef"
        for role in ("DevelopmentPipeline", "ProductionPipeline", "StackRole"):
            self.assertTrue(self.may(role, "s3:GetObject", key), role)
            self.assertFalse(self.may(role, "s3:GetObject", key.replace("/movies/", "/others/")), role)

    def test_the_stack_makes_all_that_the_template_describes(self):
        makes = {
            "AWS::Budgets::Budget": ["budgets:ModifyBudget"],
            "AWS::Chatbot::SlackChannelConfiguration": ["chatbot:CreateSlackChannelConfiguration"],
            "AWS::Events::Rule": ["events:PutRule", "events:PutTargets", "events:TagResource"],
            "AWS::SNS::TopicPolicy": ["sns:SetTopicAttributes"],
            "AWS::WAFv2::LoggingConfiguration": ["wafv2:PutLoggingConfiguration", "logs:CreateLogDelivery", "logs:PutResourcePolicy"],
            "AWS::WAFv2::WebACLAssociation": ["wafv2:AssociateWebACL", "cognito-idp:AssociateWebACL", "apigateway:SetWebACL"],
            "AWS::ApplicationAutoScaling::ScalableTarget": ["application-autoscaling:PutScheduledAction"],
            "AWS::Lambda::EventSourceMapping": [
                "lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping", "lambda:GetEventSourceMapping",
                "lambda:TagResource", "lambda:UpdateEventSourceMapping",
            ],
            "AWS::S3::Bucket": [
                "s3:CreateBucket", "s3:PutBucketCORS", "s3:PutBucketOwnershipControls", "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketTagging", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
            ],
            "AWS::S3::BucketPolicy": ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"],
            "AWS::CloudFront::Distribution": ["cloudfront:CreateDistribution", "cloudfront:TagResource"],
            "AWS::CloudFront::OriginAccessControl": ["cloudfront:CreateOriginAccessControl"],
            "AWS::CloudFront::ResponseHeadersPolicy": ["cloudfront:CreateResponseHeadersPolicy"],
        }
        kinds = {one["Type"] for one in TEMPLATE["Resources"].values()}
        self.assertLessEqual(set(makes), kinds)
        for kind, actions in makes.items():
            for action in actions:
                self.assertTrue(self.resources("StackRole", action), f"{kind}: {action}")
        pool = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc"
        self.assertTrue(self.may("StackRole", "wafv2:AssociateWebACL", pool))
        # CloudFormation makes the name of a bucket from those of stack and resource, in lower case.
        bucket = "arn:aws:s3:::movies-productionwebbucket-1a2b3c4d5e6f"
        self.assertTrue(self.may("StackRole", "s3:CreateBucket", bucket))
        self.assertFalse(self.may("StackRole", "s3:GetObject", bucket + "/files/1"))
        mapping = "arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:12345678-1234-1234-1234-123456789012"
        for action in ("lambda:GetEventSourceMapping", "lambda:TagResource", "lambda:UpdateEventSourceMapping"):
            self.assertTrue(self.may("StackRole", action, mapping), action)
        # It takes no resource: the condition says whose function it may call.
        self.assertIn("*", self.resources("StackRole", "lambda:CreateEventSourceMapping"))
        for group in ("movies-FirewallX-1", "aws-waf-logs-movies", "API-Gateway-Execution-Logs_a1b2c3/Production"):
            arn = f"arn:aws:logs:eu-west-1:123456789012:log-group:{group}"
            self.assertTrue(self.may("StackRole", "logs:CreateLogGroup", arn), group)


def refusal(**values):
    """What CloudFormation says of these values before it changes anything."""
    parameters = {name: str(one.get("Default", "")) for name, one in TEMPLATE["Parameters"].items()} | values
    for name, value in parameters.items():
        if reason := unfit(TEMPLATE["Parameters"][name], value):
            return f"{name}: {reason}"
    for rule in TEMPLATE["Rules"].values():
        if "RuleCondition" not in rule or holds(rule["RuleCondition"], parameters):
            for one in rule["Assertions"]:
                if not holds(one["Assert"], parameters):
                    return one["AssertDescription"]
    return None


def unfit(parameter, value):
    """Why a value is none for a parameter."""
    # CloudFormation matches the pattern with each value of a list.
    values = value.split(",") if parameter["Type"] == "CommaDelimitedList" else [value]
    for one in values:
        if "AllowedPattern" in parameter and not re.fullmatch(parameter["AllowedPattern"], one):
            return f"{one!r} does not match"
    if "AllowedValues" in parameter and value not in map(str, parameter["AllowedValues"]):
        return f"{value!r} is not in the list"
    if len(value) > int(parameter.get("MaxLength", len(value))):
        return "too long"
    if parameter["Type"] == "Number":
        if not int(parameter.get("MinValue", value)) <= int(value) <= int(parameter.get("MaxValue", value)):
            return f"{value} is out of range"
    return None


def holds(condition, parameters):
    """Whether a condition of a rule holds. Rules know fewer functions than the rest of a template."""

    def value(one):
        return parameters[one["Ref"]] if isinstance(one, dict) else str(one)

    [(function, arguments)] = condition.items()
    if function == "Fn::Equals":
        return value(arguments[0]) == value(arguments[1])
    if function == "Fn::Contains":
        [first, sought] = arguments
        listed = parameters[first["Ref"]].split(",") if isinstance(first, dict) else first
        return value(sought) in listed
    if function == "Fn::Not":
        return not holds(arguments[0], parameters)
    if not 2 <= len(arguments) <= 10:
        raise ValueError(f"{function} takes two to ten conditions")
    return {"Fn::And": all, "Fn::Or": any}[function](holds(one, parameters) for one in arguments)


if __name__ == "__main__":
    unittest.main()
