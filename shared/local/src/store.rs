//! Resources in an embedded database ([`redb`]): ordered, transactional, durable.
//!
//! Reads are snapshots on the caller's thread: they touch a few cached pages. Writes go to one thread, which carries
//! out all waiting writes in one transaction and acknowledges them when it is on disk: a hundred writers wait for one
//! `fsync`, not for a hundred.

mod at_work;
mod records;
mod tables;
mod writer;

use std::{ops::Bound, path::Path, sync::Arc};

use async_trait::async_trait;
use kit::{
    idempotency::Once,
    page::{KeyPage, Page, PageRequest},
    resource::{Entity, Resource, Revision},
    search::{SearchPage, SearchRequest},
    store::{By, Guard, Records, Remembered, Store, StoreError, StoreSource, Written},
    user::UserId,
};
use redb::TableError;
use time::{Duration, OffsetDateTime};

use self::{
    at_work::AtWork,
    tables::{RECORDS, Tables},
    writer::Writer,
};
use crate::database::{Database, OfDatabase, OpenError, Storage};

/// The size of the page cache in bytes. It fills as pages are read. A million resources of a kilobyte need about three quarters of it;
/// with a smaller one, a page of them takes half as long again.
const CACHE: usize = 1024 * 1024 * 1024;

/// Resources in an embedded database. A clone is another handle of the same.
#[derive(Debug, Clone)]
pub struct EmbeddedStore {
    database: Arc<Database>,
    writer: Arc<Writer>,
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
        let writer = Arc::new(Writer::start(Arc::clone(&database)));
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

impl StoreSource for EmbeddedStore {
    fn store<R: Resource>(&self) -> Arc<dyn Store<R>> {
        Arc::new(self.clone())
    }
}

#[async_trait]
impl<R: Resource> Store<R> for EmbeddedStore {
    async fn get(&self, key: &R::Key) -> Result<Option<Entity<R>>, StoreError> {
        self.database.read(|snapshot| {
            let Some(table) = existing(snapshot.open_table(tables::entities::<R>()))? else {
                return Ok(None);
            };
            let found = table
                .get(tables::bytes(key).as_slice())
                .map_err(unavailable)?;
            found
                .map(|bytes| tables::read_entity(bytes.value()))
                .transpose()
        })
    }

    async fn list(&self, page: &PageRequest<R::Key>) -> Result<Page<R>, StoreError> {
        self.database.read(|snapshot| {
            let mut items = Vec::with_capacity(page.limit.into());
            let mut next = None;
            let Some(table) = existing(snapshot.open_table(tables::entities::<R>()))? else {
                return Ok(Page { items, next });
            };
            let start = tables::start(page);
            let start = start.as_ref().map(Vec::as_slice);
            let entries = table.range::<&[u8]>((start, Bound::Unbounded));
            for entry in entries.map_err(unavailable)? {
                let (key, bytes) = entry.map_err(unavailable)?;
                if !tables::is_listed(&page.filter, key.value()) {
                    break;
                }
                if items.len() == usize::from(page.limit) {
                    next = items.last().map(|last: &Entity<R>| last.key.clone());
                    break;
                }
                items.push(tables::read_entity(bytes.value())?);
            }
            Ok(Page { items, next })
        })
    }

    async fn search(&self, request: &SearchRequest) -> Result<SearchPage<R>, StoreError> {
        let search = || {
            self.database
                .read(|snapshot| tables::search::<R>(snapshot, request))
        };
        if let Some(page) = search()? {
            return Ok(page);
        }
        // The first write completes the index of a file that has none.
        self.write(None, |tables| tables.of::<R>().map(drop))
            .await?;
        let page = search()?;
        page.ok_or_else(|| StoreError::Unavailable("the index is not complete".into()))
    }

