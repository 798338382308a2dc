//! Stores: the promises of [`Store`] and [`Records`], and how they are kept on DynamoDB ([`dynamo`]).

pub mod dynamo;

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::{
    changes::{Changes, ChangesRequest, Head},
    idempotency::{self, IdempotencyKey, Once},
    page::{KeyPage, Page, PageRequest},
    resource::{Entity, Key as _, Resource, Revision},
    search::{Pointer, SearchPage, SearchRequest},
    user::UserId,
    value::serialize_moment,
};

/// The result of a call of a store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Keeps the resources of one type.
///
/// # What every store promises
/// 1. **One resource a key.** [`add`](Self::add) never overwrites: of any number of writers that add the
///    same key at once, one succeeds and the others get [`StoreError::AlreadyExists`].
/// 2. **Read your writes.** A read that begins after a write was acknowledged sees it; promises 10, 13 and 14 have
///    the exceptions.
/// 3. **Durable.** What was acknowledged survives the end of the process, however it ends (a store
///    that is asked to keep everything in memory excepted).
/// 4. **Guards hold at the moment of the write.** An update or deletion happens only if the resource
///    exists, belongs to the owner that the [`Guard`] demands and is in one of its revisions, all
///    checked atomically with the write and reported in this order: [`StoreError::NotFound`],
///    [`StoreError::NotOwner`], [`StoreError::RevisionMismatch`]. Of any number of writers that
///    update the same revision at once, one succeeds. A failed write changes nothing.
/// 5. **Versions.** A resource starts at version 1; each update adds 1 and keeps the moment it was added.
/// 6. **Updates touch what they name.** Everything else in the resource stays as it is.
/// 7. **Once.** Of the writes that carry the same [`Once::caller`] and [`Once::key`], the first that
///    succeeds is carried out, and its result is recorded in the same transaction: there is no moment
///    at which the resource or the record exists without the other. For 24 hours the same key with the same fingerprint
///    gives that result again, `replayed`, without a write; with another fingerprint it is
///    [`StoreError::KeyReused`]; while the first is still at work, [`StoreError::InFlight`]. A write
///    that failed leaves no record, and may be tried again, until its refusal is [recorded](Self::refuse): then the same key gives that
///    refusal again, and a copy of the write that arrives late is not carried out.
/// 8. **Pages.** A listing yields every resource that matches exactly once if none is written meanwhile,
///    within a year by the UTF-8 bytes of the title; the order of years is the store's own. A page
///    never exceeds the limit, may be shorter even when another follows, and costs the same however
///    many resources there are. A cursor stays good when its resource is deleted.
/// 9. **Bounded work.** A call ends: with a result, [`StoreError::Throttled`] or
///    [`StoreError::Unavailable`].
/// 10. **Whose resources.** [`owned_by`](Self::owned_by) yields the key of every resource that a user added
///     and still owns, exactly once if none is written meanwhile, by the UTF-8 bytes of the title. It
///     is the one read that may lag behind the writes, by [`lag`](Self::lag), so whoever acts on a key
///     checks the owner at the moment of the write, as [`disown`](Self::disown) and
///     [`delete_owned`](Self::delete_owned) do.
/// 11. **Leaving.** Disowning, deleting a user's resource and [`forget`](Records::forget) are done when they
///     were done before: they may be repeated, and taken up again after a failure. They touch nothing
///     of another user. When every resource of a user is disowned or deleted and the user is forgotten,
///     no resource and no record of theirs is left; the results that were recorded for *other* users (an
///     editor who changed the resource) still name them until those records expire.
/// 12. **Who leaves writes no more.** From the moment at which [`begin_leaving`](Records::begin_leaving)
///     was acknowledged, and for [`LEAVING_KEPT_FOR`](crate::idempotency::LEAVING_KEPT_FOR) after it
///     was last called, no write of that user adds a resource, leaves a record, or changes another's resource
///     as an editor: [`StoreError::Leaving`]. The write itself checks it, so of a write and the
///     beginning of a deletion that race, one is first for everybody. A write that would have failed
///     anyway may report that failure instead, a record that is still there may be replayed, and an
///     owner may still write, without a key, to a resource that is still theirs. So once every resource of a
///     user is disowned or deleted and the user is forgotten, nothing of theirs can come back.
/// 13. **Searches.** The lists of the [index](crate::search) follow the resources, at once or within a few seconds, whoever
///     writes. A search shows a resource as it is when it is read, at a place where it then belongs: what was written lately may be missing, but
///     nothing is shown where it is no more. A search has the pages of promise 8. Of the lists of a private resource each
///     belongs to one user.
/// 14. **Changes.** A write appends the key of its resource to a [log](crate::changes), at once or within a few seconds, whoever
///     writes to the store: this version of the service, another one, or a tool. [`changes`](Self::changes) reads a resource after it has read its key in
///     the log, so what it tells is at least as new as the change. Who has read everything up to a [`head`](Self::head), and then the changes
///     from there on, therefore misses no write, and has no resource that is deleted. A page skips no row of the log: if rows are missing, or
///     the log was begun anew, the answer is [`StoreError::CursorExpired`]. A page costs the same however many resources
///     there are. The log of a private resource belongs to one user.
///
/// # Errors
/// Every call may fail with [`StoreError::Corrupt`], [`StoreError::Throttled`] and [`StoreError::Unavailable`]; writes list the
/// other errors.
#[async_trait]
pub trait Store<R: Resource>: Send + Sync {
    /// The resource with this key, if there is one.
    async fn get(&self, key: &R::Key) -> Result<Option<Entity<R>>>;

