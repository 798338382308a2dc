//! `cargo xtask chaos`: the fault lab of `tests/chaos`.

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    str::FromStr,
};

use anyhow::{Context as _, ensure};
use chaos::{
    canned,
    check::{self, Verdicts},
    history,
    plan::Plan,
    plant::Bug,
    run::{Means, Report, Store, run as run_plan},
    typescript::Program,
};
use clap::{Args, ValueEnum};
use programs::{
    checkout::{command, root},
    tools::{self, Tools},
};

use crate::{ministack::MiniStack, test::Counts};

/// Arguments of `chaos`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask chaos --ops 50000 --seed 1..5               five seeds on both stores
  cargo xtask chaos --seed 7 --store embedded             the laptop's server alone
  cargo xtask chaos --store canned                        each operation under each fault, one by one
  cargo xtask chaos --ops 10000 --plant read-then-write   a planted bug, which has to be caught
  cargo xtask chaos --history chaos.jsonl                 writes what the clients saw
  cargo xtask chaos --check chaos.jsonl                   judges such a file again
  cargo xtask chaos --check chaos.jsonl --porcupine       lets another checker judge it, too, and compares

Sixteen clients use the release build of the functions, behind Lambda's Runtime API, on a simulated AWS, and of the laptop's
server. Requests and answers are lost, late, doubled and cut; processes stand still and are killed, and their clocks are off by up
to 30 s. Then all is quiet, and the checker asks whether what the clients saw is possible without a broken promise.

Four of the clients are those of apps/clients/typescript, in Node. Clocks are turned by libfaketime, of which Debian's package is
unpacked into .cache. What cannot be set up is left out, with a line that says so.

A seed gives the same steps and faults again. When requests meet depends on the system, so a violation may need several runs
to come back; --history keeps what was seen. docs/reliability.md tells more.")]
pub(crate) struct ChaosArgs {
    /// The number of operations of each seed
    #[arg(long, default_value_t = 10_000)]
    ops: u64,
    /// The seed, or several: 1..5 has both ends
    #[arg(long, default_value = "1")]
    seed: Seeds,
    /// The store
    #[arg(long, value_enum, default_value_t = Which::Both)]
    store: Which,
    /// Plant a bug; the command then fails if it is not caught
    #[arg(long, value_name = "BUG")]
    plant: Option<Bug>,
    /// Write the history of the last run as JSON lines
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// Judge the history in this file, and run nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ops", "seed", "store", "plant", "history"])]
    check: Option<PathBuf>,
    /// Judge it with Porcupine as well, and fail if one item has two verdicts
    #[arg(long, requires = "check")]
    porcupine: bool,
    /// Use builds without optimisation, which take less time to make
    #[arg(long)]
    debug: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// The function on DynamoDB and Cognito, simulated
    Dynamodb,
    /// The laptop's server on its own store
    Embedded,
    /// Both of these
    Both,
    /// The function before canned answers: no seed, but each operation under each fault
    Canned,
}

/// Some seeds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seeds(Vec<u64>);

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = |text: &str| {
            let number = text.parse::<u64>();
            number.map_err(|_| format!("{text:?} is no seed: a number, or two as in 1..5"))
        };
        let seeds: Vec<_> = match text.split_once("..") {
            Some((first, last)) => (parse(first)?..=parse(last.trim_start_matches('='))?).collect(),
            None => vec![parse(text)?],
        };
        if seeds.is_empty() {
            return Err(format!(
                "{text:?} has no seed: the first is behind the last"
            ));
        }
        Ok(Self(seeds))
    }
}

pub(crate) async fn run(args: ChaosArgs) -> anyhow::Result<ExitCode> {
    if let Some(file) = &args.check {
        return judge(file, args.porcupine);
    }
    let tools = Tools::default();
    if args.store == Which::Canned {
        ensure!(
            args.plant.is_none() && args.history.is_none(),
            "canned answers have no bug to plant and no history to write: leave out --plant and --history"
        );
        let function = build(!args.debug, "api-function", "api-function")?;
        let table = canned::run(&function).await;
        println!("{table}");
        return Ok(ExitCode::from(u8::from(!table.is_good())));
    }
    let means = means(&tools);
    let (ministack, stores) = stores(&tools, args.store, !args.debug).await?;
    let mut caught = false;
    for seed in &args.seed.0 {
        for store in &stores {
            let report = run_plan(store, &means, &Plan::new(*seed, args.ops), args.plant).await;
            println!("\n{report}");
            if let Some(file) = &args.history {
                write(file, &report)?;
            }
            caught |= !report.is_good();
        }
    }
    drop(ministack);
    let wanted = args.plant.is_some();
    if let Some(bug) = args.plant {
        println!(
            "\n{}: {}",
            bug.name(),
            if caught { "caught" } else { "NOT CAUGHT" }
        );
    }
    Ok(ExitCode::from(u8::from(caught != wanted)))
}

