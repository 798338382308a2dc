//! The stack: its parameters and resources, and the update that moves Production.

use std::collections::BTreeMap;

use anyhow::{bail, ensure};
use aws_sdk_cloudformation::{
    error::ProvideErrorMetadata as _,
    types::{
        Capability, Parameter, ResourceStatus, RollbackConfiguration, RollbackTrigger,
        StackResourceSummary,
    },
};
use aws_smithy_types::DateTime;

use super::{Called as _, Cloud, failed};
use crate::refusal::{Refusal, busy};

/// A stack, as CloudFormation describes it.
#[derive(Debug, Clone)]
pub(crate) struct Stack {
    pub(crate) name: String,
    /// `UPDATE_COMPLETE` and the like.
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) capabilities: Vec<Capability>,
    /// The time at which its last update began.
    pub(crate) updated: Option<DateTime>,
}

#[derive(Debug, Clone)]
pub(crate) struct Resource {
    /// The physical id: its name or id outside the stack.
    pub(crate) id: String,
    pub(crate) updated: Option<DateTime>,
}

/// A stack's resources by their logical ids.
pub(crate) type Resources = BTreeMap<String, Resource>;

impl Stack {
    /// The value of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Result<&str, Refusal> {
        self.find(&self.parameters, name, "parameter")
    }

    /// The value of an output.
    pub(crate) fn output(&self, name: &str) -> Result<&str, Refusal> {
        self.find(&self.outputs, name, "output")
    }

    fn find<'a>(
        &self,
        map: &'a BTreeMap<String, String>,
        name: &str,
        kind: &str,
    ) -> Result<&'a str, Refusal> {
        let value = map.get(name).map(String::as_str);
        value.ok_or_else(|| {
            Refusal(format!(
                "stack {} has no {kind} {name}\n  \
                its template is not this project's, or an older one: deploy it first: sam build && sam deploy",
                self.name
            ))
        })
    }

    /// The version that the stack sets for Production: a parameter, or else the output of the same name.
    pub(crate) fn set_version(&self, name: &str) -> Result<&str, Refusal> {
        match self.parameter(name)? {
            "" => self.output(name),
            version => Ok(version),
        }
    }

    /// True during an operation, including its clean-up. `REVIEW_IN_PROGRESS` is none: such a stack has only a change
    /// set that was never executed.
    pub(crate) fn is_busy(&self) -> bool {
        self.status.ends_with("_IN_PROGRESS") && self.status != "REVIEW_IN_PROGRESS"
    }

    /// True if the stack can be updated.
    pub(crate) fn is_well(&self) -> bool {
        matches!(
            self.status.as_str(),
            "CREATE_COMPLETE"
                | "UPDATE_COMPLETE"
                | "UPDATE_ROLLBACK_COMPLETE"
                | "IMPORT_COMPLETE"
                | "IMPORT_ROLLBACK_COMPLETE"
        )
    }
}

impl Cloud {
    pub(crate) async fn stack(&self, name: &str) -> anyhow::Result<Stack> {
        let described = self.formation.describe_stacks().stack_name(name);
        let stacks = match described.send().await {
            Ok(answer) => answer.stacks.unwrap_or_default(),
            Err(error)
                if error
                    .message()
                    .is_some_and(|text| text.ends_with("does not exist")) =>
            {
                Vec::new()
            }
            Err(error) => return Err(failed("cloudformation DescribeStacks", &error)),
        };
        let Some(found) = stacks.into_iter().next() else {
            bail!(Refusal(format!(
                "there is no stack {name} in {}\n  \
                name another with --stack, --region or --profile, or deploy it first: sam build && sam deploy",
                self.region
            )));
        };
        let status = found.stack_status.map(|status| status.as_str().to_owned());
        let parameters = found.parameters.unwrap_or_default().into_iter();
        let outputs = found.outputs.unwrap_or_default().into_iter();
        Ok(Stack {
            name: name.to_owned(),
            status: status.unwrap_or_default(),
            reason: found.stack_status_reason,
            parameters: parameters
                .filter_map(|one| {
                    Some((one.parameter_key?, one.parameter_value.unwrap_or_default()))
                })
                .collect(),
            outputs: outputs
                .filter_map(|one| Some((one.output_key?, one.output_value?)))
                .collect(),
            capabilities: found.capabilities.unwrap_or_default(),
            updated: found.last_updated_time.or(found.creation_time),
        })
    }

    pub(crate) async fn resources(&self, stack: &str) -> anyhow::Result<Resources> {
        let list = self.formation.list_stack_resources().stack_name(stack);
        let mut pages = list.into_paginator().items().send();
        let mut resources = Resources::new();
        while let Some(resource) = pages.next().await {
            let resource: StackResourceSummary =
                resource.called("cloudformation ListStackResources")?;
            let is_gone = resource.resource_status == Some(ResourceStatus::DeleteComplete);
            let updated = resource.last_updated_timestamp;
            if let Some(name) = resource.logical_resource_id
                && let Some(id) = resource.physical_resource_id
                && !is_gone
            {
                resources.insert(name, Resource { id, updated });
            }
        }
        Ok(resources)
    }

