//! The advisories of RustSec about the crates of `Cargo.lock`, where the database can be reached.

use std::{fs, path::Path, process::Stdio};

use anyhow::{Context as _, ensure};
use programs::{
    checkout::{cache, command, root},
    tools,
};
use rustsec::{
    Database, Lockfile,
    report::{Report, Settings},
};

use crate::test::Counts;

const DATABASE: &str = "https://github.com/RustSec/advisory-db";

/// Checks the lock file; without the database, says so and counts nothing.
pub(super) fn check() -> anyhow::Result<Counts> {
    let folder = cache("advisory-db");
    if let Err(error) = fetch(&folder) {
        println!("!! ADVISORIES ARE NOT CHECKED: {error:#}");
        return Ok(Counts::default());
    }
    let found = known_holes(&folder, &root().join("Cargo.lock"))?;
    ensure!(
        found.is_empty(),
        "crates with known holes:\n  {}",
        found.join("\n  ")
    );
    println!("No advisory of {DATABASE} is about a crate of Cargo.lock.");
    Ok(Counts::PASSED)
}

/// Gets the newest database.
fn fetch(folder: &Path) -> anyhow::Result<()> {
    // Whether it can be reached, without a question and without a long wait.
    let reached = command("git")
        .args([
            "-c",
            "http.lowSpeedLimit=1000",
            "-c",
            "http.lowSpeedTime=20",
        ])
        .args(["ls-remote", "--exit-code", DATABASE, "HEAD"])
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdout(Stdio::null())
        .output()
        .context("git does not start")?;
    ensure!(
        reached.status.success(),
        "{}",
        String::from_utf8_lossy(&reached.stderr).trim()
    );
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    tools::run(
        command("git")
            .args(["clone", "--quiet", "--depth", "1", DATABASE])
            .arg(folder),
    )
}

/// The advisories about crates of a lock file, each as a line.
fn known_holes(database: &Path, lockfile: &Path) -> anyhow::Result<Vec<String>> {
    let database = Database::open(database)?;
    let lockfile = Lockfile::load(lockfile)?;
    let report = Report::generate(&database, &lockfile, &Settings::default());
    let warnings = report.warnings.into_values().flatten();
    for warning in warnings {
        let id = warning.advisory.map(|advisory| advisory.id.to_string());
        println!(
            "warning: {} {} is {}: {}",
            warning.package.name,
            warning.package.version,
            warning.kind,
            id.unwrap_or_default()
        );
    }
    let holes = report.vulnerabilities.list.into_iter();
    let line = |hole: rustsec::Vulnerability| {
        let (package, advisory) = (hole.package, hole.advisory);
        format!(
            "{} {}: {} {}",
            package.name, package.version, advisory.id, advisory.title
        )
    };
    Ok(holes.map(line).collect())
}

#[cfg(test)]
mod tests;
