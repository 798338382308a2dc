//! Commands that another program runs.

use std::{ffi::OsString, path::Path, process::ExitCode};

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
    pub(crate) rest: Vec<OsString>,
}

/// Runs a program and returns its exit status.
pub(crate) async fn to(
    program: &Path,
    arguments: impl IntoIterator<Item = OsString>,
) -> anyhow::Result<ExitCode> {
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
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
