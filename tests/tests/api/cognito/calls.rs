//! The calls to Cognito.

use std::collections::BTreeSet;

use accounts::identity::{AccountOperations as _, ClientContext, PASSWORD_POLICY};
use serde_json::{Value, json};
use tests::{
    issuer::{CLIENT, CLIENT_SECRET},
    service::POOL,
};

use super::{
    CODE, CREDENTIAL, EMAIL, OPERATIONS, PASSKEY, PASSWORD, SESSION, USERNAME, call, client, good,
    on, signed_in,
};

crate::tests![
    each_operation_asks_for_what_it_needs,
    a_sign_up_has_a_password_that_nobody_knows,
    without_an_address_nothing_is_said_of_the_client,
    a_name_is_removed_with_a_blank_one,
    what_works_once_is_tried_once,
    everything_else_is_tried_again,
];

/// The `SECRET_HASH` of the address: `printf %s "$username$client" | openssl dgst -sha256 -hmac "$secret" -binary |
/// base64`.
const EMAIL_HASH: &str = "clNYLNqA9PBWDgPRCsJVujnyUEUC7766e2hP32OVn88=";
/// The same for the username.
pub(super) const USERNAME_HASH: &str = "06jXqF0ElHQIWHSKA42a2fFRHWfNwxhSTBdVPUyvogw=";

/// Replaces a random password in the compared calls.
const RANDOM: &str = "random";

fn asked(target: &str, body: Value) -> (String, Value) {
    (target.to_owned(), body)
}

