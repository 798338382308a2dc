//! Promises 1, 2 and 4: the reader of a mailbox can sign up with its address, and nobody else learns anything.

use accounts::identity::{
    Confirmed, Email, IdentityError::NotConfirmed, IdentityError::ResetRequired,
    IdentityError::TooManyAttempts, IdentityError::WeakPassword, IdentityError::WrongCode,
    IdentityError::WrongCredentials,
};

use crate::world::{OTHER_PASSWORD, PASSWORD, THIRD_PASSWORD, WEAK, World, fails, user_of};

pub(crate) async fn an_account_is_good_once_its_address_was_confirmed(world: World) {
    world.sign_up(&world.ada(), PASSWORD).await.unwrap();
    fails!(
        world.try_sign_in(&world.ada(), PASSWORD).await,
        NotConfirmed
    );
    let code = world.code(&world.ada()).await;
    let confirmed = world.confirm(&world.ada(), &code, Some(PASSWORD)).await;
    assert_eq!(confirmed.unwrap(), Confirmed::SignIn);
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
    // The second password gets the same answer as if there were no account, or an unconfirmed one.
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
    let confirmed = world.confirm(&world.ada(), &code, Some(PASSWORD)).await;
    assert_eq!(confirmed.unwrap(), Confirmed::SignIn);
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
        fails!(world.confirm(&address, "000000", None).await, WrongCode);
        let confirmed = world
            .confirm(&address, "000000", Some(OTHER_PASSWORD))
            .await;
        fails!(confirmed, WrongCode);
        fails!(
            world.reset(&address, "000000", OTHER_PASSWORD).await,
            WrongCode
        );
    }
}

pub(crate) async fn a_code_works_once(world: World) {
    world.sign_up(&world.ada(), PASSWORD).await.unwrap();
    let code = world.code(&world.ada()).await;
    for (password, right) in [
        (Some(PASSWORD), true),
        (Some(PASSWORD), false),
        (None, false),
    ] {
        let confirmed = world.confirm(&world.ada(), &code, password).await;
        if right {
            assert_eq!(confirmed.unwrap(), Confirmed::SignIn);
        } else {
            fails!(confirmed, WrongCode);
        }
    }
}

pub(crate) async fn guessing_a_code_is_limited(world: World) {
    world.sign_up(&world.ada(), PASSWORD).await.unwrap();
    for _ in 0..50 {
        match world.confirm(&world.ada(), "000000", None).await {
            Err(WrongCode) => {}
            Err(TooManyAttempts { retry_after }) => return assert!(!retry_after.is_zero()),
            other => panic!("{other:?}"),
        }
    }
    panic!("50 guesses were allowed");
}

/// Somebody signs up with an address that is not theirs, before its owner does or after that.
pub(crate) async fn whoever_reads_the_mail_owns_the_account(world: World) {
    for (local, order) in [
        ("first", [PASSWORD, OTHER_PASSWORD]),
        ("last", [OTHER_PASSWORD, PASSWORD]),
    ] {
        let ada = world.email(local);
        for password in order {
            world.sign_up(&ada, password).await.unwrap();
        }
        world.resend(&ada).await.unwrap();
        let code = world.code(&ada).await;
        let confirmed = world.confirm(&ada, &code, Some(PASSWORD)).await;
        assert_eq!(confirmed.unwrap(), Confirmed::SignIn);
        no_longer(&world, &ada, OTHER_PASSWORD).await;
        let user = user_of(&world.sign_in(&ada, PASSWORD).await);
        assert!(!world.identity.profile(&user).await.unwrap().totp_enabled);
    }
}

/// A confirmation without a password keeps none of the passwords of the sign-ups before it.
pub(crate) async fn a_code_alone_keeps_no_password_of_several_sign_ups(world: World) {
    for password in [PASSWORD, OTHER_PASSWORD] {
        world.sign_up(&world.ada(), password).await.unwrap();
    }
    world.resend(&world.ada()).await.unwrap();
    let code = world.code(&world.ada()).await;
    let confirmed = world.confirm(&world.ada(), &code, None).await;
    assert_eq!(confirmed.unwrap(), Confirmed::ResetPassword);
    for password in [PASSWORD, OTHER_PASSWORD] {
        no_longer(&world, &world.ada(), password).await;
    }
    let code = world.code(&world.ada()).await;
    let reset = world.reset(&world.ada(), &code, THIRD_PASSWORD).await;
    reset.unwrap();
    world.sign_in(&world.ada(), THIRD_PASSWORD).await;
}

/// Demands that this password does not sign in, whatever the error is.
async fn no_longer(world: &World, email: &Email, password: &str) {
    let signed_in = world.try_sign_in(email, password).await;
    fails!(signed_in, WrongCredentials | NotConfirmed | ResetRequired);
}
