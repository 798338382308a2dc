//! The user pool's pre-sign-up trigger: one address, one account
//! (`docs/adr/0010-one-address-one-account.md`).

mod sign_up;
mod users;

use api::{aws::Aws, config::environment};
use aws_sdk_cognitoidentityprovider::Client;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use tracing::level_filters::LevelFilter;

use self::users::Users;

// One event at a time reaches a function, so one thread serves it best.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let region = environment("AWS_REGION").ok_or("set the environment variable AWS_REGION")?;
    // Every decision is worth a line, so the level is no setting; and it is worth one line, so what
    // the runtime adds to a refusal is left out.
    let events = api::log::at(LevelFilter::INFO);
    api::log::write(events.with_target("lambda_runtime::layers::panic", LevelFilter::OFF));
    let aws = Aws::new(region, environment("AWS_ENDPOINT_URL").as_deref());
    let users = Users::new(Client::new(&aws.sdk));
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| {
        sign_up::check(&users, event)
    }))
    .await
}
