//! The handlers of the account operations that take no access token, each with the name of its operation.

mod request;
mod response;

use std::sync::Arc;

use axum::{
    Json as JsonBody,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use kit::http::{ApiError, json::Json, query::NoQuery};
use secrecy::SecretString;

pub(super) use self::response::{NextStep, next};
use self::response::{TokenResponse, reached};
use super::members::{Code, NewPassword, OptionalPassword, Password, RefreshToken};
use crate::{
    Accounts,
    identity::{
        ChallengeAnswer, ClientContext, CodeExchange, Confirmed, Email, PASSWORD_POLICY, SignUp,
    },
    problems,
};

/// Apps, and caches between them and the service, may keep the configuration for five minutes.
const FOR_FIVE_MINUTES: HeaderValue = HeaderValue::from_static("public, max-age=300");

pub(super) async fn sign_up(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json(sign_up): Json<SignUp>,
) -> Result<Response, ApiError> {
    keeps_the_policy(&sign_up.password, "password")?;
    accounts.identity.sign_up(sign_up, &client).await?;
    Ok(next(NextStep::ConfirmSignUp))
}

pub(super) async fn confirm_sign_up(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json((email, Code(code), OptionalPassword(password))): Json<(Email, Code, OptionalPassword)>,
) -> Result<Response, ApiError> {
    let password = password.as_ref();
    if let Some(password) = password {
        keeps_the_policy(password, "password")?;
    }
    let identity = &accounts.identity;
    let confirmed = identity
        .confirm_sign_up(&email, &code, password, &client)
        .await?;
    Ok(match confirmed {
        Confirmed::SignIn => StatusCode::NO_CONTENT.into_response(),
        Confirmed::ResetPassword => next(NextStep::ResetPassword),
    })
}

pub(super) async fn resend_code(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json(email): Json<Email>,
) -> Result<Response, ApiError> {
    accounts.identity.resend_code(&email, &client).await?;
    Ok(next(NextStep::ConfirmSignUp))
}

pub(super) async fn sign_in(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json((email, Password(password))): Json<(Email, Password)>,
) -> Result<Response, ApiError> {
    let identity = &accounts.identity;
    let step = identity.sign_in(&email, &password, &client).await?;
    Ok(reached(step))
}

pub(super) async fn sign_in_with_passkey(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json(email): Json<Email>,
) -> Result<Response, ApiError> {
    let identity = &accounts.identity;
    let step = identity.sign_in_with_passkey(&email, &client).await?;
    Ok(reached(step))
}

pub(super) async fn respond_to_challenge(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json(answer): Json<ChallengeAnswer>,
) -> Result<Response, ApiError> {
    const MEMBER: &str = "responses.NEW_PASSWORD";

    if let Some(password) = answer.responses.get(request::NEW_PASSWORD) {
        keeps_the_policy(password, MEMBER)?;
    }
    let identity = &accounts.identity;
    let step = identity.respond_to_challenge(&answer, &client).await;
    let step = step.map_err(|error| problems::of_identity(error, MEMBER))?;
    Ok(reached(step))
}

pub(super) async fn exchange_code(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json(exchange): Json<CodeExchange>,
) -> Result<JsonBody<TokenResponse>, ApiError> {
    let tokens = accounts.identity.exchange_code(&exchange, &client).await?;
    Ok(JsonBody(tokens.into()))
}

pub(super) async fn refresh_tokens(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json(RefreshToken(token)): Json<RefreshToken>,
) -> Result<JsonBody<TokenResponse>, ApiError> {
    let tokens = accounts.identity.refresh(&token, &client).await?;
    Ok(JsonBody(tokens.into()))
}

pub(super) async fn sign_out(
    State(accounts): State<Arc<Accounts>>,
    Json(RefreshToken(token)): Json<RefreshToken>,
) -> Result<StatusCode, ApiError> {
    accounts.identity.sign_out(&token).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn forgot_password(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json(email): Json<Email>,
) -> Result<Response, ApiError> {
    accounts.identity.forgot_password(&email, &client).await?;
    Ok(next(NextStep::ResetPassword))
}

pub(super) async fn reset_password(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json((email, Code(code), NewPassword(password))): Json<(Email, Code, NewPassword)>,
) -> Result<StatusCode, ApiError> {
    keeps_the_policy(&password, NEW_PASSWORD)?;
    accounts
        .identity
        .reset_password(&email, &code, &password, &client)
        .await
        .map_err(|error| problems::of_identity(error, NEW_PASSWORD))?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn get_auth_configuration(
    State(accounts): State<Arc<Accounts>>,
    _: NoQuery,
) -> impl IntoResponse {
    let cached = [(header::CACHE_CONTROL, FOR_FIVE_MINUTES)];
    (cached, JsonBody(accounts.auth_configuration.clone()))
}

/// The member of a request body that holds a new password.
pub(super) const NEW_PASSWORD: &str = "newPassword";

/// Refuses a weak password before the provider is called, because the provider's response may depend on whether the
/// address has an account.
pub(super) fn keeps_the_policy(
    password: &SecretString,
    member: &'static str,
) -> Result<(), ApiError> {
    let checked = PASSWORD_POLICY.check(password);
    checked.map_err(|error| problems::of_identity(error, member))
}
