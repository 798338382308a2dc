//! Signing in with more than a password.

use accounts::identity::{
    Challenge, IdentityError::NotAccepted, IdentityError::SessionEnded,
    IdentityError::WeakPassword, IdentityError::WrongCode, IdentityError::WrongCredentials,
};

use secrecy::{ExposeSecret as _, SecretString};

use crate::world::{OTHER_PASSWORD, PASSWORD, WEAK, World, done, fails, secret, user_of};

const CODE: &str = "SOFTWARE_TOKEN_MFA_CODE";

pub(crate) async fn an_invited_user_chooses_a_password(world: World) {
    world.invite(&world.ada()).await;
    let temporary = world.code(&world.ada()).await;
    fails!(
        world.try_sign_in(&world.ada(), PASSWORD).await,
        WrongCredentials
    );
    let challenge = world.challenge(&world.ada(), &temporary).await;
    assert_eq!(challenge.name, "NEW_PASSWORD_REQUIRED");
    let step = world
        .respond(&challenge, &[("NEW_PASSWORD", PASSWORD)])
        .await;
    let user = user_of(&done(step.unwrap()));
    fails!(
        world.try_sign_in(&world.ada(), &temporary).await,
        WrongCredentials
    );
    let again = user_of(&world.sign_in(&world.ada(), PASSWORD).await);
    assert_eq!(again.id, user.id);
}

pub(crate) async fn an_invited_user_cannot_choose_a_weak_password(world: World) {
    world.invite(&world.ada()).await;
    let temporary = world.code(&world.ada()).await;
    let challenge = world.challenge(&world.ada(), &temporary).await;
    let step = world.respond(&challenge, &[("NEW_PASSWORD", WEAK)]).await;
    fails!(step, WeakPassword(_));
    world.challenge(&world.ada(), &temporary).await;
}

pub(crate) async fn an_authenticator_app_is_asked_for_once_it_is_set_up(world: World) {
    let user = world.user(&world.ada()).await;
    let key = world.turn_on_totp(&user).await;
    assert!(world.identity.profile(&user).await.unwrap().totp_enabled);
    fails!(
        world.try_sign_in(&world.ada(), OTHER_PASSWORD).await,
        WrongCredentials
    );
    let challenge = world.challenge(&world.ada(), PASSWORD).await;
    assert_eq!(challenge.name, "SOFTWARE_TOKEN_MFA");
    let code = world.totp(&key);
    let step = world.respond(&challenge, &[(CODE, &code)]).await;
    assert_eq!(user_of(&done(step.unwrap())).id, user.id);
}

/// A user's secret and the challenge of a sign-in.
async fn challenged(world: &World) -> (SecretString, Challenge) {
    let user = world.user(&world.ada()).await;
    let key = world.turn_on_totp(&user).await;
    (key, world.challenge(&world.ada(), PASSWORD).await)
}

pub(crate) async fn a_wrong_code_signs_nobody_in(world: World) {
    let (key, challenge) = challenged(&world).await;
    let right = world.totp(&key);
    let wrong = if right == "000000" {
        "000001"
    } else {
        "000000"
    };
    fails!(world.respond(&challenge, &[(CODE, wrong)]).await, WrongCode);
}

pub(crate) async fn a_code_of_the_app_works_once(world: World) {
    let (key, challenge) = challenged(&world).await;
    let code = world.totp(&key);
    done(world.respond(&challenge, &[(CODE, &code)]).await.unwrap());
    let challenge = world.challenge(&world.ada(), PASSWORD).await;
    fails!(world.respond(&challenge, &[(CODE, &code)]).await, WrongCode);
}

pub(crate) async fn a_secret_is_nothing_until_a_code_verified_it(world: World) {
    let user = world.user(&world.ada()).await;
    world
        .identity
        .set_up_totp(&user, &secret(PASSWORD))
        .await
        .unwrap();
    let verified = world
        .identity
        .verify_totp(&user, &secret("000000"), None)
        .await;
    fails!(verified, WrongCode);
    assert!(!world.identity.profile(&user).await.unwrap().totp_enabled);
    world.sign_in(&world.ada(), PASSWORD).await;
}

pub(crate) async fn an_authenticator_app_is_turned_off(world: World) {
    let user = world.user(&world.ada()).await;
    // It is off already.
    world.turn_off_totp(&user).await.unwrap();
    world.turn_on_totp(&user).await;
    for _ in 0..2 {
        world.turn_off_totp(&user).await.unwrap();
        assert!(!world.identity.profile(&user).await.unwrap().totp_enabled);
        world.sign_in(&world.ada(), PASSWORD).await;
    }
    // And on again, with another secret.
    world.turn_on_totp(&user).await;
    world.challenge(&world.ada(), PASSWORD).await;
}

pub(crate) async fn an_authenticator_app_comes_and_goes_with_the_password_only(world: World) {
    let user = world.user(&world.ada()).await;
    let wrong = secret(OTHER_PASSWORD);
    let set_up = world.identity.set_up_totp(&user, &wrong).await;
    fails!(set_up, WrongCredentials);
    world.turn_on_totp(&user).await;
    let turned_off = world.identity.turn_off_totp(&user, &wrong).await;
    fails!(turned_off, WrongCredentials);
    world.challenge(&world.ada(), PASSWORD).await;
}

pub(crate) async fn an_answer_of_another_form_is_not_accepted(world: World) {
    let (_, challenge) = challenged(&world).await;
    for responses in [&[][..], &[("NEW_PASSWORD", OTHER_PASSWORD)]] {
        fails!(world.respond(&challenge, responses).await, NotAccepted);
    }
}

pub(crate) async fn an_unknown_challenge_is_not_accepted(world: World) {
    let (key, challenge) = challenged(&world).await;
    let challenge = Challenge {
        name: "NO_SUCH_CHALLENGE".to_owned(),
        ..challenge
    };
    let code = world.totp(&key);
    fails!(
        world.respond(&challenge, &[(CODE, &code)]).await,
        NotAccepted
    );
}

pub(crate) async fn a_session_that_was_not_given_has_ended(world: World) {
    let (key, challenge) = challenged(&world).await;
    let given = challenge.session.expose_secret();
    let (front, _) = given.split_once('.').unwrap_or_default();
    let made_up = format!("{front}.made-up-but-long-enough");
    for session in ["", "junk", &made_up] {
        let other = Challenge {
            session: secret(session),
            ..challenge.clone()
        };
        let code = world.totp(&key);
        fails!(world.respond(&other, &[(CODE, &code)]).await, SessionEnded);
    }
}
