"""What a deployment changes: template.yaml as CloudFormation sees it, after its transforms and with its parameters.

    python -m unittest discover -s tests/tools
"""

import copy
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

os.environ["AWS_DEFAULT_REGION"] = "eu-west-1"

ROOT = Path(__file__).parents[2]
logging.disable(logging.WARNING)
NOTHING = object()
STAGES = ("Development", "Production")
KINDS = ("Function", "PreSignUpFunction", "ChangesFunction")
FUNCTIONS = {f"{stage}{name}" for stage in STAGES for name in KINDS}
# What promote sets, all in one update of the stack.
PROMOTED = {"ProductionVersion": "7", "ProductionApiDeploymentId": "abc123"}
NEXT = {
    "ProductionVersion": "8",
    "ProductionApiDeploymentId": "def456",
    "PreviousProductionVersion": PROMOTED["ProductionVersion"],
    "PreviousProductionApiDeploymentId": PROMOTED["ProductionApiDeploymentId"],
}


def translated(code="code-1", edit=None):
    """The template after AWS::Include and AWS::Serverless, with code that `sam deploy` has put into a bucket."""
    template = yaml_parse((ROOT / "template.yaml").read_text())
    document = yaml_parse((ROOT / "openapi.yaml").read_text())
    if edit:
        edit(document)
    body = template["Resources"]["Api"]["Properties"]["DefinitionBody"]
    assert body == {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "openapi.yaml"}}}
    template["Resources"]["Api"]["Properties"]["DefinitionBody"] = document
    template["Globals"]["Function"]["CodeUri"] = f"s3://bucket/{code}"
    return Translator({}, Parser()).translate(template, {})


class Stack:
    """A template with values for its parameters: conditions decided, references to parameters filled in."""

    def __init__(self, template, parameters=None):
        template = copy.deepcopy(template)
        self.values = {name: str(one.get("Default", "")) for name, one in template["Parameters"].items()}
        self.values.update(parameters or {})
        self.lists = {n for n, one in template["Parameters"].items() if one["Type"] == "CommaDelimitedList"}
        self.conditions = template["Conditions"]
        self.resources = {
            name: self.resolve(resource)
            for name, resource in template["Resources"].items()
            if "Condition" not in resource or self.holds(resource["Condition"])
        }

    def holds(self, condition):
        if isinstance(condition, str):
            return self.holds(self.conditions[condition])
        [(function, value)] = condition.items()
        if function == "Condition":
            return self.holds(value)
        if function == "Fn::Equals":
            left, right = (self.resolve(one) for one in value)
            return str(left) == str(right)
        if function == "Fn::Not":
            return not self.holds(value[0])
        return {"Fn::And": all, "Fn::Or": any}[function](self.holds(one) for one in value)

    def resolve(self, value):
        if isinstance(value, list):
            resolved = [self.resolve(one) for one in value]
            return [one for one in resolved if one is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(function, argument)] = value.items()
            if value == {"Ref": "AWS::NoValue"}:
                return NOTHING
            if function == "Ref" and argument in self.values:
                text = self.values[argument]
                return text.split(",") if argument in self.lists else text
            if function == "Fn::If":
                return self.resolve(argument[1 if self.holds(argument[0]) else 2])
            if function == "Fn::Join" and isinstance(joined := self.resolve(argument[1]), list):
                if all(isinstance(one, str) for one in joined):
                    return argument[0].join(joined)
            if function == "Fn::Sub":
                return self.substitute(argument)
        resolved = {name: self.resolve(one) for name, one in value.items()}
        return {name: one for name, one in resolved.items() if one is not NOTHING}

    def substitute(self, argument):
        text, names = (argument, {}) if isinstance(argument, str) else argument
        names = {name: self.resolve(one) for name, one in names.items()}
        known = {**self.values, **{name: one for name, one in names.items() if isinstance(one, str)}}
        text = re.sub(r"\$\{(\w+)\}", lambda found: known.get(found[1], found[0]), text)
        rest = {name: one for name, one in names.items() if name not in known}
        return {"Fn::Sub": [text, rest] if rest else text}

    def of_type(self, kind):
        return {name: one for name, one in self.resources.items() if one["Type"] == kind}


