//! The share of a core that Lambda gives a function: in proportion to its memory, a whole core at 1,769 MB (AWS Lambda
//! Developer Guide, "Configure Lambda function memory").
//!
//! The share is a quota of CPU time in each period of [`PERIOD`], which the kernel's bandwidth control enforces for a
//! control group. Lambda's own period is not published. Without control groups, signals stop and continue the process
//! in the same rhythm.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};

use crate::cpu::Cores;

/// The period of the quota.
const PERIOD: Duration = Duration::from_millis(20);

/// The memory at which a function has one core, in MB.
const ONE_CORE: u16 = 1_769;

/// A memory size in MB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Memory(pub(super) u16);

impl Memory {
    /// The sizes that are measured.
    pub(super) const ALL: [Self; 4] = [Self(128), Self(256), Self(512), Self(ONE_CORE)];

    /// The memory size of the goals, which is that of the template.
    pub(super) const USUAL: Self = Self(256);

    /// The share of a core; 1 is a whole core.
    pub(super) fn share(self) -> f64 {
        f64::from(self.0) / f64::from(ONE_CORE)
    }

    /// The CPU time in each [`PERIOD`].
    fn quota(self) -> Duration {
        PERIOD.mul_f64(self.share())
    }
}

/// The CPU quota of one process. Dropping it lifts the quota, so drop it after the end of the process.
#[derive(Debug)]
pub(super) enum Quota {
    /// `cpu.max` of a group (Linux, "Control Group v2").
    Unified(Group),
    /// `cpu.cfs_quota_us` of a group (Linux, "CFS Bandwidth Control").
    Controller(Group),
    /// Signals that stop and continue the process.
    DutyCycle(DutyCycle),
}

impl Quota {
    /// Creates a quota that has no limit and no process yet, by the best mechanism that this machine and this user have.
    pub(super) fn new() -> Self {
        let folder = Path::new("/sys/fs/cgroup");
        let period = PERIOD.as_micros().to_string();
        let controller = || Group::below(&folder.join("cpu"), "cpu.cfs_period_us", &period);
        Group::below(folder, "cpu.max", "max")
            .map(Self::Unified)
            .or_else(|_| controller().map(Self::Controller))
            .unwrap_or_else(|_| Self::DutyCycle(DutyCycle::default()))
    }

    /// The name of its mechanism in the output.
    fn text(&self) -> &'static str {
        match self {
            Self::Unified(_) => "a control group (v2, cpu.max)",
            Self::Controller(_) => "a control group (v1, cpu.cfs_quota_us)",
            Self::DutyCycle(_) => "signals that stop and continue the process",
        }
    }

    /// Puts a process under the quota.
    pub(super) fn take(&self, process: u32) -> Result<()> {
        match self {
            Self::Unified(group) | Self::Controller(group) => {
                group.write("cgroup.procs", &process.to_string())
            }
            Self::DutyCycle(cycle) => {
                cycle.start(process);
                Ok(())
            }
        }
    }

    /// Limits the process to the share of a memory size.
    pub(super) fn limit(&self, memory: Memory) -> Result<()> {
        let (quota, period) = (memory.quota().as_micros(), PERIOD.as_micros());
        match self {
            Self::Unified(group) => group.write("cpu.max", &format!("{quota} {period}")),
            Self::Controller(group) => group.write("cpu.cfs_quota_us", &quota.to_string()),
            Self::DutyCycle(cycle) => {
                cycle.limit(memory.quota());
                Ok(())
            }
        }
    }
}

/// A control group that this program created. Dropping it removes the group.
#[derive(Debug)]
pub(super) struct Group(PathBuf);

impl Group {
    /// Creates a group below a folder, and writes a value to one of its files.
    fn below(folder: &Path, file: &str, value: &str) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);

        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let group = folder.join(format!("xtask-bench-{}-{number}", std::process::id()));
        // `mkdir` would also succeed in a folder that is not a mounted hierarchy.
        ensure!(
            folder.join("cgroup.procs").exists(),
            "{} has no control groups",
            folder.display()
        );
        fs::create_dir(&group).with_context(|| format!("cannot create {}", group.display()))?;
        let group = Self(group);
        group.write(file, value)?;
        Ok(group)
    }

    fn write(&self, file: &str, value: &str) -> Result<()> {
        let file = self.0.join(file);
        // `fs::write` would create a missing file.
        let open = fs::OpenOptions::new().write(true).open(&file);
        let written = open.and_then(|mut open| io::Write::write_all(&mut open, value.as_bytes()));
        written.with_context(|| format!("cannot write {value} to {}", file.display()))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // A group that still has a process is not removed; it does no harm.
        let _ = fs::remove_dir(&self.0);
    }
}

