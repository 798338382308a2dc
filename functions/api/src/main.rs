//! The Lambda function: settings, service, runtime.

use std::convert::Infallible;

use lambda_http::{Error, lambda_runtime, tower::util::future_service};
use service::{
    app::App,
    config::{self, Config},
    telemetry,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The name of the build, such as a commit, if it was set at build time.
const BUILD: Option<&str> = option_env!("SERVICE_BUILD");

// One request at a time reaches a function, so one thread serves it best.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = Config::read(config::environment)?;
    let events = telemetry::events(config.log_level);
    kit::log::write(events, Some(telemetry::function(&config)));
    let (app, mut warm_up) = App::on_aws(config, BUILD).await;
    let events = gateway::events(app.router());
    warm_up.connected().await;
    // The function asks for its first event while the warm-up request is in flight; the event waits for its answer.
    let events = future_service(Box::pin(async {
        warm_up.answered().await;
        Ok::<_, Infallible>(events)
    }));
    lambda_runtime::run(events).await
}
