"""Sign-in at Apple, Google, a provider of OpenID Connect and one of SAML: what each parameter switches on, for each stage.

    python -m unittest discover -s tests/tools
"""

import itertools
import json
import re
import unittest

from samtranslator.yaml_helper import yaml_parse

from test_operations import HOSTED, refusal, unfit
from test_pipeline import ACCESS, allows
from test_template import ROOT, Stack, references, translated

TEMPLATE = translated()
STAGES = {"Development": "movies-dev", "Production": "movies"}
# Each kind, as GET /auth/configuration tells it: name and type.
TOLD = {"Apple": "SignInWithApple:SignInWithApple", "Google": "Google:Google", "Oidc": "Auth0:OIDC", "Saml": "Okta:SAML"}
NAMES = {"OidcProviderName": "Auth0", "SamlProviderName": "Okta"}
# What a provider of each kind is made of, and which of it is in the secret ("CreateIdentityProvider", Amazon Cognito User
# Pools API Reference).
DETAILS = {
    "Apple": ({"client_id", "team_id", "key_id", "private_key"}, {"authorize_scopes": "email name"}),
    "Google": ({"client_id", "client_secret"}, {"authorize_scopes": "openid email profile"}),
    "Oidc": (
        {"client_id", "client_secret", "oidc_issuer"},
        {"authorize_scopes": "openid email profile", "attributes_request_method": "GET"},
    ),
}
ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:movies/production/apple-AbCdEf"


def parameter(stage, kind):
    """The parameter that switches a provider on, with a value."""
    if kind == "Saml":
        return {f"{stage}SamlMetadataUrl": "https://idp.example.com/metadata"}
    return {f"{stage}{kind}Secret": f"movies/{stage.lower()}/{kind.lower()}"}


def hosted(stage, *kinds):
    """The parameters of a hosted sign-in of one stage with these providers."""
    on = {"HostedDomainPrefix": "movies", f"{stage}RedirectUris": "app://back", **NAMES}
    for kind in kinds:
        on.update(parameter(stage, kind))
    return on


def some():
    """Each choice of providers, for each stage."""
    for stage in STAGES:
        for count in range(1, len(TOLD) + 1):
            for kinds in itertools.combinations(TOLD, count):
                yield stage, kinds


def text(value):
    """What functions make of text alone."""
    if isinstance(value, str):
        return value
    [(function, argument)] = value.items()
    return argument if function == "Fn::Sub" else argument[0].join(text(one) for one in argument[1])


