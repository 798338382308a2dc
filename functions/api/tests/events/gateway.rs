//! The parts of an event reach the service unchanged: a request has each of them as it was sent.

use serde_json::{Value, json};

use crate::world::{World, http, rest, with_query};

const FIND: &str = "/movies/findbytitleandyear";

/// Titles with a character that has a special meaning in some encoding.
const TITLES: [&str; 10] = [
    "Amélie",
    "AC/DC & Friends + More?",
    "50% #1 = \"good\"",
    "100%25",
    "a+b",
    "a b",
    "a&year=1999",
    "\u{1f3ac}",
    "\\",
    "<{[`|^]}>",
];

#[test]
fn a_parameter_arrives_as_it_was_sent() {
    tests::block_on(async {
        let world = World::new().await;
        let _function = world.start_function("7");
        for title in TITLES {
            let query = json!({ "title": title, "year": "2009" });
            let every = with_query(rest("Production", FIND, FIND), &query);
            let mut single = every.clone();
            single["multiValueQueryStringParameters"] = Value::Null;
            let mut empty = every.clone();
            empty["multiValueQueryStringParameters"] = json!({});
            for event in [every, single, empty] {
                let answer = world.runtime_api.invoke(event).await;
                assert_eq!(answer["statusCode"], 200, "{title}: {answer}");
            }
        }
        let expected: Vec<_> = TITLES
            .iter()
            .flat_map(|title| vec![json!(title); 3])
            .collect();
        assert_eq!(world.asked_titles(), expected);
    });
}

#[test]
fn a_parameter_is_there_as_often_as_it_was_sent() {
    let mut twice = rest("Production", FIND, FIND);
    twice["multiValueQueryStringParameters"]["title"] = json!(["Rush", "Avatar"]);
    tests::block_on(async {
        let world = World::new().await;
        let _function = world.start_function("7");
        let answer = world.runtime_api.invoke(twice).await;
        assert_eq!(answer["statusCode"], 400, "{answer}");
        let body = answer["body"].as_str().unwrap();
        assert!(body.contains("duplicate"), "{body}");
    });
}

/// The console's test, and a client without headers, send `null`.
#[test]
fn members_that_are_null_are_as_good_as_absent() {
    let mut event = rest("Production", "/health", "/health");
    for member in [
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "stageVariables",
    ] {
        event[member] = Value::Null;
    }
    let mut with_text = rest("Production", "/health", "/health");
    with_text["queryStringParameters"] = Value::Null;
    with_text["multiValueQueryStringParameters"] = Value::Null;
    with_text["headers"]["X-Name"] = "é".into();
    with_text["multiValueHeaders"]["X-Name"] = json!(["é"]);
    tests::block_on(async {
        let world = World::new().await;
        let _function = world.start_function("7");
        for event in [event, with_text] {
            let answer = world.runtime_api.invoke(event).await;
            assert_eq!(answer["statusCode"], 200, "{answer}");
        }
    });
}

#[test]
fn only_the_whole_name_of_the_stage_is_taken_off_a_path() {
    tests::block_on(async {
        let world = World::new().await;
        let _function = world.start_function("7");
        for (stage, path, status) in [
            ("Production", "/Production/health", 200),
            ("Production", "/health", 200),
            ("Production", "/Productions/health", 404),
            ("$default", "/Production/health", 404),
            ("$default", "/health", 200),
        ] {
            let mut event = http(stage, path);
            event["rawQueryString"] = "".into();
            event["queryStringParameters"] = Value::Null;
            let answer = world.runtime_api.invoke(event).await;
            assert_eq!(answer["statusCode"], status, "{stage} {path}: {answer}");
        }
    });
}

/// An event that cannot be deserialised may hold a token, and the text of the error is logged.
#[test]
fn an_event_of_something_else_is_an_error_that_quotes_nothing() {
    let with = |member: &str, value: Value| {
        let mut event = rest("Production", FIND, FIND);
        event[member] = value;
        event
    };
    tests::block_on(async {
        let world = World::new().await;
        let function = world.start_function("7");
        for event in [
            json!("s3cret"),
            json!({ "s3cret": "s3cret" }),
            with("headers", json!("s3cret")),
            with("headers", json!({ "s3 cret": "s3cret" })),
            with("headers", json!({ "a": "s3cret\n" })),
            with("httpMethod", json!("s3cret method")),
            with("httpMethod", Value::Null),
        ] {
            let answer = world.runtime_api.invoke(event.clone()).await;
            assert!(answer["error"].is_object(), "{event}: {answer}");
            assert!(!answer.to_string().contains("s3cret"), "{answer}");
        }
        let answer = rest("Production", "/health", "/health");
        let answer = with_query(answer, &Value::Null);
        let answer = world.runtime_api.invoke(answer).await;
        assert_eq!(answer["statusCode"], 200, "{answer}");
        let log = function.log().await;
        assert!(!log.contains("s3cret"), "{log}");
    });
}
