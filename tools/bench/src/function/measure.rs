//! Measures cold starts and warm requests with each memory size. The functions take turns, so that other load on the
//! machine affects all alike.

use std::{fs, time::Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tests::runtime_api::{Function, Invoked, RuntimeApi};
use tokio::process::Command;

use super::{
    events::{self, Operation},
    measured::{Conditions, Measured, OfFunction, OfOperation},
    quota::{Memory, Quota},
    subjects::{Kind, Subject, Subjects},
    world::{RoundTrips, World},
};
use crate::{
    cpu,
    figures::{add, progress},
};

/// Measures all functions.
pub(super) async fn all(subjects: Subjects, conditions: Conditions) -> anyhow::Result<Measured> {
    let world = World::start(RoundTrips::USUAL).await?;
    let bench = Bench { world, conditions };
    let subjects_of_all = subjects.all.into_iter();
    let functions =
        subjects_of_all.map(|subject| OfFunction::of(subject, &bench.conditions.memory));
    let mut functions: Vec<_> = functions.collect::<anyhow::Result<_>>()?;
    bench.cold_starts(&mut functions).await?;
    bench.warm_requests(&mut functions).await?;
    Ok(Measured {
        zipped: subjects.zipped,
        roots: bench.world.roots,
        functions,
        conditions: bench.conditions,
    })
}

struct Bench {
    world: World,
    conditions: Conditions,
}

/// A running function.
struct Running {
    api: RuntimeApi,
    function: Function,
    process: u32,
    begun: Instant,
    quota: Quota,
}

impl Bench {
    /// Starts the functions in turns. The first start of each is not counted: it only loads its files into memory.
    async fn cold_starts(&self, functions: &mut [OfFunction]) -> anyhow::Result<()> {
        let cold = self.conditions.sizes.cold;
        let bar = progress(u64::from(cold + 1), "cold starts");
        for round in 0..=cold {
            for at in 0..self.conditions.memory.len() {
                for of in shuffled(functions.iter_mut(), round) {
                    self.cold_start(of, at, round > 0).await?;
                }
                self.world.aws.forget();
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// One cold start. As in Lambda, the init runs at full speed, and the share of a core applies from the first event
    /// on.
    async fn cold_start(&self, of: &mut OfFunction, at: usize, counts: bool) -> anyhow::Result<()> {
        let find = events::find();
        let running = self.start(&of.subject).await?;
        running.api.is_idle().await;
        let with = &mut of.by_memory[at];
        running.quota.limit(with.memory)?;
        let first = running.api.send(find.event.clone()).await;
        check(&of.subject, &find, &first)?;
        if counts {
            add(&mut of.init, first.asked - running.begun)?;
            add(&mut with.cold, first.answered - running.begun)?;
            add(&mut with.first, first.answered - first.given)?;
        }
        running.function.stop().await;
        Ok(())
    }

    /// Measures the functions in turns. All of them run during that time: an idle function does not slow the others.
    async fn warm_requests(&self, functions: &mut [OfFunction]) -> anyhow::Result<()> {
        let mut all = Vec::new();
        for of in functions.iter_mut() {
            let running = self.start(&of.subject).await?;
            all.push((of, running));
        }
        self.measure_finds(&mut all).await?;
        for (of, running) in &mut all {
            of.peak_of_finds_kib = peak_kib(running.process)?;
        }
        self.measure_operations(&mut all).await?;
        for (of, running) in all {
            of.peak_kib = peak_kib(running.process)?;
            running.function.stop().await;
        }
        Ok(())
    }

    async fn measure_finds(&self, all: &mut [(&mut OfFunction, Running)]) -> anyhow::Result<()> {
        let sizes = self.conditions.sizes;
        for (of, running) in &mut *all {
            let mut warm_up = OfOperation::of(events::find())?;
            for _ in 0..sizes.warm_up {
                self.row(&of.subject, running, &mut warm_up).await?;
            }
        }
        let bar = progress(sizes.rounds.into(), "warm finds");
        for round in 0..sizes.rounds {
            for at in 0..self.conditions.memory.len() {
                for (of, running) in shuffled(all.iter_mut(), round) {
                    let with = &mut of.by_memory[at];
                    running.quota.limit(with.memory)?;
                    self.row(&of.subject, running, &mut with.find).await?;
                }
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }

    async fn measure_operations(
        &self,
        all: &mut [(&mut OfFunction, Running)],
    ) -> anyhow::Result<()> {
        for (of, running) in &mut *all {
            running.quota.limit(Memory::USUAL)?;
            for series in &of.operations {
                let mut warm_up = OfOperation::of(series.operation.clone())?;
                self.row(&of.subject, running, &mut warm_up).await?;
            }
        }
        let rounds = self.conditions.sizes.rounds;
        let bar = progress(rounds.into(), "warm operations");
        for round in 0..rounds {
            for (of, running) in shuffled(all.iter_mut(), round) {
                for series in &mut of.operations {
                    self.row(&of.subject, running, series).await?;
                }
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Sends requests one after the other, as to an instance that is never idle.
    async fn row(
        &self,
        subject: &Subject,
        running: &Running,
        series: &mut OfOperation,
    ) -> anyhow::Result<()> {
        let batch = self.conditions.sizes.batch;
        self.world.aws.forget();
        running.api.is_idle().await;
        let before = cpu::time_of(running.process)?;
        for _ in 0..batch {
            let invoked = running.api.send(series.operation.event.clone()).await;
            check(subject, &series.operation, &invoked)?;
            add(&mut series.latency, invoked.answered - invoked.given)?;
        }
        running.api.is_idle().await;
        let used = cpu::time_of(running.process)?.saturating_sub(before);
        add(&mut series.cpu, used / batch)?;
        series.calls += u32::try_from(self.world.aws.targets().len())?;
        Ok(())
    }

    async fn start(&self, subject: &Subject) -> anyhow::Result<Running> {
        let api = RuntimeApi::start().await;
        let mut command = Command::new(&subject.program);
        command
            .args(&subject.arguments)
            .current_dir(&subject.folder);
        let variables = self.world.variables(subject.kind);
        let variables = variables.iter();
        let variables: Vec<_> = variables
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let quota = Quota::new();
        let (begun, mut function) = self.conditions.cores.on_measured(|| {
            let begun = Instant::now();
            (begun, api.start_command(command, &variables))
        });
        function.discard_log();
        let process = function
            .id()
            .with_context(|| format!("{} did not start", subject.name))?;
        quota.take(process)?;
        Ok(Running {
            api,
            function,
            process,
            begun,
            quota,
        })
    }
}

/// Puts the turns into another order: differently in each round, but equally in every run. Otherwise a function that
/// always follows an interpreter would always find its data removed from the CPU caches.
fn shuffled<T>(turns: impl Iterator<Item = T>, round: u32) -> Vec<T> {
    let mut turns: Vec<_> = turns.collect();
    fastrand::Rng::with_seed(round.into()).shuffle(&mut turns);
    turns
}

/// Refuses a wrong response, because it may be a fast one. `hello` has only one response.
pub(super) fn check(
    subject: &Subject,
    operation: &Operation,
    invoked: &Invoked,
) -> anyhow::Result<()> {
    let answer: Value = serde_json::from_slice(&invoked.body)?;
    let status = answer["statusCode"].as_u64();
    ensure!(
        !invoked.is_error && status == Some(operation.status.into()),
        "{} answered {}: {answer}",
        subject.name,
        operation.name,
    );
    let body = answer["body"].as_str().unwrap_or_default();
    let is_found = subject.kind == Kind::Hello
        || !matches!(operation.name, events::FIND | events::LIST_PAGE)
        || body.contains("Olivia Wilde");
    ensure!(is_found, "{} found {body}", subject.name);
    Ok(())
}

/// The peak resident memory of a process, in KiB (proc(5), `VmHWM`).
fn peak_kib(process: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))
        .context("the process is gone, or this is not Linux")?;
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    let number = number.context("the system does not tell the peak memory")?;
    Ok(number.parse()?)
}
