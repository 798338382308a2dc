//! The HTTP client that the AWS SDK clients and the fetch of the key set share, and the configuration of the SDK.
//!
//! The configuration is built by hand. The SDK's own look-up (profiles, instance metadata) makes a cold start longer
//! and finds nothing that is not in the environment of a Lambda function.

mod requests;

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider,
    retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_sdk_dynamodb::config::{
    SharedCredentialsProvider, SharedHttpClient, StalledStreamProtectionConfig,
};
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector as _, HttpConnectorSettings, SharedHttpConnector, http_client_fn},
    orchestrator::HttpRequest,
};
use aws_smithy_types::body::SdkBody;
use aws_types::endpoint_config::AccountIdEndpointMode;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, Limited};
use tokio::sync::oneshot;

use crate::config::ConfigError;

/// The timeout of one attempt of a call to AWS, for a function that serves no requests.
const ATTEMPT_TIME: Duration = Duration::from_secs(3);

/// The connector and the SDK configuration for calls to AWS.
#[derive(Debug, Clone)]
pub struct Aws {
    /// Sends HTTP requests and keeps connections open.
    pub connector: SharedHttpConnector,
    /// The configuration that the SDK clients are built from. Those of requests have [`store_config`](Self::store_config) and
    /// [`identity_config`](Self::identity_config).
    pub sdk: SdkConfig,
    store_url: String,
}

impl Aws {
    /// Reads the configuration from the environment: the region `AWS_REGION`, which Lambda sets; the endpoint
    /// `AWS_ENDPOINT_URL`, if it is set; the certificate authorities as in [`Trust::read`].
    ///
    /// # Errors
    /// [`ConfigError`] if there is no region, or if the file `AWS_CA_BUNDLE` holds no certificates.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let region = variable("AWS_REGION").ok_or_else(|| ConfigError::missing("AWS_REGION"))?;
        let endpoint = variable("AWS_ENDPOINT_URL");
        let trust = Trust::read(&variable, endpoint.is_some())?;
        Ok(Self::new(region, endpoint.as_deref(), trust))
    }

    /// Builds the configuration for AWS in `region`, with the credentials of the environment. With `endpoint`, all
    /// calls go to the service at that URL instead of AWS.
    #[must_use]
    pub fn new(region: String, endpoint: Option<&str>, trust: Trust) -> Self {
        let store_url = endpoint.map_or_else(
            || format!("https://dynamodb.{region}.amazonaws.com"),
            ToOwned::to_owned,
        );
        let connector = connector(trust);
        let mut sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region))
            .credentials_provider(SharedCredentialsProvider::new(
                EnvironmentVariableCredentialsProvider::new(),
            ))
            .http_client(http_client(&connector))
            .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(
                aws_smithy_async::rt::sleep::TokioSleep::new(),
            ))
            // Three attempts of 3 s and two pauses of 0.5 s: a call ends after 10 s at the latest. A timeout of the whole
            // call would need another timer, and each timer costs a system call. The calls of requests have other limits,
            // see `requests`.
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(3)
                    .with_max_backoff(Duration::from_millis(500)),
            )
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout(ATTEMPT_TIME)
                    .build(),
            )
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            // The endpoint must not contain the account id, so that it is known before the credentials are read.
            .account_id_endpoint_mode(AccountIdEndpointMode::Disabled);
        sdk.set_endpoint_url(endpoint.map(ToOwned::to_owned));
        Self {
            connector,
            store_url,
            sdk: sdk.build(),
        }
    }

    /// Opens a connection to DynamoDB, so that the first call finds one open. `written` is dropped when the request is
    /// written, or when the connection or the request failed.
    ///
    /// The request is a `GET` of the endpoint, which DynamoDB answers without credentials (Amazon DynamoDB Developer
    /// Guide, "Troubleshooting SSL/TLS connection establishment issues"). A failure does no harm: the first call then
    /// opens a connection, or reports the reason.
    pub fn connect_to_store(
        &self,
        written: oneshot::Sender<()>,
    ) -> impl Future<Output = ()> + Send + use<> {
        let body = EmptyBody { _written: written };
        let mut request = HttpRequest::new(SdkBody::from_body_1_x(body));
        let addressed = request.set_uri(self.store_url.as_str());
        let connector = self.connector.clone();
        async move {
            if addressed.is_err() {
                return;
            }
            // A connection is reused only after the response body was read.
            if let Ok(answer) = connector.call(request).await {
                let answer = Limited::new(answer.into_body(), ANSWER_BYTES);
                let _ = answer.collect().await;
            }
        }
    }
}

