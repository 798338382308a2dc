//! Idempotency records: the results of writes with an idempotency key.

use kit::{
    idempotency::{self, Fingerprint, Once},
    resource::{Entity, Item, Resource},
    store::{MAX_REMEMBERED, Remembered, StoreError, Written},
    user::UserId,
};
use redb::{ReadOnlyTable, ReadableTable, StorageError};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use time::OffsetDateTime;

use super::{
    tables::{ExpiryKey, RecordKey, Tables, read_entity, to_json},
    unavailable,
};

/// The number of expired records that a write deletes: more than one, so that they cannot pile up.
const CLEARED_AT_ONCE: usize = 4;

/// The result of a write with an idempotency key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    fingerprint: String,
    expires_at: i64,
    /// In the note that a user is leaving: the time of the first note, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    begun_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<Box<RawValue>>,
}

impl Record {
    /// The entity that the earlier write made.
    pub(super) fn into_entity<R: Resource>(self) -> Result<Written<Entity<R>>, StoreError> {
        let result = self.result.ok_or_else(|| corrupt("result", &"missing"))?;
        read_entity(result.get().as_bytes()).map(Written::before)
    }
}

impl Tables<'_> {
    /// The record of an earlier write with this idempotency key, if it is still kept.
    pub(super) fn recorded(
        &self,
        once: Option<&Once>,
        now: OffsetDateTime,
    ) -> Result<Option<Record>, StoreError> {
        let Some(once) = once else { return Ok(None) };
        let Some(record) = self.kept(once, now)? else {
            return Ok(None);
        };
        if Fingerprint::from_stored(record.fingerprint.clone()) != once.fingerprint {
            return Err(StoreError::KeyReused);
        }
        Ok(Some(record))
    }

    /// Records the result of a write with an idempotency key.
    pub(super) fn record<R: Resource>(
        &mut self,
        once: Option<&Once>,
        result: Option<&Entity<R>>,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let Some(once) = once else { return Ok(()) };
        let result = result.map(|entity| to_raw_value(&Item(entity)));
        let result = result
            .transpose()
            .map_err(|error| StoreError::Unavailable(error.into()))?;
        let record = Record {
            fingerprint: once.fingerprint.as_str().to_owned(),
            expires_at: once.expires_at(now),
            begun_at: None,
            result,
        };
        self.insert(once, &record, now)
    }

    /// Refuses a user who is leaving, or has left.
    pub(super) fn admit(&self, user: &UserId, now: OffsetDateTime) -> Result<(), StoreError> {
        match self.kept(&Once::leaving(user), now)? {
            Some(_) => Err(StoreError::Leaving),
            None => Ok(()),
        }
    }

    /// Notes that a user is leaving, and returns the moment of the first note.
    pub(super) fn begin_leaving(
        &mut self,
        user: &UserId,
        now: OffsetDateTime,
    ) -> Result<OffsetDateTime, StoreError> {
        let leaving = Once::leaving(user);
        let before = self.kept(&leaving, now)?.and_then(|record| record.begun_at);
        let begun_at = before.unwrap_or_else(|| now.unix_timestamp());
        let record = Record {
            fingerprint: leaving.fingerprint.as_str().to_owned(),
            expires_at: leaving.expires_at(now),
            begun_at: Some(begun_at),
            result: None,
        };
        self.insert(&leaving, &record, now)?;
        OffsetDateTime::from_unix_timestamp(begun_at).map_err(|error| corrupt("begunAt", &error))
    }

    fn insert(
        &mut self,
        once: &Once,
        record: &Record,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let done = self.clear_expired(now);
        self.must(done)?;
        let bytes = to_json(record)?;
        let before = self
            .records
            .insert(record_key(once), bytes.as_slice())
            .map(|before| before.and_then(|bytes| expiry_of(bytes.value())));
        // An expired record was still there: its expiry must not delete the new record.
        let done = before.and_then(|before| match before {
            Some(at) => self.expiry.remove(expiry_key(at, once)).map(drop),
            None => Ok(()),
        });
        self.must(done)?;
        let done = self
            .expiry
            .insert(expiry_key(record.expires_at, once), ())
            .map(drop);
        self.must(done)
    }

    fn clear_expired(&mut self, now: OffsetDateTime) -> Result<(), StorageError> {
        for _ in 0..CLEARED_AT_ONCE {
            let Some((expired, _)) = self.expiry.first()? else {
                break;
            };
            let (at, caller, key) = expired.value();
            if at > now.unix_timestamp() {
                break;
            }
            let (caller, key) = (caller.to_owned(), key.to_owned());
            drop(expired);
            self.expiry.remove((at, caller.as_str(), key.as_str()))?;
            self.records.remove((caller.as_str(), key.as_str()))?;
        }
        Ok(())
    }

    /// A record, unless it has expired.
    fn kept(&self, once: &Once, now: OffsetDateTime) -> Result<Option<Record>, StoreError> {
        let found = self.records.get(record_key(once)).map_err(unavailable)?;
        let Some(bytes) = found else { return Ok(None) };
        let record: Record =
            serde_json::from_slice(bytes.value()).map_err(|error| corrupt("record", &error))?;
        Ok(Some(record).filter(|record| record.expires_at > now.unix_timestamp()))
    }

    /// Deletes all records of a user, but for the note that the user is leaving.
    pub(super) fn forget(&mut self, user: &UserId) -> Result<(), StoreError> {
        let done = self.delete_records_of(user);
        self.must(done)
    }

    fn delete_records_of(&mut self, user: &UserId) -> Result<(), StorageError> {
        let mut keys = Vec::new();
        for entry in self.records.range(first_of(user)..)? {
            let (key, record) = entry?;
            let (caller, key) = key.value();
            if caller != user.as_str() {
                break;
            }
            if idempotency::is_leaving(key) {
                continue;
            }
            keys.push((key.to_owned(), expiry_of(record.value())));
        }
        for (key, expires_at) in keys {
            self.records.remove((user.as_str(), key.as_str()))?;
            if let Some(at) = expires_at {
                self.expiry.remove((at, user.as_str(), key.as_str()))?;
            }
        }
        Ok(())
    }
}

