//! Clients in other languages against the running server: they must get the response to a request whose body the server
//! does not need.

use local::server::{Options, Server, Stage};
use programs::{checkout::command, tools::Tools};

use super::{Counts, steps::check};

/// The number of requests, and the bytes of each body.
const RUNS: [(&str, &str); 2] = [("2000", "30"), ("400", "100000")];

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