/// A short run on both stores, and the canned answers. Each run counts as one test, and so does whether what was to take part in it did, and
/// each pair of an operation and a fault.
pub(crate) async fn test(tools: &Tools) -> anyhow::Result<Counts> {
    let means = means(tools);
    let (ministack, stores) = stores(tools, Which::Both, false).await?;
    let mut counts = Counts::default();
    for store in &stores {
        let operations = match store {
            Store::DynamoDb { .. } => 600,
            Store::Embedded(_) => 1_200,
        };
        let report = run_plan(store, &means, &Plan::new(1, operations), None).await;
        println!("{report}");
        let clocks_are_off = means.faketime.is_none() || report.moments.off > 0;
        let has_typescript = means.typescript.is_none() || report.deeds.contains_key("TypeScript");
        for (holds, what) in [
            (report.is_good(), "it keeps its promises"),
            (clocks_are_off, "clocks that are off show"),
            (has_typescript, "clients in TypeScript take part"),
        ] {
            if holds {
                counts = counts + Counts::PASSED;
            } else {
                println!("!! {}: not so: {what}", report.store);
                counts.failed += 1;
            }
        }
    }
    drop(ministack);
    let table = canned::run(&programs::build_program("api-function")?).await;
    println!("{table}");
    let pairs = table.0.iter().map(|cell| cell.violations.is_empty());
    let (passed, failed): (Vec<_>, Vec<_>) = pairs.partition(|holds| *holds);
    Ok(counts
        + Counts {
            passed: u64::try_from(passed.len())?,
            failed: u64::try_from(failed.len())?,
        })
}

/// What can be set up of what a run can do without.
fn means(tools: &Tools) -> Means {
    fn or_without<T>(found: anyhow::Result<T>, without: &str) -> Option<T> {
        found
            .inspect_err(|error| println!("!! {without}: {error:#}"))
            .ok()
    }
    Means {
        faketime: or_without(tools::faketime(), "NO CLOCK IS TURNED"),
        typescript: or_without(typescript(tools), "NO CLIENT IN TYPESCRIPT TAKES PART"),
    }
}

/// Builds the client in TypeScript as its README says.
fn typescript(tools: &Tools) -> anyhow::Result<Program> {
    let folder = root().join("apps/clients/typescript");
    tools.modules("apps/clients/typescript")?;
    tools::run(
        command("npm")
            .current_dir(&folder)
            .args(["run", "--silent", "build"]),
    )?;
    Ok(Program {
        node: tools::node()?,
        script: root().join("tests/tools/clients/chaos.mjs"),
        client: folder.join("dist/index.js"),
    })
}

fn build(release: bool, package: &str, name: &str) -> anyhow::Result<PathBuf> {
    if release {
        programs::build_released(package, name)
    } else {
        programs::build_program(name)
    }
}

/// Builds the programs, and starts what they need.
async fn stores(
    tools: &Tools,
    which: Which,
    release: bool,
) -> anyhow::Result<(Option<MiniStack>, Vec<Store>)> {
    let build = |package: &str, name: &str| build(release, package, name);
    let mut stores = Vec::new();
    let mut ministack = None;
    if which != Which::Embedded {
        let function = build("api-function", "api-function")?;
        let relay = build("changes-function", "changes-function")?;
        let started = MiniStack::start(&tools.python("python")?).await?;
        stores.push(Store::DynamoDb {
            aws: started.url().to_owned(),
            function,
            relay,
        });
        ministack = Some(started);
    }
    if which != Which::Dynamodb {
        stores.push(Store::Embedded(build("local", "dev")?));
    }
    Ok((ministack, stores))
}

fn write(file: &Path, report: &Report) -> anyhow::Result<()> {
    let open = File::create(file).with_context(|| format!("{}", file.display()))?;
    history::write(&report.events, BufWriter::new(open))
        .with_context(|| format!("{}", file.display()))?;
    println!("The history is in {}.", file.display());
    Ok(())
}

fn judge(file: &Path, with_porcupine: bool) -> anyhow::Result<ExitCode> {
    let open = File::open(file).with_context(|| format!("{}", file.display()))?;
    let events = history::read(BufReader::new(open));
    let events = events.with_context(|| format!("{}", file.display()))?;
    let verdicts = check::check(&events);
    for violation in &verdicts.violations {
        print!("{violation}");
    }
    for item in &verdicts.undecided {
        println!("undecided: {item}");
    }
    println!(
        "{} requests, {} items, {} violations, {} undecided",
        events.len(),
        verdicts.items.len(),
        verdicts.violations.len(),
        verdicts.undecided.len()
    );
    if with_porcupine {
        let differ = compare(file, &verdicts)?;
        return Ok(ExitCode::from(u8::from(differ)));
    }
    Ok(ExitCode::from(u8::from(!verdicts.is_good())))
}

/// Lets Porcupine judge each item of a history. True if a verdict differs.
fn compare(file: &Path, verdicts: &Verdicts) -> anyhow::Result<bool> {
    let program = Tools::default().porcupine()?;
    let output = Command::new(program).stdin(File::open(file)?).output()?;
    ensure!(
        output.status.success(),
        "Porcupine: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let (mut equal, mut given_up, mut differ) = (0, 0, 0);
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let (verdict, item) = line.split_once(' ').unwrap_or_default();
        let ours = verdicts.items.get(item).copied().unwrap_or(true);
        match verdict {
            "Unknown" => given_up += 1,
            _ if (verdict == "Ok") == ours => equal += 1,
            _ => {
                println!("{item}: Porcupine says {verdict}");
                differ += 1;
            }
        }
    }
    println!(
        "Porcupine: {equal} verdicts are equal, {differ} differ, {given_up} searches were given up"
    );
    Ok(differ > 0)
}

#[cfg(test)]
mod tests;
