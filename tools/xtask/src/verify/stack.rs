//! Finds the address of a stage of a stack. It runs the AWS CLI, because the SDK would take minutes to compile.

use std::{io, path::Path, process::Stdio};

use anyhow::{Context as _, anyhow, bail};
use local::server::Stage;
use serde_json::Value;
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
        let described: Value = serde_json::from_slice(&output.stdout)
            .context("the AWS CLI's answer is not what it documents")?;
        let stack = described["Stacks"].get(0);
        Self::read(
            stack.with_context(|| format!("there is no stack {}", args.name))?,
            args,
        )
    }

    fn read(stack: &Value, args: &StackArgs<'_>) -> anyhow::Result<Self> {
        let value = |list: &str, of: &str, name: &str| {
            let mut entries = stack[list].as_array()?.iter();
            let entry = entries.find(|entry| entry[format!("{of}Key")] == name)?;
            entry[format!("{of}Value")].as_str().map(ToOwned::to_owned)
        };
        let stage = args.stage.name();
        let name = format!("{stage}Url");
        let url = value("Outputs", "Output", &name).with_context(|| {
            let stack = args.name;
            format!("the stack {stack} has no output {name}: it is not of this template, or was never deployed")
        })?;
        let origins = value("Parameters", "Parameter", "AllowedOrigins").unwrap_or_default();
        let first = origins.split(',').next().map(str::trim);
        Ok(Self {
            address: url.parse().with_context(|| format!("{name} is {url}"))?,
            origin: first
                .filter(|first| !matches!(*first, "*" | ""))
                .map(ToOwned::to_owned),
            user_pool: value("Outputs", "Output", &format!("{stage}UserPoolId")),
        })
    }
}
