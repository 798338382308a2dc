//! The tools that cargo does not bring.

use std::{
    cell::OnceCell,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, anyhow, bail};

use crate::checkout::{cache, command, root};

/// Sets tools up when they are first needed, once.
#[derive(Debug, Default)]
pub(crate) struct Tools {
    python: Programs,
    sam: Programs,
    checkov: Programs,
    node: Programs,
    bench_python: Programs,
    bench_node: Programs,
}

/// A folder of programs; or why there is none, which is not tried again.
#[derive(Debug, Default)]
struct Programs(OnceCell<Result<PathBuf, String>>);

impl Programs {
    fn get(
        &self,
        otherwise: &str,
        set_up: impl FnOnce() -> anyhow::Result<PathBuf>,
    ) -> anyhow::Result<&Path> {
        let folder = self
            .0
            .get_or_init(|| set_up().map_err(|error| format!("{error:#}")));
        match folder {
            Ok(folder) => Ok(folder),
            Err(reason) => Err(anyhow!("{otherwise}: {reason}")),
        }
    }
}

/// valgrind, and the variables that it needs.
#[derive(Debug)]
pub(crate) struct Valgrind {
    pub(crate) program: PathBuf,
    pub(crate) variables: Vec<(String, String)>,
}

impl Tools {
    /// A program of the Python environment.
    pub(crate) fn python(&self, program: &str) -> anyhow::Result<PathBuf> {
        let folder = self.python.get("the Python tools are not there", || {
            set_up_python("venv", "tests/tools/requirements.txt")
        })?;
        Ok(folder.join(program))
    }

    /// The folder of SAM's programs: `sam`, and `cargo-lambda`, which it builds with.
    pub(crate) fn sam(&self) -> anyhow::Result<PathBuf> {
        let folder = self.sam.get("SAM is not there", || {
            set_up_python("venv-sam", "tests/tools/requirements-sam.txt")
        })?;
        Ok(folder.to_owned())
    }

    /// checkov.
    pub(crate) fn checkov(&self) -> anyhow::Result<PathBuf> {
        let folder = self.checkov.get("checkov is not there", || {
            set_up_python("venv-checkov", "tests/tools/requirements-checkov.txt")
        })?;
        Ok(folder.join("checkov"))
    }

    /// A program of the node modules.
    pub(crate) fn node(&self, program: &str) -> anyhow::Result<PathBuf> {
        let folder = self.node.get("the node tools are not there", || {
            set_up_node("tests/tools")
        })?;
        Ok(folder.join(program))
    }

    /// The Python that has what the benchmark's Python function is made of.
    pub(crate) fn bench_python(&self) -> anyhow::Result<PathBuf> {
        let otherwise = "the Python function cannot be made";
        let folder = self.bench_python.get(otherwise, || {
            set_up_python("venv-bench", "tests/bench/python/requirements.txt")
        })?;
        Ok(folder.join("python"))
    }

    /// A program of what the benchmark's Node function is made of.
    pub(crate) fn bench_node(&self, program: &str) -> anyhow::Result<PathBuf> {
        let otherwise = "the Node function cannot be made";
        let folder = self
            .bench_node
            .get(otherwise, || set_up_node("tests/bench/node"))?;
        Ok(folder.join(program))
    }
}

/// The system's valgrind, or on Debian and Ubuntu the one of its package, unpacked.
pub(crate) fn valgrind() -> anyhow::Result<Valgrind> {
    let version = command("valgrind").arg("--version").output();
    if version.is_ok_and(|output| output.status.success()) {
        return Ok(Valgrind {
            program: "valgrind".into(),
            variables: Vec::new(),
        });
    }
    let folder = cache("valgrind");
    let program = folder.join("usr/bin/valgrind");
    if !program.exists() {
        unpack_package("valgrind", &folder)
            .context("valgrind is missing: install it with the system's package manager")?;
    }
    let library = folder.join("usr/libexec/valgrind").display().to_string();
    Ok(Valgrind {
        program,
        variables: vec![("VALGRIND_LIB".to_owned(), library)],
    })
}

