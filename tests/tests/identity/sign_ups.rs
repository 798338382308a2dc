//! Promises 1, 2 and 4: who has a mailbox can sign up with it, and nobody else learns a thing.

use api::identity::IdentityError::{
    NotConfirmed, TooManyAttempts, WeakPassword, WrongCode, WrongCredentials,
};

use crate::world::{OTHER_PASSWORD, PASSWORD, WEAK, World, fails};

pub(crate) async fn an_account_is_good_once_its_address_was_confirmed(world: World) {
    world.sign_up(&world.ada(), PASSWORD).await.unwrap();
    fails!(
        world.try_sign_in(&world.ada(), PASSWORD).await,
        NotConfirmed
    );
    let code = world.code(&world.ada()).await;
    world.confirm(&world.ada(), &code).await.unwrap();
    let tokens = world.sign_in(&world.ada(), PASSWORD).await;
    assert!(!tokens.expires_in.is_zero());
}

pub(crate) async fn a_confirmed_address_is_verified(world: World) {
    let user = world.user(&world.ada()).await;
    let profile = world.identity.profile(&user).await.unwrap();
    assert!(profile.email_verified);
}

pub(crate) async fn a_second_sign_up_changes_nothing_and_tells_nothing(world: World) {
    world.account(&world.ada()).await;
    world.sign_up(&world.ada(), OTHER_PASSWORD).await.unwrap();
    // Whoever does that may hear what they would without an account.
    fails!(
        world.try_sign_in(&world.ada(), OTHER_PASSWORD).await,
        WrongCredentials | NotConfirmed
    );
    world.sign_in(&world.ada(), PASSWORD).await;
}

pub(crate) async fn a_weak_password_makes_no_account(world: World) {
    fails!(world.sign_up(&world.ada(), WEAK).await, WeakPassword(_));
    assert_eq!(world.mailed(&world.ada()).await, None);
    fails!(
        world.try_sign_in(&world.ada(), WEAK).await,
        WrongCredentials
    );
}

pub(crate) async fn a_code_is_sent_again(world: World) {
    world.sign_up(&world.ada(), PASSWORD).await.unwrap();
    world.resend(&world.ada()).await.unwrap();
    let code = world.code(&world.ada()).await;
    world.confirm(&world.ada(), &code).await.unwrap();
    world.sign_in(&world.ada(), PASSWORD).await;
}

pub(crate) async fn asking_for_a_code_tells_nothing(world: World) {
    let (unknown, waiting, confirmed, invited) = (
        world.email("unknown"),
        world.email("waiting"),
        world.email("confirmed"),
        world.email("invited"),
    );
    world.sign_up(&waiting, PASSWORD).await.unwrap();
    world.account(&confirmed).await;
    world.invite(&invited).await;
    for address in [&unknown, &waiting, &confirmed, &invited] {
        world.resend(address).await.unwrap();
        world.forgot(address).await.unwrap();
    }
    assert_eq!(world.mailed(&unknown).await, None);
}

pub(crate) async fn a_wrong_code_tells_nothing(world: World) {
    let (waiting, confirmed) = (world.email("waiting"), world.email("confirmed"));
    world.sign_up(&waiting, PASSWORD).await.unwrap();
    world.account(&confirmed).await;
    for address in [world.email("unknown"), waiting, confirmed] {
        fails!(world.confirm(&address, "000000").await, WrongCode);
        fails!(
            world.reset(&address, "000000", OTHER_PASSWORD).await,
            WrongCode
        );
    }
}

pub(crate) async fn a_code_works_once(world: World) {
    world.sign_up(&world.ada(), PASSWORD).await.unwrap();
    let code = world.code(&world.ada()).await;
    world.confirm(&world.ada(), &code).await.unwrap();
    fails!(world.confirm(&world.ada(), &code).await, WrongCode);
}

pub(crate) async fn guessing_a_code_is_limited(world: World) {
    world.sign_up(&world.ada(), PASSWORD).await.unwrap();
    for _ in 0..50 {
        match world.confirm(&world.ada(), "000000").await {
            Err(WrongCode) => {}
            Err(TooManyAttempts { retry_after }) => return assert!(!retry_after.is_zero()),
            other => panic!("{other:?}"),
        }
    }
    panic!("50 guesses were allowed");
}
