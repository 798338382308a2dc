//! The accounts on Amazon Cognito: the calls to it, and the results of its answers.

mod answers;
mod calls;
mod code;
mod exceptions;
mod passkeys;

use std::net::{IpAddr, Ipv4Addr};

use accounts::identity::{
    AccountOperations as _, ChallengeAnswer, ClientContext, Email, IdentityError, PasskeyId,
    PasskeyOperations as _, PasswordOperations as _, PasswordRule, SessionOperations as _,
    SignInOperations as _, SignUp, SignUpOperations as _, SignedInUser, TotpOperations as _,
    WebAuthnJson, cognito::CognitoIdentity,
};
use kit::user::UserId;
use libtest_mimic::Trial;
use movies::Name;
use secrecy::SecretString;
use serde_json::{Value, json};
use tests::{
    aws::tokens,
    service::cognito_identity,
    stub::{Asked, Canned, Stub},
};

pub(crate) fn tests() -> Vec<Trial> {
    let tests = [
        answers::tests(),
        calls::tests(),
        code::tests(),
        exceptions::tests(),
        passkeys::tests(),
    ];
    tests.into_iter().flatten().collect()
}

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct-Horse-7-battery";
const CODE: &str = "204816";
const PASSKEY: &str = "4Wb5x0mQ";
const CREDENTIAL: &str =
    r#"{"id":"4Wb5x0mQ","response":{"transports":["usb"]},"type":"public-key"}"#;
const USERNAME: &str = "3f2c1b7a-0000-4000-8000-000000000001";
/// A session of Cognito, alone and packed with the user's name.
const SESSION: &str = "session-of-cognito";
const PACKED_SESSION: &str = "M2YyYzFiN2EtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAx.session-of-cognito";

async fn on(answer: impl Fn(&Asked) -> Canned + Send + Sync + 'static) -> (CognitoIdentity, Stub) {
    let cognito = Stub::start(answer).await;
    (cognito_identity(cognito.url()), cognito)
}

/// The answers of Cognito when every call succeeds.
fn good(asked: &Asked) -> Canned {
    Canned::ok(match asked.target.as_str() {
        "SignUp" => json!({ "UserConfirmed": false, "UserSub": "x" }),
        "AdminInitiateAuth" if asked.body()["AuthFlow"] == "USER_AUTH" => passkey_challenge(),
        "AdminInitiateAuth" | "AdminRespondToAuthChallenge" | "GetTokensFromRefreshToken" => {
            tokens()
        }
        "GetUser" => user(&json!([{ "Name": "email", "Value": EMAIL }])),
        "AssociateSoftwareToken" => json!({ "SecretCode": "JBSWY3DPEHPK3PXP" }),
        "StartWebAuthnRegistration" => {
            json!({ "CredentialCreationOptions": { "challenge": "YQ" } })
        }
        "ListWebAuthnCredentials" => json!({ "Credentials": [] }),
        "VerifySoftwareToken" => json!({ "Status": "SUCCESS" }),
        _ => json!({}),
    })
}

fn passkey_challenge() -> Value {
    json!({
        "ChallengeName": "WEB_AUTHN", "Session": SESSION,
        "ChallengeParameters": {
            "CREDENTIAL_REQUEST_OPTIONS": r#"{"challenge":"YQ"}"#, "USERNAME": USERNAME,
        },
    })
}

fn user(attributes: &Value) -> Value {
    json!({ "Username": USERNAME, "UserAttributes": attributes })
}

fn signed_in() -> SignedInUser {
    SignedInUser {
        id: UserId::new(USERNAME),
        username: USERNAME.to_owned(),
        access_token: "access-token".into(),
    }
}

fn client() -> ClientContext {
    ClientContext {
        address: Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7))),
        user_agent: Some("Movies/1.0 (iPhone)".to_owned()),
    }
}

fn email() -> Email {
    Email::parse(EMAIL).unwrap()
}

const OPERATIONS: [&str; 25] = [
    "sign_up",
    "confirm_sign_up",
    "resend_code",
    "sign_in",
    "sign_in_with_passkey",
    "respond_to_challenge",
    "refresh",
    "sign_out",
    "forgot_password",
    "reset_password",
    "profile",
    "change_name",
    "change_email",
    "verify_email",
    "change_password",
    "set_up_totp",
    "verify_totp",
    "turn_off_totp",
    "start_passkey_registration",
    "add_passkey",
    "passkeys",
    "delete_passkey",
    "sessions",
    "sign_out_everywhere",
    "delete_account",
];

