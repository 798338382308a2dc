//! The check as Lambda runs it: the real binary behind a Runtime API, with one stub for both CodeDeploy and the
//! candidate.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its tools"
)]

mod compared;

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use tests::{
    aws,
    formats::{from_the_future, releases, with},
    runtime_api::{Function, RuntimeApi},
    stub::{Asked, Canned, Nowhere, Reply, Stub},
};

const BINARY: &str = env!("CARGO_BIN_EXE_pre-traffic-function");
const TARGET: &str = "arn:aws:lambda:eu-west-1:123456789012:function:movies:8";
/// A part of the path by which the version before is invoked.
const SERVING: &str = "function%3Amovies%3A7/";
const POOL: &str = "eu-west-1_production";
const HEALTH: &str = "/health";
const MOVIES: &str = "/movies";
const CONFIGURATION: &str = "/auth/configuration";
const ME: &str = "/me";
const NO_PATH: &str = "/there/is/no/such/path";
const TELL: &str = "PutLifecycleEventHookExecutionStatus";

/// A candidate's answer to a call.
#[derive(Clone)]
enum Candidate {
    /// An answer to API Gateway.
    Answers(Value),
    /// The function failed: the kind of the error and Lambda's description.
    Fails(&'static str, Value),
    /// Lambda refuses to run it.
    Refused(&'static str),
    /// Lambda does not answer in time.
    Hangs,
}

fn answers(status: u16, headers: &Value, body: &Value) -> Candidate {
    let lists: serde_json::Map<_, _> = headers
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), json!([value])))
        .collect();
    Candidate::Answers(json!({
        "statusCode": status,
        "headers": {},
        "multiValueHeaders": lists,
        "body": body.to_string(),
        "isBase64Encoded": false,
    }))
}

/// The right answer to a path.
fn good(path: &str) -> Candidate {
    match path {
        HEALTH => answers(
            200,
            &json!({ "x-served-by": "0.1.0/8" }),
            &json!({ "status": "ok" }),
        ),
        MOVIES | ME => answers(
            401,
            &json!({ "content-type": "application/problem+json" }),
            &json!({ "type": "/problems/unauthenticated", "status": 401 }),
        ),
        NO_PATH => answers(
            404,
            &json!({ "content-type": "application/problem+json" }),
            &json!({ "type": "/problems/not-found", "status": 404 }),
        ),
        CONFIGURATION => answers(200, &json!({}), &json!({ "userPoolId": POOL })),
        other => panic!("{other} is not asked for"),
    }
}

impl From<Candidate> for Reply {
    fn from(candidate: Candidate) -> Self {
        let mut reply = Self::from(Canned::ok(json!({})));
        match candidate {
            Candidate::Answers(answer) => reply.body = answer.to_string().into(),
            Candidate::Fails(kind, error) => {
                reply.headers = vec![("x-amz-function-error", kind)];
                reply.body = error.to_string().into();
            }
            Candidate::Refused(code) => {
                reply.status = 403;
                reply.headers = vec![("x-amzn-errortype", code)];
            }
            Candidate::Hangs => reply.delay = Duration::from_secs(20),
        }
        reply
    }
}

/// The answers of CodeDeploy, which accepts every report, of the candidate, and of version 7, which serves and is good.
fn world(candidate: impl Fn(&str) -> Candidate, asked: &Asked) -> Reply {
    if asked.path.ends_with("/aliases/Production") {
        return Canned::ok(json!({ "Name": "Production", "FunctionVersion": "7" })).into();
    }
    if asked.path.contains(SERVING) {
        return good(asked.body()["path"].as_str().unwrap()).into();
    }
    if asked.target == TELL {
        return Canned::ok(json!({ "lifecycleEventHookExecutionId": "execution" })).into();
    }
    let target = TARGET.replace(':', "%3A");
    let invoke = format!("/2015-03-31/functions/{target}/invocations");
    assert_eq!(asked.path, invoke);
    candidate(asked.body()["path"].as_str().unwrap()).into()
}

fn start(runtime_api: &RuntimeApi, endpoint: &str) -> Function {
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("TARGET_FUNCTION", TARGET),
        ("USER_POOL_ID", POOL),
    ];
    runtime_api.start_function(BINARY, &variables)
}

fn event() -> Value {
    json!({ "DeploymentId": "d-1", "LifecycleEventHookExecutionId": "execution" })
}

/// The reports to CodeDeploy.
fn told(stub: &Stub) -> Vec<Value> {
    let asked = stub.asked().into_iter();
    asked
        .filter(|asked| asked.target == TELL)
        .map(|asked| asked.body().clone())
        .collect()
}

async fn only_line(function: Function) -> Value {
    let log = function.log().await;
    assert_eq!(log.lines().count(), 1, "{log}");
    serde_json::from_str(&log).unwrap()
}

