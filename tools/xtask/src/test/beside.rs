//! Steps that run beside others, as a process of their own, whose output is printed when it has ended.

use std::{
    env, fs,
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, ensure};
use clap::ValueEnum as _;
use tempfile::NamedTempFile;

use super::{Counts, Results, Step};

/// The steps that run, if any do.
#[derive(Debug)]
pub(super) struct Beside(Option<(Child, NamedTempFile)>);

/// Starts the steps, one after the other.
pub(super) fn start(steps: &[Step]) -> anyhow::Result<Beside> {
    if steps.is_empty() {
        return Ok(Beside(None));
    }
    let output = NamedTempFile::new()?;
    let mut command = Command::new(env::current_exe()?);
    command.arg("test");
    for step in steps {
        let name = step.to_possible_value().context("a step has a name")?;
        command.args(["--only", name.get_name()]);
    }
    println!("\nBeside the other steps: {command:?}");
    let process = command
        .stdin(Stdio::null())
        .stdout(output.reopen()?)
        .stderr(output.reopen()?)
        .spawn()
        .context("the steps beside the others do not start")?;
    Ok(Beside(Some((process, output))))
}

impl Beside {
    /// Waits until the steps have ended, prints their output, and returns their results.
    pub(super) fn finish(self) -> anyhow::Result<Results> {
        let Some((mut process, output)) = self.0 else {
            return Ok(Results::default());
        };
        let status = process.wait()?;
        let printed = fs::read(output.path())?;
        let printed = String::from_utf8_lossy(&printed);
        println!("{printed}");
        let results = read(&printed).context("the steps beside the others have no result")?;
        ensure!(
            status.success() == (results.total.failed == 0),
            "the steps beside the others ended with {status}"
        );
        Ok(results)
    }
}

/// Reads the table and the last line.
fn read(printed: &str) -> Option<Results> {
    let (rest, last) = printed.trim_end().rsplit_once('\n')?;
    let (passed, failed) = last.strip_suffix(" failed")?.split_once(" passed, ")?;
    let table = rest.trim_end().rsplit("\n\n").next()?;
    Some(Results {
        total: Counts {
            passed: passed.parse().ok()?,
            failed: failed.parse().ok()?,
        },
        lines: table.lines().skip(1).map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests;
