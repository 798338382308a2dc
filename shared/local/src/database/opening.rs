//! Opens a database: an undamaged one, or a new one where there is no file.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use redb::Database;

use super::{
    Failure, guarded,
    storage::{self, Storage, Untouched},
};

/// An error of opening a database.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("another process has the database open")]
    InUse,
    /// The file is damaged. It was not changed.
    #[error("{} is damaged: {reason}", file.display())]
    Damaged {
        /// The damaged file.
        file: PathBuf,
        /// The damage that was found.
        reason: String,
    },
    /// It cannot be read, written or created.
    #[error("the database cannot be opened")]
    Failed(#[source] redb::Error),
}

impl From<redb::Error> for OpenError {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::DatabaseAlreadyOpen => Self::InUse,
            other => Self::Failed(other),
        }
    }
}

impl<E: std::fmt::Display> From<Failure<E>> for OpenError {
    fn from(failure: Failure<E>) -> Self {
        match failure {
            Failure::Database(error) => error.into(),
            failure => Self::Failed(io::Error::other(failure.to_string()).into()),
        }
    }
}

/// The storage of the database in this file, which is created if there is none.
///
/// A new database gets its name only when it is complete. So an empty file is not left over from an interrupted start:
/// somebody, or a full disk, emptied it.
pub(super) fn storage_in(path: &Path) -> Result<Storage, OpenError> {
    let storage = storage::in_file(path);
    match std::fs::metadata(path) {
        Ok(found) if found.len() == 0 => {
            return Err(damaged(path, "it has no content".to_owned()));
        }
        Ok(_) => verify(path, &storage)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(path)?,
        Err(error) => return Err(OpenError::Failed(error.into())),
    }
    Ok(storage)
}

fn create(path: &Path) -> Result<(), OpenError> {
    let failed = |error: io::Error| OpenError::Failed(error.into());
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let name = path.file_name().unwrap_or_default();
    let new = tempfile::Builder::new()
        .prefix(name)
        .suffix(".new")
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .map_err(failed)?;
    let file = new.reopen().map_err(failed)?;
    let created = Database::builder().create_file(file);
    drop(created.map_err(redb::Error::from)?);
    match new.persist_noclobber(path) {
        Ok(_) => Ok(()),
        // Another process was faster: if it is still there, it has the lock.
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed(error.error)),
    }
}

/// Checks that a file is undamaged, without changing a byte of it.
///
/// redb verifies checksums only if the file was not closed properly. Otherwise a damaged page gives wrong data, or a
/// panic, when it is read. So this reads the whole file.
fn verify(path: &Path, storage: &Storage) -> Result<(), OpenError> {
    let repaired = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&repaired);
    let checked = guarded(|| {
        let mut database = Database::builder()
            .set_repair_callback(move |_| told.store(true, Ordering::Relaxed))
            .create_with_backend(Untouched::new(storage()?)?)?;
        // A repair, as after a crash, has verified every checksum.
        Ok(repaired.load(Ordering::Relaxed) || database.check_integrity()?)
    });
    match checked {
        Ok(true) => {
            // A last transaction that is damaged looks like one that a crash cut off, and is left out as that is. So this is
            // logged after every crash.
            if repaired.load(Ordering::Relaxed) {
                tracing::info!(
                    "{} was not closed when it was last used, and is opened as of its last whole transaction: all that was \
                     acknowledged, unless the file was damaged besides",
                    path.display()
                );
            }
            Ok(())
        }
        Ok(false) => Err(damaged(path, "its parts do not fit together".to_owned())),
        Err(error) if is_damage(&error) => Err(damaged(path, error.to_string())),
        Err(error) => Err(error.into()),
    }
}

fn damaged(path: &Path, reason: String) -> OpenError {
    let file = path.to_owned();
    OpenError::Damaged { file, reason }
}

fn is_damage(error: &redb::Error) -> bool {
    match error {
        redb::Error::Corrupted(_) => true,
        redb::Error::Io(error) => matches!(
            error.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof
        ),
        _ => false,
    }
}
