//! The function: its newest code, its published versions, the alias of Production.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, bail, ensure};
use aws_sdk_lambda::{
    error::ProvideErrorMetadata as _,
    operation::get_function_configuration::GetFunctionConfigurationOutput,
    types::{LastUpdateStatus, State},
};

use super::{Called as _, Cloud, failed};
use crate::{
    companion::COMPANIONS,
    refusal::{Refusal, function_busy},
};

/// The maximum number of reads while a function is being updated.
const LOOKS: u32 = 24;

/// The version that has the newest code.
pub(crate) const LATEST: &str = "$LATEST";

/// The description of a version: the API deployment and the versions of the companions of its promotion.
pub(crate) fn description(api_deployment: &str, companions: &[String]) -> String {
    let versions = COMPANIONS.iter().zip(companions);
    let versions = versions.map(|(of, version)| format!(", {} version {version}", of.word));
    format!(
        "API deployment {api_deployment}{}",
        versions.collect::<String>()
    )
}

/// Parses a [`description`]. A version that was promoted before there was a companion does not name it.
fn promoted_with(description: &str) -> (Option<String>, Vec<Option<String>>) {
    let part = |start: &str| {
        let mut parts = description.split(", ");
        parts.find_map(|part| part.strip_prefix(start).map(ToOwned::to_owned))
    };
    let companions = COMPANIONS.iter();
    let companions = companions.map(|of| part(&format!("{} version ", of.word)));
    (part("API deployment "), companions.collect())
}

/// A version of the function, or `$LATEST`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) number: String,
    pub(crate) code_sha256: String,
    pub(crate) modified: String,
    pub(crate) revision_id: Option<String>,
    /// The API deployment of its promotion.
    pub(crate) api_deployment: Option<String>,
    /// The versions of the companions of its promotion.
    pub(crate) companions: Vec<Option<String>>,
    /// The status of its last update.
    pub(crate) update: Update,
    /// The settings that a published version keeps, by name.
    settings: Vec<(String, String)>,
}

/// The status of the last update of a function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Update {
    #[default]
    Done,
    Busy,
    Failed(String),
}

impl Version {
    fn new(answer: GetFunctionConfigurationOutput) -> Option<Self> {
        let reason = answer.last_update_status_reason().or(answer.state_reason());
        let reason = reason.unwrap_or("for no reason given").to_owned();
        let update = match (answer.state(), answer.last_update_status()) {
            (Some(State::Failed), _) | (_, Some(LastUpdateStatus::Failed)) => {
                Update::Failed(reason)
            }
            (Some(State::Pending), _) | (_, Some(LastUpdateStatus::InProgress)) => Update::Busy,
            _ => Update::Done,
        };
        let settings = settings(&answer);
        let (api_deployment, companions) = promoted_with(answer.description().unwrap_or_default());
        Some(Self {
            number: answer.version?,
            code_sha256: answer.code_sha256?,
            modified: answer.last_modified.unwrap_or_default(),
            revision_id: answer.revision_id,
            api_deployment,
            companions,
            update,
            settings,
        })
    }

    /// The names of the settings that differ in another version, never their values.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let mut all = Vec::new();
        for (name, _) in self.settings.iter().chain(&other.settings) {
            if self.setting(name) != other.setting(name) && !all.contains(name) {
                all.push(name.clone());
            }
        }
        all
    }

    fn setting(&self, name: &str) -> Option<&str> {
        let mut settings = self.settings.iter();
        let (_, value) = settings.find(|(known, _)| known == name)?;
        Some(value)
    }
}

/// The settings of a function that this template can change, its environment last.
fn settings(answer: &GetFunctionConfigurationOutput) -> Vec<(String, String)> {
    let vpc = answer.vpc_config();
    let vpc = vpc.map(|vpc| [vpc.subnet_ids(), vpc.security_group_ids()].map(<[_]>::to_vec));
    let environment = answer.environment();
    let environment = environment.and_then(|environment| environment.variables());
    let environment: BTreeMap<_, _> = environment.into_iter().flatten().collect();
    let own = [
        ("code", format!("{:?}", answer.code_sha256())),
        ("memory", format!("{:?}", answer.memory_size())),
        ("timeout", format!("{:?}", answer.timeout())),
        ("architecture", format!("{:?}", answer.architectures())),
        ("role", format!("{:?}", answer.role())),
        ("VPC", format!("{:?}", vpc.unwrap_or_default())),
        ("tracing", format!("{:?}", answer.tracing_config())),
        ("logging", format!("{:?}", answer.logging_config())),
    ];
    let own = own.map(|(name, value)| (name.to_owned(), value));
    let environment = environment
        .into_iter()
        .map(|(name, value)| (name.clone(), value.clone()));
    own.into_iter().chain(environment).collect()
}

