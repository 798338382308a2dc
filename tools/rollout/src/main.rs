//! Moves Production, reviews deployments, and tells of the feed of changes: `cargo xtask promote`, `rollback`, `status`, `review` and
//! `feed` run this.
//!
//! | step | where |
//! | --- | --- |
//! | the state of both stages | [`state`], read from [`cloud`] |
//! | the reasons to refuse | [`refusal`] |
//! | the change | [`promote`], [`rollback`]: one update of the stack, which moves everything |
//! | the changes that a deployment may make | [`review`], from a change set |
//! | watching the update | [`follow`], shown by [`screen`] in the words of [`view`] |
//! | the logs of changes | [`feed`]: `cargo xtask feed` |
//!
//! It is a program of its own because the AWS clients take minutes to compile, and the other tools do not need them.

mod ask;
mod cloud;
mod companion;
mod feed;
mod follow;
mod marker;
mod promote;
mod refusal;
mod review;
mod rollback;
mod screen;
mod state;
mod status;
mod target;
mod view;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{
    feed::FeedArgs, follow::End, promote::PromoteArgs, refusal::Refusal, review::ReviewArgs,
    rollback::RollbackArgs, status::StatusArgs,
};

/// Moves Production, and tells where it is.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Move Production to what Development serves
    Promote(PromoteArgs),
    /// Move Production back, during a rollout or after one
    Rollback(RollbackArgs),
    /// Tell what serves where
    Status(StatusArgs),
    /// Show what a change set would change, and refuse what reaches Production
    Review(ReviewArgs),
    /// Tell how far the feed of changes is, or begin its logs anew
    Feed(FeedArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    let end = match Cli::parse().command {
        Command::Promote(args) => promote::run(args).await,
        Command::Rollback(args) => rollback::run(args).await,
        Command::Status(args) => status::run(args).await,
        Command::Review(args) => review::run(args).await,
        Command::Feed(args) => feed::run(args).await,
    };
    match end {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::WentBack(why)) => {
            eprintln!("error: all traffic went back: {why}\n  what to do next: docs/rollouts.md");
            ExitCode::from(3)
        }
        Ok(End::Left) => ExitCode::from(130),
        Err(error) if error.is::<Refusal>() => {
            eprintln!("refused: {error}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
