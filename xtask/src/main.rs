//! The project's own tools: `cargo xtask <command>`.

mod bench;
mod checkout;
mod client;
mod export;
mod import;
mod records;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{bench::BenchArgs, export::ExportArgs, import::ImportArgs, test::TestArgs};

/// The project's own tools. They need cargo; some of the tests also python3 and node.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything that a change has to pass
    Test(TestArgs),
    /// Measure how fast it is
    Bench(BenchArgs),
    /// Load movies from a file into a running server, a deployment or a table
    Import(ImportArgs),
    /// Write every movie of a running server or a deployment to a file
    Export(ExportArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Test(args) => Ok(test::run(args).await),
        Command::Bench(args) => bench::run(args).await,
        Command::Import(args) => import::run(args).await,
        Command::Export(args) => export::run(args).await,
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
