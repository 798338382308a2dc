//! A stack on a local cloud.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use programs::tools::Tools;
use serde_json::json;
use tempfile::TempDir;

use super::sam::{Pairs, Sam};
use crate::ministack::{MiniStack, REGION};

/// A deployed stack. Dropping it ends its cloud.
#[derive(Debug)]
pub(super) struct Deployment {
    sam: Sam,
    ministack: MiniStack,
    folder: TempDir,
    outputs: Pairs,
    resources: Pairs,
}

impl Deployment {
    /// Starts a cloud, then builds and deploys the stack.
    pub(super) async fn start(tools: &Tools, build: &str) -> anyhow::Result<Self> {
        let (python, programs) = (tools.python("python")?, tools.sam()?);
        let folder = tempfile::tempdir()?;
        let ministack = MiniStack::start(&python).await?;
        let sam = Sam::new(programs, folder.path(), ministack.url());
        let mut deployment = Self {
            sam,
            ministack,
            folder,
            outputs: Pairs::new(),
            resources: Pairs::new(),
        };
        deployment.update(build)?;
        Ok(deployment)
    }

    /// Builds and deploys the current state of the checkout.
    pub(super) fn update(&mut self, build: &str) -> anyhow::Result<()> {
        self.sam.build(build)?;
        self.sam.deploy()?;
        self.look()
    }

    /// Moves Production with a command of the same tool as on AWS.
    pub(super) fn roll_out(&mut self, command: &str) -> anyhow::Result<()> {
        self.sam.roll_out(command)?;
        self.look()
    }

    /// Prints the version that each stage serves.
    pub(super) fn status(&self) -> anyhow::Result<()> {
        self.sam.status()
    }

    /// Deletes the stack. Its outputs are kept for the tests, which check what is left of it.
    pub(super) fn delete(&self) -> anyhow::Result<()> {
        self.sam.delete()
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
        let mut lines = vec![
            format!("AWS         {}", self.ministack.url()),
            format!(
                "mail        {}/_ministack/ses/messages",
                self.ministack.url()
            ),
        ];
        for stage in ["Development", "Production"] {
            lines.push(format!("{stage:11} {}", self.stage_url(stage)));
            for (name, value) in &self.outputs {
                match name.strip_prefix(stage) {
                    // `Url` is the address that the stage would have on AWS.
                    None | Some("Url") => {}
                    Some(name) => lines.push(format!("            {name}: {value}")),
                }
            }
        }
        lines.push(format!(
            "\nFor `aws`, `sam` and `cargo xtask status`, in another shell:\n  {}",
            self.sam.exports()
        ));
        lines.join("\n")
    }

    fn look(&mut self) -> anyhow::Result<()> {
        self.outputs = self.sam.outputs()?;
        self.resources = self.sam.resources()?;
        Ok(())
    }

    /// The address of a stage on the local cloud. The outputs have the one that it would have on AWS.
    fn stage_url(&self, stage: &str) -> String {
        let api = self.outputs.get("ApiId").map_or("?", String::as_str);
        format!("{}/_aws/execute-api/{api}/{stage}", self.ministack.url())
    }
}
