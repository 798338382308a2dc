//! The stack of a command, and the connection to it.

use std::time::Duration;

use clap::Args;

use crate::{
    cloud::Cloud,
    state::{State, refuse_unless_well},
};

/// The namespace of the function's own metrics. It must equal that of the service.
pub(crate) const NAMESPACE: &str = "Movies";

/// The options that name the stack and the AWS account.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// The stack
    #[arg(long, env = "MOVIES_STACK", default_value = "movies")]
    pub(crate) stack: String,
    /// The region it is in [default: that of the profile or the environment]
    #[arg(long)]
    region: Option<String>,
    /// The profile of the AWS configuration to use
    #[arg(long)]
    profile: Option<String>,
    /// How often to look, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(crate) interval: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

impl Target {
    /// Creates the AWS clients.
    pub(crate) async fn connect(&self) -> anyhow::Result<Cloud> {
        Cloud::connect(self.profile.as_deref(), self.region.as_deref()).await
    }

    /// Reads the state of the stack. Refuses a stack that was never complete, or that is being created or deleted.
    pub(crate) async fn state(&self, cloud: &Cloud) -> anyhow::Result<State> {
        let stack = cloud.stack(&self.stack).await?;
        // A stack with an update was complete before, so a version serves, even if the update failed.
        if !stack.status.starts_with("UPDATE_") {
            refuse_unless_well(&stack)?;
        }
        State::read(cloud, stack).await
    }

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
