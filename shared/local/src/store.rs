//! Movies in an embedded database ([`redb`]): ordered, transactional, durable.
//!
//! Reads are snapshots on the caller's thread: they touch a few cached pages. Writes go to one thread, which carries
//! out all waiting writes in one transaction and acknowledges them when it is on disk: a hundred writers wait for one
//! `fsync`, not for a hundred.

mod at_work;
mod records;
mod tables;
mod writer;

use std::{path::Path, sync::Arc};

use api::{
    idempotency::{Once, Remembered},
    movie::{Changes, Movie, MovieKey, Revision, UserId},
    page::{Page, PageRequest},
    store::{By, Guard, KeyPage, MovieStore, StoreError, Written},
};
use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

use self::{
    at_work::AtWork,
    records::RECORDS,
    tables::{BY_ADDER, MOVIES, Tables},
    writer::Writer,
};
use crate::database::{Database, OfDatabase, OpenError, Storage};

/// The size of the page cache in bytes. It fills as pages are read. A million movies need about three quarters of it;
/// with a smaller one, a page of them takes half as long again.
const CACHE: usize = 1024 * 1024 * 1024;

/// Movies in an embedded database.
#[derive(Debug)]
pub struct EmbeddedStore {
    database: Arc<Database>,
    writer: Writer,
    at_work: AtWork,
}

impl EmbeddedStore {
    /// Opens the database in this file, or creates it.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::start(Database::in_file(path, CACHE)?)
    }

    /// Creates a database in memory; it is dropped with this value.
    ///
    /// # Errors
    /// [`OpenError::Failed`].
    pub fn in_memory() -> Result<Self, OpenError> {
        Self::start(Database::in_memory()?)
    }

    /// Opens the database in a storage, or creates it there; the log uses the name. It is for tests of storage that
    /// fails: a file is checked before it is opened, and a storage is not.
    ///
    /// # Errors
    /// [`OpenError::Failed`].
    pub fn on(name: &str, storage: Storage) -> Result<Self, OpenError> {
        Self::start(Database::on(name, storage)?)
    }

    fn start(database: Database) -> Result<Self, OpenError> {
        // Opening a table for writing creates it if it is missing; opening it for reading would fail.
        let made = database.write(|first| {
            Tables::open(&first)?;
            first.commit().map_err(redb::Error::from)
        });
        made?;
        let database = Arc::new(database);
        let writer = Writer::start(Arc::clone(&database));
        Ok(Self {
            database,
            writer,
            at_work: AtWork::default(),
        })
    }

    /// Carries out a write. Of several with the same idempotency key, only one is under way at a time.
    async fn write<T, W>(&self, once: Option<&Once>, write: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&mut Tables<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let turn = once.map(|once| self.at_work.begin(once)).transpose()?;
        self.writer
            .run(move |tables| {
                // The turn is held until the write is done, even if the caller is gone.
                let _turn = turn;
                write(tables)
            })
            .await
    }
}

#[async_trait]
impl MovieStore for EmbeddedStore {
    async fn get(&self, key: &MovieKey) -> Result<Option<Movie>, StoreError> {
        self.database.read(|snapshot| {
            let movies = snapshot.open_table(MOVIES).map_err(unavailable)?;
            let found = movies.get(tables::movie_key(key)).map_err(unavailable)?;
            found
                .map(|bytes| tables::read_movie(bytes.value()))
                .transpose()
        })
    }

    async fn list(&self, page: &PageRequest) -> Result<Page, StoreError> {
        self.database.read(|snapshot| {
            let table = snapshot.open_table(MOVIES).map_err(unavailable)?;
            let mut movies = Vec::with_capacity(page.limit.into());
            let mut more = false;
            for entry in table.range(tables::range(page)).map_err(unavailable)? {
                let (key, bytes) = entry.map_err(unavailable)?;
                if !tables::matches(&page.filter, key.value()) {
                    break;
                }
                if movies.len() == usize::from(page.limit) {
                    more = true;
                    break;
                }
                movies.push(tables::read_movie(bytes.value())?);
            }
            let next = movies
                .last()
                .filter(|_| more)
                .map(|movie| movie.key.clone());
            Ok(Page { movies, next })
        })
    }

    async fn add(&self, movie: &Movie, once: Option<&Once>) -> Result<Written<Movie>, StoreError> {
        let (movie, recorded) = (movie.clone(), once.cloned());
        let user = once.map(|once| &once.caller).or(movie.added_by.as_ref());
        let user = user.cloned();
        self.write(once, move |tables| {
            let now = movie.updated_at;
            if let Some(user) = &user {
                tables.admit(user, now)?;
            }
            if let Some(before) = tables.recorded(recorded.as_ref(), now)? {
                return before.into_movie();
            }
            if tables.get(&movie.key)?.is_some() {
                return Err(StoreError::AlreadyExists);
            }
            tables.put(None, &movie)?;
            tables.record(recorded.as_ref(), Some(&movie), now)?;
            Ok(Written::now(movie))
        })
        .await
    }

