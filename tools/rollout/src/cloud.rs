//! The clients of the AWS services, and the calls that a rollout makes.

pub(crate) mod changes;
pub(crate) mod feed;
pub(crate) mod figures;
pub(crate) mod function;
pub(crate) mod shifting;
pub(crate) mod stack;

use std::{
    error::Error,
    fmt::Debug,
    time::{Duration, SystemTime},
};

use anyhow::{Chain, Context as _, Result, anyhow};
use aws_config::{BehaviorVersion, Region, timeout::TimeoutConfig};
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_types::{DateTime, date_time::Format};

use crate::target::Target;

/// The timeout of one attempt of a call. The SDK has none by default.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client for each service.
#[derive(Debug)]
pub(crate) struct Cloud {
    pub(crate) gateway: aws_sdk_apigateway::Client,
    pub(crate) formation: aws_sdk_cloudformation::Client,
    pub(crate) watch: aws_sdk_cloudwatch::Client,
    pub(crate) deploy: aws_sdk_codedeploy::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    /// The configuration of a client of DynamoDB.
    pub(crate) dynamo: aws_sdk_dynamodb::Config,
    pub(crate) region: String,
}

impl Cloud {
    /// Finds region and credentials as the AWS CLI does: environment, profile, single sign-on.
    pub(crate) async fn connect(target: &Target) -> Result<Self> {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .build_https();
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(PATIENCE);
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .timeout_config(timeouts.build());
        if let Some(profile) = &target.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &target.region {
            loader = loader.region(Region::new(region.clone()));
        }
        let sdk = loader.load().await;
        let region = sdk.region();
        let region =
            region.context("no region: set --region, --profile, AWS_REGION or AWS_PROFILE")?;
        Ok(Self {
            gateway: aws_sdk_apigateway::Client::new(&sdk),
            formation: aws_sdk_cloudformation::Client::new(&sdk),
            watch: aws_sdk_cloudwatch::Client::new(&sdk),
            deploy: aws_sdk_codedeploy::Client::new(&sdk),
            lambda: aws_sdk_lambda::Client::new(&sdk),
            dynamo: aws_sdk_dynamodb::Config::new(&sdk),
            region: region.to_string(),
        })
    }

    /// The id of the API deployment that a stage serves; `None` if it has none.
    pub(crate) async fn stage_deployment(&self, api: &str, stage: &str) -> Result<Option<String>> {
        let stage = self.gateway.get_stage().rest_api_id(api).stage_name(stage);
        let stage = stage.send().await.called("apigateway GetStage")?;
        Ok(stage.deployment_id)
    }

    /// True if the API has a deployment of this id.
    pub(crate) async fn has_deployment(&self, api: &str, id: &str) -> Result<bool> {
        let found = self
            .gateway
            .get_deployment()
            .rest_api_id(api)
            .deployment_id(id);
        match found.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("NotFoundException") => Ok(false),
            Err(error) => Err(failed("apigateway GetDeployment", &error)),
        }
    }
}

/// An SDK error in one line: the call, the error code and the message, or the chain of causes.
pub(crate) fn failed<E, R>(call: &str, error: &SdkError<E, R>) -> anyhow::Error
where
    E: Error + ProvideErrorMetadata + 'static,
    R: Debug + 'static,
{
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => anyhow!("{call}: {code}: {message}"),
        (Some(code), None) => anyhow!("{call}: {code}"),
        _ => {
            let causes: Vec<_> = Chain::new(error).map(ToString::to_string).collect();
            anyhow!("{call}: {}", causes.join(": "))
        }
    }
}

/// The result of a call of an SDK.
pub(crate) trait Called<T> {
    /// Names the call in an error, as [`failed`] does.
    fn called(self, call: &str) -> Result<T>;
}

impl<T, E, R> Called<T> for Result<T, SdkError<E, R>>
where
    E: Error + ProvideErrorMetadata + 'static,
    R: Debug + 'static,
{
    fn called(self, call: &str) -> Result<T> {
        self.map_err(|error| failed(call, &error))
    }
}

/// The current time.
#[expect(
    clippy::disallowed_methods,
    reason = "what AWS did is told by the time at which it did it"
)]
pub(crate) fn now() -> DateTime {
    SystemTime::now().into()
}

/// A time to the second, in UTC.
pub(crate) fn show_time(time: &DateTime) -> String {
    let seconds = DateTime::from_secs(time.secs());
    seconds.fmt(Format::DateTime).unwrap_or_default()
}
