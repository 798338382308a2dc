//! Resources in an embedded database ([`redb`]): ordered, transactional, durable.
//!
//! Reads are snapshots on the caller's thread: they touch a few cached pages. Writes go to one thread, which carries
//! out all waiting writes in one transaction and acknowledges them when it is on disk: a hundred writers wait for one
//! `fsync`, not for a hundred.

mod at_work;
mod changes;
mod records;
mod stored;
mod tables;
mod writer;

use std::{ops::Bound, path::Path, sync::Arc};

use async_trait::async_trait;
use kit::{
    changes::{Changes, ChangesRequest, Head},
    idempotency::Once,
    page::{KeyPage, Page, PageRequest},
    resource::{Access, Entity, Key as _, Resource},
    search::{SearchPage, SearchRequest},
    store::{By, Guard, Records, Refusal, Remembered, Store, StoreError, StoreSource, Written},
    user::UserId,
};
use redb::{ReadTransaction, TableError};
use time::{Duration, OffsetDateTime};
use tokio::sync::broadcast;

use self::{
    at_work::AtWork,
    tables::{RECORDS, Tables},
    writer::Writer,
};
use crate::database::{Database, Failure, OpenError, Storage};

/// The result of work with the tables.
type Result<T, E = Failure<StoreError>> = std::result::Result<T, E>;

/// The size of the page cache in bytes. It fills as pages are read. A million resources of a kilobyte need about three quarters of it;
/// with a smaller one, a page of them takes half as long again.
const CACHE: usize = 1024 * 1024 * 1024;

/// Says that a resource was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Touched {
    /// The word for several of them.
    noun: &'static str,
    /// The only user who may see it; `None` if everybody may.
    owner: Option<UserId>,
}

impl Touched {
    fn of<R: Resource>(key: &R::Key) -> Self {
        Self {
            noun: R::MANY,
            owner: (R::ACCESS == Access::Private).then(|| UserId::new(key.texts().0)),
        }
    }

