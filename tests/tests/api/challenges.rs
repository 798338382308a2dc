//! Signing in takes more than a password.

use accounts::identity::Email;
use serde_json::{Value, json};
use tests::{
    api::Api,
    person::{PASSWORD, Person, respond, sign_in, totp, wrong},
    server::{Stage, TestServer},
};

crate::tests![
    with_an_authenticator_app_a_sign_in_takes_its_code,
    a_code_of_the_app_is_good_for_one_sign_in,
    turning_the_app_off_makes_the_password_enough,
    a_set_up_that_was_not_verified_changes_nothing,
    the_secret_comes_with_an_address_for_a_qr_code,
    an_invited_user_chooses_a_password_first,
    an_answer_that_does_not_fit_is_400,
    a_session_that_is_no_good_is_401,
    a_body_that_is_wrong_is_400,
];

async fn challenge(api: &Api, email: &str, password: &str) -> Value {
    let answer = sign_in(api, email, password).await.is(200).json();
    assert_eq!(answer["nextStep"], "RESPOND_TO_CHALLENGE");
    assert_eq!(answer.get("accessToken"), None);
    answer["challenge"].clone()
}

async fn with_an_authenticator_app_a_sign_in_takes_its_code() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let secret = ada.turn_on_totp(PASSWORD).await;
    let profile = ada.api.get("/me").send().await.is(200).json();
    assert_eq!(profile["totpEnabled"], true);

    let api = server.api();
    let challenge = challenge(&api, &ada.email, PASSWORD).await;
    assert_eq!(challenge["name"], "SOFTWARE_TOKEN_MFA");
    let code = totp(&secret);
    let refused = json!({ "SOFTWARE_TOKEN_MFA_CODE": wrong(&code) });
    respond(&api, &challenge, refused)
        .await
        .problem(400, "wrong-code");
    let right = json!({ "SOFTWARE_TOKEN_MFA_CODE": code });
    let answer = respond(&api, &challenge, right).await.is(200);
    let ada = Person::of(&api, &ada.email, &answer);
    ada.api.list("").send().await.is(200);
}

async fn a_code_of_the_app_is_good_for_one_sign_in() {
    let server = TestServer::start_with_stopped_clock().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let secret = ada.turn_on_totp(PASSWORD).await;
    let api = server.api();
    let responses = || json!({ "SOFTWARE_TOKEN_MFA_CODE": totp(&secret) });
    let first = challenge(&api, &ada.email, PASSWORD).await;
    let second = challenge(&api, &ada.email, PASSWORD).await;
    respond(&api, &first, responses()).await.is(200);
    respond(&api, &second, responses())
        .await
        .problem(400, "wrong-code");
}

async fn turning_the_app_off_makes_the_password_enough() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    ada.turn_on_totp(PASSWORD).await;
    let turn_off = |password: &str| {
        let body = json!({ "currentPassword": password });
        ada.api.post("/me/totp/turn-off", &body).send()
    };
    turn_off("Wrong-Horse-7-Battery")
        .await
        .problem(403, "wrong-current-password");
    for _ in 0..2 {
        turn_off(PASSWORD).await.is(204);
    }
    Person::signed_in(&server.api(), &ada.email, PASSWORD).await;
}

async fn a_set_up_that_was_not_verified_changes_nothing() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let wrong_password = json!({ "currentPassword": "Wrong-Horse-7-Battery" });
    let answer = ada.api.post("/me/totp", &wrong_password).send().await;
    answer.problem(403, "wrong-current-password");
    let body = json!({ "currentPassword": PASSWORD });
    let answer = ada.api.post("/me/totp", &body).send().await.is(200);
    let secret = answer.json()["secret"].as_str().unwrap().to_owned();
    let body = json!({ "code": wrong(&totp(&secret)) });
    let verified = ada.api.post("/me/totp/verify", &body).send().await;
    verified.problem(400, "wrong-code");
    Person::signed_in(&server.api(), &ada.email, PASSWORD).await;
}

async fn the_secret_comes_with_an_address_for_a_qr_code() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada+films@example.com").await;
    let body = json!({ "currentPassword": PASSWORD });
    let answer = ada.api.post("/me/totp", &body).send().await.is(200).json();
    let secret = answer["secret"].as_str().unwrap();
    assert_eq!(
        answer["otpauthUri"],
        format!("otpauth://totp/Movies:ada%2Bfilms%40example.com?secret={secret}&issuer=Movies")
    );
}