/// The versions that an alias points to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Alias {
    pub(crate) version: String,
    /// Another version and its share of the traffic, from 0 to 1.
    pub(crate) weighted: Option<(String, f64)>,
}

impl Cloud {
    /// Reads a version of the function. Refuses a number that it does not have.
    pub(crate) async fn version(&self, function: &str, number: &str) -> anyhow::Result<Version> {
        let read = self
            .lambda
            .get_function_configuration()
            .function_name(function);
        match read.qualifier(number).send().await {
            Ok(answer) => {
                let context = "lambda GetFunctionConfiguration: an answer without a version";
                Version::new(answer).context(context)
            }
            Err(error) if error.code() == Some("ResourceNotFoundException") => {
                bail!(Refusal(format!(
                    "function {function} has no version {number}\n  {}",
                    see_versions(function)
                )))
            }
            Err(error) => Err(failed("lambda GetFunctionConfiguration", &error)),
        }
    }

    /// Waits until the last update of a version is complete. Refuses a version whose update fails, or takes too long.
    pub(crate) async fn updated(
        &self,
        function: &str,
        number: &str,
        interval: Duration,
    ) -> anyhow::Result<Version> {
        let mut looks = 0;
        loop {
            let version = self.version(function, number).await?;
            looks += 1;
            match &version.update {
                Update::Done => return Ok(version),
                Update::Busy if looks < LOOKS => tokio::time::sleep(interval).await,
                Update::Busy => bail!(function_busy(function)),
                Update::Failed(reason) => bail!(Refusal(format!(
                    "the last update of function {function} failed: {reason}\n  \
                    deploy to Development again: sam build && sam deploy"
                ))),
            }
        }
    }

    /// Reads the versions that Production's alias points to.
    pub(crate) async fn alias(&self, function: &str) -> anyhow::Result<Alias> {
        let alias = self.lambda.get_alias().function_name(function);
        let alias = alias.name("Production").send().await;
        let alias = alias.called("lambda GetAlias")?;
        let weights = alias
            .routing_config()
            .and_then(|routing| routing.additional_version_weights());
        Ok(Alias {
            version: alias.function_version().unwrap_or_default().to_owned(),
            weighted: weights
                .and_then(|weights| weights.iter().next())
                .map(|(version, weight)| (version.clone(), *weight)),
        })
    }
}

/// The advice to look at the versions of a function.
pub(crate) fn see_versions(function: &str) -> String {
    format!("see them with: aws lambda list-versions-by-function --function-name {function}")
}

/// Publishes `$LATEST` as a version, unless it changed after it was read.
#[derive(Debug, Clone)]
pub(crate) struct Publish {
    pub(crate) function: String,
    pub(crate) latest: Version,
    /// The description of the version.
    pub(crate) description: String,
}

impl Publish {
    /// The call in words, for `--dry-run`.
    pub(crate) fn describe(&self) -> String {
        format!(
            "lambda PublishVersion FunctionName={} CodeSha256={} RevisionId={} Description=\"{}\"",
            self.function,
            self.latest.code_sha256,
            self.latest.revision_id.as_deref().unwrap_or_default(),
            self.description,
        )
    }

    /// Publishes the version, waits until Lambda can run it and returns its number. Without a change since the last
    /// version, Lambda returns the number of that version.
    pub(crate) async fn run(&self, cloud: &Cloud, interval: Duration) -> anyhow::Result<String> {
        let publish = cloud
            .lambda
            .publish_version()
            .function_name(&self.function)
            .code_sha256(&self.latest.code_sha256)
            .set_revision_id(self.latest.revision_id.clone())
            .description(&self.description);
        let published = match publish.send().await {
            Ok(published) => published,
            Err(error) => {
                let message = error.message().unwrap_or_default().to_lowercase();
                return Err(match error.code() {
                    Some("PreconditionFailedException") => changed().into(),
                    Some("InvalidParameterValueException") if message.contains("codesha256") => {
                        changed().into()
                    }
                    Some("ResourceConflictException") => function_busy(&self.function).into(),
                    _ => failed("lambda PublishVersion", &error),
                });
            }
        };
        let same = published.code_sha256.as_ref() == Some(&self.latest.code_sha256);
        ensure!(same, changed());
        let version = published.version;
        let version = version.context("lambda PublishVersion: an answer without a version")?;
        cloud.updated(&self.function, &version, interval).await?;
        Ok(version)
    }
}

/// The refusal of `$LATEST` that is not what was read.
fn changed() -> Refusal {
    Refusal(
        "Development was changed while it was being promoted\n  \
        look at Development again, then promote again"
            .to_owned(),
    )
}
