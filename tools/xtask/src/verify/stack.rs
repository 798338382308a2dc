//! Finds the address of a stage of a stack. It runs the AWS CLI, because the SDK would take minutes to compile.

use std::{path::Path, process::Stdio};

use anyhow::{Context as _, bail};
use local::server::Stage;
use serde_json::Value;
use tokio::process::Command;

use crate::client::Address;

/// The values of a stack that concern a stage.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stack {
    pub(super) address: Address,
    /// The first allowed origin; `None` if all origins are allowed.
    pub(super) origin: Option<String>,
    pub(super) user_pool: Option<String>,
}

impl Stack {
    /// Asks CloudFormation with the AWS CLI, in the region and with the profile that its variables name.
    pub(super) async fn look_up(aws: &Path, name: &str, stage: Stage) -> anyhow::Result<Self> {
        let mut command = Command::new(aws);
        command
            .args(["cloudformation", "describe-stacks", "--output", "json"])
            .args(["--stack-name", name])
            .env("AWS_PAGER", "")
            .stdin(Stdio::null());
        let output = command.output().await.context(
            "the AWS CLI does not start: install it (docs/first-deploy.md), or give --url",
        )?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let described: Value = serde_json::from_slice(&output.stdout)
            .context("the AWS CLI's answer is not what it documents")?;
        let stack = described["Stacks"].get(0);
        let stack = stack.with_context(|| format!("there is no stack {name}"))?;
        let value = |list: &str, of: &str, name: &str| {
            let mut entries = stack[list].as_array()?.iter();
            let entry = entries.find(|entry| entry[format!("{of}Key")] == name)?;
            entry[format!("{of}Value")].as_str().map(ToOwned::to_owned)
        };
        let stage = stage.name();
        let output = format!("{stage}Url");
        let url = value("Outputs", "Output", &output).with_context(|| {
            format!("the stack {name} has no output {output}: it is not of this template, or was never deployed")
        })?;
        let origins = value("Parameters", "Parameter", "AllowedOrigins").unwrap_or_default();
        let first = origins.split(',').next().map(str::trim);
        Ok(Self {
            address: url.parse().with_context(|| format!("{output} is {url}"))?,
            origin: first
                .filter(|first| !matches!(*first, "*" | ""))
                .map(ToOwned::to_owned),
            user_pool: value("Outputs", "Output", &format!("{stage}UserPoolId")),
        })
    }
}
