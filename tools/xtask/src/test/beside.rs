//! Steps that run beside those of this process, each in a process of its own, whose output is printed when it has ended.

use std::{
    collections::VecDeque,
    env, fs,
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use anyhow::{Context as _, ensure};
use clap::ValueEnum as _;
use tempfile::NamedTempFile;

use super::{Counts, Results, Step};

/// The steps that have not begun. This process takes the first, and those beside it begin with the last.
#[derive(Debug)]
pub(super) struct Beside {
    waiting: Arc<Mutex<VecDeque<Step>>>,
    ended: mpsc::Receiver<anyhow::Result<Ended>>,
}

/// What a process printed, and whether it succeeded.
#[derive(Debug)]
struct Ended {
    printed: String,
    succeeded: bool,
}

impl Beside {
    /// Starts the last step, and then whichever is the last, until none is left.
    pub(super) fn start(steps: impl IntoIterator<Item = Step>) -> anyhow::Result<Self> {
        // Before a step builds this program anew: then the running one has no path any more.
        let program = env::current_exe()?;
        let waiting = Arc::new(Mutex::new(steps.into_iter().collect()));
        let (sender, ended) = mpsc::channel();
        let left = Arc::clone(&waiting);
        thread::spawn(move || {
            while let Some(step) = take(&left, VecDeque::pop_back) {
                if sender.send(run(&program, step)).is_err() {
                    break;
                }
            }
        });
        Ok(Self { waiting, ended })
    }

    /// The next step for this process.
    pub(super) fn next(&self) -> Option<Step> {
        take(&self.waiting, VecDeque::pop_front)
    }

    /// The results of the steps that have ended by now; prints their output.
    pub(super) fn ended(&self) -> impl Iterator<Item = anyhow::Result<Results>> {
        self.ended.try_iter().map(results)
    }

    /// Waits for the others, and prints their output.
    pub(super) fn rest(self) -> impl Iterator<Item = anyhow::Result<Results>> {
        self.ended.into_iter().map(results)
    }
}

fn take(
    waiting: &Mutex<VecDeque<Step>>,
    which: fn(&mut VecDeque<Step>) -> Option<Step>,
) -> Option<Step> {
    which(&mut waiting.lock().unwrap_or_else(PoisonError::into_inner))
}

fn run(program: &Path, step: Step) -> anyhow::Result<Ended> {
    let output = NamedTempFile::new()?;
    let name = step.to_possible_value().context("a step has a name")?;
    println!("\nBeside this step, `{}` begins.", name.get_name());
    // One after the other: two that are opened would each begin at the beginning.
    let written = output.reopen()?;
    let status = Command::new(program)
        .args(["test", "--only", name.get_name()])
        .stdin(Stdio::null())
        .stdout(written.try_clone()?)
        .stderr(written)
        .status()
        .with_context(|| format!("the step {} does not start", name.get_name()))?;
    Ok(Ended {
        printed: String::from_utf8_lossy(&fs::read(output.path())?).into_owned(),
        succeeded: status.success(),
    })
}

fn results(ended: anyhow::Result<Ended>) -> anyhow::Result<Results> {
    let Ended { printed, succeeded } = ended?;
    println!("{printed}");
    let results = read(&printed).context("a step beside the others has no result")?;
    ensure!(
        succeeded == (results.total.failed == 0),
        "a step beside the others failed, but its result says otherwise"
    );
    Ok(results)
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
