//! What CloudFormation tells of a stack. It runs the AWS CLI, because the SDK would take minutes to compile.

use std::{path::Path, process::Stdio};

use anyhow::{Context as _, bail};
use serde_json::Value;
use tokio::process::Command;

/// The description of a stack.
#[derive(Debug)]
pub(crate) struct Stack {
    name: String,
    described: Value,
}

impl Stack {
    /// Asks CloudFormation with the AWS CLI, in the region and with the profile that its variables name. Without the
    /// CLI the error ends with what may be done instead.
    pub(crate) async fn look_up(aws: &Path, name: &str, instead: &str) -> anyhow::Result<Self> {
        let mut command = Command::new(aws);
        command
            .args(["cloudformation", "describe-stacks", "--output", "json"])
            .args(["--stack-name", name])
            .env("AWS_PAGER", "")
            .stdin(Stdio::null());
        let output = command.output().await.with_context(|| {
            format!("the AWS CLI does not start: install it (docs/first-deploy.md){instead}")
        })?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let described = serde_json::from_slice(&output.stdout)
            .context("the AWS CLI's answer is not what it documents")?;
        Self::of(name, described)
    }

    /// Takes a stack from an answer to `DescribeStacks`.
    pub(crate) fn of(name: &str, mut described: Value) -> anyhow::Result<Self> {
        let stack = described["Stacks"].get_mut(0).map(Value::take);
        Ok(Self {
            name: name.to_owned(),
            described: stack.with_context(|| format!("there is no stack {name}"))?,
        })
    }

    /// An output; `None` if the stack has none of this name.
    pub(crate) fn output(&self, name: &str) -> Option<&str> {
        self.value("Output", name)
    }

    /// The value of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.value("Parameter", name)
    }

    /// An output that every stack of this template has.
    pub(crate) fn own_output(&self, output: &str) -> anyhow::Result<&str> {
        let name = &self.name;
        self.output(output).with_context(|| {
            format!("the stack {name} has no output {output}: it is not of this template, or was never deployed")
        })
    }

    /// The region of the stack, which its ARN names.
    pub(crate) fn region(&self) -> anyhow::Result<&str> {
        let arn = self.described["StackId"].as_str();
        arn.and_then(|arn| arn.split(':').nth(3))
            .with_context(|| format!("the stack {} has no region", self.name))
    }

    fn value(&self, kind: &str, name: &str) -> Option<&str> {
        let mut entries = self.described[format!("{kind}s")].as_array()?.iter();
        let entry = entries.find(|entry| entry[format!("{kind}Key")] == name)?;
        entry[format!("{kind}Value")].as_str()
    }
}
