//! Pages of other origins may call, and see what they need of the answer.

use http::Method;
use serde_json::json;
use tests::{
    answer::Answer, api::Api, contract::Contract, issuer::Issuer, server::TestServer,
    service::Service,
};

crate::tests![
    a_preflight_of_any_path_names_methods_and_headers,
    a_page_may_read_answers_and_problems,
    origins_that_are_not_listed_are_not_let_in,
];

fn words(answer: &Answer, header: &str) -> Vec<String> {
    let mut words: Vec<_> = answer
        .header(header)
        .unwrap_or_default()
        .split(',')
        .map(|word| word.trim().to_ascii_lowercase())
        .collect();
    words.sort();
    words
}

async fn preflight(api: &Api, path: &str) -> Answer {
    api.request(Method::OPTIONS, path)
        .header("origin", "https://app.example.com")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type",
        )
        .send()
        .await
        .is(200)
}

async fn a_preflight_of_any_path_names_methods_and_headers() {
    let server = TestServer::start().await;
    let api = server.api();
    for operation in Contract::get().operations() {
        let answer = preflight(&api, operation.path).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(
            words(&answer, "access-control-allow-methods"),
            ["delete", "get", "patch", "post", "put"]
        );
        assert_eq!(
            words(&answer, "access-control-allow-headers"),
            [
                "authorization",
                "content-type",
                "idempotency-key",
                "if-match",
                "if-none-match"
            ]
        );
        assert_eq!(answer.header("access-control-max-age"), Some("7200"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert!(answer.body.is_empty());
    }
}

async fn a_page_may_read_answers_and_problems() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let movie = json!({ "title": "Alien", "year": 1979 });
    for (request, status) in [
        (ada.add(&movie).key("k"), 201),
        (ada.add(&movie).key("k"), 201),
        (ada.add(&movie), 409),
        (ada.find_cached("Alien", 1979), 200),
        (
            ada.find_cached("Alien", 1979).header("if-none-match", "*"),
            304,
        ),
        (ada.delete("Alien", 1979), 204),
        (ada.find("Alien", 1979), 404),
        (server.api().list(""), 401),
        (ada.get("/nowhere"), 404),
        (ada.get("/movies/add-movie"), 405),
        (ada.add(&json!({})), 400),
        (ada.get("/health"), 200),
    ] {
        let answer = request
            .header("origin", "https://app.example.com")
            .send()
            .await
            .is(status);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let exposed = words(&answer, "access-control-expose-headers");
        for name in [
            "etag",
            "idempotent-replayed",
            "retry-after",
            "www-authenticate",
            "x-request-id",
            "x-served-by",
        ] {
            assert!(exposed.contains(&name.to_owned()), "{name}: {answer}");
        }
    }
}

async fn origins_that_are_not_listed_are_not_let_in() {
    let issuer = Issuer::start().await;
    let api = Service::broken(&issuer)
        .for_origins(&["https://app.example.com", "http://localhost:5173"])
        .api();
    for (origin, allowed) in [
        ("https://app.example.com", true),
        ("http://localhost:5173", true),
        ("https://app.example.com.evil.example", false),
        ("http://app.example.com", false),
        ("null", false),
    ] {
        for method in [Method::OPTIONS, Method::GET] {
            let answer = api
                .request(method, "/health")
                .header("origin", origin)
                .send()
                .await;
            let header = answer.header("access-control-allow-origin");
            assert_eq!(header, allowed.then_some(origin));
        }
    }
}
