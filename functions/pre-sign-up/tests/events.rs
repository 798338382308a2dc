//! The trigger as Lambda runs it: the real binary behind a Runtime API, fed the events that Cognito
//! sends, with a canned Cognito to ask for users.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its tools"
)]

use serde_json::{Value, json};
use tests::{
    aws,
    formats::{from_the_future, releases, with},
    runtime_api::{Function, RuntimeApi},
    stub::{Asked, Canned, Nowhere, Stub},
};

const BINARY: &str = env!("CARGO_BIN_EXE_pre-sign-up-function");
const POOL: &str = "eu-west-1_tests";
const ADDRESS: &str = "ada@example.com";
/// The user who signs up.
const USER: &str = "user-of-the-event";

const NATIVE: &str = "PreSignUp_SignUp";
const BY_ADMINISTRATOR: &str = "PreSignUp_AdminCreateUser";
const FEDERATED: &str = "PreSignUp_ExternalProvider";
const TRIGGERS: [&str; 3] = [NATIVE, BY_ADMINISTRATOR, FEDERATED];

/// The running trigger, its Runtime API and its Cognito.
struct World {
    runtime_api: RuntimeApi,
    function: Function,
    cognito: Stub,
}

impl World {
    async fn new(answer: impl Fn(&Asked) -> Canned + Send + Sync + 'static) -> Self {
        let cognito = Stub::start(answer).await;
        let runtime_api = RuntimeApi::start().await;
        let function = start(&runtime_api, cognito.url());
        Self {
            runtime_api,
            function,
            cognito,
        }
    }

    /// A world whose pool answers every search with these users.
    async fn with_users(users: Value) -> Self {
        Self::new(move |_| Canned::ok(json!({ "Users": users }))).await
    }

    async fn decide(&self, event: &Value) -> String {
        decision(event, &self.runtime_api.invoke(event.clone()).await)
    }

