//! The project's own tools: `cargo xtask <command>`.

mod aws;
mod chaos;
mod client;
mod clients;
mod cloud;
mod contract;
mod contract_diff;
mod copy;
mod emulators;
mod export;
mod fuzz;
mod hand_over;
mod import;
mod index;
mod ministack;
mod new_resource;
mod progress;
mod publish_app;
mod reproducible;
mod simulator;
mod stack;
mod supply_chain;
mod test;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{
    chaos::ChaosArgs, clients::ClientsArgs, cloud::CloudArgs, contract::ContractArgs,
    contract_diff::ContractDiffArgs, emulators::EmulatorsArgs, export::ExportArgs, fuzz::FuzzArgs,
    hand_over::Rest, import::ImportArgs, index::IndexArgs, new_resource::NewResourceArgs,
    publish_app::PublishAppArgs, reproducible::ReproducibleArgs, test::TestArgs,
    verify::VerifyArgs,
};

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
    /// Write openapi.yaml from the contract's parts
    Contract(ContractArgs),
    /// Run the stores' and the identities' tests on each simulation of AWS
    Emulators(EmulatorsArgs),
    /// Tell which changes of openapi.yaml break apps that were built before
    ContractDiff(ContractDiffArgs),
    /// Make a resource of your own
    NewResource(NewResourceArgs),
    /// Write the generated part of the clients in apps/clients from openapi.yaml
    Clients(ClientsArgs),
    /// Build the function twice, and compare what would be deployed
    Reproducible(ReproducibleArgs),
    /// Look for inputs that the service does not stand
    Fuzz(FuzzArgs),
    /// Measure how fast it is
    Bench(Rest),
    /// Put the local server and the function under too much load, and a million requests
    Load(Rest),
    /// Tell what the service costs, and which limit it meets first
    Cost(Rest),
    /// Run the fault lab: clients, faults, and a checker of what the clients saw
    Chaos(ChaosArgs),
    /// Deploy the whole stack on this machine, and test it there
    Cloud(CloudArgs),
    /// Load resources from a file into a running server, a deployment or a table
    Import(ImportArgs),
    /// Write the index that searches read, for resources that were stored without it
    Index(IndexArgs),
    /// Write every resource of a running server or a deployment to a file
    Export(ExportArgs),
    /// Check a running server or a deployment from outside, and change nothing there
    Verify(VerifyArgs),
    /// Build the web app for a stage of a deployment, and upload it there
    PublishApp(PublishAppArgs),
    /// Move Production to what Development serves
    Promote(Rest),
    /// Move Production back, during a rollout or after one
    Rollback(Rest),
    /// Tell what serves where
    Status(Rest),
    /// Show what a change set would change, and refuse what reaches Production
    Review(Rest),
    /// Tell how far the feed of changes is, or begin its logs anew
    Feed(Rest),
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Test(args) => Ok(test::run(args).await),
        Command::Contract(args) => contract::run(&args),
        Command::ContractDiff(args) => contract_diff::run(&args),
        Command::Emulators(args) => emulators::run(args).await,
        Command::Clients(args) => clients::run(&args),
        Command::NewResource(args) => new_resource::run(&args),
        Command::Reproducible(args) => reproducible::run_builds(&args),
        Command::Fuzz(args) => fuzz::run_targets(&args),
        Command::Bench(args) => args.run("bench", None).await,
        Command::Load(args) => args.run("bench", Some("load")).await,
        Command::Cost(args) => args.run("cost", None).await,
        Command::Chaos(args) => chaos::run(args).await,
        Command::Cloud(args) => cloud::run(args).await,
        Command::Import(args) => import::run(args).await,
        Command::Index(args) => index::run(args).await,
        Command::Export(args) => export::run(args).await,
        Command::Verify(args) => Ok(verify::run(args).await),
        Command::PublishApp(args) => publish_app::run(args).await,
        Command::Promote(args) => args.run("rollout", Some("promote")).await,
        Command::Rollback(args) => args.run("rollout", Some("rollback")).await,
        Command::Status(args) => args.run("rollout", Some("status")).await,
        Command::Review(args) => args.run("rollout", Some("review")).await,
        Command::Feed(args) => args.run("rollout", Some("feed")).await,
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
