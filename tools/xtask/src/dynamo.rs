//! DynamoDB with the region, endpoint and credentials of the AWS CLI.

use anyhow::Context as _;
use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Config;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// The configuration of a client.
///
/// # Errors
/// No region is set.
pub(crate) async fn config() -> anyhow::Result<Config> {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build_https();
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .load()
        .await;
    sdk.region()
        .context("no region: set AWS_REGION or AWS_PROFILE")?;
    Ok(Config::new(&sdk))
}