/// The calls of an operation, in order.
#[expect(clippy::too_many_lines, reason = "a table")]
fn expected(operation: &str) -> Vec<(String, Value)> {
    let user_context = json!({ "IpAddress": "192.0.2.7" });
    let context = |path: &str| {
        json!({
            "IpAddress": "192.0.2.7", "ServerName": "api", "ServerPath": path,
            "HttpHeaders": [{ "headerName": "User-Agent", "headerValue": "Movies/1.0 (iPhone)" }],
        })
    };
    let token = "access-token";
    let preference = |on: bool| {
        let settings = json!({ "Enabled": on, "PreferredMfa": on });
        json!({ "UserPoolId": POOL, "Username": USERNAME, "SoftwareTokenMfaSettings": settings })
    };
    let attributes = |name: &str, value: &str| {
        let attributes = json!([{ "Name": name, "Value": value }]);
        json!({ "UserPoolId": POOL, "Username": USERNAME, "UserAttributes": attributes })
    };
    let passkeys_count = |count: bool| {
        let settings = json!({ "Enabled": count });
        let body =
            json!({ "UserPoolId": POOL, "Username": USERNAME, "WebAuthnMfaSettings": settings });
        asked("AdminSetUserMFAPreference", body)
    };
    let get_user = asked("GetUser", json!({ "AccessToken": token }));
    let of_user = json!({ "UserPoolId": POOL, "Username": USERNAME });
    let sign_out = asked(
        "AdminUserGlobalSignOut",
        json!({ "UserPoolId": POOL, "Username": EMAIL }),
    );
    let proof = asked(
        "AdminInitiateAuth",
        json!({
            "UserPoolId": POOL, "ClientId": CLIENT, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": USERNAME, "PASSWORD": "current-password", "SECRET_HASH": USERNAME_HASH },
        }),
    );
    match operation {
        "sign_up" => vec![asked(
            "SignUp",
            json!({
                "ClientId": CLIENT, "SecretHash": EMAIL_HASH, "Username": EMAIL, "Password": RANDOM, "UserContextData": user_context,
                "UserAttributes": [{ "Name": "email", "Value": EMAIL }, { "Name": "name", "Value": "Ada" }],
            }),
        )],
        "confirm_sign_up" => vec![
            asked(
                "ConfirmSignUp",
                json!({
                    "ClientId": CLIENT, "SecretHash": EMAIL_HASH, "Username": EMAIL, "ConfirmationCode": CODE, "UserContextData": user_context,
                }),
            ),
            asked(
                "AdminSetUserPassword",
                json!({ "UserPoolId": POOL, "Username": EMAIL, "Password": PASSWORD, "Permanent": true }),
            ),
            sign_out,
        ],
        "resend_code" => vec![asked(
            "ResendConfirmationCode",
            json!({
                "ClientId": CLIENT, "SecretHash": EMAIL_HASH, "Username": EMAIL, "UserContextData": user_context,
            }),
        )],
        "sign_in" => vec![asked(
            "AdminInitiateAuth",
            json!({
                "UserPoolId": POOL, "ClientId": CLIENT, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
                "AuthParameters": { "USERNAME": EMAIL, "PASSWORD": PASSWORD, "SECRET_HASH": EMAIL_HASH },
                "ContextData": context("/auth/sign-in"),
            }),
        )],
        "sign_in_with_passkey" => vec![asked(
            "AdminInitiateAuth",
            json!({
                "UserPoolId": POOL, "ClientId": CLIENT, "AuthFlow": "USER_AUTH",
                "AuthParameters": { "USERNAME": EMAIL, "PREFERRED_CHALLENGE": "WEB_AUTHN", "SECRET_HASH": EMAIL_HASH },
                "ContextData": context("/auth/sign-in-with-passkey"),
            }),
        )],
        "respond_to_challenge" => vec![asked(
            "AdminRespondToAuthChallenge",
            json!({
                "UserPoolId": POOL, "ClientId": CLIENT, "ChallengeName": "SOFTWARE_TOKEN_MFA",
                "ChallengeResponses": {
                    "USERNAME": USERNAME, "SOFTWARE_TOKEN_MFA_CODE": CODE, "SECRET_HASH": USERNAME_HASH,
                },
                "Session": SESSION, "ContextData": context("/auth/respond-to-challenge"),
            }),
        )],
        "refresh" => vec![asked(
            "GetTokensFromRefreshToken",
            json!({
                "ClientId": CLIENT, "ClientSecret": CLIENT_SECRET, "RefreshToken": "refresh-token",
            }),
        )],
        "sign_out" => vec![asked(
            "RevokeToken",
            json!({ "ClientId": CLIENT, "ClientSecret": CLIENT_SECRET, "Token": "refresh-token" }),
        )],
        "forgot_password" => vec![asked(
            "ForgotPassword",
            json!({
                "ClientId": CLIENT, "SecretHash": EMAIL_HASH, "Username": EMAIL, "UserContextData": user_context,
            }),
        )],
        "reset_password" => vec![
            asked(
                "ConfirmForgotPassword",
                json!({
                    "ClientId": CLIENT, "SecretHash": EMAIL_HASH, "Username": EMAIL, "ConfirmationCode": CODE, "Password": PASSWORD,
                    "UserContextData": user_context,
                }),
            ),
            sign_out,
        ],
        "profile" => vec![get_user],
        "change_name" => vec![
            get_user,
            asked("AdminUpdateUserAttributes", attributes("name", "Ada")),
        ],
        "change_email" => vec![
            get_user,
            proof,
            asked("AdminUpdateUserAttributes", attributes("email", EMAIL)),
        ],
        "verify_email" => vec![asked(
            "VerifyUserAttribute",
            json!({
                "AccessToken": token, "AttributeName": "email", "Code": CODE,
            }),
        )],
        "change_password" => vec![asked(
            "ChangePassword",
            json!({
                "AccessToken": token, "PreviousPassword": "current-password", "ProposedPassword": PASSWORD,
            }),
        )],
        "set_up_totp" => vec![
            get_user,
            proof,
            asked("AssociateSoftwareToken", json!({ "AccessToken": token })),
        ],
        "verify_totp" => vec![
            asked(
                "VerifySoftwareToken",
                json!({
                    "AccessToken": token, "UserCode": CODE, "FriendlyDeviceName": "Ada",
                }),
            ),
            asked("AdminSetUserMFAPreference", preference(true)),
            passkeys_count(true),
        ],
        "turn_off_totp" => vec![
            get_user,
            proof,
            passkeys_count(false),
            asked("AdminSetUserMFAPreference", preference(false)),
        ],
        "start_passkey_registration" => vec![
            get_user,
            proof,
            asked("StartWebAuthnRegistration", json!({ "AccessToken": token })),
        ],
        "add_passkey" => {
            let credential: Value = serde_json::from_str(CREDENTIAL).unwrap();
            vec![
                asked(
                    "CompleteWebAuthnRegistration",
                    json!({ "AccessToken": token, "Credential": credential }),
                ),
                passkeys_count(true),
            ]
        }
        "passkeys" => vec![asked(
            "ListWebAuthnCredentials",
            json!({ "AccessToken": token, "MaxResults": 20 }),
        )],
        "delete_passkey" => vec![asked(
            "DeleteWebAuthnCredential",
            json!({ "AccessToken": token, "CredentialId": PASSKEY }),
        )],
        "sessions" => vec![asked(
            "ListDevices",
            json!({ "AccessToken": token, "Limit": 60 }),
        )],
        "sign_out_everywhere" => vec![asked("AdminUserGlobalSignOut", of_user)],
        "delete_account" => vec![asked("AdminDeleteUser", of_user)],
        _ => panic!("no operation {operation}"),
    }
}

