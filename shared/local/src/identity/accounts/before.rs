//! Files of the versions before: of the one that knew nothing but signing up and in, and of the one
//! that had accounts without a confirmed address.

use std::collections::BTreeSet;

use redb::{ReadableTable as _, TableDefinition, TableHandle as _};
use serde::Deserialize;
use time::{OffsetDateTime, serde::timestamp};
use uuid::Uuid;

use super::{
    super::{keys, signing::SigningKey},
    pending::{SIGN_UPS, SignUp, SignUps},
    record::{Account, Code, RefreshToken, Session},
    tables::{ACCOUNTS, Change, REFRESH_TOKENS, Tables as _, USERS, decode},
};

/// The signing key in PKCS #8, under [`KEY`].
const KEYS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("keys");
const KEY: &str = "signing";

#[derive(Deserialize)]
struct AccountBefore {
    sub: String,
    name: Option<String>,
    password_hash: String,
    to_confirm: Option<CodeBefore>,
}

#[derive(Deserialize)]
struct CodeBefore {
    digits: String,
    #[serde(with = "timestamp")]
    good_until: OffsetDateTime,
}

/// Of an account of the second of these versions.
#[derive(Deserialize)]
struct Confirmed {
    sub: String,
    confirmed: bool,
}

#[derive(Deserialize)]
struct RefreshTokenBefore {
    email: String,
    #[serde(with = "timestamp")]
    signed_in_at: OffsetDateTime,
    #[serde(with = "timestamp")]
    good_until: OffsetDateTime,
}

/// Makes such a file one of this version.
pub(super) fn convert(change: &Change, now: OffsetDateTime) -> Result<(), redb::Error> {
    let tables = change.transaction().list_tables()?;
    let tables: BTreeSet<_> = tables.map(|table| table.name().to_owned()).collect();
    let has = |name| tables.contains(name);
    if has(SIGN_UPS.name()) {
        return Ok(());
    }
    if has(USERS.name()) {
        remove_unconfirmed(change)?;
    } else if has(ACCOUNTS.name()) {
        convert_accounts(change, now)?;
        convert_refresh_tokens(change)?;
        convert_key(change, now)?;
    }
    Ok(())
}

fn convert_accounts(change: &Change, now: OffsetDateTime) -> Result<(), redb::Error> {
    let mut accounts = Vec::new();
    for entry in change.table(ACCOUNTS)?.iter()? {
        let (email, json) = entry?;
        let account: AccountBefore = decode(json.value())?;
        accounts.push((email.value().to_owned(), account));
    }
    for (email, before) in accounts {
        if let Some(code) = before.to_confirm {
            change.open(ACCOUNTS)?.remove(email.as_str())?;
            let mut waiting = SignUps::none(now);
            waiting.sub = before.sub;
            waiting.add(SignUp {
                name: before.name,
                password_hash: before.password_hash,
                code: Code {
                    digits: code.digits,
                    good_until: code.good_until,
                    mailed: true,
                    wrong: 0,
                },
            });
            change.put_sign_ups(&email, &waiting)?;
            continue;
        }
        let account = Account {
            sub: before.sub,
            name: before.name,
            password_hash: before.password_hash,
            must_change: false,
            created_at: None,
            pending_email: None,
            totp: None,
            pending_totp: None,
        };
        change.put_account(&email, &account)?;
    }
    Ok(())
}

/// Its password need not be that of whoever has the code: they sign up again.
fn remove_unconfirmed(change: &Change) -> Result<(), redb::Error> {
    let mut unconfirmed = Vec::new();
    for entry in change.table(ACCOUNTS)?.iter()? {
        let (email, json) = entry?;
        let account: Confirmed = decode(json.value())?;
        if !account.confirmed {
            unconfirmed.push((email.value().to_owned(), account.sub));
        }
    }
    for (email, sub) in unconfirmed {
        change.remove_account(&email, &sub)?;
    }
    Ok(())
}

/// Every token was a sign-in of its own: there was nothing to exchange it for.
fn convert_refresh_tokens(change: &Change) -> Result<(), redb::Error> {
    let mut tokens = Vec::new();
    for entry in change.table(REFRESH_TOKENS)?.iter()? {
        let (digest, json) = entry?;
        let token: RefreshTokenBefore = decode(json.value())?;
        tokens.push((digest.value().to_vec(), token));
    }
    for (digest, before) in tokens {
        let Some(account) = change.account(&before.email)? else {
            continue;
        };
        let id = Uuid::new_v4().to_string();
        let session = Session {
            created_at: before.signed_in_at,
            last_used_at: before.signed_in_at,
            good_until: before.good_until,
            user_agent: None,
            address: None,
        };
        change.put_session(&account.sub, &id, &session)?;
        let token = RefreshToken {
            sub: account.sub,
            session: id,
            good_until: before.good_until,
            spent_at: None,
        };
        change.put_refresh_token(&digest, &token)?;
    }
    Ok(())
}

/// How old the key is was not kept: it counts as new.
fn convert_key(change: &Change, now: OffsetDateTime) -> Result<(), redb::Error> {
    let key = change
        .table(KEYS)?
        .get(KEY)?
        .map(|key| key.value().to_vec());
    if let Some(pkcs8) = key {
        let key = SigningKey::kept(&pkcs8)?;
        let made_at = keys::millis(now);
        change.put_signing_key(made_at, key.kid(), &pkcs8)?;
    }
    change.transaction().delete_table(KEYS)?;
    Ok(())
}
