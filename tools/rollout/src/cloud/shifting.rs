//! CodeDeploy: the configurations that shift traffic, and the progress of a deployment.

use std::time::Duration;

use aws_sdk_codedeploy::{
    error::ProvideErrorMetadata as _,
    operation::list_deployments::builders::ListDeploymentsFluentBuilder,
    types::{DeploymentCreator, DeploymentInfo, DeploymentStatus, TimeRange, TrafficRoutingConfig},
};
use aws_smithy_types::DateTime;

use super::{Called as _, Cloud, failed, stack::Resources};
use crate::refusal::Refusal;

/// The configuration that moves all traffic at once.
pub(crate) const ALL_AT_ONCE: &str = "CodeDeployDefault.LambdaAllAtOnce";

/// The steps in which traffic moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Steps {
    /// All of it at once.
    Once,
    /// A share, and after a pause the rest.
    Canary { percent: i32, pause: Duration },
    /// A share after each pause.
    Linear { percent: i32, pause: Duration },
}

impl Steps {
    fn new(config: &TrafficRoutingConfig) -> Self {
        if let Some(canary) = config.time_based_canary() {
            return Self::Canary {
                percent: canary.canary_percentage(),
                pause: minutes(canary.canary_interval()),
            };
        }
        match config.time_based_linear() {
            Some(linear) => Self::Linear {
                percent: linear.linear_percentage(),
                pause: minutes(linear.linear_interval()),
            },
            None => Self::Once,
        }
    }

    /// The time from the first step to the last.
    pub(crate) fn length(self) -> Duration {
        match self {
            Self::Once => Duration::ZERO,
            Self::Canary { pause, .. } => pause,
            Self::Linear { percent, pause } => {
                let steps = 100_u32.div_ceil(percent.clamp(1, 100).unsigned_abs());
                pause * (steps - 1)
            }
        }
    }

    /// The number of requests that the new version gets before the last step, at this rate of requests.
    pub(crate) fn expected(self, requests_per_second: f64) -> f64 {
        let seconds = self.length().as_secs_f64();
        let share = match self {
            Self::Once => 0.0,
            Self::Canary { percent, .. } => f64::from(percent) / 100.0,
            // The shares of all steps but the last, on average.
            Self::Linear { .. } => 0.5,
        };
        requests_per_second * seconds * share
    }

    /// The steps in words.
    pub(crate) fn describe(self) -> String {
        match self {
            Self::Once => "all at once".to_owned(),
            Self::Canary { percent, pause } => {
                format!("{percent} % for {} minutes, then all", pause.as_secs() / 60)
            }
            Self::Linear { percent, pause } => {
                format!("{percent} % more every {} minutes", pause.as_secs() / 60)
            }
        }
    }
}

fn minutes(minutes: i32) -> Duration {
    Duration::from_secs(60 * u64::from(minutes.unsigned_abs()))
}

/// A CodeDeploy deployment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deployment {
    pub(crate) id: String,
    /// `InProgress` and the like.
    pub(crate) status: String,
    pub(crate) config: String,
    pub(crate) created: Option<DateTime>,
    /// The error message of CodeDeploy.
    pub(crate) error: Option<String>,
    /// True if it is a rollback of another deployment.
    pub(crate) goes_back: bool,
    /// The version that served before.
    pub(crate) old: Option<String>,
    /// The version that is to serve.
    pub(crate) new: Option<String>,
    /// The time at which traffic began to shift.
    pub(crate) shifting_since: Option<DateTime>,
}

impl Cloud {
    /// The id of the newest deployment in progress; `None` if there is none, or no CodeDeploy.
    pub(crate) async fn deployment_under_way(
        &self,
        resources: &Resources,
    ) -> anyhow::Result<Option<String>> {
        let under_way = vec![
            DeploymentStatus::Created,
            DeploymentStatus::Queued,
            DeploymentStatus::InProgress,
            DeploymentStatus::Ready,
            DeploymentStatus::Baking,
        ];
        let listed = self.deployments(resources, |list| {
            list.set_include_only_statuses(Some(under_way))
        });
        Ok(listed.await?.into_iter().next())
    }

