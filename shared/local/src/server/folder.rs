//! Folders that only their owner can read.

use std::{fs, io, path::Path};

/// Creates a folder that no other user can read, because it holds keys. Parent folders that exist keep their mode: they
/// may hold other files.
#[cfg(unix)]
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};

    const OWNER_ONLY: u32 = 0o700;

    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(OWNER_ONLY).create(folder)?;
    let open_to_others = fs::metadata(folder)?.permissions().mode() & 0o077 != 0;
    if open_to_others
        && let Err(error) = fs::set_permissions(folder, fs::Permissions::from_mode(OWNER_ONLY))
    {
        // Some file systems have no modes, so this is only a warning.
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "other users can read {}, where keys are kept",
            folder.display()
        );
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}
