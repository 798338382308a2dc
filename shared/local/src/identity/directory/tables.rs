//! Reads and writes the tables.

use std::{borrow::Borrow, marker::PhantomData, sync::LazyLock};

use redb::{Key, ReadTransaction, ReadableTable, TableDefinition, Value, WriteTransaction};
use serde::{Serialize, de::DeserializeOwned};
use time::OffsetDateTime;

use super::{
    super::hashing,
    pending::SignUps,
    record::{Account, Code, Passkey, Purpose, RefreshToken, Session},
};

/// The result of work with the tables.
pub(super) type Result<T> = std::result::Result<T, redb::Error>;

/// A table of records, each as JSON.
pub(crate) struct Records<K: Key + 'static, T> {
    pub(super) table: TableDefinition<'static, K, &'static [u8]>,
    record: PhantomData<T>,
}

impl<K: Key + 'static, T> Records<K, T> {
    const fn new(name: &'static str) -> Self {
        Self {
            table: TableDefinition::new(name),
            record: PhantomData,
        }
    }
}

/// By address.
pub(super) const ACCOUNTS: Records<&str, Account> = Records::new("accounts");
/// User -> address.
pub(super) const USERS: TableDefinition<'_, &str, &str> = TableDefinition::new("users");
/// (Address, group). An address may be in a group before it has an account.
pub(super) const MEMBERSHIPS: TableDefinition<'_, (&str, &str), ()> =
    TableDefinition::new("memberships");
/// By address.
pub(crate) const SIGN_UPS: Records<&str, SignUps> = Records::new("sign_ups");
/// By [`Purpose::of`]: there is never more than one to guess.
pub(crate) const CODES: Records<(&str, &str), Code> = Records::new("codes");
/// By user and session.
pub(crate) const SESSIONS: Records<(&str, &str), Session> = Records::new("sessions");
/// By the SHA-256 of the token.
pub(crate) const REFRESH_TOKENS: Records<&[u8], RefreshToken> = Records::new("refresh_tokens");
/// By user and id of the passkey.
pub(crate) const PASSKEYS: Records<(&str, &str), Passkey> = Records::new("passkeys");
/// Id of a passkey -> user. No two accounts have the same one.
pub(super) const PASSKEY_OWNERS: TableDefinition<'_, &str, &str> =
    TableDefinition::new("passkey_owners");
/// (Creation time in milliseconds, key id) -> a signing key in PKCS #8.
pub(super) const SIGNING_KEYS: TableDefinition<'_, (i64, &str), &[u8]> =
    TableDefinition::new("signing_keys");

/// The account that is decoded if there is none, so that it takes as long.
static DECOY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let (sub, hash) = (
        uuid::Uuid::new_v4().to_string(),
        hashing::decoy().to_owned(),
    );
    let name = Some("Nobody".to_owned());
    let account = Account::new(sub, name, hash, OffsetDateTime::UNIX_EPOCH);
    encode(&account).unwrap_or_default()
});

/// Makes the decoy account in advance, so that the first request does not wait for it.
pub(crate) fn prepare() {
    LazyLock::force(&DECOY);
}

/// Reads the tables.
pub(crate) trait Tables {
    /// Opens a table.
    fn table<K: Key + 'static, V: Value + 'static>(
        &self,
        table: TableDefinition<'_, K, V>,
    ) -> Result<impl ReadableTable<K, V>>;

    /// The record under a key.
    fn find<'k, K: Key + 'static, T: DeserializeOwned>(
        &self,
        records: &Records<K, T>,
        key: impl Borrow<K::SelfType<'k>>,
    ) -> Result<Option<T>> {
        let table = self.table(records.table)?;
        let found = table.get(key)?;
        found.map(|json| decode(json.value())).transpose()
    }

    /// All records of a user, with their ids.
    fn all_of<T: DeserializeOwned>(
        &self,
        records: &Records<(&'static str, &'static str), T>,
        sub: &str,
    ) -> Result<Vec<(String, T)>> {
        below(&self.table(records.table)?, sub, |id, json| {
            Ok((id.to_owned(), decode(json)?))
        })
    }

    /// The account of an address.
    fn account(&self, email: &str) -> Result<Option<Account>> {
        let (account, known) = self.account_or_decoy(email)?;
        Ok(known.then_some(account))
    }

    /// The account of an address and true, or a decoy and false.
    fn account_or_decoy(&self, email: &str) -> Result<(Account, bool)> {
        let accounts = self.table(ACCOUNTS.table)?;
        let found = accounts.get(email)?;
        let json = found.as_ref().map(redb::AccessGuard::value);
        Ok((decode(json.unwrap_or(&DECOY))?, found.is_some()))
    }

    /// A user's address and account.
    fn account_of(&self, sub: &str) -> Result<Option<(String, Account)>> {
        let users = self.table(USERS)?;
        let email = users.get(sub)?.map(|email| email.value().to_owned());
        let Some(email) = email else { return Ok(None) };
        let account = self.account(&email)?;
        Ok(account.map(|account| (email, account)))
    }

    /// The groups that an address is in.
    fn groups(&self, email: &str) -> Result<Vec<String>> {
        below(&self.table(MEMBERSHIPS)?, email, |group, ()| {
            Ok(group.to_owned())
        })
    }

    /// The signing keys with the time at which they were made in milliseconds, the oldest first.
    fn signing_keys(&self) -> Result<Vec<(i64, Vec<u8>)>> {
        let mut keys = Vec::new();
        for entry in self.table(SIGNING_KEYS)?.iter()? {
            let (key, pkcs8) = entry?;
            keys.push((key.value().0, pkcs8.value().to_vec()));
        }
        Ok(keys)
    }
}

