//! The operations of a private resource. Its key is the caller and the last part of the path, which the client chooses.

use std::marker::PhantomData;

use axum::{
    extract::{FromRequestParts, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};

use super::{
    Noun, guard, listed, once, removed,
    request::{ChangesRequest, FieldsRequest, not_a_cursor, take_page},
    response::written,
    revalidated,
    search::{Given, first_page},
    searched, updated,
};
use crate::{
    http::{
        ApiError, Both, Headers,
        json::Json,
        path,
        precondition::{IdempotencyKeyHeader, IfMatch, IfNoneMatch},
        query::{Parameters, Query, ReadParameters},
    },
    page::{Filter, MAX_LIMIT},
    resource::{Changes as _, Entity, Key, KeyText as _, Resource},
    search::Search,
    store::{StoreError, Written},
    user::{Caller, UserId},
    value::in_range,
};

/// How often a [`put`] tries both an addition and an update.
const PUT_TRIES: u8 = 3;

/// The last part of the path.
pub struct PathKey<R: Resource>(<R::Key as Key>::Sort);

impl<R: Resource, S: Send + Sync> FromRequestParts<S> for PathKey<R> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let parse = <R::Key as Key>::Sort::parse;
        let sort = path::parameter(parts, state, R::Key::SORT, parse).await;
        sort.map(Self).map_err(IntoResponse::into_response)
    }
}

impl<R: Resource<Key: Key<Partition = UserId>>> PathKey<R> {
    fn of(self, caller: &Caller) -> R::Key {
        R::Key::new(caller.user.clone(), self.0)
    }
}

/// The query of a listing: a search, a limit and a cursor.
pub struct MyPage<R> {
    search: Option<Search>,
    limit: Option<u8>,
    cursor: Option<String>,
    resource: PhantomData<fn() -> R>,
}

impl<R: Resource> ReadParameters for MyPage<R> {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        let given = Given::of::<R>(parameters, [None, None]);
        Some(Self {
            search: given.take_search::<R>(parameters, None),
            limit: parameters.take_integer("limit", |limit| in_range(limit, 1, MAX_LIMIT)),
            cursor: parameters.take("cursor", |text| Ok(text.to_owned())),
            resource: PhantomData,
        })
    }
}

/// One page of the caller's resources, or of a search among them.
///
/// # Errors
/// [`ApiError`].
pub async fn list<R: Resource<Key: Key<Partition = UserId>>>(
    State(noun): State<Noun<R>>,
    caller: Caller,
    Query(page): Query<MyPage<R>>,
) -> Result<Response, ApiError> {
    let cursor = page.cursor.as_deref();
    if let Some(search) = page.search {
        let mut request = first_page(search, Some(caller.user), page.limit);
        let after = cursor.map(|cursor| request.read_cursor::<R>(cursor));
        request.after = after.transpose().map_err(|_| not_a_cursor())?;
        return searched(&noun, &request).await;
    }
    let filter = Filter::Partition(caller.user);
    listed(&noun, &take_page::<R>(filter, page.limit, cursor)?).await
}

/// Finds a resource of the caller, with an answer that clients may keep.
///
/// # Errors
/// [`ApiError`].
pub async fn find<R: Resource<Key: Key<Partition = UserId>>>(
    State(noun): State<Noun<R>>,
    caller: Caller,
    path: PathKey<R>,
    Headers(if_none_match): Headers<IfNoneMatch>,
) -> Result<Response, ApiError> {
    revalidated(&noun, &if_none_match, &path.of(&caller)).await
}

/// Adds a resource, or replaces the one that is there: a field that the body does not have is removed. With `If-Match`, only
/// replaces.
///
/// # Errors
/// [`ApiError`].
pub async fn put<R: Resource<Key: Key<Partition = UserId>>>(
    State(noun): State<Noun<R>>,
    caller: Caller,
    path: PathKey<R>,
    Both(
        (
            key_header,
            IfMatch {
                revisions,
                must_exist,
            },
        ),
        Json(request),
    ): Both<(IdempotencyKeyHeader, IfMatch), Json<FieldsRequest<R>>>,
) -> Result<Response, ApiError> {
    let key = path.of(&caller);
    let revisions = revisions.as_deref();
    let identified = (key.sort(), &request.changes);
    let once = once::<R>("put", &caller, &key_header, revisions, &identified)?;
    let now = noun.clock.now();
    let guard = guard::<R>(&caller, revisions);
    let changes = R::Changes::to(&request.fields);
    let entity = Entity::new(key, request.fields, caller.user.clone(), now);
    let (store, once) = (&noun.store, once.as_ref());
    // Another request may add or delete it between the two writes.
    for _ in 0..PUT_TRIES {
        if !must_exist {
            match store.add(&entity, once).await {
                Err(StoreError::AlreadyExists) => {}
                added => return put_answer(added),
            }
        }
        match store.update(&entity.key, &changes, &guard, now, once).await {
            Err(StoreError::NotFound) if !must_exist => {}
            replaced => return put_answer(replaced),
        }
    }
    Err(StoreError::Throttled("other writers kept getting in the way".into()).into())
}

/// A replay has the status of the first answer: 201 for the first version.
fn put_answer<R: Resource>(
    result: Result<Written<Entity<R>>, StoreError>,
) -> Result<Response, ApiError> {
    let result = result.map_err(ApiError::of_store::<R>)?;
    let status = if result.value.revision.version == 1 {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(written(status, &result))
}

/// Changes a resource of the caller.
///
/// # Errors
/// [`ApiError`].
pub async fn update<R: Resource<Key: Key<Partition = UserId>>>(
    State(noun): State<Noun<R>>,
    caller: Caller,
    path: PathKey<R>,
    Both((key_header, IfMatch { revisions, .. }), Json(ChangesRequest { changes })): Both<
        (IdempotencyKeyHeader, IfMatch),
        Json<ChangesRequest<R>>,
    >,
) -> Result<Response, ApiError> {
    let key = path.of(&caller);
    let revisions = revisions.as_deref();
    let once = once::<R>(
        "update",
        &caller,
        &key_header,
        revisions,
        &(key.sort(), &changes),
    )?;
    let guard = guard::<R>(&caller, revisions);
    updated(&noun, &key, &changes, &guard, once.as_ref()).await
}

/// Deletes a resource of the caller.
///
/// # Errors
/// [`ApiError`].
pub async fn delete<R: Resource<Key: Key<Partition = UserId>>>(
    State(noun): State<Noun<R>>,
    caller: Caller,
    path: PathKey<R>,
    Headers((key_header, IfMatch { revisions, .. })): Headers<(IdempotencyKeyHeader, IfMatch)>,
) -> Result<Response, ApiError> {
    let key = path.of(&caller);
    let revisions = revisions.as_deref();
    let once = once::<R>("delete", &caller, &key_header, revisions, key.sort())?;
    let guard = guard::<R>(&caller, revisions);
    removed(&noun, &key, &guard, once.as_ref()).await
}
