//! The parts of `openapi.yaml` for API Gateway, which imports the document unchanged.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::contract::Contract;

crate::tests![
    every_operation_goes_to_the_function_of_its_stage_by_its_alias,
    every_signed_in_operation_needs_the_scope_of_the_app,
    the_authorizer_takes_the_tokens_of_both_pools,
    every_answer_of_the_gateway_is_a_problem_like_those_of_the_service,
    nothing_in_the_document_is_in_the_way_of_its_import,
];

const SCOPE: &str = "aws.cognito.signin.user.admin";

fn document() -> Value {
    serde_yaml_ng::from_str(include_str!("../../../openapi.yaml")).unwrap()
}

async fn every_operation_goes_to_the_function_of_its_stage_by_its_alias() {
    // The stage variable is read at each request; `!` keeps CloudFormation from resolving it.
    let uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/\
               arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${!stageVariables.function}/invocations";
    let expected = json!({
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": { "Fn::Sub": uri },
        "passthroughBehavior": "when_no_match",
        "timeoutInMillis": 20_000,
    });
    let operations = Contract::get().operations();
    assert!(operations.len() > 50);
    for operation in operations {
        let integration = &operation.object["x-amazon-apigateway-integration"];
        assert_eq!(*integration, expected, "{}", operation.id);
    }
}

async fn every_signed_in_operation_needs_the_scope_of_the_app() {
    // Without a scope the gateway would take ID tokens and refuse access tokens.
    let open = |path: &str| path.starts_with("/auth/") || path == "/health";
    for operation in Contract::get().operations() {
        let expected = if operation.method == "options" || open(operation.path) {
            json!([])
        } else {
            json!([{ "CognitoAuthorizer": [SCOPE] }])
        };
        assert_eq!(operation.object["security"], expected, "{}", operation.id);
    }
}

async fn the_authorizer_takes_the_tokens_of_both_pools() {
    let scheme = &document()["components"]["securitySchemes"]["CognitoAuthorizer"];
    assert_eq!(scheme["type"], "apiKey");
    assert_eq!(scheme["x-amazon-apigateway-authtype"], "cognito_user_pools");
    let authorizer = json!({
        "type": "cognito_user_pools",
        "providerARNs": [
            { "Fn::GetAtt": ["DevelopmentUserPool", "Arn"] },
            { "Fn::GetAtt": ["ProductionUserPool", "Arn"] },
        ],
    });
    assert_eq!(scheme["x-amazon-apigateway-authorizer"], authorizer);
}

async fn every_answer_of_the_gateway_is_a_problem_like_those_of_the_service() {
    let document = document();
    let answers = document["x-amazon-apigateway-gateway-responses"].as_object();
    let answers = answers.unwrap();
    for needed in [
        "UNAUTHORIZED",
        "ACCESS_DENIED",
        "WAF_FILTERED",
        "MISSING_AUTHENTICATION_TOKEN",
        "RESOURCE_NOT_FOUND",
        "REQUEST_TOO_LARGE",
        "UNSUPPORTED_MEDIA_TYPE",
        "THROTTLED",
        "DEFAULT_4XX",
        "DEFAULT_5XX",
    ] {
        assert!(answers.contains_key(needed), "{needed}");
    }
    let table = document["components"]["schemas"]["Problem"]["properties"]["type"]["description"]
        .as_str()
        .unwrap();
    for (name, answer) in answers {
        let template = answer["responseTemplates"]["application/json"].as_str();
        let problem: Value = serde_json::from_str(template.unwrap()).unwrap();
        let schema = json!({ "$ref": "#/components/schemas/Problem" });
        let violations = Contract::get().violations(&schema, &problem);
        assert!(violations.is_empty(), "{name}: {violations:?}");
        let (kind, status) = (problem["type"].as_str().unwrap(), &problem["status"]);
        assert!(
            table.contains(&format!("| `{kind}` | {status} |")),
            "{name}"
        );
        assert_eq!(answer["statusCode"], status.to_string(), "{name}");
        assert_eq!(problem["instance"], "$context.requestId", "{name}");
        assert_eq!(
            problem.get("errors").is_some(),
            kind == "/problems/invalid-request"
        );

        let header = |header: &str| {
            let header = format!("gatewayresponse.header.{header}");
            answer["responseParameters"][&header].as_str()
        };
        assert_eq!(header("X-Request-Id"), Some("context.requestId"), "{name}");
        for (expected, value) in [
            ("Content-Type", "'application/problem+json'"),
            ("Cache-Control", "'no-store'"),
            ("X-Content-Type-Options", "'nosniff'"),
            ("X-Served-By", "'gateway'"),
            ("Access-Control-Allow-Origin", "'*'"),
        ] {
            assert_eq!(header(expected), Some(value), "{name}");
        }
        let exposed = header("Access-Control-Expose-Headers").unwrap();
        for wanted in ["x-request-id", "retry-after", "www-authenticate"] {
            assert!(exposed.contains(wanted), "{name}: {wanted}");
        }
        assert_eq!(
            header("WWW-Authenticate").is_some(),
            *status == 401,
            "{name}"
        );
        let waits = *status == 429 || *status == 503 || kind.ends_with("token-not-verifiable");
        assert_eq!(header("Retry-After").is_some(), waits, "{name}");
    }
}

/// The document has nothing that API Gateway does not support by the "Important notes" in its Developer Guide.
async fn nothing_in_the_document_is_in_the_way_of_its_import() {
    let document = document();
    assert_eq!(document["security"], Value::Null, "ignored at the root");
    for kind in ["schemas", "examples", "responses", "parameters", "headers"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{name}");
        }
    }
    for scheme in document["components"]["securitySchemes"]
        .as_object()
        .unwrap()
        .values()
    {
        assert_eq!(scheme["type"], "apiKey");
    }
    let mut found = BTreeSet::new();
    unsupported(&document["components"]["schemas"], &mut found);
    assert!(found.is_empty(), "{found:?}");
    let text = include_str!("../../../openapi.yaml");
    // Fn::Transform reads neither the short forms of functions nor aliases.
    for line in text.lines() {
        let value = line.split_once(": ").map_or("", |(_, value)| value);
        assert!(!value.starts_with(['!', '&']), "{line}");
    }
    assert!(
        text.len() < 1_000_000,
        "the limit of what AWS::Include reads"
    );
}

/// Collects the keywords of schemas that the import refuses. It ignores `nullable`, which does no harm, because the
/// gateway validates no request.
fn unsupported(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                // A name within `properties` is a member of the API, not a keyword.
                if name == "properties" {
                    for property in value.as_object().into_iter().flat_map(|all| all.values()) {
                        unsupported(property, found);
                    }
                    continue;
                }
                let format = value.as_str().unwrap_or_default();
                let refused = match name.as_str() {
                    "default" | "deprecated" | "discriminator" | "example" | "examples"
                    | "exclusiveMaximum" | "exclusiveMinimum" | "readOnly" | "writeOnly"
                    | "xml" => true,
                    "format" => ["int32", "int64", "float", "double"].contains(&format),
                    "type" => format == "null",
                    _ => false,
                };
                if refused {
                    found.insert(name.clone());
                }
                unsupported(value, found);
            }
        }
        Value::Array(entries) => entries.iter().for_each(|entry| unsupported(entry, found)),
        _ => {}
    }
}
