//! The movie operations.

mod request;
mod response;

use std::sync::Arc;

use axum::{
    Json as JsonBody,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

pub use self::request::AddMovieRequest;
pub(super) use self::response::MovieResponse;
use self::{
    request::{MovieKeyRequest, UpdateMovieRequest},
    response::{MovieListResponse, deleted, written},
};
use super::{
    both::Both,
    error::ApiError,
    json::Json,
    precondition::{IfMatch, IfNoneMatch, Retry, etag},
    query::Query,
};
use crate::{
    app::App,
    idempotency::{Fingerprint, Once},
    movie::{Movie, MovieKey, Revision},
    page::PageRequest,
    store::{By, Guard},
    token::Caller,
};

/// Let clients keep an answer, but ask each time whether it still holds.
const REVALIDATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// `GET /movies`
pub(super) async fn list_movies(
    State(app): State<Arc<App>>,
    _: Caller,
    Query(page): Query<PageRequest>,
) -> Result<Response, ApiError> {
    let found = app.movies.list(&page).await?;
    Ok(JsonBody(MovieListResponse::new(&found, &page.filter)).into_response())
}

/// `POST /movies/add-movie`
pub(super) async fn add_movie(
    State(app): State<Arc<App>>,
    caller: Caller,
    Both(retry, Json(request)): Both<Retry, Json<AddMovieRequest>>,
) -> Result<Response, ApiError> {
    let once = once("addMovie", &caller, &retry, None, &request)?;
    let (key, details) = request.into_movie();
    let movie = Movie::new(key, details, caller.user, app.clock.now());
    let result = app.movies.add(&movie, once.as_ref()).await?;
    Ok(written(StatusCode::CREATED, &result))
}

/// `POST /movies/findbytitleandyear`
pub(super) async fn find_movie(
    State(app): State<Arc<App>>,
    _: Caller,
    Json(request): Json<MovieKeyRequest>,
) -> Result<Response, ApiError> {
    let movie = find(&app, &request.into_key()).await?;
    Ok((
        [(header::ETAG, etag(movie.revision))],
        JsonBody(MovieResponse::from(&movie)),
    )
        .into_response())
}

/// `GET /movies/findbytitleandyear`
pub(super) async fn find_movie_cached(
    State(app): State<Arc<App>>,
    _: Caller,
    Both(if_none_match, Query(request)): Both<IfNoneMatch, Query<MovieKeyRequest>>,
) -> Result<Response, ApiError> {
    find_cached(&app, &if_none_match, &request.into_key()).await
}

async fn find_cached(
    app: &App,
    if_none_match: &IfNoneMatch,
    key: &MovieKey,
) -> Result<Response, ApiError> {
    let movie = find(app, key).await?;
    let headers = [
        (header::ETAG, etag(movie.revision)),
        (header::CACHE_CONTROL, REVALIDATE),
    ];
    Ok(if if_none_match.has(movie.revision) {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, JsonBody(MovieResponse::from(&movie))).into_response()
    })
}

/// `POST /movies/update-movie`
pub(super) async fn update_movie(
    State(app): State<Arc<App>>,
    caller: Caller,
    Both((retry, IfMatch(revisions)), Json(request)): Both<
        (Retry, IfMatch),
        Json<UpdateMovieRequest>,
    >,
) -> Result<Response, ApiError> {
    let revisions = revisions.as_deref();
    let once = once("updateMovie", &caller, &retry, revisions, &request)?;
    let (key, changes) = request.into_changes();
    let guard = guard(&caller, revisions);
    let result = app
        .movies
        .update(&key, &changes, &guard, app.clock.now(), once.as_ref())
        .await?;
    Ok(written(StatusCode::OK, &result))
}

/// `POST /movies/delete-movie`
pub(super) async fn delete_movie(
    State(app): State<Arc<App>>,
    caller: Caller,
    Both((retry, IfMatch(revisions)), Json(request)): Both<(Retry, IfMatch), Json<MovieKeyRequest>>,
) -> Result<Response, ApiError> {
    let revisions = revisions.as_deref();
    let once = once("deleteMovie", &caller, &retry, revisions, &request)?;
    let key = request.into_key();
    let guard = guard(&caller, revisions);
    let result = app
        .movies
        .delete(&key, &guard, app.clock.now(), once.as_ref())
        .await?;
    Ok(deleted(&result))
}

async fn find(app: &App, key: &MovieKey) -> Result<Movie, ApiError> {
    app.movies.get(key).await?.ok_or(ApiError::MovieNotFound)
}

/// The users who may write: the one who added the movie, and editors.
fn guard<'a>(caller: &'a Caller, revisions: Option<&'a [Revision]>) -> Guard<'a> {
    let by = if caller.is_editor() {
        By::Editor(&caller.user)
    } else {
        By::Owner(&caller.user)
    };
    Guard { by, revisions }
}

fn once(
    operation: &str,
    caller: &Caller,
    Retry(key): &Retry,
    revisions: Option<&[Revision]>,
    request: &impl Serialize,
) -> Result<Option<Once>, ApiError> {
    let Some(key) = key else {
        return Ok(None);
    };
    let revisions: Option<Vec<_>> =
        revisions.map(|list| list.iter().map(Revision::to_string).collect());
    let fingerprint = Fingerprint::of(operation, &(request, revisions))
        .map_err(|error| ApiError::Internal(error.into()))?;
    Ok(Some(Once::new(&caller.user, key, fingerprint)))
}
