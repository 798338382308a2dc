//! `cargo xtask contract-diff`: the changes of the contract that break apps in the stores.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, ensure};
use clap::Args;
use programs::{
    checkout::{command, root},
    tools::{Tools, show},
};
use tempfile::NamedTempFile;

/// The changes that break apps, besides those of oasdiff's own list.
const LEVELS: &str = "tests/tools/oasdiff/levels.txt";

/// Arguments of `contract-diff`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask contract-diff                   since the last release, the latest tag v*
  cargo xtask contract-diff main              since a branch, a tag or a commit
  cargo xtask contract-diff ../before.yaml    since a file

It compares openapi.yaml with oasdiff and ends with 1 if a change breaks an app that was built before: also if a
response loses a member that was optional, a header, or an operation its id. tests/tools/oasdiff/levels.txt lists them.")]
pub(crate) struct ContractDiffArgs {
    /// A git revision or a file [default: the latest tag v*]
    base: Option<String>,
}

/// Runs the command.
pub(crate) fn run(args: &ContractDiffArgs) -> anyhow::Result<ExitCode> {
    let tools = Tools::default();
    let breaks = match &args.base {
        Some(base) => breaks(&tools, base, &contract())?,
        None => breaks_release(&tools)?,
    };
    Ok(ExitCode::from(u8::from(breaks)))
}

/// Compares the contract with that of the last release, prints what breaks apps, and returns true if anything does.
pub(crate) fn breaks_release(tools: &Tools) -> anyhow::Result<bool> {
    let Some(tag) = latest_release()? else {
        println!("Nothing was released yet: there is no tag v*, so there is no app to break.");
        return Ok(false);
    };
    breaks(tools, &tag, &contract())
}

fn contract() -> PathBuf {
    root().join("openapi.yaml")
}

/// Compares a contract with the one at `base`, prints what breaks apps, and returns true if anything does.
pub(crate) fn breaks(tools: &Tools, base: &str, contract: &Path) -> anyhow::Result<bool> {
    let oasdiff = tools.oasdiff()?;
    let before = before(base)?;
    let mut diff = command(oasdiff);
    diff.args(["breaking", "--fail-on", "ERR", "--severity-levels"])
        .arg(root().join(LEVELS))
        .arg(before.path())
        .arg(contract);
    show(&diff);
    let status = diff.status()?;
    // 1 is that something breaks, more that it could not compare.
    ensure!(
        matches!(status.code(), Some(0 | 1)),
        "oasdiff cannot compare the contracts: {status}"
    );
    Ok(!status.success())
}

/// The contract at a revision or in a file.
enum Before {
    File(PathBuf),
    Revision(NamedTempFile),
}

impl Before {
    fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Revision(file) => file.path(),
        }
    }
}

fn before(base: &str) -> anyhow::Result<Before> {
    if Path::new(base).is_file() {
        return Ok(Before::File(base.into()));
    }
    let shown = command("git")
        .args(["show", &format!("{base}:openapi.yaml")])
        .output()
        .context("git does not start")?;
    ensure!(
        shown.status.success(),
        "{base} is neither a file nor a revision with an openapi.yaml: {}",
        String::from_utf8_lossy(&shown.stderr).trim()
    );
    let file = NamedTempFile::with_suffix(".yaml")?;
    fs::write(file.path(), shown.stdout)?;
    Ok(Before::Revision(file))
}

/// The latest tag `v*` that this commit comes after.
fn latest_release() -> anyhow::Result<Option<String>> {
    let described = command("git")
        .args(["describe", "--tags", "--abbrev=0", "--match", "v*"])
        .output()
        .context("git does not start")?;
    let tag = String::from_utf8_lossy(&described.stdout).trim().to_owned();
    Ok(described.status.success().then_some(tag))
}
