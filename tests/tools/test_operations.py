"""What running the stack relies on: what AWS refuses, what outlives the stack, who is told, and what stays closed.

    python -m unittest discover -s tests/tools
"""

import copy
import json
import re
import unittest
from unittest import mock

from samtranslator.yaml_helper import yaml_parse

import test_template
from test_template import ROOT, Stack, translated

DOCUMENT = yaml_parse((ROOT / "openapi.yaml").read_text())
TEMPLATE = translated()
HOSTED = {
    "HostedDomainPrefix": "movies",
    **{f"{stage}RedirectUris": "app://back" for stage in ("Development", "Production")},
    **{f"{stage}SamlMetadataUrl": "https://idp.example.com/metadata" for stage in ("Development", "Production")},
}


def nulls(value, path=""):
    """The paths of all nulls in a document."""
    if value is None:
        return [path]
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for name, one in pairs for found in nulls(one, f"{path}/{name}")]


class ImportTest(unittest.TestCase):
    """What CloudFormation and API Gateway refuse in openapi.yaml and in the template that it is merged into."""

    def test_no_null_is_in_the_document_or_in_the_template_that_it_is_merged_into(self):
        # CloudFormation refuses a null anywhere in a template: "Null values are not allowed in templates".
        self.assertEqual(nulls(DOCUMENT), [])
        self.assertEqual(nulls(TEMPLATE), [])

    def test_the_import_makes_fewer_documentation_parts_than_an_api_may_have(self):
        # An API has 2,000 documentation parts, and each import makes those of the whole document. AWS does not say how they
        # are counted, so this counts generously, and the bound leaves room for what it does not see: two ways of counting
        # this document differed by 150.
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
        self.assertEqual(len(switched), 4)
        for name in switched:
            self.assertNotIn("DeletionPolicy", TEMPLATE["Resources"][name], name)


if __name__ == "__main__":
    unittest.main()
