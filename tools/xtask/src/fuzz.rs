//! `cargo xtask fuzz`: looks for inputs that the targets of `tests/fuzz` do not stand.
//!
//! libFuzzer mutates inputs and keeps those that reach code that none reached before. rustc instruments the code with a
//! pass of LLVM that the stable toolchain has; the sanitizers, which it has not, look for faults of unsafe code, and this
//! project has none.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use programs::{
    checkout::{cache, cargo, command, root},
    tools::{run, show},
};

/// The committed inputs, in a folder for each target.
const CORPORA: &str = "tests/fuzz/corpus";

/// The flags by which code tells libFuzzer what it runs, and what it compares.
const INSTRUMENTED: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];

/// The settings of the build: fast code with every check, built soon.
const PROFILE: [&str; 6] = [
    "profile.release.opt-level=1",
    "profile.release.debug-assertions=true",
    "profile.release.lto=\"off\"",
    "profile.release.codegen-units=16",
    "profile.release.debug=\"line-tables-only\"",
    "profile.release.strip=false",
];

/// The most seconds that one input may take.
const PATIENCE: u32 = 25;
/// The most seconds that a found input is made smaller.
const MINIMISING: u32 = 60;

/// Arguments of `fuzz`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask fuzz                          each target for a minute
  cargo xtask fuzz cursor --seconds 600     one target for ten minutes

The first build takes minutes. It needs a C++ compiler, for libFuzzer. What the runs learn is kept in .cache/fuzz.
An input that a target does not stand is made smaller and put into tests/fuzz/corpus, where `cargo test --workspace
--test replay` meets it from then on: mend the code until that passes, and commit the input with the mended code.")]
pub(crate) struct FuzzArgs {
    /// The targets, which are the folders in tests/fuzz/corpus [default: all]
    targets: Vec<String>,
    /// How long each target is run
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u32,
}

/// Runs the command.
pub(crate) fn run_targets(args: &FuzzArgs) -> anyhow::Result<ExitCode> {
    let known = targets()?;
    let unknown = args.targets.iter().find(|name| !known.contains(name));
    if let Some(name) = unknown {
        bail!("there is no target {name}: there are {}", known.join(", "));
    }
    let chosen = if args.targets.is_empty() {
        &known
    } else {
        &args.targets
    };
    let program = build()?;
    let mut found = Vec::new();
    for target in chosen {
        found.extend(fuzz(&program, target, args.seconds)?);
    }
    for input in &found {
        println!(
            "!! {} is an input that its target does not stand",
            input.display()
        );
    }
    if !found.is_empty() {
        println!(
            "See it with `cargo test --workspace --test replay`, mend the code, and commit both."
        );
    }
    Ok(ExitCode::from(u8::from(!found.is_empty())))
}

/// The names of the targets.
fn targets() -> anyhow::Result<Vec<String>> {
    let folders = fs::read_dir(root().join(CORPORA))?;
    let names = folders.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names: Vec<_> = names.collect::<anyhow::Result<_>>()?;
    names.sort();
    Ok(names)
}

/// Builds the instrumented program in a folder of its own; returns its path.
fn build() -> anyhow::Result<PathBuf> {
    let host = host()?;
    let folder = root().join("target/fuzz");
    let mut build = cargo(&[
        "build",
        "--locked",
        "--release",
        "--package",
        "fuzz",
        "--bin",
        "fuzz",
    ]);
    build
        .args(["--features", "libfuzzer"])
        // With a target, the flags are not for build scripts.
        .args(["--target", &host])
        .args(PROFILE.iter().flat_map(|setting| ["--config", setting]))
        .env("CARGO_TARGET_DIR", &folder)
        .env("RUSTFLAGS", INSTRUMENTED.join(" "));
    run(&mut build)?;
    Ok(folder.join(host).join("release/fuzz"))
}

/// The platform of this machine, by rustc's name.
fn host() -> anyhow::Result<String> {
    let output = command("rustc")
        .arg("-vV")
        .output()
        .context("rustc does not start")?;
    let printed = String::from_utf8(output.stdout)?;
    let host = printed.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}

/// Runs a target; returns the file of an input that it did not stand.
fn fuzz(program: &Path, target: &str, seconds: u32) -> anyhow::Result<Option<PathBuf>> {
    let committed = root().join(CORPORA).join(target);
    let learned = cache("fuzz").join(target);
    let crashes = cache("fuzz-crashes").join(target);
    fs::create_dir_all(&learned)?;
    // Of an earlier run.
    if crashes.exists() {
        fs::remove_dir_all(&crashes)?;
    }
    fs::create_dir_all(&crashes)?;
    let mut running = program_for(program, target);
    running
        .args([&learned, &committed])
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={PATIENCE}"))
        .arg(format!("-artifact_prefix={}/", crashes.display()))
        .arg(format!(
            "-dict={}",
            root().join("tests/fuzz/dictionary.txt").display()
        ))
        .args(["-rss_limit_mb=4096", "-print_final_stats=1"]);
    show(&running);
    let status = running.status().context("the program does not start")?;
    if status.success() {
        return Ok(None);
    }
    let mut artifacts = fs::read_dir(&crashes)?.map(|entry| entry.map(|entry| entry.path()));
    let artifact = artifacts
        .next()
        .with_context(|| format!("{target} failed without an input: {status}"))??;
    let smaller = minimised(program, target, &artifact)?;
    let content = fs::read(&smaller)?;
    let name = artifact.file_name().unwrap_or_default().to_string_lossy();
    // libFuzzer names it by what happened and by a hash.
    let kept = committed.join(name.chars().take(20).collect::<String>());
    fs::write(&kept, content)?;
    Ok(Some(kept))
}

/// A smaller input that fails as well, or the same.
fn minimised(program: &Path, target: &str, input: &Path) -> anyhow::Result<PathBuf> {
    let smaller = input.with_extension("smaller");
    let mut running = program_for(program, target);
    running
        .arg(input)
        .args([
            "-minimize_crash=1",
            &format!("-max_total_time={MINIMISING}"),
        ])
        .arg(format!("-timeout={PATIENCE}"))
        .arg(format!("-exact_artifact_path={}", smaller.display()));
    show(&running);
    // It says how it went by a status; whether there is a file says enough.
    let output = running.output().context("the program does not start")?;
    ensure!(
        output.status.code().is_some(),
        "{target}: {}",
        output.status
    );
    Ok(if smaller.exists() {
        smaller
    } else {
        input.to_owned()
    })
}

fn program_for(program: &Path, target: &str) -> Command {
    let mut running = command(program);
    running.env("FUZZ_TARGET", target);
    running
}
