//! The caller of a request: from the `Authorization` header to a verified [`Caller`].

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header, request::Parts};

use super::error::ApiError;
use crate::{
    app::App,
    identity::SignedInUser,
    token::{Caller, TokenError},
};

/// The caller with the access token, for the operations on the user's own account.
pub(super) struct SignedIn {
    /// The user, with the access token.
    pub(super) user: SignedInUser,
    /// The user's groups, from the token.
    pub(super) groups: Vec<String>,
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        verify(&parts.headers, app)
            .await
            .map(|(caller, _)| caller)
            .map_err(IntoResponse::into_response)
    }
}

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let (caller, token) = verify(&parts.headers, app)
            .await
            .map_err(IntoResponse::into_response)?;
        Ok(Self {
            user: SignedInUser {
                id: caller.user,
                username: caller.username,
                access_token: token.into(),
            },
            groups: caller.groups,
        })
    }
}

async fn verify<'a>(headers: &'a HeaderMap, app: &App) -> Result<(Caller, &'a str), ApiError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let token = match (values.next(), values.next()) {
        (None, _) => return Err(ApiError::NoToken),
        (Some(value), None) => value
            .to_str()
            .ok()
            .and_then(|value| value.strip_prefix("Bearer ")),
        // Two headers are refused, because another reader of the request might take the other one.
        (Some(_), Some(_)) => None,
    };
    let token = token.ok_or(ApiError::BadToken(TokenError::Malformed))?;
    let caller = app.tokens.verify(token, app.clock.now()).await;
    Ok((caller.map_err(ApiError::BadToken)?, token))
}
