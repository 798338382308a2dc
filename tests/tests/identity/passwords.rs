//! Promises 3 and 4: passwords, forgotten and changed.

use accounts::identity::{
    IdentityError::SessionEnded, IdentityError::WeakPassword, IdentityError::WrongCode,
    IdentityError::WrongCredentials,
};

use crate::world::{OTHER_PASSWORD, PASSWORD, WEAK, World, fails, secret, user_of};

pub(crate) async fn a_wrong_password_and_an_unknown_address_fail_alike(world: World) {
    world.account(&world.ada()).await;
    fails!(
        world.try_sign_in(&world.ada(), OTHER_PASSWORD).await,
        WrongCredentials
    );
    let unknown = world.email("unknown");
    fails!(
        world.try_sign_in(&unknown, PASSWORD).await,
        WrongCredentials
    );
}

pub(crate) async fn a_forgotten_password_is_replaced_with_a_code(world: World) {
    world.account(&world.ada()).await;
    world.forgot(&world.ada()).await.unwrap();
    let code = world.code(&world.ada()).await;
    world.sign_in(&world.ada(), PASSWORD).await;
    world
        .reset(&world.ada(), &code, OTHER_PASSWORD)
        .await
        .unwrap();
    fails!(
        world.try_sign_in(&world.ada(), PASSWORD).await,
        WrongCredentials
    );
    world.sign_in(&world.ada(), OTHER_PASSWORD).await;
}

pub(crate) async fn a_code_to_reset_works_once(world: World) {
    world.account(&world.ada()).await;
    world.forgot(&world.ada()).await.unwrap();
    let code = world.code(&world.ada()).await;
    world
        .reset(&world.ada(), &code, OTHER_PASSWORD)
        .await
        .unwrap();
    fails!(world.reset(&world.ada(), &code, PASSWORD).await, WrongCode);
    world.sign_in(&world.ada(), OTHER_PASSWORD).await;
}

pub(crate) async fn a_wrong_code_resets_nothing(world: World) {
    world.account(&world.ada()).await;
    world.forgot(&world.ada()).await.unwrap();
    fails!(
        world.reset(&world.ada(), "000000", OTHER_PASSWORD).await,
        WrongCode
    );
    world.sign_in(&world.ada(), PASSWORD).await;
}

pub(crate) async fn a_reset_to_a_weak_password_is_refused(world: World) {
    world.account(&world.ada()).await;
    world.forgot(&world.ada()).await.unwrap();
    let code = world.code(&world.ada()).await;
    fails!(
        world.reset(&world.ada(), &code, WEAK).await,
        WeakPassword(_)
    );
    world.sign_in(&world.ada(), PASSWORD).await;
}

pub(crate) async fn a_password_is_changed_by_who_knows_it(world: World) {
    world.account(&world.ada()).await;
    let tokens = world.sign_in(&world.ada(), PASSWORD).await;
    let user = user_of(&tokens);
    let (right, new) = (secret(PASSWORD), secret(OTHER_PASSWORD));
    let wrong = secret("Wrong-Horse-9-Battery");
    fails!(
        world.identity.change_password(&user, &wrong, &new).await,
        WrongCredentials
    );
    world
        .identity
        .change_password(&user, &right, &new)
        .await
        .unwrap();
    fails!(
        world.try_sign_in(&world.ada(), PASSWORD).await,
        WrongCredentials
    );
    world.sign_in(&world.ada(), OTHER_PASSWORD).await;
    // A session that has ended is not reported as a wrong password.
    world.identity.sign_out(&tokens.refresh).await.unwrap();
    for current in [&wrong, &new] {
        let changed = world.identity.change_password(&user, current, &right).await;
        fails!(changed, SessionEnded);
    }
}

pub(crate) async fn a_change_to_a_weak_password_is_refused(world: World) {
    let user = world.user(&world.ada()).await;
    let (current, new) = (secret(PASSWORD), secret(WEAK));
    let changed = world.identity.change_password(&user, &current, &new).await;
    fails!(changed, WeakPassword(_));
    world.sign_in(&world.ada(), PASSWORD).await;
}
