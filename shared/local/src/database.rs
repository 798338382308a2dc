//! A database that is opened only when it is whole, and again after a failure.
//!
//! redb refuses everything after an I/O error until it is opened anew: what it holds in memory may no
//! longer be what is on disk. A full disk is such an error, and passes. So the database is opened again
//! as soon as an operation failed, and it goes on from the last transaction that was committed; writes
//! are tried again a second later. The log says once why, and once that it works again.

mod opening;
mod storage;

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, TryLockError},
    time::{Duration, Instant},
};

use redb::{ReadTransaction, ReadableDatabase as _, WriteTransaction};

use self::storage::{LastError, Watched};
pub use self::{
    opening::OpenError,
    storage::{Backend, Storage},
};

/// How long nothing is tried after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// How many bytes are kept in memory at most of a database that is small, or in memory itself.
pub(crate) const SMALL_CACHE: usize = 64 * 1024 * 1024;

/// A database and how to open it again.
pub(crate) struct Database {
    /// By which the log names it.
    name: String,
    storage: Storage,
    /// How many bytes of it are kept in memory at most.
    cache: usize,
    last_error: LastError,
    open: RwLock<Open>,
    trouble: Mutex<Trouble>,
}

/// A database as it is open now.
struct Open {
    /// `None` when it could not be opened again.
    database: Option<redb::Database>,
    /// How often it was opened.
    times: u64,
}

/// What is wrong.
#[derive(Default)]
struct Trouble {
    /// The cause that the log has.
    told: Option<String>,
    /// When to try again.
    pause_until: Option<Instant>,
}

/// An error that may be the database's.
pub(crate) trait OfDatabase {
    /// Takes the database's error.
    fn new(error: redb::Error) -> Self;

    /// The database's error, if it is one.
    fn of_database(&self) -> Option<&redb::Error>;
}

impl OfDatabase for redb::Error {
    fn new(error: redb::Error) -> Self {
        error
    }

    fn of_database(&self) -> Option<&Self> {
        Some(self)
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
    /// Opens the database in this file, or creates it, with at most so many bytes of it in memory.
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

    /// Reads, all of it as of the same moment. Does not wait.
    pub(crate) fn read<T, E: OfDatabase>(
        &self,
        work: impl FnOnce(&ReadTransaction) -> Result<T, E>,
    ) -> Result<T, E> {
        let times = self.ready().map_err(E::new)?;
        let snapshot = self
            .try_open()
            .and_then(|open| begin(&open, redb::Database::begin_read));
        let result = guarded(|| work(&snapshot.map_err(E::new)?));
        self.look_at(&result, times, false);
        result
    }

    /// Reads and writes with nothing in between. The work commits.
    pub(crate) fn write<T, E: OfDatabase>(
        &self,
        work: impl FnOnce(WriteTransaction) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.trouble().is_paused(Instant::now()) {
            return Err(E::new(not_now("it could not be written a moment ago")));
        }
        let times = self.ready().map_err(E::new)?;
        let result = {
            // Kept until the work is done, because redb does not close under a transaction that writes.
            let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
            let transaction = begin(&open, redb::Database::begin_write);
            guarded(|| work(transaction.map_err(E::new)?))
        };
        self.look_at(&result, times, true);
        if result.is_ok() {
            self.works();
        }
        result
    }

    /// Opens it again if that failed before, and it is time; gives how often it was opened.
    fn ready(&self) -> Result<u64, redb::Error> {
        let times = {
            let open = self.try_open()?;
            if open.database.is_some() {
                return Ok(open.times);
            }
            open.times
        };
        if self.trouble().is_paused(Instant::now()) {
            return Err(not_now("it could not be opened a moment ago"));
        }
        self.open_again(times, None);
        Ok(times + 1)
    }

    fn try_open(&self) -> Result<RwLockReadGuard<'_, Open>, redb::Error> {
        match self.open.try_read() {
            Ok(open) => Ok(open),
            Err(TryLockError::Poisoned(open)) => Ok(open.into_inner()),
            Err(TryLockError::WouldBlock) => Err(not_now("it is being opened again")),
        }
    }

    fn look_at<T, E: OfDatabase>(&self, result: &Result<T, E>, times: u64, wrote: bool) {
        let Err(error) = result else { return };
        match error.of_database() {
            Some(cause) if is_not_now(cause) => {}
            // The record that cannot be read is told with the request; the next may be good.
            Some(redb::Error::Corrupted(_)) if wrote => self.open_again(times, None),
            Some(
                cause @ (redb::Error::Io(_)
                | redb::Error::PreviousIo
                | redb::Error::DatabaseClosed
                | redb::Error::LockPoisoned(_)),
            ) => self.open_again(times, Some(cause)),
            _ => {}
        }
    }

    /// Closes it and opens it anew, unless another has done that since it was opened so many times.
    /// Snapshots that are still read lose what is not in memory.
    fn open_again(&self, times: u64, cause: Option<&redb::Error>) {
        let mut open_now = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if open_now.times != times {
            return;
        }
        open_now.times += 1;
        if let Some(cause) = cause {
            let last_error = self.last_error.lock();
            let last_error = last_error.unwrap_or_else(PoisonError::into_inner).take();
            self.failed(last_error.map(redb::Error::Io).as_ref().unwrap_or(cause));
        }
        // First, for it holds the lock of the file.
        drop(open_now.database.take());
        match open(&self.storage, self.cache, &self.last_error) {
            Ok(database) => open_now.database = Some(database),
            Err(error) => self.failed(&error),
        }
    }

    fn failed(&self, cause: &redb::Error) {
        let mut trouble = self.trouble();
        trouble.pause_until = Some(Instant::now() + PAUSE);
        let text = cause.to_string();
        if trouble.told.as_ref() != Some(&text) {
            tracing::error!("{} fails: {text}; {}", self.name, what_now(cause));
            trouble.told = Some(text);
        }
    }

    fn works(&self) {
        let mut trouble = self.trouble();
        trouble.pause_until = None;
        if trouble.told.take().is_some() {
            tracing::info!("{} works again", self.name);
        }
    }

    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trouble {
    fn is_paused(&self, now: Instant) -> bool {
        self.pause_until.is_some_and(|until| now < until)
    }
}

/// A damaged page that is only seen now may be a panic.
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

fn begin<T>(
    open: &Open,
    begin: impl FnOnce(&redb::Database) -> Result<T, redb::TransactionError>,
) -> Result<T, redb::Error> {
    let database = open.database.as_ref();
    let database = database.ok_or_else(|| not_now("it could not be opened"))?;
    guarded(|| Ok(begin(database)?))
}

/// Does some work; a panic, as of a page that is not what it should be, is an error of it alone.
fn guarded<T, E: OfDatabase>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = opening::message(&*panic);
        Err(E::new(redb::Error::Corrupted(format!("a panic: {text}"))))
    })
}

/// Why nothing is tried at the moment. Of no interest to the log: it has the cause.
#[derive(Debug, thiserror::Error)]
#[error("not available for a moment: {0}")]
struct NotNow(&'static str);

fn not_now(reason: &'static str) -> redb::Error {
    redb::Error::Io(io::Error::other(NotNow(reason)))
}

fn is_not_now(error: &redb::Error) -> bool {
    match error {
        redb::Error::Io(error) => error
            .get_ref()
            .is_some_and(<dyn std::error::Error + Send + Sync>::is::<NotNow>),
        _ => false,
    }
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
