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

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context as _, ensure};
use clap::Args;
use programs::checkout::root;

use self::part::Part;

/// The parts that come before those of the nouns. The kit is first: what it says of all operations counts for the others too.
const FIRST: [&str; 2] = ["kit", "accounts"];

/// The name of the document and of each part.
const NAME: &str = "openapi.yaml";

/// Arguments of `contract`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask contract            write openapi.yaml
  cargo xtask contract --check    fail if it is not what the parts say

Each noun has its part, beside its code. shared/kit/openapi.yaml has what they share, and says in x-common
what is added to every operation. Commit openapi.yaml with the part.")]
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
        write(root())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the document of the checkout at `root`.
pub(crate) fn write(root: &Path) -> anyhow::Result<()> {
    Ok(fs::write(root.join(NAME), written(root)?)?)
}

/// Fails if the document in the checkout is not what the parts say.
pub(crate) fn check() -> anyhow::Result<()> {
    let committed = fs::read_to_string(root().join(NAME))?;
    ensure!(
        committed == written(root())?,
        "openapi.yaml is stale: run `cargo xtask contract`"
    );
    Ok(())
}

/// The document's text.
fn written(root: &Path) -> anyhow::Result<String> {
    let files = files(root)?;
    let parts = files
        .iter()
        .map(|file| read(root, file))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let document = yaml::write(&join::join(&parts)?)?;
    Ok(format!(
        "# Written by `cargo xtask contract`. Change its parts, not this file:\n# {}.\n{document}",
        files.join(", ")
    ))
}

/// The files of the parts: those of the nouns last, and in the document, which is written from the end, first.
fn files(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut nouns = Vec::new();
    for folder in fs::read_dir(root.join("shared"))? {
        let folder = folder?;
        let name = folder.file_name().to_string_lossy().into_owned();
        if folder.path().join(NAME).exists() && !FIRST.contains(&name.as_str()) {
            nouns.push(name);
        }
    }
    nouns.sort_unstable_by(|one, other| other.cmp(one));
    let all = FIRST.map(str::to_owned).into_iter().chain(nouns);
    Ok(all.map(|name| format!("shared/{name}/{NAME}")).collect())
}

fn read(root: &Path, file: &str) -> anyhow::Result<Part> {
    let text =
        fs::read_to_string(root.join(file)).with_context(|| format!("{file} cannot be read"))?;
    Part::parse(file, &text)
}
