//! Schemathesis: requests generated from `openapi.yaml`, valid and invalid, against the running server.

use local::server::{Options, Server, Stage};
use programs::{
    checkout::{cache, command},
    tools::Tools,
};
use secrecy::ExposeSecret as _;

use super::{Counts, steps::check};
use crate::client::Client;

/// The account of the examples. `schemathesis.toml` has it too.
const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct-Horse-7-battery";

pub(super) async fn run(tools: &Tools) -> anyhow::Result<Counts> {
    let schemathesis = tools.python("st")?;
    let server = Server::start(Options {
        quiet: true,
        ..Options::default()
    })
    .await?;
    let url = server.stage_url(Stage::Development);
    let client = Client::sign_up_locally(url.parse()?, EMAIL, PASSWORD).await?;
    let counts = check(
        command(schemathesis)
            .args(["--config-file", "tests/tools/schemathesis.toml"])
            .args(["run", "openapi.yaml", "--url", &url])
            .env("API_TOKEN", client.access_token().await.expose_secret())
            .env("HYPOTHESIS_STORAGE_DIRECTORY", cache("hypothesis")),
    );
    server.stop().await;
    counts
}
