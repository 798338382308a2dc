//! What serves where: read before anything is decided.

use crate::{
    cloud::{
        Cloud,
        function::{Alias, LATEST, Update, Version},
        shifting::Group,
        stack::{Resources, Stack},
    },
    refusal::Refusal,
};

/// The parameters that only a rollout sets.
pub(crate) mod parameter {
    pub(crate) const VERSION: &str = "ProductionVersion";
    pub(crate) const API_DEPLOYMENT: &str = "ProductionApiDeploymentId";
    pub(crate) const SHIFT: &str = "ProductionTrafficShift";
    pub(crate) const PREVIOUS_VERSION: &str = "PreviousProductionVersion";
    pub(crate) const PREVIOUS_API_DEPLOYMENT: &str = "PreviousProductionApiDeploymentId";
}

/// What serves where.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) stack: Stack,
    pub(crate) resources: Resources,
    pub(crate) function: String,
    pub(crate) api: String,
    pub(crate) alias: Alias,
    /// What Development serves.
    pub(crate) latest: Version,
    /// What the alias points to, apart from a share under way.
    pub(crate) serving: Version,
    /// The API deployment that Production serves, and the one of Development.
    pub(crate) api_deployment: Option<String>,
    pub(crate) newest_api_deployment: String,
    /// The deployment that goes on.
    pub(crate) rollout: Option<String>,
}

impl State {
    /// Reads it.
    pub(crate) async fn read(cloud: &Cloud, stack: Stack) -> anyhow::Result<Self> {
        let function = stack.output("FunctionName")?.to_owned();
        let api = stack.output("ApiId")?.to_owned();
        let newest_api_deployment = stack.output("DevelopmentApiDeploymentId")?.to_owned();
        let resources = cloud.resources(&stack.name).await?;
        let group = Group::of(&resources);
        let alias = cloud.alias(&function).await?;
        Ok(Self {
            latest: Self::version(cloud, &function, LATEST).await?,
            serving: Self::version(cloud, &function, &alias.version).await?,
            api_deployment: cloud.stage_deployment(&api, "Production").await?,
            rollout: cloud.deployment_under_way(group.as_ref()).await?,
            stack,
            resources,
            function,
            api,
            alias,
            newest_api_deployment,
        })
    }

    async fn version(cloud: &Cloud, function: &str, number: &str) -> anyhow::Result<Version> {
        let version = cloud.version(function, number).await?;
        let missing = || Refusal::NoSuchVersion {
            function: function.to_owned(),
            version: number.to_owned(),
        };
        Ok(version.ok_or_else(missing)?)
    }

    /// What Development has that Production has not: names of things, never their values.
    pub(crate) fn news(&self) -> Vec<String> {
        let mut news = self.serving.differences(&self.latest);
        if self.api_deployment.as_ref() != Some(&self.newest_api_deployment) {
            news.push("API".to_owned());
        }
        news
    }

    /// Whether what goes on takes Production back: an update that failed, or a rollback, which is to
    /// an older version.
    pub(crate) fn is_going_back(&self) -> bool {
        let number = |version: &str| version.parse::<u64>().ok();
        let next = self.stack.production_version().ok().and_then(number);
        self.stack.status.starts_with("UPDATE_ROLLBACK_") || next < number(&self.alias.version)
    }

    /// Refuses to move Production while it moves, or when it is not where the stack has it.
    pub(crate) fn refuse_unless_at_rest(&self) -> Result<(), Refusal> {
        if let Some(deployment) = &self.rollout {
            return Err(Refusal::RolloutInProgress {
                deployment: deployment.clone(),
            });
        }
        refuse_unless_well(&self.stack)?;
        // A stage that is not pinned serves what Development's does.
        let pinned = self.stack.parameter(parameter::API_DEPLOYMENT)?;
        let served = self.api_deployment.as_deref().unwrap_or_default();
        if !pinned.is_empty() && served != pinned {
            return Err(Refusal::StageDrifted {
                api: self.api.clone(),
                found: served.to_owned(),
                expected: pinned.to_owned(),
            });
        }
        let expected = self.stack.production_version()?;
        let found = &self.alias.version;
        if found == expected && self.alias.weighted.is_none() {
            return Ok(());
        }
        let share = match &self.alias.weighted {
            Some((version, share)) => format!(" and, by {:.0} %, to {version}", share * 100.0),
            None => String::new(),
        };
        Err(Refusal::Drifted {
            function: self.function.clone(),
            found: format!("{found}{share}"),
            expected: expected.to_owned(),
        })
    }

    /// Refuses to promote a function that is not as it was deployed.
    pub(crate) fn refuse_unless_deployed(&self) -> Result<(), Refusal> {
        let function = self.function.clone();
        match &self.latest.update {
            Update::Done => Ok(()),
            Update::Busy => Err(Refusal::FunctionBusy { function }),
            Update::Failed(reason) => Err(Refusal::FunctionFailed {
                function,
                reason: reason.clone(),
            }),
        }
    }
}

/// Refuses to touch a stack that cannot be updated.
pub(crate) fn refuse_unless_well(stack: &Stack) -> Result<(), Refusal> {
    let (name, status) = (stack.name.clone(), stack.status.clone());
    if stack.is_busy() {
        return Err(Refusal::busy(&name, &status));
    }
    if stack.is_well() {
        return Ok(());
    }
    let remedy = match status.as_str() {
        "UPDATE_ROLLBACK_FAILED" => format!(
            "look at its events for the cause, then: aws cloudformation continue-update-rollback --stack-name {name}"
        ),
        "UPDATE_FAILED" => {
            format!("take it back first: aws cloudformation rollback-stack --stack-name {name}")
        }
        _ => format!(
            "it was never whole: aws cloudformation delete-stack --stack-name {name}, then deploy again; what holds data is kept"
        ),
    };
    Err(Refusal::StackFailed {
        reason: stack
            .reason
            .as_ref()
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default(),
        stack: name,
        status,
        remedy,
    })
}
