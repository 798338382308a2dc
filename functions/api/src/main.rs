//! The Lambda function: settings, service, runtime.

mod gateway;
mod rehearsal;

use std::{sync::Arc, time::Duration};

use self::gateway::{Answer, Event, Unread};
use api::{
    app::{App, Opening},
    aws::ATTEMPT_TIME,
    config::{self, Config},
    telemetry::Function,
};
use lambda_http::{
    Error, LambdaEvent, Service, lambda_runtime::Runtime, service_fn, tower::util::future_service,
};
use tokio::{
    task::yield_now,
    time::{sleep, timeout},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    tokio::spawn(tick());
    // A task of its own, because to wake this one takes a system call each time.
    tokio::spawn(runtime.run()).await?
}

/// Keeps a timer that is due no later than those of the calls of AWS. One that is due before all others makes tokio wake its
/// own thread, with two system calls; so no request's timer is that one.
async fn tick() {
    loop {
        sleep(ATTEMPT_TIME).await;
    }
}

/// The service as the runtime calls it: from an event through the routes to an answer.
fn service(
    app: Arc<App>,
) -> impl Service<LambdaEvent<Unread>, Response = Answer, Error = Error, Future: Send> {
    let mut router = api::http::router(app);
    service_fn(move |event| {
        let response = Event::into_request(&event).map(|request| router.call(request));
        async { Answer::of(response?.await?).await }
    })
}
