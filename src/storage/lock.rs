//! One run at a time in a folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Times a lock is taken that its last holder was just removing.
const TRIES: usize = 8;

/// A folder that is this run's own until the lock is dropped.
///
/// The lock is the operating system's on an empty file, so it ends with the process that holds it,
/// however that ends: there is no stale one. On a file system without locks there is none.
#[derive(Debug)]
pub struct FolderLock {
    path: PathBuf,
    file: Option<File>,
}

/// Why a folder is not ours.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another run is in it.
    #[error(
        "another {what} is running in '{}': wait until it has ended, or give another --out",
        folder.display()
    )]
    Taken {
        /// The command.
        what: String,
        /// The folder.
        folder: PathBuf,
    },
    /// The file of the lock cannot be made.
    #[error("cannot lock '{}': {source}", path.display())]
    System {
        /// The file of the lock.
        path: PathBuf,
        /// What the operating system answered.
        source: io::Error,
    },
}

impl FolderLock {
    /// Takes `folder` for the command `what`; other commands may use it meanwhile.
    ///
    /// # Errors
    /// [`LockError::Taken`] when another process has it.
    pub fn take(folder: &Path, what: &str) -> Result<Self, LockError> {
        let path = folder.join(format!(".{what}.lock"));
        let fail = |source| LockError::System {
            path: path.clone(),
            source,
        };
        for _ in 0..TRIES {
            let file = open(&path).map_err(fail)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, &path) => {
                    return Ok(Self {
                        path,
                        file: Some(file),
                    });
                }
                // The run that had it removed the file in between: there is another one by now.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(LockError::Taken {
                        what: what.to_owned(),
                        folder: folder.to_owned(),
                    });
                }
                // No locks here; better than no run.
                Err(TryLockError::Error(_)) => return Ok(Self { path, file: None }),
            }
        }
        Err(fail(io::Error::other("it comes and goes")))
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // While it is held, so that nobody holds a file that is gone without knowing.
        let _gone = fs::remove_file(&self.path);
        drop(self.file.take());
    }
}

/// The empty file of the lock, never one that a planted link leads to.
fn open(path: &Path) -> io::Result<File> {
    let made = OpenOptions::new().write(true).create_new(true).open(path);
    match made {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => return made,
    }
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "there is something of this name that is no ordinary file: remove it",
        )),
        _ => OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path),
    }
}

/// Whether the file is still the one of this name.
#[cfg(unix)]
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
pub(super) fn is_at(_file: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_once_and_free_again() {
        let folder = tempfile::tempdir().unwrap();
        let held = FolderLock::take(folder.path(), "simulate").unwrap();
        let error = FolderLock::take(folder.path(), "simulate").unwrap_err();
        assert!(matches!(error, LockError::Taken { .. }));
        FolderLock::take(folder.path(), "other").unwrap();
        drop(held);
        // What a killed run leaves: the file, not the lock.
        fs::write(folder.path().join(".simulate.lock"), "").unwrap();
        drop(FolderLock::take(folder.path(), "simulate").unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
