//! The database of accounts.

#[cfg(test)]
mod dump;
mod passkeys;
mod pending;
mod record;
mod sweep;
mod tables;

use accounts::identity::IdentityError;
use parking_lot::Mutex;
use redb::ReadTransaction;
use time::OffsetDateTime;

#[cfg(test)]
pub(super) use self::passkeys::RECORDED;
pub(super) use self::{
    pending::{SignUp, SignUps},
    record::{Account, Authenticator, Code, Passkey, Purpose, RefreshToken, Session, Spent},
    tables::{CODES, Change, PASSKEYS, REFRESH_TOKENS, SESSIONS, SIGN_UPS, Tables, prepare},
};
use super::unavailable;
use crate::database::{self, Database, OpenError};

/// The accounts of one stage. Its functions block the thread.
#[derive(Debug)]
pub(super) struct Accounts {
    database: Database,
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
            sweep::sweep(&first, now)?;
            Ok(first.0.commit().map_err(redb::Error::from)?)
        })?;
        Ok(Self {
            database,
            swept_at: Mutex::new(now),
        })
    }

    /// Reads from one snapshot.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.database.read(work)
    }

    /// Runs a write transaction, and waits until it is on disk.
    pub(super) fn write<T>(
        &self,
        now: OffsetDateTime,
        work: impl FnOnce(&Change) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.database.write(|transaction| {
            let change = Change(transaction);
            let sweeps = now - *self.swept_at.lock() >= sweep::EVERY;
            if sweeps {
                sweep::sweep(&change, now)?;
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
