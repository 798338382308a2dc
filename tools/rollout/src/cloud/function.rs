//! The function: its newest code, its published versions, the alias of Production.

use std::collections::BTreeMap;

use anyhow::Context as _;
use aws_sdk_lambda::{
    error::ProvideErrorMetadata as _,
    operation::{
        get_function_configuration::GetFunctionConfigurationOutput,
        publish_version::PublishVersionOutput,
    },
    types::{LastUpdateStatus, State},
};

use super::{Cloud, failed};
use crate::refusal::Refusal;

/// The version that has the newest code.
pub(crate) const LATEST: &str = "$LATEST";
/// The alias that Production's stage calls.
const PRODUCTION: &str = "Production";
/// The text before the API deployment in a version's description.
const API_DEPLOYMENT: &str = "API deployment ";
/// The text between the API deployment and the version of the sign-up trigger.
const SIGN_UP: &str = ", sign-up version ";

/// The description of a version: the API deployment and the version of the sign-up trigger of its promotion.
pub(crate) fn description(api_deployment: &str, sign_up: &str) -> String {
    format!("{API_DEPLOYMENT}{api_deployment}{SIGN_UP}{sign_up}")
}

/// Parses a [`description`]. `None` if the text has another form.
fn promoted_with(description: &str) -> Option<(String, String)> {
    let (api, sign_up) = description
        .strip_prefix(API_DEPLOYMENT)?
        .split_once(SIGN_UP)?;
    Some((api.to_owned(), sign_up.to_owned()))
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
    /// The version of the sign-up trigger of its promotion.
    pub(crate) sign_up: Option<String>,
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
        let (api_deployment, sign_up) =
            promoted_with(answer.description().unwrap_or_default()).unzip();
        Some(Self {
            number: answer.version?,
            code_sha256: answer.code_sha256?,
            modified: answer.last_modified.unwrap_or_default(),
            revision_id: answer.revision_id,
            api_deployment,
            sign_up,
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

    /// Refuses a version whose last update is not complete.
    pub(crate) fn refuse_unless_updated(&self, function: &str) -> Result<(), Refusal> {
        let function = function.to_owned();
        match &self.update {
            Update::Done => Ok(()),
            Update::Busy => Err(Refusal::FunctionBusy { function }),
            Update::Failed(reason) => Err(Refusal::FunctionFailed {
                function,
                reason: reason.clone(),
            }),
        }
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
    /// Reads a version of the function.
    ///
    /// # Errors
    /// [`Refusal::NoSuchVersion`] if there is none of this number.
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
                Err(Refusal::NoSuchVersion {
                    function: function.to_owned(),
                    version: number.to_owned(),
                }
                .into())
            }
            Err(error) => Err(failed("lambda GetFunctionConfiguration", &error)),
        }
    }

    /// Reads the versions that Production's alias points to.
    pub(crate) async fn alias(&self, function: &str) -> anyhow::Result<Alias> {
        let alias = self
            .lambda
            .get_alias()
            .function_name(function)
            .name(PRODUCTION)
            .send()
            .await;
        let alias = alias.map_err(|error| failed("lambda GetAlias", &error))?;
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

    /// Publishes the version and returns its number. Without a change since the last version, Lambda returns the number
    /// of that version.
    pub(crate) async fn run(&self, cloud: &Cloud) -> anyhow::Result<String> {
        let publish = cloud
            .lambda
            .publish_version()
            .function_name(&self.function)
            .code_sha256(&self.latest.code_sha256)
            .set_revision_id(self.latest.revision_id.clone())
            .description(&self.description);
        let PublishVersionOutput {
            version,
            code_sha256,
            ..
        } = match publish.send().await {
            Ok(published) => published,
            Err(error) => {
                let message = error.message().unwrap_or_default();
                return Err(match error.code() {
                    Some("PreconditionFailedException") => Refusal::Changed.into(),
                    Some("InvalidParameterValueException")
                        if message.to_lowercase().contains("codesha256") =>
                    {
                        Refusal::Changed.into()
                    }
                    Some("ResourceConflictException") => Refusal::FunctionBusy {
                        function: self.function.clone(),
                    }
                    .into(),
                    _ => failed("lambda PublishVersion", &error),
                });
            }
        };
        if code_sha256.as_deref() != Some(self.latest.code_sha256.as_str()) {
            return Err(Refusal::Changed.into());
        }
        version.context("lambda PublishVersion: an answer without a version")
    }
}
