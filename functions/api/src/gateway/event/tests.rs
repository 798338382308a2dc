use http::HeaderValue;
use proptest::prelude::*;
use serde_json::{Value, json, value::to_raw_value};

use super::*;

/// A REST API's event with these members in place of its own.
fn rest(members: &Value) -> Value {
    let mut event = json!({
        "httpMethod": "GET",
        "path": "/Production/movies",
        "headers": null,
        "multiValueHeaders": null,
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "requestContext": { "stage": "Production", "resourcePath": "/movies", "requestId": "id" },
        "body": null,
        "isBase64Encoded": false,
    });
    replace(&mut event, members);
    event
}

/// The same of an HTTP API.
fn http(members: &Value) -> Value {
    let mut event = json!({
        "version": "2.0",
        "rawPath": "/Production/movies",
        "rawQueryString": "",
        "headers": {},
        "requestContext": {
            "stage": "Production",
            "http": { "method": "GET", "sourceIp": "192.0.2.1" },
            "requestId": "id",
        },
        "isBase64Encoded": false,
    });
    replace(&mut event, members);
    event
}

fn replace(event: &mut Value, members: &Value) {
    for (name, value) in members.as_object().unwrap() {
        event[name] = value.clone();
    }
}

fn read(event: &Value) -> Result<Request<Body>, Error> {
    let event = LambdaEvent::new(to_raw_value(event).unwrap(), Context::default());
    Event::into_request(&event)
}

fn parameter(request: &Request<Body>, wanted: &str) -> Option<String> {
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
}

#[test]
fn a_path_that_is_no_uri_is_encoded_and_a_query_with_it() {
    let proxy = json!({ "resourcePath": "/{proxy+}", "stage": "Production" });
    let of_rest = |path| rest(&json!({ "path": path, "requestContext": proxy }));
    let of_http = |path, query| http(&json!({ "rawPath": path, "rawQueryString": query }));
    for (event, expected) in [
        (rest(&json!({})), "/movies"),
        (of_rest("/a b/{c}"), "/a%20b/%7Bc%7D"),
        (of_rest("/Production/50%2F50"), "/50%2F50"),
        (of_rest("/Amélie?#"), "/Am%C3%A9lie%3F%23"),
        (of_rest(""), "/"),
        (
            rest(&json!({ "requestContext": { "stage": "$default", "resourcePath": "$default" } })),
            "/Production/movies",
        ),
        (
            of_http("/Production/movies", "title=%2B1&x"),
            "/movies?title=%2B1&x",
        ),
        (
            of_http("/Production", "title=a \"é#"),
            "/?title=a%20%22%C3%A9%23",
        ),
    ] {
        assert_eq!(read(&event).unwrap().uri(), expected, "{event}");
    }
}

#[test]
fn a_parameter_is_there_as_often_as_it_was_sent() {
    let query = |members: Value| {
        read(&rest(&members))
            .unwrap()
            .uri()
            .query()
            .map(str::to_owned)
    };
    for (members, expected) in [
        (json!({}), None),
        (json!({ "queryStringParameters": {} }), None),
        (
            json!({ "queryStringParameters": { "a": "1" } }),
            Some("a=1"),
        ),
        (
            json!({ "queryStringParameters": { "a": "2" }, "multiValueQueryStringParameters": { "a": ["1", "2"] } }),
            Some("a=1&a=2"),
        ),
        (
            json!({ "queryStringParameters": { "a": "2" }, "multiValueQueryStringParameters": {} }),
            Some("a=2"),
        ),
    ] {
        assert_eq!(query(members.clone()).as_deref(), expected, "{members}");
    }
}

#[test]
fn a_header_has_every_value_and_none_twice_that_was_sent_once() {
    for (single, every, expected) in [
        (json!(null), json!(null), &[][..]),
        (json!({ "A": null }), json!({ "A": null }), &[]),
        (json!({ "A": "1" }), json!(null), &["1"]),
        (json!(null), json!({ "A": ["1", "2"] }), &["1", "2"]),
        (json!({ "A": "2" }), json!({ "A": ["1", "2"] }), &["1", "2"]),
        (json!({ "A": "1" }), json!({}), &["1"]),
        (json!({ "A": "1" }), json!({ "A": ["1", "1"] }), &["1", "1"]),
        (json!({ "A": "é" }), json!({ "A": ["é"] }), &["é"]),
    ] {
        let event = rest(&json!({ "headers": single, "multiValueHeaders": every }));
        let request = read(&event).unwrap();
        let values = request.headers().get_all("a").iter();
        let values: Vec<_> = values.map(HeaderValue::as_bytes).collect();
        let expected: Vec<_> = expected.iter().map(|value| value.as_bytes()).collect();
        assert_eq!(values, expected, "{event}");
    }
}

#[test]
fn what_the_gateway_knows_comes_along() {
    let context = json!({
        "stage": "Development", "resourcePath": "/movies", "requestId": "7", "identity": { "sourceIp": "2001:db8::1" },
    });
    let mut event = LambdaEvent::new(
        to_raw_value(&rest(&json!({ "requestContext": context }))).unwrap(),
        Context::default(),
    );
    event.context.xray_trace_id = Some("Root=1-2-3;Parent=4;Sampled=1".to_owned());
    let request = Event::into_request(&event).unwrap();
    let extensions = request.extensions();
    let RequestStage(stage) = extensions.get().unwrap();
    let ClientAddress(address) = extensions.get().unwrap();
    let (RequestId(id), TraceId(trace)) = (extensions.get().unwrap(), extensions.get().unwrap());
    assert_eq!(*stage, Stage::Development);
    assert_eq!(address.to_string(), "2001:db8::1");
    assert_eq!((id.as_str(), trace.as_str()), ("7", "1-2-3"));
}

/// What is wrong with an event may be a token, and what an error says is logged.
#[test]
fn what_is_no_event_is_an_error_that_quotes_nothing() {
    for event in [
        json!("secret"),
        json!({ "secret": "secret" }),
        rest(&json!({ "headers": { "Authorization": 7, "secret": "secret" } })),
        rest(&json!({ "headers": "secret" })),
        rest(&json!({ "headers": { "se cret": "secret" } })),
        rest(&json!({ "headers": { "a": "secret\n" } })),
        rest(&json!({ "httpMethod": "secret method" })),
        rest(&json!({ "httpMethod": null })),
        rest(&json!({ "body": "secret~", "isBase64Encoded": true })),
    ] {
        let error = read(&event).err().unwrap_or_else(|| panic!("{event}"));
        assert!(
            !format!("{error} {error:?}").contains("secret"),
            "{error:?}"
        );
    }
}

#[test]
fn only_the_whole_name_of_the_stage_is_cut() {
    for (path, stage, expected) in [
        ("/Development/movies", Some("Development"), "/movies"),
        ("/Development", Some("Development"), "/"),
        (
            "/Developments/movies",
            Some("Development"),
            "/Developments/movies",
        ),
        ("/movies", Some("Development"), "/movies"),
        ("/movies", Some("movies"), "/"),
        ("/movies", Some("$default"), "/movies"),
        ("/movies", None, "/movies"),
        ("", Some("Development"), ""),
    ] {
        assert_eq!(cut(path, stage), expected, "{path} {stage:?}");
    }
}

proptest! {
    #[test]
    fn a_parameter_arrives_as_it_was_sent(name in "[a-z]{1,9}", value in any::<String>()) {
        let parameters = json!({ name.as_str(): value.as_str() });
        let request = read(&rest(&json!({ "queryStringParameters": parameters }))).unwrap();
        prop_assert_eq!(parameter(&request, &name), Some(value));
    }
}
