//! `template.yaml` has the settings that the code relies on.

use std::{fs, path::Path};

use kit::stage::Stage;
use serde_yaml_ng::Value;
use service::{
    config::Config,
    nouns::{NOUNS, NounFacts},
};
use tests::template::{gives_what_is_read, resources, template};

crate::tests![
    the_pools_have_the_policy_that_the_service_checks,
    the_functions_are_given_every_variable_that_they_read_and_no_other,
    the_stages_share_no_data_and_no_accounts,
    each_table_of_a_noun_is_followed_by_the_relay_of_its_stage,
    the_guide_lists_every_parameter_with_its_default,
    the_console_may_test_the_newest_code_and_no_released_one,
    what_the_template_takes_for_origins_the_function_takes_too,
];

/// The property of a resource of the template at a path of names.
fn property<'a>(template: &'a Value, resource: &str, path: &[&str]) -> &'a Value {
    let properties = &template["Resources"][resource]["Properties"];
    assert!(!properties.is_null(), "there is no {resource}");
    path.iter().fold(properties, |value, name| &value[*name])
}

async fn the_pools_have_the_policy_that_the_service_checks() {
    let policy = accounts::identity::PASSWORD_POLICY;
    let template = template();
    for stage in Stage::ALL.map(Stage::name) {
        let pool = format!("{stage}UserPool");
        let declared = property(&template, &pool, &["Policies", "PasswordPolicy"]);
        assert_eq!(
            declared["MinimumLength"],
            Value::from(policy.minimum_length)
        );
        for (name, required) in [
            ("RequireLowercase", policy.require_lowercase),
            ("RequireUppercase", policy.require_uppercase),
            ("RequireNumbers", policy.require_numbers),
            ("RequireSymbols", policy.require_symbols),
        ] {
            assert_eq!(declared[name], Value::from(required), "{name}");
        }
        for name in ["AccessTokenValidity", "IdTokenValidity"] {
            let minutes = property(&template, &format!("{pool}Client"), &[name]);
            assert_eq!(*minutes, Value::from(15), "{name}");
        }
    }
}

/// The variables of the other functions are compared in their own tests.
async fn the_functions_are_given_every_variable_that_they_read_and_no_other() {
    let mut functions = resources(&template(), "AWS::Serverless::Function");
    functions.sort_unstable();
    assert_eq!(
        functions,
        [
            "DevelopmentChangesFunction",
            "DevelopmentFunction",
            "DevelopmentPreSignUpFunction",
            "PreTrafficFunction",
            "ProductionChangesFunction",
            "ProductionFunction",
            "ProductionPreSignUpFunction",
        ],
        "another function: let its variables be compared as well"
    );
    for stage in Stage::ALL.map(Stage::name) {
        gives_what_is_read(&format!("{stage}Function"), |variable| {
            let config = Config::read(|name| {
                let given = variable(name)?;
                Some(match name {
                    "AWS_LAMBDA_FUNCTION_VERSION" => "7".to_owned(),
                    "STAGE" => stage.to_owned(),
                    "ALLOWED_ORIGINS" => "*".to_owned(),
                    "LOG_LEVEL" => "info".to_owned(),
                    "JWKS" => String::new(),
                    "FILES_BUCKET_URL" | "FILES_URL" => "https://example.com".to_owned(),
                    "IDENTITY_PROVIDERS" => "Okta:SAML".to_owned(),
                    _ => given,
                })
            });
            config.unwrap();
        });
    }
}

/// The text of a part of the template, to look for names in.
fn text(value: &Value) -> String {
    serde_yaml_ng::to_string(value).unwrap()
}

/// The logical names of the nouns' tables, without the stage.
fn tables() -> impl Iterator<Item = String> {
    NOUNS.iter().map(NounFacts::table_resource)
}

/// The logical names of the mappings of the tables' streams, without the stage.
fn streams() -> impl Iterator<Item = String> {
    tables().map(|table| table.replace("Table", "Stream"))
}

async fn each_table_of_a_noun_is_followed_by_the_relay_of_its_stage() {
    let template = template();
    let mut mappings = resources(&template, "AWS::Lambda::EventSourceMapping");
    mappings.sort_unstable();
    let mut expected = Vec::new();
    for stage in Stage::ALL.map(Stage::name) {
        for (table, stream) in tables().zip(streams()) {
            let view = property(
                &template,
                &format!("{stage}{table}"),
                &["StreamSpecification", "StreamViewType"],
            );
            assert_eq!(*view, "KEYS_ONLY", "{stage}{table}");
            let stream = format!("{stage}{stream}");
            let source = text(property(&template, &stream, &["EventSourceArn"]));
            assert_eq!(source, format!("!GetAtt {stage}{table}.StreamArn\n"));
            let role = text(&template["Resources"][format!("{stage}ChangesFunctionRole")]);
            assert!(role.contains(&format!("${{{stage}{table}.Arn}}/stream/*")));
            assert!(role.contains(&format!("!GetAtt {stage}{table}.Arn")));
            expected.push(stream);
        }
    }
    expected.sort_unstable();
    assert_eq!(mappings, expected);
}

