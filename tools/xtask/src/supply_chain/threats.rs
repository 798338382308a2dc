//! The threat model in `SECURITY.md`: each threat names the tests that show its control, and these tests exist.

use std::{collections::BTreeSet, fs};

use anyhow::{Context as _, ensure};
use clap::ValueEnum as _;
use programs::checkout::root;

use crate::test::Step;

/// The tests that a cell names, in front of which there is nothing else.
const STEP: &str = "cargo xtask test --only ";

/// What the table names.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named {
    tests: BTreeSet<String>,
    steps: BTreeSet<String>,
}

/// Demands that every test that the threat model names is among those that passed.
pub(crate) fn have_tests(passed: &BTreeSet<String>) -> anyhow::Result<()> {
    let named = named()?;
    let missing: Vec<_> = named.tests.difference(passed).map(String::as_str).collect();
    ensure!(
        missing.is_empty(),
        "SECURITY.md names tests that do not exist or did not pass:\n  {}",
        missing.join("\n  ")
    );
    println!(
        "SECURITY.md names {} tests, and all of them passed.",
        named.tests.len()
    );
    Ok(())
}

/// The tests and steps that the threat model names.
fn named() -> anyhow::Result<Named> {
    let text = fs::read_to_string(root().join("SECURITY.md"))?;
    let (_, model) = text
        .split_once("## Threat model")
        .context("SECURITY.md has no threat model")?;
    read(model)
}

/// Reads the rows of the tables: asset, threat, control, and the tests in backticks.
fn read(model: &str) -> anyhow::Result<Named> {
    let mut named = Named::default();
    let rows = model.lines().filter(|line| line.starts_with('|'));
    for row in rows.filter(|row| !row.starts_with("| ---") && !row.starts_with("| asset")) {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [_, _, _, shown_by] = cells.as_slice() else {
            anyhow::bail!("a row of the threat model has other than four cells: {row}");
        };
        let shown: Vec<_> = shown_by.split('`').skip(1).step_by(2).collect();
        ensure!(!shown.is_empty(), "a threat without a test: {row}");
        for name in shown {
            match name.strip_prefix(STEP) {
                Some(step) => named.steps.insert(step.to_owned()),
                None => named.tests.insert(name.to_owned()),
            };
        }
    }
    let steps = Step::value_variants().iter();
    let known: BTreeSet<_> = steps.map(|step| step.help().0).collect();
    let unknown: Vec<_> = named.steps.difference(&known).map(String::as_str).collect();
    ensure!(
        unknown.is_empty(),
        "SECURITY.md names steps that do not exist: {}",
        unknown.join(", ")
    );
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_threat_has_tests() {
        let named = named().unwrap();
        assert!(named.tests.len() > 30, "{named:?}");
        assert!(!named.steps.is_empty(), "{named:?}");
    }

    #[test]
    fn a_row_without_a_test_or_with_a_step_that_is_none_is_refused() {
        let row = |shown_by: &str| read(&format!("| tokens | theft | none | {shown_by} |"));
        assert!(row("nothing").is_err());
        assert!(row("`cargo xtask test --only nothing`").is_err());
        assert!(read("| tokens | theft | `a::b` |").is_err());
        let named = row("`a::b`, `cargo xtask test --only workflows`").unwrap();
        assert_eq!(named.tests, BTreeSet::from(["a::b".to_owned()]));
        assert_eq!(named.steps, BTreeSet::from(["workflows".to_owned()]));
    }
}
