//! One way out: the HTTP client that both AWS SDK clients and the key-set fetch share.
//!
//! The configuration is put together by hand, because looking for it (profiles, instance metadata)
//! costs start-up time and finds nothing that a Lambda function's environment does not say.

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

/// The longest time that an attempt at a call of AWS may take.
pub const ATTEMPT_TIME: Duration = Duration::from_secs(3);

/// The connector and the configuration for calls of AWS.
#[derive(Debug, Clone)]
pub struct Aws {
    /// Sends requests; keeps connections open.
    pub connector: SharedHttpConnector,
    /// The configuration that the SDK clients are built from.
    pub sdk: SdkConfig,
    store_url: String,
}

impl Aws {
    /// Reaches AWS as the environment says: in the region `AWS_REGION`, which Lambda sets, or at
    /// `AWS_ENDPOINT_URL`; and trusts whom [`Trust::read`] says.
    ///
    /// # Errors
    /// [`ConfigError`] if there is no region, or no certificates where they are said to be.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let region = variable("AWS_REGION").ok_or_else(|| ConfigError::missing("AWS_REGION"))?;
        let endpoint = variable("AWS_ENDPOINT_URL");
        let trust = Trust::read(&variable, endpoint.is_some())?;
        Ok(Self::new(region, endpoint.as_deref(), trust))
    }

    /// Reaches AWS in `region` with the credentials of the environment, or the service that listens
    /// at `endpoint` in its place.
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
            // Three attempts of 3 s and two pauses of half a second: a call is over after 10 s, long before the function's
            // 15 s are. A limit for all of it would be another timer, and each timer that is set costs a request a system
            // call.
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
            // One address for all, which is known before the credentials are.
            .account_id_endpoint_mode(AccountIdEndpointMode::Disabled);
        sdk.set_endpoint_url(endpoint.map(ToOwned::to_owned));
        Self {
            connector,
            store_url,
            sdk: sdk.build(),
        }
    }

    /// Opens a connection to DynamoDB, so that the first call need not. `written` is dropped when the connection is open and
    /// the request is written, or when that failed.
    ///
    /// The request is a `GET` of the endpoint, to which DynamoDB answers without credentials that it is well (Amazon DynamoDB
    /// Developer Guide, "Troubleshooting SSL/TLS connection establishment issues"). A failure does no harm: the first call
    /// then opens a connection, or reports the reason.
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
            // The connection is free for the first call only when the answer was read.
            if let Ok(answer) = connector.call(request).await {
                let answer = Limited::new(answer.into_body(), ANSWER_BYTES);
                let _ = answer.collect().await;
            }
        }
    }
}

/// A longer answer to [`Aws::connect_to_store`] is not read, and its connection not used again. DynamoDB's is 42 bytes long.
const ANSWER_BYTES: usize = 4_096;

/// The body of a request that has none. hyper drops it when the request is written.
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

/// The certificate authorities that may vouch for a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Those of Amazon Trust Services, which vouch for the endpoints of AWS (Amazon Trust Services,
    /// "Root CAs"). They are built in; to read the system's, of which these are five, costs more of a cold start than
    /// any other single thing does.
    Amazon,
    /// Those of the system.
    System,
    /// Those of a file in PEM: this is its content.
    File(Vec<u8>),
}

/// The certificates of [`Trust::Amazon`], in PEM: `build.rs` picks them from Mozilla's list.
pub const AMAZON_ROOTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/amazon.pem"));

impl Trust {
    /// The certificates in the file `AWS_CA_BUNDLE`, as AWS's own tools know it; without it Amazon's, unless
    /// something else `stands_in` for AWS: then the system's.
    ///
    /// # Errors
    /// [`ConfigError`] if there are no certificates in the file.
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
        // Nothing is looked at there, so nothing fails.
        context.build().unwrap_or_default()
    }
}

/// True if the text has a certificate in it. The connector parses it, and to parse it twice would take too long in a
/// cold start.
fn is_pem(text: &[u8]) -> bool {
    let begin = b"-----BEGIN CERTIFICATE-----";
    text.windows(begin.len()).any(|part| part == begin)
}

/// A connector over rustls and aws-lc, with room for a slow handshake but not for a dead peer. The caller sets the
/// longest time that an answer may take.
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
            .build(),
    )
}

/// The form in which the SDK takes a connector.
#[must_use]
pub fn http_client(connector: &SharedHttpConnector) -> SharedHttpClient {
    let connector = connector.clone();
    SharedHttpClient::new(http_client_fn(move |_, _| connector.clone()))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn the_connection_is_opened_to_where_the_sdk_will_want_it() {
        let wait = Builder::new_current_thread().build().unwrap();
        for (region, endpoint) in [
            ("eu-west-1", None),
            ("us-east-1", None),
            ("ap-southeast-7", None),
            ("us-gov-west-1", None),
            ("eu-west-1", Some("http://127.0.0.1:9")),
        ] {
            let aws = Aws::new(region.to_owned(), endpoint, Trust::Amazon);
            let mode = aws.sdk.account_id_endpoint_mode().unwrap();
            let params = Params::builder()
                .region(region)
                .set_endpoint(endpoint.map(ToOwned::to_owned))
                // Credentials may tell whose they are.
                .account_id("123456789012")
                .account_id_endpoint_mode(mode.to_string())
                .build()
                .unwrap();
            let resolver = DefaultResolver::new();
            let found = wait.block_on(resolver.resolve_endpoint(&params)).unwrap();
            assert_eq!(aws.store_url, found.url());
        }
    }

    #[test]
    fn a_call_is_over_after_ten_seconds() {
        let aws = Aws::new("eu-west-1".to_owned(), None, Trust::Amazon);
        let retries = aws.sdk.retry_config().unwrap();
        let attempts = retries.max_attempts();
        let limits = aws.sdk.timeout_config().unwrap();
        let attempt = limits.operation_attempt_timeout().unwrap();
        let longest = attempt * attempts + retries.max_backoff() * (attempts - 1);
        assert_eq!(longest, Duration::from_secs(10));
    }
}
