//! The exceptions of Cognito, from every operation.

mod table;

use serde_json::json;
use tests::stub::{Asked, Canned};

use self::table::{COMMON, MEANINGS, UNLESS};
use super::{OPERATIONS, call, client, good, on, outcome};

crate::tests![
    every_exception_means_the_same_from_every_operation_but_for_these,
    a_revoked_token_ends_the_session,
    some_exceptions_are_told_apart_by_their_words,
    a_password_is_proved_like_at_a_sign_in,
];

fn error(exception: &str, message: &str) -> Canned {
    Canned {
        status: 400,
        body: json!({ "__type": exception, "message": message }),
    }
}

async fn every_exception_means_the_same_from_every_operation_but_for_these() {
    let general = MEANINGS
        .iter()
        .flat_map(|&(meaning, exceptions)| exceptions.iter().map(move |&name| (name, meaning)))
        .chain(COMMON.iter().copied());
    let mut wrong = Vec::new();
    for (exception, meaning) in general {
        for operation in OPERATIONS {
            let special = UNLESS.iter().find(|(operations, exceptions, _)| {
                operations.contains(&operation) && exceptions.contains(&exception)
            });
            let expected = special.map_or(meaning, |(_, _, meaning)| meaning);
            let (cognito, _stub) = on(move |asked: &Asked| match asked.target.as_str() {
                "GetUser" if operation != "profile" => good(asked),
                // The proof of the current password: see `a_password_is_proved_like_at_a_sign_in`.
                "AdminInitiateAuth" if !operation.starts_with("sign_in") => good(asked),
                "ResendConfirmationCode" if operation == "sign_up" => good(asked),
                _ => error(exception, "words that nobody must see"),
            })
            .await;
            let result = call(&cognito, operation, &client()).await;
            let found = outcome(&result);
            if found != expected {
                wrong.push(format!("{operation}, {exception}: {found}, not {expected}"));
            }
            if let Err(error) = result {
                assert!(
                    !format!("{error:?} {error}").contains("nobody"),
                    "{error:?}"
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The operations that take the current password.
const PROVED: [&str; 4] = [
    "change_email",
    "set_up_totp",
    "turn_off_totp",
    "start_passkey_registration",
];

async fn a_password_is_proved_like_at_a_sign_in() {
    for (exception, expected) in [
        ("NotAuthorizedException", "wrong credentials"),
        ("InvalidParameterException", "wrong credentials"),
        ("UserLambdaValidationException", "wrong credentials"),
        ("UserNotFoundException", "session ended"),
        ("UserNotConfirmedException", "session ended"),
        ("PasswordResetRequiredException", "session ended"),
        ("TooManyRequestsException", "throttled"),
        ("InternalErrorException", "unavailable"),
    ] {
        for operation in PROVED {
            let (cognito, stub) = on(move |asked: &Asked| match asked.target.as_str() {
                "AdminInitiateAuth" => error(exception, "no"),
                _ => good(asked),
            })
            .await;
            let result = call(&cognito, operation, &client()).await;
            assert_eq!(outcome(&result), expected, "{operation}: {exception}");
            let targets = stub.targets();
            let only_proof = |target: &String| target == "GetUser" || target == "AdminInitiateAuth";
            assert!(targets.iter().all(only_proof), "{targets:?}");
        }
    }
}

async fn a_revoked_token_ends_the_session() {
    for operation in [
        "refresh",
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
    ] {
        let (cognito, _stub) = on(|_| error("NotAuthorizedException", "revoked")).await;
        let result = call(&cognito, operation, &client()).await;
        assert_eq!(outcome(&result), "session ended", "{operation}");
    }
}

async fn some_exceptions_are_told_apart_by_their_words() {
    for (operation, exception, message, expected) in [
        (
            "sign_up",
            "UserLambdaValidationException",
            "PreSignUp failed with error address-in-use: another user has it.",
            "success",
        ),
        (
            "sign_up",
            "InvalidParameterException",
            "Invalid email address format.",
            "success",
        ),
        (
            "sign_up",
            "InvalidParameterException",
            "Value at 'username' failed",
            "success",
        ),
        (
            "sign_in",
            "InvalidParameterException",
            "Auth flow not enabled for this client",
            "misconfigured",
        ),
        // The function's settings do not match the user pool: no password, code or session is wrong.
        (
            "sign_in",
            "NotAuthorizedException",
            "Unable to verify secret hash for client abc",
            "misconfigured",
        ),
        (
            "forgot_password",
            "NotAuthorizedException",
            "Client abc is configured with secret but SECRET_HASH was not received",
            "misconfigured",
        ),
        (
            "confirm_sign_up",
            "NotAuthorizedException",
            "Unable to verify secret hash for client abc",
            "misconfigured",
        ),
        (
            "respond_to_challenge",
            "NotAuthorizedException",
            "Unable to verify secret hash for client abc",
            "misconfigured",
        ),
        (
            "sign_out",
            "NotAuthorizedException",
            "Invalid client secret",
            "misconfigured",
        ),
        (
            "sign_in_with_passkey",
            "InvalidParameterException",
            "USER_AUTH is not enabled for the client.",
            "not possible",
        ),
        (
            "respond_to_challenge",
            "NotAuthorizedException",
            "Incorrect username or password.",
            "wrong credentials",
        ),
        (
            "respond_to_challenge",
            "NotAuthorizedException",
            "Invalid session for the user.",
            "session ended",
        ),
        (
            "change_password",
            "InvalidParameterException",
            "Value at 'proposedPassword' failed",
            "weak password",
        ),
        (
            "change_password",
            "InvalidParameterException",
            "Value at 'previousPassword' failed",
            "wrong credentials",
        ),
    ] {
        let (cognito, _stub) = on(move |asked: &Asked| match asked.target.as_str() {
            "GetUser" => good(asked),
            _ => error(exception, message),
        })
        .await;
        let result = call(&cognito, operation, &client()).await;
        assert_eq!(outcome(&result), expected, "{operation}: {message}");
    }
}
