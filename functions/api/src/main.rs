//! The Lambda function: settings, service, runtime.

mod gateway;

use std::sync::Arc;

use api::{app::App, config::Config};
use lambda_http::{Error, tower::ServiceBuilder};

// One request at a time reaches a function, so one thread serves it best.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = Config::read(environment)?;
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_target(false)
        .with_max_level(config.log_level)
        .init();
    let app = Arc::new(App::on_aws(config).await);
    let router = api::http::router(app);
    lambda_http::run(
        ServiceBuilder::new()
            .map_request(gateway::unwrap)
            .service(router),
    )
    .await
}

#[expect(clippy::disallowed_methods, reason = "where the settings come from")]
fn environment(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}