/// Stops and continues a process from a thread of its own.
#[derive(Debug, Default)]
pub(super) struct DutyCycle {
    /// The time that the process runs in each period, in microseconds; 0 for no limit.
    runs: Arc<AtomicU64>,
}

impl DutyCycle {
    fn limit(&self, runs: Duration) {
        let micros = if runs >= PERIOD {
            0
        } else {
            u64::try_from(runs.as_micros()).unwrap_or_default()
        };
        self.runs.store(micros, Ordering::Relaxed);
    }

    #[cfg(target_os = "linux")]
    #[expect(clippy::disallowed_methods, reason = "this thread serves no request")]
    fn start(&self, process: u32) {
        use nix::{
            sys::signal::{Signal, kill},
            unistd::Pid,
        };

        let runs = Arc::downgrade(&self.runs);
        thread::spawn(move || {
            let process = Pid::from_raw(i32::try_from(process).unwrap_or_default());
            // Until the quota is dropped or the process has ended.
            while let Some(runs) = runs.upgrade() {
                let runs = Duration::from_micros(runs.load(Ordering::Relaxed));
                if runs.is_zero() {
                    thread::sleep(Duration::from_millis(1));
                    continue;
                }
                let stopped = kill(process, Signal::SIGSTOP);
                thread::sleep(PERIOD.saturating_sub(runs));
                if stopped
                    .and_then(|()| kill(process, Signal::SIGCONT))
                    .is_err()
                {
                    return;
                }
                thread::sleep(runs);
            }
        });
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unused_self, reason = "as on Linux")]
    fn start(&self, _: u32) {}
}

/// True if the elapsed time of a busy loop, as a multiple of its CPU time, is `1 / share` within 15 %.
fn is_limited(slowdown: f64, memory: Memory) -> bool {
    (slowdown * memory.share() - 1.0).abs() <= 0.15
}

/// Runs a busy loop under the quota of each memory size, and prints how many times as long it takes.
///
/// # Errors
/// Fails if a loop deviates too much from `1 / share`, because no figure would then be valid.
pub(super) fn prove(cores: Cores, quick: bool) -> Result<()> {
    let count = if quick { 1_000_000 } else { 10_000_000 };
    println!("The CPU is limited by {}.", Quota::new().text());
    for memory in Memory::ALL {
        let slowdown = slowdown(&Quota::new(), cores, memory, count)?;
        println!(
            "{:>5} MB: a busy loop takes {slowdown:.2} times as long; 1 / share is {:.2}",
            memory.0,
            1.0 / memory.share()
        );
        ensure!(
            quick || is_limited(slowdown, memory),
            "the CPU cannot be limited here; close other programs"
        );
    }
    Ok(())
}

/// Runs a loop of `count` steps, and divides its elapsed time by its CPU time. The loop starts after its quota is set.
fn slowdown(quota: &Quota, cores: Cores, memory: Memory, count: u64) -> Result<f64> {
    const LOOP: &str = "\
import sys, time
count = int(sys.stdin.readline())
began, used = time.perf_counter(), time.process_time()
while count:
    count -= 1
print((time.perf_counter() - began) / (time.process_time() - used))";

    let mut command = Command::new("python3");
    command
        .args(["-c", LOOP])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut process = cores.on_measured(|| command.spawn())?;
    quota.take(process.id())?;
    quota.limit(memory)?;
    let mut input = process.stdin.take().context("the loop has no input")?;
    io::Write::write_all(&mut input, format!("{count}\n").as_bytes())?;
    let output = process.wait_with_output()?;
    let slowdown = String::from_utf8(output.stdout)?;
    let slowdown = slowdown.trim().parse();
    slowdown.context("the loop failed")
}

#[cfg(test)]
mod tests;