class ProvidersTest(unittest.TestCase):
    def client(self, stack, stage):
        return stack.resources[f"{stage}UserPoolClient"]["Properties"]

    def told(self, stack, stage):
        """The entries that the function finds, as config.rs reads them: empty ones are skipped."""
        variables = stack.resources[f"{stage}Function"]["Properties"]["Environment"]["Variables"]
        return {entry for entry in text(variables["IDENTITY_PROVIDERS"]).split(",") if entry}

    def test_nothing_is_on_by_default(self):
        stack = Stack(TEMPLATE)
        self.assertEqual(stack.of_type("AWS::Cognito::UserPoolIdentityProvider"), {})
        self.assertEqual(stack.of_type("AWS::Cognito::UserPoolDomain"), {})
        for stage in STAGES:
            self.assertEqual(self.client(stack, stage)["SupportedIdentityProviders"], ["COGNITO"])
            variables = stack.resources[f"{stage}Function"]["Properties"]["Environment"]["Variables"]
            self.assertEqual(variables["IDENTITY_PROVIDERS"], "")
            self.assertEqual(variables["HOSTED_SIGN_IN_URL"], "")

    def test_each_choice_of_providers_is_made_offered_and_told_in_its_stage_alone(self):
        for stage, kinds in some():
            with self.subTest(stage=stage, kinds=kinds):
                stack = Stack(TEMPLATE, hosted(stage, *kinds))
                made = {f"{stage}{kind}Provider" for kind in kinds}
                self.assertEqual(set(stack.of_type("AWS::Cognito::UserPoolIdentityProvider")), made)
                client = self.client(stack, stage)
                # A reference: the client is made after the providers that it lists. No COGNITO: no passwords on the pages.
                listed = [one["Ref"] for one in client["SupportedIdentityProviders"]]
                self.assertEqual((set(listed), len(listed)), (made, len(made)))
                self.assertIs(client["AllowedOAuthFlowsUserPoolClient"], True)
                self.assertEqual(self.told(stack, stage), {TOLD[kind] for kind in kinds})
                [other] = set(STAGES) - {stage}
                self.assertEqual(self.client(stack, other)["SupportedIdentityProviders"], ["COGNITO"])
                self.assertIs(self.client(stack, other)["AllowedOAuthFlowsUserPoolClient"], False)
                self.assertEqual(self.told(stack, other), set())

    def test_what_is_told_has_the_name_and_the_type_that_cognito_has(self):
        stack = Stack(TEMPLATE, {**HOSTED, **NAMES})
        for stage in STAGES:
            providers = [
                one["Properties"]
                for name, one in stack.of_type("AWS::Cognito::UserPoolIdentityProvider").items()
                if name.startswith(stage)
            ]
            self.assertEqual(len(providers), 4)
            named = {f"{one['ProviderName']}:{one['ProviderType']}" for one in providers}
            self.assertEqual(self.told(stack, stage), named)
            for one in providers:
                self.assertEqual(one["UserPoolId"], {"Ref": f"{stage}UserPool"})

    def test_without_prefix_addresses_or_provider_there_is_no_hosted_sign_in(self):
        for stage in STAGES:
            whole = hosted(stage, "Apple", "Google", "Oidc", "Saml")
            for missing in ("HostedDomainPrefix", f"{stage}RedirectUris"):
                stack = Stack(TEMPLATE, {name: one for name, one in whole.items() if name != missing})
                self.assertEqual(stack.of_type("AWS::Cognito::UserPoolIdentityProvider"), {}, missing)
                self.assertEqual(self.client(stack, stage)["SupportedIdentityProviders"], ["COGNITO"])
                self.assertEqual(self.told(stack, stage), set())
            # With Cognito's pages alone, whoever signs up first with an address would have a password for it.
            stack = Stack(TEMPLATE, hosted(stage))
            self.assertEqual(stack.of_type("AWS::Cognito::UserPoolDomain"), {})
            self.assertIs(self.client(stack, stage)["AllowedOAuthFlowsUserPoolClient"], False)

    def test_a_provider_has_exactly_these_details_and_each_secret_one_is_read_from_its_stages_secret(self):
        for (stage, _), (kind, (secret, plain)) in itertools.product(STAGES.items(), DETAILS.items()):
            for given in (f"movies/{stage.lower()}/{kind.lower()}", ARN):
                stack = Stack(TEMPLATE, {**hosted(stage, kind), f"{stage}{kind}Secret": given})
                details = stack.resources[f"{stage}{kind}Provider"]["Properties"]["ProviderDetails"]
                expected = dict(plain)
                for member in secret:
                    text = f"{{{{resolve:secretsmanager:{given}:SecretString:{member}}}}}"
                    expected[member] = {"Fn::Sub": text}
                self.assertEqual(details, expected, (stage, kind))

    def test_a_provider_tells_who_it_is_and_whether_the_address_was_verified(self):
        stack = Stack(TEMPLATE, HOSTED)
        told = {"username": "sub", "email": "email", "email_verified": "email_verified", "name": "name"}
        for stage, kind in itertools.product(STAGES, DETAILS):
            self.assertEqual(stack.resources[f"{stage}{kind}Provider"]["Properties"]["AttributeMapping"], told)
            # Without its scope, Apple sends neither, and the trigger refuses who has no address.
            self.assertIn("email", DETAILS[kind][1]["authorize_scopes"].split())
        # SAML has no statement about it.
        for stage in STAGES:
            mapping = stack.resources[f"{stage}SamlProvider"]["Properties"]["AttributeMapping"]
            self.assertEqual(set(mapping), {"email", "name"})

    def test_another_secret_changes_the_provider_and_nothing_else(self):
        # That is how a new value is applied: CloudFormation does not see that a secret's value has changed.
        before = Stack(TEMPLATE, HOSTED).resources
        after = Stack(TEMPLATE, {**HOSTED, "ProductionAppleSecret": "movies/production/apple-2"}).resources
        self.assertEqual({name for name in before if before[name] != after[name]}, {"ProductionAppleProvider"})

    def test_a_stage_knows_nothing_of_the_others_providers(self):
        names = set(TEMPLATE["Resources"])
        for (own, other), kind in itertools.product((("Development", "Production"), ("Production", "Development")), TOLD):
            provider = TEMPLATE["Resources"][f"{own}{kind}Provider"]
            self.assertEqual(references(provider, names) & names, {f"{own}UserPool"})
            self.assertNotIn(other, json.dumps(provider))

    def test_each_stage_tells_the_address_to_register(self):
        for stage, host in STAGES.items():
            output = TEMPLATE["Outputs"][f"{stage}ProviderRedirectUri"]
            stack = Stack(TEMPLATE, HOSTED)
            self.assertTrue(stack.holds(output["Condition"]))
            self.assertFalse(Stack(TEMPLATE).holds(output["Condition"]))
            url = stack.resolve(output["Value"])["Fn::Sub"]
            self.assertEqual(url, f"https://{host}.auth.${{AWS::Region}}.amazoncognito.com/oauth2/idpresponse")
            # The same host as the pages have.
            domain = stack.resources[f"{stage}UserPoolDomain"]["Properties"]["Domain"]
            self.assertEqual(domain if isinstance(domain, str) else domain["Fn::Sub"], host)


