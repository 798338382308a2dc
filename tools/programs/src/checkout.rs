//! The paths of the checkout in which the tools were built.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The root folder of the checkout.
#[must_use]
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap_or(package)
}

/// A folder for files that can be recreated; git ignores it.
#[must_use]
pub fn cache(name: &str) -> PathBuf {
    root().join(".cache").join(name)
}

/// A command that runs in the checkout's root.
#[must_use]
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// A cargo command that runs in the checkout's root.
#[must_use]
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = command("cargo");
    command.args(arguments);
    command
}
