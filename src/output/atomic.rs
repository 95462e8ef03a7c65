//! Replacing a file in one step.

use super::OutputError;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Write `bytes` to `path` so that a reader sees the old file or the new one, never a part.
///
/// The bytes go to a temporary file in the same folder, which is then renamed. On failure the old
/// file is whole and the temporary one is removed. The folder must exist.
///
/// # Errors
///
/// [`OutputError::Unwritable`] with the path asked for and the reason of the operating system.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    stream_atomically(path, |file| file.write_all(bytes))
}

/// As [`write_atomically`], for what is too large to be in memory at once: `fill` writes the file.
///
/// # Errors
///
/// [`OutputError::Unwritable`], also when `fill` fails.
pub fn stream_atomically(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), OutputError> {
    let buffered = |file: &mut File| {
        let mut writer = BufWriter::new(file.try_clone()?);
        fill(&mut writer)?;
        writer.flush()
    };
    replace(path, buffered).map_err(|source| OutputError::Unwritable {
        path: path.to_path_buf(),
        source,
    })
}

fn replace(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let temporary = temporary_beside(path)?;
    let result = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&temporary)
        .and_then(|mut file| fill(&mut file))
        .and_then(|()| fs::rename(&temporary, path));
    if result.is_err() {
        // The first error is the one to report; there may be nothing to remove.
        let _ = fs::remove_file(&temporary);
    }
    result
}

/// A hidden name in the same folder (a rename across file systems would not be atomic), different
/// for every process and call so that parallel runs do not meet.
fn temporary_beside(path: &Path) -> io::Result<PathBuf> {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}-{call}.tmp", std::process::id()));
    Ok(path.with_file_name(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("output-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn entries(folder: &Path) -> Vec<OsString> {
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect()
    }

    #[test]
    fn replaces_and_leaves_nothing_else() {
        let folder = folder("replace");
        let path = folder.join("a.csv");
        write_atomically(&path, b"old").unwrap();
        write_atomically(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(entries(&folder), ["a.csv"]);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_failure_half_way_keeps_the_old_file() {
        let folder = folder("half-way");
        let path = folder.join("a.csv");
        write_atomically(&path, b"old").unwrap();
        let result = replace(&path, |file| {
            file.write_all(b"ne")?;
            Err(io::Error::other("disk full"))
        });
        assert_eq!(result.unwrap_err().to_string(), "disk full");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(entries(&folder), ["a.csv"]);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_failed_rename_removes_the_temporary() {
        let folder = folder("rename");
        fs::create_dir(folder.join("taken")).unwrap();
        assert!(write_atomically(&folder.join("taken"), b"x").is_err());
        assert_eq!(entries(&folder), ["taken"]);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = write_atomically(Path::new("/no-such-folder/a.csv"), b"x").unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("/no-such-folder/a.csv") && text.contains("check that the folder exists"),
            "{text}"
        );
    }
}
