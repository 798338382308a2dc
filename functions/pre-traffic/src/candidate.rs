//! The version to check, the one that serves, and what they answer.

use std::time::Duration;

use aws_sdk_lambda::{Client, error::ProvideErrorMetadata, primitives::Blob};
use serde::Deserialize;
use serde_json::Value;

/// The alias that serves Production. It points to the version before until this check is through.
const ALIAS: &str = "Production";

/// The timeout of a call, a cold start and the SDK's second try included.
const PATIENCE: Duration = Duration::from_secs(8);

/// A request of `{path}`, as a REST API hands it to a function.
const EVENT: &str = include_str!("event.json");

/// The reason for refusing a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The call, or `settings`, or `alias`.
    pub(crate) call: &'static str,
    /// The fault of its answer.
    pub(crate) reason: String,
}

/// The version to check.
#[derive(Debug)]
pub(crate) struct Candidate {
    client: Client,
    /// `TARGET_FUNCTION` without its version.
    function: String,
    /// The version in `TARGET_FUNCTION`.
    pub(crate) version: u64,
    /// `USER_POOL_ID`: Production's pool, which the version has to name.
    pub(crate) user_pool_id: String,
    /// `EXPECTED_CHANGES`: the paths whose answers may differ from those of the version before, separated by commas.
    pub(crate) expected_changes: Vec<String>,
}

/// The parts of an answer to API Gateway that are checked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status_code: u16,
    #[serde(default)]
    headers: serde_json::Map<String, Value>,
    #[serde(default)]
    multi_value_headers: serde_json::Map<String, Value>,
    body: Option<String>,
}

impl Answer {
    /// The value of a header; the case of its name does not matter.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let is_named = |(key, _): &(&String, &Value)| key.eq_ignore_ascii_case(name);
        let value = match self.multi_value_headers.iter().find(is_named) {
            Some((_, values)) => &values[0],
            None => self.headers.iter().find(is_named)?.1,
        };
        value.as_str()
    }

    /// The body, `null` if it is not JSON.
    pub(crate) fn json(&self) -> Value {
        let body = self.body.as_deref().unwrap_or_default();
        serde_json::from_str(body).unwrap_or_default()
    }
}

impl Candidate {
    /// Reads the settings of the check.
    ///
    /// # Errors
    /// A [`Fault`] if a setting is missing, or `TARGET_FUNCTION` names no published version.
    pub(crate) fn read(
        variable: impl Fn(&str) -> Option<String>,
        client: Client,
    ) -> Result<Self, Fault> {
        let unset = |name| Fault {
            call: "settings",
            reason: format!("set the environment variable {name}"),
        };
        let given = |name| {
            let value = variable(name).filter(|value| !value.trim().is_empty());
            value.ok_or_else(|| unset(name))
        };
        let target = given("TARGET_FUNCTION")?;
        // arn:aws:lambda:eu-west-1:123456789012:function:name:7
        let version = target.split(':').nth(7).and_then(|text| text.parse().ok());
        let (Some(version), Some((function, _))) = (version, target.rsplit_once(':')) else {
            return Err(unset("TARGET_FUNCTION"));
        };
        let expected_changes = variable("EXPECTED_CHANGES").unwrap_or_default();
        let expected_changes = expected_changes.split(',').map(str::trim);
        Ok(Self {
            client,
            function: function.to_owned(),
            version,
            user_pool_id: given("USER_POOL_ID")?,
            expected_changes: expected_changes
                .filter(|path| !path.is_empty())
                .map(ToOwned::to_owned)
                .collect(),
        })
    }

    /// The number of the version that serves Production.
    ///
    /// # Errors
    /// The reason for which the version is unknown.
    pub(crate) async fn serving(&self) -> Result<u64, String> {
        let alias = self.client.get_alias().function_name(&self.function);
        let alias = in_time(alias.name(ALIAS).send(), "the alias cannot be read").await?;
        let version = alias.function_version().and_then(|text| text.parse().ok());
        version.ok_or_else(|| "the alias points to no published version".to_owned())
    }

    /// Sends a request without a token to a version, as the Production stage does.
    ///
    /// # Errors
    /// The reason for which there is no answer, without data of the function.
    pub(crate) async fn get(&self, version: u64, path: &str) -> Result<Answer, String> {
        let event = EVENT.replace("{path}", path);
        let arn = format!("{}:{version}", self.function);
        let invoke = self.client.invoke().function_name(arn);
        let output = in_time(invoke.payload(Blob::new(event)).send(), "not invoked").await?;
        let payload = output.payload().map_or(&[][..], Blob::as_ref);
        if let Some(kind) = output.function_error() {
            let error: Value = serde_json::from_slice(payload).unwrap_or_default();
            let name = error["errorType"].as_str().unwrap_or_default();
            return Err(format!("function error: {kind} {name}"));
        }
        serde_json::from_slice(payload).map_err(|_| "not an answer for API Gateway".to_owned())
    }
}

/// Waits for the answer of a call. An error is `failure` with the error's code, or `timeout`.
async fn in_time<T, E: ProvideErrorMetadata>(
    call: impl Future<Output = Result<T, E>>,
    failure: &str,
) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, call).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(format!(
            "{failure}: {}",
            error.code().unwrap_or("no answer")
        )),
        Err(_) => Err("timeout".to_owned()),
    }
}
