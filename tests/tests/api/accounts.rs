//! Sign-up, confirmation and sign-in.

use serde_json::{Value, json};
use tests::{
    answer::Answer,
    api::Api,
    person::{PASSWORD, confirm, sign_in, sign_up, wrong},
    server::TestServer,
};

crate::tests![
    a_newcomer_signs_up_confirms_signs_in_and_adds_a_movie,
    signing_up_tells_nobody_who_has_an_account,
    an_address_is_not_case_sensitive,
    signing_in_before_the_address_is_confirmed_is_403_with_the_right_password_only,
    a_wrong_password_and_an_unknown_address_look_alike,
    a_wrong_code_is_400_and_an_unknown_address_looks_like_one,
    a_code_works_once,
    a_weak_password_is_400,
    many_wrong_passwords_are_429_for_a_while,
    many_wrong_codes_are_429_for_a_while,
    an_editor_by_address_may_change_what_others_added,
    a_body_that_is_wrong_is_400,
];

/// Fields and codes.
type Faults<'a> = &'a [(&'a str, &'a str)];

async fn post(api: &Api, path: &str, body: Value) -> Answer {
    api.post(path, &body).send().await
}

async fn account(server: &TestServer, email: &str) {
    let api = server.api();
    sign_up(&api, email).await.is(202);
    let code = server.code_for(email).unwrap();
    confirm(&api, email, &code).await.is(204);
}

async fn a_newcomer_signs_up_confirms_signs_in_and_adds_a_movie() {
    let server = TestServer::start().await;
    let api = server.api();
    let body = json!({ "email": "ada@example.com", "password": PASSWORD, "name": "Ada Lovelace" });
    let answer = post(&api, "/auth/sign-up", body).await.is(202);
    assert_eq!(answer.json(), json!({ "nextStep": "CONFIRM_SIGN_UP" }));
    let code = server.code_for("ada@example.com").unwrap();
    confirm(&api, "ada@example.com", &code).await.is(204);
    let tokens = sign_in(&api, "ada@example.com", PASSWORD)
        .await
        .is(200)
        .lacks(PASSWORD);
    assert_eq!(tokens.header("cache-control"), Some("no-store"));
    let tokens = tokens.json();
    assert_eq!(tokens["tokenType"], "Bearer");
    assert_eq!(tokens["expiresIn"], 900);
    let ada = api.with_token(tokens["accessToken"].as_str().unwrap());
    ada.add(&json!({ "title": "Alien", "year": 1979 }))
        .send()
        .await
        .is(201)
        .lacks("ada@example.com");
    // Only the access token opens the API.
    for other in ["idToken", "refreshToken"] {
        api.with_token(tokens[other].as_str().unwrap())
            .list("")
            .send()
            .await
            .problem(401, "unauthorized");
    }
}

async fn signing_up_tells_nobody_who_has_an_account() {
    let server = TestServer::start().await;
    let api = server.api();
    account(&server, "ada@example.com").await;
    let new = sign_up(&api, "new@example.com").await.is(202);
    let taken = sign_up(&api, "ada@example.com").await.is(202);
    assert_eq!(taken.body, new.body);
    assert_eq!(server.code_for("ada@example.com"), None);
    // And it changed nothing for the one who has it.
    let other = json!({ "email": "ada@example.com", "password": "another-Horse-8-battery" });
    post(&api, "/auth/sign-up", other).await.is(202);
    sign_in(&api, "ada@example.com", PASSWORD).await.is(200);
}

async fn an_address_is_not_case_sensitive() {
    let server = TestServer::start().await;
    account(&server, "Ada@Example.com").await;
    sign_in(&server.api(), "ADA@EXAMPLE.COM", PASSWORD)
        .await
        .is(200);
}

async fn signing_in_before_the_address_is_confirmed_is_403_with_the_right_password_only() {
    let server = TestServer::start().await;
    let api = server.api();
    sign_up(&api, "ada@example.com").await.is(202);
    sign_in(&api, "ada@example.com", PASSWORD)
        .await
        .problem(403, "account-not-confirmed");
    sign_in(&api, "ada@example.com", "wrong-Horse-7-battery")
        .await
        .problem(401, "wrong-credentials");
}

async fn a_wrong_password_and_an_unknown_address_look_alike() {
    let server = TestServer::start().await;
    let api = server.api();
    account(&server, "ada@example.com").await;
    let without_instance = |answer: Answer| {
        let mut problem = answer.problem(401, "wrong-credentials").json();
        problem.as_object_mut().unwrap().remove("instance");
        problem
    };
    let wrong = sign_in(&api, "ada@example.com", "wrong-Horse-7-battery").await;
    let unknown = sign_in(&api, "eve@example.com", PASSWORD).await;
    assert_eq!(without_instance(wrong), without_instance(unknown));
}

async fn a_wrong_code_is_400_and_an_unknown_address_looks_like_one() {
    let server = TestServer::start().await;
    let api = server.api();
    sign_up(&api, "ada@example.com").await.is(202);
    let code = server.code_for("ada@example.com").unwrap();
    confirm(&api, "ada@example.com", &wrong(&code))
        .await
        .problem(400, "wrong-code")
        .lacks(&code);
    confirm(&api, "eve@example.com", &code)
        .await
        .problem(400, "wrong-code");
    confirm(&api, "ada@example.com", &code).await.is(204);
}

