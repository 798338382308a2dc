//! The handlers of the account operations that take no access token.

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

pub(super) use self::{
    request::code,
    response::{NextStep, next},
};
use self::{
    request::{
        ConfirmSignUpRequest, EmailRequest, RefreshTokenRequest, ResetPasswordRequest,
        SignInRequest,
    },
    response::{TokenResponse, reached},
};
use crate::{
    Accounts,
    identity::{
        AuthConfiguration, ChallengeAnswer, ClientContext, CodeExchange, Confirmed,
        PASSWORD_POLICY, SignUp,
    },
    problems,
};

/// Apps, and caches between them and the service, may keep the configuration for five minutes.
const FOR_FIVE_MINUTES: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// `POST /auth/sign-up`
pub(super) async fn sign_up(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json(sign_up): Json<SignUp>,
) -> Result<Response, ApiError> {
    keeps_the_policy(&sign_up.password, "password")?;
    accounts.identity.sign_up(sign_up, &client).await?;
    Ok(next(NextStep::ConfirmSignUp))
}

/// `POST /auth/confirm-sign-up`
pub(super) async fn confirm_sign_up(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json(request): Json<ConfirmSignUpRequest>,
) -> Result<Response, ApiError> {
    let password = request.password.as_ref();
    if let Some(password) = password {
        keeps_the_policy(password, "password")?;
    }
    let confirmed = accounts
        .identity
        .confirm_sign_up(&request.email, &request.code, password, &client)
        .await?;
    Ok(match confirmed {
        Confirmed::SignIn => StatusCode::NO_CONTENT.into_response(),
        Confirmed::ResetPassword => next(NextStep::ResetPassword),
    })
}

/// `POST /auth/resend-code`
pub(super) async fn resend_code(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json(EmailRequest { email }): Json<EmailRequest>,
) -> Result<Response, ApiError> {
    accounts.identity.resend_code(&email, &client).await?;
    Ok(next(NextStep::ConfirmSignUp))
}

/// `POST /auth/sign-in`
pub(super) async fn sign_in(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json(SignInRequest { email, password }): Json<SignInRequest>,
) -> Result<Response, ApiError> {
    let step = accounts
        .identity
        .sign_in(&email, &password, &client)
        .await?;
    Ok(reached(step))
}

/// `POST /auth/sign-in-with-passkey`
pub(super) async fn sign_in_with_passkey(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json(EmailRequest { email }): Json<EmailRequest>,
) -> Result<Response, ApiError> {
    let step = accounts
        .identity
        .sign_in_with_passkey(&email, &client)
        .await?;
    Ok(reached(step))
}

/// `POST /auth/respond-to-challenge`
pub(super) async fn respond_to_challenge(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json(answer): Json<ChallengeAnswer>,
) -> Result<Response, ApiError> {
    const MEMBER: &str = "responses.NEW_PASSWORD";

    if let Some(password) = answer.responses.get(request::NEW_PASSWORD) {
        keeps_the_policy(password, MEMBER)?;
    }
    let step = accounts
        .identity
        .respond_to_challenge(&answer, &client)
        .await;
    let step = step.map_err(|error| problems::of_identity(error, MEMBER))?;
    Ok(reached(step))
}

/// `POST /auth/exchange-code`
pub(super) async fn exchange_code(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json(exchange): Json<CodeExchange>,
) -> Result<JsonBody<TokenResponse>, ApiError> {
    let tokens = accounts.identity.exchange_code(&exchange, &client).await?;
    Ok(JsonBody(tokens.into()))
}

/// `POST /auth/refresh`
pub(super) async fn refresh_tokens(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json(request): Json<RefreshTokenRequest>,
) -> Result<JsonBody<TokenResponse>, ApiError> {
    let token = &request.refresh_token;
    let tokens = accounts.identity.refresh(token, &client).await?;
    Ok(JsonBody(tokens.into()))
}

/// `POST /auth/sign-out`
pub(super) async fn sign_out(
    State(accounts): State<Arc<Accounts>>,
    Json(request): Json<RefreshTokenRequest>,
) -> Result<StatusCode, ApiError> {
    accounts.identity.sign_out(&request.refresh_token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /auth/forgot-password`
pub(super) async fn forgot_password(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json(EmailRequest { email }): Json<EmailRequest>,
) -> Result<Response, ApiError> {
    accounts.identity.forgot_password(&email, &client).await?;
    Ok(next(NextStep::ResetPassword))
}

/// `POST /auth/reset-password`
pub(super) async fn reset_password(
    State(accounts): State<Arc<Accounts>>,
    client: ClientContext,
    Json(request): Json<ResetPasswordRequest>,
) -> Result<StatusCode, ApiError> {
    let password = &request.new_password;
    keeps_the_policy(password, NEW_PASSWORD)?;
    accounts
        .identity
        .reset_password(&request.email, &request.code, password, &client)
        .await
        .map_err(|error| problems::of_identity(error, NEW_PASSWORD))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /auth/configuration`
pub(super) async fn get_auth_configuration(
    State(accounts): State<Arc<Accounts>>,
    _: NoQuery,
) -> impl IntoResponse {
    let configuration: AuthConfiguration = accounts.auth_configuration.clone();
    (
        [(header::CACHE_CONTROL, FOR_FIVE_MINUTES)],
        JsonBody(configuration),
    )
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
