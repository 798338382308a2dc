//! A panic costs its own request an answer of 500, and nothing else.

use serde_json::json;
use tests::{
    issuer::Issuer,
    logs::{Capture, Source},
    service::{BROKEN, Service},
};

crate::tests![a_panic_is_500_and_the_next_request_is_served];

async fn a_panic_is_500_and_the_next_request_is_served() {
    let issuer = Issuer::start().await;
    let api = Service::broken(&issuer).api();
    let account = json!({ "email": "ada@example.com", "password": "correct-Horse-7-battery" });
    let code = json!({ "email": "ada@example.com", "code": "204816" });
    for request in [
        api.list(""),
        api.add(&json!({ "title": "Alien", "year": 1979 })),
        api.find("Alien", 1979),
        api.find_cached("Alien", 1979),
        api.update(&json!({ "title": "Alien", "year": 1979, "rank": 1 })),
        api.delete("Alien", 1979),
        api.post("/auth/sign-up", &account),
        api.post("/auth/confirm-sign-up", &code),
        api.post("/auth/sign-in", &account),
    ] {
        let log = Capture::start(Source::Function);
        let answer = request
            .header("origin", "https://app.example.com")
            .send()
            .await
            .problem(500, "internal")
            .lacks(BROKEN);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let line = log.lines_with(answer.header("x-request-id").unwrap());
        assert!(line.contains(BROKEN), "{line}");
        api.get("/health").send().await.is(200);
    }
}