    /// One page of resources.
    async fn list(&self, page: &PageRequest<R::Key>) -> Result<Page<R>>;

    /// One page of a search, which is of a list that the noun declares.
    async fn search(&self, request: &SearchRequest) -> Result<SearchPage<R>>;

    /// Adds a resource. The one who writes is the one who added it, and the caller of `once`.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`], [`StoreError::Leaving`]; with `once` also [`StoreError::KeyReused`] and
    /// [`StoreError::InFlight`].
    async fn add(&self, entity: &Entity<R>, once: Option<&Once>) -> Result<Written<Entity<R>>>;

    /// Changes a resource at the moment `now` and returns it as it then is.
    ///
    /// # Errors
    /// Those of a failed [`Guard`] (promise 4) and of [`add`](Self::add) but `AlreadyExists`. The caller
    /// of `once` is the one who writes.
    async fn update(
        &self,
        key: &R::Key,
        changes: &R::Changes,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: Option<&Once>,
    ) -> Result<Written<Entity<R>>>;

    /// Deletes a resource at the moment `now`.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    async fn delete(
        &self,
        key: &R::Key,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: Option<&Once>,
    ) -> Result<Written<()>>;

    /// Records at the moment `now` that a write with an idempotency key was refused, and returns what is recorded: another refusal, if that of
    /// a copy of the write was recorded before.
    ///
    /// # Errors
    /// [`StoreError::InFlight`] if another copy of the write was carried out, so that the next try gives its result;
    /// [`StoreError::KeyReused`], [`StoreError::Leaving`].
    async fn refuse(&self, once: &Once, refusal: Refusal, now: OffsetDateTime) -> Result<Refusal>;

    /// The keys of the resources that a user added, `limit` at most, behind `after`, the last key of the
    /// page before. A page may be shorter even when another follows.
    async fn owned_by(
        &self,
        user: &UserId,
        limit: u8,
        after: Option<&R::Key>,
    ) -> Result<KeyPage<R::Key>>;

    /// Takes the owner from a resource at the moment `now`, which makes a new version of it. A resource that
    /// is gone or not this user's is left as it is.
    async fn disown(&self, key: &R::Key, user: &UserId, now: OffsetDateTime) -> Result<()>;

    /// Deletes a resource that this user added. A resource that is gone or not this user's is left as it is.
    async fn delete_owned(&self, key: &R::Key, user: &UserId) -> Result<()>;

    /// The time by which [`owned_by`](Self::owned_by) may lag behind the writes.
    fn lag(&self) -> Duration;

    /// The end of the log of all resources, or of this user's if they are private. A log that is not there is begun at the moment `now`.
    async fn head(&self, owner: Option<&UserId>, now: OffsetDateTime) -> Result<Head>;

    /// One page of changes.
    ///
    /// # Errors
    /// [`StoreError::CursorExpired`].
    async fn changes(&self, request: &ChangesRequest) -> Result<Changes<R>>;
}

