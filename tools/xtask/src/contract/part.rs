//! A part of the contract, as it is written.

use anyhow::Context as _;
use serde::Deserialize;
use serde_yaml_ng::{Mapping, Value};

/// A part. Its members are OpenAPI's own, but for two that the document does not have.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Part {
    /// The file, for messages.
    #[serde(skip)]
    pub(super) file: String,
    pub(super) openapi: Option<Value>,
    pub(super) info: Option<Value>,
    pub(super) servers: Option<Value>,
    pub(super) tags: Vec<Mapping>,
    pub(super) paths: Mapping,
    pub(super) components: Mapping,
    #[serde(rename = "x-amazon-apigateway-gateway-responses")]
    pub(super) gateway_responses: Mapping,
    #[serde(rename = "x-common")]
    pub(super) common: Common,
    #[serde(rename = "x-problems")]
    pub(super) problems: Mapping,
}

/// The rules for what is added wherever it applies.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Common {
    /// To every operation, the preflights too.
    pub(super) operations: Mapping,
    /// To the preflight that each path gets.
    pub(super) preflights: Mapping,
    /// To every operation but the preflights.
    pub(super) requests: Mapping,
    /// To those that take neither a body nor a query.
    pub(super) without_input: Mapping,
    /// To those that need an access token.
    pub(super) signed_in: Mapping,
    /// To those that take a body.
    pub(super) with_body: Mapping,
    /// To those that take an `Idempotency-Key`.
    pub(super) with_idempotency_key: Mapping,
    /// To every answer.
    pub(super) answers: Mapping,
    /// To the content of every answer that is a problem.
    pub(super) problems: Mapping,
    /// To the value of every example of a problem.
    pub(super) problem_examples: Mapping,
    /// To every answer of the gateway's own.
    pub(super) gateway_responses: Mapping,
}

impl Part {
    pub(super) fn parse(file: &str, text: &str) -> anyhow::Result<Self> {
        let part: Self = serde_yaml_ng::from_str(text).with_context(|| file.to_owned())?;
        Ok(Self {
            file: file.to_owned(),
            ..part
        })
    }
}
