//! Reads headers together with the body or the query, so that one response names the faults of both.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, request::Parts};

use super::{
    error::ApiError,
    fault::Fault,
    json::{Json, ReadMembers},
    query::{Query, ReadParameters},
};

/// A type that is read from headers.
pub(super) trait ReadHeaders: Sized {
    /// Reads the headers. The error lists every fault.
    fn read(headers: &HeaderMap) -> Result<Self, Vec<Fault>>;
}

/// The extractor of headers together with a body or a query.
pub(super) struct Both<H, T>(pub(super) H, pub(super) T);

impl<S: Send + Sync, H: ReadHeaders + Send, T: ReadMembers> FromRequest<S> for Both<H, Json<T>> {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let headers = H::read(request.headers());
        both(headers, Json::read(request).await).map_err(IntoResponse::into_response)
    }
}

impl<S: Send + Sync, H: ReadHeaders, T: ReadParameters> FromRequestParts<S> for Both<H, Query<T>> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        both(H::read(&parts.headers), Query::read(&parts.uri)).map_err(IntoResponse::into_response)
    }
}

fn both<H, T>(
    headers: Result<H, Vec<Fault>>,
    rest: Result<T, ApiError>,
) -> Result<Both<H, T>, ApiError> {
    Err(match (headers, rest) {
        (Ok(headers), Ok(rest)) => return Ok(Both(headers, rest)),
        (Err(mut faults), Err(ApiError::InvalidRequest(more))) => {
            faults.extend(more);
            ApiError::InvalidRequest(faults)
        }
        (Err(faults), Ok(_)) => ApiError::InvalidRequest(faults),
        (_, Err(error)) => error,
    })
}
