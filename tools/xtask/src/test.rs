//! `cargo xtask test`: everything that a change has to pass.

mod apps;
mod beside;
mod contract_diff;
#[cfg(test)]
mod features;
mod libtest;
mod new_resource;
mod steps;

use std::{fmt, ops::Add, process::ExitCode, time::Instant};

use clap::{Args, ValueEnum};
use programs::tools::Tools;

use self::beside::Beside;
pub(crate) use self::steps::tests;

/// Arguments of `test`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask test                                     everything
  cargo xtask test --only fmt --only clippy            two steps
  cargo xtask test --skip cloud --skip schemathesis    all but two
  cargo xtask test --list                              what the steps are

Steps go on after one that failed. Two run at a time, from both ends of the list; what the later ones have to say is
printed when each has ended. With --only, they run one by one. The last line is the result, `N passed, N failed`:
every test of cargo counts, and every other step counts as one. cargo, python3 (3.11 or later), node and npm must
be there; what else is needed is set up in .cache and in folders node_modules. The steps typescript and
quickstart need Chromium (or CHROMIUM=/path/to/it), kotlin a JDK 17 and Maven, which are installed on
Debian if the user is root; swift and bare work there only, as root, and are left out elsewhere with a line that says so.")]
pub(crate) struct TestArgs {
    /// Run this step alone; give it again for more
    #[arg(long, value_name = "STEP", value_enum)]
    only: Vec<Step>,
    /// Leave this step out; give it again for more
    #[arg(long, value_name = "STEP", value_enum)]
    skip: Vec<Step>,
    /// List the steps and run none
    #[arg(long)]
    list: bool,
}

/// The steps. Two run at a time, from both ends of the list: builds from its beginning, and from its end what leaves processors
/// idle, downloads first. In the middle are short ones, so that both sides end at about the same time, and the browser's tests of the app, which
/// want an answer in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// `cargo fmt --check`
    Fmt,
    /// `cargo clippy`, warnings are errors
    Clippy,
    /// `cargo test`: unit, API, contract, store and identity tests, documentation examples
    Test,
    /// The store's tests and the identity's on MiniStack: DynamoDB and Cognito
    Cloud,
    /// A resource that `new-resource` makes in a copy of the checkout: the API's tests, and the stores' on it
    NewResource,
    /// `cargo doc`, warnings are errors
    Doc,
    /// Schemathesis: the running server against openapi.yaml
    Schemathesis,
    /// The client in TypeScript against the running server, in Node and in Chromium
    #[value(name = "typescript")]
    TypeScript,
    /// Clients on Node and in Python: none sees an error in the place of an answer; what is generated of apps/clients
    Clients,
    /// openapi.yaml is what its parts say, breaks no app that was released, and Redocly lints it
    Openapi,
    /// What is linked: licences, sources and, where it can be reached, RustSec's database; secrets in the history
    SupplyChain,
    /// Check the workflows of GitHub Actions with zizmor, and against their JSON schema
    Workflows,
    /// template.yaml: cfn-lint, `sam validate`, checkov, cfn-guard, and what each kind of deployment
    /// changes
    Template,
    /// The local server on a Debian with nothing installed, killed and started again
    Bare,
    /// The quickstart app in Chromium, and whether what is built in is what its sources say
    Quickstart,
    /// The function's instructions, from its start to its answers, against those on record
    Instructions,
    /// The fault lab: a short run of one seed on both stores, and each operation under each fault
    Chaos,
    /// The client in Kotlin against the running server, by Maven
    Kotlin,
    /// The client in Swift against the running server, with Swift for Linux
    Swift,
    /// The whole stack on MiniStack, by `sam deploy`: both stages through API Gateway
    Deploy,
    /// Set up the tools that cargo does not bring: a Python environment and node modules
    Tools,
}

impl Step {
    /// The name of the step in arguments, and its description.
    pub(crate) fn help(self) -> (String, String) {
        let value = self.to_possible_value().unwrap_or_default();
        let description = value.get_help().map(ToString::to_string);
        (value.get_name().to_owned(), description.unwrap_or_default())
    }
}

/// The numbers of passed and failed tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Counts {
    /// The result of a step that counts as one test.
    pub(crate) const PASSED: Self = Self {
        passed: 1,
        failed: 0,
    };
    const FAILED: Self = Self {
        passed: 0,
        failed: 1,
    };

    /// The exit status: a failure if a test failed.
    pub(crate) fn status(self) -> ExitCode {
        ExitCode::from(u8::from(self.failed > 0))
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
        }
    }
}

pub(crate) async fn run(args: TestArgs) -> ExitCode {
    let wanted = |step: &Step| {
        (args.only.is_empty() || args.only.contains(step)) && !args.skip.contains(step)
    };
    let chosen = Step::value_variants().iter().copied().filter(wanted);
    if args.list {
        for (name, description) in chosen.map(Step::help) {
            println!("{name:13} {description}");
        }
        return ExitCode::SUCCESS;
    }
    let tools = Tools::default();
    let mut results = Results::default();
    if args.only.is_empty() {
        results.run_all(chosen, &tools).await;
    } else {
        for step in chosen {
            results.run(step, &tools).await;
        }
    }
    println!("{results}");
    results.total.status()
}

/// The results so far.
#[derive(Debug, Default)]
struct Results {
    total: Counts,
    lines: Vec<String>,
}

impl Results {
    /// Runs two steps at a time: a build keeps two processors busy, but a browser or a download keeps none.
    async fn run_all(&mut self, steps: impl IntoIterator<Item = Step>, tools: &Tools) {
        let beside = match Beside::start(steps) {
            Ok(beside) => beside,
            Err(error) => return self.add(Err(error)),
        };
        while let Some(step) = beside.next() {
            self.run(step, tools).await;
            beside.ended().for_each(|results| self.add(results));
        }
        beside.rest().for_each(|results| self.add(results));
    }

    async fn run(&mut self, step: Step, tools: &Tools) {
        let (name, description) = step.help();
        println!("\n{:=<100}", format!("== {name}: {description} "));
        let begun = Instant::now();
        let counts = steps::run(step, tools).await.unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Counts::FAILED
        });
        let (mark, result) = match counts.failed {
            0 => ("  ", "passed"),
            _ => ("!!", "FAILED"),
        };
        let Counts { passed, failed } = counts;
        let seconds = begun.elapsed().as_secs_f64();
        let line = format!("{mark} {name:13} {result:8}{passed:>7}{failed:>8}{seconds:>8.1} s");
        println!("{line}");
        self.lines.push(line);
        self.total = self.total + counts;
    }

    /// Adds the results of a step that ran beside others.
    fn add(&mut self, others: anyhow::Result<Self>) {
        match others {
            Ok(others) => {
                self.lines.extend(others.lines);
                self.total = self.total + others.total;
            }
            Err(error) => {
                eprintln!("error: {error:#}");
                self.total = self.total + Counts::FAILED;
            }
        }
    }
}

/// A table, and the result on the last line.
impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n   {:13} {:8}{:>7}{:>8}{:>10}",
            "step", "result", "passed", "failed", "time"
        )?;
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        write!(f, "\n{}", self.total)
    }
}
