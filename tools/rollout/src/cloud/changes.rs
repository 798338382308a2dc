//! Change sets: the changes that a deployment would make.

use aws_sdk_cloudformation::{
    error::ProvideErrorMetadata as _,
    types::{Change as Described, ExecutionStatus, Replacement, ResourceAttribute},
};

use super::{Called as _, Cloud, failed};
use crate::refusal::Refusal;

#[derive(Debug, Clone)]
pub(crate) struct ChangeSet {
    pub(crate) name: String,
    pub(crate) changes: Vec<Change>,
}

/// The change of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// `Add`, `Modify`, `Remove` and the like.
    pub(crate) action: String,
    pub(crate) resource: String,
    /// The names of the properties that change, and of other attributes such as `DeletionPolicy`.
    pub(crate) properties: Vec<String>,
    /// True if CloudFormation replaces the resource, or may replace it.
    pub(crate) replaced: bool,
}

impl Change {
    fn of(described: &Described) -> Option<Self> {
        let change = described.resource_change()?;
        let mut properties: Vec<_> = change
            .details()
            .iter()
            .filter_map(|detail| {
                let target = detail.target()?;
                Some(match target.attribute()? {
                    ResourceAttribute::Properties => target.name()?.to_owned(),
                    other => other.as_str().to_owned(),
                })
            })
            .collect();
        properties.sort_unstable();
        properties.dedup();
        Some(Self {
            action: change.action()?.as_str().to_owned(),
            resource: change.logical_resource_id()?.to_owned(),
            properties,
            replaced: matches!(
                change.replacement(),
                Some(Replacement::True | Replacement::Conditional)
            ),
        })
    }
}

impl Cloud {
    /// Reads the newest change set that can be executed. `None` if there is none.
    pub(crate) async fn newest_change_set(&self, stack: &str) -> anyhow::Result<Option<ChangeSet>> {
        let list = self.formation.list_change_sets().stack_name(stack);
        let mut pages = list.into_paginator().items().send();
        let mut newest = None;
        while let Some(summary) = pages.next().await {
            let summary = summary.called("cloudformation ListChangeSets")?;
            if summary.execution_status() == Some(&ExecutionStatus::Available) {
                let created = summary.creation_time.map(|time| time.as_nanos());
                newest = newest.max(Some((created, summary.change_set_name)));
            }
        }
        let Some((_, Some(name))) = newest else {
            return Ok(None);
        };
        let described = self.formation.describe_change_set().stack_name(stack);
        let described = described.change_set_name(&name);
        let mut changes = Vec::new();
        let mut pages = described.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| match error.code() {
                Some("ChangeSetNotFound") => Refusal(format!(
                    "stack {stack} has no change set that can be executed\n  \
                    make one: sam build && sam deploy --no-execute-changeset"
                ))
                .into(),
                _ => failed("cloudformation DescribeChangeSet", &error),
            })?;
            changes.extend(page.changes().iter().filter_map(Change::of));
        }
        Ok(Some(ChangeSet { name, changes }))
    }

    /// Executes a change set.
    pub(crate) async fn execute(&self, stack: &str, name: &str) -> anyhow::Result<()> {
        let execute = self
            .formation
            .execute_change_set()
            .stack_name(stack)
            .change_set_name(name)
            .client_request_token(uuid::Uuid::new_v4().to_string());
        let executed = execute.send().await.map(drop);
        executed.called("cloudformation ExecuteChangeSet")
    }
}
