//! The account operations.

use std::sync::Arc;

use axum::{Json as JsonBody, extract::State};
use http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use validator::Validate;

use super::{
    error::ApiError,
    json::{Json, Members, ReadMembers},
    rules,
};
use crate::{
    app::App,
    identity::{ClientContext, Email, SignInStep, SignUp},
    movie::Name,
};

const MAX_PASSWORD: usize = 256;

#[derive(Validate)]
pub(super) struct SignUpRequest {
    #[validate(required, custom(function = rules::email))]
    email: Option<String>,
    #[validate(custom(function = rules::name))]
    name: Option<String>,
    #[validate(skip)]
    password: Option<SecretString>,
}

impl ReadMembers for SignUpRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            email: members.take("email"),
            name: members.take("name"),
            password: members.take_secret("password", MAX_PASSWORD),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignUpResponse {
    next_step: &'static str,
}

/// `POST /auth/sign-up`
pub(super) async fn sign_up(
    State(app): State<Arc<App>>,
    Json(request): Json<SignUpRequest>,
) -> Result<(StatusCode, JsonBody<SignUpResponse>), ApiError> {
    let sign_up = SignUp {
        email: Email::parse(&request.email.unwrap_or_default())?,
        name: request.name.as_deref().map(Name::parse).transpose()?,
        password: request.password.unwrap_or_default(),
    };
    app.identity
        .sign_up(sign_up, &ClientContext::default())
        .await?;
    Ok((
        StatusCode::ACCEPTED,
        JsonBody(SignUpResponse {
            next_step: "CONFIRM_SIGN_UP",
        }),
    ))
}

#[derive(Validate)]
pub(super) struct ConfirmSignUpRequest {
    #[validate(required, custom(function = rules::email))]
    email: Option<String>,
    #[validate(required, custom(function = rules::code))]
    code: Option<String>,
}

impl ReadMembers for ConfirmSignUpRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            email: members.take("email"),
            code: members.take("code"),
        }
    }
}

/// `POST /auth/confirm-sign-up`
pub(super) async fn confirm_sign_up(
    State(app): State<Arc<App>>,
    Json(request): Json<ConfirmSignUpRequest>,
) -> Result<StatusCode, ApiError> {
    let email = Email::parse(&request.email.unwrap_or_default())?;
    let code = SecretString::from(request.code.unwrap_or_default());
    app.identity
        .confirm_sign_up(&email, &code, &ClientContext::default())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Validate)]
pub(super) struct SignInRequest {
    #[validate(required, custom(function = rules::email))]
    email: Option<String>,
    #[validate(skip)]
    password: Option<SecretString>,
}

impl ReadMembers for SignInRequest {
    fn read(members: &mut Members<'_>) -> Self {
        Self {
            email: members.take("email"),
            password: members.take_secret("password", MAX_PASSWORD),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignInResponse {
    access_token: String,
    id_token: String,
    refresh_token: String,
    expires_in: u64,
    token_type: &'static str,
}

/// `POST /auth/sign-in`
pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    Json(request): Json<SignInRequest>,
) -> Result<JsonBody<SignInResponse>, ApiError> {
    let email = Email::parse(&request.email.unwrap_or_default())?;
    let tokens = app
        .identity
        .sign_in(
            &email,
            &request.password.unwrap_or_default(),
            &ClientContext::default(),
        )
        .await?;
    let SignInStep::Done(tokens) = tokens else {
        return Err(ApiError::NotPossible);
    };
    let text = |secret: &SecretString| secret.expose_secret().to_owned();
    Ok(JsonBody(SignInResponse {
        access_token: text(&tokens.access),
        id_token: text(&tokens.id),
        refresh_token: text(&tokens.refresh),
        expires_in: tokens.expires_in.as_secs(),
        token_type: "Bearer",
    }))
}
