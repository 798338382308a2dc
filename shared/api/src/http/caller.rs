//! Who calls: from the `Authorization` header to a verified [`Caller`].

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{header, request::Parts};

use super::error::ApiError;
use crate::{
    app::App,
    token::{Caller, TokenError},
};

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let mut values = parts.headers.get_all(header::AUTHORIZATION).iter();
        let (value, none) = (values.next(), values.next());
        let token = match (value, none) {
            (None, _) => return Err(ApiError::NoToken.into_response()),
            (Some(value), None) => value
                .to_str()
                .ok()
                .and_then(|value| value.strip_prefix("Bearer ")),
            // Which of two would another reader of this request take?
            (Some(_), Some(_)) => None,
        };
        let token = token.ok_or(TokenError::Malformed);
        let verified = match token {
            Ok(token) => app.tokens.verify(token, app.clock.now()).await,
            Err(error) => Err(error),
        };
        verified.map_err(|error| ApiError::BadToken(error).into_response())
    }
}