/// Calls an operation of the trait by its name.
async fn call(
    cognito: &CognitoIdentity,
    operation: &str,
    client: &ClientContext,
) -> Result<(), IdentityError> {
    let (email, user) = (email(), signed_in());
    let secret = |text: &str| SecretString::from(text);
    let (name, current) = (Name::parse("Ada").unwrap(), secret("current-password"));
    match operation {
        "sign_up" => {
            let sign_up = SignUp {
                email,
                password: secret(PASSWORD),
                name: Some(name),
            };
            cognito.sign_up(sign_up, client).await
        }
        "confirm_sign_up" => {
            let (code, password) = (secret(CODE), secret(PASSWORD));
            let confirmed = cognito.confirm_sign_up(&email, &code, Some(&password), client);
            confirmed.await.map(drop)
        }
        "resend_code" => cognito.resend_code(&email, client).await,
        "sign_in" => cognito
            .sign_in(&email, &secret(PASSWORD), client)
            .await
            .map(drop),
        "sign_in_with_passkey" => {
            let begun = cognito.sign_in_with_passkey(&email, client).await;
            begun.map(drop)
        }
        "respond_to_challenge" => {
            let answer = ChallengeAnswer {
                name: "SOFTWARE_TOKEN_MFA".to_owned(),
                session: secret(PACKED_SESSION),
                responses: [("SOFTWARE_TOKEN_MFA_CODE".to_owned(), secret(CODE))].into(),
            };
            cognito
                .respond_to_challenge(&answer, client)
                .await
                .map(drop)
        }
        "refresh" => cognito
            .refresh(&secret("refresh-token"), client)
            .await
            .map(drop),
        "sign_out" => cognito.sign_out(&secret("refresh-token")).await,
        "forgot_password" => cognito.forgot_password(&email, client).await,
        "reset_password" => {
            let (code, new) = (secret(CODE), secret(PASSWORD));
            cognito.reset_password(&email, &code, &new, client).await
        }
        "profile" => cognito.profile(&user).await.map(drop),
        "change_name" => cognito.change_name(&user, Some(&name)).await,
        "change_email" => cognito.change_email(&user, &current, &email).await,
        "verify_email" => cognito.verify_email(&user, &secret(CODE)).await,
        "change_password" => {
            let new = secret(PASSWORD);
            cognito.change_password(&user, &current, &new).await
        }
        "set_up_totp" => cognito.set_up_totp(&user, &current).await.map(drop),
        "verify_totp" => cognito.verify_totp(&user, &secret(CODE), Some(&name)).await,
        "turn_off_totp" => cognito.turn_off_totp(&user, &current).await,
        "start_passkey_registration" => {
            let started = cognito.start_passkey_registration(&user, &current).await;
            started.map(drop)
        }
        "add_passkey" => {
            let credential = WebAuthnJson::parse(CREDENTIAL).unwrap();
            cognito.add_passkey(&user, &credential).await
        }
        "passkeys" => cognito.passkeys(&user).await.map(drop),
        "delete_passkey" => {
            let id = PasskeyId::parse(PASSKEY).unwrap();
            cognito.delete_passkey(&user, &id).await
        }
        "sessions" => cognito.sessions(&user).await.map(drop),
        "sign_out_everywhere" => cognito.sign_out_everywhere(&user).await,
        "delete_account" => cognito.delete_account(&user).await,
        _ => panic!("no operation {operation}"),
    }
}

/// The outcome of an operation, as a short text.
fn outcome<T>(result: &Result<T, IdentityError>) -> &'static str {
    match result {
        Ok(_) => "success",
        Err(IdentityError::WrongCredentials) => "wrong credentials",
        Err(IdentityError::NotConfirmed) => "not confirmed",
        Err(IdentityError::ResetRequired) => "reset required",
        Err(IdentityError::WrongCode) => "wrong code",
        Err(IdentityError::WeakPassword(rules)) => match rules[..] {
            [PasswordRule::Unnamed] => "weak password",
            [PasswordRule::New] => "password used before",
            _ => panic!("{rules:?}"),
        },
        Err(IdentityError::SessionEnded) => "session ended",
        Err(IdentityError::NotAccepted) => "not accepted",
        Err(IdentityError::RegistrationEnded) => "registration ended",
        Err(IdentityError::NotPossible) => "not possible",
        Err(IdentityError::TooManyAttempts { .. }) => "too many attempts",
        Err(IdentityError::EmailQuota { .. }) => "mail quota",
        Err(IdentityError::Throttled(_)) => "throttled",
        Err(IdentityError::Unavailable(_)) => "unavailable",
        Err(IdentityError::Misconfigured(_)) => "misconfigured",
    }
}
