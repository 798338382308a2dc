//! Requests to AWS and its answers, as the proxy has them.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::Value;

/// A request as AWS gets it.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The method.
    pub method: Method,
    /// The path and the query.
    pub path: String,
    /// The headers, without those of the connection.
    pub headers: HeaderMap,
    /// The operation: `PutItem` of `DynamoDB_20120810.PutItem`.
    pub target: String,
    /// The body.
    pub body: Bytes,
}

impl Sent {
    /// The same with another body, whose signature nobody checks.
    #[must_use]
    pub fn with(mut self, body: &Value) -> Self {
        self.body = body.to_string().into();
        self
    }

    /// The same for another operation of DynamoDB.
    #[must_use]
    pub fn for_target(mut self, target: &'static str) -> Self {
        let header = format!("DynamoDB_20120810.{target}");
        let header = header::HeaderValue::try_from(header).expect("a header");
        self.headers.insert("x-amz-target", header);
        target.clone_into(&mut self.target);
        self
    }
}

/// A whole answer of AWS.
#[derive(Debug, Clone)]
pub struct Got {
    /// The status.
    pub status: StatusCode,
    /// The headers, without those that tell the length.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// A body as JSON, `null` if it is none.
#[must_use]
pub fn json_of(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}
