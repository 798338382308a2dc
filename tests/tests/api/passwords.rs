//! Passwords that are forgotten, reset and changed.

use serde_json::{Value, json};
use tests::{
    answer::Answer,
    api::Api,
    person::{PASSWORD, Person, sign_in, wrong},
    server::TestServer,
};

crate::tests![
    a_forgotten_password_is_reset_with_a_code,
    asking_for_a_code_tells_nobody_who_has_an_account,
    a_wrong_code_resets_nothing,
    a_code_resets_once,
    a_password_is_changed_with_the_current_one,
    a_weak_password_names_every_rule_that_it_breaks,
    a_code_can_be_sent_again,
];

const NEW: &str = "another-Horse-8-battery";

async fn forgot(api: &Api, email: &str) -> Answer {
    let body = json!({ "email": email });
    api.post("/auth/forgot-password", &body).send().await
}

async fn reset(api: &Api, email: &str, code: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "code": code, "newPassword": password });
    api.post("/auth/reset-password", &body).send().await
}

async fn change(ada: &Person, current: &str, new: &str) -> Answer {
    let body = json!({ "currentPassword": current, "newPassword": new });
    ada.api.post("/me/change-password", &body).send().await
}

async fn a_forgotten_password_is_reset_with_a_code() {
    let server = TestServer::start().await;
    let api = server.api();
    let ada = Person::new(&server, "ada@example.com").await;
    let answer = forgot(&api, &ada.email).await.is(202);
    assert_eq!(answer.json(), json!({ "nextStep": "RESET_PASSWORD" }));
    let code = server.code_for(&ada.email).unwrap();
    reset(&api, &ada.email, &code, NEW).await.is(204);
    sign_in(&api, &ada.email, PASSWORD)
        .await
        .problem(401, "wrong-credentials");
    Person::signed_in(&api, &ada.email, NEW).await;
}

async fn asking_for_a_code_tells_nobody_who_has_an_account() {
    let server = TestServer::start().await;
    let api = server.api();
    let ada = Person::new(&server, "ada@example.com").await;
    for path in ["/auth/forgot-password", "/auth/resend-code"] {
        let ask = |email: &str| api.post(path, &json!({ "email": email })).send();
        let known = ask(&ada.email).await.is(202);
        let unknown = ask("nobody@example.com").await.is(202);
        assert_eq!(known.body, unknown.body);
        let names = |answer: &Answer| {
            let names = answer.headers.keys().map(ToString::to_string);
            names.collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(names(&known), names(&unknown));
    }
    assert_eq!(server.code_for("nobody@example.com"), None);
}

async fn a_wrong_code_resets_nothing() {
    let server = TestServer::start().await;
    let api = server.api();
    let ada = Person::new(&server, "ada@example.com").await;
    forgot(&api, &ada.email).await.is(202);
    let code = server.code_for(&ada.email).unwrap();
    for (email, code) in [
        (ada.email.as_str(), wrong(&code)),
        ("nobody@example.com", code),
    ] {
        reset(&api, email, &code, NEW)
            .await
            .problem(400, "wrong-code");
    }
    Person::signed_in(&api, &ada.email, PASSWORD).await;
}

async fn a_code_resets_once() {
    let server = TestServer::start().await;
    let api = server.api();
    let ada = Person::new(&server, "ada@example.com").await;
    forgot(&api, &ada.email).await.is(202);
    let code = server.code_for(&ada.email).unwrap();
    reset(&api, &ada.email, &code, NEW).await.is(204);
    reset(&api, &ada.email, &code, PASSWORD)
        .await
        .problem(400, "wrong-code");
}

async fn a_password_is_changed_with_the_current_one() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let answer = change(&ada, NEW, NEW).await;
    let answer = answer.problem(403, "wrong-current-password");
    assert_eq!(answer.header("www-authenticate"), None);
    change(&ada, PASSWORD, NEW).await.is(204);
    Person::signed_in(&server.api(), &ada.email, NEW).await;
    ada.api.get("/me").send().await.is(200);
}

async fn a_weak_password_names_every_rule_that_it_breaks() {
    let server = TestServer::start().await;
    let api = server.api();
    let ada = Person::new(&server, "ada@example.com").await;
    let codes = |answer: Answer, field: &str| {
        let answer = answer.problem(400, "weak-password").json();
        let errors = answer["errors"].as_array().unwrap().clone();
        assert!(errors.iter().all(|error| error["field"] == field));
        let code = |error: &Value| error["code"].as_str().unwrap().to_owned();
        errors.iter().map(code).collect::<Vec<_>>()
    };
    let cases: [(&str, &[&str]); 4] = [
        (" Correct-Horse-7", &["outer_space"]),
        ("short-7-A", &["too_short"]),
        ("Correct-Horse-Battery", &["needs_digit"]),
        (
            "horse",
            &[
                "too_short",
                "needs_uppercase",
                "needs_digit",
                "needs_symbol",
            ],
        ),
    ];
    for (password, expected) in cases {
        let body = json!({ "email": "new@example.com", "password": password });
        let answer = api
            .post("/auth/sign-up", &body)
            .send()
            .await
            .lacks(password);
        assert_eq!(codes(answer, "password"), expected);
        let answer = reset(&api, "nobody@example.com", "123456", password).await;
        assert_eq!(codes(answer, "newPassword"), expected);
        let answer = change(&ada, PASSWORD, password).await;
        assert_eq!(codes(answer, "newPassword"), expected);
    }
}

async fn a_code_can_be_sent_again() {
    let server = TestServer::start().await;
    let api = server.api();
    tests::person::sign_up(&api, "ada@example.com")
        .await
        .is(202);
    let body = json!({ "email": "ada@example.com" });
    let answer = api.post("/auth/resend-code", &body).send().await.is(202);
    assert_eq!(answer.json(), json!({ "nextStep": "CONFIRM_SIGN_UP" }));
    let code = server.code_for("ada@example.com").unwrap();
    tests::person::confirm(&api, "ada@example.com", &code)
        .await
        .is(204);
}
