//! Requests and answers, as a client has them.

use serde_json::Value;

use crate::history::Tag;

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: &'static str,
    /// The path in the route table, such as `/me/watchlist/{entryId}`.
    pub resource: &'static str,
    /// The path, without the stage.
    pub path: String,
    /// The query, not encoded.
    pub query: Vec<(&'static str, String)>,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Option<Value>,
}

impl Request {
    /// A request without a body.
    #[must_use]
    pub fn new(method: &'static str, resource: &'static str) -> Self {
        Self {
            method,
            resource,
            path: resource.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
        }
    }

    /// With the last part of the path.
    #[must_use]
    pub fn at(mut self, id: &str) -> Self {
        if let Some((begin, _)) = self.resource.split_once('{') {
            self.path = format!("{begin}{id}");
        }
        self
    }

    /// With a body.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// With a parameter.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: &(impl ToString + ?Sized)) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &(impl ToString + ?Sized)) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The header `ETag`.
    pub etag: Option<String>,
    /// The header `Retry-After`.
    pub retry_after: Option<u64>,
    /// True if it repeats the answer of an earlier request.
    pub replayed: bool,
    /// The body; `null` if it is no JSON.
    pub body: Value,
    /// How many seconds the clock of the process that answered is ahead, if that is known.
    pub ahead: Option<i64>,
}

impl Answer {
    /// Takes an answer from its parts.
    pub(crate) fn of<'a>(
        status: u16,
        header: impl Fn(&'static str) -> Option<&'a str>,
        body: &[u8],
    ) -> Self {
        Self {
            status,
            etag: header("etag").map(ToOwned::to_owned),
            retry_after: header("retry-after").and_then(|text| text.parse().ok()),
            replayed: header("idempotent-replayed") == Some("true"),
            body: serde_json::from_slice(body).unwrap_or_default(),
            ahead: None,
        }
    }

    /// The last part of the problem's type.
    #[must_use]
    pub fn problem(&self) -> &str {
        let kind = self.body["type"].as_str().unwrap_or_default();
        kind.rsplit('/').next().unwrap_or_default()
    }

    /// The entity tag, of a resource that the body has.
    #[must_use]
    pub fn tag(&self) -> Option<Tag> {
        Tag::parse(self.etag.as_deref()?)
    }

    /// A text of the body.
    #[must_use]
    pub fn text(&self, member: &str) -> Option<&str> {
        self.body[member].as_str()
    }
}
