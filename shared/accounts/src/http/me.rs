//! The handlers of the account operations of the signed-in user.

mod export;
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
use time::Duration;

pub(super) use self::passkeys::{
    add_passkey, delete_passkey, list_passkeys, start_passkey_registration,
};
use self::{
    export::ExportResponse,
    request::{
        ChangeEmailRequest, ChangePasswordRequest, CodeRequest, CurrentPasswordRequest,
        ExportMyDataRequest, Fates, UpdateProfileRequest, VerifyTotpRequest,
    },
    response::{ProfileResponse, SessionsResponse, TotpResponse},
};
use super::{
    auth::{NEW_PASSWORD, NextStep, keeps_the_policy, next},
    caller::SignedIn,
};
use crate::{
    Accounts,
    account::{self, Deletion},
    identity::{IdentityError, otpauth_uri},
    problems::{self, WRONG_CURRENT_PASSWORD},
};

/// `GET /me`
pub(super) async fn get_profile(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    _: NoQuery,
) -> Result<JsonBody<ProfileResponse>, ApiError> {
    profile(&accounts, me).await
}

/// `PATCH /me`
pub(super) async fn update_profile(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Json(request): Json<UpdateProfileRequest>,
) -> Result<JsonBody<ProfileResponse>, ApiError> {
    let name = request.name.as_ref();
    accounts.identity.change_name(&me.user, name).await?;
    profile(&accounts, me).await
}

/// `POST /me/change-email`
pub(super) async fn change_email(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Json(request): Json<ChangeEmailRequest>,
) -> Result<Response, ApiError> {
    accounts
        .identity
        .change_email(&me.user, &request.current_password, &request.email)
        .await
        .map_err(with_proof)?;
    Ok(next(NextStep::VerifyEmail))
}

/// `POST /me/verify-email`
pub(super) async fn verify_email(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Json(CodeRequest { code }): Json<CodeRequest>,
) -> Result<JsonBody<ProfileResponse>, ApiError> {
    accounts.identity.verify_email(&me.user, &code).await?;
    profile(&accounts, me).await
}

/// `POST /me/change-password`
pub(super) async fn change_password(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Json(request): Json<ChangePasswordRequest>,
) -> Result<StatusCode, ApiError> {
    let new_password = &request.new_password;
    keeps_the_policy(new_password, NEW_PASSWORD)?;
    accounts
        .identity
        .change_password(&me.user, &request.current_password, new_password)
        .await
        .map_err(with_proof)?;
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

/// `POST /me/totp`
pub(super) async fn set_up_totp(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Json(request): Json<CurrentPasswordRequest>,
) -> Result<JsonBody<TotpResponse>, ApiError> {
    let current = &request.current_password;
    let secret = accounts.identity.set_up_totp(&me.user, current).await;
    let secret = secret.map_err(with_proof)?;
    let profile = accounts.identity.profile(&me.user).await?;
    let account = profile.email.as_ref().map_or("", |email| email.as_str());
    let uri = otpauth_uri(accounts.service_name, &secret, account);
    Ok(JsonBody(TotpResponse::new(&secret, uri)))
}

/// `POST /me/totp/verify`
pub(super) async fn verify_totp(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Json(request): Json<VerifyTotpRequest>,
) -> Result<StatusCode, ApiError> {
    accounts
        .identity
        .verify_totp(&me.user, &request.code, request.device_name.as_ref())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /me/totp/turn-off`
pub(super) async fn turn_off_totp(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    Json(request): Json<CurrentPasswordRequest>,
) -> Result<StatusCode, ApiError> {
    let current = &request.current_password;
    let turned_off = accounts.identity.turn_off_totp(&me.user, current).await;
    turned_off.map_err(with_proof)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /me/sessions`
pub(super) async fn list_sessions(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    _: NoQuery,
) -> Result<JsonBody<SessionsResponse>, ApiError> {
    let sessions = accounts.identity.sessions(&me.user).await?;
    Ok(JsonBody(sessions.into()))
}

/// `POST /me/sign-out-everywhere`
pub(super) async fn sign_out_everywhere(
    State(accounts): State<Arc<Accounts>>,
    me: SignedIn,
    _: NoQuery,
) -> Result<StatusCode, ApiError> {
    accounts.identity.sign_out_everywhere(&me.user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /me/export`
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
    Ok(JsonBody(ExportResponse::new(&export, &me)).into_response())
}

/// `DELETE /me`
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

async fn profile(accounts: &Accounts, me: SignedIn) -> Result<JsonBody<ProfileResponse>, ApiError> {
    let profile = accounts.identity.profile(&me.user).await?;
    Ok(JsonBody(ProfileResponse::new(&profile, &me)))
}
