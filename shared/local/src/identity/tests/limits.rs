use std::time::Duration;

use accounts::identity::{
    AccountOperations as _, Confirmed, Email, IdentityError, PasswordOperations as _,
    SignInOperations as _, SignUpOperations as _, TotpOperations as _,
};
use secrecy::SecretString;

use super::scene::{OTHER, PASSWORD, Scene, email, other, wait};

#[tokio::test]
async fn after_five_wrong_codes_even_the_right_one_has_to_wait() {
    let scene = Scene::new();
    scene.sign_up(PASSWORD).await.unwrap();
    for _ in 0..5 {
        let error = scene.confirm(other(&scene.code())).await.unwrap_err();
        assert!(matches!(error, IdentityError::WrongCode));
    }
    // A new code does not reset the count.
    scene.sign_up(PASSWORD).await.unwrap();
    assert!(wait(&scene.confirm(&scene.code()).await) > Duration::ZERO);
    scene.wait(Duration::from_secs(1));
    scene.confirm(&scene.code()).await.unwrap();
}

#[tokio::test]
async fn an_address_without_an_account_is_limited_like_one_with_an_account() {
    let scene = Scene::with_ada().await;
    let nobody = email("nobody@example.com");
    scene.wait(Duration::from_hours(25));
    for known in [scene.ada.clone(), nobody] {
        let (identity, client) = (&scene.identity, &scene.client);
        let password = SecretString::from(OTHER);
        for _ in 0..5 {
            let error = identity.sign_in(&known, &password, client).await;
            assert!(matches!(error, Err(IdentityError::WrongCredentials)));
            let reset = scene.reset(&known, "000000", OTHER).await;
            assert!(matches!(reset, Err(IdentityError::WrongCode)));
        }
        let sign_in = identity.sign_in(&known, &password, client).await;
        assert!(wait(&sign_in) > Duration::ZERO);
        let reset = scene.reset(&known, "000000", OTHER).await;
        assert!(wait(&reset) > Duration::ZERO);
    }
}

/// The limit is the same for all kinds of letters, and the caller is not told.
#[tokio::test]
async fn five_letters_to_an_address_are_free_whether_or_not_it_has_an_account() {
    let scene = Scene::with_ada().await;
    scene.wait(Duration::from_hours(25));
    for known in [scene.ada.clone(), email("nobody@example.com")] {
        let letters = || {
            let letters = scene.mailbox.letters();
            letters.iter().filter(|letter| letter.to == known).count()
        };
        let before = letters();
        for i in 0..7 {
            send(&scene, &known, i).await.unwrap();
            assert_eq!(letters() - before, (i + 1).min(5), "letter {i}");
        }
        scene.wait(Duration::from_secs(1));
        for _ in 0..2 {
            send(&scene, &known, 1).await.unwrap();
            assert_eq!(letters() - before, 6);
        }
    }
}

/// Otherwise anybody could make every code useless.
#[tokio::test]
async fn a_letter_that_is_not_sent_voids_no_code() {
    let scene = Scene::new();
    scene.sign_up(PASSWORD).await.unwrap();
    for i in 0..10 {
        send(&scene, &scene.ada, i % 2).await.unwrap();
    }
    let sent = scene.mailbox.letters().into_iter();
    let code = sent.clone().find_map(|letter| letter.code).unwrap();
    for _ in 0..3 {
        scene.sign_up(OTHER).await.unwrap();
    }
    assert_eq!(scene.confirm(&code).await.unwrap(), Confirmed::SignIn);
    scene.sign_in(PASSWORD).await.unwrap();
}

/// An observer at an address sees the same, whatever its owner does there.
#[tokio::test]
async fn success_of_one_caller_does_not_show_to_another() {
    let scene = Scene::with_ada().await;
    let nobody = email("nobody@example.com");
    scene.wait(Duration::from_hours(25));
    let (identity, client) = (&scene.identity, &scene.client);
    let mut seen = Vec::new();
    for address in [&scene.ada, &nobody] {
        let mut waits = Vec::new();
        for i in 0..30 {
            if address == &scene.ada && i % 3 == 0 {
                let _ = scene.sign_in(PASSWORD).await;
                identity.forgot_password(address, client).await.unwrap();
            }
            let guess = identity.sign_in(address, &OTHER.into(), client).await;
            waits.push(wait(&guess));
            let forgot = identity.forgot_password(address, client).await;
            waits.push(wait(&forgot));
            waits.push(wait(&scene.reset(address, "000000", OTHER).await));
            waits.push(wait(&scene.confirm_as(address, "000000", None).await));
            scene.wait(Duration::from_millis(700));
        }
        seen.push(waits);
    }
    assert_eq!(seen[0], seen[1]);
}

