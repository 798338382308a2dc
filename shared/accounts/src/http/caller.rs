//! The caller of a request: from the `Authorization` header to a verified token; and the address and `User-Agent` of the client.

use std::{convert::Infallible, sync::Arc};

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use http::{HeaderMap, header, request::Parts};
use kit::{
    http::{ApiError, ClientAddress},
    operations::Authenticate,
    user::Caller,
};

use crate::{
    Accounts,
    identity::{ClientContext, SignedInUser},
    problems::NO_TOKEN,
    token::{Holder, TokenError},
};

/// The caller with the access token, for the operations on the user's own account.
pub(super) struct SignedIn {
    pub(super) user: SignedInUser,
    /// The user's groups, from the token.
    pub(super) groups: Vec<String>,
}

#[async_trait]
impl Authenticate for Accounts {
    async fn authenticate(&self, headers: &HeaderMap) -> Result<Caller, ApiError> {
        let (holder, _) = verify(headers, self).await?;
        Ok(Caller {
            is_editor: holder.is_editor(),
            user: holder.user,
        })
    }
}

impl FromRequestParts<Arc<Accounts>> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        accounts: &Arc<Accounts>,
    ) -> Result<Self, ApiError> {
        let (holder, token) = verify(&parts.headers, accounts).await?;
        Ok(Self {
            user: SignedInUser {
                id: holder.user,
                username: holder.username,
                access_token: token.into(),
            },
            groups: holder.groups,
        })
    }
}

async fn verify<'a>(
    headers: &'a HeaderMap,
    accounts: &Accounts,
) -> Result<(Holder, &'a str), ApiError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let token = match (values.next(), values.next()) {
        (None, _) => return Err(NO_TOKEN.into()),
        (Some(value), None) => value
            .to_str()
            .ok()
            .and_then(|value| value.strip_prefix("Bearer ")),
        // Two headers are refused, because another reader of the request might take the other one.
        (Some(_), Some(_)) => None,
    };
    let token = token.ok_or(TokenError::Malformed)?;
    let holder = accounts.tokens.verify(token, accounts.clock.now()).await?;
    Ok((holder, token))
}

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