    async fn add(
        &self,
        entity: &Entity<R>,
        once: Option<&Once>,
    ) -> Result<Written<Entity<R>>, StoreError> {
        let (entity, recorded) = (entity.clone(), once.cloned());
        let user = once.map(|once| &once.caller).or(entity.owner.as_ref());
        let user = user.cloned();
        self.write(once, move |tables| {
            let now = entity.updated_at;
            if let Some(user) = &user {
                tables.admit(user, now)?;
            }
            if let Some(before) = tables.recorded(recorded.as_ref(), now)? {
                return before.into_entity();
            }
            let mut table = tables.of::<R>()?;
            if table.get(&entity.key)?.is_some() {
                return Err(StoreError::AlreadyExists);
            }
            table.put(None, &entity)?;
            drop(table);
            tables.record(recorded.as_ref(), Some(&entity), now)?;
            Ok(Written::now(entity))
        })
        .await
    }

    async fn update(
        &self,
        key: &R::Key,
        changes: &R::Changes,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: Option<&Once>,
    ) -> Result<Written<Entity<R>>, StoreError> {
        let (key, changes, recorded) = (key.clone(), changes.clone(), once.cloned());
        let guard = OwnedGuard::from(guard);
        self.write(once, move |tables| {
            tables.admit(&guard.user, now)?;
            if let Some(before) = tables.recorded(recorded.as_ref(), now)? {
                return before.into_entity();
            }
            let mut table = tables.of::<R>()?;
            let before = table.get(&key)?.ok_or(StoreError::NotFound)?;
            guard.as_guard().check(&before)?;
            let after = before.changed(&changes, now);
            table.put(Some(&before), &after)?;
            drop(table);
            tables.record(recorded.as_ref(), Some(&after), now)?;
            Ok(Written::now(after))
        })
        .await
    }

    async fn delete(
        &self,
        key: &R::Key,
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
            let mut table = tables.of::<R>()?;
            let entity = table.get(&key)?.ok_or(StoreError::NotFound)?;
            guard.as_guard().check(&entity)?;
            table.remove(&entity)?;
            drop(table);
            tables.record::<R>(recorded.as_ref(), None, now)?;
            Ok(Written::now(()))
        })
        .await
    }

    async fn owned_by(
        &self,
        user: &UserId,
        limit: u8,
        after: Option<&R::Key>,
    ) -> Result<KeyPage<R::Key>, StoreError> {
        self.database
            .read(|snapshot| tables::owned_by::<R>(snapshot, user, limit.into(), after))
    }

    async fn disown(
        &self,
        key: &R::Key,
        user: &UserId,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let (key, user) = (key.clone(), user.clone());
        self.write(None, move |tables| {
            let mut table = tables.of::<R>()?;
            match table.get(&key)?.filter(|entity| entity.is_of(&user)) {
                Some(entity) => table.put(Some(&entity), &entity.disowned(now)),
                None => Ok(()),
            }
        })
        .await
    }

    async fn delete_owned(&self, key: &R::Key, user: &UserId) -> Result<(), StoreError> {
        let (key, user) = (key.clone(), user.clone());
        self.write(None, move |tables| {
            let mut table = tables.of::<R>()?;
            match table.get(&key)?.filter(|entity| entity.is_of(&user)) {
                Some(entity) => table.remove(&entity),
                None => Ok(()),
            }
        })
        .await
    }

    /// A snapshot has all that was acknowledged before it.
    fn lag(&self) -> Duration {
        Duration::ZERO
    }
}

#[async_trait]
impl Records for EmbeddedStore {
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
    any_owner: bool,
    revisions: Option<Vec<Revision>>,
}

impl OwnedGuard {
    fn as_guard(&self) -> Guard<'_> {
        Guard {
            by: if self.any_owner {
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
            any_owner: guard.owner().is_none(),
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

/// A table that exists: the first write of a resource creates its tables.
fn existing<T>(table: Result<T, TableError>) -> Result<Option<T>, StoreError> {
    match table {
        Ok(table) => Ok(Some(table)),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(unavailable(error)),
    }
}
