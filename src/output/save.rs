//! Tables and figures in files whose extension says the format.

use std::path::Path;

use super::{Figure, FileFormat, OutputError, Table, write_atomically};

impl Table {
    /// Write the table in the format of the extension, `.csv`, `.npz` or `.parquet`, replacing the file in one
    /// step.
    ///
    /// # Errors
    ///
    /// [`OutputError::UnsupportedExtension`], [`OutputError::Unwritable`] and those of
    /// [`Table::to_csv`].
    pub fn save(&self, path: &Path) -> Result<(), OutputError> {
        let bytes = extension(path).map_or(Ok(None), |format| self.encode(format))?;
        write(path, bytes, &["csv", "npz", "parquet"])
    }
}

impl Figure {
    /// Write the figure in the format of the extension, `.svg`, `.png` or `.pdf`, replacing the file in
    /// one step.
    ///
    /// # Errors
    ///
    /// [`OutputError::UnsupportedExtension`], [`OutputError::Unwritable`] and those of
    /// [`Figure::to_svg`].
    pub fn save(&self, path: &Path) -> Result<(), OutputError> {
        let bytes = extension(path).map_or(Ok(None), |format| self.encode(format))?;
        write(path, bytes, &["svg", "png", "pdf"])
    }
}

/// The format that the extension of `path` names, whatever its case.
fn extension(path: &Path) -> Option<FileFormat> {
    let given = path.extension()?.to_str()?;
    given.to_ascii_lowercase().parse().ok()
}

fn write(
    path: &Path,
    bytes: Option<Vec<u8>>,
    allowed: &'static [&'static str],
) -> Result<(), OutputError> {
    let bytes = bytes.ok_or_else(|| OutputError::UnsupportedExtension {
        path: path.to_path_buf(),
        allowed,
    })?;
    write_atomically(path, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_decides_and_unknown_ones_list_the_allowed() {
        for name in ["/tmp/a.xlsx", "/tmp/a", "/tmp/a.png"] {
            let error = Table::default().save(Path::new(name)).unwrap_err();
            assert!(
                error.to_string().contains(".csv, .npz, .parquet"),
                "{error}"
            );
        }
    }
}
