//! Builds the programs that the tools start, and finds them where cargo puts them. [`tools`] are those of others.

#![allow(
    clippy::missing_errors_doc,
    reason = "every error is that a program is missing, does not start or fails"
)]

pub mod checkout;
pub mod tools;

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::{
    checkout::{cargo, root},
    tools::{path_behind, run},
};

/// The packages of the benchmarks and of the local server. Both are always built, so that they share their dependencies.
const MEASURED: [&str; 4] = ["--package", "bench", "--package", "local"];

/// Builds the benchmarks and, with `with_dev`, the local server as for a release; with `soon`, without the optimisation
/// across crates. Returns the path of the benchmarks.
pub fn build_release(with_dev: bool, soon: bool) -> anyhow::Result<PathBuf> {
    eprintln!("Making a release build; the first takes minutes.");
    let dev: &[_] = if with_dev { &["--bin", "dev"] } else { &[] };
    let soon: &[_] = if soon {
        &[
            "--config",
            "profile.release.lto=false",
            "--config",
            "profile.release.codegen-units=16",
        ]
    } else {
        &[]
    };
    let built = build(&[&MEASURED[..], &["--release", "--bin", "bench"], dev, soon].concat())?;
    find(&built, "bench")
}

/// Builds a program with the features of the whole workspace, as for its tests, so that nothing is compiled twice.
pub fn build_program(name: &str) -> anyhow::Result<PathBuf> {
    find(&build(&["--workspace", "--bin", name])?, name)
}

/// Builds a program of a package as for a release.
pub fn build_released(package: &str, name: &str) -> anyhow::Result<PathBuf> {
    eprintln!("Making a release build of {name}; the first takes minutes.");
    find(
        &build(&["--package", package, "--release", "--bin", name])?,
        name,
    )
}

/// Builds the program `cost`.
pub fn build_cost() -> anyhow::Result<PathBuf> {
    find(&build(&["--package", "cost", "--bin", "cost"])?, "cost")
}

/// Reduces the optimisation of a function's build, to save most of its time. The result differs from that of
/// `sam build`, so it has a target folder of its own.
pub fn less_optimised(build: &mut Command) -> &mut Command {
    build
        .env("CARGO_TARGET_DIR", root().join("target/cloud"))
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
}

/// The command that SAM's `rust-cargolambda` runs for a function, with the folder of the tools in its path.
/// `cargo lambda` adds flags of its own, so plain `cargo build --release` would give another result.
pub fn build_as_sam_does(tools: &Path, arguments: &[&str]) -> anyhow::Result<Command> {
    let mut build = cargo(&["lambda", "build", "--release"]);
    build
        .args(arguments)
        .env("PATH", path_behind(tools)?)
        .env("CARGO_TARGET_DIR", root().join("target"));
    Ok(build)
}

/// The arguments that select the function of the API.
pub const API_FUNCTION: &[&str] = &["--bin", "api-function"];

/// Builds the function as SAM does, but less optimised; returns the path of the program.
pub fn build_function_less_optimised(tools: &Path) -> anyhow::Result<PathBuf> {
    run(less_optimised(&mut build_as_sam_does(tools, API_FUNCTION)?))?;
    Ok(root().join("target/cloud/lambda/api-function/bootstrap"))
}

/// Runs `cargo build`; returns its messages.
fn build(arguments: &[&str]) -> anyhow::Result<Vec<Value>> {
    let output = cargo(&["build"])
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

fn find(built: &[Value], name: &str) -> anyhow::Result<PathBuf> {
    let mut of_name = built
        .iter()
        .filter(|message| message["target"]["name"] == name);
    of_name
        .find_map(|message| message["executable"].as_str())
        .map(PathBuf::from)
        .with_context(|| format!("cargo did not build {name}"))
}
