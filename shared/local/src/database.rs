//! A database that is opened only if it is undamaged, and reopened after a failure.
//!
//! After an I/O error redb refuses all work until it is reopened, because its memory may differ from the disk. A full
//! disk is such an error, and it passes. So the database is reopened as soon as an operation fails, and continues from
//! the last committed transaction; writes are tried again a second later. The log states the cause once, and the
//! recovery once.

mod opening;
mod storage;

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::{Duration, Instant},
};

use parking_lot::{Mutex, RwLock, RwLockReadGuard};
use redb::{ReadTransaction, ReadableDatabase as _, WriteTransaction};

use self::storage::{LastError, Watched};
pub use self::{opening::OpenError, storage::Storage};

/// The pause after a failure in which nothing is tried.
const PAUSE: Duration = Duration::from_secs(1);

/// The size in bytes of the page cache of a small database, or of one in memory.
pub(crate) const SMALL_CACHE: usize = 64 * 1024 * 1024;

/// A database, and the storage to reopen it from.
pub(crate) struct Database {
    /// The name of the database in the log.
    name: String,
    storage: Storage,
    /// The size of the page cache in bytes.
    cache: usize,
    last_error: LastError,
    open: RwLock<Open>,
    trouble: Mutex<Trouble>,
}

/// The open database.
struct Open {
    /// `None` if it could not be reopened.
    database: Option<redb::Database>,
    /// The number of times that it was opened.
    times: u64,
}

/// The current failure, if there is one.
#[derive(Default)]
struct Trouble {
    /// The cause that was logged last.
    told: Option<String>,
    /// The end of the pause.
    pause_until: Option<Instant>,
}

