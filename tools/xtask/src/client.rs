//! The API client of `import`, `export`, `verify` and the tests.
//!
//! A call that got no response, or that the service was too busy for, is retried with growing, jittered pauses. Every
//! write carries an `Idempotency-Key`, so a retry is safe.

mod account;
mod address;
mod answer;

use std::time::Duration;

use anyhow::{Context as _, bail};
use backon::{ExponentialBuilder, Retryable as _};
use bytes::Bytes;
use http::{Method, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use service::nouns::REALM;
use tokio::sync::Mutex;

pub(crate) use account::{Account, SignInArgs};
pub(crate) use address::Address;
pub(crate) use answer::Answer;

/// A client that is signed in to a deployment of the service.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    address: Address,
    account: Account,
    token: Mutex<SecretString>,
    pauses: ExponentialBuilder,
}

/// The pauses between the tries of a call. They take a quarter to half a minute, depending on the jitter: long enough for
/// a server that restarts.
pub(crate) fn pauses() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(3))
        .with_max_times(7)
        .with_jitter()
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) if_match: Option<String>,
}

/// The reason for which a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error("the server cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("the server has no time ({status})")]
    Busy {
        status: StatusCode,
        retry_after: Option<Duration>,
    },
    #[error("signing in again was refused")]
    SignIn(#[source] anyhow::Error),
}

impl CallError {
    fn passes(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Busy { .. })
    }
}

impl Client {
    /// Signs in with the given account.
    pub(crate) async fn connect(address: Address, args: &SignInArgs) -> anyhow::Result<Self> {
        let http = http(&address)?;
        let account = Account::choose(&http, &address, args).await?;
        Self::with(http, address, account).await
    }

    /// Signs in to `cargo dev` with an account that is created if it does not exist.
    pub(crate) async fn sign_up_locally(
        address: Address,
        email: &str,
        password: &str,
    ) -> anyhow::Result<Self> {
        let http = http(&address)?;
        let account = Account::local(&http, &address, email, password).await?;
        Self::with(http, address, account).await
    }

    async fn with(
        http: reqwest::Client,
        address: Address,
        account: Account,
    ) -> anyhow::Result<Self> {
        let token = account.sign_in(&http, &address).await?;
        Ok(Self {
            http,
            address,
            account,
            token: Mutex::new(token),
            pauses: pauses(),
        })
    }

    /// The current access token.
    pub(crate) async fn access_token(&self) -> SecretString {
        self.token.lock().await.clone()
    }

    /// Makes a call, and retries it after temporary errors.
    pub(crate) async fn call(&self, call: &Call) -> Result<Answer, CallError> {
        (|| self.call_signed_in(call))
            .retry(self.pauses)
            .sleep(tokio::time::sleep)
            .when(CallError::passes)
            .adjust(|error, pause| match error {
                CallError::Busy {
                    retry_after: Some(asked),
                    ..
                } => pause.map(|pause| pause.max(*asked)),
                _ => pause,
            })
            .await
    }

    /// Makes a call, and once more with a new token if the token is refused. An access token is valid for a quarter of
    /// an hour, and a long import needs many.
    async fn call_signed_in(&self, call: &Call) -> Result<Answer, CallError> {
        let token = self.access_token().await;
        let answer = self.call_once(call, &token).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let renewed = {
            let mut current = self.token.lock().await;
            // Another task may have renewed the token already.
            if current.expose_secret() == token.expose_secret() {
                let signed_in = self.account.sign_in(&self.http, &self.address).await;
                *current = signed_in.map_err(CallError::SignIn)?;
            }
            current.clone()
        };
        self.call_once(call, &renewed).await
    }

    async fn call_once(&self, call: &Call, token: &SecretString) -> Result<Answer, CallError> {
        let mut request = self
            .http
            .request(call.method.clone(), self.address.of(&call.path))
            .query(&call.query)
            .bearer_auth(token.expose_secret());
        if !call.body.is_empty() {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(call.body.clone());
        }
        if let Some(key) = &call.idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(tag) = &call.if_match {
            request = request.header(header::IF_MATCH, tag);
        }
        send(request).await?.judge()
    }
}

/// The HTTP client for a deployment.
pub(crate) fn http(address: &Address) -> reqwest::Result<reqwest::Client> {
    let http = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        // API Gateway times out after 29 seconds.
        .timeout(Duration::from_secs(35))
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(format!("{REALM}-xtask/{}", env!("CARGO_PKG_VERSION")));
    if address.is_loopback() {
        http.no_proxy()
    } else {
        http
    }
    .build()
}

/// Sends a request once.
pub(crate) async fn send(request: reqwest::RequestBuilder) -> Result<Answer, CallError> {
    let response = request.send().await.map_err(CallError::Unreachable)?;
    Ok(Answer {
        status: response.status(),
        headers: response.headers().clone(),
        body: response.bytes().await.map_err(CallError::Unreachable)?,
    })
}

/// Posts JSON without a token and without retries.
async fn post(
    http: &reqwest::Client,
    address: &Address,
    path: &str,
    body: &serde_json::Value,
) -> anyhow::Result<Answer> {
    let request = http.post(address.of(path)).json(body);
    let answer = send(request)
        .await
        .with_context(|| format!("{address} does not answer"))?;
    if answer.status == StatusCode::NOT_FOUND {
        bail!("{address} is no stage of the {REALM} API");
    }
    Ok(answer)
}

#[cfg(test)]
mod tests;
