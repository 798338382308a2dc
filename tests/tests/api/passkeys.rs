//! Passkeys, with a device that makes real ones.

use local::{
    identity::RelyingParty,
    server::{Data, Options},
};
use serde_json::{Value, json};
use tests::{
    api::Api,
    issuer::Issuer,
    passkey::{Device, with_client_data, without_flag},
    person::{
        PASSWORD, Person, options_of, passkey_challenge, respond_with, sign_in, sign_in_with,
    },
    server::TestServer,
    service::Service,
    stub::{Asked, Canned, Stub},
};

crate::tests![
    a_passkey_signs_in_and_nothing_more_is_asked,
    adding_one_takes_the_password,
    the_options_are_for_a_passkey_of_this_domain_that_verifies_its_user,
    a_domain_of_ones_own_takes_its_pages_and_the_apps_that_are_named,
    a_passkey_outlives_a_restart,
    a_credential_that_does_not_verify_is_400,
    a_registration_is_good_for_one_passkey,
    options_replace_those_before,
    a_passkey_belongs_to_one_account,
    nobody_has_more_than_twenty,
    an_assertion_that_does_not_verify_is_401,
    an_assertion_is_good_once,
    a_challenge_takes_the_passkey_of_its_own_address,
    a_removed_passkey_signs_nobody_in,
    a_cloned_passkey_is_found_out,
    no_address_is_told_from_another,
    attempts_are_counted_and_apart_from_passwords,
    what_is_no_credential_is_not_accepted,
    a_body_that_is_wrong_is_400,
    a_path_that_names_no_passkey_is_400,
    an_export_has_the_passkeys,
    a_letter_tells_of_a_new_passkey_and_of_one_that_went,
    cognito_tells_who_has_no_passkey_and_where_there_are_none,
];

async fn with_passkey(server: &TestServer, email: &str) -> (Person, Device) {
    let person = Person::new(server, email).await;
    let mut device = Device::default();
    person.add_passkey(&mut device, PASSWORD).await;
    (person, device)
}

async fn list(person: &Person) -> Vec<Value> {
    let answer = person.api.get("/me/passkeys").send().await.is(200);
    answer.json()["passkeys"].as_array().unwrap().clone()
}

async fn add(person: &Person, credential: &str) -> tests::answer::Answer {
    let body = json!({ "credential": credential });
    person.api.post("/me/passkeys", &body).send().await
}

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
    // And on another page of the domain.
    for origin in ["http://localhost", "https://localhost:3443"] {
        device.go_to(origin);
        sign_in_with(&api, &ada.email, &mut device).await.is(200);
    }
}

async fn adding_one_takes_the_password() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let body = json!({ "currentPassword": "Wrong-Horse-7-Battery" });
    let answer = ada.api.post("/me/passkeys/options", &body).send().await;
    answer.problem(403, "wrong-current-password");
    assert_eq!(list(&ada).await, Vec::<Value>::new());
}

async fn the_options_are_for_a_passkey_of_this_domain_that_verifies_its_user() {
    let server = TestServer::start().await;
    let (ada, _) = with_passkey(&server, "ada@example.com").await;
    let options: Value = serde_json::from_str(&ada.passkey_options(PASSWORD).await).unwrap();
    assert_eq!(
        options["rp"],
        json!({ "id": "localhost", "name": "Movies" })
    );
    assert_eq!(options["user"]["name"], "ada@example.com");
    let selection = &options["authenticatorSelection"];
    assert_eq!(selection["userVerification"], "required");
    assert_eq!(selection["residentKey"], "required");
    assert_eq!(selection["requireResidentKey"], true);
    let excluded = options["excludeCredentials"].as_array().unwrap();
    let known = &list(&ada).await[0]["id"];
    assert_eq!(excluded.len(), 1);
    assert_eq!(excluded[0]["id"], *known);
    assert_eq!(options["extensions"], json!({ "credProps": true }));
}

