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
use time::Duration;

pub(super) use self::passkeys::{
    add_passkey, delete_passkey, list_passkeys, start_passkey_registration,
};
use self::{
    export::ExportResponse,
    request::{
        ChangeEmailRequest, ChangePasswordRequest, CodeRequest, CurrentPasswordRequest,
        DeleteMyAccountRequest, ExportMyDataRequest, UpdateProfileRequest, VerifyTotpRequest,
    },
    response::{ProfileResponse, SessionsResponse, TotpResponse},
};
use super::{
    auth::{NEW_PASSWORD, NextStep, keeps_the_policy, next},
    caller::SignedIn,
    error::ApiError,
    json::Json,
    query::{NoQuery, Query},
};
use crate::{
    account::{self, Deletion},
    app::App,
    identity::{IdentityError, otpauth_uri},
};

/// `GET /me`
pub(super) async fn get_profile(
    State(app): State<Arc<App>>,
    me: SignedIn,
    _: NoQuery,
) -> Result<JsonBody<ProfileResponse>, ApiError> {
    profile(&app, me).await
}

/// `PATCH /me`
pub(super) async fn update_profile(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Json(request): Json<UpdateProfileRequest>,
) -> Result<JsonBody<ProfileResponse>, ApiError> {
    let name = request.name.as_ref();
    app.identity.change_name(&me.user, name).await?;
    profile(&app, me).await
}

/// `POST /me/change-email`
pub(super) async fn change_email(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Json(request): Json<ChangeEmailRequest>,
) -> Result<Response, ApiError> {
    app.identity
        .change_email(&me.user, &request.current_password, &request.email)
        .await
        .map_err(with_proof)?;
    Ok(next(NextStep::VerifyEmail))
}

/// `POST /me/verify-email`
pub(super) async fn verify_email(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Json(CodeRequest { code }): Json<CodeRequest>,
) -> Result<JsonBody<ProfileResponse>, ApiError> {
    app.identity.verify_email(&me.user, &code).await?;
    profile(&app, me).await
}

/// `POST /me/change-password`
pub(super) async fn change_password(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Json(request): Json<ChangePasswordRequest>,
) -> Result<StatusCode, ApiError> {
    let new_password = &request.new_password;
    keeps_the_policy(new_password, NEW_PASSWORD)?;
    app.identity
        .change_password(&me.user, &request.current_password, new_password)
        .await
        .map_err(with_proof)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Maps an error of an operation that takes the current password.
fn with_proof(error: IdentityError) -> ApiError {
    match error {
        // The access token is valid, so a wrong password is no failure to authenticate.
        IdentityError::WrongCredentials => ApiError::WrongCurrentPassword,
        other => ApiError::of_identity(other, NEW_PASSWORD),
    }
}

/// `POST /me/totp`
pub(super) async fn set_up_totp(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Json(request): Json<CurrentPasswordRequest>,
) -> Result<JsonBody<TotpResponse>, ApiError> {
    let current = &request.current_password;
    let secret = app.identity.set_up_totp(&me.user, current).await;
    let secret = secret.map_err(with_proof)?;
    let profile = app.identity.profile(&me.user).await?;
    let account = profile.email.as_ref().map_or("", |email| email.as_str());
    let uri = otpauth_uri(&secret, account);
    Ok(JsonBody(TotpResponse::new(&secret, uri)))
}

/// `POST /me/totp/verify`
pub(super) async fn verify_totp(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Json(request): Json<VerifyTotpRequest>,
) -> Result<StatusCode, ApiError> {
    app.identity
        .verify_totp(&me.user, &request.code, request.device_name.as_ref())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /me/totp/turn-off`
pub(super) async fn turn_off_totp(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Json(request): Json<CurrentPasswordRequest>,
) -> Result<StatusCode, ApiError> {
    let current = &request.current_password;
    let turned_off = app.identity.turn_off_totp(&me.user, current).await;
    turned_off.map_err(with_proof)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /me/sessions`
pub(super) async fn list_sessions(
    State(app): State<Arc<App>>,
    me: SignedIn,
    _: NoQuery,
) -> Result<JsonBody<SessionsResponse>, ApiError> {
    let sessions = app.identity.sessions(&me.user).await?;
    Ok(JsonBody(sessions.into()))
}

/// `POST /me/sign-out-everywhere`
pub(super) async fn sign_out_everywhere(
    State(app): State<Arc<App>>,
    me: SignedIn,
    _: NoQuery,
) -> Result<StatusCode, ApiError> {
    app.identity.sign_out_everywhere(&me.user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /me/export`
pub(super) async fn export_my_data(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Query(request): Query<ExportMyDataRequest>,
) -> Result<Response, ApiError> {
    let after = request.into_after(&me.user.id)?;
    let export = account::export(&app, &me.user, after.as_ref()).await?;
    Ok(JsonBody(ExportResponse::new(&export, &me)).into_response())
}

/// `DELETE /me`
pub(super) async fn delete_my_account(
    State(app): State<Arc<App>>,
    me: SignedIn,
    Query(request): Query<DeleteMyAccountRequest>,
) -> Result<Response, ApiError> {
    let deletion = account::delete(&app, &me.user, request.movies).await?;
    Ok(match deletion {
        Deletion::Complete => StatusCode::NO_CONTENT.into_response(),
        Deletion::MoreToDo(wait) => {
            // Rounded up, so that the client does not repeat the request too early.
            let seconds = HeaderValue::from((wait + Duration::milliseconds(999)).whole_seconds());
            ([(header::RETRY_AFTER, seconds)], next(NextStep::Repeat)).into_response()
        }
    })
}

async fn profile(app: &App, me: SignedIn) -> Result<JsonBody<ProfileResponse>, ApiError> {
    let profile = app.identity.profile(&me.user).await?;
    Ok(JsonBody(ProfileResponse::new(&profile, &me)))
}