    /// The id of the first deployment since a time, in any status; `None` if there is none, or no CodeDeploy. It takes
    /// the first because later deployments are rollbacks of it.
    pub(crate) async fn deployment_since(
        &self,
        resources: &Resources,
        since: DateTime,
    ) -> anyhow::Result<Option<String>> {
        let time = TimeRange::builder().start(since).build();
        let listed = self.deployments(resources, |list| list.create_time_range(time));
        Ok(listed.await?.pop())
    }

    /// The ids of the deployments of Production's group, the newest first. (AWS returns them so, but does not document
    /// the order.) Without CodeDeploy the stack has none.
    async fn deployments(
        &self,
        resources: &Resources,
        only: impl FnOnce(ListDeploymentsFluentBuilder) -> ListDeploymentsFluentBuilder,
    ) -> anyhow::Result<Vec<String>> {
        let names = ["DeploymentApplication", "ProductionDeploymentGroup"];
        let [Some(application), Some(group)] = names.map(|name| resources.get(name)) else {
            return Ok(Vec::new());
        };
        let list = self.deploy.list_deployments();
        let list = list.application_name(&application.id);
        let listed = only(list.deployment_group_name(&group.id)).send().await;
        let listed = listed.called("codedeploy ListDeployments")?;
        Ok(listed.deployments.unwrap_or_default())
    }

    pub(crate) async fn deployment(&self, id: &str) -> anyhow::Result<Deployment> {
        let read = self.deploy.get_deployment().deployment_id(id).send().await;
        let info = read.called("codedeploy GetDeployment")?.deployment_info;
        let info = info.unwrap_or_else(|| DeploymentInfo::builder().build());
        let status = info.status.map(|status| status.as_str().to_owned());
        let mut deployment = Deployment {
            id: id.to_owned(),
            status: status.unwrap_or_default(),
            config: info.deployment_config_name.unwrap_or_default(),
            created: info.create_time,
            error: info.error_information.and_then(|error| error.message),
            goes_back: matches!(
                info.creator,
                Some(
                    DeploymentCreator::CodeDeployRollback
                        | DeploymentCreator::CloudFormationRollback
                )
            ),
            ..Deployment::default()
        };
        let targets = self.deploy.list_deployment_targets().deployment_id(id);
        let targets = targets.send().await;
        let targets = targets.called("codedeploy ListDeploymentTargets")?;
        let Some(target) = targets.target_ids().first() else {
            return Ok(deployment);
        };
        let read = self.deploy.get_deployment_target().deployment_id(id);
        let read = read.target_id(target).send().await;
        let read = read.called("codedeploy GetDeploymentTarget")?;
        let target = read.deployment_target.and_then(|one| one.lambda_target);
        if let Some(target) = target {
            let shift = target.lifecycle_events().iter();
            deployment.shifting_since = shift
                .filter(|event| event.lifecycle_event_name() == Some("AllowTraffic"))
                .find_map(|event| event.start_time().copied());
            if let Some(function) = target.lambda_function_info {
                deployment.old = function.current_version;
                deployment.new = function.target_version;
            }
        }
        Ok(deployment)
    }

    /// The steps of a deployment configuration.
    pub(crate) async fn steps(&self, config: &str) -> anyhow::Result<Steps> {
        let read = self
            .deploy
            .get_deployment_config()
            .deployment_config_name(config);
        let answer = read.send().await.map_err(|error| match error.code() {
            Some(
                "DeploymentConfigDoesNotExistException" | "InvalidDeploymentConfigNameException",
            ) => Refusal(format!(
                "CodeDeploy has no configuration {config}\n  \
                choose canary-1, canary-10, linear or all-at-once, or see: aws deploy list-deployment-configs"
            ))
            .into(),
            _ => failed("codedeploy GetDeploymentConfig", &error),
        })?;
        let info = answer.deployment_config_info();
        let routing = info.and_then(|info| info.traffic_routing_config());
        Ok(routing.map_or(Steps::Once, Steps::new))
    }

    /// Stops a deployment and rolls its traffic back. A deployment that is completed is no error.
    pub(crate) async fn stop(&self, id: &str) -> anyhow::Result<()> {
        let stop = self
            .deploy
            .stop_deployment()
            .deployment_id(id)
            .auto_rollback_enabled(true);
        match stop.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("DeploymentAlreadyCompletedException") => Ok(()),
            Err(error) => Err(failed("codedeploy StopDeployment", &error)),
        }
    }
}
