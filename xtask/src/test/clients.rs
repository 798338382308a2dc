//! Clients of other languages against the running server: what they make of an answer that needs no body.

use local::server::{Options, Server, Stage};

use super::{Counts, steps::check};
use crate::{checkout::command, tools::Tools};

/// How many requests, and of how many bytes each.
const RUNS: [(&str, &str); 2] = [("2000", "30"), ("400", "100000")];

/// Runs the step.
pub(super) async fn run(tools: &Tools) -> anyhow::Result<Counts> {
    let python = tools.python("python")?;
    let server = Server::start(Options {
        quiet: true,
        ..Options::default()
    })
    .await?;
    let url = server.stage_url(Stage::Development);
    let mut counts = Counts::default();
    for (count, bytes) in RUNS {
        for (program, script) in [
            (python.as_os_str(), "tests/tools/clients/dead_token.py"),
            ("node".as_ref(), "tests/tools/clients/dead_token.mjs"),
        ] {
            counts = counts + check(command(program).args([script, &url, count, bytes]))?;
        }
    }
    server.stop().await;
    Ok(counts)
}
