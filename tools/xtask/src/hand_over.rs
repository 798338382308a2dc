//! Commands that another program runs: `bench`, which makes the release build that measures; `cost`, which is built without
//! the AWS clients; and `rollout`, which alone needs them (`docs/adr/0012-rollouts-by-one-update-of-the-stack.md`).

use std::{ffi::OsString, process::ExitCode};

use anyhow::Context as _;
use clap::Args;

/// The arguments of a command that another program runs.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Rest {
    /// See `--help`
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "ARGUMENTS"
    )]
    rest: Vec<OsString>,
}

impl Rest {
    /// Builds a program, runs it with a subcommand and these arguments, and returns its exit status.
    pub(crate) async fn run(
        self,
        program: &str,
        subcommand: Option<&str>,
    ) -> anyhow::Result<ExitCode> {
        let program = match program {
            "cost" => programs::build_cost()?,
            program => programs::build_program(program)?,
        };
        let mut child = tokio::process::Command::new(&program)
            .args(subcommand)
            .args(self.rest)
            .spawn()
            .with_context(|| format!("{} does not start", program.display()))?;
        // An interrupt reaches the program too, which may print something before it ends.
        let status = loop {
            tokio::select! {
                status = child.wait() => break status?,
                Ok(()) = tokio::signal::ctrl_c() => {}
            }
        };
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
    }
}
