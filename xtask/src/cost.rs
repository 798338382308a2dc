//! `cargo xtask cost`: runs the program `cost`, which is built without the AWS clients.

use std::process::ExitCode;

use crate::programs::{self, Rest};

/// Runs the program and returns its exit status.
pub(crate) async fn run(args: Rest) -> anyhow::Result<ExitCode> {
    programs::hand_over(&programs::build_cost()?, args.rest).await
}
