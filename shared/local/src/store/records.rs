//! Idempotency records: the results of writes with an idempotency key.

use kit::{
    idempotency::{self, Once},
    resource::{Entity, Item, Resource},
    store::{MAX_REMEMBERED, Refusal, Remembered, StoreError},
    user::UserId,
};
use redb::{ReadOnlyTable, ReadableTable};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use time::OffsetDateTime;

use super::{
    Result,
    stored::read_entity,
    tables::{ExpiryKey, RecordKey, Tables, to_json},
};

/// The number of expired records that a write deletes: more than one, so that they cannot pile up.
const CLEARED_AT_ONCE: usize = 4;

/// The result of a write with an idempotency key, or its refusal.
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<Refusal>,
}

impl Record {
    fn new(once: &Once, now: OffsetDateTime) -> Self {
        Self {
            fingerprint: once.fingerprint.as_str().to_owned(),
            expires_at: once.expires_at(now),
            begun_at: None,
            result: None,
            refused: None,
        }
    }

    /// The entity that the earlier write made; `None` for a deletion.
    pub(super) fn entity<R: Resource>(self) -> Result<Option<Entity<R>>, StoreError> {
        let json = self.result;
        json.map(|json| read_entity(json.get().as_bytes()))
            .transpose()
    }
}

impl Tables<'_> {
    /// The record of an earlier write with this idempotency key, if it is still kept. One that was refused is refused again.
    pub(super) fn recorded(
        &self,
        once: Option<&Once>,
        now: OffsetDateTime,
    ) -> Result<Option<Record>> {
        let Some(once) = once else { return Ok(None) };
        let record = self.of_same_request(once, now)?;
        match record.as_ref().and_then(|record| record.refused) {
            Some(refusal) => Err(StoreError::from(refusal).into()),
            None => Ok(record),
        }
    }

    fn of_same_request(&self, once: &Once, now: OffsetDateTime) -> Result<Option<Record>> {
        let record = self.kept(once, now)?;
        let is_of = |record: &Record| record.fingerprint == once.fingerprint.as_str();
        if record.as_ref().is_some_and(|record| !is_of(record)) {
            return Err(StoreError::KeyReused.into());
        }
        Ok(record)
    }

    /// Records the result of a write with an idempotency key.
    pub(super) fn record<R: Resource>(
        &mut self,
        once: Option<&Once>,
        result: Option<&Entity<R>>,
        now: OffsetDateTime,
    ) -> Result<()> {
        let Some(once) = once else { return Ok(()) };
        let result = result.map(|entity| to_raw_value(&Item(entity)));
        let result = result
            .transpose()
            .map_err(|error| StoreError::Unavailable(error.into()))?;
        let record = Record::new(once, now);
        self.insert(once, &Record { result, ..record }, now)
    }

    /// Records that a write with an idempotency key was refused, unless there is a record, and returns the refusal that is recorded.
    pub(super) fn refuse(
        &mut self,
        once: &Once,
        refusal: Refusal,
        now: OffsetDateTime,
    ) -> Result<Refusal> {
        if let Some(record) = self.of_same_request(once, now)? {
            return record.refused.ok_or(StoreError::InFlight.into());
        }
        let record = Record {
            refused: Some(refusal),
            ..Record::new(once, now)
        };
        self.insert(once, &record, now)?;
        Ok(refusal)
    }

    /// Refuses a user who is leaving, or has left.
    pub(super) fn admit(&self, user: &UserId, now: OffsetDateTime) -> Result<()> {
        match self.kept(&Once::leaving(user), now)? {
            Some(_) => Err(StoreError::Leaving.into()),
            None => Ok(()),
        }
    }

    /// Notes that a user is leaving, and returns the moment of the first note.
    pub(super) fn begin_leaving(
        &mut self,
        user: &UserId,
        now: OffsetDateTime,
    ) -> Result<OffsetDateTime> {
        let leaving = Once::leaving(user);
        let before = self.kept(&leaving, now)?.and_then(|record| record.begun_at);
        let begun_at = before.unwrap_or_else(|| now.unix_timestamp());
        let record = Record {
            begun_at: Some(begun_at),
            ..Record::new(&leaving, now)
        };
        self.insert(&leaving, &record, now)?;
        let begun_at = OffsetDateTime::from_unix_timestamp(begun_at);
        Ok(begun_at.map_err(|error| corrupt("begunAt", &error))?)
    }

    fn insert(&mut self, once: &Once, record: &Record, now: OffsetDateTime) -> Result<()> {
        self.clear_expired(now)?;
        let bytes = to_json(record)?;
        let before = self.records.insert(record_key(once), bytes.as_slice())?;
        // An expired record was still there: its expiry must not delete the new record.
        if let Some(at) = before.and_then(|bytes| expiry_of(bytes.value())) {
            self.expiry.remove(expiry_key(at, once))?;
        }
        self.expiry
            .insert(expiry_key(record.expires_at, once), ())?;
        Ok(())
    }

    fn clear_expired(&mut self, now: OffsetDateTime) -> Result<()> {
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
    fn kept(&self, once: &Once, now: OffsetDateTime) -> Result<Option<Record>> {
        let Some(bytes) = self.records.get(record_key(once))? else {
            return Ok(None);
        };
        let record: Record =
            serde_json::from_slice(bytes.value()).map_err(|error| corrupt("record", &error))?;
        Ok(Some(record).filter(|record| record.expires_at > now.unix_timestamp()))
    }

    /// Deletes all records of a user, but for the note that the user is leaving.
    pub(super) fn forget(&mut self, user: &UserId) -> Result<()> {
        let mut keys = Vec::new();
        for entry in self.records.range(first_of(user)..)? {
            let (key, record) = entry?;
            let (caller, key) = key.value();
            if caller != user.as_str() {
                break;
            }
            if !idempotency::is_leaving(key) {
                keys.push((key.to_owned(), expiry_of(record.value())));
            }
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

/// The entity that an earlier write made, which its record must have.
pub(super) fn written<R: Resource>(result: Option<Entity<R>>) -> Result<Entity<R>, StoreError> {
    result.ok_or_else(|| corrupt("result", &"missing"))
}

/// True if there is a note that a user is leaving, which has not expired.
pub(super) fn is_leaving(
    table: &ReadOnlyTable<RecordKey<'static>, &'static [u8]>,
    user: &UserId,
    now: OffsetDateTime,
) -> Result<bool> {
    let record = table.get(record_key(&Once::leaving(user)))?;
    let expires_at = record.and_then(|record| expiry_of(record.value()));
    Ok(expires_at.is_some_and(|at| at > now.unix_timestamp()))
}

/// The keys of a user's records, [`MAX_REMEMBERED`] at most.
pub(super) fn remembered(
    table: &ReadOnlyTable<RecordKey<'static>, &'static [u8]>,
    user: &UserId,
) -> Result<Vec<Remembered>> {
    let mut found = Vec::new();
    for entry in table.range(first_of(user)..)?.take(MAX_REMEMBERED) {
        let (key, record) = entry?;
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
