//! The step `supply-chain`: what is linked may be linked and has no known hole, no secret is in the history, and each threat
//! of `SECURITY.md` has tests that exist.

mod advisories;
mod policy;
pub(crate) mod threats;

use anyhow::ensure;
use programs::{
    checkout::{command, root},
    tools::{self, Tools},
};

use crate::test::Counts;

/// Runs the step.
pub(crate) fn run(tools: &Tools) -> anyhow::Result<Counts> {
    let wrong = policy::faults()?;
    ensure!(
        wrong.is_empty(),
        "deny.toml does not allow what Cargo.lock has:\n  {}",
        wrong.join("\n  ")
    );
    println!("Licences, bans and sources of the crates are as deny.toml says.");
    let advisories = advisories::check()?;
    let secrets = secrets(tools)?;
    Ok(Counts::PASSED + advisories + secrets)
}

/// Looks for secrets in the history, if there is one.
fn secrets(tools: &Tools) -> anyhow::Result<Counts> {
    if !root().join(".git").exists() {
        println!("!! NO SECRETS ARE LOOKED FOR: this is no git repository");
        return Ok(Counts::default());
    }
    tools::run(command(tools.python("python")?).args(["-B", "tests/tools/secrets.py"]))?;
    Ok(Counts::PASSED)
}