async fn send(scene: &Scene, to: &Email, i: usize) -> Result<(), IdentityError> {
    match i % 3 {
        0 => scene.identity.forgot_password(to, &scene.client).await,
        1 => scene.identity.resend_code(to, &scene.client).await,
        _ => scene.sign_up_as(to, OTHER).await,
    }
}

#[tokio::test]
async fn five_letters_to_whatever_addresses_are_free_to_a_user() {
    let scene = Scene::with_ada().await;
    let user = scene.user().await;
    for i in 0..6 {
        let to = email(&format!("ada{i}@example.com"));
        let sent = scene.change_email(&user, &to).await;
        assert_eq!(wait(&sent) > Duration::ZERO, i == 5);
    }
}

#[tokio::test]
async fn current_passwords_and_codes_of_a_user_are_limited() {
    let scene = Scene::with_ada().await;
    let user = scene.user().await;
    let to = email("ada@example.org");
    scene.change_email(&user, &to).await.unwrap();
    let code = scene.mailbox.code_for(&to).unwrap();
    let secret = scene.set_up_totp(&user).await.unwrap();
    let app = scene.totp(secrecy::ExposeSecret::expose_secret(&secret));
    for i in 0..6 {
        let current = if i < 5 { OTHER } else { PASSWORD };
        let changed = scene.change_password(&user, current, OTHER).await;
        let digits = if i < 5 { other(&code) } else { &code };
        let moved = scene.identity.verify_email(&user, &digits.into()).await;
        let digits = if i < 5 { other(&app) } else { &app };
        let verified = scene
            .identity
            .verify_totp(&user, &digits.into(), None)
            .await;
        for outcome in [changed, moved, verified] {
            assert_eq!(wait(&outcome) > Duration::ZERO, i == 5);
            assert!(outcome.is_err());
        }
    }
}

#[tokio::test]
async fn a_new_session_is_no_new_chance_to_guess_a_code_of_the_app() {
    let scene = Scene::with_ada().await;
    let user = scene.user().await;
    let secret = scene.turn_on_totp(&user).await;
    for i in 0..6 {
        let challenge = scene.challenge(PASSWORD).await;
        let code = scene.totp(&secret);
        let code = if i < 5 { other(&code) } else { &code };
        let answer = scene.answer(&challenge, "SOFTWARE_TOKEN_MFA_CODE", code);
        let answer = answer.await;
        assert_eq!(wait(&answer) > Duration::ZERO, i == 5);
        assert_eq!(matches!(answer, Err(IdentityError::WrongCode)), i < 5);
    }
}

#[tokio::test]
async fn who_signs_in_rightly_may_do_so_as_often_as_they_like() {
    let scene = Scene::with_ada().await;
    for _ in 0..4 {
        scene.sign_in(OTHER).await.unwrap_err();
    }
    for _ in 0..10 {
        scene.sign_in(PASSWORD).await.unwrap();
    }
}

#[tokio::test]
async fn current_passwords_are_limited_whatever_they_are_asked_for() {
    let scene = Scene::with_ada().await;
    let user = scene.user().await;
    let (identity, wrong) = (&scene.identity, OTHER.into());
    let to = email("ada@example.org");
    for i in 0..8 {
        let outcome = match i % 4 {
            0 => identity.change_email(&user, &wrong, &to).await,
            1 => identity.set_up_totp(&user, &wrong).await.map(drop),
            2 => identity.turn_off_totp(&user, &wrong).await,
            _ => scene.change_password(&user, OTHER, OTHER).await,
        };
        assert_eq!(wait(&outcome) > Duration::ZERO, i >= 5, "{i}");
        let is_wrong = matches!(outcome, Err(IdentityError::WrongCredentials));
        assert_eq!(is_wrong, i < 5, "{i}");
    }
    let changed = scene.change_email(&user, &to).await;
    assert!(wait(&changed) > Duration::ZERO);
}
