//! Runs the function under valgrind, which counts every instruction.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use ::tests::runtime_api::RuntimeApi;
use anyhow::{Context as _, ensure};
use bytes::Bytes;
use programs::{
    checkout::root,
    tools::{self, Valgrind},
};
use tempfile::TempDir;
use tokio::process::Command;

use super::{
    subjects::Kind,
    world::{RoundTrips, World},
};
use crate::cpu;

/// A function, valgrind, and the variables that both are started with.
pub(super) struct Callgrind {
    function: PathBuf,
    valgrind: PathBuf,
    variables: Vec<(String, String)>,
    folder: TempDir,
    _world: World,
}

impl Callgrind {
    pub(super) async fn new(function: &Path) -> anyhow::Result<Self> {
        let world = World::start(RoundTrips::USUAL).await?;
        let Valgrind { program, variables } = tools::valgrind()?;
        Ok(Self {
            function: function.to_owned(),
            valgrind: program,
            variables: [variables, world.variables(Kind::Service)].concat(),
            folder: tempfile::tempdir()?,
            _world: world,
        })
    }

    /// The profile from the start of the process until it has responded to all events and requests another, in
    /// callgrind's format ("Callgrind Format Specification", Valgrind User Manual). Each run has its own number.
    pub(super) async fn follow(&self, run: usize, sent: &[Bytes]) -> anyhow::Result<String> {
        let file = |of: &str| self.folder.path().join(format!("{run}.{of}"));
        let (seen, log) = (file("seen"), file("log"));
        let mut command = Command::new(&self.valgrind);
        command
            .args(["--tool=callgrind", "--demangle=no"])
            .arg(format!("--callgrind-out-file={}", seen.display()))
            .arg(format!("--log-file={}", log.display()))
            .arg(&self.function)
            .current_dir(root());
        let variables = self.variables.iter();
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

/// The number of looks at a process, one after another, that have to find it idle.
const LOOKS: u32 = 10;

/// Waits until a process is idle. When it requests its first event, an earlier response may still be on its way to it.
/// To handle that would count as part of the start in one run, and of the first request in another; and the first request would need another
/// connection. On a busy machine a process may also have work and no processor.
async fn settle(process: u32) -> anyhow::Result<()> {
    let mut used = cpu::time_of(process)?;
    let mut idle = 0;
    while idle < LOOKS {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let before = std::mem::replace(&mut used, cpu::time_of(process)?);
        let is_idle = before == used && cpu::sleeps(process)?;
        idle = if is_idle { idle + 1 } else { 0 };
    }
    Ok(())
}

/// Sends SIGTERM, on which valgrind writes its profile.
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
