//! Watches a rollout to its end.

use std::{pin::pin, time::Duration};

use anyhow::{Result, anyhow};
use aws_smithy_types::DateTime;

use crate::{
    cloud::{
        Cloud,
        figures::{Alarm, Figures},
        now,
        shifting::{Deployment, Steps},
        stack::{Resources, Stack},
    },
    screen::Screen,
    state::State,
    target::Target,
    view,
};

/// The number of reads of AWS in a row that may fail before a rollout is no longer followed.
const MISSES: u32 = 10;

/// The time before the last step at which the traffic of the new version is judged. Metrics are a minute or two late.
const LAST_MOMENT: Duration = Duration::from_secs(45);

/// The result of a watched rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// The update is complete.
    Done,
    /// The update was rolled back, with the reason.
    WentBack(String),
    /// The user stopped watching; the rollout goes on.
    Left,
}

/// The progress of a rollout at one time.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) at: DateTime,
    pub(crate) stack: Stack,
    pub(crate) deployment: Option<Deployment>,
    pub(crate) steps: Option<Steps>,
    /// The versions; the one that served before the rollout comes first.
    pub(crate) rows: Vec<Row>,
    pub(crate) alarms: Vec<Alarm>,
}

/// A version of a rollout.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) version: String,
    /// The share of all traffic, from 0 to 1.
    pub(crate) share: f64,
    pub(crate) figures: Figures,
}

impl Snapshot {
    /// Adds a version, unless it is listed already.
    fn add(&mut self, version: &str, share: f64) {
        if self.rows.iter().all(|row| row.version != version) {
            self.rows.push(Row {
                version: version.to_owned(),
                share,
                figures: Figures::default(),
            });
        }
    }

    /// The time until all traffic has moved; `None` while the start of the shift or its steps are not known.
    pub(crate) fn left(&self) -> Option<Duration> {
        let since = self.deployment.as_ref()?.shifting_since?;
        let gone = u64::try_from(self.at.secs() - since.secs()).unwrap_or_default();
        Some(
            self.steps?
                .length()
                .saturating_sub(Duration::from_secs(gone)),
        )
    }
}

