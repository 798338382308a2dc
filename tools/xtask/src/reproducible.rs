//! `cargo xtask reproducible`: two builds of the function that know nothing of each other give one zip.

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context as _, ensure};
use clap::Args;
use programs::{
    API_FUNCTION, build_as_sam_does,
    checkout::command,
    tools::{Tools, run},
};

use crate::copy::copy_checkout;

/// Packs a folder as `sam deploy` and `sam package` do, and prints the SHA-256 of the zip and of the program.
const PACK: &str = "
import hashlib, pathlib, sys
from samcli.lib.package.utils import make_zip
folder, zipped = sys.argv[1:]
print(hashlib.sha256(pathlib.Path(make_zip(zipped, folder)).read_bytes()).hexdigest())
print(hashlib.sha256((pathlib.Path(folder) / 'bootstrap').read_bytes()).hexdigest())
";

/// Arguments of `reproducible`.
#[derive(Debug, Args)]
#[command(after_help = "\
It copies the checkout into two folders, builds the release function in each from nothing, as `sam build` does, and
packs it as `sam deploy` does. Each build takes minutes. The hash of the zip is the one that Lambda shows as CodeSha256,
there in base64. It depends on the toolchain, on the platform and on the folder of cargo's registry (CARGO_HOME), whose
names are in the program, and not on where the checkout is.")]
pub(crate) struct ReproducibleArgs {
    /// Build without the optimisation across crates, in a third of the time; the result is not what is deployed
    #[arg(long)]
    soon: bool,
}

/// Runs the command.
pub(crate) fn run_builds(args: &ReproducibleArgs) -> anyhow::Result<ExitCode> {
    let tools = Tools::default().sam()?;
    let folder = tempfile::tempdir()?;
    // Names of different lengths.
    let hashes =
        ["a", "another-folder"].map(|name| build(&tools, &folder.path().join(name), args.soon));
    let [first, second] = hashes;
    let (first, second) = (first?, second?);
    println!("zip and bootstrap, twice:\n{first}\n{second}");
    ensure!(first == second, "two builds of one checkout differ");
    println!("Both builds give one zip.");
    Ok(ExitCode::SUCCESS)
}

/// Builds a copy of the checkout; returns the hashes.
fn build(tools: &Path, copy: &Path, soon: bool) -> anyhow::Result<String> {
    copy_checkout(copy)?;
    let target = copy.join("target");
    let mut build = build_as_sam_does(tools, API_FUNCTION)?;
    if soon {
        programs::less_optimised(&mut build);
    }
    run(build.current_dir(copy).env("CARGO_TARGET_DIR", &target))?;
    let program = target.join("lambda/api-function");
    let packed = command(tools.join("python"))
        .args(["-c", PACK])
        .args([&program, &copy.join("api-function")])
        .env("SAM_CLI_TELEMETRY", "0")
        .output()
        .context("python does not start")?;
    ensure!(
        packed.status.success(),
        "{}",
        String::from_utf8_lossy(&packed.stderr)
    );
    // A build takes gigabytes.
    fs::remove_dir_all(copy)?;
    Ok(String::from_utf8(packed.stdout)?.trim().to_owned())
}
