use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;

use super::CallError;

#[derive(Deserialize)]
struct Problem {
    title: String,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    field: String,
    message: String,
}

/// A response that is not to be retried.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The faults of the problem, else its title and detail; the status if the body is no problem.
    pub(crate) fn problem(&self) -> String {
        let Ok(problem) = serde_json::from_slice::<Problem>(&self.body) else {
            return self.status.to_string();
        };
        let faults = problem.errors.iter();
        let faults = faults.map(|fault| format!("`{}` {}", fault.field, fault.message));
        match (problem.errors.is_empty(), problem.detail) {
            (false, _) => faults.collect::<Vec<_>>().join("; "),
            (true, Some(detail)) => format!("{}: {detail}", problem.title),
            (true, None) => problem.title,
        }
    }

    /// The last part of the problem's type, such as `request-in-flight`.
    pub(crate) fn problem_type(&self) -> Option<String> {
        let problem: Value = serde_json::from_slice(&self.body).ok()?;
        let (_, slug) = problem["type"].as_str()?.rsplit_once('/')?;
        Some(slug.to_owned())
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns an error if the response means that the call is to be retried.
    pub(super) fn judge(self) -> Result<Self, CallError> {
        let busy = match self.status {
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => true,
            StatusCode::CONFLICT => self.problem_type().as_deref() == Some("request-in-flight"),
            _ => false,
        };
        if !busy {
            return Ok(self);
        }
        let seconds = self
            .header(header::RETRY_AFTER)
            .and_then(|text| text.parse().ok());
        Err(CallError::Busy {
            status: self.status,
            retry_after: seconds.map(Duration::from_secs),
        })
    }
}