impl Tables for ReadTransaction {
    fn table<K: Key + 'static, V: Value + 'static>(
        &self,
        table: TableDefinition<'_, K, V>,
    ) -> Result<impl ReadableTable<K, V>> {
        Ok(self.open_table(table)?)
    }
}

impl Tables for Change {
    fn table<K: Key + 'static, V: Value + 'static>(
        &self,
        table: TableDefinition<'_, K, V>,
    ) -> Result<impl ReadableTable<K, V>> {
        Ok(self.0.open_table(table)?)
    }
}

/// A write transaction. No function keeps a table open when it returns: each can be open once.
pub(crate) struct Change(pub(super) WriteTransaction);

impl Change {
    /// Creates the missing tables: a read transaction cannot create them.
    pub(super) fn make_tables(&self) -> Result<()> {
        self.0.open_table(ACCOUNTS.table)?;
        self.0.open_table(USERS)?;
        self.0.open_table(MEMBERSHIPS)?;
        self.0.open_table(SIGN_UPS.table)?;
        self.0.open_table(CODES.table)?;
        self.0.open_table(SESSIONS.table)?;
        self.0.open_table(REFRESH_TOKENS.table)?;
        self.0.open_table(SIGNING_KEYS)?;
        self.0.open_table(PASSKEYS.table)?;
        self.0.open_table(PASSKEY_OWNERS)?;
        Ok(())
    }

    /// Keeps a record, in place of the one that has the key.
    pub(crate) fn put<'k, K: Key + 'static, T: Serialize>(
        &self,
        records: &Records<K, T>,
        key: impl Borrow<K::SelfType<'k>>,
        record: &T,
    ) -> Result<()> {
        let json = encode(record)?;
        self.0
            .open_table(records.table)?
            .insert(key, json.as_slice())?;
        Ok(())
    }

    pub(crate) fn remove<'k, K: Key + 'static, T>(
        &self,
        records: &Records<K, T>,
        key: impl Borrow<K::SelfType<'k>>,
    ) -> Result<()> {
        self.0.open_table(records.table)?.remove(key)?;
        Ok(())
    }

    /// Keeps an account under an address.
    pub(crate) fn put_account(&self, email: &str, account: &Account) -> Result<()> {
        self.put(&ACCOUNTS, email, account)?;
        self.0
            .open_table(USERS)?
            .insert(account.sub.as_str(), email)?;
        Ok(())
    }

    /// Removes an account with its sign-ups and codes, but not its groups.
    pub(crate) fn remove_account(&self, email: &str, sub: &str) -> Result<()> {
        self.remove(&ACCOUNTS, email)?;
        self.0.open_table(USERS)?.remove(sub)?;
        self.remove(&SIGN_UPS, email)?;
        self.remove(&CODES, Purpose::ResetPassword.of(email))?;
        self.remove(&CODES, Purpose::VerifyEmail.of(sub))
    }

    /// Puts an address into a group.
    pub(crate) fn add_to_group(&self, email: &str, group: &str) -> Result<()> {
        self.0.open_table(MEMBERSHIPS)?.insert((email, group), ())?;
        Ok(())
    }

    /// Removes an address from all its groups, and returns them.
    pub(crate) fn leave_groups(&self, email: &str) -> Result<Vec<String>> {
        let groups = self.groups(email)?;
        let mut memberships = self.0.open_table(MEMBERSHIPS)?;
        for group in &groups {
            memberships.remove((email, group.as_str()))?;
        }
        Ok(groups)
    }

    /// Removes all sessions of a user. A refresh token without a session is refused; its record is removed when it expires.
    pub(crate) fn remove_sessions(&self, sub: &str) -> Result<()> {
        for (id, _) in self.all_of(&SESSIONS, sub)? {
            self.remove(&SESSIONS, (sub, id.as_str()))?;
        }
        Ok(())
    }

    /// Removes all refresh tokens of a user. Scans the tokens of all users.
    pub(crate) fn remove_refresh_tokens(&self, sub: &str) -> Result<()> {
        let others = |json: &[u8]| {
            let token = decode::<RefreshToken>(json);
            token.is_ok_and(|token| token.sub != sub)
        };
        let mut tokens = self.0.open_table(REFRESH_TOKENS.table)?;
        Ok(tokens.retain(|_, json| others(json))?)
    }

    pub(crate) fn put_signing_key(&self, made_at: i64, id: &str, pkcs8: &[u8]) -> Result<()> {
        self.0
            .open_table(SIGNING_KEYS)?
            .insert((made_at, id), pkcs8)?;
        Ok(())
    }

    /// Keeps only the signing keys that are wanted.
    pub(crate) fn retain_signing_keys(&self, wanted: impl Fn(&str) -> bool) -> Result<()> {
        Ok(self
            .0
            .open_table(SIGNING_KEYS)?
            .retain(|(_, id), _| wanted(id))?)
    }
}

/// Reads all entries whose keys start with `first`, each with `read`.
fn below<V: Value + 'static, T>(
    table: &impl ReadableTable<(&'static str, &'static str), V>,
    first: &str,
    read: impl Fn(&str, V::SelfType<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut found = Vec::new();
    for entry in table.range((first, "")..)? {
        let (key, value) = entry?;
        let (start, rest) = key.value();
        if start != first {
            break;
        }
        found.push(read(rest, value.value())?);
    }
    Ok(found)
}

pub(super) fn encode(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| unreadable(&error))
}

pub(super) fn decode<T: DeserializeOwned>(json: &[u8]) -> Result<T> {
    serde_json::from_slice(json).map_err(|error| unreadable(&error))
}

/// The text of the error itself might quote what is stored.
fn unreadable(error: &serde_json::Error) -> redb::Error {
    redb::Error::Corrupted(format!(
        "an account is not readable: {:?}",
        error.classify()
    ))
}
