//! The confirmation before a change.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use anyhow::{bail, ensure};
use clap::Args;

use crate::refusal::Refusal;

/// The options that replace or skip the confirmation.
#[derive(Debug, Args)]
pub(crate) struct Consent {
    /// Go on without a question, as a pipeline has to
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
    /// Print every change that would be made, and make none
    #[arg(long)]
    dry_run: bool,
}

impl Consent {
    /// With `--dry-run` prints the calls and returns false. Else asks for confirmation, unless `--yes` is given, and
    /// returns true.
    ///
    /// # Errors
    /// Refuses if there is no terminal, or if the user does not confirm.
    pub(crate) fn to(&self, calls: &[String]) -> anyhow::Result<bool> {
        if self.dry_run {
            for call in calls {
                println!("would call: {call}");
            }
            return Ok(false);
        }
        if self.yes {
            return Ok(true);
        }
        ensure!(
            io::stdin().is_terminal(),
            Refusal(
                "nobody is there to be asked\n  \
                pass --yes to go on without a question, or --dry-run to see what would be done"
                    .to_owned()
            )
        );
        print!("Go on? [y/N] ");
        io::stdout().flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        match answer.trim() {
            "y" | "Y" | "yes" => Ok(true),
            _ => bail!(Refusal("nothing was done, as you say".to_owned())),
        }
    }
}