/// Unpacks a package of Debian without installing it.
fn unpack_package(name: &str, folder: &Path) -> anyhow::Result<()> {
    let download = tempfile::tempdir()?;
    run(command("apt-get")
        .args(["download", name])
        .current_dir(download.path()))?;
    let package = fs::read_dir(download.path())?
        .next()
        .context("nothing was downloaded")??;
    run(command("dpkg-deb")
        .arg("--extract")
        .arg(package.path())
        .arg(folder))
}

const CHECK_PYTHON: &str = "import sys; print(sys.version); sys.exit(sys.version_info < (3, 11))";

/// Installs what a list of requirements pins into an environment of its own.
fn set_up_python(environment: &str, requirements: &str) -> anyhow::Result<PathBuf> {
    let version = command("python3")
        .args(["-c", CHECK_PYTHON])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .context("python3 is missing or older than 3.11: install it from python.org or with the system's package manager")?;
    let requirements = root().join(requirements);
    let folder = cache(environment);
    let programs = folder.join("bin");
    // The environment belongs to the requirements and to the interpreter.
    let mut made_from = version.stdout;
    made_from.extend(fs::read(&requirements)?);
    let stamp = Stamp {
        file: folder.join("made-from"),
        made_from,
    };
    if stamp.is_current() {
        println!("Python tools: {} is up to date", folder.display());
        return Ok(programs);
    }
    println!("Python tools: into {}", folder.display());
    run(command("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&folder))
    .context("python3 cannot make an environment: on Debian and Ubuntu install python3-venv")?;
    run(command(programs.join("python"))
        .args(["-m", "pip", "install", "--quiet", "--no-input"])
        .args(["--disable-pip-version-check", "--require-hashes"])
        // The list is whole. Without this, pip looks for a second pin where a package has extras.
        .arg("--no-deps")
        .arg("--cache-dir")
        .arg(cache("pip"))
        .arg("--requirement")
        .arg(&requirements))?;
    stamp.write()?;
    Ok(programs)
}

/// Installs what a folder's `package-lock.json` pins.
fn set_up_node(folder: &str) -> anyhow::Result<PathBuf> {
    for program in ["node", "npm"] {
        let output = command(program).arg("--version").output().ok();
        output
            .filter(|output| output.status.success())
            .with_context(|| format!("{program} is missing: install Node.js 20 or later from nodejs.org or with the system's package manager"))?;
    }
    let folder = root().join(folder);
    let modules = folder.join("node_modules");
    let stamp = Stamp {
        file: modules.join(".made-from"),
        made_from: fs::read(folder.join("package-lock.json"))?,
    };
    let programs = modules.join(".bin");
    if stamp.is_current() {
        println!("Node tools: {} is up to date", modules.display());
        return Ok(programs);
    }
    println!("Node tools: into {}", modules.display());
    run(command("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .arg("--prefix")
        .arg(&folder)
        .arg("--cache")
        .arg(cache("npm")))?;
    stamp.write()?;
    Ok(programs)
}

/// Tells what a folder was made from, and that it was finished.
struct Stamp {
    file: PathBuf,
    made_from: Vec<u8>,
}

impl Stamp {
    fn is_current(&self) -> bool {
        fs::read(&self.file).is_ok_and(|content| content == self.made_from)
    }

    fn write(&self) -> anyhow::Result<()> {
        fs::write(&self.file, &self.made_from)
            .with_context(|| format!("cannot write {}", self.file.display()))
    }
}

/// The path on which programs are looked for, with a folder in front.
#[expect(clippy::disallowed_methods, reason = "a folder goes in front")]
pub(crate) fn path_behind(folder: &Path) -> anyhow::Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let others = std::env::split_paths(&path);
    let all = std::iter::once(folder.to_owned()).chain(others);
    Ok(std::env::join_paths(all)?)
}

/// Runs a command and shows it.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    show(command);
    let program = Path::new(command.get_program()).display().to_string();
    let status = command
        .status()
        .with_context(|| format!("{program} does not start"))?;
    if !status.success() {
        bail!("{program}: {status}");
    }
    Ok(())
}

/// Prints a command as one would type it.
pub(crate) fn show(command: &Command) {
    let root = root().display().to_string() + "/";
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().replace(&root, ""))
        .collect();
    println!("$ {}", words.join(" "));
}
