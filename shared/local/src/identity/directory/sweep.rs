//! Deletes expired records, once an hour.

use std::{
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

use redb::TableDefinition;
use serde::Deserialize;
use time::{OffsetDateTime, serde::timestamp::milliseconds_i64 as millis};

use super::{
    Accounts,
    tables::{CODES, Change, REFRESH_TOKENS, SESSIONS, SIGN_UPS, decode},
};

const EVERY: Duration = Duration::from_hours(1);

impl Accounts {
    /// True if the next sweep is due.
    pub(super) fn sweep_is_due(&self, now: OffsetDateTime) -> bool {
        now - *self.swept_at() >= EVERY
    }

    /// Notes the time of a sweep, once it is on disk.
    pub(super) fn swept(&self, now: OffsetDateTime) {
        *self.swept_at() = now;
    }

    fn swept_at(&self) -> MutexGuard<'_, OffsetDateTime> {
        self.swept_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Deletes all sign-ups, codes, sessions and refresh tokens that have expired.
pub(super) fn sweep(change: &Change, now: OffsetDateTime) -> Result<(), redb::Error> {
    sweep_table(change, SIGN_UPS, now)?;
    sweep_table(change, CODES, now)?;
    sweep_table(change, SESSIONS, now)?;
    sweep_table(change, REFRESH_TOKENS, now)
}

fn sweep_table<K: redb::Key + 'static>(
    change: &Change,
    table: TableDefinition<'_, K, &'static [u8]>,
    now: OffsetDateTime,
) -> Result<(), redb::Error> {
    /// The member that all of them have.
    #[derive(Deserialize)]
    struct Expiring {
        #[serde(with = "millis")]
        good_until: OffsetDateTime,
    }

    let in_force = |json: &[u8]| decode::<Expiring>(json).is_ok_and(|it| now < it.good_until);
    Ok(change.open(table)?.retain(|_, json| in_force(json))?)
}