/// True if there is a note that a user is leaving, which has not expired.
pub(super) fn is_leaving(
    table: &ReadOnlyTable<RecordKey<'static>, &'static [u8]>,
    user: &UserId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let leaving = Once::leaving(user);
    let record = table.get(record_key(&leaving)).map_err(unavailable)?;
    let expires_at = record.and_then(|record| expiry_of(record.value()));
    Ok(expires_at.is_some_and(|at| at > now.unix_timestamp()))
}

/// The keys of a user's records, [`MAX_REMEMBERED`] at most.
pub(super) fn remembered(
    table: &ReadOnlyTable<RecordKey<'static>, &'static [u8]>,
    user: &UserId,
) -> Result<Vec<Remembered>, StoreError> {
    let mut found = Vec::new();
    let records = table.range(first_of(user)..).map_err(unavailable)?;
    for entry in records.take(MAX_REMEMBERED) {
        let (key, record) = entry.map_err(unavailable)?;
        let (caller, key) = key.value();
        if caller != user.as_str() {
            break;
        }
        let expires_at =
            expiry_of(record.value()).ok_or_else(|| corrupt("expiresAt", &"missing"))?;
        found.extend(Remembered::from_stored(key, expires_at)?);
    }
    Ok(found)
}

fn record_key(once: &Once) -> RecordKey<'_> {
    (once.caller.as_str(), once.key.as_str())
}

fn expiry_key(at: i64, once: &Once) -> ExpiryKey<'_> {
    (at, once.caller.as_str(), once.key.as_str())
}

/// The start of a user's records.
fn first_of(user: &UserId) -> RecordKey<'_> {
    (user.as_str(), "")
}

fn expiry_of(record: &[u8]) -> Option<i64> {
    serde_json::from_slice(record)
        .ok()
        .map(|record: Record| record.expires_at)
}

fn corrupt(attribute: &str, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        key: "an idempotency record".to_owned(),
        attribute: attribute.to_owned(),
        reason: reason.to_string(),
    }
}
