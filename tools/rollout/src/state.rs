//! The versions that each stage serves. They are read before anything is decided.

use crate::{
    cloud::{
        Cloud,
        function::{Alias, LATEST, Version},
        stack::{Resources, Stack},
    },
    companion::{COMPANIONS, Companion},
    refusal::{Refusal, busy},
};

/// The versions that each stage serves, and the rollout in progress.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) stack: Stack,
    pub(crate) resources: Resources,
    /// The function that handles requests.
    pub(crate) function: Released,
    /// The functions that move along.
    pub(crate) companions: Vec<(Companion, Released)>,
    pub(crate) api: String,
    /// The API deployment that Production serves; the field below is Development's.
    pub(crate) api_deployment: Option<String>,
    pub(crate) newest_api_deployment: String,
    /// The id of the CodeDeploy deployment in progress.
    pub(crate) rollout: Option<String>,
}

/// A function of Production, which has published versions, and the function of Development with the same code.
#[derive(Debug, Clone)]
pub(crate) struct Released {
    pub(crate) name: String,
    pub(crate) alias: Alias,
    /// The version that the alias points to, without the weighted version of a rollout.
    pub(crate) serving: Version,
    /// `$LATEST` of Production's function. No client calls it: the next version is published from it.
    pub(crate) latest: Version,
    pub(crate) development_name: String,
    /// `$LATEST` of Development's function, which Development serves.
    pub(crate) development: Version,
}

impl Released {
    async fn read(cloud: &Cloud, name: String, development_name: String) -> anyhow::Result<Self> {
        let alias = cloud.alias(&name).await?;
        Ok(Self {
            development: cloud.version(&development_name, LATEST).await?,
            latest: cloud.version(&name, LATEST).await?,
            serving: cloud.version(&name, &alias.version).await?,
            name,
            alias,
            development_name,
        })
    }

    /// True if Development's function differs from the one in Production.
    pub(crate) fn has_news(&self) -> bool {
        !self.serving.differences(&self.latest).is_empty()
    }

    /// Refuses an alias that differs from the stack: it points to another version, or has a weighted one.
    fn refuse_if_drifted(&self, expected: &str) -> Result<(), Refusal> {
        let found = &self.alias.version;
        if found == expected && self.alias.weighted.is_none() {
            return Ok(());
        }
        let share = match &self.alias.weighted {
            Some((version, share)) => format!(" and, by {:.0} %, to {version}", share * 100.0),
            None => String::new(),
        };
        Err(Refusal(format!(
            "Production's alias points to version {found}{share}, but the stack says {expected}: something else moved it\n  \
            put it back, then try again: aws lambda update-alias --function-name {} --name Production --function-version {expected} --routing-config AdditionalVersionWeights={{}}",
            self.name
        )))
    }
}

impl State {
    /// Reads the state of the stack's functions, API and rollout. Refuses a stack that was never complete, or that is
    /// being created or deleted.
    pub(crate) async fn read(cloud: &Cloud, stack: Stack) -> anyhow::Result<Self> {
        // A stack with an update was complete before, so a version serves, even if the update failed.
        if !stack.status.starts_with("UPDATE_") {
            refuse_unless_well(&stack)?;
        }
        let output = |name| stack.output(name).map(ToOwned::to_owned);
        let api = output("ApiId")?;
        let newest_api_deployment = output("DevelopmentApiDeploymentId")?;
        let function = output("ProductionFunctionName")?;
        let of_development = output("DevelopmentFunctionName")?;
        let names = COMPANIONS.iter().map(|of| {
            let (name, of_development) = (output(of.function)?, output(of.development_function)?);
            Ok((*of, name, of_development))
        });
        let names = names.collect::<Result<Vec<_>, Refusal>>()?;
        let resources = cloud.resources(&stack.name).await?;
        let function = Released::read(cloud, function, of_development).await?;
        let mut companions = Vec::new();
        for (of, name, of_development) in names {
            companions.push((of, Released::read(cloud, name, of_development).await?));
        }
        Ok(Self {
            function,
            companions,
            api_deployment: cloud.stage_deployment(&api, "Production").await?,
            rollout: cloud.deployment_under_way(&resources).await?,
            stack,
            resources,
            api,
            newest_api_deployment,
        })
    }

    /// The names of the differences between Development and Production, never their values.
    pub(crate) fn news(&self) -> Vec<String> {
        let mut news = self.function.serving.differences(&self.function.latest);
        if self.api_deployment.as_ref() != Some(&self.newest_api_deployment) {
            news.push("API".to_owned());
        } else if !self.is_pinned() {
            news.push("API (follows Development until it is promoted)".to_owned());
        }
        let new = self
            .companions
            .iter()
            .filter(|(_, released)| released.has_news());
        news.extend(new.map(|(of, _)| of.name.to_owned()));
        news
    }

    /// True if Production's stage has an API deployment of its own. Without one it follows Development's.
    pub(crate) fn is_pinned(&self) -> bool {
        let pinned = self.stack.parameters.get("ProductionApiDeploymentId");
        pinned.is_some_and(|id| !id.is_empty())
    }

    /// True if the operation in progress is a rollback: of a failed update, or to an older version.
    pub(crate) fn is_going_back(&self) -> bool {
        let number = |version: &str| version.parse::<u64>().ok();
        let next = self.stack.set_version("ProductionVersion").ok();
        self.stack.status.starts_with("UPDATE_ROLLBACK_")
            || next.and_then(number) < number(&self.function.alias.version)
    }

    /// Refuses to move Production during a rollout, or if it differs from the stack.
    pub(crate) fn refuse_unless_at_rest(&self) -> Result<(), Refusal> {
        if let Some(deployment) = &self.rollout {
            return Err(Refusal(format!(
                "a rollout is in progress: {deployment}\n  \
                watch it with: cargo xtask status --follow\n  \
                or end it with: cargo xtask rollback"
            )));
        }
        refuse_unless_well(&self.stack)?;
        // A stage without an API deployment of its own serves that of Development.
        let pinned = self.stack.parameter("ProductionApiDeploymentId")?;
        let served = self.api_deployment.as_deref().unwrap_or_default();
        if !pinned.is_empty() && served != pinned {
            return Err(Refusal(format!(
                "Production's stage serves API deployment {served}, but the stack says {pinned}: something else moved it\n  \
                put it back, then try again: aws apigateway update-stage --rest-api-id {} --stage-name Production --patch-operations op=replace,path=/deploymentId,value={pinned}",
                self.api
            )));
        }
        let expected = self.stack.set_version("ProductionVersion")?;
        self.function.refuse_if_drifted(expected)?;
        for (of, released) in &self.companions {
            released.refuse_if_drifted(self.stack.set_version(of.version)?)?;
        }
        Ok(())
    }
}

/// Refuses a stack that cannot be updated.
pub(crate) fn refuse_unless_well(stack: &Stack) -> Result<(), Refusal> {
    let (name, status) = (&stack.name, &stack.status);
    if stack.is_busy() {
        return Err(busy(name, status));
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
    let reason = stack.reason.iter().map(|reason| format!(": {reason}"));
    Err(Refusal(format!(
        "stack {name} is in state {status}{}\n  {remedy}",
        reason.collect::<String>()
    )))
}
