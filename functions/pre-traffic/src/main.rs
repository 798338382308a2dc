//! CodeDeploy's check before a new version gets any of Production's traffic. It invokes the version as API Gateway
//! does, compares its answers with those of the version that serves, and reports to CodeDeploy whether to continue. A
//! version that is older than the one that serves is accepted without a check, because that is a rollback.
//!
//! It fails closed: every fault is reported as a failure, and without a report CodeDeploy gives the deployment up after
//! an hour.

mod candidate;
mod check;
mod hook;
mod shape;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use service::{
    aws::Aws,
    config::{ConfigError, environment},
    telemetry,
};
use tracing::level_filters::LevelFilter;

use self::{candidate::Candidate, hook::Hook};

// One event at a time reaches a function, so one thread serves it best.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let hook = read(environment)?;
    // Every decision is logged, so the level is not a setting.
    let events = telemetry::events(LevelFilter::INFO);
    kit::log::write(
        events.with_target("lambda_runtime::layers::panic", LevelFilter::OFF),
        None,
    );
    lambda_runtime::run(service_fn(|event: LambdaEvent<hook::Event>| {
        hook.run(event.payload)
    }))
    .await
}

/// Reads all settings of the function.
fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Hook, ConfigError> {
    let aws = Aws::read(&variable)?;
    Ok(Hook {
        candidate: Candidate::read(variable, aws_sdk_lambda::Client::new(&aws.sdk)),
        code_deploy: aws_sdk_codedeploy::Client::new(&aws.sdk),
    })
}

#[cfg(test)]
mod tests;
