use std::time::Duration;

use accounts::identity::{
    AccountOperations as _, Email, IdentityError, PasswordOperations as _, SignInOperations as _,
    SignInStep, SignedInUser,
};
use serde_json::json;

use super::scene::{OTHER, PASSWORD, Scene, claims, email, user};

/// Gives Grace an account and signs her in, where Ada has an account already.
async fn grace(scene: &Scene) -> SignedInUser {
    let grace = email("grace@example.com");
    let (identity, client) = (&scene.identity, &scene.client);
    scene.sign_up_as(&grace, PASSWORD).await.unwrap();
    let code = scene.mailbox.code_for(&grace).unwrap();
    scene.confirm_as(&grace, &code, None).await.unwrap();
    let step = identity.sign_in(&grace, &PASSWORD.into(), client).await;
    match step.unwrap() {
        SignInStep::Done(tokens) => user(&tokens),
        SignInStep::Challenge(_) => panic!("a challenge"),
    }
}

fn code_for(scene: &Scene, to: &Email) -> secrecy::SecretString {
    scene.mailbox.code_for(to).unwrap().into()
}

#[tokio::test]
async fn of_two_who_want_an_address_at_once_one_gets_it() {
    let scene = Scene::with_ada().await;
    let (ada, grace) = (scene.user().await, grace(&scene).await);
    let wanted = email("we@example.com");
    let identity = &scene.identity;
    scene.change_email(&ada, &wanted).await.unwrap();
    let ada_code = code_for(&scene, &wanted);
    scene.change_email(&grace, &wanted).await.unwrap();
    let grace_code = code_for(&scene, &wanted);
    let (first, second) = tokio::join!(
        identity.verify_email(&ada, &ada_code),
        identity.verify_email(&grace, &grace_code),
    );
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    for lost in [first, second].into_iter().filter_map(Result::err) {
        assert!(matches!(lost, IdentityError::WrongCode));
    }
}

#[tokio::test]
async fn an_address_that_nobody_confirmed_is_free_for_whoever_can() {
    let scene = Scene::with_ada().await;
    let wanted = email("ada@example.org");
    scene.sign_up_as(&wanted, OTHER).await.unwrap();
    let squatters = scene.mailbox.code_for(&wanted).unwrap();
    let ada = scene.user().await;
    let (identity, client) = (&scene.identity, &scene.client);
    scene.change_email(&ada, &wanted).await.unwrap();
    let code = code_for(&scene, &wanted);
    identity.verify_email(&ada, &code).await.unwrap();
    let confirmed = scene.confirm_as(&wanted, &squatters, None).await;
    assert!(matches!(confirmed, Err(IdentityError::WrongCode)));
    let theirs = identity.sign_in(&wanted, &OTHER.into(), client).await;
    // The same answer as before: it must not tell that somebody has the address now.
    assert!(matches!(theirs, Err(IdentityError::NotConfirmed)));
    identity
        .sign_in(&wanted, &PASSWORD.into(), client)
        .await
        .unwrap();
}

#[tokio::test]
async fn groups_go_along_to_the_new_address_and_old_codes_do_not_work() {
    let scene = Scene::with_ada().await;
    let tokens = scene.sign_in(PASSWORD).await.unwrap();
    let ada = user(&tokens);
    let wanted = email("ada@example.org");
    let (identity, client) = (&scene.identity, &scene.client);
    let added = identity.add_to_group(&scene.ada, "editors").await;
    added.unwrap();
    identity.forgot_password(&scene.ada, client).await.unwrap();
    let reset_code = scene.code();
    scene.change_email(&ada, &wanted).await.unwrap();
    let code = code_for(&scene, &wanted);
    identity.verify_email(&ada, &code).await.unwrap();
    let again = identity.verify_email(&ada, &code).await;
    assert!(matches!(again, Err(IdentityError::WrongCode)));

    let refreshed = scene.refresh(&tokens.refresh).await.unwrap();
    let claims = claims(&refreshed.access);
    assert_eq!(claims["cognito:groups"], json!(["editors"]));
    assert_eq!(claims["sub"], ada.id.as_str());
    for address in [&scene.ada, &wanted] {
        let reset = scene.reset(address, &reset_code, OTHER).await;
        assert!(matches!(reset, Err(IdentityError::WrongCode)));
    }
    // A new user with the old address is not an editor.
    scene.sign_up(PASSWORD).await.unwrap();
    scene.confirm(&scene.code()).await.unwrap();
    let tokens = scene.sign_in(PASSWORD).await.unwrap();
    let newcomer = super::scene::claims(&tokens.access);
    assert!(newcomer.get("cognito:groups").is_none());
    assert_ne!(newcomer["sub"], claims["sub"]);
}

#[tokio::test]
async fn an_address_can_be_changed_to_itself() {
    let scene = Scene::with_ada().await;
    let ada = scene.user().await;
    let identity = &scene.identity;
    scene.change_email(&ada, &scene.ada).await.unwrap();
    let code = code_for(&scene, &scene.ada);
    identity.verify_email(&ada, &code).await.unwrap();
    let profile = identity.profile(&ada).await.unwrap();
    assert_eq!(profile.email, Some(scene.ada.clone()));
    assert_eq!(profile.pending_email, None);
    scene.sign_in(PASSWORD).await.unwrap();
}

#[tokio::test]
async fn the_address_before_is_told_and_a_wrong_password_changes_nothing() {
    let scene = Scene::with_ada().await;
    let ada = scene.user().await;
    let wanted = email("ada@example.org");
    let letters = scene.mailbox.letters().len();
    let identity = &scene.identity;
    let changed = identity.change_email(&ada, &OTHER.into(), &wanted).await;
    assert!(matches!(changed, Err(IdentityError::WrongCredentials)));
    assert_eq!(scene.mailbox.letters().len(), letters);
    assert_eq!(identity.profile(&ada).await.unwrap().pending_email, None);

    scene.change_email(&ada, &wanted).await.unwrap();
    let code = code_for(&scene, &wanted);
    identity.verify_email(&ada, &code).await.unwrap();
    let told = scene.mailbox.letters().remove(0);
    assert_eq!(told.to, scene.ada);
    assert!(told.subject.contains("another address"), "{}", told.subject);
    assert_eq!(told.code, None);
}

/// A user may give the code of an address to an account with an authenticator app, but still owns the address.
#[tokio::test]
async fn a_reset_removes_an_app_that_was_set_up_before_the_address_was_the_accounts() {
    for app_first in [true, false] {
        let scene = Scene::with_ada().await;
        let ada = scene.user().await;
        let wanted = email("ada@example.org");
        if app_first {
            scene.turn_on_totp(&ada).await;
        }
        scene.wait(Duration::from_secs(1));
        scene.change_email(&ada, &wanted).await.unwrap();
        let code = code_for(&scene, &wanted);
        scene.identity.verify_email(&ada, &code).await.unwrap();
        scene.wait(Duration::from_secs(1));
        if !app_first {
            scene.turn_on_totp(&ada).await;
        }
        let forgot = scene.identity.forgot_password(&wanted, &scene.client);
        forgot.await.unwrap();
        let code = scene.mailbox.code_for(&wanted).unwrap();
        scene.reset(&wanted, &code, OTHER).await.unwrap();
        let (identity, client) = (&scene.identity, &scene.client);
        let step = identity.sign_in(&wanted, &OTHER.into(), client).await;
        let signed_in = matches!(step.unwrap(), SignInStep::Done(_));
        assert_eq!(signed_in, app_first);
    }
}
