//! Reads the client's address and `User-Agent` from a request.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::{header, request::Parts};
use kit::http::ClientAddress;

use crate::identity::ClientContext;

/// The longest part of a `User-Agent` that is passed on, in characters.
const MAX_USER_AGENT: usize = 512;

impl<S: Sync> FromRequestParts<S> for ClientContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let address = parts.extensions.get::<ClientAddress>();
        let user_agent = parts.headers.get(header::USER_AGENT);
        Ok(Self {
            address: address.map(|ClientAddress(address)| *address),
            user_agent: user_agent
                .and_then(|value| value.to_str().ok())
                .map(|text| text.chars().take(MAX_USER_AGENT).collect()),
        })
    }
}
