use api::identity::{Email, Identity as _, IdentityError, SignedInUser};
use serde_json::json;

use super::scene::{OTHER, PASSWORD, Scene, claims, email, user};

/// Grace, with an account and signed in, at a scene where Ada has one.
async fn grace(scene: &Scene) -> SignedInUser {
    let grace = email("grace@example.com");
    let (identity, client) = (&scene.identity, &scene.client);
    scene.sign_up_as(&grace, PASSWORD).await.unwrap();
    let code = scene.mailbox.code_for(&grace).unwrap().into();
    identity
        .confirm_sign_up(&grace, &code, client)
        .await
        .unwrap();
    let step = identity.sign_in(&grace, &PASSWORD.into(), client).await;
    match step.unwrap() {
        api::identity::SignInStep::Done(tokens) => user(&tokens),
        api::identity::SignInStep::Challenge(_) => panic!("a challenge"),
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
    identity.change_email(&ada, &wanted).await.unwrap();
    let ada_code = code_for(&scene, &wanted);
    identity.change_email(&grace, &wanted).await.unwrap();
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
    let squatters = code_for(&scene, &wanted);
    let ada = scene.user().await;
    let (identity, client) = (&scene.identity, &scene.client);
    identity.change_email(&ada, &wanted).await.unwrap();
    let code = code_for(&scene, &wanted);
    identity.verify_email(&ada, &code).await.unwrap();
    let confirmed = identity.confirm_sign_up(&wanted, &squatters, client).await;
    assert!(matches!(confirmed, Err(IdentityError::WrongCode)));
    let theirs = identity.sign_in(&wanted, &OTHER.into(), client).await;
    // As before, lest it tell that somebody has the address now.
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
    identity.change_email(&ada, &wanted).await.unwrap();
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
    // Whoever signs up with the old address is no editor.
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
    identity.change_email(&ada, &scene.ada).await.unwrap();
    let code = code_for(&scene, &scene.ada);
    identity.verify_email(&ada, &code).await.unwrap();
    let profile = identity.profile(&ada).await.unwrap();
    assert_eq!(profile.email, Some(scene.ada.clone()));
    assert_eq!(profile.pending_email, None);
    scene.sign_in(PASSWORD).await.unwrap();
}
