//! Bodies that no client should send: each is a 4xx that names the field, and stores nothing.

use serde_json::{Value, json};
use tests::server::TestServer;

crate::tests![
    a_body_that_is_no_json_object_is_400,
    a_body_that_is_nested_deep_is_400,
    every_member_at_fault_is_named,
    a_member_of_the_wrong_type_is_400,
    a_value_outside_its_range_is_400,
    a_duplicate_member_is_400,
    an_unknown_member_is_400,
    text_that_no_title_has_is_400,
    a_query_where_there_is_none_is_400,
    faults_of_headers_query_and_body_are_named_together,
    a_body_that_is_wrong_is_never_quoted,
];

/// The operations with a body that touch movies.
const WRITES: [&str; 4] = [
    "/movies/add-movie",
    "/movies/update-movie",
    "/movies/delete-movie",
    "/movies/findbytitleandyear",
];

/// Sends a body to all operations, none of which may store or change anything.
async fn refused(server: &TestServer, bodies: &[(Vec<u8>, &str)]) {
    let ada = server.user("ada");
    for (body, code) in bodies {
        for path in WRITES {
            ada.post_text(path, body.clone())
                .send()
                .await
                .blames(&[("body", code)]);
        }
    }
    assert!(ada.titles("").await.is_empty());
}

async fn a_body_that_is_no_json_object_is_400() {
    let server = TestServer::start().await;
    let bodies: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), "malformed"),
        (b" \n".to_vec(), "malformed"),
        (b"{".to_vec(), "malformed"),
        (b"{\"title\":\"A\",}".to_vec(), "malformed"),
        (b"{'title':'A'}".to_vec(), "malformed"),
        (b"{title:\"A\"}".to_vec(), "malformed"),
        (b"{\"title\":\"A\"} {}".to_vec(), "malformed"),
        (b"{\"title\":\"A\",\"year\":NaN}".to_vec(), "malformed"),
        (b"{\"title\":\"A\",\"year\":Infinity}".to_vec(), "malformed"),
        (b"{\"title\":\"A\",\"year\":02016}".to_vec(), "malformed"),
        (b"{\"title\":\"A\",\"year\":.5}".to_vec(), "malformed"),
        (b"{\"title\":\"a\nb\"}".to_vec(), "malformed"),
        (b"{\"title\":\"a\0b\"}".to_vec(), "malformed"),
        (b"\xef\xbb\xbf{\"title\":\"A\"}".to_vec(), "malformed"),
        (b"{\"title\":\"\xff\"}".to_vec(), "malformed"),
        (b"{\"title\":\"\xed\xa0\x80\"}".to_vec(), "malformed"),
        (b"\xff\xfe{\0}\0".to_vec(), "malformed"),
        (b"title=A&year=2016".to_vec(), "malformed"),
        (b"// x\n{}".to_vec(), "malformed"),
        (b"[".repeat(100_000), "invalid_type"),
        (b"null".to_vec(), "invalid_type"),
        (b"true".to_vec(), "invalid_type"),
        (b"1e999".to_vec(), "malformed"),
        (b"\"{}\"".to_vec(), "invalid_type"),
        (
            b"[{\"title\":\"A\",\"year\":2016}]".to_vec(),
            "invalid_type",
        ),
    ];
    refused(&server, &bodies).await;
}

