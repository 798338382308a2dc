//! The measured functions, and their builds.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use programs::{
    API_FUNCTION, build_as_sam_does,
    checkout::{cargo, command, root},
    tools::{Tools, run},
};

use super::events;

/// The kind of function that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// This service as it should be deployed: with the key set in its settings.
    Service,
    /// Another build of this service: see [`other`].
    Other,
    Hello,
    Minimal,
    Node,
    Python,
}

/// Another build of this service, to compare with this one: its name and its program.
pub(crate) type Other = (String, PathBuf);

/// Parses `NAME=PROGRAM`.
pub(crate) fn other(text: &str) -> Result<Other, String> {
    let (name, program) = text
        .split_once('=')
        .ok_or("write NAME=PROGRAM, such as before=target/before/bootstrap")?;
    Ok((name.to_owned(), program.into()))
}

/// A function that is measured.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
    pub(super) folder: PathBuf,
}

/// The measured functions, and the size of the service's package.
#[derive(Debug)]
pub(super) struct Subjects {
    pub(super) all: Vec<Subject>,
    /// The size of the uploaded file in bytes; `None` in a quick run.
    pub(super) zipped: Option<u64>,
}

impl Subjects {
    /// Builds the functions: as for a release, or quickly. With `others`, only those and this service are measured.
    pub(super) fn build(tools: &Tools, quick: bool, others: &[Other]) -> anyhow::Result<Self> {
        let [service, hello, minimal] = if quick {
            build_quickly(others.is_empty())?
        } else {
            build_as_released(tools, others.is_empty())?
        };
        let zipped = (!quick).then(|| zip(&tools.sam()?.join("python"), &service));
        let zipped = zipped.transpose()?;
        let mut all = vec![binary(Kind::Service, "this service", &service)?];
        for (name, program) in others {
            all.push(binary(Kind::Other, name, program)?);
        }
        if others.is_empty() {
            all.push(binary(Kind::Hello, "hello", &hello)?);
            all.push(binary(Kind::Minimal, "minimal", &minimal)?);
            all.push(node(tools)?);
            all.push(python(tools)?);
        }
        Ok(Self { all, zipped })
    }
}

/// This service alone, built as for a release or quickly.
pub(super) fn service(tools: &Tools, quick: bool) -> anyhow::Result<Subject> {
    let [service, ..] = if quick {
        build_quickly(false)?
    } else {
        build_as_released(tools, false)?
    };
    binary(Kind::Service, "this service", &service)
}

/// The names of the programs of this service, `hello` and `minimal`.
const BINARIES: [&str; 3] = ["api-function", "hello", "minimal"];

fn build_as_released(tools: &Tools, with_peers: bool) -> anyhow::Result<[PathBuf; 3]> {
    let sam = tools.sam()?;
    run(&mut build_as_sam_does(&sam, API_FUNCTION)?)?;
    if with_peers {
        run(&mut build_as_sam_does(
            &sam,
            &["--manifest-path", MANIFEST],
        )?)?;
    }
    let folder = root().join("target/lambda");
    Ok(BINARIES.map(|name| folder.join(name).join("bootstrap")))
}

/// The subject of a function that is a program. It is copied, because the page faults of a run depend on how and when
/// its file was written, and a build may be days old.
fn binary(kind: Kind, name: &str, program: &Path) -> anyhow::Result<Subject> {
    let folder = root().join("target/bench/binaries");
    fs::create_dir_all(&folder)?;
    let copy = folder.join(name.replace(' ', "-"));
    let content =
        fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
    fs::write(&copy, content)?;
    fs::set_permissions(&copy, fs::metadata(program)?.permissions())?;
    Ok(Subject {
        kind,
        name: name.to_owned(),
        program: copy,
        arguments: Vec::new(),
        folder: root().to_owned(),
    })
}

const MANIFEST: &str = "tools/bench/peers/Cargo.toml";

fn build_quickly(with_peers: bool) -> anyhow::Result<[PathBuf; 3]> {
    let target = root().join("target");
    if with_peers {
        let mut peers = cargo(&["build", "--manifest-path", MANIFEST]);
        run(peers.env("CARGO_TARGET_DIR", &target))?;
    }
    let [service, hello, minimal] = BINARIES;
    let peer = |name| target.join("debug").join(name);
    let service = programs::build_program(service)?;
    Ok([service, peer(hello), peer(minimal)])
}

/// Zips the binary with the same Python module as `sam deploy`; returns the size in bytes.
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

/// The Node function, bundled as usual for Lambda.
fn node(tools: &Tools) -> anyhow::Result<Subject> {
    let bundle = root().join("target/bench/node.cjs");
    run(command(tools.bench_node("esbuild")?)
        .arg("tools/bench/peers/node/handler.mjs")
        .args(["--bundle", "--minify", "--platform=node"])
        .args(["--target=node20", "--format=cjs", "--log-level=warning"])
        .arg(format!("--outfile={}", bundle.display())))?;
    // The path of the program, because a function's environment has another `PATH`.
    let node = command("node").args(["-p", "process.execPath"]).output()?;
    Ok(Subject {
        kind: Kind::Node,
        name: "Node".to_owned(),
        program: String::from_utf8(node.stdout)?.trim().into(),
        arguments: vec![bundle.display().to_string()],
        folder: root().to_owned(),
    })
}

fn python(tools: &Tools) -> anyhow::Result<Subject> {
    Ok(Subject {
        kind: Kind::Python,
        name: "Python".to_owned(),
        program: tools.bench_python()?,
        // AWS's client of the Runtime API.
        arguments: ["-m", "awslambdaric", "handler.handle"]
            .map(Into::into)
            .into(),
        folder: root().join("tools/bench/peers/python"),
    })
}

impl Subject {
    /// True if the function implements this operation.
    pub(super) fn does(&self, operation: &str) -> bool {
        match self.kind {
            Kind::Service | Kind::Other => true,
            Kind::Minimal => matches!(operation, events::FIND | events::LIST_PAGE),
            Kind::Hello | Kind::Node | Kind::Python => operation == events::FIND,
        }
    }

    /// The name and version of its interpreter; `None` if it is a program itself.
    pub(super) fn interpreter(&self) -> anyhow::Result<Option<String>> {
        if self.arguments.is_empty() {
            return Ok(None);
        }
        let output = command(&self.program).arg("--version").output()?;
        let version = String::from_utf8(output.stdout).context("not a version")?;
        Ok(Some(format!("{}: {}", self.name, version.trim())))
    }
}

#[cfg(test)]
mod tests;