async fn the_stages_share_no_data_and_no_accounts() {
    let template = template();
    for (own, other) in [("Development", "Production"), ("Production", "Development")] {
        for resource in [
            "Function",
            "FunctionRole",
            "FunctionLogs",
            "PreSignUpFunction",
            "PreSignUpFunctionLogs",
            "PreSignUpPolicy",
            "PreSignUpPermission",
            "ChangesFunction",
            "ChangesFunctionRole",
            "ChangesFunctionLogs",
            "IdempotencyTable",
            "SearchTable",
            "ChangesTable",
            "UserPool",
            "UserPoolClient",
            "UserPoolDomain",
            "EditorsGroup",
            "AppleProvider",
            "GoogleProvider",
            "OidcProvider",
            "SamlProvider",
        ]
        .into_iter()
        .map(str::to_owned)
        .chain(tables())
        .chain(streams())
        {
            let resource = &template["Resources"][format!("{own}{resource}")];
            assert!(!resource.is_null());
            assert!(!text(resource).contains(other), "{own} {resource:?}");
        }
        let others = [
            "IdempotencyTable",
            "SearchTable",
            "ChangesTable",
            "UserPool",
        ];
        let others = others.map(str::to_owned);
        for protected in tables().chain(others) {
            let resource = &template["Resources"][format!("{own}{protected}")];
            for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
                assert_eq!(resource[policy], "Retain", "{own}{protected}");
            }
            let properties = &resource["Properties"];
            let kept = properties["DeletionProtection"] == "ACTIVE"
                || properties["DeletionProtectionEnabled"] == true;
            assert!(kept, "{own}{protected}");
        }
    }
}

/// `docs/first-deploy.md` has a table of them: name, default, when to change it. A default is in backticks,
/// or `empty`, with a word on what that means behind a colon.
async fn the_guide_lists_every_parameter_with_its_default() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/first-deploy.md");
    let guide = fs::read_to_string(guide).expect("docs/first-deploy.md");
    let rows = guide
        .lines()
        .skip_while(|line| !line.starts_with("| parameter | default |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let mut listed: Vec<_> = rows
        .map(|row| {
            let mut cells = row.trim_matches('|').split('|').map(str::trim);
            let (name, default) = (cells.next().unwrap(), cells.next().unwrap());
            let (default, _) = default.split_once(": ").unwrap_or((default, ""));
            (name.to_owned(), default.to_owned())
        })
        .collect();
    let template = template();
    let parameters = template["Parameters"].as_mapping().unwrap().iter();
    let mut expected: Vec<_> = parameters
        .map(|(name, parameter)| {
            let default = match &parameter["Default"] {
                Value::String(text) if text.is_empty() => "empty".to_owned(),
                Value::String(text) => format!("`{text}`"),
                Value::Number(number) => format!("`{number}`"),
                other => panic!("{name:?} has the default {other:?}"),
            };
            (format!("`{}`", name.as_str().unwrap()), default)
        })
        .collect();
    listed.sort_unstable();
    expected.sort_unstable();
    assert_eq!(listed, expected);
}

async fn the_console_may_test_the_newest_code_and_no_released_one() {
    let template = template();
    let permissions = resources(&template, "AWS::Lambda::Permission");
    let of_the_console = permissions.iter().filter(|name| {
        let arn = property(&template, name, &["SourceArn"]);
        serde_yaml_ng::to_string(arn)
            .unwrap()
            .contains("/test-invoke-stage/*/*")
    });
    let aliases: Vec<_> = of_the_console
        .map(|name| property(&template, name, &["FunctionName"]))
        .map(|alias| serde_yaml_ng::to_string(alias).unwrap())
        .collect();
    assert_eq!(aliases, ["!Ref DevelopmentAlias\n"]);
}

/// The pattern is a first check: the function may refuse values that it accepts, but none of these.
async fn what_the_template_takes_for_origins_the_function_takes_too() {
    let template = template();
    let pattern = &template["Parameters"]["AllowedOrigins"]["AllowedPattern"];
    let schema = serde_json::json!({ "pattern": pattern.as_str().unwrap() });
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (origins, taken) in [
        ("*", true),
        ("https://app.example.com", true),
        ("capacitor://localhost,ionic://localhost", true),
        (
            "capacitor://localhost, https://localhost, http://localhost:8080",
            true,
        ),
        ("http://[::1]:5173", true),
        ("", false),
        ("null", false),
        ("app.example.com", false),
        ("https://", false),
        ("https://app.example.com/", false),
        ("https://*.example.com", false),
        ("https://user@app.example.com", false),
        ("*,https://app.example.com", false),
        ("https://app.example.com,", false),
        ("https://a.example https://b.example", false),
    ] {
        let by_template = validator.is_valid(&serde_json::json!(origins));
        assert_eq!(by_template, taken, "{origins}");
        let config = Config::read(|name| match name {
            "ALLOWED_ORIGINS" => Some(origins.to_owned()),
            "AWS_LAMBDA_FUNCTION_VERSION" => Some("7".to_owned()),
            "STAGE" => Some("Production".to_owned()),
            "FILES_BUCKET_URL" | "FILES_URL" | "JWKS" | "IDENTITY_PROVIDERS" | "AWS_CA_BUNDLE"
            | "LOG_LEVEL" => None,
            _ => Some("x".to_owned()),
        });
        // An empty value is the same as `*`.
        assert_eq!(
            config.is_ok(),
            taken || origins.is_empty(),
            "{origins}: {config:?}"
        );
    }
}
