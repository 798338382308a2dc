//! Problems: every failure that a caller can see, as a row of (status, problem type).
//!
//! A handler returns an [`ApiError`]; it becomes a response without a body that carries the error along. The outermost layer,
//! which knows the request id, logs its cause and writes the RFC 9457 problem. So a cause is logged once, and never sent.

use std::{borrow::Cow, sync::Arc, time::Duration};

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

use super::fault::Fault;
use crate::BoxError;

/// The time that a client should wait when the service cannot say.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A problem type (RFC 9457, section 3): a row of the table of failures. Each crate has its rows as constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// The status of the answer.
    pub status: StatusCode,
    /// The problem type is `/problems/<slug>`.
    pub slug: &'static str,
    /// A summary for people.
    pub title: &'static str,
    /// The next step, for developers.
    pub detail: &'static str,
    /// True if the caller sent a proof of identity that was not accepted.
    pub refuses_proof: bool,
    /// The parameters of the `WWW-Authenticate` challenge behind the realm (RFC 6750, section 3); `None` for no challenge.
    pub challenge: Option<&'static str>,
}

impl Problem {
    /// A row of the table.
    #[must_use]
    pub const fn new(
        status: StatusCode,
        slug: &'static str,
        title: &'static str,
        detail: &'static str,
    ) -> Self {
        Self {
            status,
            slug,
            title,
            detail,
            refuses_proof: false,
            challenge: None,
        }
    }

    /// The problem of a proof of identity that was not accepted.
    #[must_use]
    pub const fn refusing_proof(self) -> Self {
        Self {
            refuses_proof: true,
            ..self
        }
    }

    /// The problem with a `WWW-Authenticate` challenge, of which these are the parameters behind the realm.
    #[must_use]
    pub const fn challenging(self, parameters: &'static str) -> Self {
        Self {
            challenge: Some(parameters),
            ..self
        }
    }
}

/// The problems that any operation may have.
#[rustfmt::skip]
pub mod problems {
    use super::Problem;
    use http::StatusCode as S;

    /// All of them.
    pub const ALL: &[Problem] = &[
        INVALID_REQUEST, SESSION_ENDED, FORBIDDEN, NO_ROUTE, METHOD_NOT_ALLOWED, REQUEST_IN_FLIGHT, CURSOR_EXPIRED, VERSION_MISMATCH,
        BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, KEY_REUSED, THROTTLED, UNAVAILABLE, INTERNAL,
    ];
    /// A member, a parameter or a header is at fault.
    pub const INVALID_REQUEST: Problem = Problem::new(S::BAD_REQUEST, "invalid-request", "The request is not valid",
        "Correct the fields named in `errors` and send the request again.");
    /// The session of the user has ended.
    pub const SESSION_ENDED: Problem = Problem::new(S::UNAUTHORIZED, "session-ended", "The session has ended",
        "Sign in again.").refusing_proof().challenging("");
    /// The caller may not do this.
    pub const FORBIDDEN: Problem = Problem::new(S::FORBIDDEN, "forbidden", "Not allowed",
        "Only the owner, or an editor, may do this.");
    /// There is no such path.
    pub const NO_ROUTE: Problem = Problem::new(S::NOT_FOUND, "not-found", "No such path",
        "See openapi.yaml for the paths that exist.");
    /// The path does not have the method.
    pub const METHOD_NOT_ALLOWED: Problem = Problem::new(S::METHOD_NOT_ALLOWED, "method-not-allowed", "No such method",
        "The header `Allow` names the methods of this path.");
    /// The first request with an idempotency key has not ended.
    pub const REQUEST_IN_FLIGHT: Problem = Problem::new(S::CONFLICT, "request-in-flight", "The first request is still at work",
        "A request with this Idempotency-Key has not ended yet. Try again in a moment.");
    /// The cursor of a feed of changes is no longer good.
    pub const CURSOR_EXPIRED: Problem = Problem::new(S::GONE, "cursor-expired", "The changes since then are not known any more",
        "Ask again without `since`, which begins with all that there is.");
    /// The resource is in another version than `If-Match` names.
    pub const VERSION_MISMATCH: Problem = Problem::new(S::PRECONDITION_FAILED, "version-mismatch", "It has changed",
        "It is no longer in the version that `If-Match` names. Read it again. Nothing was changed.");
    /// The body is too large.
    pub const BODY_TOO_LARGE: Problem = Problem::new(S::PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large",
        "A body may have 262,144 bytes at most.");
    /// The body is not declared as JSON, or is encoded.
    pub const UNSUPPORTED_MEDIA_TYPE: Problem = Problem::new(S::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type",
        "The body is not in a form that is read", "Send `Content-Type: application/json`.");
    /// The idempotency key was used for another request.
    pub const KEY_REUSED: Problem = Problem::new(S::UNPROCESSABLE_ENTITY, "idempotency-key-reused",
        "The Idempotency-Key was used for another request", "Choose a new key for each new request. Nothing was changed.");
    /// A dependency throttles.
    pub const THROTTLED: Problem = Problem::new(S::SERVICE_UNAVAILABLE, "throttled", "Too busy at the moment",
        "Try again as the header `Retry-After` says.");
    /// A dependency did not answer.
    pub const UNAVAILABLE: Problem = Problem::new(S::SERVICE_UNAVAILABLE, "unavailable", "Not available at the moment",
        "Something that the service depends on did not answer. Try again later.");
    /// A fault of the service.
    pub const INTERNAL: Problem = Problem::new(S::INTERNAL_SERVER_ERROR, "internal", "A fault of the service",
        "It was logged under the id in `instance`.");
}

