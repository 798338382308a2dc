use std::{path::Path, sync::Arc, time::Duration};

use api::{
    clock::Clock as _,
    identity::{ClientContext, Identity as _, IdentityError, SignInStep},
};
use aws_lc_rs::digest;
use redb::{Database, TableDefinition};
use serde_json::{Value, json};

use super::{
    super::{EmbeddedIdentity, hashing, signing::SigningKey},
    scene::{Hand, PASSWORD, claims, email, issuer, user},
};
use crate::mailbox::Mailbox;

const ACCOUNTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("accounts");
const USERS: TableDefinition<'_, &str, &str> = TableDefinition::new("users");
const MEMBERSHIPS: TableDefinition<'_, (&str, &str), ()> = TableDefinition::new("memberships");
const REFRESH_TOKENS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("refresh_tokens");
const KEYS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("keys");

/// A file as the version before made it: Ada is confirmed and an editor, Grace is neither.
fn write(path: &Path, key: &[u8], now: i64) {
    let database = Database::create(path).unwrap();
    let write = database.begin_write().unwrap();
    let account = |sub: &str, to_confirm: Value| {
        let hash = hashing::hash(&PASSWORD.into()).unwrap();
        let account =
            json!({"sub": sub, "name": null, "password_hash": hash, "to_confirm": to_confirm});
        account.to_string().into_bytes()
    };
    let mut accounts = write.open_table(ACCOUNTS).unwrap();
    let ada = account("ada's sub", Value::Null);
    accounts.insert("ada@example.com", ada.as_slice()).unwrap();
    let code = json!({"digits": "123456", "good_until": now + 3_600});
    let grace = account("grace's sub", code);
    accounts
        .insert("grace@example.com", grace.as_slice())
        .unwrap();
    drop(accounts);
    let token =
        json!({"email": "ada@example.com", "signed_in_at": now, "good_until": now + 2_592_000});
    let token = token.to_string().into_bytes();
    let digest = digest::digest(&digest::SHA256, b"her refresh token");
    write
        .open_table(REFRESH_TOKENS)
        .unwrap()
        .insert(digest.as_ref(), token.as_slice())
        .unwrap();
    write
        .open_table(MEMBERSHIPS)
        .unwrap()
        .insert(("ada@example.com", "editors"), ())
        .unwrap();
    write
        .open_table(KEYS)
        .unwrap()
        .insert("signing", key)
        .unwrap();
    write.commit().unwrap();
}

#[tokio::test]
async fn a_file_of_the_version_before_is_as_good_as_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts.redb");
    let hand = Arc::new(Hand::default());
    let key = SigningKey::generate().unwrap();
    write(&path, &key, hand.now().unix_timestamp());

    let (client, ada, grace) = (
        ClientContext::default(),
        email("ada@example.com"),
        email("grace@example.com"),
    );
    // Once to convert it, once to see that there is nothing left to convert.
    for time in 0..2 {
        let (mailbox, clock) = (Mailbox::default(), hand.clone());
        let identity = EmbeddedIdentity::open(&path, issuer(), mailbox, clock).unwrap();
        assert_eq!(
            identity.jwks()["keys"],
            json!([SigningKey::kept(&key).unwrap().jwk()])
        );
        let step = identity.sign_in(&ada, &PASSWORD.into(), &client).await;
        let SignInStep::Done(tokens) = step.unwrap() else {
            panic!("a challenge");
        };
        let access = claims(&tokens.access);
        assert_eq!(access["sub"], "ada's sub");
        assert_eq!(access["cognito:groups"], json!(["editors"]));
        let profile = identity.profile(&user(&tokens)).await.unwrap();
        assert_eq!(profile.created_at, None);

        let refreshed = identity.refresh(&"her refresh token".into(), &client).await;
        let sign_in = identity.sign_in(&grace, &PASSWORD.into(), &client).await;
        let code = "123456".into();
        let confirmed = identity.confirm_sign_up(&grace, &code, &client);
        if time == 0 {
            refreshed.unwrap();
            assert!(matches!(sign_in, Err(IdentityError::NotConfirmed)));
            confirmed.await.unwrap();
        } else {
            assert!(matches!(refreshed, Err(IdentityError::SessionEnded)));
            sign_in.unwrap();
        }
        hand.wait(Duration::from_mins(1));
    }
}

/// Of the version that had accounts without a confirmed address.
#[tokio::test]
async fn accounts_that_were_not_confirmed_are_gone_and_their_addresses_free() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts.redb");
    let database = Database::create(&path).unwrap();
    let write = database.begin_write().unwrap();
    for (address, confirmed) in [("ada@example.com", true), ("grace@example.com", false)] {
        let hash = hashing::hash(&PASSWORD.into()).unwrap();
        let account = json!({
            "sub": address, "name": null, "password_hash": hash, "confirmed": confirmed,
            "must_change": false, "created_at": null, "pending_email": null, "totp": null,
            "pending_totp": null,
        });
        let account = account.to_string().into_bytes();
        let mut accounts = write.open_table(ACCOUNTS).unwrap();
        accounts.insert(address, account.as_slice()).unwrap();
        let mut users = write.open_table(USERS).unwrap();
        users.insert(address, address).unwrap();
    }
    write.commit().unwrap();
    drop(database);

    let (mailbox, clock) = (Mailbox::default(), Arc::new(Hand::default()));
    let identity = EmbeddedIdentity::open(&path, issuer(), mailbox, clock).unwrap();
    for (address, confirmed) in [("ada@example.com", true), ("grace@example.com", false)] {
        let client = ClientContext::default();
        let (address, password) = (email(address), PASSWORD.into());
        let step = identity.sign_in(&address, &password, &client).await;
        assert_eq!(step.is_ok(), confirmed);
    }
    assert!(!identity.accounts.dump().contains("grace@example.com"));
}
