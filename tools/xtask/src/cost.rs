//! `cargo xtask cost`: runs the program `cost`, which is built without the AWS clients.

use std::process::ExitCode;

use crate::hand_over::{self, Rest};

/// Runs the program and returns its exit status.
pub(crate) async fn run(args: Rest) -> anyhow::Result<ExitCode> {
    hand_over::to(&programs::build_cost()?, args.rest).await
}
