//! The operations of a resource, for any [`Resource`]: a noun's route table names those that it has.
//!
//! Two families differ in where the key is. In the first, the whole key is in the body or the query, so that any text can be a
//! part of it: [`list`], [`changes`], [`add`], [`find`], [`find_cached`], [`update`], [`delete`], [`delete_by_query`]. The second is for private resources, whose
//! key is the caller and a part of the path: [`mine`].

mod changes;
pub mod mine;
mod request;
mod response;
mod search;

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    Json as JsonBody,
    extract::{FromRequestParts, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use serde::Serialize;

use self::{
    changes::{ChangesQuery, changed_since},
    response::{Listed, deleted, written},
};
pub use self::{
    request::{AddRequest, KeyRequest, ListRequest, NamedKey, UpdateRequest},
    response::Shown,
};
use crate::{
    clock::Clock,
    files::Files,
    http::{
        ApiError, Both,
        json::Json,
        precondition::{IdempotencyKeyHeader, IfNoneMatch, WriteHeaders, etag},
        problems,
        query::Query,
    },
    idempotency::{Fingerprint, Once},
    page::{Filter, write_cursor},
    resource::{Access, Entity, Resource, Revision},
    store::{By, Guard, Store, StoreError},
    user::Caller,
};

/// Lets clients keep an answer, but makes them ask each time whether it still holds.
const REVALIDATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Tells who sent a request.
#[async_trait]
pub trait Authenticate: Send + Sync {
    /// The user whose access token these headers have.
    ///
    /// # Errors
    /// [`ApiError`] if there is no token, or one that is not accepted.
    async fn authenticate(&self, headers: &HeaderMap) -> Result<Caller, ApiError>;
}

/// The state of the operations of `R`.
#[derive(Clone)]
pub struct Noun<R: Resource> {
    /// Its store.
    pub store: Arc<dyn Store<R>>,
    /// The files of resources that have one.
    pub files: Arc<dyn Files>,
    /// The judge of access tokens.
    pub callers: Arc<dyn Authenticate>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
}

impl<R: Resource> FromRequestParts<Noun<R>> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, noun: &Noun<R>) -> Result<Self, Response> {
        let caller = noun.callers.authenticate(&parts.headers).await;
        caller.map_err(IntoResponse::into_response)
    }
}

/// One page of resources, or of a search.
///
/// # Errors
/// [`ApiError`].
pub async fn list<R: Resource<Key: NamedKey>>(
    State(noun): State<Noun<R>>,
    _: Caller,
    Query(request): Query<ListRequest<R>>,
) -> Result<Response, ApiError> {
    page(&noun, &request).await
}

/// One page of the feed of changes.
///
/// # Errors
/// [`ApiError`].
pub async fn changes<R: Resource<Key: NamedKey>>(
    State(noun): State<Noun<R>>,
    _: Caller,
    Query(query): Query<ChangesQuery>,
) -> Result<Response, ApiError> {
    changed_since(&noun, None, Filter::All, &query).await
}

/// Adds a resource.
///
/// # Errors
/// [`ApiError`].
pub async fn add<R: Resource<Key: NamedKey>>(
    State(noun): State<Noun<R>>,
    caller: Caller,
    Both(key_header, Json(request)): Both<IdempotencyKeyHeader, Json<AddRequest<R>>>,
) -> Result<Response, ApiError> {
    let once = once::<R>("add", &caller, &key_header, None, &request)?;
    let AddRequest { key, fields, .. } = request;
    let entity = Entity::new(key, fields, caller.user, noun.clock.now());
    let result = noun.store.add(&entity, once.as_ref()).await;
    let result = settled(&noun, once.as_ref(), result).await?;
    Ok(written(StatusCode::CREATED, &result))
}

/// Finds a resource by the key in the body.
///
/// # Errors
/// [`ApiError`].
pub async fn find<R: Resource<Key: NamedKey>>(
    State(noun): State<Noun<R>>,
    _: Caller,
    Json(KeyRequest { key, .. }): Json<KeyRequest<R>>,
) -> Result<Response, ApiError> {
    let entity = get(&noun, &key).await?;
    Ok((
        [(header::ETAG, etag(entity.revision))],
        JsonBody(Shown(&entity)),
    )
        .into_response())
}

