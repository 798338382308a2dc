//! Folders that are nobody else's.

#[cfg(unix)]
use std::fs;
use std::{io, path::Path};

/// Makes a folder that no other user can look into: there are keys in it. The folders around it that are there already stay
/// as they are, for they may hold other things.
#[cfg(unix)]
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};

    const OWNER_ONLY: u32 = 0o700;

    fs::DirBuilder::new()
        .recursive(true)
        .mode(OWNER_ONLY)
        .create(folder)?;
    let open_to_others = fs::metadata(folder)?.permissions().mode() & 0o077 != 0;
    if open_to_others
        && let Err(error) = fs::set_permissions(folder, fs::Permissions::from_mode(OWNER_ONLY))
    {
        // Some file systems know no modes; there is no better place on them.
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
    std::fs::create_dir_all(folder)
}
