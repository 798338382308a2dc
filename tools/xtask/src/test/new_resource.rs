//! A noun that `new-resource` makes, in a copy of the checkout: the suites of the API and of the stores pass with it.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::ensure;
use programs::{
    checkout::{cache, cargo, root},
    tools::Tools,
};
use service::nouns;

use super::{Counts, steps::tests};
use crate::{contract, copy::copy_checkout, ministack::MiniStack, new_resource::NewResourceArgs};

/// The noun to make: the arguments of the command.
const NOUN: &str = "recipes --key cuisine --key name --field steps:text --field cookingTime:integer \
    --field ingredients:lines --field vegan:flag --field invented:date";

pub(super) async fn run(tools: &Tools) -> anyhow::Result<Counts> {
    let fresh = tempfile::tempdir()?;
    copy_checkout(fresh.path())?;
    let made = NewResourceArgs::parse(NOUN)?.make(fresh.path())?;
    println!("{made}");
    contract::write(fresh.path())?;
    give_another_version(fresh.path())?;
    let folder = cache("new-resource");
    bring_up_to_date(fresh.path(), &folder)?;
    let run = |test: &str, rest: &[String], endpoint: &str| {
        tests(
            cargo(&["test", "--workspace", "--no-fail-fast"])
                .args(["--test", test, "--"])
                .args(rest)
                .env("DYNAMODB_ENDPOINT", endpoint)
                .env("CARGO_TARGET_DIR", root().join("target"))
                .current_dir(&folder),
        )
    };
    // The whole suite of the API: it fails if no answer was seen that the contract promises.
    let api = run("api", &[], "")?;
    let ministack = MiniStack::start(&tools.python("python")?).await?;
    // The tests of the others ran without the new noun.
    let others = nouns::NOUNS.iter();
    let skipped = others.flat_map(|noun| ["--skip".to_owned(), format!("dynamodb::{}", noun.many)]);
    let skipped: Vec<_> = skipped.collect();
    Ok(api + run("store", &skipped, ministack.url())?)
}

/// Gives the crates of the copy another version. Cargo would take them for those of the checkout, because it goes by names and
/// versions, and the two share the folder of the builds so that libraries are built once.
fn give_another_version(copy: &Path) -> anyhow::Result<()> {
    let manifest = copy.join("Cargo.toml");
    let version = env!("CARGO_PKG_VERSION");
    let before = format!("version = \"{version}\"");
    let after = format!("version = \"{version}+copy\"");
    let text = fs::read_to_string(&manifest)?;
    ensure!(
        text.contains(&before),
        "{} has another version",
        manifest.display()
    );
    Ok(fs::write(&manifest, text.replacen(&before, &after, 1))?)
}

/// Makes a folder have the files of another. A file that is the same stays as it is, so that cargo does not build again.
fn bring_up_to_date(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    let names = |folder: &Path| -> anyhow::Result<BTreeSet<_>> {
        fs::read_dir(folder)?
            .map(|entry| Ok(entry?.file_name()))
            .collect()
    };
    let wanted = names(from)?;
    for name in names(to)?.difference(&wanted) {
        let gone = to.join(name);
        if gone.is_dir() {
            fs::remove_dir_all(gone)?;
        } else {
            fs::remove_file(gone)?;
        }
    }
    for name in wanted {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            bring_up_to_date(&from, &to)?;
        } else if fs::read(&from)? != fs::read(&to).unwrap_or_default() {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}
