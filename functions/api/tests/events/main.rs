//! The function as Lambda runs it: the real binary behind a Runtime API, fed the events that API
//! Gateway sends, with DynamoDB and the key set on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its tools"
)]

mod deadlines;
mod formats;
mod gateway;
mod stages;
mod start;
mod telemetry;
mod thaw;
mod world;

use serde_json::{Value, json};
use tests::{aws, runtime_api::RuntimeApi};

use self::world::{BINARY, TITLE, World, authorization, http, post, rest, with_header};

#[test]
fn every_form_of_a_path_reaches_its_operation() {
    const FIND: &str = "/movies/findbytitleandyear";
    let proxy = "/{proxy+}";
    let events = [
        ("REST API, Production", rest("Production", FIND, FIND)),
        (
            "REST API, console test",
            rest("test-invoke-stage", FIND, FIND),
        ),
        (
            "REST API, custom domain with a base path",
            rest("Production", &format!("/v1{FIND}"), FIND),
        ),
        (
            "REST API, a slash at the end",
            rest("Production", &format!("{FIND}/"), FIND),
        ),
        (
            "REST API, proxy resource, a slash at the end",
            rest("Production", &format!("{FIND}/"), proxy),
        ),
        (
            "HTTP API, a slash at the end",
            http("Production", &format!("/Production{FIND}/")),
        ),
        ("REST API, proxy resource", rest("Production", FIND, proxy)),
        (
            "REST API, proxy resource, stage in the path",
            rest("Production", &format!("/Production{FIND}"), proxy),
        ),
        (
            "HTTP API, named stage",
            http("Production", &format!("/Production{FIND}")),
        ),
        ("HTTP API, default stage", http("$default", FIND)),
    ];
    tests::block_on(async {
        let world = World::new().await;
        let _function = world.start_function("7");
        let count = events.len();
        for (name, event) in events {
            let answer = world.runtime_api.invoke(event).await;
            assert_eq!(answer["statusCode"], 200, "{name}: {answer}");
            let header = |name: &str| answer["headers"][name].as_str().unwrap_or_default();
            assert_eq!(header("x-request-id"), "id-of-the-gateway", "{name}");
            assert!(header("x-served-by").ends_with("/7"), "{name}: {answer}");
            let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
            assert_eq!(body["title"], aws::TITLE, "{name}");
        }
        assert_eq!(world.asked_titles(), vec![json!(TITLE); count]);
    });
}

/// Cognito's threat protection needs the client's address, and a header can be forged.
#[test]
fn the_provider_is_told_the_address_that_the_gateway_saw() {
    let sign_in = "/auth/sign-in";
    let body = json!({ "email": "ada@example.com", "password": "correct-Horse-7-battery" });
    let mut of_rest = rest("Production", sign_in, sign_in);
    of_rest["httpMethod"] = "POST".into();
    of_rest["queryStringParameters"] = Value::Null;
    of_rest["multiValueQueryStringParameters"] = Value::Null;
    for (name, value) in [
        ("Content-Type", "application/json"),
        ("User-Agent", "Phone/7"),
        ("X-Forwarded-For", "198.51.100.7"),
    ] {
        of_rest["headers"][name] = value.into();
        of_rest["multiValueHeaders"][name] = json!([value]);
    }
    of_rest["body"] = body.to_string().into();
    let mut of_http = http("$default", sign_in);
    of_http["requestContext"]["http"]["method"] = "POST".into();
    of_http["rawQueryString"] = "".into();
    of_http["queryStringParameters"] = Value::Null;
    of_http["headers"] = json!({
        "content-type": "application/json", "user-agent": "Phone/7", "x-forwarded-for": "198.51.100.7",
    });
    of_http["body"] = body.to_string().into();
    tests::block_on(async {
        let world = World::new().await;
        let _function = world.start_function("7");
        for event in [of_rest, of_http] {
            world.runtime_api.invoke(event).await;
        }
        let asked = world.dynamo.asked();
        let contexts: Vec<_> = asked
            .iter()
            .filter(|asked| asked.target == "AdminInitiateAuth")
            .map(|asked| &asked.body()["ContextData"])
            .collect();
        assert_eq!(contexts.len(), 2);
        for context in contexts {
            assert_eq!(context["IpAddress"], "192.0.2.1");
            assert!(context.to_string().contains("Phone/7"));
            assert!(!context.to_string().contains("198.51.100.7"));
        }
    });
}

#[test]
fn bodies_arrive_as_text_and_as_base64() {
    let body = json!({ "title": TITLE, "year": "2009" }).to_string();
    let add = "/movies/add-movie";
    let mut plain = rest("Production", add, add);
    plain["httpMethod"] = "POST".into();
    plain["queryStringParameters"] = Value::Null;
    plain["multiValueQueryStringParameters"] = Value::Null;
    plain["headers"]["Content-Type"] = "application/json".into();
    plain["multiValueHeaders"]["Content-Type"] = json!(["application/json"]);
    plain["body"] = body.clone().into();
    let mut encoded = plain.clone();
    encoded["body"] = base64(&body).into();
    encoded["isBase64Encoded"] = true.into();
    tests::block_on(async {
        let world = World::new().await;
        let _function = world.start_function("7");
        for event in [plain, encoded] {
            let answer = world.runtime_api.invoke(event).await;
            assert_eq!(answer["statusCode"], 201, "{answer}");
        }
        assert_eq!(world.asked_titles(), [TITLE, TITLE]);
    });
}

