use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use accounts::identity::{
    AccountOperations as _, Confirmed, IdentityError, PasswordOperations as _,
    SignInOperations as _, SignUpOperations as _,
};
use serde_json::json;

use super::{
    super::{directory::Code, hashing},
    scene::{OTHER, PASSWORD, Scene, THIRD, claims, email, other, user, wait},
};

#[tokio::test]
async fn a_code_is_good_for_24_hours_and_one_use() {
    let scene = Scene::new();
    scene.sign_up(PASSWORD).await.unwrap();
    let late = scene.code();
    scene.wait(Code::LASTS);
    let error = scene.confirm(&late).await.unwrap_err();
    assert!(matches!(error, IdentityError::WrongCode));

    scene.sign_up(PASSWORD).await.unwrap();
    let code = scene.code();
    assert!(matches!(
        scene.sign_in(PASSWORD).await,
        Err(IdentityError::NotConfirmed)
    ));
    assert!(matches!(
        scene.sign_in(OTHER).await,
        Err(IdentityError::WrongCredentials)
    ));
    scene.confirm(&code).await.unwrap();
    scene.sign_in(PASSWORD).await.unwrap();
    let error = scene.confirm(&code).await.unwrap_err();
    assert!(matches!(error, IdentityError::WrongCode));
}

#[tokio::test]
async fn signing_up_again_changes_no_confirmed_account() {
    let scene = Scene::with_ada().await;
    scene.sign_up(OTHER).await.unwrap();
    let newest = scene.mailbox.letters().remove(0);
    assert_eq!(newest.subject, "You already have an account");
    assert_eq!(newest.code, None);
    assert!(scene.sign_in(OTHER).await.is_err());
    scene.sign_in(PASSWORD).await.unwrap();
}

#[tokio::test]
async fn after_two_sign_ups_a_code_alone_keeps_neither_password() {
    for entered in [0, 1] {
        let scene = Scene::new();
        let mut codes = Vec::new();
        for password in [PASSWORD, OTHER] {
            scene.sign_up(password).await.unwrap();
            codes.push(scene.code());
        }
        // One time in a million they are the same.
        if codes[0] == codes[1] {
            continue;
        }
        let confirmed = scene.confirm(&codes[entered]).await.unwrap();
        assert_eq!(confirmed, Confirmed::ResetPassword);
        for password in [PASSWORD, OTHER] {
            scene.sign_in(password).await.unwrap_err();
        }
        // The other code is not valid any more.
        let error = scene.confirm(&codes[1 - entered]).await.unwrap_err();
        assert!(matches!(error, IdentityError::WrongCode));
        let reset = scene.reset(&scene.ada, &scene.code(), THIRD).await;
        reset.unwrap();
        scene.sign_in(THIRD).await.unwrap();
        assert_eq!(name(&scene, THIRD).await, None);
    }
}

#[tokio::test]
async fn the_password_that_comes_with_the_code_counts_whoever_signed_up() {
    for signed_up in [
        &[OTHER][..],
        &[PASSWORD],
        &[PASSWORD, OTHER],
        &[OTHER, PASSWORD],
    ] {
        let scene = Scene::new();
        for password in signed_up {
            scene.sign_up_named(password).await.unwrap();
        }
        let again = scene.identity.resend_code(&scene.ada, &scene.client);
        again.await.unwrap();
        let code = scene.code();
        let weak = scene.confirm_as(&scene.ada, &code, Some("weak")).await;
        assert!(matches!(weak, Err(IdentityError::WeakPassword(_))));
        let confirmed = scene.confirm_as(&scene.ada, &code, Some(PASSWORD)).await;
        assert_eq!(confirmed.unwrap(), Confirmed::SignIn);
        scene.sign_in(OTHER).await.unwrap_err();
        // The name is kept only if the one sign-up has the password of the user who confirms.
        let expected = (signed_up == [PASSWORD]).then_some("Ada");
        assert_eq!(name(&scene, PASSWORD).await.as_deref(), expected);
    }
}

