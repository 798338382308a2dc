//! Promises 5 and 7: tokens, and the end of a session.

use accounts::identity::{IdentityError::SessionEnded, SignedInUser, Tokens};
use secrecy::ExposeSecret as _;

use crate::world::{PASSWORD, World, fails, secret, user_of};

pub(crate) async fn a_refresh_gives_tokens_of_the_same_user(world: World) {
    world.account(&world.ada()).await;
    let first = world.sign_in(&world.ada(), PASSWORD).await;
    let second = world.refresh(&first).await.unwrap();
    let third = world.refresh(&second).await.unwrap();
    let user = user_of(&third);
    assert_eq!(user.id, user_of(&first).id);
    assert_eq!(user.username, user_of(&first).username);
    assert!(!third.id.expose_secret().is_empty());
    world.identity.profile(&user).await.unwrap();
}

pub(crate) async fn an_old_refresh_token_used_again_ends_the_session(world: World) {
    world.account(&world.ada()).await;
    let first = world.sign_in(&world.ada(), PASSWORD).await;
    let second = world.refresh(&first).await.unwrap();
    let third = world.refresh(&second).await.unwrap();
    world.let_grace_pass();
    fails!(world.refresh(&first).await, SessionEnded);
    fails!(world.refresh(&third).await, SessionEnded);
}

/// It ends at once: the grace for lost answers is over when the new token was used, as its answer was not lost.
pub(crate) async fn a_refresh_token_whose_successor_was_used_ends_the_session(world: World) {
    world.account(&world.ada()).await;
    let first = world.sign_in(&world.ada(), PASSWORD).await;
    let second = world.refresh(&first).await.unwrap();
    let third = world.refresh(&second).await.unwrap();
    fails!(world.refresh(&first).await, SessionEnded);
    fails!(world.refresh(&third).await, SessionEnded);
}

/// Demands that a session has ended: neither of its tokens is accepted.
async fn has_ended(world: &World, tokens: &Tokens) {
    fails!(world.refresh(tokens).await, SessionEnded);
    fails!(world.identity.profile(&user_of(tokens)).await, SessionEnded);
}

pub(crate) async fn signing_out_ends_that_session_at_once(world: World) {
    world.account(&world.ada()).await;
    let one = world.sign_in(&world.ada(), PASSWORD).await;
    let other = world.sign_in(&world.ada(), PASSWORD).await;
    world.identity.sign_out(&one.refresh).await.unwrap();
    has_ended(&world, &one).await;
    world.identity.profile(&user_of(&other)).await.unwrap();
    world.refresh(&other).await.unwrap();
}

pub(crate) async fn signing_out_may_be_repeated(world: World) {
    world.account(&world.ada()).await;
    let tokens = world.sign_in(&world.ada(), PASSWORD).await;
    for _ in 0..2 {
        world.identity.sign_out(&tokens.refresh).await.unwrap();
    }
    for junk in ["junk", "a.b.c", tokens.access.expose_secret()] {
        world.identity.sign_out(&secret(junk)).await.unwrap();
    }
}

pub(crate) async fn signing_out_everywhere_ends_every_session_at_once(world: World) {
    world.account(&world.ada()).await;
    let one = world.sign_in(&world.ada(), PASSWORD).await;
    let other = world.sign_in(&world.ada(), PASSWORD).await;
    let other = world.refresh(&other).await.unwrap();
    // The second time, with a session that has ended.
    for _ in 0..2 {
        world
            .identity
            .sign_out_everywhere(&user_of(&one))
            .await
            .unwrap();
    }
    has_ended(&world, &one).await;
    has_ended(&world, &other).await;
    let again = world.sign_in(&world.ada(), PASSWORD).await;
    world.identity.profile(&user_of(&again)).await.unwrap();
}

pub(crate) async fn what_is_no_refresh_token_is_refused(world: World) {
    world.account(&world.ada()).await;
    let tokens = world.sign_in(&world.ada(), PASSWORD).await;
    for junk in ["junk", "a.b.c", tokens.access.expose_secret()] {
        let refreshed = world.identity.refresh(&secret(junk), &world.client).await;
        fails!(refreshed, SessionEnded);
    }
}

pub(crate) async fn what_is_no_access_token_is_refused(world: World) {
    let user = world.user(&world.ada()).await;
    for junk in ["junk", "a.b.c"] {
        let nobody = SignedInUser {
            access_token: secret(junk),
            ..user.clone()
        };
        fails!(world.identity.profile(&nobody).await, SessionEnded);
        fails!(
            world.identity.change_name(&nobody, None).await,
            SessionEnded
        );
    }
}
