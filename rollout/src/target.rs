//! Which stack is meant, and how to reach it.

use std::time::Duration;

use clap::Args;

use crate::{
    cloud::Cloud,
    state::{State, refuse_unless_well},
};

/// Which stack.
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
    interval: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

impl Target {
    /// Reaches AWS.
    pub(crate) async fn connect(&self) -> anyhow::Result<Cloud> {
        Cloud::connect(self.profile.as_deref(), self.region.as_deref()).await
    }

    /// Reads what serves where, unless the stack is in no state for that.
    pub(crate) async fn state(&self, cloud: &Cloud) -> anyhow::Result<State> {
        let stack = cloud.stack(&self.stack).await?;
        // What was whole once serves, whatever became of an update of it.
        if !stack.status.starts_with("UPDATE_") {
            refuse_unless_well(&stack)?;
        }
        State::read(cloud, stack).await
    }

    /// The arguments that mean the same stack again.
    pub(crate) fn arguments(&self) -> String {
        let given = [
            ("stack", Some(&self.stack)),
            ("region", self.region.as_ref()),
            ("profile", self.profile.as_ref()),
        ];
        let given = given.map(|(name, value)| value.map(|value| format!("--{name} {value}")));
        given.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// How long to wait between two looks.
    pub(crate) fn interval(&self) -> Duration {
        self.interval
    }
}