/// A request that failed: its problem, and what goes with it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ApiError(Box<Details>);

#[derive(Debug, thiserror::Error)]
#[error("{}", problem.title)]
struct Details {
    problem: Problem,
    faults: Vec<Fault>,
    detail: Option<Cow<'static, str>>,
    retry_after: Option<Duration>,
    header: Option<(HeaderName, HeaderValue)>,
    is_ours: bool,
    #[source]
    cause: Option<BoxError>,
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self(Box::new(Details {
            problem,
            faults: Vec::new(),
            detail: None,
            retry_after: None,
            header: None,
            is_ours: problem.status.is_server_error(),
            cause: None,
        }))
    }
}

impl ApiError {
    /// An invalid request with these faults.
    #[must_use]
    pub fn invalid(faults: Vec<Fault>) -> Self {
        Self::from(problems::INVALID_REQUEST).with_faults(faults)
    }

    /// An invalid request with one fault.
    #[must_use]
    pub fn fault(fault: Fault) -> Self {
        Self::invalid(vec![fault])
    }

    /// A fault of the service.
    #[must_use]
    pub fn internal(cause: impl Into<BoxError>) -> Self {
        Self::from(problems::INTERNAL).because(cause)
    }

    /// The error with the faults of members.
    #[must_use]
    pub fn with_faults(mut self, faults: Vec<Fault>) -> Self {
        self.0.faults = faults;
        self
    }

    /// The error with its cause, which is logged and never sent.
    #[must_use]
    pub fn because(mut self, cause: impl Into<BoxError>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The error with the time to wait before the same request may succeed.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// The error of a dependency, which passes: the client may try again.
    #[must_use]
    pub fn passing(self) -> Self {
        self.retry_after(RETRY_AFTER)
    }

    /// The error as one of the service, whatever its status: it is logged as an error.
    #[must_use]
    pub fn ours(mut self) -> Self {
        self.0.is_ours = true;
        self
    }

    /// The error with a detail of its own.
    pub(super) fn with_detail(mut self, detail: Cow<'static, str>) -> Self {
        self.0.detail = Some(detail);
        self
    }

    /// The error with a header.
    pub(super) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.header = Some((name, value));
        self
    }

    /// Adds the faults of another part of the request, if both are invalid requests; else the other error stands.
    #[must_use]
    pub(super) fn and(mut faults: Vec<Fault>, other: Self) -> Self {
        if other.0.problem != problems::INVALID_REQUEST {
            return other;
        }
        faults.extend(other.0.faults);
        Self::invalid(faults)
    }

    /// The problem type.
    #[must_use]
    pub fn problem(&self) -> Problem {
        self.0.problem
    }

    /// True if the service failed, or something that it depends on, whatever the status.
    pub(super) fn is_ours(&self) -> bool {
        self.0.is_ours
    }

    /// The body to send, for the request with this id.
    pub(super) fn body<'a>(&'a self, request_id: &'a str) -> Body<'a> {
        Body {
            r#type: format!("/problems/{}", self.0.problem.slug),
            title: self.0.problem.title,
            status: self.0.problem.status.as_u16(),
            detail: self.0.detail.as_deref().unwrap_or(self.0.problem.detail),
            instance: request_id,
            errors: &self.0.faults,
        }
    }

    /// The `WWW-Authenticate` header (RFC 6750, section 3).
    pub(super) fn challenge(&self, realm: &str) -> Option<HeaderValue> {
        let challenge = match self.0.problem.challenge? {
            "" => format!("Bearer realm=\"{realm}\""),
            parameters => format!("Bearer realm=\"{realm}\", {parameters}"),
        };
        HeaderValue::try_from(challenge).ok()
    }
}

/// The body of an error response (RFC 9457, section 3).
#[derive(Debug, Serialize)]
pub(super) struct Body<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
}

impl IntoResponse for ApiError {
    fn into_response(mut self) -> Response {
        let mut response = self.0.problem.status.into_response();
        let headers = response.headers_mut();
        if let Some(wait) = self.0.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if let Some((name, value)) = self.0.header.take() {
            headers.insert(name, value);
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
