//! The time that a thread or a process was at work, and where.

use std::time::Duration;

/// What is measured.
#[cfg(target_os = "linux")]
pub(super) const CLOCK: &str = "CPU time";

/// The CPU time that this thread has used so far.
#[cfg(target_os = "linux")]
pub(super) fn time() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    // Neither is ever negative.
    Duration::from_secs(used.tv_sec.try_into().unwrap_or_default())
        + Duration::from_nanos(used.tv_nsec.try_into().unwrap_or_default())
}

/// The CPU time that a process has used so far, with all its threads.
#[cfg(target_os = "linux")]
pub(super) fn time_of(process: u32) -> anyhow::Result<Duration> {
    let process = nix::unistd::Pid::from_raw(process.try_into()?);
    let clock = nix::time::clock_getcpuclockid(process)?;
    Ok(clock.now()?.into())
}

/// What is measured.
#[cfg(not(target_os = "linux"))]
pub(super) const CLOCK: &str = "time";

/// The time since the first call: the nearest thing there is.
#[cfg(not(target_os = "linux"))]
pub(super) fn time() -> Duration {
    use std::{sync::LazyLock, time::Instant};

    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGUN.elapsed()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn time_of(_: u32) -> anyhow::Result<Duration> {
    anyhow::bail!("the CPU time of another process is known on Linux alone")
}

/// The core for what is measured, and the others, for who measures: unpinned, each idle wake-up may come on another
/// core, which doubles the figures.
#[derive(Debug, Clone, Copy)]
#[cfg(target_os = "linux")]
pub(super) struct Cores {
    measured: rustix::thread::CpuSet,
    others: rustix::thread::CpuSet,
}

#[cfg(target_os = "linux")]
impl Cores {
    /// Takes the last of the cores that this process may use. Where there is but one, all share it.
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

    /// Keeps this thread off the core of what is measured.
    pub(super) fn keep_off(&self) {
        // Where this is not allowed, the figures are worse and nothing else.
        let _ = rustix::thread::sched_setaffinity(None, &self.others);
    }

    /// Runs something on the core of what is measured. A process that it starts stays there.
    pub(super) fn on_measured<T>(&self, work: impl FnOnce() -> T) -> T {
        let _ = rustix::thread::sched_setaffinity(None, &self.measured);
        let result = work();
        self.keep_off();
        result
    }
}

/// Threads stay where the system puts them.
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
