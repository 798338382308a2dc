//! Measures cold starts and warm requests with each memory size. The functions take turns, so that other load on the
//! machine affects all alike.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tests::runtime_api::{Function, Invoked, RuntimeApi};
use tokio::process::Command;

use super::{
    events::{self, Operation},
    measured::{Conditions, Measured, OfFunction, OfMemory, OfOperation},
    quota::{Memory, Quota},
    subjects::{Kind, Subject, Subjects},
    world::World,
};
use crate::{
    cpu,
    figures::{Summary, progress},
};

/// Measures all functions.
pub(super) async fn all(subjects: &Subjects, conditions: Conditions) -> anyhow::Result<Measured> {
    let bench = Bench {
        world: World::start().await?,
        conditions,
    };
    let cold = bench.cold_starts(&subjects.all).await?;
    let warm = bench.warm_requests(&subjects.all).await?;
    let mut functions = Vec::new();
    for ((subject, cold), warm) in subjects.all.iter().zip(cold).zip(warm) {
        let by_memory = cold.by_memory.into_iter().zip(warm.finds);
        let by_memory = by_memory.map(|(cold, find)| {
            Ok(OfMemory {
                memory: cold.memory,
                cold: Summary::of(cold.total)?,
                first: Summary::of(cold.first)?,
                find: Summary::of(find.latency)?,
            })
        });
        functions.push(OfFunction {
            kind: subject.kind,
            name: subject.name.clone(),
            init: Summary::of(cold.init)?,
            by_memory: by_memory.collect::<anyhow::Result<_>>()?,
            operations: warm.operations,
            peak_of_finds_kib: warm.peak_of_finds_kib,
            peak_kib: warm.peak_kib,
        });
    }
    let interpreters = subjects
        .all
        .iter()
        .filter_map(|subject| subject.interpreter().transpose());
    Ok(Measured {
        zipped: subjects.zipped,
        roots: bench.world.roots,
        interpreters: interpreters.collect::<Result<_, _>>()?,
        functions,
        conditions: bench.conditions,
    })
}

struct Bench {
    world: World,
    conditions: Conditions,
}

#[derive(Debug)]
struct Cold {
    init: Vec<Duration>,
    by_memory: Vec<ColdWith>,
}

#[derive(Debug)]
struct ColdWith {
    memory: Memory,
    total: Vec<Duration>,
    first: Vec<Duration>,
}

#[derive(Debug)]
struct Warm {
    finds: Vec<Series>,
    operations: Vec<OfOperation>,
    peak_of_finds_kib: u64,
    peak_kib: u64,
}

/// A running function.
struct Running {
    api: RuntimeApi,
    function: Function,
    process: u32,
    begun: Instant,
    quota: Quota,
}

/// A running function, and its measurements so far.
struct Visited<'a> {
    subject: &'a Subject,
    running: Running,
    finds: Vec<(Memory, Series)>,
    operations: Vec<Series>,
}

/// The measurements of an operation so far.
#[derive(Debug)]
struct Series {
    operation: Operation,
    cpu: Vec<Duration>,
    latency: Vec<Duration>,
    calls: u64,
}