def changes(before, after):
    """The paths of all that differs between two stacks, by resource."""
    found = {}

    def compare(name, path, old, new):
        if isinstance(old, dict) and isinstance(new, dict):
            for key in old.keys() | new.keys():
                compare(name, f"{path}/{key}", old.get(key), new.get(key))
        elif old != new:
            found.setdefault(name, set()).add(path)

    for name in before.resources.keys() | after.resources.keys():
        compare(name, "", before.resources.get(name), after.resources.get(name))
    return found


def references(value, names):
    """The resources that a part of a template refers to."""
    if isinstance(value, list):
        return set().union(*(references(one, names) for one in value))
    if not isinstance(value, dict):
        return set()
    found = set()
    for key, one in value.items():
        if key == "Ref" and one in names:
            found.add(one)
        elif key == "Fn::GetAtt":
            found.add(one[0] if isinstance(one, list) else one.split(".")[0])
        elif key == "Fn::Sub":
            text = one if isinstance(one, str) else one[0]
            found |= {name.split(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", text)} & names
            found |= references(one, names)
        elif key == "DependsOn":
            found |= {one} if isinstance(one, str) else set(one)
        else:
            found |= references(one, names)
    return found


class DeployTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.template = translated()

    def stack(self, template=None, **parameters):
        return Stack(template or self.template, parameters)

    def test_other_code_changes_the_functions_and_nothing_that_production_serves(self):
        other = translated("code-2")
        for parameters in ({}, PROMOTED):
            found = changes(self.stack(**parameters), self.stack(other, **parameters))
            # Of Production's functions it is $LATEST, which nobody calls.
            self.assertEqual(set(found), FUNCTIONS | {"PreTrafficFunction"})
            self.assertEqual({path for paths in found.values() for path in paths}, {"/Properties/Code/S3Key"})

    def test_other_settings_change_the_function_and_nothing_that_production_serves(self):
        found = changes(self.stack(**PROMOTED), self.stack(LogLevel="WARN", MemorySize="512", **PROMOTED))
        self.assertEqual(set(found), {"DevelopmentFunction", "ProductionFunction"})

    def test_another_contract_is_served_by_development_alone_once_production_is_promoted(self):
        other = translated(edit=lambda document: document["info"].update(description="Another."))
        found = changes(self.stack(**PROMOTED), self.stack(other, **PROMOTED))
        deployments = {name for name in found if name.startswith("ApiDeployment")}
        self.assertEqual(len(deployments), 2, "one goes, one comes")
        self.assertEqual(set(found) - deployments, {"Api", "ApiDevelopmentStage"})
        self.assertIn("ProductionStage", changes(self.stack(), self.stack(other)), "until then it follows")

    def test_each_stage_has_a_role_of_its_own_that_reaches_nothing_of_the_other(self):
        resources = self.stack(CustomerManagedKey="true", WebHosting="true").resources
        for own, other in (("Development", "Production"), ("Production", "Development")):
            roles = {
                self.stack().resources[f"{own}{name}"]["Properties"]["Role"]["Fn::GetAtt"][0]
                for name in KINDS
            }
            self.assertEqual(roles, {f"{own}{name}Role" for name in KINDS})
            for name in (*roles, f"{own}PreSignUpPolicy"):
                self.assertNotIn(other, json.dumps(resources[name]))

    def test_sam_builds_once_what_both_stages_run(self):
        # It does so for functions with the same settings of the build ("sam build", AWS SAM Developer Guide).
        resources = yaml_parse((ROOT / "template.yaml").read_text())["Resources"]
        for name in KINDS:
            builds = [resources[f"{stage}{name}"]["Metadata"] for stage in ("Development", "Production")]
            self.assertEqual(builds[0], builds[1], name)

    def test_the_sign_up_of_production_is_a_version_that_promote_sets(self):
        before, after = self.stack(**PROMOTED), self.stack(ProductionSignUpVersion="4", **PROMOTED)
        self.assertEqual(changes(before, after), {"ProductionPreSignUpAlias": {"/Properties/FunctionVersion"}})
        pools = {stage: before.resources[f"{stage}UserPool"]["Properties"]["LambdaConfig"]["PreSignUp"]
                 for stage in ("Development", "Production")}
        self.assertEqual(pools["Production"], {"Ref": "ProductionPreSignUpAlias"})
        self.assertEqual(pools["Development"], {"Fn::GetAtt": ["DevelopmentPreSignUpFunction", "Arn"]})
        for stage, function in pools.items():
            permission = before.resources[f"{stage}PreSignUpPermission"]["Properties"]
            self.assertEqual(permission["FunctionName"], function)

    def test_the_streams_of_production_call_a_version_that_promote_sets(self):
        before, after = self.stack(**PROMOTED), self.stack(ProductionChangesVersion="4", **PROMOTED)
        found = changes(before, after)
        self.assertEqual(set(found.pop("Dashboard")), {"/Properties/DashboardBody/Fn::Sub"})
        # The mappings stay as they are, and with them the positions in the streams.
        self.assertEqual(found, {"ProductionChangesAlias": {"/Properties/FunctionVersion"}})
        target = {
            "Development": {"Fn::GetAtt": ["DevelopmentChangesFunction", "Arn"]},
            "Production": {"Ref": "ProductionChangesAlias"},
        }
        streams = before.of_type("AWS::Lambda::EventSourceMapping")
        tables = {name for name, one in before.of_type("AWS::DynamoDB::Table").items() if "StreamSpecification" in one["Properties"]}
        self.assertEqual({name.removesuffix("Stream") + "Table" for name in streams}, tables)
        for name, stream in streams.items():
            [stage] = [stage for stage in STAGES if name.startswith(stage)]
            self.assertEqual(stream["Properties"]["FunctionName"], target[stage], name)
            table = name.removesuffix("Stream") + "Table"
            self.assertEqual(stream["Properties"]["EventSourceArn"], {"Fn::GetAtt": [table, "StreamArn"]}, name)

    def test_the_relay_reads_and_writes_what_it_has_to_and_the_api_writes_no_search(self):
        for stage in STAGES:
            def rights(role):
                [policy, *_] = self.stack().resources[f"{stage}{role}"]["Properties"]["Policies"]
                return {one["Sid"]: one for one in policy["PolicyDocument"]["Statement"]}

            relay, api = rights("ChangesFunctionRole"), rights("FunctionRole")
            nouns = [
                name.removeprefix(stage).removesuffix("Table")
                for name, one in self.stack().of_type("AWS::DynamoDB::Table").items()
                if name.startswith(stage) and "StreamSpecification" in one["Properties"]
            ]
            self.assertIn("Movies", nouns)
            streams = [{"Fn::Sub": f"${{{stage}{noun}Table.Arn}}/stream/*"} for noun in nouns]
            self.assertEqual(relay["Streams"]["Resource"], streams)
            tables = [{"Fn::GetAtt": [f"{stage}{noun}Table", "Arn"]} for noun in nouns]
            self.assertEqual((relay["Resources"]["Action"], relay["Resources"]["Resource"]), ("dynamodb:BatchGetItem", tables))
            self.assertEqual(relay["LeavingUsers"]["Action"], "dynamodb:GetItem")
            self.assertEqual(set(relay), {"Logs", "Streams", "Resources", "LeavingUsers", "Search", "Changes"})
            self.assertEqual(api["Search"]["Action"], "dynamodb:Query")
            self.assertEqual(api["Changes"]["Action"], ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"])
            for noun in nouns:
                self.assertIn("dynamodb:BatchGetItem", api[noun]["Action"])

    def test_an_existing_table_gets_its_stream_without_being_replaced(self):
        # CloudFormation replaces a table for another key or name; "StreamSpecification ... Update requires: No interruption".
        for name, one in self.stack().of_type("AWS::DynamoDB::Table").items():
            self.assertNotIn("TableName", one["Properties"], name)
            if "StreamSpecification" in one["Properties"]:
                self.assertEqual(one["Properties"]["StreamSpecification"], {"StreamViewType": "KEYS_ONLY"}, name)

    def test_a_deployment_that_production_is_pinned_to_survives(self):
        kept = {"AWS::ApiGateway::RestApi": 1, "AWS::ApiGateway::Deployment": 1, "AWS::Lambda::Version": 3}
        for kind, number in kept.items():
            resources = self.stack().of_type(kind)
            self.assertEqual(len(resources), number)
            for resource in resources.values():
                self.assertEqual((resource["DeletionPolicy"], resource["UpdateReplacePolicy"]), ("Retain", "Retain"))

    def test_promote_moves_production_and_what_watches_it(self):
        for before in ({}, PROMOTED):
            found = changes(self.stack(**before), self.stack(**NEXT))
            self.assertEqual(found.pop("ProductionAlias"), {"/Properties/FunctionVersion"})
            self.assertEqual(found.pop("ProductionStage"), {"/Properties/DeploymentId"})
            hook = found.pop("PreTrafficFunction")
            self.assertEqual({path.split("/Fn::Sub")[0] for path in hook}, {
                "/Properties/Environment/Variables/TARGET_FUNCTION",
            })
            found.pop("Dashboard")
            for alarm in ("ProductionErrorsAlarm", "ProductionHttp5xxAlarm", "ProductionLatencyAlarm"):
                paths = {path.split("/Fn::Sub")[0] for path in found.pop(alarm)}
                self.assertEqual(paths, {"/Properties/AlarmName", "/Properties/Metrics"})
            self.assertEqual(found, {})

    def test_where_the_way_back_is_kept_changes_what_alarms_compare_with_alone_and_is_told(self):
        way_back = {name: value for name, value in NEXT.items() if name.startswith("Previous")}
        found = changes(self.stack(), self.stack(**way_back))
        judges = {"ProductionErrorsAlarm", "ProductionHttp5xxAlarm", "ProductionLatencyAlarm"}
        self.assertEqual(found, {name: {"/Properties/Metrics"} for name in judges})
        outputs = self.template["Outputs"]
        self.assertTrue(way_back.keys() <= outputs.keys())
        for name in way_back:
            self.assertEqual(outputs[name]["Value"], {"Ref": name})
            condition = outputs[name]["Condition"]
            self.assertFalse(self.stack().holds(condition), "an output without a value")
            self.assertTrue(self.stack(**way_back).holds(condition))

    def test_a_canary_of_one_percent_can_be_chosen_by_its_name(self):
        config = self.stack().resources["Canary1PercentConfig"]["Properties"]
        canary = {"Type": "TimeBasedCanary", "TimeBasedCanary": {"CanaryPercentage": 1, "CanaryInterval": 30}}
        self.assertEqual(config, {"ComputePlatform": "Lambda", "TrafficRoutingConfig": canary})
        group = self.template["Resources"]["ProductionDeploymentGroup"]
        self.assertEqual(group["DependsOn"], "Canary1PercentConfig", "the group goes before what it uses")
        made_up = "movies-Canary1PercentConfig-1A2B3C4D5E6F"
        self.assertRegex(made_up, self.template["Parameters"]["ProductionTrafficShift"]["AllowedPattern"])
        found = changes(self.stack(), self.stack(ProductionTrafficShift=made_up))
        self.assertEqual(found, {"ProductionDeploymentGroup": {"/Properties/DeploymentConfigName"}})

    def test_the_check_before_traffic_has_what_it_needs(self):
        stack = self.stack(**NEXT)
        hook = stack.resources["PreTrafficFunction"]["Properties"]
        self.assertEqual(hook["Environment"]["Variables"], {
            "TARGET_FUNCTION": {"Fn::Sub": "${ProductionFunction.Arn}:8"},
            "EXPECTED_CHANGES": "",
            "USER_POOL_ID": {"Ref": "ProductionUserPool"},
        })
        # The alias, five calls of each version, 8 seconds at most each, its own start, and what CodeDeploy takes to be told.
        self.assertGreaterEqual(hook["Timeout"], 11 * 8 + 20)
        self.assertTrue(hook["FunctionName"]["Fn::Sub"].startswith("CodeDeployHook_"))
        [policy] = stack.resources["PreTrafficFunctionRole"]["Properties"]["Policies"]
        allowed = {one["Action"]: one["Resource"] for one in policy["PolicyDocument"]["Statement"]}
        expected = {"codedeploy:PutLifecycleEventHookExecutionStatus", "lambda:InvokeFunction", "lambda:GetAlias"}
        self.assertEqual(allowed.keys(), expected)
        self.assertEqual(allowed["lambda:InvokeFunction"], {"Fn::Sub": "${ProductionFunction.Arn}:*"})
        self.assertIn("ProductionAlias", stack.resources["ProductionStage"]["DependsOn"])

    def test_alarms_are_about_the_promoted_version_and_named_after_it(self):
        stack = self.stack(**NEXT)
        alarms = stack.of_type("AWS::CloudWatch::Alarm")
        group = stack.resources["ProductionDeploymentGroup"]["Properties"]
        watched = {alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]}
        self.assertEqual(watched, {"ProductionErrorsAlarm", "ProductionHttp5xxAlarm", "ProductionLatencyAlarm"})
        for name in watched:
            properties = alarms[name]["Properties"]
            self.assertTrue(properties["AlarmName"]["Fn::Sub"].endswith("-v8"), name)
            for query in properties["Metrics"]:
                if "MetricStat" in query:
                    [*_, version] = query["MetricStat"]["Metric"]["Dimensions"]
                    expected = "7" if query["Id"].endswith("_before") else "8"
                    self.assertEqual(version["Value"], expected, (name, query["Id"]))
        # The others outlive versions, so they must not hold up a rollout, and no rollout touches them.
        before = self.stack(**PROMOTED).resources
        for name in set(alarms) - watched:
            self.assertEqual(alarms[name], before[name], name)

    def test_who_hears_of_an_alarm_hears_of_its_end(self):
        for parameters in ({}, {"AlarmEmail": "alarms@example.com"}):
            for name, alarm in self.stack(**parameters).of_type("AWS::CloudWatch::Alarm").items():
                told = [alarm["Properties"].get(actions) for actions in ("AlarmActions", "OKActions")]
                self.assertEqual(told, [[{"Ref": "AlarmTopic"}] if parameters else None] * 2, name)

    def test_a_rollback_all_at_once_changes_how_as_well(self):
        found = changes(
            self.stack(**NEXT), self.stack(ProductionTrafficShift="CodeDeployDefault.LambdaAllAtOnce", **PROMOTED)
        )
        self.assertEqual(found["ProductionDeploymentGroup"], {"/Properties/DeploymentConfigName"})

    def test_without_a_traffic_shift_there_is_no_code_deploy(self):
        with_shift, without = self.stack(), self.stack(ProductionTrafficShift="")
        policy = with_shift.resources["ProductionAlias"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        self.assertEqual(policy["BeforeAllowTrafficHook"], {"Ref": "PreTrafficFunction"})
        self.assertNotIn("UpdatePolicy", without.resources["ProductionAlias"])
        gone = set(with_shift.resources) - set(without.resources)
        self.assertTrue({"DeploymentApplication", "ProductionDeploymentGroup", "PreTrafficFunction"} <= gone)
        self.assertNotIn("CodeDeploy", json.dumps(without.resources))

    def test_each_alias_may_be_invoked_by_its_own_stage_alone_and_development_by_the_consoles_test(self):
        permissions = self.stack().of_type("AWS::Lambda::Permission")
        by_api = {n: p["Properties"] for n, p in permissions.items() if p["Properties"]["Principal"].startswith("api")}
        expected = {
            "DevelopmentPermission": ("DevelopmentAlias", "Development"),
            "ProductionPermission": ("ProductionAlias", "Production"),
            "TestPermission": ("DevelopmentAlias", "test-invoke-stage"),
        }
        self.assertEqual(set(by_api), set(expected))
        for name, (alias, stage) in expected.items():
            permission = by_api[name]
            self.assertEqual(permission["FunctionName"], {"Ref": alias})
            self.assertTrue(permission["SourceArn"]["Fn::Sub"].endswith(f":${{Api}}/{stage}/*/*"))
            self.assertEqual(permission["SourceAccount"], {"Ref": "AWS::AccountId"})

    def test_both_stages_are_set_up_alike(self):
        stages = self.stack().of_type("AWS::ApiGateway::Stage")
        development, production = (stages[name]["Properties"] for name in ("ApiDevelopmentStage", "ProductionStage"))
        for same in ("AccessLogSetting", "MethodSettings", "TracingEnabled"):
            self.assertEqual(development[same], production[same])
        self.assertEqual(development["Variables"], {"function": {"Fn::Sub": "${DevelopmentFunction}:Development"}})
        self.assertEqual(production["Variables"], {"function": {"Fn::Sub": "${ProductionFunction}:Production"}})
        self.assertEqual(len(stages), 2, "and none called Stage")

    def test_every_operation_that_checks_or_mails_is_throttled_more(self):
        document = yaml_parse((ROOT / "openapi.yaml").read_text())
        expected = {
            "/" + path.replace("/", "~1")
            for path, item in document["paths"].items()
            if path.startswith("/auth/") and "post" in item
        }
        settings = self.stack().resources["ProductionStage"]["Properties"]["MethodSettings"]
        tight = {one["ResourcePath"]: one for one in settings if one["HttpMethod"] == "POST"}
        self.assertEqual(set(tight), expected)
        for one in settings:
            self.assertIs(one["DataTraceEnabled"], False)
            rate = int(one["ThrottlingRateLimit"])
            self.assertEqual(rate, 10 if one["ResourcePath"] in expected else 50)

    def test_without_hosting_there_is_nothing_of_it(self):
        kinds = ("AWS::S3::", "AWS::CloudFront::")
        without, hosting = self.stack(), self.stack(WebHosting="true")
        made = hosting.resources.keys() - without.resources.keys()
        for name, resource in without.resources.items():
            self.assertFalse(resource["Type"].startswith(kinds), name)
        self.assertEqual(len(made), 10)
        for name in made:
            self.assertTrue(hosting.resources[name]["Type"].startswith(kinds), name)
        # What it adds besides: settings and rights of the two functions.
        found = {name: paths for name, paths in changes(without, hosting).items() if name not in made}
        expected = {}
        for stage in ("Development", "Production"):
            variables = "/Properties/Environment/Variables"
            expected[f"{stage}Function"] = {f"{variables}/FILES_BUCKET_URL", f"{variables}/FILES_URL"}
            expected[f"{stage}FunctionRole"] = {"/Properties/Policies"}
        self.assertEqual(found, expected)
        for name in ("AppUrl", "WebBucketName", "WebBucketUrl"):
            for stage in ("Development", "Production"):
                condition = self.template["Outputs"][f"{stage}{name}"]["Condition"]
                self.assertFalse(without.holds(condition), "an output without a value")
                self.assertTrue(hosting.holds(condition))

    def test_each_stage_hosts_what_is_its_own(self):
        for parameters in ({}, {"DomainName": "api.example.com"}):
            stack = self.stack(WebHosting="true", **parameters)
            of = {stage: {} for stage in ("Development", "Production")}
            for stage, other in (("Development", "Production"), ("Production", "Development")):
                for name in ("WebBucket", "WebBucketPolicy", "Distribution", "AppHeaders"):
                    text = json.dumps(stack.resources[stage + name])
                    self.assertNotIn(other, text, stage + name)
                    self.assertNotIn(other.lower(), text, stage + name)
                    of[stage][name] = text.replace(stage, "STAGE").replace(stage.lower(), "STAGE")
                variables = stack.resources[f"{stage}Function"]["Properties"]["Environment"]["Variables"]
                self.assertEqual(
                    (variables["FILES_BUCKET_URL"], variables["FILES_URL"]),
                    ({"Fn::Sub": f"https://${{{stage}WebBucket.RegionalDomainName}}"},
                     {"Fn::Sub": f"https://${{{stage}Distribution.DomainName}}"}),
                )
                _, files = stack.resources[f"{stage}FunctionRole"]["Properties"]["Policies"]
                self.assertEqual(files["PolicyDocument"]["Statement"], [{
                    "Effect": "Allow",
                    "Action": ["s3:DeleteObject", "s3:PutObject"],
                    "Resource": {"Fn::Sub": f"${{{stage}WebBucket.Arn}}/files/*"},
                }])
                outputs = {name: self.template["Outputs"][stage + name]["Value"] for name in ("AppUrl", "WebBucketName")}
                self.assertEqual(outputs, {
                    "AppUrl": {"Fn::Sub": f"https://${{{stage}Distribution.DomainName}}"},
                    "WebBucketName": {"Ref": f"{stage}WebBucket"},
                })
                url = stack.resolve(self.template["Outputs"][f"{stage}WebBucketUrl"]["Value"])
                self.assertEqual(url, variables["FILES_BUCKET_URL"], "the app may upload where the function permits it")
            self.assertEqual(of["Development"], of["Production"])

    def test_a_bucket_is_read_by_its_own_distribution_alone(self):
        policy = self.stack(WebHosting="true").resources["ProductionWebBucketPolicy"]["Properties"]
        self.assertEqual(policy["Bucket"], {"Ref": "ProductionWebBucket"})
        arn = "${ProductionWebBucket.Arn}"
        self.assertEqual(policy["PolicyDocument"]["Statement"], [
            {
                "Sid": "EncryptedConnectionsAlone",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [{"Fn::GetAtt": ["ProductionWebBucket", "Arn"]}, {"Fn::Sub": f"{arn}/*"}],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            {
                "Sid": "Cdn",
                "Effect": "Allow",
                "Principal": {"Service": "cloudfront.amazonaws.com"},
                "Action": "s3:GetObject",
                "Resource": [{"Fn::Sub": f"{arn}/app/*"}, {"Fn::Sub": f"{arn}/files/*"}],
                "Condition": {"StringEquals": {"AWS:SourceArn": {
                    "Fn::Sub": "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${ProductionDistribution}",
                }}},
            },
        ])

    def test_the_app_is_at_the_top_and_files_are_below(self):
        config = self.stack(WebHosting="true").resources["ProductionDistribution"]["Properties"]["DistributionConfig"]
        origins = {one["Id"]: one.get("OriginPath") for one in config["Origins"]}
        self.assertEqual(origins, {"App": "/app", "Files": None})
        [files] = config["CacheBehaviors"]
        app = config["DefaultCacheBehavior"]
        self.assertEqual((app["TargetOriginId"], config["DefaultRootObject"]), ("App", "index.html"))
        self.assertEqual((files["TargetOriginId"], files["PathPattern"]), ("Files", "/files/*"))
        self.assertEqual(app["ResponseHeadersPolicyId"], {"Ref": "ProductionAppHeaders"})
        self.assertEqual(files["ResponseHeadersPolicyId"], {"Ref": "WebFilesHeaders"})

    def test_pages_reach_the_api_and_the_bucket_and_nothing_else(self):
        hosts = {
            "": "${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}",
            "api.example.com": "api.example.com",
        }
        for domain, host in hosts.items():
            resources = self.stack(WebHosting="true", DomainName=domain).resources
            headers = resources["ProductionAppHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
            policy = headers["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
            text, names = policy if isinstance(policy, list) else (policy, {})
            for name, value in names.items():
                text = text.replace(f"${{{name}}}", value["Fn::Sub"])
            self.assertEqual(text.split("; "), [
                "default-src 'self'",
                "img-src 'self' https: data:",
                "style-src 'self'",
                f"connect-src 'self' https://{host} https://${{ProductionWebBucket.RegionalDomainName}}",
                "object-src 'none'",
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
            ])

    def test_an_emulator_has_the_buckets_at_its_own_address(self):
        stack = self.stack(WebHosting="true", EmulatorUrl="http://127.0.0.1:4566")
        for stage in ("Development", "Production"):
            variables = stack.resources[f"{stage}Function"]["Properties"]["Environment"]["Variables"]
            self.assertEqual(variables["FILES_BUCKET_URL"], {"Fn::Sub": f"http://127.0.0.1:4566/${{{stage}WebBucket}}"})

    def test_roles_name_actions_and_resources(self):
        stack = self.stack(CustomerManagedKey="true", WebHosting="true")
        policies = [
            stack.resources[f"{stage}PreSignUpPolicy"]["Properties"]["PolicyDocument"]
            for stage in ("Development", "Production")
        ]
        for role in stack.of_type("AWS::IAM::Role").values():
            policies += [policy["PolicyDocument"] for policy in role["Properties"].get("Policies", [])]
        self.assertEqual(len(policies), 9)
        for policy in policies:
            for statement in policy["Statement"]:
                text = json.dumps(statement["Action"])
                self.assertNotIn("*", text)
                resources = statement["Resource"]
                for resource in resources if isinstance(resources, list) else [resources]:
                    self.assertIsInstance(resource, dict, statement)

    def test_whoever_is_told_hears_of_a_relay_that_is_late_or_fails(self):
        alarms = self.stack().of_type("AWS::CloudWatch::Alarm")
        for stage in STAGES:
            for name, metric, statistic in (("Late", "IteratorAge", "Maximum"), ("Failures", "Errors", "Sum")):
                alarm = alarms[f"{stage}Changes{name}Alarm"]["Properties"]
                self.assertEqual((alarm["MetricName"], alarm["Statistic"]), (metric, statistic))
                function = {"Name": "FunctionName", "Value": {"Ref": f"{stage}ChangesFunction"}}
                self.assertEqual(alarm["Dimensions"], [function])
                self.assertTrue(alarm["AlarmName"]["Fn::Sub"].startswith(f"${{AWS::StackName}}-{stage.lower()}-changes-"))

    def test_nothing_depends_on_itself(self):
        names = set(self.template["Resources"])
        needs = {name: references(one, names) & names for name, one in self.template["Resources"].items()}
        while ready := {name for name, needed in needs.items() if not needed}:
            needs = {name: needed - ready for name, needed in needs.items() if name not in ready}
        self.assertEqual(needs, {})

    def test_the_translated_template_lints(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "translated.json"
            file.write_text(json.dumps(self.template))
            # W2501 takes the schema of the API that is called Password for a password.
            cfn_lint = Path(sys.executable).with_name("cfn-lint")
            command = [cfn_lint, "--ignore-checks", "W2501", "--template", file]
            lint = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual((lint.stdout, lint.stderr, lint.returncode), ("", "", 0))


if __name__ == "__main__":
    unittest.main()
