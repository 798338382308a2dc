//! Signing in with a passkey.

use local::server::{Data, Options};
use serde_json::{Value, json};
use tests::{
    api::Api,
    issuer::Issuer,
    passkey::{Device, without_flag},
    person::{
        PASSWORD, Person, options_of, passkey_challenge, respond_with, sign_in, sign_in_with,
    },
    server::TestServer,
    service::Service,
    stub::{Asked, Canned, Stub},
};

use super::{list, with_passkey};

crate::tests![
    a_passkey_signs_in_and_nothing_more_is_asked,
    a_passkey_outlives_a_restart,
    an_assertion_that_does_not_verify_is_401,
    an_assertion_is_good_once,
    a_challenge_takes_the_passkey_of_its_own_address,
    a_removed_passkey_signs_nobody_in,
    a_cloned_passkey_is_found_out,
    no_address_is_told_from_another,
    attempts_are_counted_and_apart_from_passwords,
    what_is_no_credential_is_not_accepted,
    cognito_tells_who_has_no_passkey_and_where_there_are_none,
];

async fn a_passkey_signs_in_and_nothing_more_is_asked() {
    let server = TestServer::start().await;
    let (ada, mut device) = with_passkey(&server, "ada@example.com").await;
    ada.turn_on_totp(PASSWORD).await;
    let before = list(&ada).await;
    assert_eq!(before.len(), 1);
    assert_eq!(before[0]["relyingPartyId"], "localhost");
    assert_eq!(before[0]["authenticatorAttachment"], "platform");
    assert_eq!(before[0]["transports"], json!(["internal", "hybrid"]));
    assert_eq!(before[0].get("lastUsedAt"), None);

    let api = server.api();
    let answer = sign_in_with(&api, &ada.email, &mut device).await.is(200);
    let again = Person::of(&api, &ada.email, &answer);
    again.api.list("").send().await.is(200);
    let after = list(&again).await;
    assert_eq!(after[0]["id"], before[0]["id"]);
    assert!(after[0]["lastUsedAt"].is_string());
    // Also on other origins of the domain.
    for origin in ["http://localhost", "https://localhost:3443"] {
        device.go_to(origin);
        sign_in_with(&api, &ada.email, &mut device).await.is(200);
    }
}

async fn a_passkey_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        data: Data::Folder(folder.path().to_owned()),
        ..Options::default()
    };
    let server = TestServer::start_as(options.clone()).await;
    let (ada, mut device) = with_passkey(&server, "ada@example.com").await;
    server.stop().await;
    let server = TestServer::start_as(options).await;
    let answer = sign_in_with(&server.api(), &ada.email, &mut device).await;
    let ada = Person::of(&server.api(), &ada.email, &answer.is(200));
    assert_eq!(list(&ada).await.len(), 1);
}

async fn an_assertion_that_does_not_verify_is_401() {
    let server = TestServer::start().await;
    let (ada, mut device) = with_passkey(&server, "ada@example.com").await;
    let api = server.api();
    for what in ["origin", "user not verified", "user", "other key"] {
        let challenge = passkey_challenge(&api, &ada.email).await;
        let options = options_of(&challenge);
        let credential = match what {
            "origin" => {
                let mut options: Value = serde_json::from_str(options).unwrap();
                options["rpId"] = "example.com".into();
                let mut elsewhere = device.clone();
                elsewhere.go_to("https://example.com");
                elsewhere.sign(&options.to_string()).await
            }
            "user" => {
                let mut signed: Value = serde_json::from_str(&device.sign(options).await).unwrap();
                signed["response"]["userHandle"] = "H1o8nnwdThudUmsaD28sEQ".into();
                signed.to_string()
            }
            "user not verified" => without_flag(&device.sign(options).await, 4),
            _ => {
                let mut other = Device::default();
                other.create(&ada.passkey_options(PASSWORD).await).await;
                let id: Value = serde_json::from_str(&device.sign(options).await).unwrap();
                let mut signed: Value = serde_json::from_str(&other.sign(options).await).unwrap();
                signed["id"] = id["id"].clone();
                signed["rawId"] = id["rawId"].clone();
                signed.to_string()
            }
        };
        let answer = respond_with(&api, &challenge, &credential).await;
        answer.problem(401, "wrong-credentials");
    }
}

