//! Licences, bans and sources: the part of `deny.toml` that needs nothing but cargo's metadata.
//!
//! cargo-deny reads the same file in the workflow `ci`, and has the last word. It takes minutes to build and has no
//! package that could be pinned, so the tests check the policy themselves.

use std::{collections::BTreeSet, fs};

use anyhow::{Context as _, ensure};
use programs::checkout::{cargo, root};
use serde::Deserialize;
use spdx::{Expression, Licensee, ParseMode};

#[derive(Debug, Deserialize)]
struct Policy {
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: Vec<String>,
    exceptions: Vec<Exception>,
}

/// Licences that one crate may have.
#[derive(Debug, Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Debug, Deserialize)]
struct Banned {
    name: String,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

/// What `cargo metadata` prints.
#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    /// `None` for the crates of the checkout.
    source: Option<String>,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    req: String,
    path: Option<String>,
}

/// All that the policy does not allow.
pub(super) fn faults() -> anyhow::Result<Vec<String>> {
    let policy = fs::read_to_string(root().join("deny.toml"))?;
    let policy = toml::from_str(&policy).context("deny.toml")?;
    let metadata = printed(&[
        "metadata",
        "--locked",
        "--all-features",
        "--format-version",
        "1",
    ])?;
    let Metadata { mut packages } = serde_json::from_slice(&metadata)?;
    // The metadata has whatever Cargo.lock has: also what no feature of ours turns on.
    let built = built()?;
    packages.retain(|package| built.contains(&(package.name.clone(), package.version.clone())));
    check(&policy, &packages)
}

/// The names and versions of the crates that some feature and some platform builds.
fn built() -> anyhow::Result<BTreeSet<(String, String)>> {
    let tree = printed(&[
        "tree",
        "--locked",
        "--workspace",
        "--all-features",
        "--target",
        "all",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ])?;
    let tree = String::from_utf8(tree)?;
    let crates = tree.lines().filter_map(|line| {
        let (name, rest) = line.split_once(" v")?;
        let version = rest.split(' ').next()?;
        Some((name.to_owned(), version.to_owned()))
    });
    let crates: BTreeSet<_> = crates.collect();
    ensure!(
        crates.len() > 100,
        "cargo tree tells of {} crates",
        crates.len()
    );
    Ok(crates)
}

/// What a cargo command prints.
fn printed(arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let output = cargo(arguments).output().context("cargo does not start")?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output.stdout)
}

fn check(policy: &Policy, packages: &[Package]) -> anyhow::Result<Vec<String>> {
    let mut faults = Vec::new();
    for package in packages {
        let mut fault = |what: String| {
            faults.push(format!("{} {}: {what}", package.name, package.version));
        };
        if let Err(licence) = licence(&policy.licenses, package)? {
            fault(format!("its licence is {licence}"));
        }
        if let Some(banned) = policy.bans.deny.iter().find(|b| b.name == package.name) {
            fault(format!("it is banned: {}", banned.reason));
        }
        if let Some(source) = &package.source {
            let mut allowed = policy.sources.allow_registry.iter();
            if !allowed.any(|url| *source == format!("registry+{url}")) {
                fault(format!("it comes from {source}"));
            }
        } else {
            let mut any = package.dependencies.iter();
            if let Some(any) = any.find(|of| of.req == "*" && of.path.is_none()) {
                fault(format!("it takes any version of {}", any.name));
            }
        }
    }
    Ok(faults)
}

/// The licence, if the policy does not allow it.
fn licence(policy: &Licenses, package: &Package) -> anyhow::Result<Result<(), String>> {
    let Some(text) = &package.license else {
        return Ok(Err("not told".to_owned()));
    };
    let expression = Expression::parse_mode(text, ParseMode::LAX)
        .with_context(|| format!("the licence of {}", package.name))?;
    let exceptions = policy.exceptions.iter();
    let of_its_own = exceptions.filter(|exception| exception.name == package.name);
    let allowed = of_its_own.flat_map(|exception| &exception.allow);
    let allowed: Vec<_> = policy
        .allow
        .iter()
        .chain(allowed)
        .map(|licence| Licensee::parse(licence).with_context(|| licence.clone()))
        .collect::<Result<_, _>>()?;
    let is_allowed =
        expression.evaluate(|wanted| allowed.iter().any(|licence| licence.satisfies(wanted)));
    Ok(if is_allowed {
        Ok(())
    } else {
        Err(text.clone())
    })
}

#[cfg(test)]
mod tests;
