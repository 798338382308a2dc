//! The cost of this service and the load that it carries: `cargo xtask cost` runs it.
//!
//! | question | where |
//! | --- | --- |
//! | which prices, limits and assumptions | [`input`], from `inputs/` |
//! | how many units of DynamoDB an operation consumes | [`operation`], by the rules of [`units`] |
//! | what a million of them cost | [`money`] |
//! | what a month costs | [`month`] |
//! | which limit breaks first, and when | [`scale`] |
//!
//! Nothing here asks AWS, and nothing here is a bill: it is arithmetic on list prices and published limits.

mod input;
mod money;
mod month;
mod operation;
mod scale;
mod text;
mod units;

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, ValueEnum};
use serde_json::{Map, Value};

use crate::{
    input::{Architecture, Inputs},
    money::Machine,
};

/// Tell what the service costs, and which limit it meets first
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask cost",
    bin_name = "cargo xtask cost",
    after_help = "\
Examples:
  cargo xtask cost                                    everything, as in docs/cost.md
  cargo xtask cost operations                         dollars for a million requests of each operation
  cargo xtask cost operations --measured target/bench/function.json
                                                      the same with the CPU times that `cargo xtask bench` found
  cargo xtask cost month --memory 512                 the bill of a month at 1k, 1M and 1B requests
  cargo xtask cost scale --users 5000                 which limit breaks first at 10, 1,000 and 1,000,000 times 5,000 users
  cargo xtask cost scale --json | jq '.scale.limits[0]'

Prices, limits and assumptions are in tools/cost/inputs/, each with its source. Copy a file, change it, and name it with
--prices, --limits or --load."
)]
struct Cli {
    /// Sections to print; everything if nothing is named
    #[arg(value_enum)]
    sections: Vec<Section>,
    /// Memory of the function in megabytes
    #[arg(long, value_name = "MB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(128..=10_240))]
    memory: u32,
    /// Processor of the function
    #[arg(long, value_enum, default_value_t = Architecture::Arm64)]
    architecture: Architecture,
    /// Number of users that `scale` begins with
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    users: u32,
    /// Figures of `cargo xtask bench` to take CPU times from: target/bench/function.json
    #[arg(long, value_name = "FILE")]
    measured: Option<PathBuf>,
    /// Prices other than tools/cost/inputs/prices.yaml
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Limits other than tools/cost/inputs/limits.yaml
    #[arg(long, value_name = "FILE")]
    limits: Option<PathBuf>,
    /// Assumptions other than tools/cost/inputs/load.yaml
    #[arg(long, value_name = "FILE")]
    load: Option<PathBuf>,
    /// Print JSON instead of tables
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Section {
    /// Dollars for a million requests of each operation, at four sizes and both processors
    Operations,
    /// The bill of a month at 1k, 1M and 1B requests
    Month,
    /// The limit that breaks first at 10, 1,000 and 1,000,000 times the users
    Scale,
}

impl Section {
    fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    let mut inputs = Inputs::read(
        cli.prices.as_deref(),
        cli.limits.as_deref(),
        cli.load.as_deref(),
    )?;
    if let Some(file) = &cli.measured {
        inputs.measure(file)?;
    }
    inputs.check()?;
    let machine = Machine {
        memory: cli.memory,
        architecture: cli.architecture,
    };
    let mut all = Map::new();
    let mut texts = Vec::new();
    for &section in Section::value_variants() {
        if !cli.sections.is_empty() && !cli.sections.contains(&section) {
            continue;
        }
        let (json, text) = match section {
            Section::Operations => told(&money::table(&inputs), money::text)?,
            Section::Month => told(&month::table(&inputs, machine), month::text)?,
            Section::Scale => told(&scale::table(&inputs, machine, cli.users), scale::text)?,
        };
        all.insert(section.name(), json);
        texts.push(text);
    }
    let text = if cli.json {
        serde_json::to_string_pretty(&Value::Object(all))? + "\n"
    } else {
        texts.join("\n")
    };
    match io::stdout().write_all(text.as_bytes()) {
        // The reader closed the pipe, such as `head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

fn told<T: serde::Serialize>(
    found: &T,
    text: impl FnOnce(&T) -> String,
) -> anyhow::Result<(Value, String)> {
    Ok((serde_json::to_value(found)?, text(found)))
}

#[cfg(test)]
mod tests;
