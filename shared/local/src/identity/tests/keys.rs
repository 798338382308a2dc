use std::{path::Path, sync::Arc, time::Duration};

use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::{
    super::{EmbeddedIdentity, TOKENS_LAST},
    scene::{Hand, PASSWORD, Scene, issuer},
};
use crate::mailbox::Mailbox;

const DAY: Duration = Duration::from_hours(24);

fn kids(jwks: &Value) -> Vec<String> {
    let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
    jwks["keys"].as_array().unwrap().iter().map(kid).collect()
}

#[tokio::test]
async fn a_key_that_was_replaced_is_listed_until_its_last_token_has_expired() {
    let scene = Scene::with_ada().await;
    let first = kids(&scene.identity.jwks());
    assert_eq!(first.len(), 1);
    scene.wait(DAY);
    scene.identity.rotate_keys().await.unwrap();
    let both = kids(&scene.identity.jwks());
    assert_eq!(both.len(), 2);
    assert_eq!(both[0], first[0]);
    let token = scene.sign_in(PASSWORD).await.unwrap().access;
    let header = header_of(token.expose_secret());
    assert_eq!(header["kid"], both[1]);

    scene.wait(TOKENS_LAST + Duration::from_mins(1));
    assert_eq!(kids(&scene.identity.jwks()), both);
    scene.wait(Duration::from_mins(5));
    assert_eq!(kids(&scene.identity.jwks()), both[1..]);
    // The next rotation deletes the key.
    scene.identity.rotate_keys().await.unwrap();
    assert!(!scene.dump().contains(&first[0]));
}

fn header_of(token: &str) -> Value {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let header = token.split('.').next().unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
}

#[tokio::test]
async fn a_key_of_thirty_days_is_replaced_when_the_accounts_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts.redb");
    let hand = Arc::new(Hand::default());
    let first = kids(&open(&path, &hand).jwks());
    hand.wait(29 * DAY);
    assert_eq!(kids(&open(&path, &hand).jwks()), first);
    hand.wait(DAY);
    let both = kids(&open(&path, &hand).jwks());
    assert_eq!(both.len(), 2);
    assert_eq!(both[0], first[0]);
    hand.wait(DAY);
    assert_eq!(kids(&open(&path, &hand).jwks()), both[1..]);
}

fn open(path: &Path, hand: &Arc<Hand>) -> EmbeddedIdentity {
    let (mailbox, clock) = (Mailbox::default(), Arc::clone(hand));
    EmbeddedIdentity::open(path, issuer(), mailbox, clock).unwrap()
}
