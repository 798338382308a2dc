//! A user of the server.

use std::ops::Deref;

use reqwest::{Client, Method, RequestBuilder, header};
use serde_json::Value;

use crate::dev::Dev;

/// A user, signed in or not.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    http: Client,
    base: String,
    token: Option<String>,
}

impl Caller {
    pub(crate) fn new(server: &Dev, token: Option<&str>) -> Self {
        Self {
            http: Client::new(),
            base: server.api(""),
            token: token.map(ToOwned::to_owned),
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Result<Answer> {
        answer(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        answer(self.request(Method::POST, path).json(body))
            .await
            .unwrap()
    }
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) etag: Option<String>,
    /// True if it is the first answer to a key, given again.
    pub(crate) replayed: bool,
    /// Null if it has none.
    pub(crate) body: Value,
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

/// Its body.
impl Deref for Answer {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.body
    }
}

/// Sends a request. An answer that is cut off is none.
pub(crate) async fn answer(request: RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let header = |name| {
        let value = response.headers().get(name)?;
        value.to_str().ok().map(ToOwned::to_owned)
    };
    Ok(Answer {
        status: response.status().as_u16(),
        etag: header(header::ETAG.as_str()),
        replayed: header("idempotent-replayed").is_some(),
        body: serde_json::from_slice(&response.bytes().await?).unwrap_or_default(),
    })
}