class SecretsTest(unittest.TestCase):
    SECRETS = [f"{stage}{kind}Secret" for stage in STAGES for kind in DETAILS]

    def test_a_parameter_takes_the_name_of_a_secret_and_never_its_value(self):
        body = "MIGTAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBHkwdwIBAQQg" + "a/" * 70 + "b9"
        for name, (taken, value) in itertools.product(self.SECRETS, (
            (True, ""),
            (True, "movies/production/apple"),
            (True, ARN),
            (True, ARN.replace("arn:aws:", "arn:aws-cn:")),
            (False, "GOCSPX-abcdefghijklmnopqrstuvwxyz12"),  # a client secret of Google's
            (False, "apple"),  # no folder, which the deploying role is given
            (False, "movies/production/"),
            (False, "-----BEGIN PRIVATE KEY-----"),
            (False, body),
            (False, '{"client_id": "a/b"}'),
            (False, "movies/apple}}{{resolve:ssm:/other"),
            (False, "movies/apple:SecretString:other"),
            (False, "arn:aws:ssm:eu-west-1:123456789012:parameter/movies/apple"),
        )):
            with self.subTest(name=name, value=value):
                self.assertEqual(unfit(TEMPLATE["Parameters"][name], value) is None, taken)

    def test_no_parameter_and_no_resource_holds_a_secret(self):
        # Whatever has such a name is a place of Secrets Manager, whose default is none.
        secret = {name for name in TEMPLATE["Parameters"] if re.search("secret|private|password", name, re.I)}
        self.assertEqual(secret, set(self.SECRETS))
        for name in secret:
            self.assertEqual(TEMPLATE["Parameters"][name]["Default"], "")
        found = []

        def look(value):
            pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
            for key, one in pairs:
                if key in ("client_secret", "private_key"):
                    found.append(one["Fn::Sub"])
                look(one)

        look({name: one for name, one in TEMPLATE["Resources"].items() if name != "Api"})
        self.assertEqual(len(found), 6)
        for text in found:
            self.assertRegex(text, r"^\{\{resolve:secretsmanager:\$\{\w+Secret\}:SecretString:\w+\}\}$")

    def test_no_value_leaves_by_an_output_or_an_environment(self):
        for part in (TEMPLATE["Outputs"], {n: one for n, one in TEMPLATE["Resources"].items() if not n.endswith("Provider")}):
            text = json.dumps(part)
            for name in self.SECRETS:
                self.assertNotIn(name, text)
            self.assertNotIn("{{resolve:", text)

    def test_the_pipelines_role_reads_the_secrets_of_its_stack_and_no_others(self):
        statements = ACCESS["StackRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        [one] = [one for one in statements if "secretsmanager" in json.dumps(one["Action"])]
        self.assertEqual(one["Action"], "secretsmanager:GetSecretValue")
        arn = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${StackName}/*"
        self.assertEqual(one["Resource"], {"Fn::Sub": arn})
        for role in ("DevelopmentPipeline", "ProductionPipeline"):
            self.assertFalse(allows(role, "secretsmanager:GetSecretValue"), role)
        # The guide puts them there.
        guide = (ROOT / "docs/federation.md").read_text()
        named = set(re.findall(r"--name (\S+)", guide))
        self.assertTrue(named)
        for name in named:
            self.assertTrue(name.startswith("movies/"), name)

    def test_the_guide_puts_into_a_secret_what_the_template_takes_out(self):
        guide = (ROOT / "docs/federation.md").read_text()
        blocks = re.findall(r"\n```sh\n(.*?)\n```", guide, re.S)
        for kind, (members, _) in DETAILS.items():
            [block] = [one for one in blocks if f"create-secret --name movies/production/{kind.lower()} " in one]
            self.assertEqual(set(re.findall(r'"(\w+)": "%s"', block)), members, kind)


class RulesTest(unittest.TestCase):
    """Asked before anything changes."""

    def test_any_provider_makes_a_hosted_sign_in_and_none_goes_without(self):
        for stage, kinds in some():
            whole = hosted(stage, *kinds)
            with self.subTest(stage=stage, kinds=kinds):
                self.assertIsNone(refusal(**whole))
                for missing in ("HostedDomainPrefix", f"{stage}RedirectUris"):
                    rest = {name: one for name, one in whole.items() if name != missing}
                    self.assertIn("hosted sign-in", refusal(**rest) or "", missing)
        for stage in STAGES:
            self.assertIn("a provider", refusal(**hosted(stage)) or "")
            # The other stage's provider is none for this one.
            [other] = set(STAGES) - {stage}
            self.assertIn("hosted sign-in", refusal(**(hosted(stage) | parameter(other, "Apple"))) or "")

    def test_the_rules_ask_what_the_conditions_decide(self):
        # CloudFormation alone reads rules: what they refuse must do no harm where they are not read, as on an emulator.
        for stage in STAGES:
            for kinds in ((), ("Apple",), ("Google", "Oidc"), ("Saml",)):
                for left in ((), ("HostedDomainPrefix",), (f"{stage}RedirectUris",)):
                    values = {name: one for name, one in hosted(stage, *kinds).items() if name not in left}
                    stack = Stack(TEMPLATE, values)
                    has = stack.holds(f"{stage}HasHostedSignIn")
                    self.assertEqual(has, bool(kinds) and not left)
                    if refusal(**values) is None and kinds:
                        self.assertTrue(has)


if __name__ == "__main__":
    unittest.main()