/// Finds a resource by the key in the query, with an answer that clients may keep.
///
/// # Errors
/// [`ApiError`].
pub async fn find_cached<R: Resource<Key: NamedKey>>(
    State(noun): State<Noun<R>>,
    _: Caller,
    Both(if_none_match, Query(KeyRequest { key, .. })): Both<IfNoneMatch, Query<KeyRequest<R>>>,
) -> Result<Response, ApiError> {
    revalidated(&noun, &if_none_match, &key).await
}

/// Changes a resource.
///
/// # Errors
/// [`ApiError`].
pub async fn update<R: Resource<Key: NamedKey>>(
    State(noun): State<Noun<R>>,
    caller: Caller,
    Both(headers, Json(request)): Both<WriteHeaders, Json<UpdateRequest<R>>>,
) -> Result<Response, ApiError> {
    let (guard, once) = conditions::<R>("update", &caller, &headers, &request)?;
    let UpdateRequest { key, changes, .. } = request;
    updated(&noun, &key, &changes, &guard, once.as_ref()).await
}

/// Deletes a resource.
///
/// # Errors
/// [`ApiError`].
pub async fn delete<R: Resource<Key: NamedKey>>(
    State(noun): State<Noun<R>>,
    caller: Caller,
    Both(headers, Json(request)): Both<WriteHeaders, Json<KeyRequest<R>>>,
) -> Result<Response, ApiError> {
    delete_with_key(&noun, &caller, &headers, &request).await
}

/// Deletes a resource by the key in the query, for routes with the method DELETE, whose body a proxy may drop.
///
/// # Errors
/// [`ApiError`].
pub async fn delete_by_query<R: Resource<Key: NamedKey>>(
    State(noun): State<Noun<R>>,
    caller: Caller,
    Both(headers, Query(request)): Both<WriteHeaders, Query<KeyRequest<R>>>,
) -> Result<Response, ApiError> {
    delete_with_key(&noun, &caller, &headers, &request).await
}

async fn delete_with_key<R: Resource<Key: NamedKey>>(
    noun: &Noun<R>,
    caller: &Caller,
    headers: &WriteHeaders,
    request: &KeyRequest<R>,
) -> Result<Response, ApiError> {
    let (guard, once) = conditions::<R>("delete", caller, headers, request)?;
    removed(noun, &request.key, &guard, once.as_ref()).await
}

/// Changes a resource, and answers with it.
async fn updated<R: Resource>(
    noun: &Noun<R>,
    key: &R::Key,
    changes: &R::Changes,
    guard: &Guard<'_>,
    once: Option<&Once>,
) -> Result<Response, ApiError> {
    let now = noun.clock.now();
    let result = noun.store.update(key, changes, guard, now, once).await;
    let result = settled(noun, once, result).await?;
    Ok(written(StatusCode::OK, &result))
}

/// Deletes a resource, and answers without a body.
async fn removed<R: Resource>(
    noun: &Noun<R>,
    key: &R::Key,
    guard: &Guard<'_>,
    once: Option<&Once>,
) -> Result<Response, ApiError> {
    let now = noun.clock.now();
    let result = noun.store.delete(key, guard, now, once).await;
    Ok(deleted(&settled(noun, once, result).await?))
}

/// The result of a write. A refusal is recorded before it is told, so that no copy of the request that is still under way is carried out
/// afterwards.
async fn settled<R: Resource, T>(
    noun: &Noun<R>,
    once: Option<&Once>,
    mut result: Result<T, StoreError>,
) -> Result<T, ApiError> {
    let refusal = result.as_ref().err().and_then(StoreError::refusal);
    if let (Some(once), Some(refusal)) = (once, refusal) {
        let recorded = noun.store.refuse(once, refusal, noun.clock.now()).await;
        result = Err(recorded.map_or_else(|error| error, StoreError::from));
    }
    result.map_err(ApiError::of_store::<R>)
}

