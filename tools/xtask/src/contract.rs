//! `cargo xtask contract`: `openapi.yaml`, written from a part for each noun.
//!
//! | | |
//! |---|---|
//! | [`part`] | a part, as it is written |
//! | [`join`] | the parts as one document; nothing may be in two of them |
//! | [`complete`] | what no operation writes out, because all of its kind have it |
//! | [`problems`] | the kinds of problem: examples, the gateway's answers and a table are made of them |
//! | [`yaml`] | the document as text |

mod complete;
mod join;
mod part;
mod problems;
#[cfg(test)]
mod tests;
mod yaml;

use std::{fs, process::ExitCode};

use anyhow::{Context as _, ensure};
use clap::Args;
use programs::checkout::root;

use self::part::Part;

/// The folders that a part lies in. The kit is first: what it says of all operations counts for the others too. In the
/// document the last comes first.
#[rustfmt::skip]
const PARTS: &[&str] = &[
    "shared/kit",
    "shared/accounts",
    "shared/movies",
];

/// The name of the document and of each part.
const NAME: &str = "openapi.yaml";

/// Arguments of `contract`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask contract            write openapi.yaml
  cargo xtask contract --check    fail if it is not what the parts say

Each noun has its part, beside its code: shared/movies/openapi.yaml, for one. shared/kit/openapi.yaml has what
they share, and says in x-common what is added to every operation. Commit openapi.yaml with the part.")]
pub(crate) struct ContractArgs {
    /// Write nothing; fail if openapi.yaml is stale
    #[arg(long)]
    check: bool,
}

/// Runs the command.
pub(crate) fn run(args: &ContractArgs) -> anyhow::Result<ExitCode> {
    if args.check {
        check()?;
    } else {
        fs::write(root().join(NAME), written()?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Fails if the document in the checkout is not what the parts say.
pub(crate) fn check() -> anyhow::Result<()> {
    let committed = fs::read_to_string(root().join(NAME))?;
    ensure!(
        committed == written()?,
        "openapi.yaml is stale: run `cargo xtask contract`"
    );
    Ok(())
}

/// The document's text.
fn written() -> anyhow::Result<String> {
    let files: Vec<_> = PARTS
        .iter()
        .map(|folder| format!("{folder}/{NAME}"))
        .collect();
    let parts = files
        .iter()
        .map(|file| read(file))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let document = yaml::write(&join::join(&parts)?)?;
    Ok(format!(
        "# Written by `cargo xtask contract`. Change its parts, not this file:\n# {}.\n{document}",
        files.join(", ")
    ))
}

fn read(file: &str) -> anyhow::Result<Part> {
    let text =
        fs::read_to_string(root().join(file)).with_context(|| format!("{file} cannot be read"))?;
    Part::parse(file, &text)
}
