//! The Lambda function: settings, service, runtime.

mod gateway;
mod rehearsal;

use std::{sync::Arc, time::Duration};

use api::{
    app::{App, Opening},
    config::{self, Config},
    telemetry::Function,
};
use lambda_http::{
    Adapter, Error, LambdaEvent, Service,
    lambda_runtime::Runtime,
    request::LambdaRequest,
    tower::{ServiceBuilder, util::future_service},
};
use serde::Serialize;
use tokio::{task::yield_now, time::timeout};

/// Which build this is, such as a commit, if whoever built it said so.
const BUILD: Option<&str> = option_env!("MOVIES_BUILD");

/// How long the first event waits for the connection that was opened for it, before it is answered over another. The time
/// begins with the event: before, Lambda may have the process wait for as long as it likes.
const PATIENCE: Duration = Duration::from_secs(1);

// One request at a time reaches a function, so one thread serves it best.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = Config::read(config::environment)?;
    let function = Function {
        name: config.function_name.clone(),
        version: config.function_version.clone(),
    };
    api::log::write(api::log::at(config.log_level), Some(function));
    let (app, Opening { asked, answered }) = App::on_aws(config, BUILD).await;
    // What takes this thread some time is done while the other side of a connection takes its own.
    yield_now().await;
    let mut service = service(Arc::clone(&app));
    yield_now().await;
    rehearsal::rehearse(&mut service, &app).await;
    // The first event comes while the store's answer is on its way, and waits for it: another connection would take longer.
    let service = Box::pin(async {
        let abandoned = answered.abort_handle();
        if timeout(PATIENCE, answered).await.is_err() {
            abandoned.abort();
            tracing::warn!(
                "the store did not answer at the start; it is asked over another connection"
            );
        }
        Ok(service)
    });
    // Unlike `lambda_runtime::run`, without a span around each request: no line of the log tells of one.
    let runtime = Runtime::new(future_service(service));
    asked.await?;
    // A task of its own, because to wake this one takes a system call each time.
    tokio::spawn(runtime.run()).await?
}

/// What `lambda_http::run` makes of a service, with a look at the event before it becomes a request.
fn service(
    app: Arc<App>,
) -> impl Service<LambdaEvent<LambdaRequest>, Response: Serialize + Send, Error = Error, Future: Send>
{
    let service = ServiceBuilder::new()
        .map_request(gateway::unwrap)
        .and_then(gateway::collect)
        .map_err(Error::from)
        .service(api::http::router(app));
    ServiceBuilder::new()
        .map_request(gateway::keep_every_value)
        .service(Adapter::from(service))
}