async fn a_domain_of_ones_own_takes_its_pages_and_the_apps_that_are_named() {
    const APP: &str = "android:apk-key-hash:pNiP5iKyQ8JwgGOaKA1zGPUPJIS-0H1xKCQcfIoGLck";
    let origins = [APP.to_owned(), "https://app.example.com".to_owned()];
    let relying_party = RelyingParty::new("example.com", &origins).unwrap();
    let server = TestServer::start_as(Options {
        relying_party: Some(relying_party),
        ..Options::default()
    })
    .await;
    let ada = Person::new(&server, "ada@example.com").await;
    for (origin, domain, good) in [
        ("https://example.com", "example.com", true),
        ("https://app.example.com", "example.com", true),
        // A name below the domain is another domain.
        ("https://app.example.com", "app.example.com", false),
        ("https://other.example.com", "example.com", false),
    ] {
        let options = ada.passkey_options(PASSWORD).await;
        let mut options: Value = serde_json::from_str(&options).unwrap();
        assert_eq!(options["rp"]["id"], "example.com");
        options["rp"]["id"] = domain.into();
        let made = Device::on(origin).create(&options.to_string()).await;
        let status = add(&ada, &made).await.status;
        assert_eq!(status, if good { 204 } else { 400 }, "{origin} {domain}");
    }
    for (origin, good) in [(APP, true), ("android:apk-key-hash:AAAA", false)] {
        let options = ada.passkey_options(PASSWORD).await;
        let made = Device::on("https://example.com").create(&options).await;
        let made = with_client_data(&made, "origin", &json!(origin));
        let status = add(&ada, &made).await.status;
        assert_eq!(status, if good { 204 } else { 400 }, "{origin}");
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

async fn a_credential_that_does_not_verify_is_400() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let grace = Person::new(&server, "grace@example.com").await;
    let of_grace: Value = serde_json::from_str(&grace.passkey_options(PASSWORD).await).unwrap();
    for what in [
        "origin",
        "domain",
        "challenge",
        "type",
        "not discoverable",
        "members",
    ] {
        let options = ada.passkey_options(PASSWORD).await;
        let made = Device::default().create(&options).await;
        let credential = match what {
            "origin" => with_client_data(&made, "origin", &json!("https://localhost.example.com")),
            "domain" => {
                let mut options: Value = serde_json::from_str(&options).unwrap();
                options["rp"]["id"] = "example.com".into();
                let mut device = Device::on("https://example.com");
                let made = device.create(&options.to_string()).await;
                with_client_data(&made, "origin", &json!("http://localhost"))
            }
            "challenge" => with_client_data(&made, "challenge", &of_grace["challenge"]),
            "type" => with_client_data(&made, "type", &json!("webauthn.get")),
            "not discoverable" => {
                let mut made: Value = serde_json::from_str(&made).unwrap();
                made["clientExtensionResults"] = json!({ "credProps": { "rk": false } });
                made.to_string()
            }
            _ => r#"{"id":"4Wb5x0mQb1Uq2v3x4y5zAw"}"#.to_owned(),
        };
        let answer = add(&ada, &credential).await;
        answer.blames(&[("credential", "not_accepted")]);
    }
    assert_eq!(list(&ada).await, Vec::<Value>::new());
}

async fn a_registration_is_good_for_one_passkey() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let options = ada.passkey_options(PASSWORD).await;
    let first = Device::default().create(&options).await;
    let second = Device::default().create(&options).await;
    add(&ada, &first).await.is(204);
    for credential in [&first, &second] {
        let answer = add(&ada, credential).await;
        answer.blames(&[("credential", "expired")]);
    }
    assert_eq!(list(&ada).await.len(), 1);
}

async fn options_replace_those_before() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let before = ada.passkey_options(PASSWORD).await;
    ada.passkey_options(PASSWORD).await;
    let made = Device::default().create(&before).await;
    add(&ada, &made)
        .await
        .blames(&[("credential", "not_accepted")]);
}

/// A passkey that is not attested signs nothing when it is made, so who knows it could add it to another account.
async fn a_passkey_belongs_to_one_account() {
    let server = TestServer::start().await;
    let (ada, _) = with_passkey(&server, "ada@example.com").await;
    let grace = Person::new(&server, "grace@example.com").await;
    let options = ada.passkey_options(PASSWORD).await;
    let made = Device::default().create(&options).await;
    add(&ada, &made).await.is(204);
    let options: Value = serde_json::from_str(&grace.passkey_options(PASSWORD).await).unwrap();
    let copied = with_client_data(&made, "challenge", &options["challenge"]);
    add(&grace, &copied)
        .await
        .blames(&[("credential", "not_accepted")]);
    // It is free again when it is removed.
    for passkey in list(&ada).await {
        let path = format!("/me/passkeys/{}", passkey["id"].as_str().unwrap());
        ada.api.delete_at(&path).send().await.is(204);
    }
    let options: Value = serde_json::from_str(&grace.passkey_options(PASSWORD).await).unwrap();
    let copied = with_client_data(&made, "challenge", &options["challenge"]);
    add(&grace, &copied).await.is(204);
}

