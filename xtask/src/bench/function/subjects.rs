//! The functions that are measured, and how they are built.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::{
    checkout::{cargo, command, root},
    programs::{API_FUNCTION, build_as_sam_does},
    tools::{Tools, run},
};

/// A function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// As it is meant to be deployed: the key set comes with its settings.
    Service,
    /// The same, without a key set.
    Fetching,
    Hello,
    Minimal,
    Node,
    Python,
}

impl Name {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Service => "this service",
            Self::Fetching => "  keys fetched",
            Self::Hello => "hello",
            Self::Minimal => "minimal",
            Self::Node => "Node",
            Self::Python => "Python",
        }
    }
}

/// What to start.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) name: Name,
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
    pub(super) folder: PathBuf,
}

/// All of them, and what the service weighs.
#[derive(Debug)]
pub(super) struct Subjects {
    pub(super) all: Vec<Subject>,
    /// The bytes of what is uploaded; not known in a quick run.
    pub(super) zipped: Option<u64>,
}

impl Subjects {
    /// Builds them: as they are released, or quickly.
    pub(super) fn build(tools: &Tools, quick: bool) -> anyhow::Result<Self> {
        let binaries = if quick {
            let folder = root().join("target/debug");
            build_quickly()?;
            ["api-function", "hello", "minimal"].map(|name| folder.join(name))
        } else {
            let folder = root().join("target/lambda");
            let sam = tools.sam()?;
            run(&mut build_as_sam_does(&sam, API_FUNCTION)?)?;
            run(&mut build_as_sam_does(
                &sam,
                &["--manifest-path", MANIFEST],
            )?)?;
            ["api-function", "hello", "minimal"].map(|name| folder.join(name).join("bootstrap"))
        };
        let zipped = if quick {
            None
        } else {
            Some(zip(&tools.sam()?.join("python"), &binaries[0])?)
        };
        let [service, hello, minimal] = copies(binaries)?;
        Ok(Self {
            all: vec![
                binary(Name::Service, service.clone()),
                binary(Name::Fetching, service),
                binary(Name::Hello, hello),
                binary(Name::Minimal, minimal),
                node(tools)?,
                python(tools)?,
            ],
            zipped,
        })
    }
}

/// Writes all anew. How a file lies in the system's memory, and so how many page faults it takes to run it, depends on how
/// and when it came there; the build last wrote one now and another days ago.
fn copies<const N: usize>(binaries: [PathBuf; N]) -> anyhow::Result<[PathBuf; N]> {
    let folder = root().join("target/bench/binaries");
    fs::create_dir_all(&folder)?;
    let mut copies = binaries;
    for (number, binary) in copies.iter_mut().enumerate() {
        let copy = folder.join(number.to_string());
        fs::write(&copy, fs::read(&*binary)?)?;
        fs::set_permissions(&copy, fs::metadata(&*binary)?.permissions())?;
        *binary = copy;
    }
    Ok(copies)
}

fn binary(name: Name, program: PathBuf) -> Subject {
    Subject {
        name,
        program,
        arguments: Vec::new(),
        folder: root().to_owned(),
    }
}

const MANIFEST: &str = "tests/bench/Cargo.toml";

fn build_quickly() -> anyhow::Result<()> {
    let build = || {
        let mut build = cargo(&["build"]);
        build.env("CARGO_TARGET_DIR", root().join("target"));
        build
    };
    run(build().args(["--package", "api-function"]))?;
    run(build().args(["--manifest-path", MANIFEST]))
}

/// Zips the binary with what `sam deploy` zips with, and gives the size.
fn zip(python: &Path, binary: &Path) -> anyhow::Result<u64> {
    let folder = root().join("target/bench");
    fs::create_dir_all(&folder)?;
    let file = folder.join("function.zip");
    run(command(python)
        .args(["-m", "zipfile", "-c"])
        .arg(&file)
        .arg(binary))?;
    Ok(fs::metadata(&file)?.len())
}

/// Bundled, as one does for Lambda.
fn node(tools: &Tools) -> anyhow::Result<Subject> {
    let bundle = root().join("target/bench/node.cjs");
    run(command(tools.bench_node("esbuild")?)
        .arg("tests/bench/node/handler.mjs")
        .args([
            "--bundle",
            "--minify",
            "--platform=node",
            "--target=node20",
            "--format=cjs",
        ])
        .args([
            "--log-level=warning",
            &format!("--outfile={}", bundle.display()),
        ]))?;
    Ok(Subject {
        name: Name::Node,
        program: node_itself()?,
        arguments: vec![bundle.display().to_string()],
        folder: root().to_owned(),
    })
}

/// Where node is: a function's environment has another path.
fn node_itself() -> anyhow::Result<PathBuf> {
    let output = command("node").args(["-p", "process.execPath"]).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().into())
}

fn python(tools: &Tools) -> anyhow::Result<Subject> {
    Ok(Subject {
        name: Name::Python,
        program: tools.bench_python()?,
        // Lambda's own client of the Runtime API.
        arguments: ["-m", "awslambdaric", "handler.handle"]
            .map(Into::into)
            .into(),
        folder: root().join("tests/bench/python"),
    })
}

impl Subject {
    /// What runs it, if it is not a program itself.
    pub(super) fn interpreter(&self) -> anyhow::Result<Option<String>> {
        if self.arguments.is_empty() {
            return Ok(None);
        }
        let output = command(&self.program).arg("--version").output()?;
        let version = String::from_utf8(output.stdout).context("not a version")?;
        Ok(Some(format!("{}: {}", self.name.text(), version.trim())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(manifest: &str) -> Vec<String> {
        let text = fs::read_to_string(root().join(manifest)).unwrap();
        let lines = text.lines().skip_while(|line| *line != "[profile.release]");
        let settings = lines.skip(1).take_while(|line| !line.starts_with('['));
        settings
            .filter(|line| line.contains('=') && !line.starts_with('#'))
            .map(ToOwned::to_owned)
            .collect()
    }

    #[test]
    fn all_are_built_with_the_profile_of_the_service() {
        let service = profile("Cargo.toml");
        assert!(!service.is_empty());
        assert_eq!(profile(MANIFEST), service);
    }

    /// `cargo lambda build` puts in what the profile does not say: thin link-time optimisation, and aborting panics,
    /// of which none would ever be answered.
    #[test]
    fn the_profile_leaves_cargo_lambda_nothing_to_decide() {
        let service = profile("Cargo.toml").join("\n");
        for setting in [
            "lto = \"fat\"",
            "codegen-units = 1",
            "strip = true",
            "panic = \"unwind\"",
        ] {
            assert!(service.contains(setting), "{setting} is not in {service}");
        }
    }

    /// Both workspaces have a lock of their own.
    #[test]
    fn all_are_built_from_the_same_versions() {
        let versions = |lock: &str| -> std::collections::BTreeSet<String> {
            let text = fs::read_to_string(root().join(lock)).unwrap();
            let packages = text.split("[[package]]").skip(1);
            packages
                .filter(|package| package.contains("\nsource = "))
                .map(|package| package.lines().skip(1).take(2).collect())
                .collect()
        };
        let of_subjects = versions("tests/bench/Cargo.lock");
        assert!(!of_subjects.is_empty());
        let others: Vec<_> = of_subjects
            .difference(&versions("Cargo.lock"))
            .cloned()
            .collect();
        assert!(others.is_empty(), "{others:?}");
    }
}
