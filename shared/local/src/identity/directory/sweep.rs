//! Deletes expired records, once an hour.

use std::time::Duration;

use serde::Deserialize;
use time::{OffsetDateTime, serde::timestamp::milliseconds_i64 as millis};

use super::tables::{CODES, Change, REFRESH_TOKENS, Records, Result, SESSIONS, SIGN_UPS, decode};

/// The time between two sweeps.
pub(super) const EVERY: Duration = Duration::from_hours(1);

/// Deletes all sign-ups, codes, sessions and refresh tokens that have expired.
pub(super) fn sweep(change: &Change, now: OffsetDateTime) -> Result<()> {
    sweep_table(change, &SIGN_UPS, now)?;
    sweep_table(change, &CODES, now)?;
    sweep_table(change, &SESSIONS, now)?;
    sweep_table(change, &REFRESH_TOKENS, now)
}

fn sweep_table<K: redb::Key + 'static, T>(
    change: &Change,
    records: &Records<K, T>,
    now: OffsetDateTime,
) -> Result<()> {
    /// The member that all of them have.
    #[derive(Deserialize)]
    struct Expiring {
        #[serde(with = "millis")]
        good_until: OffsetDateTime,
    }

    let in_force = |json: &[u8]| decode::<Expiring>(json).is_ok_and(|it| now < it.good_until);
    let mut table = change.0.open_table(records.table)?;
    Ok(table.retain(|_, json| in_force(json))?)
}
