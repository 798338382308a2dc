//! The headers of every answer, and the answers to requests that reach no operation.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tests::{
    contract::Contract,
    issuer::Issuer,
    raw::RawRequest,
    server::{Stage, TestServer},
    service::Service,
};

crate::tests![
    health_tells_that_the_service_runs_without_a_token,
    every_request_has_an_id_of_its_own,
    an_id_that_a_caller_sends_is_not_taken_over,
    an_unknown_path_is_404,
    another_method_is_405_with_those_allowed,
    a_body_just_over_the_limit_is_413,
    a_title_of_five_megabytes_is_413,
    a_body_of_unknown_length_is_413_all_the_same,
    a_body_that_ends_early_is_400,
    a_slash_at_the_end_of_a_path_changes_nothing,
    a_body_declared_as_json_in_any_form_is_read,
    a_body_declared_as_anything_else_is_415_and_the_answer_says_why,
    a_body_that_is_not_in_utf_8_is_400_and_the_answer_says_so,
    a_problem_is_never_cached,
];

async fn health_tells_that_the_service_runs_without_a_token() {
    let server = TestServer::start().await;
    let health = server.api().get("/health").send().await.is(200);
    assert_eq!(health.json(), json!({ "status": "ok" }));
    let served_by = health.header("x-served-by").unwrap();
    assert_eq!(served_by, concat!(env!("CARGO_PKG_VERSION"), "/local"));
    server
        .api()
        .post("/health", &json!({}))
        .send()
        .await
        .is(405);
}

async fn every_request_has_an_id_of_its_own() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let mut ids = BTreeSet::new();
    for request in [
        ada.get("/health"),
        ada.get("/health"),
        ada.list(""),
        ada.get("/nowhere"),
        ada.find("Alien", 1979),
        ada.request(http::Method::OPTIONS, "/movies"),
    ] {
        let answer = request.send().await;
        ids.insert(answer.header("x-request-id").unwrap().to_owned());
    }
    assert_eq!(ids.len(), 6);
}

async fn an_id_that_a_caller_sends_is_not_taken_over() {
    let server = TestServer::start().await;
    server
        .api()
        .get("/nowhere")
        .header("x-request-id", "mine")
        .send()
        .await
        .problem(404, "not-found")
        .lacks("mine");
}

async fn an_unknown_path_is_404() {
    let server = TestServer::start().await;
    for api in [server.api(), server.user("ada")] {
        for path in [
            "/nowhere",
            "/movies//",
            "//movies",
            "/Movies",
            "/movies/Alien",
            "/movies//add-movie",
            "/auth",
            "/movies%2Fadd-movie",
            "/%F0%9F%8E%AC",
            "/%ff%00",
        ] {
            api.get(path)
                .send()
                .await
                .problem(404, "not-found")
                .lacks(path);
            api.post(path, &json!({}))
                .send()
                .await
                .problem(404, "not-found");
        }
    }
}

async fn another_method_is_405_with_those_allowed() {
    use http::Method;

    let server = TestServer::start().await;
    let ada = server.user("ada");
    let mut allowed_at = BTreeMap::<_, BTreeSet<_>>::new();
    for operation in Contract::get().operations() {
        let methods = allowed_at.entry(operation.path).or_default();
        methods.insert(operation.method.to_uppercase());
    }
    for (path, mut right) in allowed_at {
        right.remove("OPTIONS");
        for method in [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::TRACE,
            Method::from_bytes(b"LIST").unwrap(),
        ] {
            if right.contains(method.as_str()) {
                continue;
            }
            let answer = ada.request(method, path).send().await;
            let answer = answer.problem(405, "method-not-allowed");
            let allowed: BTreeSet<_> = answer
                .header("allow")
                .unwrap()
                .split(',')
                .map(str::trim)
                .filter(|method| *method != "HEAD")
                .map(ToOwned::to_owned)
                .collect();
            assert_eq!(allowed, right, "{path}");
        }
    }
}

/// A good new movie of exactly this many bytes.
fn movie_of(bytes: usize) -> String {
    let body = r#"{"title":"Alien","year":1979}"#;
    format!("{body}{}", " ".repeat(bytes - body.len()))
}

const LIMIT: usize = 262_144;

async fn a_body_just_over_the_limit_is_413() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    ada.post_text("/movies/add-movie", movie_of(LIMIT + 1))
        .send()
        .await
        .problem(413, "body-too-large");
    assert!(ada.titles("").await.is_empty());
    ada.post_text("/movies/add-movie", movie_of(LIMIT))
        .send()
        .await
        .is(201);
}

async fn a_title_of_five_megabytes_is_413() {
    // Without a network, because the body is not read to the end: a connection would break.
    let issuer = Issuer::start().await;
    let api = Service::embedded(&issuer).api();
    let title = "x".repeat(5 * 1024 * 1024);
    let body = json!({ "title": title, "year": 1979 });
    for request in [api.add(&body), api.update(&body), api.find(&title, 1979)] {
        request.send().await.problem(413, "body-too-large");
    }
    assert!(api.titles("").await.is_empty());
}