async fn nobody_has_more_than_twenty() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    for _ in 0..20 {
        ada.add_passkey(&mut Device::default(), PASSWORD).await;
    }
    let body = json!({ "currentPassword": PASSWORD });
    let answer = ada.api.post("/me/passkeys/options", &body).send().await;
    answer.problem(409, "not-possible");
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
    // Nor does an address that is put in the place of another.
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
    // Somebody else's is none of hers.
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
    let (ada, mut device) = with_passkey(&server, "ada@example.com").await;
    let grace = Person::new(&server, "grac@example.com").await;
    let api = server.api();
    let mut shown = Vec::new();
    for email in [&*ada.email, &*grace.email, "nobod@example.com"] {
        let mut challenge = passkey_challenge(&api, email).await;
        let mut options: Value = serde_json::from_str(options_of(&challenge)).unwrap();
        let random = options["challenge"].take();
        assert_eq!(random.as_str().unwrap().len(), 43);
        let length = challenge["session"].take().as_str().unwrap().len();
        challenge["parameters"]["CREDENTIAL_REQUEST_OPTIONS"] = options;
        shown.push((challenge, email.len().div_ceil(3), length));

        // What fails fails alike, with a passkey that is made for it, too.
        let challenge = passkey_challenge(&api, email).await;
        let mut wrong = device.clone();
        if email != ada.email {
            let signed = device.sign(options_of(&challenge)).await;
            let answer = respond_with(&api, &challenge, &signed).await;
            answer.problem(401, "wrong-credentials");
        } else {
            wrong.create(&ada.passkey_options(PASSWORD).await).await;
            let signed = wrong.sign(options_of(&challenge)).await;
            let answer = respond_with(&api, &challenge, &signed).await;
            answer.problem(401, "wrong-credentials");
        }
    }
    assert_eq!(shown[0].0, shown[1].0);
    assert_eq!(shown[0].0, shown[2].0);
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
    // The challenge waits for a better answer.
    let credential = device.sign(options_of(&challenge)).await;
    respond_with(&api, &challenge, &credential).await.is(200);
    for session in ["x", "YWRh.x", "YWRhQGV4YW1wbGUuY29t.x", "."] {
        let challenge = json!({ "name": "WEB_AUTHN", "session": session });
        let answer = respond_with(&api, &challenge, &credential).await;
        answer.problem(401, "session-ended");
    }
}

async fn a_body_that_is_wrong_is_400() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let large = format!("{{{}}}", " ".repeat(16_383));
    for (body, faults) in [
        (json!({}), [("credential", "required")]),
        (
            json!({ "credential": {} }),
            [("credential", "invalid_type")],
        ),
        (
            json!({ "credential": "" }),
            [("credential", "invalid_value")],
        ),
        (
            json!({ "credential": "[]" }),
            [("credential", "invalid_value")],
        ),
        (
            json!({ "credential": "{\"id\":" }),
            [("credential", "invalid_value")],
        ),
        (json!({ "credential": large }), [("credential", "too_long")]),
        (
            json!({ "credential": "{}" }),
            [("credential", "not_accepted")],
        ),
    ] {
        let answer = ada.api.post("/me/passkeys", &body).send().await;
        answer.blames(&faults);
    }
}

async fn a_path_that_names_no_passkey_is_400() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let long = "A".repeat(1_365);
    for (id, faults) in [
        ("a%2Fb", &[("passkeyId", "invalid_value")][..]),
        ("a.b", &[("passkeyId", "invalid_value")]),
        ("%FF", &[("passkeyId", "malformed")]),
        (&long, &[("passkeyId", "too_long")]),
        (
            "a+b?now=1",
            &[("passkeyId", "invalid_value"), ("now", "unknown_member")],
        ),
        ("4Wb5x0mQ?now=1", &[("now", "unknown_member")]),
    ] {
        let path = format!("/me/passkeys/{id}");
        let answer = ada.api.delete_at(&path).send().await;
        answer.blames(faults);
    }
    ada.api
        .delete_at("/me/passkeys/4Wb5x0mQ/")
        .send()
        .await
        .is(204);
    ada.api
        .delete_at("/me/passkeys/options")
        .send()
        .await
        .is(405);
    ada.api.get("/me/passkeys/4Wb5x0mQ").send().await.is(405);
}

async fn an_export_has_the_passkeys() {
    let server = TestServer::start().await;
    let (ada, _) = with_passkey(&server, "ada@example.com").await;
    let export = ada.api.get("/me/export").send().await.is(200).json();
    assert_eq!(export["passkeys"], json!(list(&ada).await));
}

async fn a_letter_tells_of_a_new_passkey_and_of_one_that_went() {
    let server = TestServer::start().await;
    let (ada, _) = with_passkey(&server, "ada@example.com").await;
    let told = |what: &str| {
        let subjects = server.subjects_for("ada@example.com");
        subjects
            .iter()
            .filter(|subject| subject.contains(what))
            .count()
    };
    let (added, removed) = ("A passkey signs you in now", "signs nobody in any more");
    assert_eq!((told(added), told(removed)), (1, 0));
    let path = format!(
        "/me/passkeys/{}",
        list(&ada).await[0]["id"].as_str().unwrap()
    );
    for _ in 0..2 {
        ada.api.delete_at(&path).send().await.is(204);
    }
    assert_eq!((told(added), told(removed)), (1, 1));
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
