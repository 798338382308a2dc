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

/// A setting that is missing or invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("set the environment variable {0}")]
pub(crate) struct Unset(&'static str);

/// The version to check.
#[derive(Debug)]
pub(crate) struct Candidate {
    client: Client,
    /// `TARGET_FUNCTION` without its version.
    function: String,
    /// The version in `TARGET_FUNCTION`.
    version: u64,
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
        let find = |headers: &'_ serde_json::Map<String, Value>| {
            let mut all = headers.keys();
            all.find(|key| key.eq_ignore_ascii_case(name)).cloned()
        };
        match find(&self.multi_value_headers) {
            Some(key) => self.multi_value_headers[&key][0].as_str(),
            None => self.headers[&find(&self.headers)?].as_str(),
        }
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
    /// [`Unset`] if a setting is missing, or `TARGET_FUNCTION` names no published version.
    pub(crate) fn read(
        variable: impl Fn(&str) -> Option<String>,
        client: Client,
    ) -> Result<Self, Unset> {
        let given = |name: &'static str| {
            let value = variable(name).filter(|value| !value.trim().is_empty());
            value.ok_or(Unset(name))
        };
        let target = given("TARGET_FUNCTION")?;
        // arn:aws:lambda:eu-west-1:123456789012:function:name:7
        let version = target.split(':').nth(7).and_then(|text| text.parse().ok());
        let (Some(version), Some((function, _))) = (version, target.rsplit_once(':')) else {
            return Err(Unset("TARGET_FUNCTION"));
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

    /// The version's number.
    pub(crate) fn version(&self) -> u64 {
        self.version
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
