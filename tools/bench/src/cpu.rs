//! The CPU times of processes, and the cores that they run on.

use std::time::Duration;

/// The CPU time that a process has used so far, with all its threads.
#[cfg(target_os = "linux")]
pub(super) fn time_of(process: u32) -> anyhow::Result<Duration> {
    let process = nix::unistd::Pid::from_raw(process.try_into()?);
    let clock = nix::time::clock_getcpuclockid(process)?;
    Ok(clock.now()?.into())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn time_of(_: u32) -> anyhow::Result<Duration> {
    anyhow::bail!("the CPU time of another process is known on Linux alone")
}

/// True if all threads of a process wait for something else than a processor: their state is S (`proc_pid_stat(5)`).
#[cfg(target_os = "linux")]
pub(super) fn sleeps(process: u32) -> anyhow::Result<bool> {
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let stat = std::fs::read_to_string(thread?.path().join("stat"))?;
        // The name before it may have any character.
        let state = stat
            .rsplit_once(") ")
            .map(|(_, rest)| rest.starts_with('S'));
        if state != Some(true) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn sleeps(_: u32) -> anyhow::Result<bool> {
    anyhow::bail!("the state of another process is known on Linux alone")
}

/// The core of the measured process, and the cores of this program. Without pinning, each wake-up may happen on another
/// core, which doubles the figures.
#[derive(Debug, Clone, Copy)]
#[cfg(target_os = "linux")]
pub(super) struct Cores {
    measured: rustix::thread::CpuSet,
    others: rustix::thread::CpuSet,
}

#[cfg(target_os = "linux")]
impl Cores {
    /// Takes the last core that this process may use. With a single core, both share it.
    pub(super) fn split() -> anyhow::Result<Self> {
        use rustix::thread::{CpuSet, sched_getaffinity};

        let mut others = sched_getaffinity(None)?;
        let last = (0..CpuSet::MAX_CPU).rfind(|&core| others.is_set(core));
        let last = last.unwrap_or_default();
        let mut measured = CpuSet::new();
        measured.set(last);
        if others.count() > 1 {
            others.unset(last);
        }
        Ok(Self { measured, others })
    }

    /// Moves this thread away from the core of the measured process.
    pub(super) fn keep_off(&self) {
        // If the system refuses, the figures are only less exact.
        let _ = rustix::thread::sched_setaffinity(None, &self.others);
    }

    /// Runs `work` on the core of the measured process. A process that it starts stays there.
    pub(super) fn on_measured<T>(&self, work: impl FnOnce() -> T) -> T {
        let _ = rustix::thread::sched_setaffinity(None, &self.measured);
        let result = work();
        self.keep_off();
        result
    }
}

/// Pins nothing: threads run where the system puts them.
#[derive(Debug, Clone, Copy)]
#[cfg(not(target_os = "linux"))]
pub(super) struct Cores;

#[cfg(not(target_os = "linux"))]
impl Cores {
    pub(super) fn split() -> anyhow::Result<Self> {
        Ok(Self)
    }

    pub(super) fn keep_off(&self) {}

    pub(super) fn on_measured<T>(&self, work: impl FnOnce() -> T) -> T {
        work()
    }
}
