//! Replacing a file in one step.

use super::OutputError;
use crate::storage::replace;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

/// Write `bytes` to `path` so that a reader sees the old file or the new one, never a part; see
/// [`replace`] for links, permissions and what is no file.
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
    fill: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> Result<(), OutputError> {
    replace(path, fill).map_err(|source| OutputError::Unwritable {
        path: path.to_path_buf(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
