//! `cargo xtask emulators`: the suites of the store and of the identity, and the rules of AWS that they depend on, on each simulation of AWS
//! that there is.
//!
//! One simulation is one opinion of what AWS does. Where two of them differ, AWS's documentation decides, and the table in
//! `docs/reliability.md` says how. The tests that an emulator is known to fail are listed with the suites, and ignored by name.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Instant,
};

use clap::{Args, ValueEnum};
use programs::{
    checkout::{cargo, command, root},
    tools::Tools,
};

use crate::{
    ministack::MiniStack,
    simulator::{Program, Simulator, isolated},
    test::{Counts, tests},
};

/// Arguments of `emulators`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask emulators                        the suites on all of them
  cargo xtask emulators moto                   on one
  cargo xtask emulators moto --suite identity  one suite on one
  cargo xtask emulators --suite rules          which rules of AWS each of them keeps: seconds
  cargo xtask emulators dynalite --known       also the tests that it is known to fail
  cargo xtask emulators moto -- guards::       the tests with this in their names

It is no part of `cargo xtask test`, where the suites run on MiniStack: moto alone takes minutes, because each of its transactions copies
whole tables, and both are asked about AWS, not about a change of this code. The exit status is 1 when a test fails that is not
known to. docs/reliability.md has the differences, each judged by AWS's documentation.")]
pub(crate) struct EmulatorsArgs {
    /// Which emulators; all of them if none is named
    #[arg(value_enum)]
    emulators: Vec<Emulator>,
    /// Run one suite alone
    #[arg(long, value_enum)]
    suite: Option<Suite>,
    /// Run the tests that an emulator is known to fail as well
    #[arg(long)]
    known: bool,
    /// Run the tests alone whose names contain this
    #[arg(last = true)]
    filter: Option<String>,
}

/// A simulation of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Emulator {
    /// DynamoDB and Cognito, in Python: what `cargo xtask test` runs on
    #[value(name = "ministack")]
    MiniStack,
    /// DynamoDB and Cognito, in Python
    Moto,
    /// DynamoDB, in JavaScript; without transactions and streams, which the launcher adds
    Dynalite,
}

/// A suite that runs on any simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Suite {
    /// The promises of the stores, on DynamoDB
    Store,
    /// The promises of the identities, on Cognito
    Identity,
    /// What AWS documents of DynamoDB, as far as the store depends on it
    Rules,
}

impl Emulator {
    fn name(self) -> &'static str {
        match self {
            Self::MiniStack => "ministack",
            Self::Moto => "moto",
            Self::Dynalite => "dynalite",
        }
    }

    fn suites(self) -> &'static [Suite] {
        match self {
            Self::MiniStack | Self::Moto => &[Suite::Rules, Suite::Store, Suite::Identity],
            Self::Dynalite => &[Suite::Rules, Suite::Store],
        }
    }

    async fn start(self, tools: &Tools) -> anyhow::Result<Running> {
        Ok(match self {
            Self::MiniStack => {
                Running::MiniStack(MiniStack::start(&tools.python("python")?).await?)
            }
            Self::Moto => Running::Other(Simulator::start(&Moto(tools.moto()?)).await?),
            Self::Dynalite => {
                // dynalite is one of the modules that node finds beside the launcher.
                tools.dynalite()?;
                Running::Other(Simulator::start(&Dynalite(programs::tools::node()?)).await?)
            }
        })
    }
}

enum Running {
    MiniStack(MiniStack),
    Other(Simulator),
}

impl Running {
    fn url(&self) -> &str {
        match self {
            Self::MiniStack(ministack) => ministack.url(),
            Self::Other(simulator) => simulator.url(),
        }
    }
}

/// moto, in the Python that has it.
struct Moto(PathBuf);

impl Program for Moto {
    const NAME: &'static str = "moto";
    const READY: &'static str = "/moto-api/";

    fn command(&self, port: u16, folder: &Path) -> Command {
        let mut command = isolated(&self.0, folder);
        command
            .args(["-I", "-B", "-c", include_str!("emulators/moto.py")])
            .arg(port.to_string());
        command
    }
}

/// dynalite, in this Node.
struct Dynalite(PathBuf);

impl Program for Dynalite {
    const NAME: &'static str = "dynalite";
    const READY: &'static str = "/";

    fn command(&self, port: u16, folder: &Path) -> Command {
        let mut command = isolated(&self.0, folder);
        command
            .arg(root().join("tests/tools/dynalite/launcher.mjs"))
            .arg(port.to_string());
        command
    }
}

pub(crate) async fn run(args: EmulatorsArgs) -> anyhow::Result<ExitCode> {
    let tools = Tools::default();
    let all = Emulator::value_variants();
    let chosen = if args.emulators.is_empty() {
        all
    } else {
        &args.emulators
    };
    let mut total = Counts::default();
    let mut lines = Vec::new();
    for &emulator in chosen {
        for &suite in emulator.suites() {
            if args.suite.is_some_and(|wanted| wanted != suite) {
                continue;
            }
            let begun = Instant::now();
            // One of its own for each suite, so that neither finds what the other left.
            let running = emulator.start(&tools).await?;
            let counts = run_suite(emulator, suite, running.url(), &args, &tools)?;
            let (name, seconds) = (emulator.name(), begun.elapsed().as_secs_f64());
            lines.push(format!("{name:10} {suite:?}: {counts}, {seconds:.0} s"));
            total = total + counts;
        }
    }
    println!("\n{}\n\n{total}", lines.join("\n"));
    Ok(total.status())
}

fn run_suite(
    emulator: Emulator,
    suite: Suite,
    url: &str,
    args: &EmulatorsArgs,
    tools: &Tools,
) -> anyhow::Result<Counts> {
    let (test, backend, endpoint) = match suite {
        Suite::Rules => {
            // boto3 is one of moto's packages.
            let mut rules = command(tools.moto()?);
            rules.args(["-B", "tests/tools/aws_rules.py", emulator.name(), url]);
            return tests(&mut rules);
        }
        Suite::Store => ("store", "dynamodb::", "DYNAMODB_ENDPOINT"),
        Suite::Identity => ("identity", "cognito::", "COGNITO_ENDPOINT"),
    };
    let mut command = cargo(&["test", "--workspace", "--no-fail-fast", "--test", test]);
    // The name of a test begins with its backend.
    let filter = args.filter.as_deref();
    command
        .arg("--")
        .arg(filter.map_or(backend.to_owned(), ToOwned::to_owned))
        .env(endpoint, url)
        .env("EMULATOR", emulator.name());
    if filter.is_some() {
        command.args(["--skip", "memory::", "--skip", "file::"]);
    }
    if args.known {
        command.arg("--include-ignored");
    }
    tests(&mut command)
}
