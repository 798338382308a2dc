//! The measuring: cold starts and warm requests, everybody in turns, so that whatever else the machine does meets all
//! alike.

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
    subjects::{Name, Subject, Subjects},
    world::World,
};
use crate::bench::{
    cpu::{self, Cores},
    figures::{Summary, progress},
};

/// How often.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// Cold starts of each function.
    pub(super) cold: u32,
    /// How many requests are sent in a row, whose CPU time is read at once.
    pub(super) batch: u32,
    /// Rows that count, of each operation.
    rounds: u32,
    /// Rows before that: the interpreters compile what they meet often.
    warm_up: u32,
}

impl Sizes {
    pub(super) fn new(quick: bool) -> Self {
        if quick {
            Self {
                cold: 2,
                batch: 5,
                rounds: 2,
                warm_up: 1,
            }
        } else {
            Self {
                cold: 80,
                batch: 100,
                rounds: 40,
                warm_up: 5,
            }
        }
    }

    /// Warm requests of each operation.
    pub(super) fn requests(&self) -> u32 {
        self.batch * self.rounds
    }
}

/// All that was found.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) sizes: Sizes,
    pub(super) zipped: Option<u64>,
    pub(super) roots: usize,
    pub(super) interpreters: Vec<String>,
    pub(super) functions: Vec<OfFunction>,
}

/// What was found of a function.
#[derive(Debug)]
pub(super) struct OfFunction {
    pub(super) name: Name,
    /// From the start of the process to the end of the first answer.
    pub(super) cold: Summary,
    /// From the start of the process to the first question for an event.
    pub(super) init: Summary,
    /// From the first event to its answer.
    pub(super) first: Summary,
    /// The most memory that the process ever had, in KiB, after all requests.
    pub(super) peak_kib: u64,
    /// What of its memory is no file's, after all requests, in KiB.
    pub(super) own_kib: u64,
    pub(super) warm: Vec<OfOperation>,
}

/// What was found of an operation.
#[derive(Debug)]
pub(super) struct OfOperation {
    pub(super) name: &'static str,
    /// A request's, over a batch.
    pub(super) cpu: Summary,
    /// From the event to its answer.
    pub(super) latency: Summary,
    /// How many calls of AWS a request made, and how many it may make.
    pub(super) calls: f64,
    pub(super) calls_allowed: u64,
}

impl Measured {
    pub(super) fn of(&self, name: Name) -> anyhow::Result<&OfFunction> {
        let mut all = self.functions.iter();
        all.find(|function| function.name == name)
            .with_context(|| format!("{} was not measured", name.text()))
    }
}

impl OfFunction {
    /// The operation that every function has.
    pub(super) fn find(&self) -> anyhow::Result<&OfOperation> {
        self.warm.first().context("no request was measured")
    }
}

/// Measures everything.
pub(super) async fn all(
    subjects: &Subjects,
    sizes: &Sizes,
    cores: Cores,
) -> anyhow::Result<Measured> {
    let world = World::start().await?;
    let bench = Bench {
        world,
        cores,
        sizes: *sizes,
    };
    let cold = bench.cold_starts(&subjects.all).await?;
    let warm = bench.warm_requests(&subjects.all).await?;
    let mut functions = Vec::new();
    for ((subject, cold), warm) in subjects.all.iter().zip(cold).zip(warm) {
        functions.push(OfFunction {
            name: subject.name,
            cold: Summary::of(cold.total)?,
            init: Summary::of(cold.init)?,
            first: Summary::of(cold.first)?,
            peak_kib: warm.peak_kib,
            own_kib: warm.own_kib,
            warm: warm.operations,
        });
    }
    let interpreters = subjects
        .all
        .iter()
        .filter_map(|subject| subject.interpreter().transpose());
    Ok(Measured {
        sizes: *sizes,
        zipped: subjects.zipped,
        roots: bench.world.roots,
        interpreters: interpreters.collect::<Result<_, _>>()?,
        functions,
    })
}

struct Bench {
    world: World,
    cores: Cores,
    sizes: Sizes,
}

#[derive(Debug, Default)]
struct Cold {
    total: Vec<Duration>,
    init: Vec<Duration>,
    first: Vec<Duration>,
}

#[derive(Debug)]
struct Warm {
    operations: Vec<OfOperation>,
    peak_kib: u64,
    own_kib: u64,
}

/// A function that is up.
struct Running {
    api: RuntimeApi,
    function: Function,
    process: u32,
    begun: Instant,
}

/// What was measured of an operation so far.
struct Series {
    operation: Operation,
    cpu: Vec<Duration>,
    latency: Vec<Duration>,
    calls: u64,
}

