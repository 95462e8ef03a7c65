//! A file under a name that nobody can guess.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

/// Names tried before giving up: two equal ones out of 2^64 do not happen by chance.
const TRIES: usize = 16;

/// A new file in a folder, open for reading and writing, removed when dropped unless it was given
/// its final name.
///
/// It is opened only if nothing has its name, so that a link planted there is never followed, and
/// it has the permissions that any new file of this user has.
#[derive(Debug)]
pub struct Temporary {
    path: PathBuf,
    file: File,
    is_kept: bool,
}

impl Temporary {
    /// A hidden file in `folder`.
    ///
    /// # Errors
    /// When the folder is missing or cannot be written to.
    pub fn in_folder(folder: &Path) -> io::Result<Self> {
        // An empty path is the current folder.
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let mut last = None;
        for _ in 0..TRIES {
            let path = folder.join(format!(".lorode-{:016x}.tmp", random()));
            let opened = OpenOptions::new()
                .read(true)
                .write(true)
                .create_new(true)
                .open(&path);
            match opened {
                Ok(file) => {
                    return Ok(Self {
                        path,
                        file,
                        is_kept: false,
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(|| io::Error::other("no free name")))
    }

    /// As [`in_folder`](Self::in_folder), in the folder of `path`: a rename across file systems
    /// would not be one step.
    ///
    /// # Errors
    /// Those of [`in_folder`](Self::in_folder), and a path without a file name.
    pub fn beside(path: &Path) -> io::Result<Self> {
        match (path.file_name(), path.parent()) {
            (Some(_), Some(folder)) => Self::in_folder(folder),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the path names no file",
            )),
        }
    }

    /// The open file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Where it is until it has its final name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name in one step, in place of what had it; a link of that name is
    /// replaced, not followed.
    ///
    /// # Errors
    /// When it cannot be renamed; the file is then removed.
    pub fn keep_as(mut self, path: &Path) -> io::Result<File> {
        fs::rename(&self.path, path)?;
        self.is_kept = true;
        self.file.try_clone()
    }

    /// As [`keep_as`](Self::keep_as), but never in place of another file.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when there is one.
    pub fn keep_as_new(self, path: &Path) -> io::Result<File> {
        match fs::hard_link(&self.path, path) {
            // The hidden name goes with `self`.
            Ok(()) => self.file.try_clone(),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            // A file system without second names.
            Err(_) if path.symlink_metadata().is_err() => self.keep_as(path),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_kept {
            // There may be nothing left to remove.
            let _gone = fs::remove_file(&self.path);
        }
    }
}

/// 64 bits from the operating system's source of randomness, by way of the hash maps' keys.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn names_differ_and_go_with_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (
            Temporary::in_folder(folder.path()).unwrap(),
            Temporary::in_folder(folder.path()).unwrap(),
        );
        assert_ne!(a.path(), b.path());
        drop((a, b));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_that_is_there_is_not_replaced_when_a_new_one_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for (text, is_first) in [("first", true), ("second", false)] {
            let temporary = Temporary::beside(&path).unwrap();
            temporary.file().write_all(text.as_bytes()).unwrap();
            let kept = temporary.keep_as_new(&path);
            assert_eq!(kept.is_ok(), is_first);
        }
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
