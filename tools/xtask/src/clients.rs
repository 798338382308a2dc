//! `cargo xtask clients`: the generated part of the three clients, from `openapi.yaml`.
//!
//! [`document`] reads the contract; the templates in the folder of each language write it.

mod document;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fs, path::Path, process::ExitCode};

use anyhow::{Context as _, ensure};
use clap::Args;
use heck::{ToLowerCamelCase as _, ToShoutySnakeCase as _, ToUpperCamelCase as _};
use minijinja::Environment;
use programs::checkout::root;

use self::document::Document;

/// The folder of the templates. `files.json` says which file each of them writes.
const TEMPLATES: &str = "tools/xtask/src/clients";

/// Arguments of `clients`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo xtask clients            write the generated part of the clients in apps/clients
  cargo xtask clients --check    fail if it is not what openapi.yaml says")]
pub(crate) struct ClientsArgs {
    /// Write nothing; fail if a file is stale
    #[arg(long)]
    check: bool,
}

/// Runs the command.
pub(crate) fn run(args: &ClientsArgs) -> anyhow::Result<ExitCode> {
    let written = written(root())?;
    if args.check {
        check(root(), &written)?;
    } else {
        for (path, text) in &written {
            let path = root().join(path);
            fs::create_dir_all(path.parent().context("a file without a folder")?)?;
            fs::write(path, text)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Fails if a file in the checkout is not what the contract says.
pub(crate) fn check_all() -> anyhow::Result<()> {
    check(root(), &written(root())?)
}

fn check(root: &Path, written: &[(String, String)]) -> anyhow::Result<()> {
    for (path, text) in written {
        let committed = fs::read_to_string(root.join(path)).unwrap_or_default();
        ensure!(
            &committed == text,
            "{path} is stale: run `cargo xtask clients`"
        );
    }
    Ok(())
}

/// The files with their text.
fn written(root: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let read = |path: &Path| fs::read_to_string(path).with_context(|| path.display().to_string());
    let templates = root.join(TEMPLATES);
    let document = Document::parse(&read(&root.join("openapi.yaml"))?)?;
    let files: BTreeMap<String, String> =
        serde_json::from_str(&read(&templates.join("files.json"))?)?;
    let environment = environment();
    let render = |(template, file): (String, String)| {
        let text = environment.render_str(&read(&templates.join(&template))?, &document);
        Ok((file, text.context(template)?))
    };
    files.into_iter().map(render).collect()
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_keep_trailing_newline(true);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.add_filter("upper_camel", |text: &str| text.to_upper_camel_case());
    environment.add_filter("lower_camel", |text: &str| text.to_lower_camel_case());
    environment.add_filter("upper_snake", |text: &str| text.to_shouty_snake_case());
    environment
}
