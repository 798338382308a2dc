//! The stack of a command.

use std::time::Duration;

use clap::Args;

/// The options that name the stack and the AWS account.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// The stack
    #[arg(long, env = "MOVIES_STACK", default_value = "movies")]
    pub(crate) stack: String,
    /// The region it is in [default: that of the profile or the environment]
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// The profile of the AWS configuration to use
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// How often to look, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(crate) interval: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

impl Target {
    /// The command-line arguments that name the same stack.
    pub(crate) fn arguments(&self) -> String {
        let given = [
            ("stack", Some(&self.stack)),
            ("region", self.region.as_ref()),
            ("profile", self.profile.as_ref()),
        ];
        let given = given.map(|(name, value)| value.map(|value| format!("--{name} {value}")));
        given.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}
