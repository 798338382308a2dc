//! `cargo xtask cloud`: the stack of `template.yaml`, deployed on this machine and tested there.
//!
//! MiniStack simulates AWS. SAM builds and deploys as on AWS; the functions are release builds that run as processes.
//! The tests are in `tests/tests/cloud`, by phase.

mod deployment;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use programs::{checkout::cargo, tools::Tools};
use service::nouns::NOUNS;

use self::deployment::Deployment;
use crate::test::{Counts, tests};

/// Arguments of `cloud`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask cloud           deploy, test both stages through API Gateway, take everything down
  cargo xtask cloud --keep    deploy, print the addresses and stay until Ctrl-C

The first build of the functions takes minutes, later ones seconds. cargo and python3 (3.11 or later)
must be there; MiniStack, SAM and cargo-lambda are set up in .cache. Nothing leaves this machine and
no account is needed: whatever credentials there are stay unused.")]
pub(crate) struct CloudArgs {
    /// Deploy and stay, for use by hand; no tests
    #[arg(long)]
    keep: bool,
}

pub(crate) async fn run(args: CloudArgs) -> anyhow::Result<ExitCode> {
    let tools = Tools::default();
    if !args.keep {
        let counts = test(&tools).await?;
        println!("\n{counts}");
        return Ok(counts.status());
    }
    let deployment = Deployment::start(&tools, "first").await?;
    println!("\n{}\nStop it with Ctrl-C.", deployment.describe());
    tokio::signal::ctrl_c()
        .await
        .context("Ctrl-C cannot be waited for")?;
    Ok(ExitCode::SUCCESS)
}

/// Takes the stack through its phases, and runs the tests of each.
pub(crate) async fn test(tools: &Tools) -> anyhow::Result<Counts> {
    let mut deployment = Deployment::start(tools, "first").await?;
    let mut counts = phase(&deployment, "deployed")?;
    deployment.feed(&["status"])?;
    deployment.feed(&["reset", "--stage", "Development", NOUNS[0].many, "--yes"])?;
    deployment.update("second")?;
    counts = counts + phase(&deployment, "updated")?;
    deployment.roll_out("promote")?;
    deployment.status()?;
    counts = counts + phase(&deployment, "promoted")?;
    deployment.roll_out("rollback")?;
    counts = counts + phase(&deployment, "rolled_back")?;
    deployment.delete()?;
    Ok(counts + phase(&deployment, "deleted")?)
}

/// Runs the tests of a phase, which are a module of `tests/tests/cloud`.
fn phase(deployment: &Deployment, name: &str) -> anyhow::Result<Counts> {
    println!();
    tests(
        // With the features of the whole workspace, so that nothing is compiled twice.
        cargo(&["test", "--workspace", "--test", "cloud"])
            .args(["--", &format!("{name}::")])
            .env("CLOUD_OUTPUTS", deployment.facts()?),
    )
}
