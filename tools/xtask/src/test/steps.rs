//! The steps of the tests.

use std::{fs, process::Command};

use anyhow::ensure;
use programs::{
    checkout::{cache, cargo, command},
    tools::{Tools, run, show},
};

use super::{Counts, Step, clients, contract_diff, libtest, new_resource, schemathesis};
use crate::{cloud, contract, ministack::MiniStack};

/// The state file of SAM. By its date, SAM last looked for a newer version in the year 2100, so it does not look now.
const SAM_SETTINGS: &str = r#"{"telemetryEnabled": false, "lastVersionCheck": 4102444800.0}"#;

/// The template with the permissions of a pipeline in the account.
const AWS_ACCESS: &str = ".github/aws-access.yaml";

const WORKFLOWS: [&str; 3] = [
    ".github/workflows/ci.yml",
    ".github/workflows/deploy.yml",
    ".github/workflows/release.yml",
];

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
            Step::NewResource => new_resource::run(&self.tools).await,
            Step::Doc => check(
                cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"),
            ),
            Step::Schemathesis => schemathesis::run(&self.tools).await,
            Step::Clients => clients::run(&self.tools).await,
            Step::Openapi => self.lint_openapi(),
            Step::Template => self.lint_template(),
            Step::Workflows => self.lint_workflows(),
            Step::Deploy => cloud::test(&self.tools).await,
            Step::Instructions => {
                check(command(programs::build_program("bench")?).arg("instructions"))
            }
        }
    }

    /// Sets up all tools, so that every failure is reported.
    fn set_up_tools(&self) -> anyhow::Result<Counts> {
        let all = [
            self.tools.python("python"),
            self.tools.sam(),
            self.tools.checkov(),
            self.tools.oasdiff(),
            self.tools.node("redocly"),
        ];
        let missing: Vec<_> = all
            .into_iter()
            .filter_map(Result::err)
            .map(|error| error.to_string())
            .collect();
        ensure!(missing.is_empty(), missing.join("\nerror: "));
        Ok(Counts::PASSED)
    }

    /// Runs the suites that need MiniStack; their other tests are part of the step `test`.
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
        contract::check()?;
        let compared = contract_diff::run(&self.tools)?;
        let lint = check(
            command(self.tools.node("redocly")?)
                .args([
                    "lint",
                    "openapi.yaml",
                    "--config",
                    "tests/tools/redocly.yaml",
                ])
                .env("REDOCLY_TELEMETRY", "off")
                .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"),
        )?;
        Ok(compared + lint)
    }

    fn lint_template(&self) -> anyhow::Result<Counts> {
        let template = ["--template", "template.yaml"];
        let lint = check(
            command(self.tools.python("cfn-lint")?)
                .args(template)
                .arg(AWS_ACCESS),
        )?;
        let home = cache("sam");
        fs::create_dir_all(&home)?;
        fs::write(home.join("metadata.json"), SAM_SETTINGS)?;
        // SAM calls no account here, but needs a region.
        let validate = check(
            command(self.tools.sam()?.join("sam"))
                .args(["validate", "--lint", "--region", "eu-west-1"])
                .args(template)
                .env("SAM_CLI_TELEMETRY", "0")
                .env("__SAM_CLI_APP_DIR", &home),
        )?;
        // The tests call cfn-guard, which is one of the node modules.
        self.tools.node("redocly")?;
        let tests = check(
            command(self.tools.python("python")?)
                .args(["-B", "-m", "unittest", "discover"])
                .args(["--start-directory", "tests/tools"]),
        )?;
        let insecure = check(
            command(self.tools.checkov()?)
                .args(["--file", "template.yaml", AWS_ACCESS])
                .args(["--framework", "cloudformation"])
                .args(["--compact", "--quiet", "--skip-download"])
                .env("CKV_SKIP_PACKAGE_UPDATE_CHECK", "true")
                .env("BC_SKIP_MAPPING", "true"),
        )?;
        Ok(lint + validate + tests + insecure)
    }

    fn lint_workflows(&self) -> anyhow::Result<Counts> {
        let schema = check(
            command(self.tools.python("check-jsonschema")?)
                .args(["--builtin-schema", "vendor.github-workflows"])
                .args(WORKFLOWS),
        )?;
        let insecure = check(
            command(self.tools.python("zizmor")?)
                .args(["--offline", "--no-progress", "--persona", "pedantic"])
                .args(WORKFLOWS),
        )?;
        Ok(schema + insecure)
    }
}

/// Runs a command that counts as one test.
pub(super) fn check(command: &mut Command) -> anyhow::Result<Counts> {
    run(command)?;
    Ok(Counts::PASSED)
}

/// Runs a command whose tests are counted.
pub(crate) fn tests(command: &mut Command) -> anyhow::Result<Counts> {
    show(command);
    libtest::run(command)
}
