//! Development and Production know nothing of each other.

use serde_json::json;
use tests::server::{
    Stage::{Development, Production},
    TestServer,
};

crate::tests![
    a_token_of_one_stage_is_refused_at_the_other,
    the_movies_of_the_stages_are_apart,
    an_idempotency_key_belongs_to_its_stage,
    the_accounts_of_the_stages_are_apart,
    there_is_no_third_stage,
];

async fn a_token_of_one_stage_is_refused_at_the_other() {
    let server = TestServer::start().await;
    for (of, at) in [(Development, Production), (Production, Development)] {
        let token = server.user_of(of, "ada").token().to_owned();
        server
            .api_of(of)
            .with_token(&token)
            .list("")
            .send()
            .await
            .is(200);
        server
            .api_of(at)
            .with_token(&token)
            .list("")
            .send()
            .await
            .problem(401, "unauthorized");
        // Even if the stage signed it with its own key.
        let forged = server.sign(at, &server.claims(of, "ada"));
        server
            .api_of(at)
            .with_token(&forged)
            .list("")
            .send()
            .await
            .problem(401, "unauthorized");
    }
}

async fn the_movies_of_the_stages_are_apart() {
    let server = TestServer::start().await;
    let development = server.user_of(Development, "ada");
    let production = server.user_of(Production, "ada");
    let movie = json!({ "title": "Alien", "year": 1979 });
    development.add(&movie).send().await.is(201);
    assert!(production.titles("").await.is_empty());
    production
        .find("Alien", 1979)
        .send()
        .await
        .problem(404, "movie-not-found");
    production.add(&movie).send().await.is(201);
    development.delete("Alien", 1979).send().await.is(204);
    assert_eq!(production.titles("").await, ["Alien"]);
}

async fn an_idempotency_key_belongs_to_its_stage() {
    let server = TestServer::start().await;
    let movie = json!({ "title": "Alien", "year": 1979 });
    for stage in [Development, Production] {
        let added = server.user_of(stage, "ada").add(&movie).key("k");
        assert!(!added.send().await.is(201).is_replay());
    }
}

async fn the_accounts_of_the_stages_are_apart() {
    let server = TestServer::start().await;
    let account = json!({ "email": "ada@example.com", "password": "correct-Horse-7-battery" });
    let development = server.api_of(Development);
    development
        .post("/auth/sign-up", &account)
        .send()
        .await
        .is(202);
    let code = server.code_for("ada@example.com").unwrap();
    let confirmation = json!({ "email": "ada@example.com", "code": code });
    let production = server.api_of(Production);
    production
        .post("/auth/confirm-sign-up", &confirmation)
        .send()
        .await
        .problem(400, "wrong-code");
    development
        .post("/auth/confirm-sign-up", &confirmation)
        .send()
        .await
        .is(204);
    production
        .post("/auth/sign-in", &account)
        .send()
        .await
        .problem(401, "wrong-credentials");
    let keys = [Development, Production].map(|stage| server.keys(stage));
    assert_ne!(keys[0], keys[1]);
}

async fn there_is_no_third_stage() {
    let server = TestServer::start().await;
    let base = server.base(Development);
    let root = base.trim_end_matches("/Development");
    for path in ["/development/health", "/Staging/health", "/health"] {
        let answer = reqwest::get(format!("{root}{path}")).await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
}
