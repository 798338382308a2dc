//! All errors that a caller can receive. Each is one pair of status and problem type.
//!
//! A handler returns an [`ApiError`]. It becomes a response without a body, with the error in its extensions. The
//! outermost layer, which knows the request id, logs the cause and writes the problem (RFC 9457). So a cause is logged
//! once and never sent.

use std::{borrow::Cow, sync::Arc, time::Duration};

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use super::{fault::Fault, media_type::Unsupported};
use crate::{
    account::AccountError,
    identity::{IdentityError, PasswordRule},
    store::{BoxError, StoreError},
    token::TokenError,
};

/// The value of `Retry-After` when the service does not know how long the client should wait.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The reason why a request failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    #[error("the request is not valid")]
    InvalidRequest(Vec<Fault>),
    #[error("no access token was sent")]
    NoToken,
    #[error("the access token was not accepted")]
    BadToken(#[source] TokenError),
    #[error("wrong e-mail address or password")]
    WrongCredentials,
    #[error("the account is not confirmed")]
    NotConfirmed,
    #[error("the password has to be reset")]
    ResetRequired,
    #[error("wrong current password")]
    WrongCurrentPassword,
    #[error("the code is wrong or has expired")]
    WrongCode,
    #[error("the password does not meet the policy")]
    WeakPassword(Vec<Fault>),
    #[error("the session has ended")]
    SessionEnded,
    #[error("not possible for this account")]
    NotPossible,
    #[error("too many attempts")]
    TooManyAttempts(Duration),
    #[error("no more e-mail can be sent for now")]
    EmailQuota(Duration),
    #[error("not allowed")]
    Forbidden,
    #[error("no such path")]
    NoRoute,
    #[error("no such movie")]
    MovieNotFound,
    #[error("no such method")]
    MethodNotAllowed,
    #[error("the movie exists")]
    MovieExists,
    #[error("the first request is still at work")]
    RequestInFlight,
    #[error("another version")]
    VersionMismatch,
    #[error("the body is too large")]
    BodyTooLarge,
    #[error("the body is not declared as JSON")]
    UnsupportedMediaType(Unsupported),
    #[error("the idempotency key was used for another request")]
    KeyReused,
    #[error("a dependency is throttling")]
    Throttled(#[source] BoxError),
    #[error("a dependency is unavailable")]
    Unavailable(#[source] BoxError),
    #[error("the identity provider is unavailable")]
    ProviderUnavailable(#[source] BoxError),
    #[error("a fault of the service")]
    Internal(#[source] BoxError),
}

/// The body of an error response: RFC 9457, section 3.
#[derive(Debug, Serialize)]
pub(super) struct Problem<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: Cow<'static, str>,
    instance: &'a str,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
}

struct Kind {
    status: StatusCode,
    slug: &'static str,
    title: &'static str,
    detail: &'static str,
}

impl ApiError {
    /// An invalid request with one fault.
    pub(super) fn fault(fault: Fault) -> Self {
        Self::InvalidRequest(vec![fault])
    }

    /// Maps an error of the identity provider. A weak password becomes a fault of `password_member`.
    pub(super) fn of_identity(error: IdentityError, password_member: &'static str) -> Self {
        match error {
            IdentityError::WrongCredentials => Self::WrongCredentials,
            IdentityError::NotConfirmed => Self::NotConfirmed,
            IdentityError::ResetRequired => Self::ResetRequired,
            IdentityError::WrongCode => Self::WrongCode,
            IdentityError::WeakPassword(rules) => Self::weak_password(&rules, password_member),
            IdentityError::SessionEnded => Self::SessionEnded,
            IdentityError::NotAccepted => Self::fault(Fault::new(
                "responses",
                "not_accepted",
                "do not fit the challenge",
            )),
            IdentityError::RegistrationEnded => Self::fault(Fault::new(
                "credential",
                "expired",
                "comes too late, or no registration was begun: ask for options again",
            )),
            IdentityError::NotPossible => Self::NotPossible,
            IdentityError::TooManyAttempts { retry_after } => Self::TooManyAttempts(retry_after),
            IdentityError::EmailQuota { retry_after } => Self::EmailQuota(retry_after),
            IdentityError::Throttled(_) => Self::Throttled(error.into()),
            IdentityError::Unavailable(_) => Self::ProviderUnavailable(error.into()),
            IdentityError::Misconfigured(_) => Self::Internal(error.into()),
        }
    }

    /// A weak password, with one fault for each broken rule.
    pub(super) fn weak_password(broken: &[PasswordRule], member: &'static str) -> Self {
        let fault = |rule: &PasswordRule| Fault::new(member, rule.code(), rule.to_string());
        Self::WeakPassword(broken.iter().map(fault).collect())
    }

    #[rustfmt::skip]
    fn kind(&self) -> Kind {
        use StatusCode as S;
        let (status, slug, title, detail) = match self {
            Self::InvalidRequest(_) => (S::BAD_REQUEST, "invalid-request", "The request is not valid",
                "Correct the fields named in `errors` and send the request again."),
            Self::NoToken => (S::UNAUTHORIZED, "unauthorized", "A valid access token is needed",
                "Send an access token: `Authorization: Bearer <accessToken>`."),
            Self::BadToken(TokenError::KeysUnavailable(_)) => (S::UNAUTHORIZED, "token-not-verifiable", "The access token cannot be checked at the moment",
                "It may be good. Keep it, do not sign the user out, and try again as the header `Retry-After` says."),
            Self::BadToken(TokenError::InsufficientScope) => (S::FORBIDDEN, "insufficient-scope", "The access token was made for something else",
                "It lacks the scope that the header `WWW-Authenticate` names. Sign in through this API."),
            Self::BadToken(_) => (S::UNAUTHORIZED, "unauthorized", "A valid access token is needed",
                "The one that was sent was not accepted. Sign in or refresh, and send the new one."),
            Self::WrongCredentials => (S::UNAUTHORIZED, "wrong-credentials", "Wrong e-mail address or password",
                "Check both, or reset the password."),
            Self::NotConfirmed => (S::FORBIDDEN, "account-not-confirmed", "The account is not confirmed",
                "Confirm it with the code that was sent to its address."),
            Self::ResetRequired => (S::FORBIDDEN, "password-reset-required", "The password has to be reset",
                "Ask for a code with `forgotPassword` and set a new password with `resetPassword`."),
            Self::WrongCurrentPassword => (S::FORBIDDEN, "wrong-current-password", "The current password is wrong",
                "Check it, or reset the password."),
            Self::WrongCode => (S::BAD_REQUEST, "wrong-code", "The code is wrong or has expired",
                "Check the code, or ask for a new one."),
            Self::WeakPassword(_) => (S::BAD_REQUEST, "weak-password", "The password is too weak",
                "Choose one that keeps the rules named in `errors`."),
            Self::SessionEnded => (S::UNAUTHORIZED, "session-ended", "The session has ended",
                "Sign in again."),
            Self::NotPossible => (S::CONFLICT, "not-possible", "Not possible for this account",
                "The account, or the user pool that it is in, does not have this feature."),
            Self::TooManyAttempts(_) => (S::TOO_MANY_REQUESTS, "too-many-attempts", "Too many attempts",
                "Wait as long as the header `Retry-After` says."),
            Self::EmailQuota(_) => (S::TOO_MANY_REQUESTS, "email-quota", "No more e-mail can be sent for now",
                "The service has sent as much as it may. Wait as long as the header `Retry-After` says."),
            Self::Forbidden => (S::FORBIDDEN, "forbidden", "Not allowed",
                "Only the one who added the movie, or an editor, may do this."),
            Self::NoRoute => (S::NOT_FOUND, "not-found", "No such path",
                "See openapi.yaml for the paths that exist."),
            Self::MovieNotFound => (S::NOT_FOUND, "movie-not-found", "No such movie",
                "No movie has this year and title."),
            Self::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "method-not-allowed", "No such method",
                "The header `Allow` names the methods of this path."),
            Self::MovieExists => (S::CONFLICT, "movie-exists", "The movie exists already",
                "A movie with this year and title was added before. Nothing was changed."),
            Self::RequestInFlight => (S::CONFLICT, "request-in-flight", "The first request is still at work",
                "A request with this Idempotency-Key has not ended yet. Try again in a moment."),
            Self::VersionMismatch => (S::PRECONDITION_FAILED, "version-mismatch", "The movie has changed",
                "It is no longer in the version that `If-Match` names. Read it again. Nothing was changed."),
            Self::BodyTooLarge => (S::PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large",
                "A body may have 262,144 bytes at most."),
            Self::UnsupportedMediaType(_) => (S::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body is not in a form that is read",
                "Send `Content-Type: application/json`."),
            Self::KeyReused => (S::UNPROCESSABLE_ENTITY, "idempotency-key-reused", "The Idempotency-Key was used for another request",
                "Choose a new key for each new request. Nothing was changed."),
            Self::Throttled(_) => (S::SERVICE_UNAVAILABLE, "throttled", "Too busy at the moment",
                "Try again as the header `Retry-After` says."),
            Self::Unavailable(_) => (S::SERVICE_UNAVAILABLE, "unavailable", "Not available at the moment",
                "Something that the service depends on did not answer. Try again later."),
            Self::ProviderUnavailable(_) => (S::SERVICE_UNAVAILABLE, "provider-unavailable", "Accounts are not available at the moment",
                "The identity provider did not answer. Try again later."),
            Self::Internal(_) => (S::INTERNAL_SERVER_ERROR, "internal", "A fault of the service",
                "It was logged under the id in `instance`."),
        };
        Kind { status, slug, title, detail }
    }

    /// The value of `WWW-Authenticate` (RFC 6750, section 3).
    fn challenge(&self) -> Option<HeaderValue> {
        let challenge = match self {
            Self::NoToken | Self::WrongCredentials | Self::SessionEnded => {
                r#"Bearer realm="movies""#
            }
            Self::BadToken(TokenError::InsufficientScope) => {
                r#"Bearer realm="movies", error="insufficient_scope", scope="aws.cognito.signin.user.admin""#
            }
            Self::BadToken(_) => r#"Bearer realm="movies", error="invalid_token""#,
            _ => return None,
        };
        Some(HeaderValue::from_static(challenge))
    }

    /// The value of `Retry-After`, in whole seconds, rounded up.
    fn retry_after(&self) -> Option<HeaderValue> {
        let wait = match self {
            Self::TooManyAttempts(wait) | Self::EmailQuota(wait) => *wait,
            Self::BadToken(TokenError::KeysUnavailable(_))
            | Self::RequestInFlight
            | Self::Throttled(_)
            | Self::Unavailable(_)
            | Self::ProviderUnavailable(_) => RETRY_AFTER,
            _ => return None,
        };
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Some(HeaderValue::from(seconds.max(1)))
    }

    /// The value of `Accept-Encoding`: the content codings that are supported (RFC 7694, section 3).
    fn accept_encoding(&self) -> Option<HeaderValue> {
        match self {
            Self::UnsupportedMediaType(unsupported) => unsupported.accept_encoding(),
            _ => None,
        }
    }

    /// True if the service or a dependency failed, whatever the status.
    pub(super) fn is_ours(&self) -> bool {
        self.kind().status.is_server_error()
            || matches!(self, Self::BadToken(TokenError::KeysUnavailable(_)))
    }

    /// True if the caller's proof of identity was refused.
    pub(super) fn refuses_a_proof(&self) -> bool {
        matches!(
            self,
            Self::WrongCredentials
                | Self::NotConfirmed
                | Self::ResetRequired
                | Self::WrongCode
                | Self::SessionEnded
                | Self::TooManyAttempts(_)
        )
    }

    fn faults(&self) -> &[Fault] {
        match self {
            Self::InvalidRequest(faults) | Self::WeakPassword(faults) => faults,
            _ => &[],
        }
    }

    /// The body of the response to the request with this id.
    pub(super) fn problem<'a>(&'a self, request_id: &'a str) -> Problem<'a> {
        let kind = self.kind();
        Problem {
            r#type: format!("/problems/{}", kind.slug),
            title: kind.title,
            status: kind.status.as_u16(),
            detail: match self {
                Self::UnsupportedMediaType(unsupported) => unsupported.detail(),
                _ => kind.detail.into(),
            },
            instance: request_id,
            errors: self.faults(),
        }
    }

    /// The last part of the problem type, by which the log names the failure.
    pub(super) fn slug(&self) -> &'static str {
        self.kind().slug
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.kind().status.into_response();
        for (name, value) in [
            (header::WWW_AUTHENTICATE, self.challenge()),
            (header::RETRY_AFTER, self.retry_after()),
            (header::ACCEPT_ENCODING, self.accept_encoding()),
        ] {
            if let Some(value) = value {
                response.headers_mut().insert(name, value);
            }
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::AlreadyExists => Self::MovieExists,
            StoreError::NotFound => Self::MovieNotFound,
            StoreError::NotOwner => Self::Forbidden,
            StoreError::RevisionMismatch => Self::VersionMismatch,
            StoreError::KeyReused => Self::KeyReused,
            StoreError::InFlight => Self::RequestInFlight,
            StoreError::Leaving => Self::SessionEnded,
            StoreError::Corrupt { .. } => Self::Internal(error.into()),
            StoreError::Throttled(_) => Self::Throttled(error.into()),
            StoreError::Unavailable(_) => Self::Unavailable(error.into()),
        }
    }
}

impl From<IdentityError> for ApiError {
    fn from(error: IdentityError) -> Self {
        Self::of_identity(error, "password")
    }
}

impl From<AccountError> for ApiError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Identity(error) => error.into(),
            AccountError::Store(error) => error.into(),
        }
    }
}

/// The handler of paths that do not exist.
pub(super) async fn no_route() -> ApiError {
    ApiError::NoRoute
}

/// The handler of methods that a path does not have. axum adds `Allow`.
pub(super) async fn method_not_allowed() -> ApiError {
    ApiError::MethodNotAllowed
}
