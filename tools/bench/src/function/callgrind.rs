//! Runs the function under valgrind, which counts every instruction.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use ::tests::runtime_api::RuntimeApi;
use anyhow::{Context as _, bail, ensure};
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

/// A function, and valgrind with the variables that it needs.
pub(super) struct Callgrind {
    function: PathBuf,
    valgrind: Valgrind,
    folder: TempDir,
}

/// The number of connections that a function opens at its start: that to DynamoDB. The key set is one of its variables.
const CONNECTIONS: usize = 1;

/// The most attempts at a run in which no other connection is opened.
const ATTEMPTS: u32 = 10;

impl Callgrind {
    pub(super) fn new(function: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            function: function.to_owned(),
            valgrind: tools::valgrind()?,
            folder: tempfile::tempdir()?,
        })
    }

    /// The profile from the start of the process until it has responded to all events and requests another, in
    /// callgrind's format ("Callgrind Format Specification", Valgrind User Manual). Each run has its own number.
    ///
    /// On a busy machine a start under valgrind may give up a connection, which a request then opens. Such a run is
    /// repeated: its start takes less and its first request more than any in the cloud.
    pub(super) async fn follow(&self, run: usize, sent: &[Bytes]) -> anyhow::Result<String> {
        let mut opened = (0, 0);
        for _ in 0..ATTEMPTS {
            let world = World::start(RoundTrips::USUAL).await?;
            let profile;
            (opened, profile) = self.attempt(&world, run, sent).await?;
            if opened == (CONNECTIONS, 0) {
                return Ok(profile);
            }
        }
        let (at_start, later) = opened;
        bail!(
            "in each of {ATTEMPTS} attempts, the function did not open {CONNECTIONS} connection at its start and none later. The last \
             time it opened {at_start} and {later}. Is this machine very busy?"
        )
    }

    /// The profile, and the numbers of connections that were opened at the start and later.
    async fn attempt(
        &self,
        world: &World,
        run: usize,
        sent: &[Bytes],
    ) -> anyhow::Result<((usize, usize), String)> {
        let file = |of: &str| self.folder.path().join(format!("{run}.{of}"));
        let (seen, log) = (file("seen"), file("log"));
        let mut command = Command::new(&self.valgrind.program);
        command
            .args(["--tool=callgrind", "--demangle=no"])
            .arg(format!("--callgrind-out-file={}", seen.display()))
            .arg(format!("--log-file={}", log.display()))
            .arg(&self.function)
            .current_dir(root());
        let variables = [
            self.valgrind.variables.clone(),
            world.variables(Kind::Service),
        ]
        .concat();
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let api = RuntimeApi::start().await;
        let mut function = api.start_command(command, &variables);
        function.discard_log();
        let process = function.id().context("the function did not start")?;
        api.is_idle().await;
        settle(process).await?;
        let at_start = world.connections();
        for event in sent {
            let invoked = api.send(event.clone()).await;
            ensure!(!invoked.is_error, "the function failed: {invoked:?}");
        }
        api.is_idle().await;
        let later = world.connections() - at_start;
        end(process)?;
        function.output().await;
        let profile = fs::read_to_string(&seen).with_context(|| {
            let log = fs::read_to_string(&log).unwrap_or_default();
            format!("valgrind wrote nothing:\n{log}")
        })?;
        Ok(((at_start, later), profile))
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
