//! The programs that are measured.

use std::{path::PathBuf, process::Stdio};

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::checkout::cargo;

/// The release build.
#[derive(Debug)]
pub(super) struct Programs {
    pub(super) xtask: PathBuf,
    pub(super) dev: PathBuf,
}

/// Builds what is measured, as it is released.
pub(super) fn build_release() -> anyhow::Result<Programs> {
    eprintln!("Making a release build; the first takes minutes.");
    let built = build(&["--release", "--bin", "xtask", "--bin", "dev"])?;
    Ok(Programs {
        xtask: find(&built, "xtask")?,
        dev: find(&built, "dev")?,
    })
}

/// Builds the local server like this very program.
pub(super) fn build_dev() -> anyhow::Result<PathBuf> {
    find(&build(&["--bin", "dev"])?, "dev")
}

#[derive(Debug, Deserialize)]
struct Message {
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
}

fn build(arguments: &[&str]) -> anyhow::Result<Vec<Message>> {
    // Both packages each time, so that they share their dependencies.
    let output = cargo(&["build", "--package", "xtask", "--package", "local"])
        .args(arguments)
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()
        .context("cargo does not start")?;
    if !output.status.success() {
        bail!("the build failed");
    }
    let messages = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
    Ok(messages.collect::<Result<_, _>>()?)
}

fn find(built: &[Message], name: &str) -> anyhow::Result<PathBuf> {
    built
        .iter()
        .filter(|message| message.target.as_ref().is_some_and(|t| t.name == name))
        .find_map(|message| message.executable.clone())
        .with_context(|| format!("cargo did not build {name}"))
}
