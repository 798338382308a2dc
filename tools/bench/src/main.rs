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
mod under_load;

use std::{env, process::ExitCode};

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
  cargo xtask bench load               too much load, and a million requests: half an hour
  cargo xtask bench --quick            whether they still run: seconds, not minutes, in this very build
  cargo xtask bench function --against before=/tmp/before/bootstrap
                                       this function and another build of it, in turns

The exit status is 1 when a goal is missed. Close other programs first. The benchmark `function` also
needs python3 (3.11 or later) and Node.js (20 or later); the rest is set up in .cache and tools/bench/peers."
)]
struct Setting {
    /// Which benchmarks; all but `load` if none is named
    #[arg(value_enum)]
    benchmarks: Vec<Benchmark>,
    /// Small sizes and no release build, to see that the benchmarks run; the figures mean nothing
    #[arg(long)]
    quick: bool,
    /// How long each loop of `load` lasts, in seconds [default: 60]
    #[arg(long)]
    seconds: Option<f64>,
    /// How many requests `load` sends while it watches memory and handles [default: 1000000]
    #[arg(long)]
    requests: Option<u64>,
    /// Take what `instructions` finds now as the record
    #[arg(long)]
    record: bool,
    /// Compare the function with another build of it, in place of the peers; may be given more than once
    #[arg(long, value_name = "NAME=PROGRAM", value_parser = function::other)]
    against: Vec<function::Other>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Benchmark {
    /// The Lambda function's cold start, CPU time and memory, against others that do the same
    Function,
    /// The function's instructions, counted by valgrind, against those on record: a part of the tests
    Instructions,
    /// A page and a poll of the feed with 1,000 resources against 1,000,000, on the embedded store
    List,
    /// The local server and the function under too much load, and for long: half an hour, so only by its name
    Load,
    /// Requests a second, latency and CPU of the local server at 1, 16 and 64 connections
    Serve,
}

#[tokio::main]
async fn main() -> ExitCode {
    run(Setting::parse()).await.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run(setting: Setting) -> anyhow::Result<ExitCode> {
    let named = &setting.benchmarks;
    // The speed of this program does not change a count of instructions.
    let needs_release = !setting.quick && named != &[Benchmark::Instructions];
    if cfg!(debug_assertions) && needs_release {
        return run_release_build(named);
    }
    let mut all_met = true;
    for benchmark in Benchmark::value_variants() {
        let is_wanted = match named.as_slice() {
            [] => *benchmark != Benchmark::Load,
            named => named.contains(benchmark),
        };
        if !is_wanted {
            continue;
        }
        let is_met = match benchmark {
            Benchmark::Function => function::run(&setting).await,
            Benchmark::Instructions if setting.quick => {
                println!("nothing about instructions is quick; they are counted without --quick");
                continue;
            }
            Benchmark::Instructions => {
                function::instructions::run(&Tools::default(), setting.record).await
            }
            Benchmark::List => list::run(setting.quick).await,
            Benchmark::Load => under_load::run(&setting).await,
            Benchmark::Serve => serve::run(setting.quick).await.map(|()| true),
        };
        all_met &= is_met.with_context(|| format!("benchmark {benchmark:?}"))?;
    }
    // Small sizes only show that the benchmarks run; goals do not apply to them.
    Ok(ExitCode::from(u8::from(!all_met && !setting.quick)))
}

/// Builds this program as for a release, and runs it with the same arguments.
fn run_release_build(benchmarks: &[Benchmark]) -> anyhow::Result<ExitCode> {
    let serves = |one: &Benchmark| matches!(one, Benchmark::Serve | Benchmark::Load);
    let with_dev = benchmarks.is_empty() || benchmarks.iter().any(serves);
    // The benchmark `function` measures other processes, so this program need not be fully optimised.
    let only_asks = benchmarks == [Benchmark::Function];
    let mut bench = command(programs::build_release(with_dev, only_asks)?);
    let status = bench.args(env::args_os().skip(1)).status();
    let status = status.context("the release build does not start")?;
    Ok(ExitCode::from(u8::from(!status.success())))
}
