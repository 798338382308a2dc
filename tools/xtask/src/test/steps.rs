//! The steps of the tests.

use std::{fs, path::PathBuf, process::Command};

use anyhow::ensure;
use local::server::{Options, Server, Stage};
use programs::{
    checkout::{cache, cargo, command, root},
    tools::{self, Tools, show},
};
use secrecy::ExposeSecret as _;

use super::{Counts, Step, apps, contract_diff, libtest, new_resource};
use crate::{chaos, client::Client, cloud, contract, ministack::MiniStack, supply_chain};

/// The state file of SAM. By its date, SAM last looked for a newer version in the year 2100, so it does not look now.
const SAM_SETTINGS: &str = r#"{"telemetryEnabled": false, "lastVersionCheck": 4102444800.0}"#;

/// The template with the permissions of a pipeline in the account.
const AWS_ACCESS: &str = ".github/aws-access.yaml";

const WORKFLOWS: [&str; 3] = [
    ".github/workflows/ci.yml",
    ".github/workflows/deploy.yml",
    ".github/workflows/release.yml",
];

/// The account of Schemathesis's examples. `schemathesis.toml` has it too.
const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct-Horse-7-battery";

pub(super) async fn run(step: Step, tools: &Tools) -> anyhow::Result<Counts> {
    match step {
        Step::Tools => set_up_tools(tools),
        Step::Fmt => check(&mut cargo(&["fmt", "--all", "--check"])),
        Step::Clippy => {
            check(cargo(&["clippy", "--workspace", "--all-targets"]).args(["--", "-D", "warnings"]))
        }
        Step::Test => all_tests(),
        Step::Cloud => suites_on_ministack(tools).await,
        Step::NewResource => new_resource::run(tools).await,
        Step::Doc => {
            check(cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
        }
        Step::Schemathesis => schemathesis(tools).await,
        Step::Clients => clients(tools).await,
        Step::TypeScript => apps::typescript(tools).await,
        Step::Kotlin => apps::kotlin().await,
        Step::Swift => apps::swift().await,
        Step::Quickstart => apps::quickstart(tools).await,
        Step::Bare => bare(),
        Step::Openapi => lint_openapi(tools),
        Step::Template => lint_template(tools),
        Step::SupplyChain => supply_chain::run(tools),
        Step::Workflows => lint_workflows(tools),
        Step::Chaos => chaos::test(tools).await,
        Step::Deploy => cloud::test(tools).await,
        Step::Instructions => check(command(programs::build_program("bench")?).arg("instructions")),
    }
}

/// A running server, and the URL of its Development.
async fn server() -> anyhow::Result<(Server, String)> {
    let options = Options {
        quiet: true,
        ..Options::default()
    };
    let server = Server::start(options).await?;
    let url = server.stage_url(Stage::Development);
    Ok((server, url))
}

/// Requests generated from `openapi.yaml`, valid and invalid, against the running server.
async fn schemathesis(tools: &Tools) -> anyhow::Result<Counts> {
    let schemathesis = tools.python("st")?;
    let (server, url) = server().await?;
    let client = Client::sign_up_locally(url.parse()?, EMAIL, PASSWORD).await?;
    let counts = check(
        command(schemathesis)
            .args(["--config-file", "tests/tools/schemathesis.toml"])
            .args(["run", "openapi.yaml", "--url", &url])
            .env("API_TOKEN", client.access_token().await.expose_secret())
            .env("HYPOTHESIS_STORAGE_DIRECTORY", cache("hypothesis")),
    );
    server.stop().await;
    counts
}

/// Clients in other languages against the running server: they must get the response to a request whose body the server
/// does not need.
async fn clients(tools: &Tools) -> anyhow::Result<Counts> {
    let python = tools.python("python")?;
    let (server, url) = server().await?;
    let mut counts = Counts::default();
    // The number of requests, and the bytes of each body.
    for (count, bytes) in [("2000", "30"), ("400", "100000")] {
        for (program, script) in [
            (python.as_os_str(), "tests/tools/clients/dead_token.py"),
            ("node".as_ref(), "tests/tools/clients/dead_token.mjs"),
        ] {
            counts = counts + check(command(program).args([script, &url, count, bytes]))?;
        }
    }
    server.stop().await;
    Ok(counts + apps::generated()?)
}

/// Sets up all tools, so that every failure is reported.
fn set_up_tools(tools: &Tools) -> anyhow::Result<Counts> {
    let all = [
        tools.python("python"),
        tools.sam(),
        tools.checkov(),
        tools.oasdiff(),
        tools.node("redocly"),
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
async fn suites_on_ministack(tools: &Tools) -> anyhow::Result<Counts> {
    let ministack = MiniStack::start(&tools.python("python")?).await?;
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

/// The program of a release, as whoever has nothing else starts it.
fn bare() -> anyhow::Result<Counts> {
    let program = programs::build_program("dev")?;
    let script = || {
        let mut script = command("python3");
        script
            .arg("tests/tools/bare_debian.py")
            .arg(cache("debian"));
        script
    };
    // Packages that cannot be reached, or a user who may not make a system in a folder.
    let made =
        tools::debian_program("debootstrap", "debootstrap").and_then(|_| tools::run(&mut script()));
    if let Err(error) = made {
        println!("!! THE PROGRAM IS NOT TRIED ON A BARE DEBIAN: {error:#}");
        return Ok(Counts::default());
    }
    check(script().arg(program))
}

fn lint_openapi(tools: &Tools) -> anyhow::Result<Counts> {
    contract::check()?;
    let compared = contract_diff::run(tools)?;
    let lint = check(
        command(tools.node("redocly")?)
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

fn lint_template(tools: &Tools) -> anyhow::Result<Counts> {
    let template = ["--template", "template.yaml"];
    let lint = check(
        command(tools.python("cfn-lint")?)
            .args(template)
            .arg(AWS_ACCESS),
    )?;
    let home = cache("sam");
    fs::create_dir_all(&home)?;
    fs::write(home.join("metadata.json"), SAM_SETTINGS)?;
    // SAM calls no account here, but needs a region.
    let validate = check(
        command(tools.sam()?.join("sam"))
            .args(["validate", "--lint", "--region", "eu-west-1"])
            .args(template)
            .env("SAM_CLI_TELEMETRY", "0")
            .env("__SAM_CLI_APP_DIR", &home),
    )?;
    // The tests call cfn-guard, which is one of the node modules.
    tools.node("redocly")?;
    let tests = check(
        command(tools.python("python")?)
            .args(["-B", "-m", "unittest", "discover"])
            .args(["--start-directory", "tests/tools"]),
    )?;
    let insecure = check(
        command(tools.checkov()?)
            .args(["--file", "template.yaml", AWS_ACCESS])
            .arg(with_hosting()?)
            .args(["--framework", "cloudformation"])
            .args(["--compact", "--quiet", "--skip-download"])
            .env("CKV_SKIP_PACKAGE_UPDATE_CHECK", "true")
            .env("BC_SKIP_MAPPING", "true"),
    )?;
    Ok(lint + validate + tests + insecure)
}

/// A copy of the template in which hosting is on by default, because checkov skips what the defaults leave out.
fn with_hosting() -> anyhow::Result<PathBuf> {
    let template = fs::read_to_string(root().join("template.yaml"))?;
    let [off, on] = ["false", "true"]
        .map(|value| format!("\n  WebHosting:\n    Type: String\n    Default: \"{value}\"\n"));
    ensure!(template.contains(&off), "WebHosting is not off by default");
    let folder = cache("checkov");
    fs::create_dir_all(&folder)?;
    let file = folder.join("template.yaml");
    fs::write(&file, template.replace(&off, &on))?;
    Ok(file)
}

fn lint_workflows(tools: &Tools) -> anyhow::Result<Counts> {
    let schema = check(
        command(tools.python("check-jsonschema")?)
            .args(["--builtin-schema", "vendor.github-workflows"])
            .args(WORKFLOWS),
    )?;
    let insecure = check(
        command(tools.python("zizmor")?)
            .args(["--offline", "--no-progress", "--persona", "pedantic"])
            .args(WORKFLOWS),
    )?;
    Ok(schema + insecure)
}

/// Runs a command that counts as one test.
pub(super) fn check(command: &mut Command) -> anyhow::Result<Counts> {
    tools::run(command)?;
    Ok(Counts::PASSED)
}

/// Every test of cargo; and each test by which `SECURITY.md` shows a control is among them.
fn all_tests() -> anyhow::Result<Counts> {
    let mut command = cargo(&["test", "--workspace", "--no-fail-fast"]);
    show(&command);
    let (counts, passed) = libtest::run_named(&mut command)?;
    if counts.failed > 0 {
        return Ok(counts);
    }
    supply_chain::threats::have_tests(&passed)?;
    Ok(counts + Counts::PASSED)
}

/// Runs a command whose tests are counted.
pub(crate) fn tests(command: &mut Command) -> anyhow::Result<Counts> {
    show(command);
    libtest::run(command)
}
