//! The database of accounts.

#[cfg(test)]
mod dump;
mod passkeys;
mod pending;
mod record;
mod tables;

use std::time::Duration;

use accounts::identity::IdentityError;
use parking_lot::Mutex;
use serde::Deserialize;
use time::{OffsetDateTime, serde::timestamp::milliseconds_i64 as millis};

#[cfg(test)]
pub(super) use self::passkeys::RECORDED;
use self::tables::Records;
pub(super) use self::{
    pending::{SignUp, SignUps},
    record::{Account, Authenticator, Code, Passkey, Purpose, RefreshToken, Session, Spent},
    tables::{CODES, Change, PASSKEYS, REFRESH_TOKENS, SESSIONS, SIGN_UPS, Tables, prepare},
};
use super::unavailable;
use crate::database::{self, Database, OpenError};

/// The time between two sweeps of expired records.
const SWEEP_EVERY: Duration = Duration::from_hours(1);

/// The accounts of one stage. Its functions block the thread.
#[derive(Debug)]
pub(super) struct Accounts {
    pub(super) database: Database,
    /// The time of the last sweep of expired records.
    swept_at: Mutex<OffsetDateTime>,
}

/// The failure of a read or of a write transaction.
pub(super) type Failure = database::Failure<IdentityError>;

impl From<IdentityError> for Failure {
    fn from(error: IdentityError) -> Self {
        Self::Refused(error)
    }
}

impl From<Failure> for IdentityError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => error,
            failure => unavailable(failure.to_string()),
        }
    }
}

impl Accounts {
    /// Opens the accounts in a database.
    pub(super) fn open(database: Database, now: OffsetDateTime) -> Result<Self, OpenError> {
        database.write(|first| -> Result<_, Failure> {
            let first = Change(first);
            first.make_tables()?;
            sweep(&first, now)?;
            Ok(first.0.commit().map_err(redb::Error::from)?)
        })?;
        Ok(Self {
            database,
            swept_at: Mutex::new(now),
        })
    }

    /// Runs a write transaction, and waits until it is on disk.
    pub(super) fn write<T>(
        &self,
        now: OffsetDateTime,
        work: impl FnOnce(&Change) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.database.write(|transaction| {
            let change = Change(transaction);
            let sweeps = now - *self.swept_at.lock() >= SWEEP_EVERY;
            if sweeps {
                sweep(&change, now)?;
            }
            let result = work(&change)?;
            change.0.commit().map_err(redb::Error::from)?;
            if sweeps {
                *self.swept_at.lock() = now;
            }
            Ok(result)
        })
    }
}

/// Deletes all sign-ups, codes, sessions and refresh tokens that have expired.
fn sweep(change: &Change, now: OffsetDateTime) -> tables::Result<()> {
    sweep_table(change, &SIGN_UPS, now)?;
    sweep_table(change, &CODES, now)?;
    sweep_table(change, &SESSIONS, now)?;
    sweep_table(change, &REFRESH_TOKENS, now)
}

fn sweep_table<K: redb::Key + 'static, T>(
    change: &Change,
    records: &Records<K, T>,
    now: OffsetDateTime,
) -> tables::Result<()> {
    /// The member that all of them have.
    #[derive(Deserialize)]
    struct Expiring {
        #[serde(with = "millis")]
        good_until: OffsetDateTime,
    }

    let in_force =
        |json: &[u8]| tables::decode::<Expiring>(json).is_ok_and(|it| now < it.good_until);
    let mut table = change.0.open_table(records.table)?;
    Ok(table.retain(|_, json| in_force(json))?)
}
