//! What each step does.

use std::process::Command;

use anyhow::ensure;

use super::{
    Counts, Step, libtest,
    ministack::MiniStack,
    schemathesis,
    tools::{Tools, run, show},
};
use crate::checkout::{cargo, command};

/// Runs steps.
#[derive(Debug, Default)]
pub(super) struct Steps {
    tools: Tools,
}

impl Steps {
    pub(super) async fn run(&self, step: Step) -> anyhow::Result<Counts> {
        match step {
            Step::Tools => self.set_up_tools(),
            Step::Fmt => check(&mut cargo(&["fmt", "--all", "--check"])),
            Step::Clippy => check(
                cargo(&["clippy", "--workspace", "--all-targets"]).args(["--", "-D", "warnings"]),
            ),
            Step::Test => tests(&mut cargo(&["test", "--workspace", "--no-fail-fast"])),
            Step::Cloud => self.suites_on_ministack().await,
            Step::Doc => check(
                cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"),
            ),
            Step::Schemathesis => schemathesis::run(&self.tools).await,
            Step::Openapi => self.lint_openapi(),
            Step::Template => self.lint_template(),
        }
    }

    /// Tries both, so that both are reported.
    fn set_up_tools(&self) -> anyhow::Result<Counts> {
        let missing: Vec<_> = [self.tools.python("python"), self.tools.node("redocly")]
            .into_iter()
            .filter_map(Result::err)
            .map(|error| error.to_string())
            .collect();
        ensure!(missing.is_empty(), missing.join("\nerror: "));
        Ok(Counts::PASSED)
    }

    /// What of the suites needs no cloud ran with all other tests.
    async fn suites_on_ministack(&self) -> anyhow::Result<Counts> {
        let ministack = MiniStack::start(&self.tools.python("python")?).await?;
        let suite = |test: &str, backend: &str, endpoint: &str| {
            tests(
                cargo(&["test", "--workspace", "--no-fail-fast", "--test", test])
                    .args(["--", backend])
                    .env(endpoint, ministack.url()),
            )
        };
        let store = suite("store", "dynamodb::", "DYNAMODB_ENDPOINT");
        let identity = suite("identity", "cognito::", "COGNITO_ENDPOINT");
        Ok(store? + identity?)
    }

    fn lint_openapi(&self) -> anyhow::Result<Counts> {
        check(
            command(self.tools.node("redocly")?)
                .args([
                    "lint",
                    "openapi.yaml",
                    "--config",
                    "tests/tools/redocly.yaml",
                ])
                .env("REDOCLY_TELEMETRY", "off")
                .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"),
        )
    }

    fn lint_template(&self) -> anyhow::Result<Counts> {
        check(command(self.tools.python("cfn-lint")?).args(["--template", "template.yaml"]))
    }
}

/// A command that counts as one test.
pub(super) fn check(command: &mut Command) -> anyhow::Result<Counts> {
    run(command)?;
    Ok(Counts::PASSED)
}

/// A command whose tests are counted.
fn tests(command: &mut Command) -> anyhow::Result<Counts> {
    show(command);
    libtest::run(command)
}
