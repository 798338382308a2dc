//! The function's settings determine its stage; nothing in a request changes it.

use serde_json::{Value, json};

use crate::world::{TITLE, World, client, http, pool, rest, token, with_header};

const FIND: &str = "/movies/findbytitleandyear";

/// A version, the stage that it serves, and the other one.
const VERSIONS: [(&str, &str, &str); 2] = [
    ("$LATEST", "Development", "Production"),
    ("7", "Production", "Development"),
];

/// A REST API's event for a stage, with this token.
fn signed(stage: &str, path: &str, token: &str) -> Value {
    let mut event = rest(stage, path, FIND);
    let bearer = format!("Bearer {token}");
    event["headers"]["Authorization"] = bearer.clone().into();
    event["multiValueHeaders"]["Authorization"] = json!([bearer]);
    event
}

#[test]
fn no_request_chooses_the_stage() {
    tests::block_on(async {
        for (version, own, other) in VERSIONS {
            let world = World::new().await;
            let _function = world.start_function(version);
            let token = token(own);
            let plain = || signed(own, FIND, &token);
            let mut variable = plain();
            variable["stageVariables"] =
                json!({ "function": format!("function:{other}"), "stage": other });
            let mut with_path = plain();
            with_path["requestContext"]["path"] = format!("/{other}{FIND}").into();
            let mut behind_proxy = signed("test-invoke-stage", FIND, &token);
            behind_proxy["resource"] = "/{proxy+}".into();
            behind_proxy["requestContext"]["resourcePath"] = "/{proxy+}".into();
            let mut http_api = http("$default", FIND);
            http_api["headers"]["authorization"] = format!("Bearer {token}").into();
            http_api["headers"]["x-stage"] = other.into();
            let events = [
                ("nothing else named", plain()),
                ("path", signed(own, &format!("/{other}{FIND}"), &token)),
                ("path in the context", with_path),
                ("header", with_header(plain(), "X-Stage", other)),
                (
                    "host",
                    with_header(plain(), "X-Forwarded-Prefix", &format!("/{other}")),
                ),
                ("stage variable", variable),
                ("console's test", signed("test-invoke-stage", FIND, &token)),
                ("console's test behind a proxy resource", behind_proxy),
                ("HTTP API's default stage", http_api),
            ];
            for (name, event) in events {
                let answer = world.runtime_api.invoke(event).await;
                assert_eq!(answer["statusCode"], 200, "{version}, {name}: {answer}");
            }
            // A query parameter that is not documented is refused, whatever it says.
            let mut query = plain();
            query["queryStringParameters"]["stage"] = other.into();
            query["multiValueQueryStringParameters"]["stage"] = json!([other]);
            let answer = world.runtime_api.invoke(query).await;
            assert_eq!(answer["statusCode"], 400, "{answer}");
            assert_eq!(world.asked_titles(), vec![json!(TITLE); 9]);
            for asked in world.dynamo.asked() {
                let text = asked.body().to_string();
                assert!(!text.contains(other), "{version}: {text}");
            }
        }
    });
}

#[test]
fn a_token_of_the_other_stages_pool_is_refused() {
    tests::block_on(async {
        for (version, own, other) in VERSIONS {
            let world = World::new().await;
            let _function = world.start_function(version);
            let event = signed(own, FIND, &token(other));
            let answer = world.runtime_api.invoke(event).await;
            assert_eq!(answer["statusCode"], 401, "{version}: {answer}");
            assert!(world.asked_titles().is_empty());
            let event = signed(own, FIND, &token(own));
            let answer = world.runtime_api.invoke(event).await;
            assert_eq!(answer["statusCode"], 200, "{version}: {answer}");
        }
    });
    assert_ne!(pool("Development"), pool("Production"));
    assert_ne!(client("Development"), client("Production"));
}

#[test]
fn a_request_to_the_other_stage_is_an_error_and_reaches_nothing() {
    tests::block_on(async {
        for (version, own, other) in VERSIONS {
            let world = World::new().await;
            let function = world.start_function(version);
            let mut http_api = http(other, &format!("/{other}{FIND}"));
            http_api["headers"]["authorization"] = format!("Bearer {}", token(own)).into();
            let sign_up = "/auth/sign-up";
            let mut account = rest(other, sign_up, sign_up);
            account["httpMethod"] = "POST".into();
            account["queryStringParameters"] = Value::Null;
            account["multiValueQueryStringParameters"] = Value::Null;
            account = with_header(account, "Content-Type", "application/json");
            account["body"] =
                json!({ "email": "ada@example.com", "password": "correct-Horse-7-battery" })
                    .to_string()
                    .into();
            let events = [
                signed(other, FIND, &token(own)),
                signed(other, FIND, &token(other)),
                http_api,
                account,
            ];
            for event in events {
                let answer = world.runtime_api.invoke(event).await;
                assert_eq!(answer["statusCode"], 500, "{version}: {answer}");
                let problem: Value =
                    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
                assert_eq!(problem["type"], "/problems/internal");
                assert_eq!(problem["instance"], "id-of-the-gateway");
                assert!(!problem.to_string().contains(own), "{problem}");
            }
            assert!(world.asked_titles().is_empty());
            assert!(world.calls().is_empty(), "{:?}", world.calls());
            let log = function.log().await;
            let refusals = log.lines().filter(|line| line.contains("stage variable"));
            assert_eq!(refusals.clone().count(), 4, "{log}");
            assert!(refusals.clone().all(|line| line.contains("ERROR")), "{log}");
        }
    });
}