    /// The noun, if this user may see the resource.
    pub(crate) fn seen_by(&self, user: &UserId) -> Option<&'static str> {
        let is_seen = self.owner.as_ref().is_none_or(|owner| owner == user);
        is_seen.then_some(self.noun)
    }
}

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
        database.write(|first| -> Result<()> {
            Tables::open(&first)?;
            Ok(first.commit().map_err(redb::Error::from)?)
        })?;
        let database = Arc::new(database);
        let writer = Arc::new(Writer::start(Arc::clone(&database)));
        Ok(Self {
            database,
            writer,
            at_work: AtWork::default(),
        })
    }

    /// Says from now on that something was written, when it is on disk.
    pub(crate) fn touched(&self) -> broadcast::Receiver<Touched> {
        self.writer.touched()
    }

    /// Carries out a write. Of several with the same idempotency key, only one is under way at a time.
    async fn write<T, W>(&self, once: Option<&Once>, write: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&mut Tables<'_>) -> Result<T> + Send + 'static,
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

    /// Replaces an entity as its guard allows; `None` from `change` deletes it.
    async fn change<R: Resource>(
        &self,
        key: &R::Key,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: Option<&Once>,
        change: impl FnOnce(&Entity<R>) -> Option<Entity<R>> + Send + 'static,
    ) -> Result<Written<Option<Entity<R>>>, StoreError> {
        let (key, recorded, user) = (key.clone(), once.cloned(), guard.user().clone());
        let any_owner = guard.owner().is_none();
        let revisions = guard.revisions.map(<[_]>::to_vec);
        self.write(once, move |tables| {
            tables.admit(&user, now)?;
            if let Some(record) = tables.recorded(recorded.as_ref(), now)? {
                return Ok(Written::before(record.entity()?));
            }
            let mut table = tables.of::<R>()?;
            let before = table.get(&key)?.ok_or(StoreError::NotFound)?;
            let guard = Guard {
                by: if any_owner {
                    By::Editor(&user)
                } else {
                    By::Owner(&user)
                },
                revisions: revisions.as_deref(),
            };
            guard.check(&before)?;
            let after = change(&before);
            table.replace(&key, Some(&before), after.as_ref(), now)?;
            tables.touched.push(Touched::of::<R>(&key));
            tables.record(recorded.as_ref(), after.as_ref(), now)?;
            Ok(Written::now(after))
        })
        .await
    }

    /// Replaces an entity if this user owns it; `None` from `change` deletes it.
    async fn change_owned<R: Resource>(
        &self,
        key: &R::Key,
        user: &UserId,
        change: impl FnOnce(&Entity<R>) -> Option<Entity<R>> + Send + 'static,
    ) -> Result<(), StoreError> {
        let (key, user) = (key.clone(), user.clone());
        self.write(None, move |tables| {
            let mut table = tables.of::<R>()?;
            match table.get(&key)?.filter(|entity| entity.is_of(&user)) {
                Some(entity) => {
                    let after = change(&entity);
                    // The moment of a deletion is not told; what is older than the row before it counts as that.
                    let now = after.as_ref().unwrap_or(&entity).updated_at;
                    table.replace(&key, Some(&entity), after.as_ref(), now)?;
                    tables.touched.push(Touched::of::<R>(&key));
                    table.delete_log(&user)
                }
                None => Ok(()),
            }
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
        Ok(self.database.read(|snapshot| -> Result<_> {
            let Some(table) = existing(snapshot.open_table(stored::entities::<R>()))? else {
                return Ok(None);
            };
            let found = table.get(stored::bytes(key).as_slice())?;
            Ok(found
                .map(|bytes| stored::read_entity(bytes.value()))
                .transpose()?)
        })?)
    }

    async fn list(&self, page: &PageRequest<R::Key>) -> Result<Page<R>, StoreError> {
        Ok(self.database.read(|snapshot| -> Result<_> {
            let mut items = Vec::with_capacity(page.limit.into());
            let mut next = None;
            let Some(table) = existing(snapshot.open_table(stored::entities::<R>()))? else {
                return Ok(Page { items, next });
            };
            let beginning = tables::beginning(&page.filter);
            let after = page.after.as_ref().map(stored::bytes);
            let start = match &after {
                Some(after) => Bound::Excluded(after.as_slice()),
                None => Bound::Included(beginning.as_slice()),
            };
            for entry in table.range::<&[u8]>((start, Bound::Unbounded))? {
                let (key, bytes) = entry?;
                if !key.value().starts_with(&beginning) {
                    break;
                }
                if items.len() == usize::from(page.limit) {
                    next = items.last().map(|last: &Entity<R>| last.key.clone());
                    break;
                }
                items.push(stored::read_entity(bytes.value())?);
            }
            Ok(Page { items, next })
        })?)
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
        search()?.ok_or_else(|| StoreError::Unavailable("the index is not complete".into()))
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
            if let Some(record) = tables.recorded(recorded.as_ref(), now)? {
                return Ok(Written::before(records::written(record.entity()?)?));
            }
            let mut table = tables.of::<R>()?;
            if table.get(&entity.key)?.is_some() {
                return Err(StoreError::AlreadyExists.into());
            }
            table.replace(&entity.key, None, Some(&entity), now)?;
            tables.touched.push(Touched::of::<R>(&entity.key));
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
        let changes = changes.clone();
        let change = move |entity: &Entity<R>| Some(entity.changed(&changes, now));
        let Written { value, replayed } = self.change(key, guard, now, once, change).await?;
        let value = records::written(value)?;
        Ok(Written { value, replayed })
    }

    async fn delete(
        &self,
        key: &R::Key,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: Option<&Once>,
    ) -> Result<Written<()>, StoreError> {
        let deleted = self.change::<R>(key, guard, now, once, |_| None);
        let replayed = deleted.await?.replayed;
        Ok(Written {
            value: (),
            replayed,
        })
    }

    async fn refuse(
        &self,
        once: &Once,
        refusal: Refusal,
        now: OffsetDateTime,
    ) -> Result<Refusal, StoreError> {
        let recorded = once.clone();
        self.write(Some(once), move |tables| {
            tables.admit(&recorded.caller, now)?;
            tables.refuse(&recorded, refusal, now)
        })
        .await
    }

    async fn owned_by(
        &self,
        user: &UserId,
        limit: u8,
        after: Option<&R::Key>,
    ) -> Result<KeyPage<R::Key>, StoreError> {
        let page = self
            .database
            .read(|snapshot| tables::owned_by::<R>(snapshot, user, limit.into(), after));
        Ok(page?)
    }

    async fn disown(
        &self,
        key: &R::Key,
        user: &UserId,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let change = move |entity: &Entity<R>| Some(entity.disowned(now));
        self.change_owned(key, user, change).await
    }

    async fn delete_owned(&self, key: &R::Key, user: &UserId) -> Result<(), StoreError> {
        self.change_owned::<R>(key, user, |_| None).await
    }

    /// A snapshot has all that was acknowledged before it.
    fn lag(&self) -> Duration {
        Duration::ZERO
    }

    async fn head(&self, _: Option<&UserId>, _: OffsetDateTime) -> Result<Head, StoreError> {
        let head = || self.database.read(changes::head::<R>);
        if let Some(head) = head()? {
            return Ok(head);
        }
        self.write(None, |tables| tables.of::<R>().map(drop))
            .await?;
        head()?.ok_or_else(|| StoreError::Unavailable("the log of changes is not begun".into()))
    }

    async fn changes(&self, request: &ChangesRequest) -> Result<Changes<R>, StoreError> {
        let read = |snapshot: &ReadTransaction| changes::read(snapshot, request);
        Ok(self.database.read(read)?)
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
        let read = |snapshot: &ReadTransaction| {
            records::is_leaving(&snapshot.open_table(RECORDS)?, user, now)
        };
        Ok(self.database.read(read)?)
    }

    async fn remembered(&self, user: &UserId) -> Result<Vec<Remembered>, StoreError> {
        let read =
            |snapshot: &ReadTransaction| records::remembered(&snapshot.open_table(RECORDS)?, user);
        Ok(self.database.read(read)?)
    }

    async fn forget(&self, user: &UserId) -> Result<(), StoreError> {
        let user = user.clone();
        self.write(None, move |tables| tables.forget(&user)).await
    }
}

impl From<StoreError> for Failure<StoreError> {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<Failure<StoreError>> for StoreError {
    fn from(failure: Failure<StoreError>) -> Self {
        match failure {
            Failure::Refused(error) => error,
            failure => Self::Unavailable(failure.to_string().into()),
        }
    }
}

/// A table that exists: the first write of a resource creates its tables.
fn existing<T>(table: Result<T, TableError>) -> Result<Option<T>, TableError> {
    match table {
        Ok(table) => Ok(Some(table)),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