/// A client that got no answer signs up again.
#[tokio::test]
async fn a_sign_up_that_is_repeated_is_one() {
    let scene = Scene::new();
    for _ in 0..2 {
        scene.sign_up_named(PASSWORD).await.unwrap();
    }
    let confirmed = scene.confirm(&scene.code()).await.unwrap();
    assert_eq!(confirmed, Confirmed::SignIn);
    assert_eq!(name(&scene, PASSWORD).await.as_deref(), Some("Ada"));
}

/// The name of Ada, who signs in with this password.
async fn name(scene: &Scene, password: &str) -> Option<String> {
    let tokens = scene.sign_in(password).await.unwrap();
    let profile = scene.identity.profile(&user(&tokens)).await;
    profile.unwrap().name
}

#[tokio::test]
async fn the_newest_three_sign_ups_wait_and_another_code_is_for_the_newest() {
    let scene = Scene::new();
    let mut codes = Vec::new();
    for password in [PASSWORD, OTHER, PASSWORD, OTHER] {
        scene.sign_up(password).await.unwrap();
        codes.push(scene.code());
    }
    let again = scene.identity.resend_code(&scene.ada, &scene.client);
    again.await.unwrap();
    let newest = scene.code();
    for void in [&codes[0], &codes[3]] {
        if !codes[1..3].contains(void) && *void != newest {
            let error = scene.confirm(void).await.unwrap_err();
            assert!(matches!(error, IdentityError::WrongCode));
        }
    }
    let confirmed = scene.confirm_as(&scene.ada, &newest, Some(OTHER)).await;
    confirmed.unwrap();
    scene.sign_in(OTHER).await.unwrap();
}

/// Tests an address with an account, one that was invited, and one without an account.
#[tokio::test]
async fn signing_up_and_then_in_tells_nobody_who_has_an_account() {
    let scene = Scene::with_ada().await;
    let invited = email("joan@example.com");
    scene.identity.invite(&invited).await.unwrap();
    for address in [scene.ada.clone(), invited, email("nobody@example.com")] {
        scene.sign_up_as(&address, OTHER).await.unwrap();
        let (identity, client) = (&scene.identity, &scene.client);
        for (password, waits) in [(OTHER, true), (THIRD, false)] {
            let step = identity.sign_in(&address, &password.into(), client).await;
            let error = step.err().unwrap();
            assert_eq!(
                matches!(error, IdentityError::NotConfirmed),
                waits,
                "{error}"
            );
        }
        // The two attempts above still count: the fifth wrong attempt is the last one without a wait.
        for i in 2..6 {
            let step = identity.sign_in(&address, &OTHER.into(), client).await;
            assert_eq!(wait(&step) > Duration::ZERO, i == 5);
        }
    }
}

#[tokio::test]
async fn no_code_confirms_an_address_that_has_an_account_since() {
    let scene = Scene::new();
    scene.sign_up(PASSWORD).await.unwrap();
    let code = scene.code();
    scene.identity.invite(&scene.ada).await.unwrap();
    let error = scene.confirm(&code).await.unwrap_err();
    assert!(matches!(error, IdentityError::WrongCode));
    scene.sign_in(PASSWORD).await.unwrap_err();
}