/// Keeps the idempotency records of all resources, and the notes of users who leave. See promises 7, 11 and 12 of [`Store`], and
/// its errors.
#[async_trait]
pub trait Records: Send + Sync {
    /// Notes at the moment `now` that a user has begun to delete the account, or goes on with it, and
    /// gives the moment, to the second, at which it was begun. The note outlives
    /// [`forget`](Self::forget): promise 12 is kept by it.
    async fn begin_leaving(&self, user: &UserId, now: OffsetDateTime) -> Result<OffsetDateTime>;

    /// True if a user has [begun](Self::begin_leaving) to delete the account, or has deleted it.
    async fn is_leaving(&self, user: &UserId, now: OffsetDateTime) -> Result<bool>;

    /// The user's idempotency keys of which there are records, [`MAX_REMEMBERED`] at most; also
    /// those that have expired and are not yet cleared away.
    async fn remembered(&self, user: &UserId) -> Result<Vec<Remembered>>;

    /// Deletes all idempotency records of a user that were there when the call began, but for the note
    /// of [`begin_leaving`](Self::begin_leaving). After a failure some may be gone: call it again.
    async fn forget(&self, user: &UserId) -> Result<()>;
}

/// A place that has a store for every resource.
pub trait StoreSource {
    /// The store of `R`.
    fn store<R: Resource>(&self) -> Arc<dyn Store<R>>;
}

/// The largest number of idempotency keys [`Records::remembered`] tells at most.
pub const MAX_REMEMBERED: usize = 1_000;

/// A key that a store has a record of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Remembered {
    /// The key.
    pub key: IdempotencyKey,
    /// When its record may be forgotten.
    #[serde(serialize_with = "serialize_moment")]
    pub expires_at: OffsetDateTime,
}

impl Remembered {
    /// Takes a key and its expiry, in seconds since 1970, back from a store; `None` for
    /// [`Once::leaving`], which is no client's.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn from_stored(key: &str, expires_at: i64) -> Result<Option<Self>> {
        if idempotency::is_leaving(key) {
            return Ok(None);
        }
        let corrupt = |attribute: &str| StoreError::Corrupt {
            key: "an idempotency record".to_owned(),
            attribute: attribute.to_owned(),
            reason: "out of range".to_owned(),
        };
        Ok(Some(Self {
            key: IdempotencyKey::parse(key.as_bytes()).ok_or_else(|| corrupt("key"))?,
            expires_at: OffsetDateTime::from_unix_timestamp(expires_at)
                .map_err(|_| corrupt("expiresAt"))?,
        }))
    }
}

/// The user who writes to a resource, by role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By<'a> {
    /// A user who must have added it.
    Owner(&'a UserId),
    /// A user who may write to any resource, whoever added it.
    Editor(&'a UserId),
}

/// The conditions of a change or deletion.
#[derive(Debug, Clone)]
pub struct Guard<'a> {
    /// The user who writes.
    pub by: By<'a>,
    /// The revisions it must be in; `None`: any. An empty list is never met.
    pub revisions: Option<&'a [Revision]>,
}

impl<'a> Guard<'a> {
    /// The guard that a resource belongs to this user.
    #[must_use]
    pub const fn of_owner(user: &'a UserId) -> Self {
        Self {
            by: By::Owner(user),
            revisions: None,
        }
    }

