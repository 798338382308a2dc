//! A good request for every operation, made from the examples of `openapi.yaml`.

use http::Method;
use serde_json::Value;

use crate::{
    api::{Api, Request, encode},
    contract::{Contract, Operation},
};

/// An operation, and its requests according to the document.
#[derive(Debug, Clone, Copy)]
pub struct Every(pub Operation<'static>);

/// Every operation that a client calls on purpose: all but the preflights.
#[must_use]
pub fn operations() -> Vec<Every> {
    let operations = Contract::get().operations().into_iter();
    operations
        .filter(|operation| operation.method != "options")
        .map(Every)
        .collect()
}

/// The operation with this id.
///
/// # Panics
/// If the document has no such operation.
#[must_use]
pub fn operation(id: &str) -> Every {
    let mut all = operations().into_iter();
    let found = all.find(|every| every.0.object["operationId"] == id);
    found.unwrap_or_else(|| panic!("there is no operation {id}"))
}

impl Every {
    /// True if it needs an access token.
    #[must_use]
    pub fn is_for_signed_in_callers(&self) -> bool {
        self.0.object["security"]
            .as_array()
            .is_some_and(|schemes| !schemes.is_empty())
    }

    /// True if its request has a body.
    #[must_use]
    pub fn has_body(&self) -> bool {
        self.body().is_some()
    }

    /// True if it takes an `Idempotency-Key`.
    #[must_use]
    pub fn has_idempotency_key(&self) -> bool {
        let parameters = self.0.object["parameters"].as_array().into_iter().flatten();
        parameters
            .map(|parameter| Contract::get().resolve(parameter))
            .any(|parameter| parameter["name"] == "Idempotency-Key")
    }

    /// True if the document lists this status.
    #[must_use]
    pub fn promises(&self, status: u16) -> bool {
        self.0.object["responses"].get(status.to_string()).is_some()
    }

    /// A good request.
    pub fn request(&self, api: &Api) -> Request {
        self.request_with(api, "")
    }

    /// A good request with something more in its query.
    pub fn request_with(&self, api: &Api, more: &str) -> Request {
        let method = Method::from_bytes(self.0.method.to_uppercase().as_bytes());
        let query = [self.query(), more.to_owned()];
        let query: Vec<_> = query.into_iter().filter(|part| !part.is_empty()).collect();
        let path = match query.join("&") {
            query if query.is_empty() => self.path(),
            query => format!("{}?{query}", self.path()),
        };
        let request = api.request(method.expect("a method"), &path);
        match self.body() {
            Some(body) => request
                .header("content-type", "application/json")
                .body(body.to_string()),
            None => request,
        }
    }

    /// The first example of its body.
    #[must_use]
    pub fn example(&self) -> Option<Value> {
        self.body().cloned()
    }

    fn body(&self) -> Option<&'static Value> {
        let media = self
            .0
            .object
            .pointer("/requestBody/content/application~1json")?;
        let example = media["examples"].as_object()?.values().next()?;
        Some(&Contract::get().resolve(example)["value"])
    }

    /// The path, with the examples of the parts that vary.
    #[must_use]
    pub fn path(&self) -> String {
        self.examples("path")
            .fold(self.0.path.to_owned(), |path, (name, example)| {
                path.replace(&format!("{{{name}}}"), &example)
            })
    }

    /// The query with the examples of the required parameters.
    fn query(&self) -> String {
        let required: Vec<_> = self
            .examples("query")
            .map(|(name, example)| format!("{name}={}", encode(&example)))
            .collect();
        required.join("&")
    }

    fn examples(&self, place: &str) -> impl Iterator<Item = (&'static str, String)> {
        let contract = Contract::get();
        let parameters = self.0.object["parameters"].as_array().into_iter().flatten();
        parameters
            .map(|parameter| contract.resolve(parameter))
            .filter(move |parameter| parameter["in"] == place && parameter["required"] == true)
            .map(|parameter| {
                let example = match &parameter["example"] {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                (parameter["name"].as_str().unwrap_or_default(), example)
            })
    }
}