async fn each_operation_asks_for_what_it_needs() {
    let (cognito, stub) = on(good).await;
    for operation in OPERATIONS {
        stub.forget();
        call(&cognito, operation, &client()).await.unwrap();
        let asked = stub.asked();
        let found = asked.iter().map(|asked| {
            let mut body = asked.body().clone();
            if asked.target == "SignUp" {
                body["Password"] = RANDOM.into();
            }
            (asked.target.clone(), body)
        });
        let found: Vec<_> = found.collect();
        assert_eq!(found, expected(operation), "{operation}");
    }
}

/// Cognito never gets the password of a sign-up, because its sender need not be the reader of the mail.
async fn a_sign_up_has_a_password_that_nobody_knows() {
    let (cognito, stub) = on(good).await;
    let mut passwords = BTreeSet::new();
    for _ in 0..3 {
        call(&cognito, "sign_up", &client()).await.unwrap();
    }
    for asked in stub.asked() {
        let password = asked.body()["Password"].as_str().unwrap().to_owned();
        assert_ne!(password, PASSWORD);
        assert!(password.len() > 40, "{}", password.len());
        let broken = PASSWORD_POLICY.broken_rules(&password.as_str().into());
        assert_eq!(broken, []);
        passwords.insert(password);
    }
    assert_eq!(passwords.len(), 3);
}

async fn without_an_address_nothing_is_said_of_the_client() {
    let (cognito, stub) = on(good).await;
    let client = ClientContext {
        address: None,
        ..client()
    };
    for operation in OPERATIONS {
        call(&cognito, operation, &client).await.unwrap();
    }
    for asked in stub.asked() {
        let body = asked.body();
        assert!(body.get("ContextData").is_none(), "{}", asked.target);
        assert!(body.get("UserContextData").is_none(), "{}", asked.target);
    }
}

async fn a_name_is_removed_with_a_blank_one() {
    let (cognito, stub) = on(good).await;
    cognito.change_name(&signed_in(), None).await.unwrap();
    let attributes = json!([{ "Name": "name", "Value": "" }]);
    assert_eq!(stub.asked()[1].body()["UserAttributes"], attributes);
}

const ONCE: [&str; 7] = [
    "confirm_sign_up",
    "respond_to_challenge",
    "reset_password",
    "verify_email",
    "change_password",
    "verify_totp",
    "add_passkey",
];

async fn tries(operation: &str) -> usize {
    let (cognito, stub) = on(|_| tests::stub::Canned {
        status: 500,
        body: json!({ "__type": "InternalErrorException" }),
    })
    .await;
    call(&cognito, operation, &client()).await.unwrap_err();
    stub.asked().len()
}

async fn what_works_once_is_tried_once() {
    for operation in ONCE {
        assert_eq!(tries(operation).await, 1, "{operation}");
    }
}

async fn everything_else_is_tried_again() {
    for operation in OPERATIONS {
        if !ONCE.contains(&operation) {
            assert_eq!(tries(operation).await, 3, "{operation}");
        }
    }
}
