//! The uploads and the reads of [`LocalFiles`], below each stage, as a bucket and its CDN answer them.
//!
//! An upload may be larger than a body of the API, so these routes are beside the API's layers.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use kit::files::{CACHE_CONTROL, FileForm, FileName};
use tokio::{task::spawn_blocking, time::timeout};
use tower_http::cors::{Any, CorsLayer};

use super::{
    problem::problem,
    receive::{MAX_READ, last},
};
use crate::files::{LocalFiles, Permission};

/// What a browser that opens a file may do with it: show it.
const NOTHING_BUT_THE_FILE: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

#[derive(Clone)]
struct Served {
    files: Arc<LocalFiles>,
    patience: Duration,
}

/// Routes the uploads and reads of files to `path`, such as `/Development/files/{name}`. An upload may take as long as `patience`.
pub(super) fn router(path: &str, files: Arc<LocalFiles>, patience: Duration) -> Router {
    Router::new()
        .route(path, get(read).put(upload))
        // Whoever has a URL may use it, from any page.
        .layer(
            CorsLayer::new()
                .allow_origin(Any)
                .allow_methods(Any)
                .allow_headers(Any),
        )
        .with_state(Served { files, patience })
}

async fn upload(
    State(Served { files, patience }): State<Served>,
    Path(name): Path<String>,
    permission: Result<Query<Permission>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let permitted = permitted(&files, &name, permission.ok(), &headers);
    // Read in any case: an answer while the client still sends may get lost.
    let Ok(Ok(content)) = timeout(patience, to_bytes(body, MAX_READ)).await else {
        let incomplete = problem(
            StatusCode::BAD_REQUEST,
            "incomplete-body",
            "The file did not arrive whole",
            "Send it again.",
        );
        return last(permitted.err().map_or(incomplete, |refused| *refused));
    };
    let name = match permitted {
        Ok(name) => name,
        Err(refused) => return *refused,
    };
    match spawn_blocking(move || files.write(&name, &content)).await {
        Ok(Ok(())) => StatusCode::OK.into_response(),
        Ok(Err(error)) => failed(&error),
        Err(error) => failed(&error),
    }
}

/// The name under which the request may upload, or the answer that it may not. HTTP sees to it that a body has the told size.
fn permitted(
    files: &LocalFiles,
    name: &str,
    permission: Option<Query<Permission>>,
    headers: &HeaderMap,
) -> Result<FileName, Box<Response>> {
    let (Some(name), Some(Query(permission))) = (FileName::parse(name), permission) else {
        return Err(refused("The URL is not as it was given.").into());
    };
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(size) = text(header::CONTENT_LENGTH).and_then(|size| size.parse().ok()) else {
        let untold = problem(
            StatusCode::LENGTH_REQUIRED,
            "length-required",
            "No size was told",
            "Send `Content-Length`.",
        );
        return Err(untold.into());
    };
    let form = FileForm {
        content_type: text(header::CONTENT_TYPE).unwrap_or_default(),
        size,
    };
    match files.check(&name, &permission, &form) {
        Ok(()) => Ok(name),
        Err(why) => Err(refused(&why.to_string()).into()),
    }
}

async fn read(State(Served { files, .. }): State<Served>, Path(name): Path<String>) -> Response {
    let Some(name) = FileName::parse(&name) else {
        return missing();
    };
    match spawn_blocking(move || files.read(&name)).await {
        Ok(Ok(Some(content))) => {
            let kind =
                infer::get(&content).map_or("application/octet-stream", |kind| kind.mime_type());
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
                (
                    header::CACHE_CONTROL,
                    HeaderValue::from_static(CACHE_CONTROL),
                ),
                (header::CONTENT_SECURITY_POLICY, NOTHING_BUT_THE_FILE),
                (
                    header::X_CONTENT_TYPE_OPTIONS,
                    HeaderValue::from_static("nosniff"),
                ),
            ];
            (headers, content).into_response()
        }
        Ok(Ok(None)) => missing(),
        Ok(Err(error)) => failed(&error),
        Err(error) => failed(&error),
    }
}

fn refused(why: &str) -> Response {
    problem(
        StatusCode::FORBIDDEN,
        "upload-refused",
        "The upload was refused",
        why,
    )
}

fn missing() -> Response {
    problem(
        StatusCode::NOT_FOUND,
        "file-not-found",
        "No such file",
        "It was deleted, or never uploaded.",
    )
}

fn failed(error: &(dyn std::error::Error + 'static)) -> Response {
    tracing::error!(error, "a file could not be read or written");
    problem(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "The server failed",
        "Its log says why.",
    )
}
