//! The passkeys of the user who is signed in.

use std::sync::Arc;

use axum::{
    Json as JsonBody,
    extract::{FromRequestParts, State},
};
use http::{StatusCode, request::Parts};
use kit::http::{
    ApiError, Fault,
    json::{Json, Members, ReadMembers, text},
    path,
    query::NoQuery,
};
use serde::Serialize;

use super::{
    super::{caller::SignedIn, members::CurrentPassword},
    with_proof,
};
use crate::{
    Accounts,
    identity::{IdentityError, Passkey, PasskeyId, WebAuthnJson},
};

pub(in crate::http) async fn start_passkey_registration(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Json(CurrentPassword(current)): Json<CurrentPassword>,
) -> Result<JsonBody<PasskeyOptionsResponse>, ApiError> {
    let identity = &accounts.identity;
    let options = identity.start_passkey_registration(&me.user, &current);
    let options = options.await.map_err(with_proof)?;
    Ok(JsonBody(PasskeyOptionsResponse {
        creation_options: options.to_string(),
    }))
}

pub(in crate::http) async fn add_passkey(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Json(AddPasskeyRequest { credential }): Json<AddPasskeyRequest>,
) -> Result<StatusCode, ApiError> {
    let added = accounts.identity.add_passkey(&me.user, &credential).await;
    added.map_err(|error| match error {
        IdentityError::NotAccepted => ApiError::fault(Fault::new(
            CREDENTIAL,
            "not_accepted",
            "is not what a passkey made with the options of this registration gives",
        )),
        other => other.into(),
    })?;
    Ok(StatusCode::NO_CONTENT)
}

pub(in crate::http) async fn list_passkeys(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    _: NoQuery,
) -> Result<JsonBody<PasskeyListResponse>, ApiError> {
    Ok(JsonBody(PasskeyListResponse {
        passkeys: accounts.identity.passkeys(&me.user).await?,
    }))
}

pub(in crate::http) async fn delete_passkey(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Named(id): Named,
) -> Result<StatusCode, ApiError> {
    accounts.identity.delete_passkey(&me.user, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The member of a request body that holds a new passkey.
const CREDENTIAL: &str = "credential";

pub(in crate::http) struct AddPasskeyRequest {
    credential: WebAuthnJson,
}

impl ReadMembers for AddPasskeyRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let credential = members.take_required(CREDENTIAL, text(WebAuthnJson::parse))?;
        Some(Self { credential })
    }
}

/// The extractor of the passkey id in the path, for operations without a query and without a body.
pub(in crate::http) struct Named(PasskeyId);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let id = path::parameter(parts, state, "passkeyId", PasskeyId::parse).await;
        id.map(Self)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct PasskeyOptionsResponse {
    creation_options: String,
}

#[derive(Serialize)]
pub(in crate::http) struct PasskeyListResponse {
    passkeys: Vec<Passkey>,
}