async fn page<R: Resource>(noun: &Noun<R>, request: &ListRequest<R>) -> Result<Response, ApiError> {
    let (items, next_cursor) = match request {
        ListRequest::Page(request) => {
            let page = noun.store.list(request).await?;
            let cursor = |last: &_| write_cursor::<R>(&request.filter, last);
            (page.items, page.next.as_ref().map(cursor))
        }
        ListRequest::Search(request) => {
            let page = noun.store.search(request).await?;
            let cursor = |place: &String| request.write_cursor::<R>(place);
            (page.items, page.next.as_ref().map(cursor))
        }
    };
    Ok(JsonBody(Listed {
        count: items.len(),
        items: items.iter().map(Shown).collect(),
        next_cursor,
    })
    .into_response())
}

async fn get<R: Resource>(noun: &Noun<R>, key: &R::Key) -> Result<Entity<R>, ApiError> {
    let found = noun.store.get(key).await?;
    found.ok_or_else(|| R::NOT_FOUND.into())
}

/// The answer to a read that clients may keep.
async fn revalidated<R: Resource>(
    noun: &Noun<R>,
    if_none_match: &IfNoneMatch,
    key: &R::Key,
) -> Result<Response, ApiError> {
    let entity = get(noun, key).await?;
    let headers = [
        (header::ETAG, etag(entity.revision)),
        (header::CACHE_CONTROL, REVALIDATE),
    ];
    Ok(if if_none_match.has(entity.revision) {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, JsonBody(Shown(&entity))).into_response()
    })
}

/// The conditions of a write, and its identity. The owner may write, and of a shared resource editors.
fn conditions<'a, R: Resource>(
    act: &str,
    caller: &'a Caller,
    (key_header, if_match): &'a WriteHeaders,
    request: &impl Serialize,
) -> Result<(Guard<'a>, Option<Once>), ApiError> {
    let revisions = if_match.revisions.as_deref();
    let once = once::<R>(act, caller, key_header, revisions, request)?;
    let by = if caller.is_editor && R::ACCESS == Access::Shared {
        By::Editor(&caller.user)
    } else {
        By::Owner(&caller.user)
    };
    Ok((Guard { by, revisions }, once))
}

/// The identity of a write that has an idempotency key.
fn once<R: Resource>(
    act: &str,
    caller: &Caller,
    IdempotencyKeyHeader(key): &IdempotencyKeyHeader,
    revisions: Option<&[Revision]>,
    request: &impl Serialize,
) -> Result<Option<Once>, ApiError> {
    let Some(key) = key else {
        return Ok(None);
    };
    let revisions: Option<Vec<_>> =
        revisions.map(|list| list.iter().map(Revision::to_string).collect());
    let operation = format!("{act} {}", R::ONE);
    let fingerprint =
        Fingerprint::of(&operation, &(request, revisions)).map_err(ApiError::internal)?;
    Ok(Some(Once::new(&caller.user, key, fingerprint)))
}

impl ApiError {
    /// The error of a store of `R`.
    #[must_use]
    pub fn of_store<R: Resource>(error: StoreError) -> Self {
        match error {
            StoreError::AlreadyExists => R::EXISTS.into(),
            StoreError::NotFound => R::NOT_FOUND.into(),
            other => other.into(),
        }
    }
}

/// The errors of a store that are the same for every resource.
impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotOwner => problems::FORBIDDEN.into(),
            StoreError::KeyReused => problems::KEY_REUSED.into(),
            StoreError::InFlight => ApiError::from(problems::REQUEST_IN_FLIGHT).passing(),
            StoreError::Leaving => problems::SESSION_ENDED.into(),
            StoreError::Throttled(_) => {
                ApiError::from(problems::THROTTLED).because(error).passing()
            }
            StoreError::Unavailable(_) => ApiError::from(problems::UNAVAILABLE)
                .because(error)
                .passing(),
            StoreError::RevisionMismatch => problems::VERSION_MISMATCH.into(),
            StoreError::CursorExpired => problems::CURSOR_EXPIRED.into(),
            StoreError::AlreadyExists | StoreError::NotFound | StoreError::Corrupt { .. } => {
                Self::internal(error)
            }
        }
    }
}