impl Bench {
    /// One after the other, over and over. The first of each only brings its files into memory.
    async fn cold_starts(&self, subjects: &[Subject]) -> anyhow::Result<Vec<Cold>> {
        let find = events::find();
        let mut found: Vec<_> = subjects.iter().map(|_| Cold::default()).collect();
        let bar = progress((self.sizes.cold + 1).into(), "cold starts");
        for round in 0..=self.sizes.cold {
            // Each time another order: who follows an interpreter finds the caches full of something else.
            let mut turns: Vec<_> = subjects.iter().zip(&mut found).collect();
            fastrand::Rng::with_seed(round.into()).shuffle(&mut turns);
            for (subject, found) in turns {
                let api = RuntimeApi::start().await;
                let first = api.send(find.event.clone());
                let running = self.start(subject, api)?;
                let first = first.await;
                check(subject, &find, &first)?;
                if round > 0 {
                    found.total.push(first.answered - running.begun);
                    found.init.push(first.asked - running.begun);
                    found.first.push(first.answered - first.given);
                }
                running.function.stop().await;
            }
            self.world.aws.forget();
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(found)
    }

    /// All functions stay up meanwhile: who does not run costs the others nothing.
    async fn warm_requests(&self, subjects: &[Subject]) -> anyhow::Result<Vec<Warm>> {
        let mut all = Vec::new();
        for subject in subjects {
            let running = self.start(subject, RuntimeApi::start().await)?;
            let operations = match subject.name {
                Name::Service => events::all(),
                _ => vec![events::find()],
            };
            let series = operations.into_iter().map(|operation| Series {
                operation,
                cpu: Vec::new(),
                latency: Vec::new(),
                calls: 0,
            });
            all.push((subject, running, series.collect::<Vec<_>>()));
        }
        let rounds = self.sizes.warm_up + self.sizes.rounds;
        let bar = progress(rounds.into(), "warm requests");
        for round in 0..rounds {
            let counts = round >= self.sizes.warm_up;
            let mut turns: Vec<_> = all.iter_mut().collect();
            fastrand::Rng::with_seed(round.into()).shuffle(&mut turns);
            for (subject, running, series) in turns {
                for series in series {
                    self.batch(subject, running, series, counts).await?;
                }
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        let mut found = Vec::new();
        for (_, running, series) in all {
            let peak_kib = memory_kib(running.process, "VmHWM")?;
            let own_kib = memory_kib(running.process, "RssAnon")?;
            running.function.stop().await;
            let requests = f64::from(self.sizes.requests());
            let operations = series.into_iter().map(|series| series.sum_up(requests));
            found.push(Warm {
                operations: operations.collect::<Result<_, _>>()?,
                peak_kib,
                own_kib,
            });
        }
        Ok(found)
    }

    async fn batch(
        &self,
        subject: &Subject,
        running: &Running,
        series: &mut Series,
        counts: bool,
    ) -> anyhow::Result<()> {
        self.world.aws.forget();
        running.api.is_idle().await;
        let before = cpu::time_of(running.process)?;
        for _ in 0..self.sizes.batch {
            let invoked = running.api.send(series.operation.event.clone()).await;
            check(subject, &series.operation, &invoked)?;
            if counts {
                series.latency.push(invoked.answered - invoked.given);
            }
        }
        running.api.is_idle().await;
        let used = cpu::time_of(running.process)?.saturating_sub(before);
        if counts {
            series.cpu.push(used / self.sizes.batch);
            series.calls += u64::try_from(self.world.aws.targets().len())?;
        }
        Ok(())
    }

    fn start(&self, subject: &Subject, api: RuntimeApi) -> anyhow::Result<Running> {
        let mut command = Command::new(&subject.program);
        command
            .args(&subject.arguments)
            .current_dir(&subject.folder);
        let variables = self.world.variables(subject.name);
        let variables = variables.iter();
        let variables: Vec<_> = variables
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let (begun, mut function) = self.cores.on_measured(|| {
            let begun = Instant::now();
            (begun, api.start_command(command, &variables))
        });
        function.discard_log();
        let process = function
            .id()
            .with_context(|| format!("{} did not start", subject.name.text()))?;
        Ok(Running {
            api,
            function,
            process,
            begun,
        })
    }
}

impl Series {
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

/// A wrong answer may be a fast one. `hello` has but one.
fn check(subject: &Subject, operation: &Operation, invoked: &Invoked) -> anyhow::Result<()> {
    let answer: Value = serde_json::from_slice(&invoked.body)?;
    let status = answer["statusCode"].as_u64();
    ensure!(
        !invoked.is_error && status == Some(operation.status.into()),
        "{} answered {}: {answer}",
        subject.name.text(),
        operation.name,
    );
    let body = answer["body"].as_str().unwrap_or_default();
    let found =
        subject.name == Name::Hello || operation.name != "find" || body.contains("Olivia Wilde");
    ensure!(found, "{} found {body}", subject.name.text());
    Ok(())
}

/// What proc(5) says of a process, in KiB: `VmHWM` is its peak, `RssAnon` its own memory now, `RssFile` that of its files.
fn memory_kib(process: u32, what: &str) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))
        .context("the process is gone, or this is not Linux")?;
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
    let number = line.and_then(|line| line.split_whitespace().next());
    let number = number.with_context(|| format!("no {what}"))?;
    Ok(number.parse()?)
}