/// Runs one check and returns its log line.
async fn check(
    expected: &str,
    candidate: impl Fn(&str) -> Candidate + Send + Sync + 'static,
) -> Value {
    let stub = Stub::start(move |asked| world(&candidate, asked)).await;
    let runtime_api = RuntimeApi::start().await;
    let function = start(&runtime_api, stub.url());
    let answer = runtime_api.invoke(event()).await;
    assert_eq!(answer, Value::Null);
    let status = json!({
        "deploymentId": "d-1",
        "lifecycleEventHookExecutionId": "execution",
        "status": expected,
    });
    assert_eq!(told(&stub), [status]);
    let line = only_line(function).await;
    assert_eq!(line["status"], expected, "{line}");
    assert_eq!(line["deployment"], "d-1", "{line}");
    assert_eq!(line["version"], "8", "{line}");
    line
}

#[test]
fn a_good_version_is_let_through() {
    tests::block_on(async {
        let line = check("Succeeded", good).await;
        assert_eq!(line["level"], "INFO", "{line}");
        assert_eq!(line.get("reason"), None, "{line}");
    });
}

/// Also with members that CodeDeploy may add.
#[test]
fn the_events_of_every_release_are_understood() {
    tests::block_on(async {
        let stub = Stub::start(move |asked| world(good, asked)).await;
        let runtime_api = RuntimeApi::start().await;
        let _function = start(&runtime_api, stub.url());
        for release in releases() {
            let event = release.read("events/code-deploy-hook.json");
            for event in [event.clone(), with(&event, &from_the_future("json"))] {
                stub.forget();
                assert_eq!(runtime_api.invoke(event.clone()).await, Value::Null);
                let status = json!({
                    "deploymentId": event["DeploymentId"],
                    "lifecycleEventHookExecutionId": event["LifecycleEventHookExecutionId"],
                    "status": "Succeeded",
                });
                assert_eq!(told(&stub), [status]);
            }
        }
    });
}

#[test]
fn the_version_is_asked_as_the_production_stage_would_ask_it() {
    tests::block_on(async {
        let stub = Stub::start(move |asked| world(good, asked)).await;
        let runtime_api = RuntimeApi::start().await;
        let _function = start(&runtime_api, stub.url());
        runtime_api.invoke(event()).await;
        let asked = stub.asked();
        let calls = asked
            .iter()
            .filter(|asked| asked.path.ends_with("/invocations"));
        let (before, new): (Vec<_>, Vec<_>) = calls.partition(|call| call.path.contains(SERVING));
        let paths = |calls: &[&Asked]| -> BTreeSet<String> {
            let paths = calls.iter().map(|call| &call.body()["path"]);
            paths
                .map(|path| path.as_str().unwrap().to_owned())
                .collect()
        };
        let all = [HEALTH, MOVIES, CONFIGURATION, ME, NO_PATH].map(ToOwned::to_owned);
        assert_eq!(paths(&new), all.into());
        assert_eq!(paths(&before), paths(&new));
        for call in new.into_iter().chain(before) {
            let event = call.body();
            assert_eq!(event["httpMethod"], "GET");
            assert_eq!(event["requestContext"]["stage"], "Production");
            assert_eq!(event["requestContext"]["resourcePath"], event["path"]);
            let headers = event["multiValueHeaders"].to_string().to_lowercase();
            assert!(!headers.contains("authorization"), "{headers}");
        }
    });
}

/// Calls, each with a bad answer and the reason that is logged for it.
fn bad_answers() -> Vec<(&'static str, Candidate, &'static str)> {
    let problem = json!({ "content-type": "application/problem+json" });
    let served = |version: &str| json!({ "X-Served-By": format!("0.1.0/{version}") });
    let ok = json!({ "status": "ok" });
    let crash = json!({ "errorType": "Runtime.ExitError", "errorMessage": "secret" });
    vec![
        (
            HEALTH,
            answers(500, &served("8"), &ok),
            "status 500, not 200",
        ),
        (
            HEALTH,
            answers(200, &served("8"), &json!({ "status": "ill" })),
            r#"status "ill", not "ok""#,
        ),
        (
            HEALTH,
            answers(200, &served("8"), &json!("ok")),
            "no status",
        ),
        (
            HEALTH,
            answers(200, &served("7"), &ok),
            r#"version "7", not "8""#,
        ),
        (
            HEALTH,
            answers(200, &served("18"), &ok),
            r#"version "18", not "8""#,
        ),
        (
            HEALTH,
            answers(200, &json!({}), &ok),
            r#"version "", not "8""#,
        ),
        (
            HEALTH,
            Candidate::Fails("Unhandled", crash),
            "function error: Unhandled Runtime.ExitError",
        ),
        (
            HEALTH,
            Candidate::Refused("AccessDeniedException"),
            "not invoked: AccessDeniedException",
        ),
        (
            HEALTH,
            Candidate::Answers(json!("text")),
            "not an answer for API Gateway",
        ),
        (
            MOVIES,
            answers(200, &problem, &json!({ "items": [] })),
            "status 200, not 401",
        ),
        (
            MOVIES,
            answers(
                401,
                &json!({ "content-type": "application/json" }),
                &json!({ "status": 401 }),
            ),
            r#"content type "application/json", not "application/problem+json""#,
        ),
        (
            MOVIES,
            answers(401, &problem, &json!({})),
            "not a problem of status 401",
        ),
        (
            CONFIGURATION,
            answers(404, &problem, &json!({})),
            "status 404, not 200",
        ),
        (
            CONFIGURATION,
            answers(
                200,
                &json!({}),
                &json!({ "userPoolId": "eu-west-1_development" }),
            ),
            r#"user pool "eu-west-1_development", not "eu-west-1_production""#,
        ),
        (
            CONFIGURATION,
            answers(200, &json!({}), &json!({})),
            "no user pool",
        ),
        (
            CONFIGURATION,
            Candidate::Fails("Unhandled", json!(null)),
            "function error: Unhandled ",
        ),
    ]
}

