//! A passkey is added with the password, and removed without it.

use local::{identity::RelyingParty, server::Options};
use serde_json::{Value, json};
use tests::{
    passkey::{Device, with_client_data},
    person::{PASSWORD, Person},
    server::TestServer,
};

use super::{add, list, with_passkey};

crate::tests![
    adding_one_takes_the_password,
    the_options_are_for_a_passkey_of_this_domain_that_verifies_its_user,
    a_domain_of_ones_own_takes_its_pages_and_the_apps_that_are_named,
    a_credential_that_does_not_verify_is_400,
    a_registration_is_good_for_one_passkey,
    options_replace_those_before,
    a_passkey_belongs_to_one_account,
    nobody_has_more_than_twenty,
    a_body_that_is_wrong_is_400,
    a_path_that_names_no_passkey_is_400,
    an_export_has_the_passkeys,
    a_letter_tells_of_a_new_passkey_and_of_one_that_went,
];

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
        // A subdomain is another domain.
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
    // Another account may add the passkey once it is removed.
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