/// API Gateway decompresses a body but keeps `Content-Encoding`.
#[test]
fn a_body_that_the_gateway_has_inflated_is_read_whatever_its_coding_was() {
    let body = json!({ "title": TITLE, "year": "2009" });
    let add = |coding| with_header(post("/movies/add-movie", &body), "Content-Encoding", coding);
    // A gateway that does not decompress sends a compressed body in base64.
    let mut compressed = add("gzip");
    compressed["body"] = "H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA==".into();
    compressed["isBase64Encoded"] = true.into();
    tests::block_on(async {
        let world = World::new().await;
        let _function = world.start_function("7");
        for coding in ["gzip", "deflate", "identity"] {
            let answer = world.runtime_api.invoke(add(coding)).await;
            assert_eq!(answer["statusCode"], 201, "{coding}: {answer}");
        }
        let answer = world.runtime_api.invoke(compressed).await;
        assert_eq!(answer["statusCode"], 415, "{answer}");
        assert_eq!(answer["headers"]["accept-encoding"], "identity");
        assert_eq!(world.asked_titles(), vec![json!(TITLE); 3]);
    });
}

/// The test event of `docs/operations.md`, word for word.
#[test]
fn the_documented_test_event_is_answered() {
    let guide = include_str!("../../../../docs/operations.md");
    let (_, section) = guide.split_once("### A test event").unwrap();
    let (_, event) = section.split_once("```json\n").unwrap();
    let (event, _) = event.split_once("```").unwrap();
    let event: Value = serde_json::from_str(event).unwrap();
    assert_eq!(event["requestContext"]["stage"], "test-invoke-stage");
    tests::block_on(async {
        for version in ["$LATEST", "7"] {
            let world = World::new().await;
            let _function = world.start_function(version);
            let answer = world.runtime_api.invoke(event.clone()).await;
            assert_eq!(answer["statusCode"], 200, "{version}: {answer}");
            assert_eq!(answer["body"], r#"{"status":"ok"}"#);
        }
    });
}

#[test]
fn an_unsigned_in_request_is_refused_and_reaches_no_table() {
    let mut event = rest("Production", "/movies", "/movies");
    event["headers"]
        .as_object_mut()
        .unwrap()
        .remove("Authorization");
    event["multiValueHeaders"]
        .as_object_mut()
        .unwrap()
        .remove("Authorization");
    tests::block_on(async {
        let world = World::new().await;
        let _function = world.start_function("7");
        let answer = world.runtime_api.invoke(event).await;
        assert_eq!(answer["statusCode"], 401, "{answer}");
        assert!(world.asked_titles().is_empty());
    });
}

#[test]
fn two_authorizations_are_refused_whatever_the_gateway_makes_of_them() {
    const LIST: &str = "/movies";
    let (good, other) = (authorization(), "Bearer of.somebody.else".to_owned());
    let lists = |all: Value, last: &str| {
        let mut event = rest("Production", LIST, LIST);
        event["queryStringParameters"] = Value::Null;
        event["multiValueQueryStringParameters"] = Value::Null;
        event["multiValueHeaders"]["Authorization"] = all;
        event["headers"]["Authorization"] = last.into();
        event
    };
    let mut joined = http("$default", LIST);
    joined["rawQueryString"] = "".into();
    joined["queryStringParameters"] = Value::Null;
    joined["headers"]["authorization"] = format!("{good},{other}").into();
    let attacks = [
        (
            "REST API, the good one last",
            lists(json!([other, good]), &good),
        ),
        (
            "REST API, the good one first",
            lists(json!([good, other]), &other),
        ),
        (
            "REST API, two lists that differ",
            lists(json!([other]), &good),
        ),
        (
            "REST API, the same twice",
            lists(json!([good, good]), &good),
        ),
        ("HTTP API", joined),
    ];
    tests::block_on(async {
        let world = World::new().await;
        let _function = world.start_function("7");
        for (name, event) in attacks {
            let answer = world.runtime_api.invoke(event).await;
            assert_eq!(answer["statusCode"], 401, "{name}: {answer}");
            assert!(!answer.to_string().contains(&good), "{name}");
        }
        assert!(world.asked_titles().is_empty());
        let one = lists(json!([good]), &good);
        let answer = world.runtime_api.invoke(one).await;
        assert_eq!(answer["statusCode"], 200, "{answer}");
    });
}

#[test]
fn a_function_without_its_settings_says_which_are_missing() {
    tests::block_on(async {
        let runtime_api = RuntimeApi::start().await;
        let output = runtime_api
            .start_function(
                BINARY,
                &[("STAGE", "Production"), ("MOVIES_TABLE", "movies")],
            )
            .output()
            .await;
        assert!(!output.status.success());
        let text = String::from_utf8_lossy(&output.stderr);
        for missing in [
            "WATCHLIST_TABLE",
            "PICTURES_TABLE",
            "IDEMPOTENCY_TABLE",
            "SEARCH_TABLE",
            "CHANGES_TABLE",
            "USER_POOL_ID",
            "USER_POOL_CLIENT_ID",
            "USER_POOL_CLIENT_SECRET",
        ] {
            assert!(text.contains(&format!("{missing} (missing)")), "{text}");
        }
        for absent in ["MOVIES_TABLE", "STAGE"] {
            assert!(!text.contains(absent), "{text}");
        }
    });
}

fn base64(text: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    STANDARD.encode(text)
}