async fn an_assertion_is_good_once() {
    let server = TestServer::start().await;
    let (ada, mut device) = with_passkey(&server, "ada@example.com").await;
    let api = server.api();
    let challenge = passkey_challenge(&api, &ada.email).await;
    let credential = device.sign(options_of(&challenge)).await;
    respond_with(&api, &challenge, &credential).await.is(200);
    let again = respond_with(&api, &challenge, &credential).await;
    again.problem(401, "session-ended");
    let next = passkey_challenge(&api, &ada.email).await;
    let again = respond_with(&api, &next, &credential).await;
    again.problem(401, "wrong-credentials");
}

async fn a_challenge_takes_the_passkey_of_its_own_address() {
    let server = TestServer::start().await;
    let (ada, mut device) = with_passkey(&server, "ada@example.com").await;
    let (grace, mut other) = with_passkey(&server, "grace@example.com").await;
    let api = server.api();
    let challenge = passkey_challenge(&api, &ada.email).await;
    let credential = other.sign(options_of(&challenge)).await;
    let answer = respond_with(&api, &challenge, &credential).await;
    answer.problem(401, "wrong-credentials");
    // The address in a session cannot be replaced either.
    let of_grace = passkey_challenge(&api, &grace.email).await;
    let mut forged = passkey_challenge(&api, &ada.email).await;
    let text = |challenge: &Value| challenge["session"].as_str().unwrap().to_owned();
    let (address, random) = (text(&of_grace), text(&forged));
    let address = address.split('.').next().unwrap();
    let random = random.split('.').nth(1).unwrap();
    forged["session"] = format!("{address}.{random}").into();
    let credential = device.sign(options_of(&forged)).await;
    let answer = respond_with(&api, &forged, &credential).await;
    answer.problem(401, "session-ended");
}

async fn a_removed_passkey_signs_nobody_in() {
    let server = TestServer::start().await;
    let (ada, mut device) = with_passkey(&server, "ada@example.com").await;
    let grace = Person::new(&server, "grace@example.com").await;
    let api = server.api();
    let path = format!(
        "/me/passkeys/{}",
        list(&ada).await[0]["id"].as_str().unwrap()
    );
    // Another user cannot remove it.
    grace.api.delete_at(&path).send().await.is(204);
    let waiting = passkey_challenge(&api, &ada.email).await;
    for _ in 0..2 {
        ada.api.delete_at(&path).send().await.is(204);
        assert_eq!(list(&ada).await, Vec::<Value>::new());
    }
    let credential = device.sign(options_of(&waiting)).await;
    let answer = respond_with(&api, &waiting, &credential).await;
    answer.problem(401, "wrong-credentials");
    let answer = sign_in_with(&api, &ada.email, &mut device).await;
    answer.problem(401, "wrong-credentials");
    sign_in(&api, &ada.email, PASSWORD).await.is(200);
}

async fn a_cloned_passkey_is_found_out() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let mut device = Device::default().counting();
    ada.add_passkey(&mut device, PASSWORD).await;
    let mut clone = device.clone();
    let api = server.api();
    for _ in 0..2 {
        sign_in_with(&api, &ada.email, &mut device).await.is(200);
    }
    let answer = sign_in_with(&api, &ada.email, &mut clone).await;
    answer.problem(401, "wrong-credentials");
}

async fn no_address_is_told_from_another() {
    let server = TestServer::start().await;
    let (ada, device) = with_passkey(&server, "ada@example.com").await;
    let bob = Person::new(&server, "bob@example.com").await;
    let api = server.api();
    let mut shown = Vec::new();
    for email in [&*ada.email, &*bob.email, "eve@example.com"] {
        let mut challenge = passkey_challenge(&api, email).await;
        let mut options: Value = serde_json::from_str(options_of(&challenge)).unwrap();
        let random = options["challenge"].take();
        assert_eq!(random.as_str().unwrap().len(), 43);
        let length = challenge["session"].take().as_str().unwrap().len();
        challenge["parameters"]["CREDENTIAL_REQUEST_OPTIONS"] = options;
        shown.push((challenge, length));

        // Both fail alike: the passkey of another address, and another passkey of this address.
        let challenge = passkey_challenge(&api, email).await;
        let mut wrong = device.clone();
        if email == ada.email {
            wrong.create(&ada.passkey_options(PASSWORD).await).await;
        }
        let signed = wrong.sign(options_of(&challenge)).await;
        let answer = respond_with(&api, &challenge, &signed).await;
        answer.problem(401, "wrong-credentials");
    }
    assert_eq!(shown[0], shown[1]);
    assert_eq!(shown[0], shown[2]);
    let options = &shown[0].0["parameters"]["CREDENTIAL_REQUEST_OPTIONS"];
    let expected = json!({
        "challenge": null, "timeout": 180_000, "rpId": "localhost", "userVerification": "required",
    });
    assert_eq!(*options, expected);
}