/// Watches a rollout. Only the status of the stack decides whether it is over and how it ended; everything else is for
/// display, and may be missing.
#[derive(Debug)]
pub(crate) struct Watch<'a> {
    cloud: &'a Cloud,
    target: &'a Target,
    function: &'a str,
    /// The time at which the update began.
    since: Option<DateTime>,
    deployment: Option<String>,
    steps: Option<Steps>,
    /// The last alarms that rang. They are kept because they may be `OK` again after the rollback.
    sounded: String,
    /// The last error of reading what is displayed. It is kept so that the same error is shown once.
    missing: String,
    /// The requests that the new version must get before the last step; with fewer, this program stops the rollout.
    pub(crate) min_requests: u64,
    /// The reason for which this program stopped the rollout.
    stopped: Option<String>,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(cloud: &'a Cloud, state: &'a State, target: &'a Target) -> Self {
        Self {
            cloud,
            target,
            function: &state.function.name,
            since: None,
            deployment: state.rollout.clone(),
            steps: None,
            sounded: String::new(),
            missing: String::new(),
            min_requests: 0,
            stopped: None,
        }
    }

    /// Watches until the update that began after `before` is over. `None`: the update that is in progress.
    pub(crate) async fn until_over(mut self, before: Option<DateTime>) -> Result<End> {
        let mut screen = Screen::new();
        let mut misses = 0;
        // One listener for the whole loop: a signal between two listeners would be lost.
        let mut interrupt = pin!(tokio::signal::ctrl_c());
        loop {
            let read = tokio::select! {
                read = self.read(before, &screen) => read,
                _ = &mut interrupt => return Ok(self.left(&screen)),
            };
            match read {
                Ok(snapshot) => {
                    misses = 0;
                    screen.show(&snapshot);
                    let sounding = view::sounding(&snapshot);
                    if !sounding.is_empty() {
                        self.sounded = sounding;
                    }
                    self.judge_traffic(&snapshot, &screen).await;
                    if let Some(end) = self.end(&snapshot, before) {
                        screen.close();
                        return end;
                    }
                }
                Err(error) if misses < MISSES => {
                    misses += 1;
                    screen.note(&format!("not read, trying again: {error:#}"));
                }
                Err(error) => {
                    screen.close();
                    return Err(anyhow!(
                        "the rollout goes on, but it cannot be watched: {error:#}\n  \
                        watch it again: cargo xtask status --follow {}",
                        self.target.arguments()
                    ));
                }
            }
            tokio::select! {
                () = tokio::time::sleep(self.target.interval) => {}
                _ = &mut interrupt => return Ok(self.left(&screen)),
            }
        }
    }

    fn left(&self, screen: &Screen) -> End {
        screen.close();
        println!(
            "The rollout goes on without you.\n  watch it again: cargo xtask status --follow {0}\n  end it:         cargo xtask rollback {0}",
            self.target.arguments()
        );
        End::Left
    }

    /// The result, once the update is over.
    fn end(&self, snapshot: &Snapshot, before: Option<DateTime>) -> Option<Result<End>> {
        let stack = &snapshot.stack;
        if before.is_some() && stack.updated == before {
            return None;
        }
        match stack.status.as_str() {
            // The clean-up removes only what no longer serves.
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" => {
                Some(Ok(End::Done))
            }
            "UPDATE_ROLLBACK_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS" => {
                Some(Ok(End::WentBack(self.why(snapshot))))
            }
            _ if stack.is_busy() => None,
            status => Some(Err(anyhow!(
                "stack {} is in state {status}: {}\n  Production serves what `cargo xtask status` says; look at the stack's events",
                stack.name,
                self.why(snapshot)
            ))),
        }
    }

    /// Stops the rollout shortly before its last step if the new version has fewer requests than it must get.
    async fn judge_traffic(&mut self, snapshot: &Snapshot, screen: &Screen) {
        let (Some(deployment), Some(left)) = (&snapshot.deployment, snapshot.left()) else {
            return;
        };
        let under_way = deployment.status == "InProgress" && self.stopped.is_none();
        if self.min_requests == 0 || left > LAST_MOMENT || !under_way {
            return;
        }
        let new = |row: &&Row| Some(&row.version) == deployment.new.as_ref();
        let row = snapshot.rows.iter().find(new);
        let requests = row.and_then(|row| row.figures.requests).unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        if requests >= self.min_requests as f64 {
            return;
        }
        let id = deployment.id.clone();
        let why = format!(
            "{requests:.0} requests came to the new version, fewer than --min-requests {}",
            self.min_requests
        );
        match self.cloud.stop(&id).await {
            Ok(()) => {
                screen.note(&format!("stopped: {why}"));
                self.stopped = Some(why);
            }
            Err(error) => screen.note(&format!("not stopped, trying again: {error:#}")),
        }
    }

    /// The known reasons of the rollback.
    fn why(&self, snapshot: &Snapshot) -> String {
        let deployment = snapshot.deployment.as_ref();
        let reasons = [
            self.stopped.clone(),
            (!self.sounded.is_empty()).then(|| format!("alarm {}", self.sounded)),
            deployment.and_then(|deployment| deployment.error.clone()),
            snapshot.stack.reason.clone(),
        ];
        let reasons: Vec<_> = reasons.into_iter().flatten().collect();
        if reasons.is_empty() {
            return "no reason is given; look at the stack's events".to_owned();
        }
        reasons.join("; ")
    }

    /// Reads the stack and all that is displayed. An error of the latter is shown, not returned.
    async fn read(&mut self, before: Option<DateTime>, screen: &Screen) -> Result<Snapshot> {
        let stack = self.cloud.stack(&self.target.stack).await?;
        if self.since.is_none() && (before.is_none() || stack.updated != before) {
            self.since = stack.updated;
        }
        let mut snapshot = Snapshot {
            at: now(),
            stack,
            deployment: None,
            steps: None,
            rows: Vec::new(),
            alarms: Vec::new(),
        };
        if let Err(error) = self.look(&mut snapshot).await {
            let missing = format!("{error:#}");
            if self.missing != missing {
                screen.note(&format!("not shown: {missing}"));
                self.missing = missing;
            }
        }
        Ok(snapshot)
    }

    /// Adds the versions, the alarms, the deployment and the metrics.
    async fn look(&mut self, snapshot: &mut Snapshot) -> Result<()> {
        let alias = self.cloud.alias(self.function).await?;
        snapshot.add(&alias.version, 1.0);
        if let Some((version, share)) = alias.weighted {
            snapshot.rows[0].share = 1.0 - share;
            snapshot.add(&version, share);
        }
        let resources = self.cloud.resources(&self.target.stack).await?;
        let alarms = self.cloud.alarms(&resources).await;
        let alarms = alarms.map(|alarms| snapshot.alarms = alarms);
        let shift = self.shift(snapshot, &resources).await;
        alarms.and(shift).and(self.figures(snapshot).await)
    }

    /// Adds the deployment of CodeDeploy and its steps.
    async fn shift(&mut self, snapshot: &mut Snapshot, resources: &Resources) -> Result<()> {
        if let (None, Some(since)) = (&self.deployment, self.since) {
            self.deployment = self.cloud.deployment_since(resources, since).await?;
        }
        let Some(id) = &self.deployment else {
            return Ok(());
        };
        let deployment = self.cloud.deployment(id).await?;
        for version in [&deployment.old, &deployment.new].into_iter().flatten() {
            snapshot.add(version, 0.0);
        }
        let old = |row: &Row| Some(&row.version) == deployment.old.as_ref();
        snapshot.rows.sort_by_key(|row| !old(row));
        let config = deployment.config.clone();
        snapshot.deployment = Some(deployment);
        if self.steps.is_none() {
            self.steps = Some(self.cloud.steps(&config).await?);
        }
        snapshot.steps = self.steps;
        Ok(())
    }

    /// Adds the metrics of each version.
    async fn figures(&self, snapshot: &mut Snapshot) -> Result<()> {
        let deployment = snapshot.deployment.as_ref();
        let Some(since) = deployment.and_then(|deployment| deployment.created) else {
            return Ok(());
        };
        let versions = snapshot.rows.iter().map(|row| row.version.as_str());
        let versions: Vec<_> = versions.collect();
        let figures = self
            .cloud
            .figures(self.function, &versions, since, snapshot.at)
            .await?;
        for (row, figures) in snapshot.rows.iter_mut().zip(figures) {
            row.figures = figures;
        }
        Ok(())
    }
}
