use accounts::identity::{
    AccountOperations as _, IdentityError, PasskeyOperations as _, PasswordOperations as _,
    SessionOperations as _, SignUpOperations as _, TotpOperations as _,
};

use super::super::directory::{Passkey, RECORDED};
use super::scene::{OTHER, PASSWORD, Scene, email, other, user};

#[tokio::test]
async fn nothing_is_left_of_a_user_who_is_gone() {
    let scene = Scene::with_ada().await;
    let (identity, client) = (&scene.identity, &scene.client);
    let grace = email("grace@example.com");
    scene.sign_up_as(&grace, OTHER).await.unwrap();

    // Ada gets records in all tables.
    let tokens = scene.sign_in(PASSWORD).await.unwrap();
    let ada = user(&tokens);
    scene.refresh(&tokens.refresh).await.unwrap();
    let added = identity.add_to_group(&scene.ada, "editors").await;
    added.unwrap();
    identity.forgot_password(&scene.ada, client).await.unwrap();
    identity.resend_code(&scene.ada, client).await.unwrap();
    let wanted = email("lovelace@example.org");
    scene.change_email(&ada, &wanted).await.unwrap();
    let wrong = other(&scene.mailbox.code_for(&wanted).unwrap()).into();
    identity.verify_email(&ada, &wrong).await.unwrap_err();
    let changed = scene.change_password(&ada, OTHER, OTHER).await;
    changed.unwrap_err();
    let reset = scene.reset(&scene.ada, "000000", OTHER).await;
    reset.unwrap_err();
    scene.confirm("000000").await.unwrap_err();
    scene.sign_in(OTHER).await.unwrap_err();
    scene.turn_on_totp(&ada).await;
    identity.verify_totp(&ada, &wrong, None).await.unwrap_err();
    scene.challenge(PASSWORD).await;
    add_recorded_passkey(&scene, ada.id.as_str());
    let current = PASSWORD.into();
    let started = identity.start_passkey_registration(&ada, &current).await;
    started.unwrap();
    let begun = identity.sign_in_with_passkey(&scene.ada, client).await;
    begun.unwrap();
    let her = [scene.ada.as_str(), ada.id.as_str(), wanted.as_str()];
    let dump = scene.dump();
    for trace in her {
        assert!(dump.contains(trace));
    }

    identity.delete_account(&ada).await.unwrap();
    let dump = scene.dump();
    let challenges = format!("{:?} {:?}", identity.challenges, identity.ceremonies);
    for trace in her {
        assert!(!dump.contains(trace), "{dump}");
        assert!(!challenges.contains(trace));
    }
    assert!(!dump.contains("passkey"), "{dump}");
    let letters = scene.mailbox.letters();
    let to: Vec<_> = letters.iter().map(|letter| letter.to.as_str()).collect();
    assert_eq!(to, [grace.as_str()]);
    // The attempts are still counted, by a hash that does not tell the address.
    let limits = format!("{:?}", identity.limits);
    for trace in her {
        assert!(!limits.contains(trace));
    }
    assert!(dump.contains(grace.as_str()));

    // A second deletion has the same result.
    identity.delete_account(&ada).await.unwrap();
    identity.sign_out_everywhere(&ada).await.unwrap();
    let profile = identity.profile(&ada).await;
    assert!(matches!(profile, Err(IdentityError::SessionEnded)));
    let refreshed = scene.refresh(&tokens.refresh).await;
    assert!(matches!(refreshed, Err(IdentityError::SessionEnded)));

    scene.sign_up(PASSWORD).await.unwrap();
    scene.confirm(&scene.code()).await.unwrap();
    assert_ne!(scene.user().await.id, ada.id);
}

fn add_recorded_passkey(scene: &Scene, sub: &str) {
    let passkey: Passkey = serde_json::from_str(RECORDED).unwrap();
    let accounts = &scene.identity.accounts;
    let added = accounts.write(scene.identity.clock.now(), |change| {
        Ok(change.put_passkey(sub, "QBipEhmlJYO7S6UO6h3alg", &passkey)?)
    });
    added.unwrap();
}
