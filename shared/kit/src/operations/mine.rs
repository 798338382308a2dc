//! The operations of a private resource. Its key is the caller and the last part of the path, which the client chooses.

use axum::{
    extract::{FromRequestParts, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, Uri, request::Parts};

use super::{
    Noun,
    changes::{ChangesQuery, changed_since},
    conditions, page, removed,
    request::{ChangesRequest, FieldsRequest, ListRequest},
    response::{written, written_with_upload},
    revalidated, settled, updated,
};
use crate::{
    files::{FileForm, FileName},
    http::{
        ApiError, Both, Headers,
        json::{Json, ReadMembers},
        path,
        precondition::{IfNoneMatch, WriteHeaders},
        query::{self, Query},
    },
    idempotency::Once,
    page::Filter,
    resource::{Changes as _, Entity, Key, KeyText as _, Resource},
    store::{StoreError, Written},
    user::{Caller, UserId},
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

/// One page of the caller's resources, or of a search among them.
///
/// # Errors
/// [`ApiError`].
pub async fn list<R: Resource<Key: Key<Partition = UserId>>>(
    State(noun): State<Noun<R>>,
    caller: Caller,
    uri: Uri,
) -> Result<Response, ApiError> {
    let request = query::read(&uri, |query| {
        Some(ListRequest::of_user(&caller.user, query))
    })?;
    page(&noun, &request).await
}

/// One page of the feed of changes of the caller's resources.
///
/// # Errors
/// [`ApiError`].
pub async fn changes<R: Resource<Key: Key<Partition = UserId>>>(
    State(noun): State<Noun<R>>,
    caller: Caller,
    Query(query): Query<ChangesQuery>,
) -> Result<Response, ApiError> {
    let mine = Filter::Partition(caller.user.clone());
    changed_since(&noun, Some(&caller.user), mine, &query).await
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
    Both(headers, Json(request)): Both<WriteHeaders, Json<FieldsRequest<R>>>,
) -> Result<Response, ApiError> {
    let key = path.of(&caller);
    let (status, result) = put_fields(&noun, &caller, key, &headers, request).await?;
    Ok(written(status, &result))
}

/// Adds a resource with a file, or replaces the one that is there, as [`put`] does, and permits the upload of its file.
///
/// # Errors
/// [`ApiError`], also if this deployment keeps no files.
pub async fn put_with_file<R, F>(
    State(noun): State<Noun<R>>,
    caller: Caller,
    path: PathKey<R>,
    Both(headers, Json(request)): Both<WriteHeaders, Json<F>>,
) -> Result<Response, ApiError>
where
    R: Resource<Key: Key<Partition = UserId>>,
    F: FileRequest<R>,
{
    let key = path.of(&caller);
    let name = FileName::of::<R>(&key);
    // Before the write, so that nothing is written where no files are kept.
    let upload = noun.files.permit(&name, &request.form()).await?;
    let fields = request.into_fields(noun.files.url(&name)?)?;
    let changes = R::Changes::to(&fields);
    let request = FieldsRequest { fields, changes };
    let (status, result) = put_fields(&noun, &caller, key, &headers, request).await?;
    Ok(written_with_upload(status, &result, &upload))
}

/// The body of a request that adds a resource with a file.
pub trait FileRequest<R>: ReadMembers + Send {
    /// The form of the file.
    fn form(&self) -> FileForm<'_>;

    /// The fields of the resource whose file has this URL.
    ///
    /// # Errors
    /// [`ApiError`] if the URL is none, which is a fault of the deployment.
    fn into_fields(self, url: String) -> Result<R, ApiError>;
}

async fn put_fields<R: Resource<Key: Key<Partition = UserId>>>(
    noun: &Noun<R>,
    caller: &Caller,
    key: R::Key,
    headers: &WriteHeaders,
    request: FieldsRequest<R>,
) -> Result<(StatusCode, Written<Entity<R>>), ApiError> {
    let identified = (key.sort(), &request.changes);
    let (guard, once) = conditions::<R>("put", caller, headers, &identified)?;
    let must_exist = headers.1.must_exist;
    let now = noun.clock.now();
    let changes = R::Changes::to(&request.fields);
    let entity = Entity::new(key, request.fields, caller.user.clone(), now);
    let (store, once) = (&noun.store, once.as_ref());
    // Another request may add or delete it between the two writes.
    for _ in 0..PUT_TRIES {
        if !must_exist {
            match store.add(&entity, once).await {
                Err(StoreError::AlreadyExists) => {}
                added => return put_result(noun, once, added).await,
            }
        }
        match store.update(&entity.key, &changes, &guard, now, once).await {
            Err(StoreError::NotFound) if !must_exist => {}
            replaced => return put_result(noun, once, replaced).await,
        }
    }
    Err(StoreError::Throttled("other writers kept getting in the way".into()).into())
}

/// A replay has the status of the first answer: 201 for the first version.
async fn put_result<R: Resource>(
    noun: &Noun<R>,
    once: Option<&Once>,
    result: Result<Written<Entity<R>>, StoreError>,
) -> Result<(StatusCode, Written<Entity<R>>), ApiError> {
    let result = settled(noun, once, result).await?;
    let status = if result.value.revision.version == 1 {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, result))
}

/// Changes a resource of the caller.
///
/// # Errors
/// [`ApiError`].
pub async fn update<R: Resource<Key: Key<Partition = UserId>>>(
    State(noun): State<Noun<R>>,
    caller: Caller,
    path: PathKey<R>,
    Both(headers, Json(ChangesRequest { changes })): Both<WriteHeaders, Json<ChangesRequest<R>>>,
) -> Result<Response, ApiError> {
    let key = path.of(&caller);
    let identified = (key.sort(), &changes);
    let (guard, once) = conditions::<R>("update", &caller, &headers, &identified)?;
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
    Headers(headers): Headers<WriteHeaders>,
) -> Result<Response, ApiError> {
    let key = path.of(&caller);
    let (guard, once) = conditions::<R>("delete", &caller, &headers, key.sort())?;
    removed(&noun, &key, &guard, once.as_ref()).await
}
