"""What a pipeline may do: .github/aws-access.yaml, beside the stack that it deploys.

    python -m unittest discover -s tests/tools
"""

import fnmatch
import json
import unittest

from samtranslator.yaml_helper import yaml_parse

from test_template import ROOT, Stack, translated

ACCESS = yaml_parse((ROOT / ".github/aws-access.yaml").read_text())["Resources"]
WORKFLOW = (ROOT / ".github/workflows/deploy.yml").read_text()


def many(one):
    return one if isinstance(one, list) else [one]


def actions(statements):
    return [action for one in statements for action in many(one["Action"])]


def inline(role):
    """The statements of a role's own policies, and of ours that are attached to it."""
    properties = ACCESS[role]["Properties"]
    attached = [ACCESS[one["Ref"]]["Properties"] for one in properties.get("ManagedPolicyArns", [])]
    policies = [*properties.get("Policies", []), *attached]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def allows(role, action):
    return any(fnmatch.fnmatchcase(action, allowed) for allowed in actions(inline(role)))


class PipelineTest(unittest.TestCase):
    def test_each_role_is_lent_to_one_environment_of_one_repository(self):
        for role, environment in (("DevelopmentPipeline", "development"), ("ProductionPipeline", "production")):
            [statement] = ACCESS[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
            self.assertEqual(statement["Action"], "sts:AssumeRoleWithWebIdentity")
            self.assertEqual(statement["Condition"], {"StringEquals": {
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:sub": {"Fn::Sub": f"${{RepositorySubject}}:environment:{environment}"},
            }})
            self.assertIn(f"environment: {environment}\n", WORKFLOW)

    def test_the_stack_cannot_reach_the_roles_of_the_pipeline(self):
        roles = [one for one in ACCESS.values() if one["Type"] in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy")]
        self.assertEqual({one["Properties"]["Path"] for one in roles}, {"/pipeline/"})
        for statement in inline("StackRole"):
            if any(action.startswith("iam:") for action in many(statement["Action"])):
                for resource in many(statement["Resource"]):
                    name = resource["Fn::Sub"].split(":role/")[1]
                    self.assertTrue(name.startswith(("${StackName}-", "aws-service-role/")), name)

    def test_a_role_of_the_stack_gets_no_permission_outside_the_boundary(self):
        giving = {"iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"}
        for statement in inline("StackRole"):
            if giving & set(many(statement["Action"])):
                self.assertEqual(statement["Condition"], {"StringEquals": {"iam:PermissionsBoundary": {"Ref": "Boundary"}}})
        self.assertFalse(allows("StackRole", "iam:DeleteRolePermissionsBoundary"))
        roles = Stack(translated(), {"PermissionsBoundary": "arn:aws:iam::123456789012:policy/b"}).of_type("AWS::IAM::Role")
        self.assertEqual(len(roles), 9)
        for name, role in roles.items():
            self.assertEqual(role["Properties"].get("PermissionsBoundary"), "arn:aws:iam::123456789012:policy/b", name)

    def test_the_boundary_has_room_for_what_the_stack_does(self):
        stack = Stack(translated(), {"WebHosting": "true"})
        policies = [one["Properties"]["PolicyDocument"] for one in stack.of_type("AWS::IAM::Policy").values()]
        for role in stack.of_type("AWS::IAM::Role").values():
            policies += [policy["PolicyDocument"] for policy in role["Properties"].get("Policies", [])]
        needed = {action for policy in policies for action in actions(policy["Statement"])}
        self.assertGreater(len(needed), 15)
        bound = actions(ACCESS["Boundary"]["Properties"]["PolicyDocument"]["Statement"])
        outside = {action for action in needed if not any(fnmatch.fnmatchcase(action, one) for one in bound)}
        self.assertEqual(outside, set())

    def test_nobody_deletes_or_reads_what_people_left(self):
        for role in ("DevelopmentPipeline", "ProductionPipeline", "StackRole"):
            for action in (
                "cognito-idp:AdminGetUser", "cognito-idp:DeleteGroup", "cognito-idp:DeleteUserPool",
                "cognito-idp:DeleteUserPoolClient", "cognito-idp:ListUsers",
                "dynamodb:DeleteTable", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:RestoreTableFromBackup",
                "dynamodb:Scan", "kms:ScheduleKeyDeletion", "lambda:InvokeFunction", "logs:GetLogEvents",
                "logs:StartQuery", "iam:CreatePolicyVersion", "iam:CreateUser", "s3:DeleteBucket", "s3:DeleteObject",
                "sts:AssumeRole",
            ):
                self.assertFalse(allows(role, action), f"{role} {action}")

    def test_development_itself_may_not_move_production(self):
        for action in ("cloudformation:SetStackPolicy", "cloudformation:UpdateStack", "lambda:PublishVersion",
                       "lambda:UpdateAlias", "codedeploy:StopDeployment"):
            self.assertFalse(allows("DevelopmentPipeline", action), action)

    def test_a_rollout_has_what_docs_rollouts_lists(self):
        text = (ROOT / "docs/rollouts.md").read_text()
        [listed] = [part for part in text.split("\n\n") if "needs these permissions" in part]
        service = None
        needed = set()
        for name in listed.split("⚠")[0].split("`")[1::2]:
            if ":" in name:
                service, name = name.split(":")
            if service:
                needed.add(f"{service}:{name}")
        self.assertEqual(len(needed), 17, needed)
        self.assertEqual({action for action in needed if not allows("ProductionPipeline", action)}, set())

    def test_development_is_verified_before_anybody_is_asked(self):
        jobs = yaml_parse(WORKFLOW)["jobs"]
        runs = [step.get("run", "") for step in jobs["development"]["steps"]]
        [deploy] = [index for index, run in enumerate(runs) if "/sam\" deploy " in run]
        [verify] = [index for index, run in enumerate(runs) if "cargo xtask verify " in run]
        [plan] = [index for index, run in enumerate(runs) if "cargo xtask promote --dry-run" in run]
        self.assertLess(deploy, verify)
        self.assertLess(verify, plan)
        self.assertEqual(runs[verify], 'cargo xtask verify --stack "$MOVIES_STACK" --stage Development')
        self.assertNotIn("continue-on-error", jobs["development"]["steps"][verify])
        # The URL is among the outputs of the stack.
        self.assertTrue(allows("DevelopmentPipeline", "cloudformation:DescribeStacks"))

    def test_the_workflow_uses_what_the_stack_tells(self):
        outputs = yaml_parse((ROOT / ".github/aws-access.yaml").read_text())["Outputs"]
        variables = {one["Description"].split("variable ")[1].split()[0] for one in outputs.values()}
        self.assertEqual(len(variables), 4)
        for variable in variables:
            self.assertIn(f"vars.{variable}", WORKFLOW)
        self.assertNotIn("secrets.", WORKFLOW)
        self.assertNotIn("AKIA", json.dumps(ACCESS))


if __name__ == "__main__":
    unittest.main()
