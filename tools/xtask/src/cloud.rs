//! `cargo xtask cloud`: the stack of `template.yaml`, deployed on this machine and tested there.
//!
//! MiniStack simulates AWS. SAM builds and deploys as on AWS; the functions are release builds that run as processes.
//! The tests are in `tests/tests/cloud`, by phase.

mod deployment;
mod sam;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use programs::{checkout::cargo, tools::Tools};

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

/// A state of the stack, and the tests of it, which are a module of `tests/tests/cloud`.
#[derive(Debug, Clone, Copy)]
enum Phase {
    /// Both stages run the first build.
    Deployed,
    /// New code was deployed: Development runs it.
    Updated,
    /// The new code was promoted: Production runs it too.
    Promoted,
    /// Production was rolled back.
    RolledBack,
    /// The stack was deleted.
    Deleted,
}

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Self::Deployed => "deployed",
            Self::Updated => "updated",
            Self::Promoted => "promoted",
            Self::RolledBack => "rolled_back",
            Self::Deleted => "deleted",
        }
    }
}

pub(crate) async fn run(args: CloudArgs) -> anyhow::Result<ExitCode> {
    let tools = Tools::default();
    if args.keep {
        return keep(&tools).await;
    }
    let counts = test(&tools).await?;
    println!("\n{} passed, {} failed", counts.passed, counts.failed);
    Ok(ExitCode::from(u8::from(counts.failed > 0)))
}

async fn keep(tools: &Tools) -> anyhow::Result<ExitCode> {
    let deployment = Deployment::start(tools, "first").await?;
    println!("\n{}", deployment.describe());
    println!("Stop it with Ctrl-C.");
    tokio::signal::ctrl_c()
        .await
        .context("Ctrl-C cannot be waited for")?;
    Ok(ExitCode::SUCCESS)
}

/// Takes the stack through its phases, and runs the tests of each.
pub(crate) async fn test(tools: &Tools) -> anyhow::Result<Counts> {
    let mut deployment = Deployment::start(tools, "first").await?;
    let mut counts = phase(&deployment, Phase::Deployed)?;
    deployment.update("second")?;
    counts = counts + phase(&deployment, Phase::Updated)?;
    deployment.promote()?;
    deployment.status()?;
    counts = counts + phase(&deployment, Phase::Promoted)?;
    deployment.roll_back()?;
    counts = counts + phase(&deployment, Phase::RolledBack)?;
    deployment.delete()?;
    Ok(counts + phase(&deployment, Phase::Deleted)?)
}

fn phase(deployment: &Deployment, phase: Phase) -> anyhow::Result<Counts> {
    println!();
    let only = format!("{}::", phase.name());
    tests(
        // With the features of the whole workspace, so that nothing is compiled twice.
        cargo(&["test", "--workspace", "--test", "cloud"])
            .args(["--", &only])
            .env("CLOUD_OUTPUTS", deployment.facts()?),
    )
}
