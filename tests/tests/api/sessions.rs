//! Refresh tokens, and ending sessions.

use serde_json::json;
use tests::{
    answer::Answer,
    person::{PASSWORD, Person, refresh},
    server::{Stage, TestServer},
};

crate::tests![
    a_refresh_token_gives_new_tokens_and_another_refresh_token,
    of_two_who_go_on_with_one_refresh_token_neither_stays_signed_in,
    signing_out_ends_this_session_only,
    signing_out_may_be_repeated,
    signing_out_everywhere_ends_every_refresh_token_at_once,
    an_access_token_that_was_issued_opens_the_movies_until_it_expires,
    a_refresh_token_is_good_at_its_own_stage_only,
    a_token_that_is_no_refresh_token_is_401,
    the_sessions_are_listed,
];

async fn a_refresh_token_gives_new_tokens_and_another_refresh_token() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let answer = ada.refresh().await.is(200);
    let tokens = answer.json();
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(tokens["tokenType"], "Bearer");
    for name in ["accessToken", "refreshToken", "idToken"] {
        assert_ne!(tokens[name], ada.tokens[name], "{name}");
    }
    let again = server
        .api()
        .with_token(tokens["accessToken"].as_str().unwrap());
    again.list("").send().await.is(200);
    // The answer might have been lost, so the previous refresh token is valid for a short time more.
    ada.refresh().await.is(200);
}

/// Two clients that go on with the same token: each of them got an answer, so none was lost.
async fn of_two_who_go_on_with_one_refresh_token_neither_stays_signed_in() {
    let server = TestServer::start().await;
    let api = server.api();
    let ada = Person::new(&server, "ada@example.com").await;
    let next = |answer: Answer| answer.json()["refreshToken"].as_str().unwrap().to_owned();
    let owner = next(ada.refresh().await.is(200));
    let thief = next(ada.refresh().await.is(200));
    let owner = next(refresh(&api, &owner).await.is(200));
    refresh(&api, &thief).await.problem(401, "session-ended");
    refresh(&api, &owner).await.problem(401, "session-ended");
}

async fn signing_out_ends_this_session_only() {
    let server = TestServer::start().await;
    let phone = Person::new(&server, "ada@example.com").await;
    let tablet = Person::signed_in(&server.api(), &phone.email, PASSWORD).await;
    let body = json!({ "refreshToken": phone.token("refreshToken") });
    server
        .api()
        .post("/auth/sign-out", &body)
        .send()
        .await
        .is(204);
    phone.refresh().await.problem(401, "session-ended");
    phone
        .api
        .get("/me")
        .send()
        .await
        .problem(401, "session-ended");
    tablet.refresh().await.is(200);
    tablet.api.get("/me").send().await.is(200);
}

async fn signing_out_may_be_repeated() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    for token in [
        ada.token("refreshToken"),
        ada.token("refreshToken"),
        "nonsense",
    ] {
        let body = json!({ "refreshToken": token });
        server
            .api()
            .post("/auth/sign-out", &body)
            .send()
            .await
            .is(204);
    }
}

async fn signing_out_everywhere_ends_every_refresh_token_at_once() {
    let server = TestServer::start().await;
    let phone = Person::new(&server, "ada@example.com").await;
    let tablet = Person::signed_in(&server.api(), &phone.email, PASSWORD).await;
    for _ in 0..2 {
        let path = "/me/sign-out-everywhere";
        phone.api.post_nothing(path).send().await.is(204);
    }
    for session in [&phone, &tablet] {
        let answer = session.refresh().await.problem(401, "session-ended");
        assert_eq!(
            answer.header("www-authenticate"),
            Some(r#"Bearer realm="movies""#)
        );
        session
            .api
            .get("/me")
            .send()
            .await
            .problem(401, "session-ended");
    }
    Person::signed_in(&server.api(), &phone.email, PASSWORD).await;
}

/// Cognito does the same, and the documentation says so.
async fn an_access_token_that_was_issued_opens_the_movies_until_it_expires() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    ada.api
        .post_nothing("/me/sign-out-everywhere")
        .send()
        .await
        .is(204);
    ada.api.list("").send().await.is(200);
}

async fn a_refresh_token_is_good_at_its_own_stage_only() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let production = server.api_of(Stage::Production);
    refresh(&production, ada.token("refreshToken"))
        .await
        .problem(401, "session-ended");
    ada.refresh().await.is(200);
}

async fn a_token_that_is_no_refresh_token_is_401() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    for token in [
        ada.token("accessToken"),
        ada.token("idToken"),
        "no-token-at-all",
    ] {
        refresh(&server.api(), token)
            .await
            .problem(401, "session-ended")
            .lacks(token);
    }
}

async fn the_sessions_are_listed() {
    let server = TestServer::start().await;
    let phone = Person::new(&server, "ada@example.com").await;
    let body = json!({ "email": phone.email, "password": PASSWORD });
    let sign_in = server.api().post("/auth/sign-in", &body);
    sign_in
        .header("user-agent", "Tablet/7")
        .send()
        .await
        .is(200);
    let sessions = phone.api.get("/me/sessions").send().await.is(200).json();
    assert_eq!(sessions["complete"], true);
    let items = sessions["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    let current: Vec<_> = items.iter().map(|item| item["current"].as_bool()).collect();
    assert_eq!(
        current
            .iter()
            .filter(|current| **current == Some(true))
            .count(),
        1
    );
    let tablet = items.iter().find(|item| item["current"] == false).unwrap();
    assert_eq!(tablet["userAgent"], "Tablet/7");
    assert_eq!(tablet["address"], "127.0.0.1");
}
