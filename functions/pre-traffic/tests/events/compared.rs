//! The new version's answers beside those of the version that serves.

use serde_json::{Value, json};
use tests::{
    runtime_api::RuntimeApi,
    stub::{Asked, Canned, Stub},
};

use crate::{
    BINARY, Candidate, ME, POOL, SERVING, TARGET, answers, event, good, only_line, told, world,
};

/// Runs one check while version `serving` serves; the paths in `announced` may differ from it. Demands this status, and
/// returns the log line and the number of invocations.
async fn check_after(
    expected: &str,
    announced: &str,
    serving: &'static str,
    before: impl Fn(&str) -> Candidate + Send + Sync + 'static,
    candidate: impl Fn(&str) -> Candidate + Send + Sync + 'static,
) -> (Value, usize) {
    let stub = Stub::start(move |asked: &Asked| {
        if asked.path.ends_with("/aliases/Production") {
            return Canned::ok(json!({ "FunctionVersion": serving })).into();
        }
        if asked.path.contains(SERVING) {
            return before(asked.body()["path"].as_str().unwrap()).into();
        }
        world(&candidate, asked)
    })
    .await;
    let runtime_api = RuntimeApi::start().await;
    let variables = [
        ("AWS_ENDPOINT_URL", stub.url()),
        ("TARGET_FUNCTION", TARGET),
        ("USER_POOL_ID", POOL),
        ("EXPECTED_CHANGES", announced),
    ];
    let function = runtime_api.start_function(BINARY, &variables);
    runtime_api.invoke(event()).await;
    assert_eq!(told(&stub)[0]["status"], expected);
    let asked = stub.asked();
    let invoked = asked
        .iter()
        .filter(|asked| asked.path.ends_with("/invocations"));
    (only_line(function).await, invoked.count())
}

#[test]
fn an_answer_that_differs_from_the_version_before_stops_the_deployment() {
    let problem = json!({ "content-type": "application/problem+json" });
    let other_body = |body: Value| answers(401, &problem, &body);
    let cases = [
        (
            answers(
                403,
                &problem,
                &json!({ "type": "/problems/unauthenticated", "status": 401 }),
            ),
            "status 403 was 401",
        ),
        (
            answers(
                401,
                &json!({ "content-type": "text/plain" }),
                &json!({ "type": "/problems/unauthenticated", "status": 401 }),
            ),
            "content type text/plain was application/problem+json",
        ),
        (other_body(json!({ "status": 401 })), "body.type is gone"),
        (
            other_body(json!({ "type": "secret", "status": "401" })),
            "body.status is a string, was a number",
        ),
        (
            other_body(
                json!({ "type": "secret", "status": 401, "errors": [{ "field": "secret" }] }),
            ),
            "body.errors is new, body.errors[] is new, body.errors[].field is new",
        ),
    ];
    tests::block_on(async {
        for (new, difference) in cases {
            for announced in ["", "/health,/movies", "/me", " /movies , /me "] {
                let new = new.clone();
                let candidate = move |path: &str| match path {
                    ME => new.clone(),
                    path => good(path),
                };
                let expected = if announced.contains(ME) {
                    "Succeeded"
                } else {
                    "Failed"
                };
                let (line, _) = check_after(expected, announced, "7", good, candidate).await;
                if announced.contains(ME) {
                    assert_eq!(line["announced"], format!("/me: {difference}"), "{line}");
                } else {
                    let reason = format!("other than version 7: {difference}");
                    assert_eq!(line["reason"], reason, "{line}");
                    assert_eq!(line["call"], ME, "{line}");
                }
                assert!(!line.to_string().contains("secret"), "{line}");
            }
        }
    });
}

#[test]
fn a_version_before_that_is_broken_is_no_model() {
    tests::block_on(async {
        let broken = [
            Candidate::Fails("Unhandled", json!({})),
            answers(500, &json!({}), &json!({})),
        ];
        for broken in broken {
            let before = move |_: &str| broken.clone();
            let (line, asked) = check_after("Succeeded", "", "7", before, good).await;
            assert_eq!(line["level"], "INFO", "{line}");
            assert_eq!(asked, 10);
        }
    });
}

#[test]
fn a_rollback_is_never_held_up() {
    tests::block_on(async {
        let broken = |_: &str| Candidate::Fails("Unhandled", json!({}));
        let (line, asked) = check_after("Succeeded", "", "9", good, broken).await;
        assert_eq!(line["rollback"], true, "{line}");
        assert_eq!(asked, 0);
    });
}
