//! The data that is kept of a user, and the deletion of an account.

use accounts::identity::{
    IdentityError::SessionEnded, IdentityError::WrongCode, IdentityError::WrongCredentials,
};
use movies::Name;

use crate::world::{OTHER_PASSWORD, PASSWORD, World, fails, secret, user_of};

pub(crate) async fn a_profile_tells_what_is_known(world: World) {
    let user = world.user(&world.ada()).await;
    let profile = world.identity.profile(&user).await.unwrap();
    assert_eq!(profile.email, Some(world.ada()));
    assert_eq!(profile.name.as_deref(), Some("Ada"));
    assert!(!profile.totp_enabled);
    assert!(profile.providers.is_empty());
    assert_eq!(profile.pending_email, None);
    let attribute = |name: &str| profile.attributes.get(name).map(String::as_str);
    assert_eq!(attribute("sub"), Some(user.id.as_str()));
    assert_eq!(attribute("email"), Some(world.ada().as_str()));
}

pub(crate) async fn a_name_is_changed_and_removed(world: World) {
    let user = world.user(&world.ada()).await;
    let name = Name::parse("Countess of Lovelace").unwrap();
    for name in [Some(&name), None, None, Some(&name)] {
        world.identity.change_name(&user, name).await.unwrap();
        let profile = world.identity.profile(&user).await.unwrap();
        assert_eq!(profile.name.as_deref(), name.map(Name::as_str));
    }
}

pub(crate) async fn sessions_are_listed(world: World) {
    world.account(&world.ada()).await;
    let tokens = world.sign_in(&world.ada(), PASSWORD).await;
    world.sign_in(&world.ada(), PASSWORD).await;
    let user = user_of(&tokens);
    let sessions = world.identity.sessions(&user).await.unwrap();
    // A provider that does not know all sessions says so.
    if sessions.complete {
        assert_eq!(sessions.items.len(), 2);
        let current = |session: &&accounts::identity::Session| session.current == Some(true);
        assert_eq!(sessions.items.iter().filter(current).count(), 1);
        assert!(
            sessions
                .items
                .is_sorted_by_key(|session| std::cmp::Reverse(session.last_used_at))
        );
    }
    world.identity.sign_out(&tokens.refresh).await.unwrap();
    fails!(world.identity.sessions(&user).await, SessionEnded);
}

pub(crate) async fn a_deleted_account_is_gone_at_once(world: World) {
    world.account(&world.ada()).await;
    let tokens = world.sign_in(&world.ada(), PASSWORD).await;
    let user = user_of(&tokens);
    world.identity.delete_account(&user).await.unwrap();
    fails!(world.refresh(&tokens).await, SessionEnded);
    fails!(
        world.try_sign_in(&world.ada(), PASSWORD).await,
        WrongCredentials
    );
    let identity = &world.identity;
    let code = secret("000000");
    let (current, new) = (secret(PASSWORD), secret(OTHER_PASSWORD));
    fails!(identity.profile(&user).await, SessionEnded);
    fails!(identity.change_name(&user, None).await, SessionEnded);
    fails!(world.change_email(&user, &world.ada()).await, SessionEnded);
    fails!(
        identity.change_password(&user, &current, &new).await,
        SessionEnded
    );
    fails!(world.turn_off_totp(&user).await, SessionEnded);
    world.forgot(&world.ada()).await.unwrap();
    world.resend(&world.ada()).await.unwrap();
    fails!(world.confirm(&world.ada(), "000000", None).await, WrongCode);
    fails!(
        world.reset(&world.ada(), "000000", OTHER_PASSWORD).await,
        WrongCode
    );
    fails!(identity.verify_totp(&user, &code, None).await, SessionEnded);
}

pub(crate) async fn a_deletion_may_be_repeated(world: World) {
    let user = world.user(&world.ada()).await;
    for _ in 0..3 {
        world.identity.delete_account(&user).await.unwrap();
    }
    world.identity.sign_out_everywhere(&user).await.unwrap();
}

pub(crate) async fn an_address_may_sign_up_again_after_its_account_was_deleted(world: World) {
    let before = world.user(&world.ada()).await;
    world.identity.delete_account(&before).await.unwrap();
    let after = world.user(&world.ada()).await;
    assert_ne!(after.id, before.id);
    fails!(world.identity.profile(&before).await, SessionEnded);
    // A second deletion of the old account does not delete the new one.
    world.identity.delete_account(&before).await.unwrap();
    world.identity.profile(&after).await.unwrap();
}
