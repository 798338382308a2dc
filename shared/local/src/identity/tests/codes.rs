use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use api::identity::{Identity as _, IdentityError};
use serde_json::json;

use super::{
    super::{codes::CODES_LAST, hashing},
    scene::{OTHER, PASSWORD, Scene, claims, email},
};

#[tokio::test]
async fn a_code_is_good_for_24_hours_and_one_use() {
    let scene = Scene::new();
    scene.sign_up(PASSWORD).await.unwrap();
    let late = scene.code();
    scene.wait(CODES_LAST);
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
async fn signing_up_again_before_confirming_mails_a_new_code_and_changes_nothing_else() {
    let scene = Scene::new();
    scene.sign_up(PASSWORD).await.unwrap();
    let void = scene.code();
    scene.sign_up(OTHER).await.unwrap();
    let code = scene.code();
    // One time in a million they are the same.
    if void != code {
        let error = scene.confirm(&void).await.unwrap_err();
        assert!(matches!(error, IdentityError::WrongCode));
    }
    scene.confirm(&code).await.unwrap();
    let error = scene.sign_in(OTHER).await.unwrap_err();
    assert!(matches!(error, IdentityError::WrongCredentials));
    scene.sign_in(PASSWORD).await.unwrap();
}

/// What was kept for an address without an account is good for nothing once it has one.
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
    scene.wait(CODES_LAST);
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
