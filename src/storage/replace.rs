//! Replacing a file in one step.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::Temporary;

/// Writes a file so that a reader sees the old one or the new one, never a part.
///
/// `fill` writes to a [`Temporary`] in the same folder, which is then renamed. On failure the old
/// file is whole. The folder must exist. An old file leaves its permissions to the new one; a
/// symbolic link of this name is replaced and what it leads to is left alone, so that no link
/// planted under the name of a result leads it elsewhere; anything else (a device, a folder) is
/// refused.
///
/// # Errors
/// What the operating system answered, also when `fill` fails.
pub fn replace(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&fs::File>) -> io::Result<()>,
) -> io::Result<()> {
    if let Ok(found) = fs::metadata(path)
        && !found.is_file()
    {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "there is something of this name that is no ordinary file",
        ));
    }
    let temporary = Temporary::beside(path)?;
    let mut writer = BufWriter::new(temporary.file());
    fill(&mut writer)?;
    writer.flush()?;
    drop(writer);
    if let Ok(old) = fs::symlink_metadata(path)
        && old.is_file()
    {
        // Of a file of somebody else they cannot be taken over in full, which is no failure.
        let _other_owner = temporary.file().set_permissions(old.permissions());
    }
    temporary.keep_as(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    fn entries(folder: &Path) -> Vec<OsString> {
        let all = fs::read_dir(folder).unwrap();
        all.map(|entry| entry.unwrap().file_name()).collect()
    }

    fn write(path: &Path, text: &str) -> io::Result<()> {
        replace(path, |file| file.write_all(text.as_bytes()))
    }

    #[test]
    fn replaces_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        write(&path, "old").unwrap();
        write(&path, "new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(entries(folder.path()), ["a.csv"]);
    }

    #[test]
    fn a_failure_half_way_keeps_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        write(&path, "old").unwrap();
        let result = replace(&path, |file| {
            file.write_all(b"ne")?;
            Err(io::Error::other("disk full"))
        });
        assert_eq!(result.unwrap_err().to_string(), "disk full");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(entries(folder.path()), ["a.csv"]);
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        assert!(write(&path, "x").is_err());
        assert_eq!(entries(folder.path()), ["taken"]);
        // Renamed over, the device would be gone for everybody.
        assert!(write(Path::new("/dev/null"), "x").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_replaced_and_permissions_are_those_of_a_file() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (elsewhere, path) = (folder.path().join("elsewhere"), folder.path().join("a.csv"));
        fs::write(&elsewhere, "theirs").unwrap();
        symlink(&elsewhere, &path).unwrap();
        write(&path, "ours").unwrap();
        assert_eq!(fs::read(&elsewhere).unwrap(), b"theirs");
        assert!(!fs::symlink_metadata(&path).unwrap().is_symlink());
        // As any other program makes one, and as they were after that.
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&elsewhere));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        write(&path, "again").unwrap();
        assert_eq!(mode(&path) & 0o777, 0o600);
    }
}
