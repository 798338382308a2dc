//! The response bodies of the account operations.

use std::collections::BTreeMap;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use kit::http::WithoutWork;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::identity::{Challenge, SignInStep, Tokens};

/// The next step of the app.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::http) enum NextStep {
    /// Nothing: the user is signed in.
    Done,
    /// Call `respondToChallenge`.
    RespondToChallenge,
    /// Call `confirmSignUp`.
    ConfirmSignUp,
    /// Call `resetPassword`.
    ResetPassword,
    /// Call `verifyEmail`.
    VerifyEmail,
    /// Make the same request again.
    Repeat,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NextStepResponse {
    next_step: NextStep,
}

/// Builds the response to an accepted request that the app has to follow with another.
pub(in crate::http) fn next(next_step: NextStep) -> Response {
    (StatusCode::ACCEPTED, Json(NextStepResponse { next_step })).into_response()
}

/// New tokens.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct TokenResponse {
    access_token: String,
    id_token: String,
    refresh_token: String,
    expires_in: u64,
    token_type: &'static str,
}

impl From<Tokens> for TokenResponse {
    fn from(tokens: Tokens) -> Self {
        Self {
            access_token: text(&tokens.access),
            id_token: text(&tokens.id),
            refresh_token: text(&tokens.refresh),
            expires_in: tokens.expires_in.as_secs(),
            token_type: "Bearer",
        }
    }
}

/// Builds the response to a step of a sign-in.
pub(in crate::http) fn reached(step: SignInStep) -> Response {
    let done = matches!(step, SignInStep::Done(_));
    let mut response = Json(SignInResponse::from(step)).into_response();
    if !done {
        response.extensions_mut().insert(WithoutWork);
    }
    response
}

/// Tokens, or a challenge, in one shape.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignInResponse {
    next_step: NextStep,
    #[serde(flatten)]
    tokens: Option<TokenResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge: Option<ChallengeResponse>,
}

#[derive(Serialize)]
struct ChallengeResponse {
    name: String,
    parameters: BTreeMap<String, String>,
    available: Vec<String>,
    session: String,
}

impl From<SignInStep> for SignInResponse {
    fn from(step: SignInStep) -> Self {
        match step {
            SignInStep::Done(tokens) => Self {
                next_step: NextStep::Done,
                tokens: Some(tokens.into()),
                challenge: None,
            },
            SignInStep::Challenge(challenge) => Self {
                next_step: NextStep::RespondToChallenge,
                tokens: None,
                challenge: Some(challenge.into()),
            },
        }
    }
}

impl From<Challenge> for ChallengeResponse {
    fn from(challenge: Challenge) -> Self {
        Self {
            name: challenge.name,
            parameters: challenge.parameters,
            available: challenge.available,
            session: text(&challenge.session),
        }
    }
}

fn text(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}