/// The failure of work with a database. A write transaction is rolled back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure<E> {
    /// The database failed.
    #[error("{0}")]
    Database(#[from] redb::Error),
    /// The database is not available for a moment. It is not logged, because the log has the cause.
    #[error("not available for a moment: {0}")]
    NotNow(&'static str),
    /// The answer to the caller.
    #[error("{0}")]
    Refused(E),
}

impl<E> From<redb::StorageError> for Failure<E> {
    fn from(error: redb::StorageError) -> Self {
        Self::Database(error.into())
    }
}

impl<E> From<redb::TableError> for Failure<E> {
    fn from(error: redb::TableError) -> Self {
        Self::Database(error.into())
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Database {
    /// Opens the database in this file, or creates it. `cache` is the size of its page cache in bytes.
    pub(crate) fn in_file(path: &Path, cache: usize) -> Result<Self, OpenError> {
        let storage = opening::storage_in(path)?;
        Self::start(path.display().to_string(), storage, cache)
    }

    /// Creates a database in memory.
    pub(crate) fn in_memory() -> Result<Self, OpenError> {
        Self::on("memory", storage::in_memory())
    }

    /// Opens the database in this storage, or creates it.
    pub(crate) fn on(name: &str, storage: Storage) -> Result<Self, OpenError> {
        Self::start(name.to_owned(), storage, SMALL_CACHE)
    }

    fn start(name: String, storage: Storage, cache: usize) -> Result<Self, OpenError> {
        let last_error = LastError::default();
        let database = open(&storage, cache, &last_error)?;
        let open = RwLock::new(Open {
            database: Some(database),
            times: 1,
        });
        Ok(Self {
            name,
            storage,
            cache,
            last_error,
            open,
            trouble: Mutex::default(),
        })
    }

    /// Reads from one snapshot. Does not wait.
    pub(crate) fn read<T, E>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, Failure<E>>,
    ) -> Result<T, Failure<E>> {
        let times = self.ready()?;
        let result = guarded(|| {
            let begun = self.try_open()?.database()?.begin_read();
            work(&begun.map_err(redb::Error::from)?)
        });
        self.look_at(&result, times, false);
        result
    }

    /// Runs a write transaction, which the work itself commits.
    pub(crate) fn write<T, E>(
        &self,
        work: impl FnOnce(WriteTransaction) -> Result<T, Failure<E>>,
    ) -> Result<T, Failure<E>> {
        if self.trouble.lock().is_paused() {
            return Err(Failure::NotNow("it could not be written a moment ago"));
        }
        let times = self.ready()?;
        let result = {
            // Held until the work is done: redb does not close during a write transaction.
            let open = self.open.read();
            guarded(|| {
                let begun = open.database()?.begin_write();
                work(begun.map_err(redb::Error::from)?)
            })
        };
        self.look_at(&result, times, true);
        if result.is_ok() {
            self.works();
        }
        result
    }

    /// Reopens the database if that failed before and the pause is over. Returns the number of times that it was
    /// opened.
    fn ready<E>(&self) -> Result<u64, Failure<E>> {
        let times = {
            let open = self.try_open()?;
            if open.database.is_some() {
                return Ok(open.times);
            }
            open.times
        };
        if self.trouble.lock().is_paused() {
            return Err(Failure::NotNow("it could not be opened a moment ago"));
        }
        self.open_again(times, None);
        Ok(times + 1)
    }

    fn try_open<E>(&self) -> Result<RwLockReadGuard<'_, Open>, Failure<E>> {
        let open = self.open.try_read();
        open.ok_or(Failure::NotNow("it is being opened again"))
    }

    fn look_at<T, E>(&self, result: &Result<T, Failure<E>>, times: u64, wrote: bool) {
        let Err(Failure::Database(cause)) = result else {
            return;
        };
        match cause {
            // A corrupt record fails only its own request; the next record may be readable.
            redb::Error::Corrupted(_) if wrote => self.open_again(times, None),
            redb::Error::Io(_)
            | redb::Error::PreviousIo
            | redb::Error::DatabaseClosed
            | redb::Error::LockPoisoned(_) => self.open_again(times, Some(cause)),
            _ => {}
        }
    }

    /// Closes and reopens the database, unless another thread has done that since `times`. Snapshots that are still
    /// open can then read only what is in memory.
    fn open_again(&self, times: u64, cause: Option<&redb::Error>) {
        let mut open_now = self.open.write();
        if open_now.times != times {
            return;
        }
        open_now.times += 1;
        if let Some(cause) = cause {
            let last_error = self.last_error.lock().take();
            self.failed(last_error.map(redb::Error::Io).as_ref().unwrap_or(cause));
        }
        // Closed first, because it holds the lock of the file.
        drop(open_now.database.take());
        match open(&self.storage, self.cache, &self.last_error) {
            Ok(database) => open_now.database = Some(database),
            Err(error) => self.failed(&error),
        }
    }

    fn failed(&self, cause: &redb::Error) {
        let mut trouble = self.trouble.lock();
        trouble.pause_until = Some(Instant::now() + PAUSE);
        let text = cause.to_string();
        if trouble.told.as_ref() != Some(&text) {
            tracing::error!("{} fails: {text}; {}", self.name, what_now(cause));
            trouble.told = Some(text);
        }
    }

    fn works(&self) {
        let mut trouble = self.trouble.lock();
        trouble.pause_until = None;
        if trouble.told.take().is_some() {
            tracing::info!("{} works again", self.name);
        }
    }
}

impl Open {
    fn database<E>(&self) -> Result<&redb::Database, Failure<E>> {
        let database = self.database.as_ref();
        database.ok_or(Failure::NotNow("it could not be opened"))
    }
}

impl Trouble {
    fn is_paused(&self) -> bool {
        self.pause_until.is_some_and(|until| Instant::now() < until)
    }
}

/// Opens the database. redb may panic at a damaged page, so the call is guarded.
fn open(
    storage: &Storage,
    cache: usize,
    last_error: &LastError,
) -> Result<redb::Database, redb::Error> {
    guarded(|| {
        let storage = Watched::new(storage()?, LastError::clone(last_error));
        let mut builder = redb::Database::builder();
        Ok(builder.set_cache_size(cache).create_with_backend(storage)?)
    })
}

/// Runs the work, and turns a panic, such as that of redb at a damaged page, into an error.
fn guarded<T, E: From<redb::Error>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        let text = format!("a panic: {}", text.unwrap_or("of no text"));
        Err(redb::Error::Corrupted(text).into())
    })
}

fn what_now(cause: &redb::Error) -> &'static str {
    match cause {
        redb::Error::Io(error)
            if matches!(
                error.kind(),
                io::ErrorKind::StorageFull
                    | io::ErrorKind::QuotaExceeded
                    | io::ErrorKind::FileTooLarge
            ) =>
        {
            "nothing is written until there is room; then it goes on by itself"
        }
        redb::Error::Corrupted(_) => {
            "the file is damaged: stop the server, and put a copy of it in its place"
        }
        _ => "it is tried again each second, and goes on by itself when it can",
    }
}
