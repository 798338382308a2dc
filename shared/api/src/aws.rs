//! One way out: the HTTP client that both AWS SDK clients and the key-set fetch share.
//!
//! The configuration is put together by hand, because looking for it (profiles, instance metadata)
//! costs start-up time and finds nothing that a Lambda function's environment does not say.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider,
    retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_sdk_dynamodb::config::{
    SharedCredentialsProvider, SharedHttpClient, StalledStreamProtectionConfig,
};
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};

use crate::config::ConfigError;

/// How to reach AWS.
#[derive(Debug, Clone)]
pub struct Aws {
    /// Sends requests; keeps connections open.
    pub connector: SharedHttpConnector,
    /// What the SDK clients are built from.
    pub sdk: SdkConfig,
}

impl Aws {
    /// Reaches AWS as the environment says: in the region `AWS_REGION`, which Lambda sets, or at
    /// `AWS_ENDPOINT_URL`.
    ///
    /// # Errors
    /// [`ConfigError`] if there is no region.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let region = variable("AWS_REGION").ok_or_else(|| ConfigError::missing("AWS_REGION"))?;
        Ok(Self::new(region, variable("AWS_ENDPOINT_URL").as_deref()))
    }

    /// Reaches AWS in `region` with the credentials of the environment, or the service that listens
    /// at `endpoint` in its place.
    #[must_use]
    pub fn new(region: String, endpoint: Option<&str>) -> Self {
        let connector = connector();
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
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout(Duration::from_secs(3))
                    .operation_timeout(Duration::from_secs(10))
                    .build(),
            )
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        sdk.set_endpoint_url(endpoint.map(ToOwned::to_owned));
        Self {
            connector,
            sdk: sdk.build(),
        }
    }
}

/// A connector over rustls and aws-lc, with room for a slow handshake but not for a dead peer.
#[must_use]
pub fn connector() -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(Duration::from_secs(2))
        .read_timeout(Duration::from_secs(3))
        .build();
    SharedHttpConnector::new(
        Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
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
