//! What is kept of accounts, in an embedded database.

use std::path::Path;

use api::identity::Email;
use redb::{
    Database, ReadableDatabase as _, ReadableTable as _, TableDefinition, backends::InMemoryBackend,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Address -> [`Account`] as JSON.
const ACCOUNTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("accounts");
/// (Address, group). An address may be in a group before it has an account.
const MEMBERSHIPS: TableDefinition<'_, (&str, &str), ()> = TableDefinition::new("memberships");
/// SHA-256 of the token -> [`RefreshToken`] as JSON.
const REFRESH_TOKENS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("refresh_tokens");
/// The signing key in PKCS #8.
const KEYS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("keys");
const SIGNING_KEY: &str = "signing";

/// Someone's account.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Account {
    /// The user, for good.
    pub(super) sub: String,
    pub(super) name: Option<String>,
    pub(super) password_hash: String,
    /// What the address is still to be confirmed with; `None`: it is confirmed.
    pub(super) to_confirm: Option<Code>,
}

/// A confirmation code that was sent.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Code {
    pub(super) digits: String,
    #[serde(with = "time::serde::timestamp")]
    pub(super) good_until: OffsetDateTime,
}

/// Whom a refresh token was given to.
#[derive(Serialize, Deserialize)]
pub(super) struct RefreshToken {
    pub(super) email: String,
    #[serde(with = "time::serde::timestamp")]
    pub(super) signed_in_at: OffsetDateTime,
    #[serde(with = "time::serde::timestamp")]
    pub(super) good_until: OffsetDateTime,
}

/// The accounts of one stage. Its functions wait for the disk.
#[derive(Debug)]
pub(super) struct Accounts(Database);

impl Accounts {
    /// Opens the database in this file, or creates it.
    pub(super) fn open(path: &Path) -> Result<Self, redb::Error> {
        Self::start(Database::create(path)?)
    }

    /// Creates a database in memory.
    pub(super) fn in_memory() -> Result<Self, redb::Error> {
        let database = Database::builder().create_with_backend(InMemoryBackend::new())?;
        Self::start(database)
    }

    fn start(database: Database) -> Result<Self, redb::Error> {
        let first = database.begin_write()?;
        first.open_table(ACCOUNTS)?;
        first.open_table(MEMBERSHIPS)?;
        first.open_table(REFRESH_TOKENS)?;
        first.open_table(KEYS)?;
        first.commit()?;
        Ok(Self(database))
    }

    /// The signing key that is kept.
    pub(super) fn signing_key(&self) -> Result<Option<Vec<u8>>, redb::Error> {
        let keys = self.0.begin_read()?.open_table(KEYS)?;
        Ok(keys.get(SIGNING_KEY)?.map(|key| key.value().to_vec()))
    }

    /// Keeps a signing key for good, and gives it back.
    pub(super) fn keep_signing_key(&self, key: Vec<u8>) -> Result<Vec<u8>, redb::Error> {
        let write = self.0.begin_write()?;
        let mut keys = write.open_table(KEYS)?;
        keys.insert(SIGNING_KEY, key.as_slice())?;
        drop(keys);
        write.commit()?;
        Ok(key)
    }

    /// The account of an address.
    pub(super) fn account(&self, email: &Email) -> Result<Option<Account>, redb::Error> {
        let accounts = self.0.begin_read()?.open_table(ACCOUNTS)?;
        let found = accounts.get(email.as_str())?;
        found.map(|found| decode(found.value())).transpose()
    }

    /// Reads the account of an address and writes what `change` makes of it, if anything, with
    /// nothing in between.
    pub(super) fn change<T>(
        &self,
        email: &Email,
        change: impl FnOnce(Option<Account>) -> (Option<Account>, T),
    ) -> Result<T, redb::Error> {
        let write = self.0.begin_write()?;
        let mut accounts = write.open_table(ACCOUNTS)?;
        let known = accounts.get(email.as_str())?;
        let known = known.map(|known| decode(known.value())).transpose()?;
        let (changed, result) = change(known);
        if let Some(account) = changed {
            accounts.insert(email.as_str(), encode(&account)?.as_slice())?;
        }
        drop(accounts);
        write.commit()?;
        Ok(result)
    }

    /// The groups that an address is in.
    pub(super) fn groups(&self, email: &Email) -> Result<Vec<String>, redb::Error> {
        let memberships = self.0.begin_read()?.open_table(MEMBERSHIPS)?;
        let mut groups = Vec::new();
        for entry in memberships.range((email.as_str(), "")..)? {
            let (member, group) = entry.map(|(key, _)| {
                let (member, group) = key.value();
                (member == email.as_str(), group.to_owned())
            })?;
            if !member {
                break;
            }
            groups.push(group);
        }
        Ok(groups)
    }

    /// Puts an address into a group.
    pub(super) fn add_to_group(&self, email: &Email, group: &str) -> Result<(), redb::Error> {
        let write = self.0.begin_write()?;
        let key = (email.as_str(), group);
        write.open_table(MEMBERSHIPS)?.insert(key, ())?;
        Ok(write.commit()?)
    }

    /// Keeps a refresh token under the digest of its text.
    pub(super) fn keep_refresh_token(
        &self,
        digest: &[u8],
        token: &RefreshToken,
    ) -> Result<(), redb::Error> {
        let write = self.0.begin_write()?;
        let token = encode(token)?;
        write
            .open_table(REFRESH_TOKENS)?
            .insert(digest, token.as_slice())?;
        Ok(write.commit()?)
    }
}

fn encode(value: &impl Serialize) -> Result<Vec<u8>, redb::Error> {
    serde_json::to_vec(value).map_err(|error| unreadable(&error))
}

fn decode<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, redb::Error> {
    serde_json::from_slice(json).map_err(|error| unreadable(&error))
}

/// The text of the error itself might quote what is stored.
fn unreadable(error: &serde_json::Error) -> redb::Error {
    redb::Error::Corrupted(format!(
        "an account is not readable: {:?}",
        error.classify()
    ))
}