#[tokio::test]
async fn ten_wrong_guesses_void_a_code_however_long_they_take() {
    for (wrong, good) in [(9, true), (10, false)] {
        let scene = Scene::with_ada().await;
        let (identity, client) = (&scene.identity, &scene.client);
        let user = scene.user().await;
        identity.forgot_password(&scene.ada, client).await.unwrap();
        let reset = scene.code();
        let grace = email("grace@example.com");
        scene.sign_up_as(&grace, PASSWORD).await.unwrap();
        let confirm = scene.mailbox.code_for(&grace).unwrap();
        let to = email("ada@example.org");
        scene.change_email(&user, &to).await.unwrap();
        let verify = scene.mailbox.code_for(&to).unwrap();
        for i in 0..=wrong {
            let digits = |code: &str| if i < wrong { other(code) } else { code }.to_owned();
            let outcomes = [
                scene.reset(&scene.ada, &digits(&reset), PASSWORD).await,
                scene
                    .confirm_as(&grace, &digits(&confirm), None)
                    .await
                    .map(drop),
            ];
            for outcome in outcomes {
                assert_eq!(outcome.is_ok(), good && i == wrong, "{i} {outcome:?}");
                assert_eq!(wait(&outcome), Duration::ZERO);
            }
            scene.wait(Duration::from_mins(15));
        }
        let user = scene.user().await;
        for i in 0..=wrong {
            let code = if i < wrong { other(&verify) } else { &verify };
            let outcome = identity.verify_email(&user, &code.into()).await;
            assert_eq!(outcome.is_ok(), good && i == wrong, "{i} {outcome:?}");
            scene.wait(Duration::from_mins(15));
        }
    }
}

/// A code that was stored for an address without an account stays invalid once the address has one.
#[tokio::test]
async fn a_code_that_was_not_mailed_is_no_code() {
    let scene = Scene::new();
    let forgot = scene.identity.forgot_password(&scene.ada, &scene.client);
    forgot.await.unwrap();
    assert_eq!(scene.mailbox.code_for(&scene.ada), None);
    let kept = scene.dump();
    let digits = kept.split("\"digits\":\"").nth(1).unwrap();
    let digits = &digits[..6];
    scene.sign_up(PASSWORD).await.unwrap();
    scene.confirm(&scene.code()).await.unwrap();
    let reset = scene.reset(&scene.ada, digits, OTHER).await;
    assert!(matches!(reset, Err(IdentityError::WrongCode)));
}

#[tokio::test]
async fn expired_codes_do_not_pile_up() {
    let scene = Scene::new();
    for i in 0..20 {
        let somebody = email(&format!("{i}@example.com"));
        let forgot = scene.identity.forgot_password(&somebody, &scene.client);
        forgot.await.unwrap();
    }
    assert_eq!(scene.dump().matches("\"digits\"").count(), 20);
    scene.wait(Code::LASTS);
    let forgot = scene.identity.forgot_password(&scene.ada, &scene.client);
    forgot.await.unwrap();
    assert_eq!(scene.dump().matches("\"digits\"").count(), 1);
}

#[tokio::test]
async fn no_more_passwords_are_worked_on_at_once_than_there_are_cores() {
    let (at_work, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..4 * hashing::cores() {
        let (at_work, most) = (Arc::clone(&at_work), Arc::clone(&most));
        all.spawn(hashing::in_turn(move || {
            let now = at_work.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            hashing::hash(&PASSWORD.into()).unwrap();
            at_work.fetch_sub(1, Ordering::SeqCst);
        }));
    }
    for done in all.join_all().await {
        done.unwrap();
    }
    assert!((1..=hashing::cores()).contains(&most.load(Ordering::SeqCst)));
}

#[tokio::test]
async fn groups_are_in_the_tokens_even_if_the_account_came_later() {
    let scene = Scene::new();
    for group in ["editors", "critics"] {
        let added = scene.identity.add_to_group(&scene.ada, group).await;
        added.unwrap();
    }
    let neighbour = email("ada@example.com.au");
    let added = scene.identity.add_to_group(&neighbour, "spies").await;
    added.unwrap();
    scene.sign_up(PASSWORD).await.unwrap();
    scene.confirm(&scene.code()).await.unwrap();
    scene.wait(Duration::from_secs(90));
    let tokens = scene.sign_in(PASSWORD).await.unwrap();
    let claims = claims(&tokens.access);
    assert_eq!(claims["cognito:groups"], json!(["critics", "editors"]));
    assert_eq!(claims["token_use"], "access");
    assert!(claims.get("email").is_none());
}
