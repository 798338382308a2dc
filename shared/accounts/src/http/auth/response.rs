//! The response bodies of the account operations.

use std::collections::BTreeMap;

use axum::{
    Extension, Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use kit::http::WithoutWork;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::identity::{SignInStep, Tokens};

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

/// Builds the response to a step of a sign-in: tokens, or a challenge.
pub(in crate::http) fn reached(step: SignInStep) -> Response {
    match step {
        SignInStep::Done(tokens) => Json(SignedInResponse {
            next_step: NextStep::Done,
            tokens: tokens.into(),
        })
        .into_response(),
        SignInStep::Challenge(challenge) => {
            let response = ChallengedResponse {
                next_step: NextStep::RespondToChallenge,
                challenge: ChallengeResponse {
                    session: text(&challenge.session),
                    name: challenge.name,
                    parameters: challenge.parameters,
                    available: challenge.available,
                },
            };
            (Extension(WithoutWork), Json(response)).into_response()
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignedInResponse {
    next_step: NextStep,
    #[serde(flatten)]
    tokens: TokenResponse,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChallengedResponse {
    next_step: NextStep,
    challenge: ChallengeResponse,
}

#[derive(Serialize)]
struct ChallengeResponse {
    name: String,
    parameters: BTreeMap<String, String>,
    available: Vec<String>,
    session: String,
}

fn text(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}