async fn a_code_works_once() {
    let server = TestServer::start().await;
    let api = server.api();
    sign_up(&api, "ada@example.com").await.is(202);
    let code = server.code_for("ada@example.com").unwrap();
    confirm(&api, "ada@example.com", &code).await.is(204);
    confirm(&api, "ada@example.com", &code)
        .await
        .problem(400, "wrong-code");
}

async fn a_weak_password_is_400() {
    let server = TestServer::start().await;
    let api = server.api();
    for password in [
        "short-7-A",
        "no-upper-case-7",
        "NO-LOWER-CASE-7",
        "No-digit-here",
    ] {
        let body = json!({ "email": "ada@example.com", "password": password });
        post(&api, "/auth/sign-up", body)
            .await
            .problem(400, "weak-password")
            .lacks(password);
    }
    assert_eq!(server.code_for("ada@example.com"), None);
}

async fn many_wrong_passwords_are_429_for_a_while() {
    let server = TestServer::start_with_stopped_clock().await;
    let api = server.api();
    account(&server, "ada@example.com").await;
    for email in ["ada@example.com", "nobody@example.com"] {
        for _ in 0..5 {
            sign_in(&api, email, "wrong-Horse-7-battery")
                .await
                .problem(401, "wrong-credentials");
        }
        // The right password does not help before the time is up.
        sign_in(&api, email, PASSWORD)
            .await
            .problem(429, "too-many-attempts");
    }
}

async fn many_wrong_codes_are_429_for_a_while() {
    let server = TestServer::start_with_stopped_clock().await;
    let api = server.api();
    sign_up(&api, "ada@example.com").await.is(202);
    let code = server.code_for("ada@example.com").unwrap();
    for _ in 0..5 {
        confirm(&api, "ada@example.com", &wrong(&code))
            .await
            .problem(400, "wrong-code");
    }
    confirm(&api, "ada@example.com", &code)
        .await
        .problem(429, "too-many-attempts");
}

async fn an_editor_by_address_may_change_what_others_added() {
    let server = TestServer::start().await;
    let api = server.api();
    server.appoint_editor("ed@example.com").await;
    account(&server, "ed@example.com").await;
    let tokens = sign_in(&api, "ed@example.com", PASSWORD).await.is(200);
    let editor = api.with_token(tokens.json()["accessToken"].as_str().unwrap());
    let movie = json!({ "title": "Alien", "year": 1979 });
    server.user("ada").add(&movie).send().await.is(201);
    editor.delete("Alien", 1979).send().await.is(204);
}

async fn a_body_that_is_wrong_is_400() {
    let server = TestServer::start().await;
    let api = server.api();
    let long = "x".repeat(257);
    let cases: [(&str, Value, Faults<'_>); 12] = [
        (
            "/auth/sign-up",
            json!({}),
            &[("email", "required"), ("password", "required")],
        ),
        (
            "/auth/sign-up",
            json!({ "email": 1, "password": 2, "name": 3, "age": 4 }),
            &[
                ("age", "unknown_member"),
                ("email", "invalid_type"),
                ("name", "invalid_type"),
                ("password", "invalid_type"),
            ],
        ),
        (
            "/auth/sign-up",
            json!({ "email": "a@b@c", "password": "", "name": "\n" }),
            &[
                ("email", "invalid_value"),
                ("name", "invalid_value"),
                ("password", "too_short"),
            ],
        ),
        (
            "/auth/sign-up",
            json!({ "email": format!("{long}@x"), "password": long }),
            &[("email", "too_long"), ("password", "too_long")],
        ),
        (
            "/auth/sign-up",
            json!({ "email": "ad\u{e4}@example.com", "password": PASSWORD }),
            &[("email", "invalid_value")],
        ),
        (
            "/auth/confirm-sign-up",
            json!({ "email": "a", "code": "12345" }),
            &[("code", "invalid_value"), ("email", "invalid_value")],
        ),
        (
            "/auth/confirm-sign-up",
            json!({ "email": "a@b", "code": "\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}" }),
            &[("code", "invalid_value")],
        ),
        (
            "/auth/confirm-sign-up",
            json!({ "email": "a@b", "code": 123_456 }),
            &[("code", "invalid_type")],
        ),
        (
            "/auth/confirm-sign-up",
            json!(null),
            &[("body", "invalid_type")],
        ),
        (
            "/auth/sign-in",
            json!({ "email": "@", "password": null }),
            &[("email", "invalid_value"), ("password", "required")],
        ),
        (
            "/auth/sign-in",
            json!({ "email": "a b@c", "password": "x", "remember": true }),
            &[("email", "invalid_value"), ("remember", "unknown_member")],
        ),
        ("/auth/sign-in", json!([]), &[("body", "invalid_type")]),
    ];
    for (path, body, faults) in cases {
        let answer = post(&api, path, body).await.blames(faults);
        assert!(!answer.to_string().contains(&long));
    }
}
