use std::time::Duration;

use accounts::identity::{
    AccountOperations as _, IdentityError, PasswordOperations as _, SessionOperations as _,
};

use super::scene::{OTHER, PASSWORD, Scene, claims, user};

const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn a_refresh_token_that_was_exchanged_is_good_for_ten_more_seconds() {
    let scene = Scene::with_ada().await;
    let first = scene.sign_in(PASSWORD).await.unwrap();
    scene.wait(Duration::from_millis(900));
    let lost = scene.refresh(&first.refresh).await.unwrap();
    scene.wait(Duration::from_secs(10));
    let second = scene.refresh(&first.refresh).await.unwrap();
    for tokens in [&lost, &second] {
        let (then, now) = (claims(&first.access), claims(&tokens.access));
        assert_eq!(now["origin_jti"], then["origin_jti"]);
        assert_eq!(now["auth_time"], then["auth_time"]);
        assert_ne!(now["jti"], then["jti"]);
    }
    scene.wait(Duration::from_millis(1));
    scene.refresh(&second.refresh).await.unwrap();
}

#[tokio::test]
async fn a_refresh_token_that_is_used_again_later_ends_its_session_and_no_other() {
    let scene = Scene::with_ada().await;
    let elsewhere = scene.sign_in(PASSWORD).await.unwrap();
    let first = scene.sign_in(PASSWORD).await.unwrap();
    let second = scene.refresh(&first.refresh).await.unwrap();
    scene.wait(Duration::from_millis(10_001));
    for token in [&first.refresh, &second.refresh] {
        let refreshed = scene.refresh(token).await;
        assert!(matches!(refreshed, Err(IdentityError::SessionEnded)));
    }
    let profile = scene.identity.profile(&user(&second)).await;
    assert!(matches!(profile, Err(IdentityError::SessionEnded)));
    scene.refresh(&elsewhere.refresh).await.unwrap();
}

/// Once a successor is used, its answer has arrived, so nobody has a reason to retry the old token: a second use means
/// a second holder.
#[tokio::test]
async fn the_grace_of_a_refresh_token_ends_when_a_successor_is_used() {
    let scene = Scene::with_ada().await;
    let first = scene.sign_in(PASSWORD).await.unwrap();
    let second = scene.refresh(&first.refresh).await.unwrap();
    let third = scene.refresh(&second.refresh).await.unwrap();
    for token in [&first.refresh, &third.refresh] {
        let refreshed = scene.refresh(token).await;
        assert!(matches!(refreshed, Err(IdentityError::SessionEnded)));
    }
}

#[tokio::test]
async fn of_several_successors_one_goes_on_and_another_ends_the_session() {
    let scene = Scene::with_ada().await;
    let first = scene.sign_in(PASSWORD).await.unwrap();
    let mut successors = Vec::new();
    for _ in 0..30 {
        successors.push(scene.refresh(&first.refresh).await.unwrap());
    }
    scene.wait(Duration::from_secs(11));
    let owner = scene.refresh(&successors[7].refresh).await.unwrap();
    // An answer that got lost.
    scene.refresh(&successors[7].refresh).await.unwrap();
    let thief = scene.refresh(&successors[20].refresh).await;
    assert!(matches!(thief, Err(IdentityError::SessionEnded)));
    let owner = scene.refresh(&owner.refresh).await;
    assert!(matches!(owner, Err(IdentityError::SessionEnded)));
}

#[tokio::test]
async fn a_session_ends_thirty_days_after_the_sign_in_however_often_it_was_refreshed() {
    let scene = Scene::with_ada().await;
    let mut tokens = scene.sign_in(PASSWORD).await.unwrap();
    for _ in 0..29 {
        scene.wait(DAY);
        tokens = scene.refresh(&tokens.refresh).await.unwrap();
    }
    let profile = scene.identity.profile(&user(&tokens)).await;
    profile.unwrap();
    scene.wait(DAY);
    let refreshed = scene.refresh(&tokens.refresh).await;
    assert!(matches!(refreshed, Err(IdentityError::SessionEnded)));
    let profile = scene.identity.profile(&user(&tokens)).await;
    assert!(matches!(profile, Err(IdentityError::SessionEnded)));
    // The refused refresh was rolled back together with its sweep; the next write sweeps again.
    scene.identity.sign_out(&tokens.refresh).await.unwrap();
    let dump = scene.dump();
    assert!(!dump.contains("last_used_at"), "{dump}");
    assert!(!dump.contains("generation"), "{dump}");
}

#[tokio::test]
async fn a_new_password_for_a_forgotten_one_ends_all_sessions_and_a_changed_one_ends_none() {
    let scene = Scene::with_ada().await;
    let tokens = scene.sign_in(PASSWORD).await.unwrap();
    let user = user(&tokens);
    let changed = scene.change_password(&user, PASSWORD, OTHER).await;
    changed.unwrap();
    let tokens = scene.refresh(&tokens.refresh).await.unwrap();
    let forgot = scene.identity.forgot_password(&scene.ada, &scene.client);
    forgot.await.unwrap();
    let reset = scene.reset(&scene.ada, &scene.code(), PASSWORD).await;
    reset.unwrap();
    let refreshed = scene.refresh(&tokens.refresh).await;
    assert!(matches!(refreshed, Err(IdentityError::SessionEnded)));
}

#[tokio::test]
async fn a_token_of_no_session_shows_no_profile() {
    let scene = Scene::with_ada().await;
    let mut user = scene.user().await;
    let mut claims = claims(&user.access_token);
    claims.as_object_mut().unwrap().remove("origin_jti");
    user.access_token = scene.identity.sign(&claims).into();
    let profile = scene.identity.profile(&user).await;
    assert!(matches!(profile, Err(IdentityError::SessionEnded)));
}
