//! The function under valgrind, which follows every instruction.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use ::tests::runtime_api::RuntimeApi;
use anyhow::{Context as _, ensure};
use bytes::Bytes;
use tempfile::TempDir;
use tokio::process::Command;

use super::{subjects::Kind, world::World};
use crate::{
    bench::cpu,
    checkout::root,
    tools::{self, Valgrind},
};

/// The setting that a function is started with.
pub(super) struct Callgrind {
    function: PathBuf,
    valgrind: Valgrind,
    variables: Vec<(String, String)>,
    folder: TempDir,
    _world: World,
}

impl Callgrind {
    pub(super) async fn new(function: &Path) -> anyhow::Result<Self> {
        let world = World::start().await?;
        Ok(Self {
            function: function.to_owned(),
            valgrind: tools::valgrind()?,
            variables: world.variables(Kind::Service),
            folder: tempfile::tempdir()?,
            _world: world,
        })
    }

    /// The profile from the start of the process until it has answered all events and asks for more, as callgrind
    /// writes it ("Callgrind Format Specification", Valgrind User Manual). Each run has a number of its own.
    pub(super) async fn follow(&self, run: usize, sent: &[Bytes]) -> anyhow::Result<String> {
        let file = |of: &str| self.folder.path().join(format!("{run}.{of}"));
        let (seen, log) = (file("seen"), file("log"));
        let mut command = Command::new(&self.valgrind.program);
        command
            .args(["--tool=callgrind", "--demangle=no"])
            .arg(format!("--callgrind-out-file={}", seen.display()))
            .arg(format!("--log-file={}", log.display()))
            .arg(&self.function)
            .current_dir(root());
        let own = self.valgrind.variables.iter();
        let variables = own.chain(&self.variables);
        let variables: Vec<_> = variables
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let api = RuntimeApi::start().await;
        let mut function = api.start_command(command, &variables);
        function.discard_log();
        let process = function.id().context("the function did not start")?;
        api.is_idle().await;
        settle(process).await?;
        for event in sent {
            let invoked = api.send(event.clone()).await;
            ensure!(!invoked.is_error, "the function failed: {invoked:?}");
        }
        api.is_idle().await;
        end(process)?;
        function.output().await;
        fs::read_to_string(&seen).with_context(|| {
            let log = fs::read_to_string(&log).unwrap_or_default();
            format!("valgrind wrote nothing:\n{log}")
        })
    }
}

/// Waits until a process has nothing to do. It asks for its first event while an answer is still on its way, which would
/// count as a part of the start in one run, and of the first request in another.
async fn settle(process: u32) -> anyhow::Result<()> {
    let mut used = cpu::time_of(process)?;
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let before = std::mem::replace(&mut used, cpu::time_of(process)?);
        if before == used {
            return Ok(());
        }
    }
}

/// Asks a process to end: then valgrind writes down what it saw.
#[cfg(target_os = "linux")]
fn end(process: u32) -> anyhow::Result<()> {
    use nix::{
        sys::signal::{Signal, kill},
        unistd::Pid,
    };

    Ok(kill(Pid::from_raw(process.try_into()?), Signal::SIGTERM)?)
}

#[cfg(not(target_os = "linux"))]
fn end(_: u32) -> anyhow::Result<()> {
    anyhow::bail!("instructions are followed on Linux alone")
}
