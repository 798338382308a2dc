//! Reads headers together with the body or the query, so that one response names the faults of both.

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::{HeaderMap, request::Parts};

use super::{
    error::ApiError,
    fault::Fault,
    json::{Json, ReadMembers},
    query::{self, Query, ReadParameters},
};

/// A type that is read from headers.
pub trait ReadHeaders: Sized {
    /// Reads the headers.
    ///
    /// # Errors
    /// Every fault.
    fn read(headers: &HeaderMap) -> Result<Self, Vec<Fault>>;
}

/// The extractor of headers together with a body or a query.
pub struct Both<H, T>(pub H, pub T);

impl<S: Send + Sync, H: ReadHeaders + Send, T: ReadMembers> FromRequest<S> for Both<H, Json<T>> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let headers = H::read(request.headers());
        both(headers, Json::read(request).await)
    }
}

impl<S: Send + Sync, H: ReadHeaders, T: ReadParameters> FromRequestParts<S> for Both<H, Query<T>> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = query::read(&parts.uri, T::read);
        both(H::read(&parts.headers), query.map(Query))
    }
}

/// The extractor of headers, for operations without a body.
pub struct Headers<H>(pub H);

impl<S: Sync, H: ReadHeaders> FromRequestParts<S> for Headers<H> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        H::read(&parts.headers).map(Self).map_err(ApiError::invalid)
    }
}

fn both<H, T>(
    headers: Result<H, Vec<Fault>>,
    rest: Result<T, ApiError>,
) -> Result<Both<H, T>, ApiError> {
    match (headers, rest) {
        (Ok(headers), Ok(rest)) => Ok(Both(headers, rest)),
        (Ok(_), Err(error)) => Err(error),
        (Err(faults), Ok(_)) => Err(ApiError::invalid(faults)),
        (Err(faults), Err(error)) => Err(ApiError::and(faults, error)),
    }
}
