//! The Lambda function: settings, service, runtime.

mod gateway;

use std::sync::Arc;

use api::{app::App, config::Config};
use lambda_http::{Adapter, Error, lambda_runtime, tower::ServiceBuilder};
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};

// One request at a time reaches a function, so one thread serves it best.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = Config::read(environment)?;
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_target(false);
    tracing_subscriber::registry()
        .with(lines)
        .with(api::log::at(config.log_level))
        .init();
    let app = Arc::new(App::on_aws(config).await);
    let router = api::http::router(app);
    let service = ServiceBuilder::new()
        .map_request(gateway::unwrap)
        .service(router);
    // What `lambda_http::run` does, with a look at the event before it becomes a request.
    lambda_runtime::run(
        ServiceBuilder::new()
            .map_request(gateway::keep_every_value)
            .service(Adapter::from(service)),
    )
    .await
}

#[expect(clippy::disallowed_methods, reason = "where the settings come from")]
fn environment(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}
