//! The results of Cognito's answers about passkeys.

use accounts::identity::{
    ChallengeAnswer, PasskeyOperations as _, SignInOperations as _, SignInStep,
};
use secrecy::ExposeSecret as _;
use serde_json::json;
use tests::{
    aws::tokens,
    stub::{Asked, Canned},
};

use super::{
    CREDENTIAL, PACKED_SESSION, PASSWORD, USERNAME, answers::challenge, call, calls::USERNAME_HASH,
    client, email, good, on, outcome, signed_in,
};

crate::tests![
    a_passkeys_challenge_is_passed_on_and_no_other,
    the_options_of_a_passkey_are_passed_on,
    passkeys_are_listed_page_by_page,
    what_passkeys_count_for_is_no_matter_where_they_are_off,
];

async fn a_passkeys_challenge_is_passed_on_and_no_other() {
    let (cognito, stub) = on(good).await;
    let begun = cognito.sign_in_with_passkey(&email(), &client()).await;
    let SignInStep::Challenge(challenge) = begun.unwrap() else {
        panic!("no challenge")
    };
    assert_eq!(challenge.name, "WEB_AUTHN");
    let options = &challenge.parameters["CREDENTIAL_REQUEST_OPTIONS"];
    assert_eq!(options, r#"{"challenge":"YQ"}"#);
    assert_eq!(challenge.session.expose_secret(), PACKED_SESSION);
    let answer = ChallengeAnswer {
        name: challenge.name,
        session: challenge.session,
        responses: [("CREDENTIAL".to_owned(), CREDENTIAL.into())].into(),
    };
    let step = cognito.respond_to_challenge(&answer, &client()).await;
    assert!(matches!(step, Ok(SignInStep::Done(_))));
    let asked = stub.asked();
    let responses = json!({
        "CREDENTIAL": CREDENTIAL, "USERNAME": USERNAME, "SECRET_HASH": USERNAME_HASH,
    });
    assert_eq!(asked[1].body()["ChallengeName"], "WEB_AUTHN");
    assert_eq!(asked[1].body()["ChallengeResponses"], responses);

    for answer in [
        challenge_of("SELECT_CHALLENGE"),
        challenge_of("PASSWORD"),
        // Tokens without a challenge: nothing was proved.
        Canned::ok(tokens()),
        Canned::ok(json!({})),
    ] {
        let (cognito, _stub) = on(move |_| answer.clone()).await;
        let begun = cognito.sign_in_with_passkey(&email(), &client()).await;
        assert_eq!(outcome(&begun), "wrong credentials");
    }
}

fn challenge_of(name: &str) -> Canned {
    challenge(name, &json!({ "USER_ID_FOR_SRP": USERNAME }))
}

async fn the_options_of_a_passkey_are_passed_on() {
    let options = json!({
        "rp": { "id": "example.com", "name": "Pool" }, "challenge": "YQ", "timeout": 60_000,
        "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }], "new": [null, true, 0.5],
    });
    let given = options.clone();
    let (cognito, _stub) = on(move |asked: &Asked| match asked.target.as_str() {
        "StartWebAuthnRegistration" => {
            Canned::ok(json!({ "CredentialCreationOptions": given.clone() }))
        }
        _ => good(asked),
    })
    .await;
    let (user, current) = (signed_in(), PASSWORD.into());
    let started = cognito.start_passkey_registration(&user, &current).await;
    assert_eq!(json!(started.unwrap().members()), options);

    let (cognito, _stub) = on(|asked: &Asked| match asked.target.as_str() {
        "StartWebAuthnRegistration" => Canned::ok(json!({ "CredentialCreationOptions": [] })),
        _ => good(asked),
    })
    .await;
    let started = call(&cognito, "start_passkey_registration", &client()).await;
    assert_eq!(outcome(&started), "unavailable");
}

async fn passkeys_are_listed_page_by_page() {
    let passkey = |id: &str| {
        json!({
            "CredentialId": id, "FriendlyCredentialName": "iCloud Keychain", "CreatedAt": 1_700_000_000.5,
            "RelyingPartyId": "example.com", "AuthenticatorAttachment": "platform",
            "AuthenticatorTransports": ["internal", "hybrid"],
        })
    };
    let (first, second) = (passkey("4Wb5x0mQ"), passkey("5Wb5x0mQ"));
    let (cognito, stub) = on(move |asked: &Asked| {
        Canned::ok(match asked.body().get("NextToken") {
            None => json!({ "Credentials": [first], "NextToken": "next" }),
            Some(_) => json!({ "Credentials": [second] }),
        })
    })
    .await;
    let passkeys = cognito.passkeys(&signed_in()).await.unwrap();
    assert_eq!(stub.asked().len(), 2);
    let ids: Vec<_> = passkeys.iter().map(|passkey| passkey.id.as_str()).collect();
    assert_eq!(ids, ["4Wb5x0mQ", "5Wb5x0mQ"]);
    let first = &passkeys[0];
    assert_eq!(first.name.as_deref(), Some("iCloud Keychain"));
    assert_eq!(
        first.created_at.unix_timestamp_nanos(),
        1_700_000_000_500_000_000
    );
    assert_eq!(first.last_used_at, None);
    assert_eq!(first.relying_party_id.as_deref(), Some("example.com"));
    assert_eq!(first.authenticator_attachment.as_deref(), Some("platform"));
    assert_eq!(first.transports, ["internal", "hybrid"]);
}

async fn what_passkeys_count_for_is_no_matter_where_they_are_off() {
    for operation in ["verify_totp", "turn_off_totp", "add_passkey"] {
        let (cognito, stub) = on(|asked: &Asked| {
            if asked.body().get("WebAuthnMfaSettings").is_some() {
                return tests::aws::error("InvalidParameterException");
            }
            good(asked)
        })
        .await;
        call(&cognito, operation, &client()).await.unwrap();
        let preferences = stub.asked().into_iter().filter(|asked| {
            let body = asked.body();
            body.get("WebAuthnMfaSettings").is_some()
        });
        assert_eq!(preferences.count(), 1, "{operation}");
    }
}
