//! The function beside its stubs, without a distance and without a limit of its processor: for many requests.

use std::time::Duration;

use anyhow::Context as _;
use programs::tools::Tools;
use tests::runtime_api::{Function, RuntimeApi};
use tokio::process::Command;

use super::{
    events::{self, Operation},
    measure::check,
    subjects::{self, Subject},
    world::{RoundTrips, World},
};

/// A running function.
pub(crate) struct Near {
    world: World,
    subject: Subject,
    api: RuntimeApi,
    function: Function,
    process: u32,
    find: Operation,
}

impl Near {
    pub(crate) async fn start(tools: &Tools, quick: bool) -> anyhow::Result<Self> {
        let subject = subjects::service(tools, quick)?;
        let world = World::start(RoundTrips::NONE).await?;
        let api = RuntimeApi::start().await;
        let variables = world.variables(subject.kind);
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let mut function = api.start_command(Command::new(&subject.program), &variables);
        function.discard_log();
        let process = function.id().context("the function did not start")?;
        Ok(Self {
            world,
            subject,
            api,
            function,
            process,
            find: events::find(),
        })
    }

    pub(crate) fn process(&self) -> u32 {
        self.process
    }

    /// The status of a find.
    pub(crate) fn status(&self) -> u16 {
        self.find.status
    }

    /// Lets it find the resource, and returns how long it took. Another answer is an error.
    pub(crate) async fn find(&self) -> anyhow::Result<Duration> {
        let invoked = self.api.send(self.find.event.clone()).await;
        check(&self.subject, &self.find, &invoked)?;
        Ok(invoked.answered - invoked.given)
    }

    /// Lets the stubs forget what they were asked.
    pub(crate) fn forget(&self) {
        self.world.aws.forget();
    }

    pub(crate) async fn stop(self) {
        self.function.stop().await;
    }
}