/// The largest response to [`Aws::connect_to_store`] that is read, in bytes. After a larger one, the connection is not
/// reused. DynamoDB's response has 42 bytes.
const ANSWER_BYTES: usize = 4_096;

/// An empty request body. hyper drops it when the request is written.
struct EmptyBody {
    _written: oneshot::Sender<()>,
}

impl Body for EmptyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(0)
    }
}

/// The certificate authorities that are trusted to sign server certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Those of Amazon Trust Services, which sign the certificates of AWS endpoints (Amazon Trust Services, "Root
    /// CAs"). They are built in, because reading the system's certificates, which include these five, takes longer than
    /// any other step of a cold start.
    Amazon,
    /// Those of the operating system.
    System,
    /// Those in a PEM file; the value is its content.
    File(Vec<u8>),
}

/// The certificates of [`Trust::Amazon`], in PEM. `build.rs` takes them from Mozilla's list.
pub const AMAZON_ROOTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/amazon.pem"));

impl Trust {
    /// Reads the file `AWS_CA_BUNDLE`, a variable that AWS's own tools read too. Without it, returns `Amazon`, or
    /// `System` if another service `stands_in` for AWS.
    ///
    /// # Errors
    /// [`ConfigError`] if the file cannot be read or holds no certificates.
    pub fn read(
        variable: impl Fn(&str) -> Option<String>,
        stands_in: bool,
    ) -> Result<Self, ConfigError> {
        let Some(file) = variable("AWS_CA_BUNDLE").filter(|file| !file.is_empty()) else {
            return Ok(if stands_in {
                Self::System
            } else {
                Self::Amazon
            });
        };
        match std::fs::read(file) {
            Ok(pem) if is_pem(&pem) => Ok(Self::File(pem)),
            _ => Err(ConfigError::wrong(
                "AWS_CA_BUNDLE",
                "no certificates in PEM",
            )),
        }
    }

    fn context(self) -> TlsContext {
        let store = match self {
            Self::Amazon => TrustStore::empty().with_pem_certificate(AMAZON_ROOTS),
            Self::System => return TlsContext::default(),
            Self::File(pem) => TrustStore::empty().with_pem_certificate(pem),
        };
        let context = TlsContext::builder().with_trust_store(store);
        // The builder reads nothing, so it cannot fail.
        context.build().unwrap_or_default()
    }
}

/// True if the text contains a PEM certificate. Only the connector parses it, because parsing it twice would make a
/// cold start longer.
fn is_pem(text: &[u8]) -> bool {
    let begin = b"-----BEGIN CERTIFICATE-----";
    text.windows(begin.len()).any(|part| part == begin)
}

/// The time after which a connection that is not used is closed. Lambda freezes a function between two events, and its peers close
/// their connections meanwhile, after a minute or more. A connection that was closed is noticed and replaced; one whose end was lost
/// on the way would take a request with it.
const IDLE_TIME: Duration = Duration::from_secs(50);

/// Builds a connector with rustls and aws-lc. Its connect timeout of 2 s is enough for a slow handshake, and ends the
/// wait for a peer that does not respond. The caller sets the timeout of a response.
#[must_use]
pub fn connector(trust: Trust) -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(Duration::from_secs(2))
        .build();
    SharedHttpConnector::new(
        Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(trust.context())
            .connector_settings(settings)
            .pool_idle_timeout(IDLE_TIME)
            .build(),
    )
}

/// Wraps a connector in the type that the SDK takes.
#[must_use]
pub fn http_client(connector: &SharedHttpConnector) -> SharedHttpClient {
    let connector = connector.clone();
    SharedHttpClient::new(http_client_fn(move |_, _| connector.clone()))
}

#[cfg(test)]
mod tests;
