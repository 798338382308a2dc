//! The handlers of the account operations of the signed-in user, each with the name of its operation.

mod passkeys;
mod request;
mod response;

use std::sync::Arc;

use axum::{
    Json as JsonBody,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use kit::http::{
    ApiError, Fault,
    json::Json,
    query::{NoQuery, Query},
};
use secrecy::ExposeSecret as _;
use time::Duration;

pub(super) use self::passkeys::{
    add_passkey, delete_passkey, list_passkeys, start_passkey_registration,
};
use self::{
    request::{DeviceName, ExportMyDataRequest, Fates, UpdateProfileRequest},
    response::{ExportResponse, ProfileResponse, TotpResponse},
};
use super::{
    auth::{NEW_PASSWORD, NextStep, keeps_the_policy, next},
    caller::SignedIn,
    members::{Code, CurrentPassword, NewPassword},
};
use crate::{
    Accounts,
    account::{self, Deletion},
    identity::{Email, IdentityError, Sessions, otpauth_uri},
    problems::{self, WRONG_CURRENT_PASSWORD},
};

pub(super) async fn get_profile(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    _: NoQuery,
) -> Result<Response, ApiError> {
    profile(&accounts, me).await
}

pub(super) async fn update_profile(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Json(request): Json<UpdateProfileRequest>,
) -> Result<Response, ApiError> {
    let name = request.name.as_ref();
    accounts.identity.change_name(&me.user, name).await?;
    profile(&accounts, me).await
}

pub(super) async fn change_email(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Json((email, CurrentPassword(current))): Json<(Email, CurrentPassword)>,
) -> Result<Response, ApiError> {
    let identity = &accounts.identity;
    let changed = identity.change_email(&me.user, &current, &email).await;
    changed.map_err(with_proof)?;
    Ok(next(NextStep::VerifyEmail))
}

pub(super) async fn verify_email(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Json(Code(code)): Json<Code>,
) -> Result<Response, ApiError> {
    accounts.identity.verify_email(&me.user, &code).await?;
    profile(&accounts, me).await
}

pub(super) async fn change_password(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Json((CurrentPassword(current), NewPassword(new))): Json<(CurrentPassword, NewPassword)>,
) -> Result<StatusCode, ApiError> {
    keeps_the_policy(&new, NEW_PASSWORD)?;
    let identity = &accounts.identity;
    let changed = identity.change_password(&me.user, &current, &new).await;
    changed.map_err(with_proof)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Maps an error of an operation that takes the current password.
fn with_proof(error: IdentityError) -> ApiError {
    match error {
        // The access token is valid, so a wrong password is no failure to authenticate.
        IdentityError::WrongCredentials => WRONG_CURRENT_PASSWORD.into(),
        other => problems::of_identity(other, NEW_PASSWORD),
    }
}

pub(super) async fn set_up_totp(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Json(CurrentPassword(current)): Json<CurrentPassword>,
) -> Result<JsonBody<TotpResponse>, ApiError> {
    let secret = accounts.identity.set_up_totp(&me.user, &current).await;
    let secret = secret.map_err(with_proof)?;
    let profile = accounts.identity.profile(&me.user).await?;
    let account = profile.email.as_ref().map_or("", |email| email.as_str());
    Ok(JsonBody(TotpResponse {
        otpauth_uri: otpauth_uri(accounts.service_name, &secret, account),
        secret: secret.expose_secret().to_owned(),
    }))
}

pub(super) async fn verify_totp(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Json((Code(code), DeviceName(device))): Json<(Code, DeviceName)>,
) -> Result<StatusCode, ApiError> {
    let identity = &accounts.identity;
    identity
        .verify_totp(&me.user, &code, device.as_ref())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn turn_off_totp(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Json(CurrentPassword(current)): Json<CurrentPassword>,
) -> Result<StatusCode, ApiError> {
    let turned_off = accounts.identity.turn_off_totp(&me.user, &current).await;
    turned_off.map_err(with_proof)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn list_sessions(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    _: NoQuery,
) -> Result<JsonBody<Sessions>, ApiError> {
    Ok(JsonBody(accounts.identity.sessions(&me.user).await?))
}

pub(super) async fn sign_out_everywhere(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    _: NoQuery,
) -> Result<StatusCode, ApiError> {
    accounts.identity.sign_out_everywhere(&me.user).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn export_my_data(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Query(request): Query<ExportMyDataRequest>,
) -> Result<Response, ApiError> {
    let cursor = request.cursor.as_deref();
    if let Some(cursor) = cursor {
        let mut all = accounts.belongings.iter();
        if !all.any(|belongings| belongings.has_cursor(&me.user.id, cursor)) {
            let message = "not a cursor of this listing";
            let fault = Fault::new("cursor", "invalid_value", message);
            return Err(ApiError::fault(fault));
        }
    }
    let export = account::export(&accounts, &me.user, cursor).await?;
    let response = ExportResponse {
        profile: ProfileResponse::new(&export.profile, &me),
        attributes: &export.profile.attributes,
        export: &export,
    };
    Ok(JsonBody(response).into_response())
}

pub(super) async fn delete_my_account(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    fates: Fates,
) -> Result<Response, ApiError> {
    let deletion = account::delete(&accounts, &me.user, |name| fates.of(name)).await?;
    Ok(match deletion {
        Deletion::Complete => StatusCode::NO_CONTENT.into_response(),
        Deletion::MoreToDo(wait) => {
            // Rounded up, so that the client does not repeat the request too early.
            let seconds = HeaderValue::from((wait + Duration::milliseconds(999)).whole_seconds());
            ([(header::RETRY_AFTER, seconds)], next(NextStep::Repeat)).into_response()
        }
    })
}

async fn profile(accounts: &Accounts, me: SignedIn) -> Result<Response, ApiError> {
    let profile = accounts.identity.profile(&me.user).await?;
    Ok(JsonBody(ProfileResponse::new(&profile, &me)).into_response())
}
