//! The user pool's pre-sign-up trigger: one address, one account
//! (`docs/adr/0010-one-address-one-account.md`).

mod sign_up;
mod users;

use aws_sdk_cognitoidentityprovider::Client;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use service::{
    aws::Aws,
    config::{ConfigError, environment},
    telemetry,
};
use tracing::level_filters::LevelFilter;

use self::users::Users;

// One event at a time reaches a function, so one thread serves it best.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let users = read(environment)?;
    // Every decision is logged, so the level is not a setting. It is one line, so the runtime's own line about a
    // refusal is off.
    let events = telemetry::events(LevelFilter::INFO);
    let events = events.with_target("lambda_runtime::layers::panic", LevelFilter::OFF);
    kit::log::write(events, None);
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| {
        sign_up::check(&users, event)
    }))
    .await
}

/// Reads all settings of the function.
fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Users, ConfigError> {
    let aws = Aws::read(variable)?;
    Ok(Users::new(Client::new(&aws.sdk)))
}

#[cfg(test)]
mod tests;