async fn attempts_are_counted_and_apart_from_passwords() {
    let server = TestServer::start_with_stopped_clock().await;
    let (ada, mut device) = with_passkey(&server, "ada@example.com").await;
    let api = server.api();
    for email in [&*ada.email, "nobody@example.com"] {
        let mut stranger = Device::default();
        stranger.create(&ada.passkey_options(PASSWORD).await).await;
        for _ in 0..5 {
            let answer = sign_in_with(&api, email, &mut stranger).await;
            answer.problem(401, "wrong-credentials");
        }
        let answer = sign_in_with(&api, email, &mut device).await;
        answer.problem(429, "too-many-attempts");
    }
    Person::signed_in(&api, &ada.email, PASSWORD).await;

    let (grace, mut device) = with_passkey(&server, "grace@example.com").await;
    for _ in 0..5 {
        let answer = sign_in(&api, &grace.email, "Wrong-Horse-7-Battery").await;
        answer.problem(401, "wrong-credentials");
    }
    let answer = sign_in(&api, &grace.email, PASSWORD).await;
    answer.problem(429, "too-many-attempts");
    sign_in_with(&api, &grace.email, &mut device).await.is(200);
}

async fn what_is_no_credential_is_not_accepted() {
    let server = TestServer::start().await;
    let (ada, mut device) = with_passkey(&server, "ada@example.com").await;
    let api = server.api();
    let challenge = passkey_challenge(&api, &ada.email).await;
    for credential in ["", "{", "[]", "null", "{}", r#"{"id":"x","rawId":"x"}"#] {
        let answer = respond_with(&api, &challenge, credential).await;
        answer.blames(&[("responses", "not_accepted")]);
    }
    let missing = tests::person::respond(&api, &challenge, json!({ "ANSWER": "42" })).await;
    missing.blames(&[("responses", "not_accepted")]);
    // The challenge still accepts a right answer.
    let credential = device.sign(options_of(&challenge)).await;
    respond_with(&api, &challenge, &credential).await.is(200);
    for session in ["x", "YWRh.x", "YWRhQGV4YW1wbGUuY29t.x", "."] {
        let challenge = json!({ "name": "WEB_AUTHN", "session": session });
        let answer = respond_with(&api, &challenge, &credential).await;
        answer.problem(401, "session-ended");
    }
}

async fn on_cognito(
    answer: impl Fn(&Asked) -> Canned + Send + Sync + 'static,
) -> (Api, (Issuer, Stub)) {
    let issuer = Issuer::start().await;
    let cognito = Stub::start(answer).await;
    let api = Service::on_aws(cognito.url(), cognito.url(), &issuer).api();
    (api, (issuer, cognito))
}

async fn cognito_tells_who_has_no_passkey_and_where_there_are_none() {
    let email = json!({ "email": "ada@example.com" });
    let exception = |name: &'static str, message: &'static str| Canned {
        status: 400,
        body: json!({ "__type": name, "message": message }),
    };
    let other = json!({ "ChallengeName": "SELECT_CHALLENGE", "Session": "s", "AvailableChallenges": ["PASSWORD"] });
    for (answer, status, slug) in [
        (Canned::ok(other), 401, "wrong-credentials"),
        (
            exception("UserNotFoundException", ""),
            401,
            "wrong-credentials",
        ),
        (
            exception("UserNotConfirmedException", ""),
            401,
            "wrong-credentials",
        ),
        (
            exception(
                "InvalidParameterException",
                "USER_AUTH is not enabled for the client.",
            ),
            409,
            "not-possible",
        ),
        (
            exception("TooManyFailedAttemptsException", ""),
            429,
            "too-many-attempts",
        ),
    ] {
        let (api, _stub) = on_cognito(move |_| answer.clone()).await;
        let answer = api.post("/auth/sign-in-with-passkey", &email).send().await;
        answer.problem(status, slug);
    }
    let (api, _stub) = on_cognito(move |_| exception("WebAuthnNotEnabledException", "")).await;
    let body = json!({ "credential": "{}" });
    let answer = api.post("/me/passkeys", &body).send().await;
    answer.problem(409, "not-possible");
}
