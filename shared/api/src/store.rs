//! Where movies are kept: the promise ([`MovieStore`]) and its fulfilment on DynamoDB ([`dynamo`]).

pub mod dynamo;
pub mod item;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::{
    idempotency::Once,
    movie::{Changes, Movie, MovieKey, Revision, UserId},
    page::{Page, PageRequest},
};

/// Keeps movies.
///
/// # What every store promises
/// 1. **One movie a key.** [`add`](Self::add) never overwrites: of any number of writers that add the
///    same key at once, one succeeds and the others get [`StoreError::AlreadyExists`].
/// 2. **Read your writes.** A read that begins after a write was acknowledged sees it.
/// 3. **Durable.** What was acknowledged survives the end of the process, however it ends (a store
///    that is asked to keep everything in memory excepted).
/// 4. **Guards hold at the moment of the write.** An update or deletion happens only if the movie
///    exists, belongs to the owner that the [`Guard`] demands and is in one of its revisions, all
///    checked atomically with the write and reported in this order: [`StoreError::NotFound`],
///    [`StoreError::NotOwner`], [`StoreError::RevisionMismatch`]. Of any number of writers that
///    update the same revision at once, one succeeds. A failed write changes nothing.
/// 5. **Versions.** A movie starts at version 1; each update adds 1 and keeps the moment it was added.
/// 6. **Updates touch what they name.** Everything else in the movie stays as it is.
/// 7. **Once.** Of the writes that carry the same [`Once::id`], the first that succeeds is carried
///    out, and its result is recorded in the same transaction: there is no moment at which the movie
///    or the record exists without the other. For 24 hours the same id with the same fingerprint
///    gives that result again, `replayed`, without a write; with another fingerprint it is
///    [`StoreError::KeyReused`]; while the first is still at work, [`StoreError::InFlight`]. A write
///    that failed leaves no record.
/// 8. **Pages.** A listing yields every movie that matches exactly once if none is written meanwhile,
///    within a year by the UTF-8 bytes of the title; the order of years is the store's own. A page
///    never exceeds the limit, may be shorter even when another follows, and costs the same however
///    many movies there are. A cursor stays good when its movie is deleted.
/// 9. **Bounded work.** A call ends: with a result, [`StoreError::Throttled`] or
///    [`StoreError::Unavailable`].
#[async_trait]
pub trait MovieStore: Send + Sync {
    /// The movie with this key, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Throttled`], [`StoreError::Unavailable`].
    async fn get(&self, key: &MovieKey) -> Result<Option<Movie>, StoreError>;

    /// One page of movies.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Throttled`], [`StoreError::Unavailable`].
    async fn list(&self, page: &PageRequest) -> Result<Page, StoreError>;

    /// Adds a movie.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`]; with `once` also [`StoreError::KeyReused`] and
    /// [`StoreError::InFlight`]; and those of [`get`](Self::get).
    async fn add(&self, movie: &Movie, once: Option<&Once>) -> Result<Written<Movie>, StoreError>;

    /// Changes a movie at the moment `now` and returns it as it then is.
    ///
    /// # Errors
    /// Those of a failed [`Guard`] (promise 4) and of [`add`](Self::add) but `AlreadyExists`.
    async fn update(
        &self,
        key: &MovieKey,
        changes: &Changes,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: Option<&Once>,
    ) -> Result<Written<Movie>, StoreError>;

    /// Deletes a movie at the moment `now`.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    async fn delete(
        &self,
        key: &MovieKey,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: Option<&Once>,
    ) -> Result<Written<()>, StoreError>;
}

/// What must hold of a movie for it to be changed or deleted.
#[derive(Debug, Clone, Default)]
pub struct Guard<'a> {
    /// Who must have added it; `None`: whoever.
    pub owner: Option<&'a UserId>,
    /// The revisions it must be in; `None`: any. An empty list is never met.
    pub revisions: Option<&'a [Revision]>,
}

impl Guard<'_> {
    /// Checks a movie that was found.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`] before [`StoreError::RevisionMismatch`].
    pub fn check(&self, movie: &Movie) -> Result<(), StoreError> {
        if self.owner.is_some_and(|owner| *owner != movie.added_by) {
            return Err(StoreError::NotOwner);
        }
        if self
            .revisions
            .is_some_and(|revisions| !revisions.contains(&movie.revision))
        {
            return Err(StoreError::RevisionMismatch);
        }
        Ok(())
    }
}

/// The result of a write.
#[derive(Debug, Clone, PartialEq)]
pub struct Written<T> {
    /// What was written.
    pub value: T,
    /// Whether an earlier write under the same [`Once::id`] did it.
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

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A movie with this key exists already.
    #[error("a movie with this year and title exists already")]
    AlreadyExists,
    /// There is no movie with this key.
    #[error("there is no movie with this year and title")]
    NotFound,
    /// The movie was added by someone else.
    #[error("the movie was added by someone else")]
    NotOwner,
    /// The movie is in none of the revisions demanded.
    #[error("the movie is in another revision")]
    RevisionMismatch,
    /// The first write under this idempotency key asked for something else.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The first write under this idempotency key is still at work.
    #[error("the first request with this idempotency key is still at work")]
    InFlight,
    /// What is stored cannot be read as a movie.
    #[error("stored item {key}: attribute {attribute}: {reason}")]
    Corrupt {
        /// The key of the item, as far as known.
        key: String,
        /// The path of the attribute at fault.
        attribute: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The store takes no more requests for the moment.
    #[error("the store is throttling")]
    Throttled(#[source] BoxError),
    /// The store did not answer, or not as it should.
    #[error("the store is unavailable")]
    Unavailable(#[source] BoxError),
}

/// The cause of an error, for the log.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