async fn an_invited_user_chooses_a_password_first() {
    let server = TestServer::start().await;
    let api = server.api();
    let email = Email::parse("grace@example.com").unwrap();
    server
        .identity(Stage::Development)
        .invite(&email)
        .await
        .unwrap();
    let temporary = server.code_for("grace@example.com").unwrap();

    let challenge = challenge(&api, "grace@example.com", &temporary).await;
    assert_eq!(challenge["name"], "NEW_PASSWORD_REQUIRED");
    let weak = json!({ "NEW_PASSWORD": "short-7-A" });
    let answer = respond(&api, &challenge, weak).await;
    let answer = answer.problem(400, "weak-password").json();
    assert_eq!(answer["errors"][0]["field"], "responses.NEW_PASSWORD");
    let chosen = json!({ "NEW_PASSWORD": PASSWORD });
    let answer = respond(&api, &challenge, chosen).await.is(200);
    let _ = Person::of(&api, "grace@example.com", &answer);
    Person::signed_in(&api, "grace@example.com", PASSWORD).await;
    sign_in(&api, "grace@example.com", &temporary)
        .await
        .problem(401, "wrong-credentials");
}

async fn an_answer_that_does_not_fit_is_400() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    ada.turn_on_totp(PASSWORD).await;
    let api = server.api();
    let challenge = challenge(&api, &ada.email, PASSWORD).await;
    let other = |name: &str| {
        let mut challenge = challenge.clone();
        challenge["name"] = name.into();
        challenge
    };
    for (challenge, responses) in [
        (challenge.clone(), json!({})),
        (challenge.clone(), json!({ "SMS_MFA_CODE": "123456" })),
        (other("SMS_MFA"), json!({ "SMS_MFA_CODE": "123456" })),
        (other("OF_NEXT_YEAR"), json!({ "ANSWER": "42" })),
    ] {
        let answer = respond(&api, &challenge, responses).await;
        answer.blames(&[("responses", "not_accepted")]);
    }
}

async fn a_session_that_is_no_good_is_401() {
    let server = TestServer::start().await;
    for session in ["x", "YWRh.x", "."] {
        let challenge = json!({ "name": "SOFTWARE_TOKEN_MFA", "session": session });
        let responses = json!({ "SOFTWARE_TOKEN_MFA_CODE": "123456" });
        respond(&server.api(), &challenge, responses)
            .await
            .problem(401, "session-ended");
    }
}

async fn a_body_that_is_wrong_is_400() {
    let server = TestServer::start().await;
    let api = server.api();
    let cases: [(Value, &[(&str, &str)]); 6] = [
        (
            json!({}),
            &[
                ("challengeName", "required"),
                ("session", "required"),
                ("responses", "required"),
            ],
        ),
        (
            json!({ "challengeName": "sms", "session": "", "responses": [] }),
            &[
                ("challengeName", "invalid_value"),
                ("session", "too_short"),
                ("responses", "invalid_type"),
            ],
        ),
        (
            json!({ "challengeName": "SMS_MFA", "session": "x".repeat(4_097), "responses": {} }),
            &[("session", "too_long")],
        ),
        (
            json!({ "challengeName": "SMS_MFA", "session": "x", "responses": { "A": 1 } }),
            &[("responses", "invalid_type")],
        ),
        (
            json!({ "challengeName": "SMS_MFA", "session": "x", "responses": { "A": "x".repeat(16_385) } }),
            &[("responses", "too_long")],
        ),
        (
            json!({ "challengeName": "SMS_MFA", "session": "x",
                "responses": (0..21).map(|i| (i.to_string(), "x".into())).collect::<serde_json::Map<_, Value>>() }),
            &[("responses", "too_long")],
        ),
    ];
    for (body, faults) in cases {
        let answer = api.post("/auth/respond-to-challenge", &body).send().await;
        answer.blames(faults);
    }
    let twice = r#"{"challengeName":"SMS_MFA","session":"x","responses":{"A":"1","A":"2"}}"#;
    api.post_text("/auth/respond-to-challenge", twice)
        .send()
        .await
        .blames(&[("responses", "duplicate_member")]);
}
