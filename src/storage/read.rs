//! Reading a file that may be anything: a device without an end, a pipe in which nothing comes.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use thiserror::Error;

/// How long a pipe with a name may be silent.
const SILENCE: Duration = Duration::from_secs(2);

/// Why a file was not read; what stands before it names the file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// What the operating system answered.
    #[error(transparent)]
    System(#[from] io::Error),
    /// More bytes than such a file has.
    #[error("it has more than {limit} bytes, and no such file is that long")]
    TooLong {
        /// Most bytes allowed.
        limit: u64,
    },
    /// Something else than a file on a disk.
    #[error("it is {what}, not an ordinary file")]
    NoFile {
        /// What it is.
        what: &'static str,
    },
    /// A pipe without a writer.
    #[error("it is a pipe in which nothing came for {} seconds", SILENCE.as_secs())]
    Silent,
}

/// All bytes of a file, a device or a pipe, at most `limit`.
///
/// # Errors
/// [`ReadError`]; never later than two seconds after a pipe with a name has nothing to say.
pub fn read_at_most(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    if !is_named_pipe(path)? {
        return read(path, limit);
    }
    let (sender, receiver) = mpsc::channel();
    let owned = path.to_owned();
    // Opening such a pipe waits for a writer, for ever if need be.
    thread::spawn(move || {
        let _nobody_waits = sender.send(read(&owned, limit));
    });
    receiver
        .recv_timeout(SILENCE)
        .unwrap_or(Err(ReadError::Silent))
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    let file = File::open(path)?;
    let found = file.metadata()?;
    if found.is_file() && found.len() > limit {
        return Err(ReadError::TooLong { limit });
    }
    bounded(file, limit)
}

/// All bytes of the standard input, at most `limit`.
///
/// # Errors
/// [`ReadError::TooLong`], and an input that cannot be read.
pub fn input_at_most(limit: u64) -> Result<Vec<u8>, ReadError> {
    bounded(std::io::stdin(), limit)
}

fn bounded(from: impl Read, limit: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    from.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(ReadError::TooLong { limit });
    }
    Ok(bytes)
}

/// A file on a disk, opened for reading and perhaps for writing; nothing else is waited for.
///
/// # Errors
/// [`ReadError::NoFile`] for a folder, a device, a pipe, a socket.
pub fn open_file(path: &Path, write: bool) -> Result<File, ReadError> {
    let found = fs::metadata(path)?;
    if !found.is_file() {
        let what = if found.is_dir() {
            "a directory"
        } else {
            "a device or a pipe"
        };
        return Err(ReadError::NoFile { what });
    }
    let mut options = fs::OpenOptions::new();
    Ok(options.read(true).write(write).open(path)?)
}

/// Whether this is a pipe in a folder. One between two programs (`<(...)`, standard input) has a
/// writer and no name.
#[cfg(unix)]
fn is_named_pipe(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::FileTypeExt as _;
    Ok(fs::metadata(path)?.file_type().is_fifo() && fs::canonicalize(path).is_ok())
}

#[cfg(not(unix))]
fn is_named_pipe(_path: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, [7; 10]).unwrap();
        assert_eq!(read_at_most(&path, 10).unwrap(), [7; 10]);
        let long = read_at_most(&path, 9).unwrap_err();
        assert!(matches!(long, ReadError::TooLong { limit: 9 }));
        let folder = read_at_most(folder.path(), 9).unwrap_err();
        assert!(matches!(folder, ReadError::System(_)));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn devices_end() {
        for device in ["/dev/zero", "/dev/full"] {
            let error = read_at_most(Path::new(device), 1 << 20).unwrap_err();
            assert!(matches!(error, ReadError::TooLong { .. }), "{device}");
            let error = open_file(Path::new(device), false).unwrap_err();
            assert!(matches!(error, ReadError::NoFile { .. }), "{device}");
        }
        assert_eq!(read_at_most(Path::new("/dev/null"), 9).unwrap(), b"");
    }
}
