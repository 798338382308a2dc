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

use std::io::{self, Write as _};

use clap::{Parser, ValueEnum};

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
  cargo xtask cost month --memory 512                 the bill of a month at 1k, 1M and 1B requests
  cargo xtask cost scale --users 5000                 which limit breaks first at 10, 1,000 and 1,000,000 times 5,000 users

Prices, limits and assumptions are in tools/cost/inputs/, each with its source. Edit them there."
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

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let inputs = Inputs::read()?;
    let machine = Machine {
        memory: cli.memory,
        architecture: cli.architecture,
    };
    let all = Section::value_variants().iter();
    let named = all.filter(|one| cli.sections.is_empty() || cli.sections.contains(one));
    let texts = named.map(|section| match section {
        Section::Operations => money::table(&inputs),
        Section::Month => month::table(&inputs, machine),
        Section::Scale => scale::table(&inputs, machine, cli.users),
    });
    let text = texts.collect::<Vec<_>>().join("\n");
    match io::stdout().write_all(text.as_bytes()) {
        // The reader closed the pipe, such as `head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

#[cfg(test)]
mod tests;