    async fn update(
        &self,
        key: &MovieKey,
        changes: &Changes,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: Option<&Once>,
    ) -> Result<Written<Movie>, StoreError> {
        let (key, changes, recorded) = (key.clone(), changes.clone(), once.cloned());
        let guard = OwnedGuard::from(guard);
        self.write(once, move |tables| {
            tables.admit(&guard.user, now)?;
            if let Some(before) = tables.recorded(recorded.as_ref(), now)? {
                return before.into_movie();
            }
            let movie = tables.get(&key)?.ok_or(StoreError::NotFound)?;
            guard.as_guard().check(&movie)?;
            let before = movie;
            let movie = before.changed(&changes, now);
            tables.put(Some(&before), &movie)?;
            tables.record(recorded.as_ref(), Some(&movie), now)?;
            Ok(Written::now(movie))
        })
        .await
    }

    async fn delete(
        &self,
        key: &MovieKey,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: Option<&Once>,
    ) -> Result<Written<()>, StoreError> {
        let (key, recorded) = (key.clone(), once.cloned());
        let guard = OwnedGuard::from(guard);
        self.write(once, move |tables| {
            tables.admit(&guard.user, now)?;
            if tables.recorded(recorded.as_ref(), now)?.is_some() {
                return Ok(Written::before(()));
            }
            let movie = tables.get(&key)?.ok_or(StoreError::NotFound)?;
            guard.as_guard().check(&movie)?;
            tables.remove(&movie)?;
            tables.record(recorded.as_ref(), None, now)?;
            Ok(Written::now(()))
        })
        .await
    }

    async fn added_by(
        &self,
        user: &UserId,
        limit: u8,
        after: Option<&MovieKey>,
    ) -> Result<KeyPage, StoreError> {
        self.database.read(|snapshot| {
            let table = snapshot.open_table(BY_ADDER).map_err(unavailable)?;
            tables::added_by(&table, user, limit.into(), after)
        })
    }

    async fn disown(
        &self,
        key: &MovieKey,
        user: &UserId,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let (key, user) = (key.clone(), user.clone());
        self.write(None, move |tables| {
            match tables.get(&key)?.filter(|movie| movie.is_of(&user)) {
                Some(movie) => tables.put(Some(&movie), &movie.disowned(now)),
                None => Ok(()),
            }
        })
        .await
    }

    async fn delete_of(&self, key: &MovieKey, user: &UserId) -> Result<(), StoreError> {
        let (key, user) = (key.clone(), user.clone());
        self.write(None, move |tables| {
            match tables.get(&key)?.filter(|movie| movie.is_of(&user)) {
                Some(movie) => tables.remove(&movie),
                None => Ok(()),
            }
        })
        .await
    }

    /// A snapshot has all that was acknowledged before it.
    fn lag(&self) -> Duration {
        Duration::ZERO
    }

    async fn begin_leaving(
        &self,
        user: &UserId,
        now: OffsetDateTime,
    ) -> Result<OffsetDateTime, StoreError> {
        let user = user.clone();
        self.write(None, move |tables| tables.begin_leaving(&user, now))
            .await
    }

    async fn is_leaving(&self, user: &UserId, now: OffsetDateTime) -> Result<bool, StoreError> {
        self.database.read(|snapshot| {
            let table = snapshot.open_table(RECORDS).map_err(unavailable)?;
            records::is_leaving(&table, user, now)
        })
    }

    async fn remembered(&self, user: &UserId) -> Result<Vec<Remembered>, StoreError> {
        self.database.read(|snapshot| {
            let table = snapshot.open_table(RECORDS).map_err(unavailable)?;
            records::remembered(&table, user)
        })
    }

    async fn forget(&self, user: &UserId) -> Result<(), StoreError> {
        let user = user.clone();
        self.write(None, move |tables| tables.forget(&user)).await
    }
}

/// A [`Guard`] that another thread can hold.
struct OwnedGuard {
    user: UserId,
    any_movie: bool,
    revisions: Option<Vec<Revision>>,
}

impl OwnedGuard {
    fn as_guard(&self) -> Guard<'_> {
        Guard {
            by: if self.any_movie {
                By::Editor(&self.user)
            } else {
                By::Owner(&self.user)
            },
            revisions: self.revisions.as_deref(),
        }
    }
}

impl From<&Guard<'_>> for OwnedGuard {
    fn from(guard: &Guard<'_>) -> Self {
        Self {
            user: guard.user().clone(),
            any_movie: guard.owner().is_none(),
            revisions: guard.revisions.map(<[_]>::to_vec),
        }
    }
}

impl OfDatabase for StoreError {
    fn new(error: redb::Error) -> Self {
        unavailable(error)
    }

    fn of_database(&self) -> Option<&redb::Error> {
        match self {
            Self::Unavailable(cause) => cause.downcast_ref(),
            _ => None,
        }
    }
}

fn unavailable(error: impl Into<redb::Error>) -> StoreError {
    StoreError::Unavailable(Box::new(error.into()))
}
