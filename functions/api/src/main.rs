//! The Lambda function: settings, service, runtime.

mod gateway;

use std::sync::Arc;

use api::{
    app::App,
    config::{self, Config},
    telemetry::Function,
};
use lambda_http::{Adapter, Error, lambda_runtime, tower::ServiceBuilder};

/// Which build this is, such as a commit, if whoever built it said so.
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
    let (app, opening) = App::on_aws(config, BUILD);
    // What takes this thread some time is done while the other side of a connection takes its own.
    let meanwhile = async {
        // Not before both connections are on their way.
        for _ in 0..2 {
            tokio::task::yield_now().await;
        }
        let router = api::http::router(Arc::clone(&app));
        app.tokens.rehearse();
        router
    };
    let ((), router) = tokio::join!(opening, meanwhile);
    let service = ServiceBuilder::new()
        .map_request(gateway::unwrap)
        .and_then(gateway::collect)
        .map_err(Error::from)
        .service(router);
    // What `lambda_http::run` does, with a look at the event before it becomes a request. A task of its own, because to wake
    // this one takes a system call each time.
    tokio::spawn(lambda_runtime::run(
        ServiceBuilder::new()
            .map_request(gateway::keep_every_value)
            .service(Adapter::from(service)),
    ))
    .await?
}