    /// True if the stack has a policy. An update of Production must then override it.
    pub(crate) async fn has_policy(&self, stack: &str) -> anyhow::Result<bool> {
        let policy = self.formation.get_stack_policy().stack_name(stack);
        let policy = policy.send().await;
        let policy = policy.called("cloudformation GetStackPolicy")?;
        Ok(!policy.stack_policy_body().unwrap_or_default().is_empty())
    }
}

/// The policy during an update of Production: every update is allowed.
const ALLOW: &str =
    r#"{"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"*","Resource":"*"}]}"#;

/// An update of the stack: the same template, some parameters with new values, the others with their previous ones.
#[derive(Debug, Clone)]
pub(crate) struct Update<'a> {
    stack: &'a Stack,
    parameters: BTreeMap<&'static str, String>,
    overrides_policy: bool,
    /// The ARN of the alarm that rolls the update back, and the minutes for which it is watched after all traffic has
    /// moved. Without an alarm, the update removes that of the update before.
    pub(crate) bake: Option<(String, i32)>,
}

impl<'a> Update<'a> {
    /// Prepares an update.
    ///
    /// # Errors
    /// Refuses a stack that does not have one of the parameters.
    pub(crate) fn new(
        stack: &'a Stack,
        parameters: impl IntoIterator<Item = (&'static str, String)>,
        overrides_policy: bool,
    ) -> Result<Self, Refusal> {
        let parameters: BTreeMap<_, _> = parameters.into_iter().collect();
        for name in parameters.keys() {
            stack.parameter(name)?;
        }
        Ok(Self {
            stack,
            parameters,
            overrides_policy,
            bake: None,
        })
    }

    /// The call in words, for `--dry-run`.
    pub(crate) fn describe(&self) -> String {
        let parameters = self.stack.parameters.keys();
        let parameters = parameters.map(|name| match self.parameters.get(name.as_str()) {
            Some(value) => format!("{name}={value:?}"),
            None => format!("{name}=(previous)"),
        });
        let parameters: Vec<_> = parameters.collect();
        let capabilities = capabilities(self.stack);
        let capabilities: Vec<_> = capabilities.iter().map(Capability::as_str).collect();
        format!(
            "cloudformation UpdateStack StackName={} UsePreviousTemplate=true {} Capabilities={}{}",
            self.stack.name,
            parameters.join(" "),
            capabilities.join(","),
            if self.overrides_policy {
                " StackPolicyDuringUpdateBody=(allow all)"
            } else {
                ""
            }
        )
    }

    /// Starts the update, unless the stack was updated after it was read.
    pub(crate) async fn begin(self, cloud: &Cloud) -> anyhow::Result<()> {
        let stack = self.stack;
        ensure!(
            cloud.stack(&stack.name).await?.updated == stack.updated,
            Refusal(format!(
                "stack {} was changed after it was looked at\n  look again: cargo xtask status",
                stack.name
            ))
        );
        let parameters = stack.parameters.keys().map(|name| {
            let parameter = Parameter::builder().parameter_key(name);
            match self.parameters.get(name.as_str()) {
                Some(value) => parameter.parameter_value(value).build(),
                None => parameter.use_previous_value(true).build(),
            }
        });
        let (triggers, minutes) = match self.bake {
            None => (Vec::new(), 0),
            Some((alarm, minutes)) => {
                let trigger = RollbackTrigger::builder().arn(alarm);
                let trigger = trigger.r#type("AWS::CloudWatch::Alarm").build();
                (vec![trigger], minutes)
            }
        };
        // Always with a list: without one, CloudFormation keeps the alarms of the update before.
        let rollback = RollbackConfiguration::builder()
            .set_rollback_triggers(Some(triggers))
            .monitoring_time_in_minutes(minutes);
        let update = cloud
            .formation
            .update_stack()
            .stack_name(&stack.name)
            .use_previous_template(true)
            .set_parameters(Some(parameters.collect()))
            .set_capabilities(Some(capabilities(stack)))
            .rollback_configuration(rollback.build())
            .set_stack_policy_during_update_body(self.overrides_policy.then(|| ALLOW.to_owned()))
            // The token makes retries idempotent.
            .client_request_token(uuid::Uuid::new_v4().to_string());
        update.send().await.map(drop).map_err(|error| {
            let message = error.message().unwrap_or_default();
            if message.contains("No updates are to be performed") {
                Refusal("CloudFormation sees no change: nothing to promote".to_owned()).into()
            } else if message.contains("_IN_PROGRESS state") {
                busy(&stack.name, "UPDATE_IN_PROGRESS").into()
            } else {
                failed("cloudformation UpdateStack", &error)
            }
        })
    }
}

/// The capabilities of the last deployment, and those that the template needs at least: for its roles and its
/// transform.
fn capabilities(stack: &Stack) -> Vec<Capability> {
    let mut all = stack.capabilities.clone();
    for needed in [Capability::CapabilityAutoExpand, Capability::CapabilityIam] {
        if !all.contains(&needed) {
            all.push(needed);
        }
    }
    all.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    all
}
