//! Promise 6: an address is changed once it was verified, and is one account's at most.

use accounts::identity::{IdentityError::WrongCode, IdentityError::WrongCredentials};

use crate::world::{OTHER_PASSWORD, PASSWORD, WEAK, World, fails, secret};

pub(crate) async fn an_address_is_changed_once_the_new_one_is_verified(world: World) {
    let user = world.user(&world.ada()).await;
    let new = world.email("countess");
    world.change_email(&user, &new).await.unwrap();
    let before = world.identity.profile(&user).await.unwrap();
    assert_eq!(before.email, Some(world.ada()));
    world.sign_in(&world.ada(), PASSWORD).await;

    let code = secret(&world.code(&new).await);
    world.identity.verify_email(&user, &code).await.unwrap();
    let after = world.identity.profile(&user).await.unwrap();
    assert_eq!(
        (after.email, after.pending_email),
        (Some(new.clone()), None)
    );
    assert!(after.email_verified);
    world.sign_in(&new, PASSWORD).await;
    fails!(
        world.try_sign_in(&world.ada(), PASSWORD).await,
        WrongCredentials
    );
    fails!(world.identity.verify_email(&user, &code).await, WrongCode);
}

pub(crate) async fn a_wrong_code_changes_no_address(world: World) {
    let user = world.user(&world.ada()).await;
    let code = secret("000000");
    fails!(world.identity.verify_email(&user, &code).await, WrongCode);
    let new = world.email("countess");
    world.change_email(&user, &new).await.unwrap();
    fails!(world.identity.verify_email(&user, &code).await, WrongCode);
    let profile = world.identity.profile(&user).await.unwrap();
    assert_eq!(profile.email, Some(world.ada()));
}

pub(crate) async fn an_address_of_another_account_stays_there_and_nobody_is_told(world: World) {
    let bob = world.email("bob");
    let bobs = world.user(&bob).await;
    let user = world.user(&world.ada()).await;
    world.change_email(&user, &bob).await.unwrap();
    fails!(
        world.identity.verify_email(&user, &secret("000000")).await,
        WrongCode
    );
    let profile = world.identity.profile(&bobs).await.unwrap();
    assert_eq!(profile.email, Some(bob.clone()));
    world.sign_in(&bob, PASSWORD).await;
    world.sign_in(&world.ada(), PASSWORD).await;
}

/// A stolen access token is valid for 15 minutes; with a new address the thief would keep the account.
pub(crate) async fn an_address_is_not_changed_without_the_password(world: World) {
    let user = world.user(&world.ada()).await;
    let thiefs = world.email("thief");
    for wrong in [OTHER_PASSWORD, WEAK] {
        let wrong = secret(wrong);
        let changed = world.identity.change_email(&user, &wrong, &thiefs).await;
        fails!(changed, WrongCredentials);
    }
    assert_eq!(world.mailed(&thiefs).await, None);
    let profile = world.identity.profile(&user).await.unwrap();
    assert_eq!(
        (profile.email, profile.pending_email),
        (Some(world.ada()), None)
    );
}
