use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::CallError;

/// A response that is not to be retried.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body as JSON; null if it is none.
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The faults of the problem, else its title and detail; the status if the body is no problem.
    pub(crate) fn problem(&self) -> String {
        let problem = self.json();
        let Some(title) = problem["title"].as_str() else {
            return self.status.to_string();
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let faults = problem["errors"].as_array().into_iter().flatten();
        let faults =
            faults.map(|fault| format!("`{}` {}", text(&fault["field"]), text(&fault["message"])));
        let faults: Vec<_> = faults.collect();
        match problem["detail"].as_str() {
            _ if !faults.is_empty() => faults.join("; "),
            Some(detail) => format!("{title}: {detail}"),
            None => title.to_owned(),
        }
    }

    /// The last part of the problem's type, such as `request-in-flight`.
    pub(crate) fn problem_type(&self) -> Option<String> {
        let problem = self.json();
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