#[test]
fn whatever_is_not_as_it_should_be_stops_the_deployment() {
    tests::block_on(async {
        for (call, candidate, reason) in bad_answers() {
            let other = move |path: &str| {
                if path == call {
                    candidate.clone()
                } else {
                    good(path)
                }
            };
            let line = check("Failed", other).await;
            assert_eq!(line["reason"], reason, "{line}");
            assert_eq!(line["call"], call, "{line}");
            assert_eq!(line["level"], "ERROR", "{line}");
            assert!(!line.to_string().contains("secret"), "{line}");
        }
    });
}

#[test]
fn a_version_that_does_not_answer_in_time_stops_the_deployment() {
    tests::block_on(async {
        let line = check("Failed", |path| match path {
            MOVIES => Candidate::Hangs,
            path => good(path),
        })
        .await;
        assert_eq!(line["reason"], "timeout", "{line}");
        assert_eq!(line["call"], MOVIES, "{line}");
    });
}

#[test]
fn without_its_settings_every_deployment_fails_at_once() {
    let target = ("TARGET_FUNCTION", TARGET);
    let pool = ("USER_POOL_ID", POOL);
    let unqualified = TARGET.strip_suffix(":8").unwrap();
    let latest = format!("{unqualified}:$LATEST");
    let alias = format!("{unqualified}:Production");
    let cases = [
        (vec![pool], "TARGET_FUNCTION"),
        (
            vec![pool, ("TARGET_FUNCTION", unqualified)],
            "TARGET_FUNCTION",
        ),
        (vec![pool, ("TARGET_FUNCTION", &latest)], "TARGET_FUNCTION"),
        (vec![pool, ("TARGET_FUNCTION", &alias)], "TARGET_FUNCTION"),
        (vec![target], "USER_POOL_ID"),
        (vec![target, ("USER_POOL_ID", " ")], "USER_POOL_ID"),
    ];
    tests::block_on(async {
        for (mut variables, missing) in cases {
            let stub = Stub::start(move |asked| world(good, asked)).await;
            let runtime_api = RuntimeApi::start().await;
            variables.push(("AWS_ENDPOINT_URL", stub.url()));
            let function = runtime_api.start_function(BINARY, &variables);
            runtime_api.invoke(event()).await;
            assert_eq!(told(&stub)[0]["status"], "Failed", "{missing}");
            assert_eq!(stub.asked().len(), 1, "{missing}");
            let line = only_line(function).await;
            let reason = format!("set the environment variable {missing}");
            assert_eq!(line["reason"], reason, "{line}");
            assert_eq!(line["call"], "settings", "{line}");
        }
    });
}

#[test]
fn what_cannot_be_told_is_an_error() {
    tests::block_on(async {
        let stub = Stub::start(|asked| match asked.target.as_str() {
            TELL => aws::error("InvalidLifecycleEventHookExecutionStatusException").into(),
            _ => world(good, asked),
        })
        .await;
        let runtime_api = RuntimeApi::start().await;
        let function = start(&runtime_api, stub.url());
        let answer = runtime_api.invoke(event()).await;
        assert_eq!(answer["error"]["errorType"], "not-told", "{answer}");
        let line = only_line(function).await;
        let code = "InvalidLifecycleEventHookExecutionStatusException";
        assert_eq!(line["not_told"], code, "{line}");
        assert_eq!(line["level"], "ERROR", "{line}");

        let nowhere = Nowhere::new();
        let function = start(&runtime_api, &nowhere.url());
        let answer = runtime_api.invoke(event()).await;
        assert_eq!(answer["error"]["errorType"], "not-told", "{answer}");
        let line = only_line(function).await;
        assert_eq!(
            line["reason"], "the alias cannot be read: no answer",
            "{line}"
        );
        assert_eq!(line["not_told"], "no answer", "{line}");
    });
}

#[test]
fn an_event_that_is_not_understood_is_an_error() {
    tests::block_on(async {
        let stub = Stub::start(move |asked| world(good, asked)).await;
        let runtime_api = RuntimeApi::start().await;
        let _function = start(&runtime_api, stub.url());
        for event in [json!({}), json!("text"), json!({ "DeploymentId": "d-1" })] {
            let answer = runtime_api.invoke(event).await;
            assert!(answer.get("error").is_some(), "{answer}");
        }
        assert!(stub.asked().is_empty());
    });
}
