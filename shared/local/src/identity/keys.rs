//! The keys that sign tokens: the current one, and earlier ones whose tokens may still be valid.

use std::{sync::Arc, time::Duration};

use parking_lot::RwLock;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    TOKENS_LAST,
    directory::{Accounts, Failure, Tables as _},
    signing::SigningKey,
};

/// The age at which a key is replaced.
const KEYS_LAST: Duration = Duration::from_hours(30 * 24);
/// The time that a key stays in the key set after the next one replaced it: until its last token has expired, with a
/// margin for the clocks of verifiers.
const KEYS_STAY: Duration = TOKENS_LAST.saturating_add(Duration::from_mins(5));

/// The keys in the accounts' database, the current one last.
#[derive(Debug)]
pub(super) struct Keys(RwLock<Vec<Dated>>);

#[derive(Debug, Clone)]
struct Dated {
    made_at: OffsetDateTime,
    key: Arc<SigningKey>,
}

impl Keys {
    /// Reads the keys, and makes a new one if there is none or the current one is old.
    pub(super) fn open(
        accounts: &Accounts,
        now: OffsetDateTime,
        first: impl FnOnce() -> Result<Vec<u8>, redb::Error>,
    ) -> Result<Self, Failure> {
        let kept = accounts
            .database
            .read(|tables| -> Result<_, Failure> { Ok(tables.signing_keys()?) })?;
        let keys = kept.into_iter().map(|(at, pkcs8)| {
            Ok(Dated {
                made_at: time_of(at)?,
                key: Arc::new(SigningKey::kept(&pkcs8)?),
            })
        });
        let keys: Vec<_> = keys.collect::<Result<_, redb::Error>>()?;
        let made_at = keys.last().map(|current| current.made_at);
        let keys = Self(RwLock::new(keys));
        match made_at {
            None => keys.add(accounts, now, &first()?)?,
            Some(made_at) if now - made_at >= KEYS_LAST => keys.rotate(accounts, now)?,
            Some(_) => {}
        }
        Ok(keys)
    }

    /// Makes a new key, which signs from now on. Blocks the thread.
    pub(super) fn rotate(&self, accounts: &Accounts, now: OffsetDateTime) -> Result<(), Failure> {
        self.add(accounts, now, &SigningKey::generate()?)
    }

    fn add(&self, accounts: &Accounts, now: OffsetDateTime, pkcs8: &[u8]) -> Result<(), Failure> {
        let key = Arc::new(SigningKey::kept(pkcs8)?);
        let mut keys = self.0.write();
        // The latest is the current one, even if the clock was set back.
        let after = keys
            .last()
            .map(|before| before.made_at + Duration::from_millis(1));
        let made_at = after.map_or(now, |after| after.max(now));
        let newest = Dated {
            made_at,
            key: Arc::clone(&key),
        };
        let next = listed(&[keys.as_slice(), &[newest]].concat(), now);
        accounts.write(now, |change| {
            change.put_signing_key(millis(made_at), &key.kid, pkcs8)?;
            let wanted = |kid: &str| next.iter().any(|kept| kept.key.kid == kid);
            Ok(change.retain_signing_keys(wanted)?)
        })?;
        *keys = next;
        Ok(())
    }

    /// The key that signs.
    pub(super) fn current(&self) -> Option<Arc<SigningKey>> {
        self.0.read().last().map(|dated| Arc::clone(&dated.key))
    }

    /// The public keys, as a JWK set.
    pub(super) fn jwks(&self, now: OffsetDateTime) -> Value {
        let keys = listed(&self.0.read(), now);
        let keys: Vec<Value> = keys.iter().map(|dated| dated.key.jwk()).collect();
        json!({ "keys": keys })
    }
}

/// The keys whose tokens may still be valid: a key signs until the next one is made.
fn listed(keys: &[Dated], now: OffsetDateTime) -> Vec<Dated> {
    let next = keys.iter().skip(1).map(|next| Some(next.made_at));
    keys.iter()
        .zip(next.chain([None]))
        .filter(|(_, replaced_at)| replaced_at.is_none_or(|at| now < at + KEYS_STAY))
        .map(|(key, _)| key.clone())
        .collect()
}

/// A time in whole milliseconds since 1970. In this form the database stores when a signing key was made.
pub(super) fn millis(at: OffsetDateTime) -> i64 {
    let millis = at.unix_timestamp_nanos() / 1_000_000;
    i64::try_from(millis).unwrap_or(i64::MAX)
}

fn time_of(millis: i64) -> Result<OffsetDateTime, redb::Error> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .map_err(|_| redb::Error::Corrupted("a signing key has no date".to_owned()))
}
