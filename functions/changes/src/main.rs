//! Follows the streams of the nouns' tables: whatever was written is put into the index of searches and into the logs of changes
//! (`docs/adr/0055-the-feed-of-changes.md`).

mod batch;

use aws_sdk_dynamodb::Config;
use kit::{store::dynamo::DynamoStore, telemetry::Function};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use service::{
    app::Tables,
    aws::Aws,
    config::{self, ConfigError, TableNames},
    relays, telemetry,
};
use tracing::level_filters::LevelFilter;

use self::batch::{METRICS, Relays};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// One batch at a time reaches a function, so one thread serves it best.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (relays, function) = read(config::environment)?;
    // Every batch is logged, so the level is not a setting. It is one line, so the runtime's own line about a failure is off.
    let events = telemetry::events(LevelFilter::INFO)
        .with_target("lambda_runtime::layers::panic", LevelFilter::OFF);
    kit::log::write(events, Some(function));
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| {
        batch::relay(&relays, event)
    }))
    .await
}

/// Reads all settings of the function.
fn read(variable: impl Fn(&str) -> Option<String>) -> Result<(Relays, Function), ConfigError> {
    let aws = Aws::read(&variable)?;
    let (tables, name, version) = config::required(&variable, |required| {
        (
            TableNames::read(&mut *required),
            required("AWS_LAMBDA_FUNCTION_NAME"),
            required("AWS_LAMBDA_FUNCTION_VERSION"),
        )
    })?;
    let dynamo = DynamoStore::new(&Config::new(&aws.sdk), tables.shared);
    let relays = relays::of(&Tables {
        dynamo: &dynamo,
        names: &tables.nouns,
    });
    let function = Function {
        name,
        version,
        namespace: telemetry::NAMESPACE,
        metrics: METRICS.to_vec(),
    };
    Ok((relays, function))
}

#[cfg(test)]
mod tests;
