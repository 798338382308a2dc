//! Sign-up, confirmation and sign-in.

use serde_json::{Value, json};
use tests::{
    answer::Answer,
    api::Api,
    person::{PASSWORD, confirm, confirm_with, sign_in, sign_up, wrong},
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
    whoever_reads_the_mail_owns_the_account,
    after_two_sign_ups_a_code_alone_leads_to_a_reset,
    the_two_ways_to_write_an_accent_are_one_password,
    what_an_observer_sees_of_an_address_does_not_depend_on_its_owner,
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
    // The second sign-up changes nothing for the owner of the account.
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

/// The password of a user who signs up with the address of another.
const SQUATTERS: &str = "squatter-Horse-7-battery";

async fn sign_up_with(api: &Api, email: &str, password: &str) {
    let body = json!({ "email": email, "password": password });
    post(api, "/auth/sign-up", body).await.is(202);
}

/// Demands that nobody was signed in.
#[track_caller]
fn is_refused(answer: &Answer) {
    assert!([401, 403].contains(&answer.status), "{answer}");
}

async fn whoever_reads_the_mail_owns_the_account() {
    let server = TestServer::start().await;
    let api = server.api();
    let cases: [(&str, &[&str]); 3] = [
        ("first@example.com", &[PASSWORD, SQUATTERS]),
        ("last@example.com", &[SQUATTERS, PASSWORD]),
        ("never@example.com", &[SQUATTERS]),
    ];
    for (email, sign_ups) in cases {
        for password in sign_ups {
            sign_up_with(&api, email, password).await;
        }
        let body = json!({ "email": email });
        post(&api, "/auth/resend-code", body).await.is(202);
        let code = server.code_for(email).unwrap();
        confirm_with(&api, email, &code, "weak")
            .await
            .problem(400, "weak-password");
        confirm_with(&api, email, &code, PASSWORD).await.is(204);
        sign_in(&api, email, PASSWORD).await.is(200);
        is_refused(&sign_in(&api, email, SQUATTERS).await);
    }
}

async fn after_two_sign_ups_a_code_alone_leads_to_a_reset() {
    let server = TestServer::start().await;
    let (api, email) = (server.api(), "ada@example.com");
    for password in [PASSWORD, SQUATTERS] {
        sign_up_with(&api, email, password).await;
    }
    let code = server.code_for(email).unwrap();
    let answer = confirm(&api, email, &code).await.is(202);
    assert_eq!(answer.json(), json!({ "nextStep": "RESET_PASSWORD" }));
    for password in [PASSWORD, SQUATTERS] {
        is_refused(&sign_in(&api, email, password).await);
    }
    let code = server.code_for(email).unwrap();
    let reset = json!({ "email": email, "code": code, "newPassword": PASSWORD });
    post(&api, "/auth/reset-password", reset).await.is(204);
    sign_in(&api, email, PASSWORD).await.is(200);
}

/// Keyboards differ: some send a letter and a combining accent, others one composed character.
async fn the_two_ways_to_write_an_accent_are_one_password() {
    const COMPOSED: &str = "Caf\u{e9}-Horse-7-Battery";
    const DECOMPOSED: &str = "Cafe\u{301}-Horse-7-Battery";
    let server = TestServer::start().await;
    let api = server.api();
    for (set, sent) in [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)] {
        let email = format!("ada{}@example.com", set.len());
        sign_up_with(&api, &email, set).await;
        let code = server.code_for(&email).unwrap();
        confirm_with(&api, &email, &code, sent).await.is(204);
        for password in [set, sent] {
            sign_in(&api, &email, password).await.is(200);
        }
    }
    // The length is that of the normal form.
    let email = "long@example.com";
    for (password, status) in [
        (format!("Aa1-{}", "e\u{301}".repeat(252)), 202),
        (format!("Aa1-{}", "e\u{301}".repeat(253)), 400),
        (format!("Aa1-{}", "\u{958}".repeat(127)), 400),
    ] {
        let body = json!({ "email": email, "password": password });
        post(&api, "/auth/sign-up", body).await.is(status);
    }
}

/// One address has an account whose owner signs in and asks for codes, the other has none; the answers are the same.
async fn what_an_observer_sees_of_an_address_does_not_depend_on_its_owner() {
    let server = TestServer::start_with_stopped_clock().await;
    let api = server.api();
    let owned = "ada@example.com";
    account(&server, owned).await;
    let body = json!({ "email": owned });
    post(&api, "/auth/forgot-password", body).await.is(202);
    let mut seen = Vec::new();
    for email in [owned, "nobody@example.com"] {
        let mut statuses = Vec::new();
        for i in 0..8 {
            if email == owned && i < 4 {
                sign_in(&api, owned, PASSWORD).await.is(200);
            }
            let wrong = sign_in(&api, email, SQUATTERS).await;
            statuses.push(wrong.status);
            for path in ["/auth/forgot-password", "/auth/resend-code"] {
                let answer = post(&api, path, json!({ "email": email })).await;
                statuses.push(answer.status);
            }
            let code = confirm(&api, email, "0000000").await;
            statuses.push(code.status);
        }
        seen.push(statuses);
    }
    assert_eq!(seen[0], seen[1]);
}

async fn a_body_that_is_wrong_is_400() {
    let server = TestServer::start().await;
    let api = server.api();
    let long = "x".repeat(257);
    let cases: [(&str, Value, Faults<'_>); 13] = [
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
            "/auth/sign-up",
            json!({ "email": "ada@example.com ", "password": PASSWORD }),
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
            json!({ "email": "a@b", "code": 123_456, "password": "" }),
            &[("code", "invalid_type"), ("password", "too_short")],
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
