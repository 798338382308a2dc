//! `cargo xtask promote`, `rollback`, `status` and `review`: run the program `rollout`, which alone needs the AWS
//! clients (`docs/adr/0012-rollouts-by-one-update-of-the-stack.md`).

use std::process::ExitCode;

use crate::hand_over::{self, Rest};

/// Runs a command and returns its exit status.
pub(crate) async fn run(command: &str, args: Rest) -> anyhow::Result<ExitCode> {
    hand_over::to(
        &programs::build_program("rollout")?,
        [command.into()].into_iter().chain(args.rest),
    )
    .await
}