    /// The lines that the function logged.
    async fn log(self) -> Vec<Value> {
        let log = self.function.log().await;
        log.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn start(runtime_api: &RuntimeApi, cognito: &str) -> Function {
    runtime_api.start_function(BINARY, &[("AWS_ENDPOINT_URL", cognito)])
}

/// An event as Cognito sends it.
fn event(trigger: &str, address: &str) -> Value {
    json!({
        "version": "1",
        "region": "eu-west-1",
        "userPoolId": POOL,
        "userName": USER,
        "callerContext": { "awsSdkVersion": "aws-sdk-rust", "clientId": "client" },
        "triggerSource": trigger,
        "request": {
            "userAttributes": { "email": address, "name": "Ada Lovelace" },
            "validationData": null
        },
        "response": { "autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false }
    })
}

fn user(name: &str, status: &str) -> Value {
    json!({ "Username": name, "UserStatus": status, "Enabled": true })
}

/// `accepted`, or the word that a refusal begins with.
fn decision(event: &Value, answer: &Value) -> String {
    if let Some(error) = answer.get("error") {
        let message = error["errorMessage"].as_str().unwrap();
        let (word, _) = message.split_once(": ").unwrap();
        assert_eq!(error["errorType"], word, "{answer}");
        return word.to_owned();
    }
    for (member, value) in event.as_object().unwrap() {
        if member != "request" && member != "response" {
            assert_eq!(answer[member], *value, "{member}");
        }
    }
    let untouched = json!({
        "autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false,
    });
    assert_eq!(answer["response"], untouched);
    "accepted".to_owned()
}

#[test]
fn an_address_that_its_provider_has_not_verified_gets_no_account() {
    for (trigger, verified, expected) in [
        (FEDERATED, Some("false"), "address-unverified"),
        (FEDERATED, Some("False"), "address-unverified"),
        (FEDERATED, Some(""), "address-unverified"),
        (FEDERATED, Some("true"), "accepted"),
        (FEDERATED, Some("True"), "accepted"),
        (FEDERATED, None, "accepted"),
        // A code proves the address of these, or an administrator vouches for it.
        (NATIVE, Some("false"), "accepted"),
        (BY_ADMINISTRATOR, Some("false"), "accepted"),
    ] {
        tests::block_on(async {
            let world = World::with_users(json!([])).await;
            let mut event = event(trigger, ADDRESS);
            if let Some(verified) = verified {
                event["request"]["userAttributes"]["email_verified"] = verified.into();
            }
            assert_eq!(
                world.decide(&event).await,
                expected,
                "{trigger} {verified:?}"
            );
            let asked = usize::from(expected == "accepted");
            assert_eq!(world.cognito.asked().len(), asked);
        });
    }
}

#[test]
fn an_address_belongs_to_one_account() {
    let cases = [
        ("nobody has it", json!([]), "accepted"),
        (
            "a native user",
            json!([user("a", "CONFIRMED")]),
            "address-in-use",
        ),
        (
            "a federated user",
            json!([user("Okta_a", "EXTERNAL_PROVIDER")]),
            "address-in-use",
        ),
        (
            "a user whom an administrator added",
            json!([user("a", "FORCE_CHANGE_PASSWORD")]),
            "address-in-use",
        ),
        (
            "a user who has to reset the password",
            json!([user("a", "RESET_REQUIRED")]),
            "address-in-use",
        ),
        (
            "a user in a state that nobody knew when this was written",
            json!([user("a", "BRAND_NEW")]),
            "address-in-use",
        ),
        (
            "somebody who never confirmed",
            json!([user("a", "UNCONFIRMED")]),
            "accepted",
        ),
        (
            "the same user, invited again",
            json!([user(USER, "FORCE_CHANGE_PASSWORD")]),
            "accepted",
        ),
        (
            "several, the last of whom counts",
            json!([
                user("a", "UNCONFIRMED"),
                user(USER, "CONFIRMED"),
                user("Okta_a", "EXTERNAL_PROVIDER"),
            ]),
            "address-in-use",
        ),
    ];
    tests::block_on(async {
        for (name, users, expected) in cases {
            let world = World::with_users(users).await;
            for trigger in TRIGGERS {
                let decided = world.decide(&event(trigger, ADDRESS)).await;
                assert_eq!(decided, expected, "{name}, {trigger}");
            }
        }
    });
}

/// Also with members that Cognito may add.
#[test]
fn the_events_of_every_release_are_understood() {
    tests::block_on(async {
        let world = World::with_users(json!([])).await;
        for release in releases() {
            let event = release.read("events/pre-sign-up.json");
            let others = from_the_future("json");
            let mut newer = event.clone();
            for within in ["callerContext", "request", "response"] {
                newer[within] = with(&newer[within], &others);
            }
            for event in [event.clone(), newer, with(&event, &others)] {
                world.cognito.forget();
                let answer = world.runtime_api.invoke(event.clone()).await;
                assert!(answer.get("error").is_none(), "{answer}");
                // Cognito refuses an answer whose response it does not know.
                let untouched = json!({
                    "autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false,
                });
                assert_eq!(answer["response"], untouched);
                let asked = world.cognito.asked()[0].body().clone();
                assert_eq!(asked["UserPoolId"], event["userPoolId"]);
                let address = &event["request"]["userAttributes"]["email"];
                assert_eq!(asked["Filter"], format!("email = {address}"));
            }
        }
    });
}

#[test]
fn users_are_sought_by_the_address_as_it_is_written() {
    let cases = [
        (ADDRESS, r#"email = "ada@example.com""#),
        (
            "ada+films@example.com",
            r#"email = "ada+films@example.com""#,
        ),
        ("o'neill%@example.com", r#"email = "o'neill%@example.com""#),
        (r#""a b"@example.com"#, r#"email = "\"a b\"@example.com""#),
        (r"a\@example.com", r#"email = "a\\@example.com""#),
        (r#"\" or email ^= ""#, r#"email = "\\\" or email ^= \"""#),
        ("zoë@exämple.com", r#"email = "zoë@exämple.com""#),
    ];
    tests::block_on(async {
        let world = World::with_users(json!([])).await;
        for (address, filter) in cases {
            world.cognito.forget();
            assert_eq!(world.decide(&event(FEDERATED, address)).await, "accepted");
            let asked = world.cognito.asked();
            assert_eq!(asked.len(), 1, "{address}");
            assert_eq!(asked[0].target, "ListUsers");
            let body = json!({ "UserPoolId": POOL, "Filter": filter, "Limit": 10 });
            assert_eq!(*asked[0].body(), body);
        }
    });
}

#[test]
fn every_page_of_users_is_read() {
    tests::block_on(async {
        let world = World::new(|asked| {
            let squatters = json!([user("a", "UNCONFIRMED")]);
            Canned::ok(match asked.body()["PaginationToken"].as_str() {
                None => json!({ "Users": squatters, "PaginationToken": "two" }),
                Some("two") => json!({ "Users": [], "PaginationToken": "three" }),
                Some(_) => json!({ "Users": [user("Okta_a", "EXTERNAL_PROVIDER")] }),
            })
        })
        .await;
        let decided = world.decide(&event(NATIVE, ADDRESS)).await;
        assert_eq!(decided, "address-in-use");
        assert_eq!(world.cognito.asked().len(), 3);
    });
}

#[test]
fn a_sign_up_that_cannot_be_checked_is_refused() {
    // Errors that the SDK does not retry: the number of retries before the timeout would be random.
    let same_page_for_ever = json!({ "Users": [], "PaginationToken": "again" });
    let answers = [
        ("AccessDeniedException", aws::error("AccessDeniedException")),
        (
            "InvalidParameterException",
            aws::error("InvalidParameterException"),
        ),
        ("timeout", Canned::ok(same_page_for_ever)),
    ];
    tests::block_on(async {
        for ((cause, answer), trigger) in answers.into_iter().zip(TRIGGERS) {
            let world = World::new(move |_| answer.clone()).await;
            let decided = world.decide(&event(trigger, ADDRESS)).await;
            assert_eq!(decided, "not-checked", "{cause}");
            assert_eq!(world.log().await[0]["cause"], cause);
        }
        let runtime_api = RuntimeApi::start().await;
        let nowhere = Nowhere::new();
        let _function = start(&runtime_api, &nowhere.url());
        let event = event(NATIVE, ADDRESS);
        let answer = runtime_api.invoke(event.clone()).await;
        assert_eq!(decision(&event, &answer), "not-checked");
    });
}

#[test]
fn an_event_that_is_not_understood_is_refused() {
    let without = |member: &str| {
        let mut event = event(NATIVE, ADDRESS);
        event.as_object_mut().unwrap().remove(member);
        event
    };
    let with_attributes = |attributes: Value| {
        let mut event = event(FEDERATED, ADDRESS);
        event["request"]["userAttributes"] = attributes;
        event
    };
    let cases = [
        (json!({}), "not-checked"),
        (json!("text"), "not-checked"),
        (without("userPoolId"), "not-checked"),
        (without("userName"), "not-checked"),
        (without("triggerSource"), "not-checked"),
        (event("PreSignUp_ByPost", ADDRESS), "not-checked"),
        (event(FEDERATED, ""), "address-missing"),
        (with_attributes(json!({ "name": "Ada" })), "address-missing"),
        (with_attributes(Value::Null), "address-missing"),
        (
            with_attributes(json!({ "email": [ADDRESS] })),
            "not-checked",
        ),
    ];
    tests::block_on(async {
        let world = World::with_users(json!([])).await;
        for (event, expected) in cases {
            assert_eq!(world.decide(&event).await, expected, "{event}");
        }
        assert!(world.cognito.asked().is_empty());
    });
}

#[test]
fn nothing_is_confirmed_or_verified_here() {
    tests::block_on(async {
        let world = World::with_users(json!([])).await;
        for trigger in TRIGGERS {
            let mut event = event(trigger, ADDRESS);
            event["response"] = json!({
                "autoConfirmUser": true, "autoVerifyEmail": true, "autoVerifyPhone": true,
            });
            assert_eq!(world.decide(&event).await, "accepted", "{trigger}");
        }
    });
}

#[test]
fn each_event_is_one_line_that_names_nobody() {
    let world = |asked: &Asked| {
        let filter = asked.body()["Filter"].as_str().unwrap();
        if filter.contains("taken") {
            Canned::ok(json!({ "Users": [user("holder-of-it", "CONFIRMED")] }))
        } else if filter.contains("broken") {
            aws::error("InternalErrorException")
        } else {
            Canned::ok(json!({ "Users": [] }))
        }
    };
    let unreadable = json!({ "userName": USER, "request": { "userAttributes": ADDRESS } });
    let events = [
        (event(NATIVE, ADDRESS), "INFO", "accepted"),
        (
            event(FEDERATED, "taken@example.com"),
            "INFO",
            "address-in-use",
        ),
        (event(BY_ADMINISTRATOR, ""), "INFO", "address-missing"),
        (
            event(FEDERATED, "broken@example.com"),
            "ERROR",
            "not-checked",
        ),
        (unreadable, "ERROR", "not-checked"),
    ];
    tests::block_on(async {
        let world = World::new(world).await;
        for (event, _, _) in &events {
            world.runtime_api.invoke(event.clone()).await;
        }
        let lines = world.log().await;
        assert_eq!(lines.len(), events.len(), "{lines:?}");
        for (id, ((event, level, decision), line)) in events.iter().zip(&lines).enumerate() {
            assert_eq!(line["level"], *level, "{line}");
            assert_eq!(line["decision"], *decision, "{line}");
            assert_eq!(line["request_id"], id.to_string(), "{line}");
            assert_eq!(line.get("trigger"), event.get("triggerSource"), "{line}");
            let line = line.to_string();
            for secret in ["@", "Ada", "taken", USER, "holder", "client"] {
                assert!(!line.contains(secret), "{secret} is in {line}");
            }
        }
    });
}
