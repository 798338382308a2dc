//! A stack on a local cloud, deployed by SAM's command line.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use anyhow::{Context as _, bail};
use programs::{
    checkout::{cache, cargo, command},
    less_optimised,
    tools::{Tools, path_behind, run, show},
};
use serde_json::{Value, json};
use service::nouns::REALM;
use tempfile::TempDir;

use crate::ministack::{MiniStack, REGION};

/// A deployed stack. Dropping it ends its cloud.
#[derive(Debug)]
pub(super) struct Deployment {
    ministack: MiniStack,
    /// The folder of SAM's programs.
    programs: PathBuf,
    /// The home of SAM, and the file with what the tests need.
    folder: TempDir,
    outputs: Pairs,
    /// The physical ids by the logical ids.
    resources: Pairs,
}

/// Values by their names.
type Pairs = BTreeMap<String, String>;

/// The name of the stack, which is the only one in its cloud.
const STACK: &str = REALM;

impl Deployment {
    /// Starts a cloud, then builds and deploys the stack.
    pub(super) async fn start(tools: &Tools, build: &str) -> anyhow::Result<Self> {
        let (python, programs) = (tools.python("python")?, tools.sam()?);
        let mut deployment = Self {
            ministack: MiniStack::start(&python).await?,
            programs,
            folder: tempfile::tempdir()?,
            outputs: Pairs::new(),
            resources: Pairs::new(),
        };
        deployment.update(build)?;
        Ok(deployment)
    }

    /// Builds and deploys the current state of the checkout, under the name of a build. The functions are for this
    /// machine and less optimised than those of a plain `sam build`, to save time.
    pub(super) fn update(&mut self, build: &str) -> anyhow::Result<()> {
        let folder = cache("cloud");
        // The functions run on this machine.
        let architecture = match std::env::consts::ARCH {
            "aarch64" => "arm64",
            other => other,
        };
        let architecture = format!("LambdaArchitecture={architecture}");
        run(less_optimised(&mut self.sam("build")?)
            .arg("--build-dir")
            .arg(&folder)
            .args(["--parameter-overrides", &architecture])
            .env("SERVICE_BUILD", build))?;
        run(self
            .sam("deploy")?
            .arg("--template-file")
            .arg(folder.join("template.yaml"))
            .args(["--stack-name", STACK, "--resolve-s3", "--no-progressbar"])
            .args(["--no-confirm-changeset", "--no-fail-on-empty-changeset"])
            .args(["--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])
            .args(["--parameter-overrides", &architecture])
            // The local cloud has no CodeDeploy, so Production's alias moves at once.
            .arg("ProductionTrafficShift=''")
            // It has no firewall either.
            .arg("WafAuthRateLimit=0")
            .arg("WebHosting=true")
            // The issuer in the tokens is an address on AWS, but keys and buckets are served here.
            .arg(format!("EmulatorUrl={}", self.ministack.url())))?;
        self.look()
    }

    /// Moves Production with a command of the same tool as on AWS.
    pub(super) fn roll_out(&mut self, command: &str) -> anyhow::Result<()> {
        run(self
            .tool(&mut cargo(&["xtask", command]))
            .args(["--yes", "--interval", "0.2"]))?;
        self.look()
    }

    /// Prints the version that each stage serves, with the same tool.
    pub(super) fn status(&self) -> anyhow::Result<()> {
        run(self.tool(&mut cargo(&["xtask", "status"])))
    }

    /// Asks about the feed of changes, or begins its logs anew, with the same tool.
    pub(super) fn feed(&self, arguments: &[&str]) -> anyhow::Result<()> {
        run(self.tool(cargo(&["xtask", "feed"]).args(arguments)))
    }

    /// Deletes the stack. Its outputs are kept for the tests, which check what is left of it.
    pub(super) fn delete(&self) -> anyhow::Result<()> {
        run(self
            .sam("delete")?
            .args(["--stack-name", STACK, "--no-prompts", "--region", REGION]))
    }

    /// Writes a file with the addresses and names that the tests need; returns its path.
    pub(super) fn facts(&self) -> anyhow::Result<PathBuf> {
        let facts = json!({
            "endpoint": self.ministack.url(),
            "region": REGION,
            "outputs": self.outputs,
            "resources": self.resources,
        });
        let file = self.folder.path().join("outputs.json");
        fs::write(&file, facts.to_string())
            .with_context(|| format!("cannot write {}", file.display()))?;
        Ok(file)
    }

    /// The addresses and variables that one needs to use the stack by hand.
    pub(super) fn describe(&self) -> String {
        let endpoint = self.ministack.url();
        // The outputs have the address that the API would have on AWS.
        let api = self.outputs.get("ApiId").map_or("?", String::as_str);
        let mut lines = vec![
            format!("AWS         {endpoint}"),
            format!("mail        {endpoint}/_ministack/ses/messages"),
        ];
        for stage in ["Development", "Production"] {
            lines.push(format!(
                "{stage:11} {endpoint}/_aws/execute-api/{api}/{stage}"
            ));
            for (name, value) in &self.outputs {
                if let Some(name) = name.strip_prefix(stage).filter(|name| *name != "Url") {
                    lines.push(format!("            {name}: {value}"));
                }
            }
        }
        lines.push(format!(
            "\nFor `aws`, `sam` and `cargo xtask status`, in another shell:
  export AWS_ENDPOINT_URL={endpoint} AWS_REGION={REGION} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test"
        ));
        lines.join("\n")
    }

    /// Looks up the outputs and the resources of the stack.
    fn look(&mut self) -> anyhow::Result<()> {
        self.outputs = self.list("stack-outputs", "OutputKey", "OutputValue")?;
        self.resources = self.list("resources", "LogicalResourceId", "PhysicalResourceId")?;
        Ok(())
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
    fn point<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let nothing = self.folder.path().join("none");
        command
            .env("AWS_ENDPOINT_URL", self.ministack.url())
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
            .env("__SAM_CLI_APP_DIR", self.folder.path());
        Ok(sam)
    }
}