async fn a_body_that_is_nested_deep_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for (open, close) in [("[", "]"), ("{\"title\":", "}")] {
        let (open, close) = (open.repeat(20_000), close.repeat(20_000));
        let deep = format!("{open}1{close}");
        let faults = [("title", "invalid_type"), ("year", "required")];
        for path in WRITES {
            ada.post_text(path, format!(r#"{{"title":{deep}}}"#))
                .send()
                .await
                .problem(400, "invalid-request");
        }
        ada.post_text(WRITES[0], format!(r#"{{"title":{deep}}}"#))
            .send()
            .await
            .blames(&faults);
        let in_info = format!(r#"{{"title":"A","year":2000,"info":{deep}}}"#);
        let answer = ada.post_text(WRITES[0], in_info).send().await;
        let answer = answer.problem(400, "invalid-request");
        let field = answer.json()["errors"][0]["field"].clone();
        assert!(field.as_str().unwrap().starts_with("info"), "{answer}");
    }
    assert!(ada.titles("").await.is_empty());
}

async fn every_member_at_fault_is_named() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let body = r#"{
        "title": "", "title": "Alien", "year": "20I6", "info": 7, "directors": ["ok", 1, ""],
        "actors": "all", "genres": ["\u0000"], "rating": 11, "releaseDate": "soon",
        "runningTimeSeconds": 0, "imageUrl": "javascript:alert(1)", "rank": 1.5, "raiting": 5
    }"#;
    let faults = [
        ("actors", "invalid_type"),
        ("directors[1]", "invalid_type"),
        ("genres[0]", "invalid_value"),
        ("imageUrl", "invalid_value"),
        ("info", "invalid_type"),
        ("raiting", "unknown_member"),
        ("rank", "invalid_type"),
        ("rating", "out_of_range"),
        ("releaseDate", "invalid_value"),
        ("runningTimeSeconds", "out_of_range"),
        ("title", "duplicate_member"),
        ("year", "invalid_value"),
    ];
    for path in &WRITES[..2] {
        ada.post_text(path, body).send().await.blames(&faults);
    }
    assert!(ada.titles("").await.is_empty());
}

/// One wrong member at a time, on top of a good movie.
async fn each_refused(server: &TestServer, cases: &[(&str, Value, &str, &str)]) {
    let ada = server.user("ada");
    for (member, value, field, code) in cases {
        let mut body = json!({ "title": "Alien", "year": 1979, "info": "x" });
        body[*member] = value.clone();
        for path in &WRITES[..2] {
            ada.post(path, &body).send().await.blames(&[(field, code)]);
        }
    }
    assert!(ada.titles("").await.is_empty());
}

async fn a_member_of_the_wrong_type_is_400() {
    let server = TestServer::start().await;
    let wrong = "invalid_type";
    let mut cases = vec![
        ("title", json!(2016), "title", wrong),
        ("title", json!(["Alien"]), "title", wrong),
        ("title", json!({ "en": "Alien" }), "title", wrong),
        ("year", json!(1979.5), "year", wrong),
        ("year", json!(true), "year", wrong),
        ("year", json!([1979]), "year", wrong),
        ("year", json!("20I6"), "year", "invalid_value"),
        ("year", json!("1979 "), "year", "invalid_value"),
        ("year", json!("+979"), "year", "invalid_value"),
        ("year", json!("01979"), "year", "invalid_value"),
        (
            "year",
            json!("\u{661}\u{669}\u{667}\u{669}"),
            "year",
            "invalid_value",
        ),
        ("rating", json!("8.3"), "rating", wrong),
        ("releaseDate", json!(20_130_902), "releaseDate", wrong),
        (
            "runningTimeSeconds",
            json!("90"),
            "runningTimeSeconds",
            wrong,
        ),
        (
            "runningTimeSeconds",
            json!(90.5),
            "runningTimeSeconds",
            wrong,
        ),
        ("imageUrl", json!(false), "imageUrl", wrong),
        ("rank", json!({}), "rank", wrong),
        ("rank", json!(u64::MAX), "rank", "out_of_range"),
    ];
    for list in ["directors", "actors", "genres"] {
        cases.push((list, json!("A"), list, wrong));
        cases.push((list, json!({ "0": "A" }), list, wrong));
    }
    cases.push(("actors", json!(["A", "B", null]), "actors[2]", wrong));
    cases.push(("actors", json!([["A"]]), "actors[0]", wrong));
    each_refused(&server, &cases).await;
}

async fn a_value_outside_its_range_is_400() {
    let server = TestServer::start().await;
    let range = "out_of_range";
    let url = |length: usize| format!("https://example.com/{}", "x".repeat(length - 20));
    let names = |count| json!(vec!["A"; count]);
    each_refused(
        &server,
        &[
            ("year", json!(1887), "year", range),
            ("year", json!(2101), "year", range),
            ("year", json!(-2016), "year", range),
            ("year", json!(i64::MAX), "year", range),
            ("year", json!("1887"), "year", range),
            ("year", json!("0000"), "year", range),
            ("rating", json!(-0.001), "rating", range),
            ("rating", json!(10.001), "rating", range),
            ("rating", json!(1e300), "rating", range),
            ("runningTimeSeconds", json!(0), "runningTimeSeconds", range),
            ("runningTimeSeconds", json!(-1), "runningTimeSeconds", range),
            (
                "runningTimeSeconds",
                json!(1_000_001),
                "runningTimeSeconds",
                range,
            ),
            ("rank", json!(0), "rank", range),
            ("rank", json!(1_000_001), "rank", range),
            ("info", json!("x".repeat(4_001)), "info", "too_long"),
            ("info", json!("a\u{7f}b"), "info", "invalid_value"),
            ("imageUrl", json!(url(2_049)), "imageUrl", "too_long"),
            ("imageUrl", json!("https://"), "imageUrl", "invalid_value"),
            (
                "imageUrl",
                json!("https://a b"),
                "imageUrl",
                "invalid_value",
            ),
            ("imageUrl", json!("data:,x"), "imageUrl", "invalid_value"),
            (
                "releaseDate",
                json!("2013-02-30"),
                "releaseDate",
                "invalid_value",
            ),
            ("directors", names(101), "directors", "too_long"),
            ("actors", names(101), "actors", "too_long"),
            ("genres", names(101), "genres", "too_long"),
            (
                "genres",
                json!(["A", "x".repeat(256)]),
                "genres[1]",
                "too_long",
            ),
            ("genres", json!([" "]), "genres[0]", "too_short"),
        ],
    )
    .await;
    let most = json!({
        "title": "Alien", "year": 2100, "info": "\u{1f3ac}".repeat(4_000), "genres": names(100),
        "imageUrl": url(2_048), "rank": 1_000_000, "runningTimeSeconds": 1_000_000,
        "rating": 10, "actors": ["\u{1f3ac}".repeat(255)],
    });
    let least = json!({
        "title": "A", "year": 1888, "info": "", "rank": 1, "runningTimeSeconds": 1, "rating": -0.0,
        "imageUrl": "http://x",
    });
    let ada = server.user("ada");
    ada.add(&most).send().await.is(201);
    ada.add(&least).send().await.is(201);
}

async fn a_duplicate_member_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for (body, field) in [
        (r#"{"title":"A","title":"A","year":2000,"rank":1}"#, "title"),
        (r#"{"title":"A","year":2000,"year":2001,"rank":1}"#, "year"),
        (
            r#"{"title":"A","year":2000,"rank":1,"r\u0061nk":2}"#,
            "rank",
        ),
        (
            r#"{"title":"A","year":2000,"rank":null,"rank":null}"#,
            "rank",
        ),
    ] {
        for path in &WRITES[..2] {
            ada.post_text(path, body)
                .send()
                .await
                .blames(&[(field, "duplicate_member")]);
        }
    }
    assert!(ada.titles("").await.is_empty());
}

async fn an_unknown_member_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let long = "n".repeat(1_000);
    for name in [
        "Title",
        "plot",
        "version",
        "addedBy",
        "__proto__",
        "",
        "a.b",
        &long,
    ] {
        let mut body = json!({ "title": "Alien", "year": 1979, name: 1 });
        let field: String = name.chars().take(64).collect();
        for path in &WRITES[2..] {
            ada.post(path, &body)
                .send()
                .await
                .blames(&[(&field, "unknown_member")]);
        }
        body["rank"] = 1.into();
        for path in &WRITES[..2] {
            ada.post(path, &body)
                .send()
                .await
                .blames(&[(&field, "unknown_member")]);
        }
    }
    assert!(ada.titles("").await.is_empty());
}

async fn text_that_no_title_has_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for (text, code) in [
        (r#""""#, "too_short"),
        (r#"" ""#, "too_short"),
        ("\"\u{2003}\u{3000}\"", "too_short"),
        (r#""a\u0000b""#, "invalid_value"),
        (r#""a\nb""#, "invalid_value"),
        ("\"a\u{85}b\"", "invalid_value"),
        ("\"\u{7f}\"", "invalid_value"),
        // Surrogates without the other half.
        (r#""\ud800""#, "malformed"),
        (r#""\udc00\ud800""#, "malformed"),
        (r#""a\ud83cb""#, "malformed"),
    ] {
        let body = format!(r#"{{"title":{text},"year":2000}}"#);
        for path in [WRITES[0], WRITES[2], WRITES[3]] {
            ada.post_text(path, body.clone())
                .send()
                .await
                .blames(&[("title", code)]);
        }
        let named = format!(r#"{{"title":"A","year":2000,"actors":["x",{text}]}}"#);
        ada.post_text(WRITES[0], named)
            .send()
            .await
            .blames(&[("actors[1]", code)]);
    }
    assert!(ada.titles("").await.is_empty());
}

async fn a_query_where_there_is_none_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let body = json!({ "title": "Alien", "year": 1979 });
    for path in WRITES {
        ada.post(&format!("{path}?verbose=1"), &body)
            .send()
            .await
            .problem(400, "invalid-request");
    }
    ada.post("/movies/add-movie?title=A&x=%zz", &json!({ "year": 1 }))
        .send()
        .await
        .blames(&[
            ("title", "required"),
            ("title", "unknown_member"),
            ("x", "malformed"),
            ("year", "out_of_range"),
        ]);
    ada.get("/health?verbose=1")
        .send()
        .await
        .blames(&[("verbose", "unknown_member")]);
    ada.get("/health?").send().await.is(200);
    assert!(ada.titles("").await.is_empty());
}

async fn faults_of_headers_query_and_body_are_named_together() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let (key, condition) = (
        ("Idempotency-Key", "invalid_value"),
        ("If-Match", "malformed"),
    );
    let (title, verbose) = (("title", "invalid_type"), ("verbose", "unknown_member"));
    let cases: [(&str, &[(&str, &str)]); 3] = [
        ("/movies/add-movie", &[key, title, verbose]),
        ("/movies/update-movie", &[key, condition, title, verbose]),
        (
            "/movies/delete-movie",
            &[key, condition, ("rank", "unknown_member"), title, verbose],
        ),
    ];
    for (path, faults) in cases {
        let body = json!({ "title": 1, "rank": 1, "year": 2000 });
        let request = ada
            .post(&format!("{path}?verbose=1"), &body)
            .key("two words");
        request.header("if-match", "x").send().await.blames(faults);
    }
    ada.get("/movies/findbytitleandyear?year=x&title=A")
        .header("if-none-match", "x")
        .send()
        .await
        .blames(&[("If-None-Match", "malformed"), ("year", "invalid_value")]);
    // A body that is not read has no fields to name.
    ada.post_text(WRITES[0], " ".repeat(300_000))
        .key("two words")
        .send()
        .await
        .problem(413, "body-too-large");
    ada.add(&json!({}))
        .key("two words")
        .without("content-type")
        .send()
        .await
        .problem(415, "unsupported-media-type");
}

async fn a_body_that_is_wrong_is_never_quoted() {
    let server = TestServer::start().await;
    let api = server.api();
    for body in [
        r#"{"email":"secret@example.com","password":"S3cret-S3cret","#,
        r#"{"email":["secret@example.com"],"password":["S3cret-S3cret"]}"#,
        r#"{"email":"secret@example.com","password":{"S3cret":"S3cret"}}"#,
    ] {
        for path in ["/auth/sign-up", "/auth/sign-in"] {
            api.post_text(path, body)
                .send()
                .await
                .problem(400, "invalid-request")
                .lacks("S3cret")
                .lacks("secret@");
        }
    }
}
