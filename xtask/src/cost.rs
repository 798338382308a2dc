//! `cargo xtask cost`: hands over to the program that does it, which is built without the AWS clients.

use std::process::ExitCode;

use crate::programs::{self, Rest};

/// Runs the command, and ends as it ends.
pub(crate) async fn run(args: Rest) -> anyhow::Result<ExitCode> {
    programs::hand_over(&programs::build_cost()?, args.rest).await
}
