//! SAM's command line, pointed at the local cloud.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};
use programs::{
    checkout::{cache, cargo, command},
    less_optimised,
    tools::{path_behind, run, show},
};
use serde_json::Value;

use crate::ministack::REGION;

/// The settings of SAM and of the programs that it starts.
#[derive(Debug)]
pub(super) struct Sam {
    programs: PathBuf,
    home: PathBuf,
    endpoint: String,
}

/// The name of the stack, which is the only one in its cloud.
pub(super) const STACK: &str = "movies";

/// Values by their names.
pub(super) type Pairs = BTreeMap<String, String>;

impl Sam {
    pub(super) fn new(programs: PathBuf, home: &Path, endpoint: &str) -> Self {
        Self {
            programs,
            home: home.to_owned(),
            endpoint: endpoint.to_owned(),
        }
    }

    /// Builds the functions for this machine, under the name of a build. They are less optimised than those of a plain
    /// `sam build`, to save time.
    pub(super) fn build(&self, build: &str) -> anyhow::Result<()> {
        run(less_optimised(&mut self.sam("build")?)
            .arg("--build-dir")
            .arg(build_folder())
            .args(["--parameter-overrides", &architecture()])
            .env("SERVICE_BUILD", build))
    }

    /// Deploys the build.
    pub(super) fn deploy(&self) -> anyhow::Result<()> {
        run(self
            .sam("deploy")?
            .arg("--template-file")
            .arg(build_folder().join("template.yaml"))
            .args(["--stack-name", STACK, "--resolve-s3", "--no-progressbar"])
            .args(["--no-confirm-changeset", "--no-fail-on-empty-changeset"])
            .args(["--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])
            .arg("--parameter-overrides")
            .arg(architecture())
            // The local cloud has no CodeDeploy, so Production's alias moves at once.
            .arg("ProductionTrafficShift=''")
            // It has no firewall either.
            .arg("WafAuthRateLimit=0")
            // The issuer in the tokens is an address on AWS, but the keys are served here.
            .arg(format!("KeySetBaseUrl={}", self.endpoint)))
    }

    /// Moves Production with the same tool as on AWS.
    pub(super) fn roll_out(&self, command: &str) -> anyhow::Result<()> {
        run(self
            .tool(&mut cargo(&["xtask", command]))
            .args(["--yes", "--interval", "0.2"]))
    }

    /// Prints the version that each stage serves, with the same tool.
    pub(super) fn status(&self) -> anyhow::Result<()> {
        run(self.tool(&mut cargo(&["xtask", "status"])))
    }

    /// The variables that a shell needs to reach the local cloud.
    pub(super) fn exports(&self) -> String {
        let endpoint = &self.endpoint;
        format!(
            "export AWS_ENDPOINT_URL={endpoint} AWS_REGION={REGION} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test"
        )
    }

    pub(super) fn delete(&self) -> anyhow::Result<()> {
        run(self
            .sam("delete")?
            .args(["--stack-name", STACK, "--no-prompts", "--region", REGION]))
    }

    /// The stack's outputs: values by names.
    pub(super) fn outputs(&self) -> anyhow::Result<Pairs> {
        self.list("stack-outputs", "OutputKey", "OutputValue")
    }

    /// The stack's resources: physical ids by logical ids.
    pub(super) fn resources(&self) -> anyhow::Result<Pairs> {
        self.list("resources", "LogicalResourceId", "PhysicalResourceId")
    }

    fn list(&self, what: &str, key: &str, value: &str) -> anyhow::Result<Pairs> {
        let mut list = self.sam("list")?;
        list.args([what, "--stack-name", STACK, "--output", "json"]);
        show(&list);
        let listed = list.output().context("sam does not start")?;
        if !listed.status.success() {
            let reason = String::from_utf8_lossy(&listed.stderr);
            bail!("sam list {what}: {}", reason.trim());
        }
        let entries: Vec<Value> = serde_json::from_slice(&listed.stdout)
            .with_context(|| format!("sam list {what}: not a list"))?;
        let pairs = entries.iter().filter_map(|entry| {
            let text = |name: &str| entry[name].as_str().map(ToOwned::to_owned);
            Some((text(key)?, text(value)?))
        });
        Ok(pairs.collect())
    }

    /// Points a program at the local cloud, without the credentials of any account.
    pub(super) fn point<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let nothing = self.home.join("none");
        command
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", REGION)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_CONFIG_FILE", &nothing)
            .env("AWS_SHARED_CREDENTIALS_FILE", &nothing)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("NO_PROXY", "127.0.0.1")
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN")
    }

    fn tool<'a>(&self, tool: &'a mut Command) -> &'a mut Command {
        self.point(tool)
            .args(["--stack", STACK, "--region", REGION])
    }

    fn sam(&self, subcommand: &str) -> anyhow::Result<Command> {
        let mut sam = command(self.programs.join("sam"));
        self.point(&mut sam)
            .arg(subcommand)
            // SAM looks for cargo-lambda there.
            .env("PATH", path_behind(&self.programs)?)
            .env("SAM_CLI_TELEMETRY", "0")
            .env("__SAM_CLI_APP_DIR", &self.home);
        Ok(sam)
    }
}

fn build_folder() -> PathBuf {
    cache("cloud")
}

/// The template's parameter for the architecture of this machine, on which the functions run.
fn architecture() -> String {
    let name = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        other => other,
    };
    format!("LambdaArchitecture={name}")
}
