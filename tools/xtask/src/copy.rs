//! Copies of the checkout.

use std::{fs, path::Path};

use ignore::WalkBuilder;
use programs::checkout::root;

/// Copies all files but those that `.gitignore` names. It needs no git, and no repository.
pub(crate) fn copy_checkout(to: &Path) -> anyhow::Result<()> {
    let mut all = WalkBuilder::new(root());
    all.hidden(false).require_git(false);
    all.filter_entry(|entry| entry.file_name() != ".git");
    for entry in all.build() {
        let entry = entry?;
        let to = to.join(entry.path().strip_prefix(root())?);
        if entry.path().is_dir() {
            fs::create_dir_all(to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
