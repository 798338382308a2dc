//! The Lambda function: settings, service, runtime.

mod gateway;

use std::sync::Arc;

use api::{
    app::App,
    config::{self, Config},
};
use lambda_http::{Error, tower::ServiceBuilder};

// One request at a time reaches a function, so one thread serves it best.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = Config::read(config::environment)?;
    api::log::write(api::log::at(config.log_level));
    let app = Arc::new(App::on_aws(config).await);
    let router = api::http::router(app);
    lambda_http::run(
        ServiceBuilder::new()
            .map_request(gateway::unwrap)
            .service(router),
    )
    .await
}
