use super::*;

fn detail(error: &ApiError) -> String {
    serde_json::to_value(error.body("")).unwrap()["detail"].to_string()
}

#[test]
fn the_essence_decides_and_the_cause_is_named() {
    for (header, values, part) in [
        ("content-type", &["application/json"][..], None),
        ("content-type", &["Application/JSON"], None),
        ("content-type", &["application/json; charset=utf8"], None),
        (
            "content-type",
            &["application/json;charset=\"UTF-8\""],
            None,
        ),
        ("content-type", &["application/json; charset=latin1"], None),
        ("content-type", &["application/json; profile=x"], None),
        (
            "content-type",
            &["application/json; p=\"a;b, c\\\"d\""],
            None,
        ),
        ("content-type", &["application/json;"], None),
        ("content-type", &[" application/json\t; x"], None),
        ("content-type", &[], Some("missing")),
        ("content-type", &[""], Some("missing")),
        ("content-type", &["; charset=utf-8"], Some("missing")),
        (
            "content-type",
            &["application/json", "application/json"],
            Some("more than once"),
        ),
        ("content-type", &["text/plain"], Some("`text/plain`")),
        (
            "content-type",
            &["application/problem+json"],
            Some("`application/problem+json`"),
        ),
        (
            "content-type",
            &["application/json, text/plain"],
            Some("`application/json, text/plain`"),
        ),
        (
            "content-type",
            &["application/jsonx"],
            Some("`application/jsonx`"),
        ),
        ("content-type", &["a`b/\u{e9}"], Some("`a?b/??`")),
        ("content-encoding", &["identity"], None),
        (
            "content-encoding",
            &["Identity", "", "identity,identity"],
            None,
        ),
        (
            "content-encoding",
            &["gzip"],
            Some("`Content-Encoding: gzip`"),
        ),
        (
            "content-encoding",
            &["identity", "gzip"],
            Some("`Content-Encoding: identity, gzip`"),
        ),
    ] {
        let mut headers = HeaderMap::new();
        for value in values {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.append(header, value);
        }
        let sent = "application/json";
        headers
            .entry(header::CONTENT_TYPE)
            .or_insert(HeaderValue::from_static(sent));
        if values.is_empty() {
            headers.clear();
        }
        let detail = json(&headers, AcceptedCodings::NONE).map_err(|error| detail(&error));
        match part {
            None => assert!(detail.is_ok(), "{values:?}: {detail:?}"),
            Some(part) => assert!(detail.unwrap_err().contains(part), "{values:?}"),
        }
    }
    let long = HeaderValue::from_str(&"x".repeat(8_000)).unwrap();
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, long)]);
    let why = json(&headers, AcceptedCodings::NONE).unwrap_err();
    assert!(detail(&why).len() < 200);
}