async fn a_body_of_unknown_length_is_413_all_the_same() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let base = server.base(Stage::Development);
    let token = format!("Bearer {}", ada.token());
    let chunked = |body: &str| {
        let chunks = body.as_bytes().chunks(60_000).map(|chunk| {
            let text = std::str::from_utf8(chunk).unwrap();
            format!("{:x}\r\n{text}\r\n", chunk.len())
        });
        chunks.collect::<String>() + "0\r\n\r\n"
    };
    for (length, status) in [(LIMIT + 1, 413), (LIMIT, 201)] {
        let body = chunked(&movie_of(length));
        let request = RawRequest {
            base: &base,
            method: http::Method::POST,
            path: "/movies/add-movie",
            headers: vec![
                ("authorization", &token),
                ("content-type", "application/json"),
                ("transfer-encoding", "chunked"),
            ],
            body: body.as_bytes(),
            hang_up: false,
        };
        assert_eq!(request.send().await.status, status);
    }
}

async fn a_body_that_ends_early_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let base = server.base(Stage::Development);
    let token = format!("Bearer {}", ada.token());
    for (length, body) in [("1000", movie_of(40)), ("262144", "{".to_owned())] {
        let request = RawRequest {
            base: &base,
            method: http::Method::POST,
            path: "/movies/add-movie",
            headers: vec![
                ("authorization", &token),
                ("content-type", "application/json"),
                ("content-length", length),
            ],
            body: body.as_bytes(),
            hang_up: true,
        };
        request.send().await.blames(&[("body", "malformed")]);
    }
    assert!(ada.titles("").await.is_empty());
}

async fn a_body_declared_as_json_in_any_form_is_read() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for (year, declared) in (2000..).zip([
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON;charset=\"UTF-8\"",
        "application/json ;",
        "application/json; charset=utf8",
        "application/json; charset=iso-8859-1",
        "application/json; profile=x",
        "application/json; profile=\"a; b, c\"; charset=utf-8",
    ]) {
        ada.add(&json!({ "title": "Alien", "year": year }))
            .without("content-type")
            .header("content-type", declared)
            .send()
            .await
            .is(201);
    }
}

/// API Gateway ignores the slash, so the local server does the same.
async fn a_slash_at_the_end_of_a_path_changes_nothing() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    ada.add(&json!({ "title": "Alien", "year": 1979 }))
        .send()
        .await
        .is(201);
    for (path, status) in [
        ("/health/", 200),
        ("/movies/", 200),
        ("/movies/?year=1979", 200),
        ("/movies/?year=x", 400),
        ("/movies/findbytitleandyear/?title=Alien&year=1979", 200),
        ("/movies/add-movie/", 405),
        ("/movies//", 404),
    ] {
        ada.get(path).send().await.is(status);
    }
    server.api().get("/me/").send().await.is(401);
}

async fn a_body_declared_as_anything_else_is_415_and_the_answer_says_why() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let long = format!("text/{}", "x".repeat(5_000));
    for (types, cause) in [
        (&[][..], "is missing"),
        (&["application/json", "application/json"], "more than once"),
        (&["text/plain; charset=utf-8"], "`text/plain`"),
        (&["application/problem+json"], "`application/problem+json`"),
        (
            &["application/merge-patch+json"],
            "`application/merge-patch+json`",
        ),
        (&["application/x-www-form-urlencoded"], "urlencoded`"),
        (&[long.as_str()], "`text/xxx"),
    ] {
        let mut request = ada
            .add(&json!({ "title": "Alien", "year": 1979 }))
            .without("content-type");
        for declared in types {
            request = request.header("content-type", declared);
        }
        let answer = request.send().await.problem(415, "unsupported-media-type");
        let detail = answer.json()["detail"].to_string();
        assert!(detail.contains(cause) && detail.len() < 300, "{detail}");
        assert!(detail.contains("application/json"), "{detail}");
        assert_eq!(answer.header("accept-encoding"), None);
    }
    assert!(ada.titles("").await.is_empty());
}

async fn a_body_that_is_not_in_utf_8_is_400_and_the_answer_says_so() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let text = r#"{"title":"Alien","year":1979}"#;
    let utf_16 = |mark: &[u16], bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let units = mark.iter().copied().chain(text.encode_utf16());
        units.flat_map(bytes).collect()
    };
    for (body, cause) in [
        (utf_16(&[], u16::to_le_bytes), "UTF-16"),
        (utf_16(&[], u16::to_be_bytes), "UTF-16"),
        (utf_16(&[0xfeff], u16::to_le_bytes), "UTF-16"),
        (utf_16(&[0xfeff], u16::to_be_bytes), "UTF-16"),
        (
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            "byte order mark",
        ),
        (
            b"{\"title\":\"Am\xe9lie\",\"year\":2001}".to_vec(),
            "not UTF-8 from byte 13 on",
        ),
    ] {
        for declared in ["application/json", "application/json; charset=utf-16"] {
            let request = ada.post_text("/movies/add-movie", body.clone());
            let request = request.without("content-type");
            let answer = request.header("content-type", declared).send().await;
            let fault = answer.blames(&[("body", "malformed")]).json()["errors"][0].clone();
            assert!(
                fault["message"].as_str().unwrap().contains(cause),
                "{fault}"
            );
        }
    }
    assert!(ada.titles("").await.is_empty());
}

async fn a_problem_is_never_cached() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let missing = ada.find_cached("Alien", 1979).send().await;
    assert_eq!(
        missing
            .problem(404, "movie-not-found")
            .header("cache-control"),
        Some("no-store")
    );
}
