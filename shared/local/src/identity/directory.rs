//! The database of accounts.

#[cfg(test)]
mod dump;
mod passkeys;
mod pending;
mod record;
mod sweep;
mod tables;

use std::path::Path;

use accounts::identity::IdentityError;
use parking_lot::Mutex;
use redb::ReadTransaction;
use time::OffsetDateTime;

#[cfg(test)]
pub(super) use self::passkeys::RECORDED;
pub(super) use self::{
    passkeys::{Passkey, passkey, passkeys},
    pending::{SignUp, SignUps, sign_ups},
    record::{Account, Authenticator, Code, Purpose, RefreshToken, Session, Spent},
    tables::{Change, Tables, prepare},
};
use super::unavailable;
use crate::database::{Database, OfDatabase, OpenError, SMALL_CACHE};

/// The accounts of one stage. Its functions block the thread.
#[derive(Debug)]
pub(super) struct Accounts {
    database: Database,
    /// The time of the last sweep of expired records.
    swept_at: Mutex<OffsetDateTime>,
}

/// The failure of a read or of a write transaction. The transaction is rolled back.
#[derive(Debug)]
pub(super) enum Failure {
    /// The database failed.
    Database(redb::Error),
    /// The answer to the caller.
    Refused(IdentityError),
}

impl From<redb::Error> for Failure {
    fn from(error: redb::Error) -> Self {
        Self::Database(error)
    }
}

impl From<IdentityError> for Failure {
    fn from(error: IdentityError) -> Self {
        Self::Refused(error)
    }
}

impl From<Failure> for IdentityError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Database(error) => unavailable(error),
            Failure::Refused(error) => error,
        }
    }
}

impl OfDatabase for Failure {
    fn new(error: redb::Error) -> Self {
        Self::Database(error)
    }

    fn of_database(&self) -> Option<&redb::Error> {
        match self {
            Self::Database(error) => Some(error),
            Self::Refused(_) => None,
        }
    }
}

impl Accounts {
    /// Opens the database in this file, or creates it.
    pub(super) fn open(path: &Path, now: OffsetDateTime) -> Result<Self, OpenError> {
        Self::start(Database::in_file(path, SMALL_CACHE)?, now)
    }

    /// Creates a database in memory.
    pub(super) fn in_memory(now: OffsetDateTime) -> Result<Self, OpenError> {
        Self::start(Database::in_memory()?, now)
    }

    fn start(database: Database, now: OffsetDateTime) -> Result<Self, OpenError> {
        let made: tables::Result<()> = database.write(|first| {
            let first = Change(first);
            first.make_tables()?;
            sweep::sweep(&first, now)?;
            Ok(first.0.commit()?)
        });
        made?;
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
