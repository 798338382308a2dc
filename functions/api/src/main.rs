//! The Lambda function: settings, service, runtime.

mod gateway;

use std::convert::Infallible;

use api::{
    app::App,
    config::{self, Config},
    telemetry::Function,
};
use lambda_http::{
    Adapter, Error, lambda_runtime,
    tower::{ServiceBuilder, util::future_service},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The name of the build, such as a commit, if it was set at build time.
const BUILD: Option<&str> = option_env!("MOVIES_BUILD");

// One request at a time reaches a function, so one thread serves it best.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = Config::read(config::environment)?;
    let function = Function {
        name: config.function_name.clone(),
        version: config.function_version.clone(),
    };
    api::log::write(api::log::at(config.log_level), Some(function));
    let (app, mut warm_up) = App::on_aws(config, BUILD).await;
    let requests = ServiceBuilder::new()
        .map_request(gateway::prepare)
        .service(api::http::router(app));
    let events = ServiceBuilder::new()
        .map_request(gateway::keep_every_header)
        .service(Adapter::from(requests));
    warm_up.connected().await;
    // The function asks for its first event while the warm-up request is in flight; the event waits for its answer.
    let events = future_service(Box::pin(async {
        warm_up.answered().await;
        Ok::<_, Infallible>(events)
    }));
    lambda_runtime::run(events).await
}