    /// The user who writes.
    #[must_use]
    pub const fn user(&self) -> &'a UserId {
        match self.by {
            By::Owner(user) | By::Editor(user) => user,
        }
    }

    /// The user who must own the resource; `None` for any owner, or none.
    #[must_use]
    pub const fn owner(&self) -> Option<&'a UserId> {
        match self.by {
            By::Owner(user) => Some(user),
            By::Editor(_) => None,
        }
    }

    /// Checks a resource that was found.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`] before [`StoreError::RevisionMismatch`].
    pub fn check<R: Resource>(&self, entity: &Entity<R>) -> Result<()> {
        if self.owner().is_some_and(|owner| !entity.is_of(owner)) {
            return Err(StoreError::NotOwner);
        }
        if self
            .revisions
            .is_some_and(|revisions| !revisions.contains(&entity.revision))
        {
            return Err(StoreError::RevisionMismatch);
        }
        Ok(())
    }
}

/// The result of a write.
#[derive(Debug, Clone, PartialEq)]
pub struct Written<T> {
    /// The result of the write.
    pub value: T,
    /// True if an earlier write under the same idempotency key did it.
    pub replayed: bool,
}

impl<T> Written<T> {
    /// The result of a write that happened just now.
    pub const fn now(value: T) -> Self {
        Self {
            value,
            replayed: false,
        }
    }

    /// The result of an earlier write.
    pub const fn before(value: T) -> Self {
        Self {
            value,
            replayed: true,
        }
    }
}

/// What a store says of a write that it cannot carry out, because of what it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// [`StoreError::AlreadyExists`].
    AlreadyExists,
    /// [`StoreError::NotFound`].
    NotFound,
    /// [`StoreError::NotOwner`].
    NotOwner,
    /// [`StoreError::RevisionMismatch`].
    RevisionMismatch,
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::AlreadyExists => Self::AlreadyExists,
            Refusal::NotFound => Self::NotFound,
            Refusal::NotOwner => Self::NotOwner,
            Refusal::RevisionMismatch => Self::RevisionMismatch,
        }
    }
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A resource with this key exists already.
    #[error("a resource with this key exists already")]
    AlreadyExists,
    /// There is no resource with this key.
    #[error("there is no resource with this key")]
    NotFound,
    /// The resource was added by someone else.
    #[error("the resource was added by someone else")]
    NotOwner,
    /// The resource is in none of the revisions demanded.
    #[error("the resource is in another revision")]
    RevisionMismatch,
    /// The first write under this idempotency key asked for something else.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The first write under this idempotency key is still at work.
    #[error("the first request with this idempotency key is still at work")]
    InFlight,
    /// The user who writes is deleting the account, or has deleted it.
    #[error("the user who writes is leaving, or has left")]
    Leaving,
    /// The log of changes does not go on at the position: rows are missing, or it was begun anew.
    #[error("the log of changes does not go on at this position")]
    CursorExpired,
    /// A stored item cannot be read as a resource.
    #[error("stored item {key}: attribute {attribute}: {reason}")]
    Corrupt {
        /// The key of the item, as far as known.
        key: String,
        /// The path of the attribute at fault.
        attribute: String,
        /// The fault.
        reason: String,
    },
    /// The store takes no more requests for the moment.
    #[error("the store is throttling")]
    Throttled(#[source] BoxError),
    /// The store did not answer, or not as it should.
    #[error("the store is unavailable")]
    Unavailable(#[source] BoxError),
}

impl StoreError {
    /// The refusal that the error is; `None` if the store failed, or the idempotency key is at fault.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::AlreadyExists => Some(Refusal::AlreadyExists),
            Self::NotFound => Some(Refusal::NotFound),
            Self::NotOwner => Some(Refusal::NotOwner),
            Self::RevisionMismatch => Some(Refusal::RevisionMismatch),
            _ => None,
        }
    }

    /// Reads the key that an entry of the index points to.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub fn key_of<R: Resource>(pointer: &Pointer) -> Result<R::Key, Self> {
        let key = R::Key::from_texts(&pointer.partition, &pointer.sort);
        key.map_err(|invalid| Self::Corrupt {
            key: format!("{}/{}", pointer.partition, pointer.sort),
            attribute: "the key in an entry of the index".to_owned(),
            reason: invalid.to_string(),
        })
    }
}

pub use crate::BoxError;
