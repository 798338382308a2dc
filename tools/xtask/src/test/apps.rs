//! The suites of the clients in `apps`, each against a server of its own with faults between them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use accounts::identity::Email;
use anyhow::{Context as _, ensure};
use local::server::{Options, Server};
use programs::{
    checkout::{cache, command, root},
    tools::{Tools, chromium, debian_program, run, show},
};
use tests::wire::Wire;
use tokio::net::TcpListener;

use super::{Counts, libtest};
use crate::clients;

/// The client in TypeScript: in Node, and in Chromium.
pub(super) async fn typescript(tools: &Tools) -> anyhow::Result<Counts> {
    let folder = root().join("apps/clients/typescript");
    tools.modules("apps/clients/typescript")?;
    let chromium = chromium()?;
    let npm = |script: &str| {
        let mut npm = command("npm");
        npm.current_dir(&folder)
            .args(["run", "--silent", script])
            .env("CHROMIUM", &chromium);
        npm
    };
    run(&mut npm("size"))?;
    let node = checks(&mut npm("test")).await?;
    Ok(node + checks(&mut npm("test:chromium")).await?)
}

/// The client in Kotlin, by Maven.
pub(super) async fn kotlin() -> anyhow::Result<Counts> {
    debian_program("javac", "openjdk-17-jdk-headless")?;
    let maven = debian_program("mvn", "maven")?;
    let repository = cache("m2").display().to_string();
    checks(command(maven).args([
        "--quiet",
        "--batch-mode",
        "--file",
        "apps/clients/kotlin/pom.xml",
        &format!("-Dmaven.repo.local={repository}"),
        "test",
    ]))
    .await
}

/// The client in Swift, in a folder with Swift's packages of Debian.
pub(super) async fn swift() -> anyhow::Result<Counts> {
    let toolchain = |arguments: &[&str]| {
        let mut toolchain = command("sh");
        toolchain
            .arg("apps/clients/swift/toolchain.sh")
            .args(arguments);
        toolchain
    };
    let checkout = root().display().to_string();
    // Packages that cannot be reached, or a machine on which the folder cannot be entered.
    let set_up = run(&mut toolchain(&["install", &checkout]))
        .and_then(|()| run(&mut toolchain(&["run", &checkout, "--", "true"])));
    if let Err(error) = set_up {
        println!("!! THE SWIFT CLIENT IS NOT TESTED: {error:#}");
        return Ok(Counts::default());
    }
    let swift = ["swift", "test", "--disable-xctest"];
    let arguments = [&["run", &checkout, "--"], &swift[..]].concat();
    checks(&mut toolchain(&arguments)).await
}

/// The quickstart app in Chromium, as the local server has it, and whether that is what its sources say.
pub(super) async fn quickstart(tools: &Tools) -> anyhow::Result<Counts> {
    let programs = tools.modules("apps/quickstart")?;
    let folder = root().join("apps/quickstart");
    let here = |program: &Path| {
        let mut command = command(program);
        command.current_dir(&folder);
        command
    };
    // Not into `dist`: cargo would take it for changed, and build anew what it is built into.
    let built = cache("quickstart");
    run(here(&programs.join("tsc")).args(["-p", "."]))?;
    run(here(&programs.join("vite"))
        .args(["build", "--emptyOutDir", "--outDir"])
        .arg(&built))?;
    run(here(Path::new("node"))
        .arg("scripts/check-size.mjs")
        .arg(&built))?;
    ensure!(
        files(&built)? == files(&folder.join("dist"))?,
        "apps/quickstart/dist is not what the sources say: `npm run build` there writes it anew, commit it"
    );
    let server = Server::start(Options {
        quiet: true,
        seed: true,
        // A test signs in with the password that is mailed.
        invited: Email::parse("joan@example.com").into_iter().collect(),
        ..Options::default()
    })
    .await?;
    // Passkeys need a name.
    let url = server.url().replace("127.0.0.1", "localhost");
    let mut tests = here(Path::new("npm"));
    tests
        .args(["run", "--silent", "test"])
        .env("CHROMIUM", chromium()?)
        .env("APP_URL", url);
    show(&tests);
    let counts = libtest::run(&mut tests);
    server.stop().await;
    counts
}

/// The files of a folder, by their paths in it.
fn files(folder: &Path) -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in ignore::WalkBuilder::new(folder)
        .standard_filters(false)
        .build()
    {
        let path = entry?.into_path();
        if path.is_file() {
            files.insert(path.strip_prefix(folder)?.to_owned(), fs::read(path)?);
        }
    }
    Ok(files)
}

/// Fails if a generated file is stale.
pub(super) fn generated() -> anyhow::Result<Counts> {
    clients::check_all()?;
    Ok(Counts::PASSED)
}

/// Runs a suite, whose last line `N scenarios, M checks` is counted, with the address of a server in its environment.
async fn checks(suite: &mut Command) -> anyhow::Result<Counts> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let serving = tokio::spawn(Wire::start().await.serve(listener));
    suite.env("SCENARIOS_URL", format!("http://{address}"));
    show(suite);
    let counts = libtest::run(suite).context("the suite does not run");
    serving.abort();
    counts
}
