//! Finds the address of a stage of a stack. It runs the AWS CLI, because the SDK would take minutes to compile.

use std::{io, path::Path, process::Stdio};

use anyhow::{Context as _, anyhow, bail};
use local::server::Stage;
use serde::Deserialize;
use tokio::process::Command;

use crate::client::Address;

/// A stage of a stack.
#[derive(Debug)]
pub(super) struct StackArgs<'a> {
    pub(super) name: &'a str,
    pub(super) stage: Stage,
    pub(super) region: Option<&'a str>,
    pub(super) profile: Option<&'a str>,
}

/// The values of a stack that concern a stage.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stack {
    pub(super) address: Address,
    /// The first allowed origin; `None` if all origins are allowed.
    pub(super) origin: Option<String>,
    pub(super) user_pool: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    stacks: Vec<Description>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    #[serde(default)]
    outputs: Vec<Output>,
    #[serde(default)]
    parameters: Vec<Parameter>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    output_key: String,
    output_value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    parameter_key: String,
    parameter_value: String,
}

impl Stack {
    /// Asks CloudFormation with the AWS CLI.
    pub(super) async fn look_up(aws: &Path, args: &StackArgs<'_>) -> anyhow::Result<Self> {
        let mut command = Command::new(aws);
        command
            .args(["cloudformation", "describe-stacks", "--output", "json"])
            .args(["--stack-name", args.name])
            .env("AWS_PAGER", "")
            .stdin(Stdio::null());
        for (flag, value) in [("--region", args.region), ("--profile", args.profile)] {
            command.args(value.map(|value| [flag, value]).into_iter().flatten());
        }
        let output = command.output().await.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                anyhow!(
                    "the AWS CLI is not there: install it (docs/first-deploy.md), or give --url"
                )
            }
            _ => anyhow!("the AWS CLI does not start: {error}"),
        })?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let described: Described = serde_json::from_slice(&output.stdout)
            .context("the AWS CLI's answer is not what it documents")?;
        let stack = described.stacks.into_iter().next();
        let stack = stack.with_context(|| format!("there is no stack {}", args.name))?;
        stack.stage(args)
    }
}

impl Description {
    fn stage(&self, args: &StackArgs<'_>) -> anyhow::Result<Stack> {
        let stage = args.stage.name();
        let name = format!("{stage}Url");
        let url = self.output(&name).with_context(|| {
            let stack = args.name;
            format!("the stack {stack} has no output {name}: it is not of this template, or was never deployed")
        })?;
        Ok(Stack {
            address: url.parse().with_context(|| format!("{name} is {url}"))?,
            origin: self.origin().map(ToOwned::to_owned),
            user_pool: self
                .output(&format!("{stage}UserPoolId"))
                .map(ToOwned::to_owned),
        })
    }

    fn output(&self, name: &str) -> Option<&str> {
        let mut outputs = self.outputs.iter();
        let output = outputs.find(|output| output.output_key == name)?;
        Some(&output.output_value)
    }

    fn origin(&self) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        let origins = parameters.find(|one| one.parameter_key == "AllowedOrigins")?;
        let first = origins.parameter_value.split(',').next()?.trim();
        (first != "*").then_some(first)
    }
}
