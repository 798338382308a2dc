//! The benchmarks of the service, most of them with a ratio as their goal: `cargo xtask bench` runs this.
//!
//! A benchmark is a file here and a variant of [`Benchmark`]. Benchmarks run in a release build: the command builds one
//! and starts itself again from it.

mod cpu;
mod figures;
mod function;
mod list;
mod load;
mod noun;
mod serve;
mod server;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use programs::{checkout::command, tools::Tools};

/// Measure how fast it is
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask bench",
    bin_name = "cargo xtask bench",
    after_help = "\
Examples:
  cargo xtask bench                    all benchmarks
  cargo xtask bench function           one of them
  cargo xtask bench --quick            whether they still run: seconds, not minutes, in this very build
  cargo xtask bench function --against before=/tmp/before/bootstrap
                                       this function and another build of it, in turns

The exit status is 1 when a goal is missed. Close other programs first. The benchmark `function` also
needs python3 (3.11 or later) and Node.js (20 or later); the rest is set up in .cache and tools/bench/peers."
)]
struct Setting {
    /// Which benchmarks; all of them if none is named
    #[arg(value_enum)]
    benchmarks: Vec<Benchmark>,
    /// Small sizes and no release build, to see that the benchmarks run; the figures mean nothing
    #[arg(long)]
    quick: bool,
    /// Take what `instructions` finds now as the record
    #[arg(long)]
    record: bool,
    /// Compare the function with another build of it, in place of the peers; may be given more than once
    #[arg(long, value_name = "NAME=PROGRAM")]
    against: Vec<function::Other>,
    /// Set by the command itself when it runs its release build
    #[arg(long, hide = true)]
    is_release: bool,
    /// The `dev` server to measure; set by the command itself, which knows where it put the release build
    #[arg(long, hide = true)]
    dev: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Benchmark {
    /// The Lambda function's cold start, CPU time and memory, against others that do the same
    Function,
    /// The function's instructions, counted by valgrind, against those on record: a part of the tests
    Instructions,
    /// A page of 1,000 resources against a page of 1,000,000, on the embedded store
    List,
    /// Requests a second, latency and CPU of the local server at 1, 16 and 64 connections
    Serve,
}

impl Benchmark {
    fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    fn needs_dev(self) -> bool {
        self == Self::Serve
    }

    /// True if the benchmark counts instructions. It needs no release build of this program, whose speed does not
    /// change the count.
    fn only_counts(self) -> bool {
        self == Self::Instructions
    }
}

impl Setting {
    /// The settings of `--quick`.
    #[cfg(test)]
    fn quick() -> Self {
        Self::parse_from(["bench", "--quick"])
    }

    /// The `dev` server to measure; it is built when it is first needed.
    fn dev(&self) -> anyhow::Result<PathBuf> {
        self.dev
            .clone()
            .map_or_else(|| programs::build_program("dev"), Ok)
    }
}

/// The verdict: a benchmark met its goal, missed it, or has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Met,
    Missed,
    NoGoal,
}

#[tokio::main]
async fn main() -> ExitCode {
    run(Setting::parse()).await.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run(setting: Setting) -> anyhow::Result<ExitCode> {
    let only_counts = setting.benchmarks.iter().all(|one| one.only_counts());
    let only_counts = only_counts && !setting.benchmarks.is_empty();
    if !setting.quick && !setting.is_release && !only_counts {
        return run_release_build(&setting);
    }
    let mut missed = false;
    for benchmark in Benchmark::value_variants() {
        if !setting.benchmarks.is_empty() && !setting.benchmarks.contains(benchmark) {
            continue;
        }
        if setting.quick && benchmark.only_counts() {
            let name = benchmark.name();
            println!("{name}: nothing about it is quick; it is counted without --quick");
            continue;
        }
        let verdict = match benchmark {
            Benchmark::Function => function::run(&setting).await,
            Benchmark::Instructions => {
                function::instructions::run(&Tools::default(), setting.record).await
            }
            Benchmark::List => list::run(&setting).await,
            Benchmark::Serve => serve::run(&setting).await,
        };
        let verdict = verdict.with_context(|| format!("benchmark {}", benchmark.name()))?;
        // Small sizes only show that the benchmarks run; goals do not apply to them.
        missed |= verdict == Verdict::Missed && !setting.quick;
    }
    Ok(ExitCode::from(u8::from(missed)))
}

fn run_release_build(args: &Setting) -> anyhow::Result<ExitCode> {
    let benchmarks = &args.benchmarks;
    let with_dev = benchmarks.is_empty() || benchmarks.iter().any(|one| one.needs_dev());
    // The benchmark `function` measures other processes, so this program need not be fully optimised.
    let only_asks = benchmarks == &[Benchmark::Function];
    let programs = programs::build_release(with_dev, only_asks)?;
    let mut bench = command(&programs.bench);
    bench
        .args(benchmarks.iter().map(|benchmark| benchmark.name()))
        .arg("--is-release");
    if args.record {
        bench.arg("--record");
    }
    for other in &args.against {
        bench.arg("--against").arg(other.to_string());
    }
    if let Some(dev) = &programs.dev {
        bench.arg("--dev").arg(dev);
    }
    let status = bench.status().context("the release build does not start")?;
    Ok(ExitCode::from(u8::from(!status.success())))
}