impl Bench {
    /// Starts the functions in turns. The first start of each is not counted: it only loads its files into memory.
    async fn cold_starts(&self, subjects: &[Subject]) -> anyhow::Result<Vec<Cold>> {
        let (cold, memory) = (self.conditions.sizes.cold, &self.conditions.memory);
        let by_memory = || {
            let of = memory.iter().map(|&memory| ColdWith {
                memory,
                total: Vec::new(),
                first: Vec::new(),
            });
            Cold {
                init: Vec::new(),
                by_memory: of.collect(),
            }
        };
        let mut found: Vec<_> = subjects.iter().map(|_| by_memory()).collect();
        let bar = progress(u64::from(cold + 1), "cold starts");
        for round in 0..=cold {
            for at in 0..memory.len() {
                let mut turns: Vec<_> = subjects.iter().zip(&mut found).collect();
                shuffle(&mut turns, round);
                for (subject, found) in turns {
                    self.cold_start(subject, found, at, round > 0).await?;
                }
                self.world.aws.forget();
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(found)
    }

    /// One cold start. As in Lambda, the init runs at full speed, and the share of a core applies from the first event
    /// on.
    async fn cold_start(
        &self,
        subject: &Subject,
        found: &mut Cold,
        at: usize,
        counts: bool,
    ) -> anyhow::Result<()> {
        let find = events::find();
        let running = self.start(subject).await?;
        running.api.is_idle().await;
        let with = found.by_memory.get_mut(at).context("a memory size")?;
        running.quota.limit(with.memory)?;
        let first = running.api.send(find.event.clone()).await;
        check(subject, &find, &first)?;
        if counts {
            found.init.push(first.asked - running.begun);
            with.total.push(first.answered - running.begun);
            with.first.push(first.answered - first.given);
        }
        running.function.stop().await;
        Ok(())
    }

    /// Measures the functions in turns. All of them run during that time: an idle function does not slow the others.
    async fn warm_requests(&self, subjects: &[Subject]) -> anyhow::Result<Vec<Warm>> {
        let mut all = Vec::new();
        for subject in subjects {
            let finds = self.conditions.memory.iter();
            let finds = finds.map(|&memory| (memory, Series::of(events::find())));
            let operations = events::all().into_iter();
            let operations = operations.filter(|operation| subject.does(operation.name));
            all.push(Visited {
                subject,
                running: self.start(subject).await?,
                finds: finds.collect(),
                operations: operations.map(Series::of).collect(),
            });
        }
        self.measure_finds(&mut all).await?;
        let mut peaks = Vec::new();
        for visited in &all {
            peaks.push(peak_kib(visited.running.process)?);
        }
        self.measure_operations(&mut all).await?;
        let mut found = Vec::new();
        let requests = f64::from(self.conditions.sizes.requests());
        for (visited, peak_of_finds_kib) in all.into_iter().zip(peaks) {
            let peak_kib = peak_kib(visited.running.process)?;
            visited.running.function.stop().await;
            let operations = visited.operations.into_iter();
            let operations = operations.map(|series| series.sum_up(requests));
            found.push(Warm {
                finds: visited.finds.into_iter().map(|(_, find)| find).collect(),
                operations: operations.collect::<Result<_, _>>()?,
                peak_of_finds_kib,
                peak_kib,
            });
        }
        Ok(found)
    }

    async fn measure_finds(&self, all: &mut [Visited<'_>]) -> anyhow::Result<()> {
        let sizes = self.conditions.sizes;
        for visited in &mut *all {
            let mut warm_up = Series::of(events::find());
            for _ in 0..sizes.warm_up {
                self.row(visited.subject, &visited.running, &mut warm_up)
                    .await?;
            }
        }
        let bar = progress(sizes.rounds.into(), "warm finds");
        for round in 0..sizes.rounds {
            for at in 0..self.conditions.memory.len() {
                let mut turns: Vec<_> = all.iter_mut().collect();
                shuffle(&mut turns, round);
                for visited in turns {
                    let (memory, find) = visited.finds.get_mut(at).context("a memory size")?;
                    visited.running.quota.limit(*memory)?;
                    self.row(visited.subject, &visited.running, find).await?;
                }
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }

    async fn measure_operations(&self, all: &mut [Visited<'_>]) -> anyhow::Result<()> {
        let sizes = self.conditions.sizes;
        for visited in &mut *all {
            visited.running.quota.limit(Memory::USUAL)?;
            for series in &visited.operations {
                let mut warm_up = Series::of(series.operation.clone());
                self.row(visited.subject, &visited.running, &mut warm_up)
                    .await?;
            }
        }
        let bar = progress(sizes.rounds.into(), "warm operations");
        for round in 0..sizes.rounds {
            let mut turns: Vec<_> = all.iter_mut().collect();
            shuffle(&mut turns, round);
            for visited in turns {
                for series in &mut visited.operations {
                    self.row(visited.subject, &visited.running, series).await?;
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
        series: &mut Series,
    ) -> anyhow::Result<()> {
        let batch = self.conditions.sizes.batch;
        self.world.aws.forget();
        running.api.is_idle().await;
        let before = cpu::time_of(running.process)?;
        for _ in 0..batch {
            let invoked = running.api.send(series.operation.event.clone()).await;
            check(subject, &series.operation, &invoked)?;
            series.latency.push(invoked.answered - invoked.given);
        }
        running.api.is_idle().await;
        let used = cpu::time_of(running.process)?.saturating_sub(before);
        series.cpu.push(used / batch);
        series.calls += u64::try_from(self.world.aws.targets().len())?;
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
        let mut quota = Quota::with(&self.conditions.mechanism)?;
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

/// Shuffles the turns: differently in each round, but equally in every run. Otherwise a function that always follows an
/// interpreter would always find its data removed from the CPU caches.
fn shuffle<T>(turns: &mut [T], round: u32) {
    fastrand::Rng::with_seed(round.into()).shuffle(turns);
}

impl Series {
    fn of(operation: Operation) -> Self {
        Self {
            operation,
            cpu: Vec::new(),
            latency: Vec::new(),
            calls: 0,
        }
    }

    fn sum_up(self, requests: f64) -> anyhow::Result<OfOperation> {
        Ok(OfOperation {
            name: self.operation.name,
            cpu: Summary::of(self.cpu)?,
            latency: Summary::of(self.latency)?,
            calls: f64::from(u32::try_from(self.calls)?) / requests,
            calls_allowed: self.operation.calls,
        })
    }
}

/// Refuses a wrong response, because it may be a fast one. `hello` has only one response.
fn check(subject: &Subject, operation: &Operation, invoked: &Invoked) -> anyhow::Result<()> {
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
