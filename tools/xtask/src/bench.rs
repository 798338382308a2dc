//! `cargo xtask bench`: runs the program `bench`, which makes the release build that measures.

use std::process::ExitCode;

use crate::hand_over::{self, Rest};

/// Runs the program and returns its exit status.
pub(crate) async fn run(args: Rest) -> anyhow::Result<ExitCode> {
    hand_over::to(&programs::build_program("bench")?, args.rest).await
}
