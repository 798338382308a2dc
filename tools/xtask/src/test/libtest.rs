//! Runs `cargo test`, or the suite of a client, and counts its tests.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use anyhow::{Context as _, ensure};

use super::Counts;

/// Runs a command, prints its output and counts the tests in it.
pub(super) fn run(command: &mut Command) -> anyhow::Result<Counts> {
    Ok(run_named(command)?.0)
}

/// The same, with the names of the tests that passed.
pub(super) fn run_named(command: &mut Command) -> anyhow::Result<(Counts, BTreeSet<String>)> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .context("the tests do not start")?;
    let output = child.stdout.take().context("the tests have no output")?;
    let mut seen = Seen::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        seen.read(&line);
    }
    let succeeded = child.wait()?.success();
    let passed = std::mem::take(&mut seen.passed);
    Ok((seen.finish(succeeded)?, passed))
}

/// The results in the output so far.
#[derive(Debug, Default)]
struct Seen {
    counts: Counts,
    passed: BTreeSet<String>,
    failures: Vec<String>,
}

impl Seen {
    fn read(&mut self, line: &str) {
        let line = line.trim_end();
        if let Some(counts) = result(line).or_else(|| checks(line)) {
            self.counts = self.counts + counts;
        }
        let test = line.strip_prefix("test ");
        if let Some(name) = test.and_then(|test| test.strip_suffix(" ... FAILED")) {
            self.failures.push(name.to_owned());
        }
        if let Some(name) = test.and_then(|test| test.strip_suffix(" ... ok")) {
            // libtest-mimic aligns the results.
            self.passed.insert(name.trim_end().to_owned());
        }
    }

    fn finish(mut self, succeeded: bool) -> anyhow::Result<Counts> {
        for name in &self.failures {
            println!("failed: {name}");
        }
        ensure!(
            !succeeded || self.counts != Counts::default(),
            "no test ran"
        );
        if !succeeded && self.counts.failed == 0 {
            // It did not compile, or a test ended the whole process.
            self.counts.failed = 1;
        }
        Ok(self.counts)
    }
}

/// Reads `test result: ok. 3 passed; 1 failed; 0 ignored; ...`.
fn result(line: &str) -> Option<Counts> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |name: &str| {
        counts
            .split("; ")
            .find_map(|part| part.strip_suffix(name)?.trim_end().parse().ok())
    };
    Some(Counts {
        passed: count("passed")?,
        failed: count("failed")?,
    })
}

/// Reads `68 scenarios, 230 checks` or `230 checks`, the result of an app's suite. One that fails says which, and ends with a
/// status.
fn checks(line: &str) -> Option<Counts> {
    let checks = line.strip_suffix(" checks")?;
    let checks = checks.split_once(" scenarios, ").map_or(checks, |(_, n)| n);
    Some(Counts {
        passed: checks.parse().ok()?,
        failed: 0,
    })
}

#[cfg(test)]
mod tests;
