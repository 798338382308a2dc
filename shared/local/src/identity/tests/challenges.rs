use std::time::Duration;

use accounts::identity::{IdentityError, PasswordOperations as _, SignInStep, TotpOperations as _};
use secrecy::ExposeSecret as _;

use super::scene::{OTHER, PASSWORD, Scene};

const CODE: &str = "SOFTWARE_TOKEN_MFA_CODE";

#[tokio::test]
async fn a_code_of_the_app_is_good_for_one_sign_in_the_one_that_proved_the_app_too() {
    let scene = Scene::with_ada().await;
    let user = scene.user().await;
    let secret = scene.turn_on_totp(&user).await;
    let proved_with = scene.totp(&secret);
    for (i, good) in [true, false].into_iter().enumerate() {
        let challenge = scene.challenge(PASSWORD).await;
        let answer = scene.answer(&challenge, CODE, &proved_with).await;
        assert_eq!(answer.is_ok(), good, "{i}");
        if !good {
            assert!(matches!(answer, Err(IdentityError::WrongCode)));
            // The session is still valid for the next code.
            scene.wait(Duration::from_secs(30));
            let next = scene.totp(&secret);
            scene.answer(&challenge, CODE, &next).await.unwrap();
            // Then the session has ended.
            let again = scene.answer(&challenge, CODE, &next).await;
            assert!(matches!(again, Err(IdentityError::SessionEnded)));
        }
    }
}

#[tokio::test]
async fn a_challenge_waits_for_three_minutes_and_not_beyond_a_new_password() {
    let scene = Scene::with_ada().await;
    let user = scene.user().await;
    let secret = scene.turn_on_totp(&user).await;
    let challenge = scene.challenge(PASSWORD).await;
    scene.wait(Duration::from_mins(3));
    let late = scene.answer(&challenge, CODE, &scene.totp(&secret)).await;
    assert!(matches!(late, Err(IdentityError::SessionEnded)));

    let challenge = scene.challenge(PASSWORD).await;
    let changed = scene.change_password(&user, PASSWORD, OTHER).await;
    changed.unwrap();
    let late = scene.answer(&challenge, CODE, &scene.totp(&secret)).await;
    assert!(matches!(late, Err(IdentityError::SessionEnded)));

    let challenge = scene.challenge(OTHER).await;
    let forgot = scene.identity.forgot_password(&scene.ada, &scene.client);
    forgot.await.unwrap();
    let reset = scene.reset(&scene.ada, &scene.code(), PASSWORD).await;
    reset.unwrap();
    let late = scene.answer(&challenge, CODE, &scene.totp(&secret)).await;
    assert!(matches!(late, Err(IdentityError::SessionEnded)));
}

#[tokio::test]
async fn another_secret_does_nothing_until_it_is_verified() {
    let scene = Scene::with_ada().await;
    let user = scene.user().await;
    let first = scene.turn_on_totp(&user).await;
    let second = scene.set_up_totp(&user).await.unwrap();
    let challenge = scene.challenge(PASSWORD).await;
    let code = scene.totp(second.expose_secret());
    let answer = scene.answer(&challenge, CODE, &code).await;
    assert!(matches!(answer, Err(IdentityError::WrongCode)));
    let answer = scene.answer(&challenge, CODE, &scene.totp(&first)).await;
    answer.unwrap();
    let code = code.as_str().into();
    let verified = scene.identity.verify_totp(&user, &code, None).await;
    verified.unwrap();
    let challenge = scene.challenge(PASSWORD).await;
    let code = scene.totp(second.expose_secret());
    scene.answer(&challenge, CODE, &code).await.unwrap();
}

#[tokio::test]
async fn who_is_invited_replaces_the_password_that_was_mailed_and_only_once() {
    let scene = Scene::new();
    scene.identity.invite(&scene.ada).await.unwrap();
    let mailed = scene.code();
    // An address with an account is not invited again.
    scene.identity.invite(&scene.ada).await.unwrap();
    assert_eq!(scene.mailbox.letters().len(), 1);

    let challenge = scene.challenge(&mailed).await;
    assert_eq!(challenge.name, "NEW_PASSWORD_REQUIRED");
    assert_eq!(challenge.parameters["requiredAttributes"], "[]");
    let weak = scene.answer(&challenge, "NEW_PASSWORD", "weak").await;
    assert!(matches!(weak, Err(IdentityError::WeakPassword(_))));
    let other = scene.challenge(&mailed).await;
    let done = scene.answer(&challenge, "NEW_PASSWORD", PASSWORD).await;
    assert!(matches!(done, Ok(SignInStep::Done(_))));
    let late = scene.answer(&other, "NEW_PASSWORD", OTHER).await;
    assert!(matches!(late, Err(IdentityError::SessionEnded)));
    scene.sign_in(&mailed).await.unwrap_err();
    scene.sign_in(PASSWORD).await.unwrap();
}

#[tokio::test]
async fn an_app_comes_and_goes_with_the_password_only_and_a_letter_tells() {
    let scene = Scene::with_ada().await;
    let user = scene.user().await;
    let (identity, wrong) = (&scene.identity, OTHER.into());
    let set_up = identity.set_up_totp(&user, &wrong).await.map(drop);
    assert!(matches!(set_up, Err(IdentityError::WrongCredentials)));
    let newest = || scene.mailbox.letters().remove(0).subject;
    scene.turn_on_totp(&user).await;
    assert!(newest().starts_with("Signing in takes a code"));
    let turned_off = identity.turn_off_totp(&user, &wrong).await;
    assert!(matches!(turned_off, Err(IdentityError::WrongCredentials)));
    scene.challenge(PASSWORD).await;
    let turned_off = identity.turn_off_totp(&user, &PASSWORD.into()).await;
    turned_off.unwrap();
    assert!(newest().starts_with("Signing in takes no code"));
    scene.sign_in(PASSWORD).await.unwrap();
}
