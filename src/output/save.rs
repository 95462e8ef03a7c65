//! Tables and figures in files whose extension says the format.

use std::path::Path;

use super::{Figure, OutputError, Table, write_atomically};

/// Extensions [`Table::save`] understands.
const TABLES: &[&str] = &["csv", "npz"];
/// Extensions [`Figure::save`] understands.
const FIGURES: &[&str] = &["svg", "png"];

impl Table {
    /// Write the table in the format of the extension, `.csv` or `.npz`, replacing the file in one step.
    ///
    /// # Errors
    ///
    /// [`OutputError::UnsupportedExtension`], [`OutputError::Unwritable`] and those of
    /// [`Table::to_csv`].
    pub fn save(&self, path: &Path) -> Result<(), OutputError> {
        let bytes = match extension_among(path, TABLES)? {
            "npz" => self.to_npz()?,
            _ => self.to_csv()?,
        };
        write_atomically(path, &bytes)
    }
}

impl Figure {
    /// Write the figure in the format of the extension, `.svg` or `.png`, replacing the file in one
    /// step.
    ///
    /// # Errors
    ///
    /// [`OutputError::UnsupportedExtension`], [`OutputError::Unwritable`] and those of
    /// [`Figure::to_svg`].
    pub fn save(&self, path: &Path) -> Result<(), OutputError> {
        let bytes = match extension_among(path, FIGURES)? {
            "png" => self.to_png()?,
            _ => self.to_svg()?.into_bytes(),
        };
        write_atomically(path, &bytes)
    }
}

/// The extension of `path` in lower case if it is one of `allowed`.
fn extension_among(
    path: &Path,
    allowed: &'static [&'static str],
) -> Result<&'static str, OutputError> {
    let given = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or("")
        .to_ascii_lowercase();
    allowed
        .iter()
        .find(|ext| **ext == given)
        .copied()
        .ok_or_else(|| OutputError::UnsupportedExtension {
            path: path.to_path_buf(),
            allowed,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_decides_and_unknown_ones_list_the_allowed() {
        let error = Table::default().save(Path::new("/tmp/a.xlsx")).unwrap_err();
        assert!(error.to_string().contains(".csv, .npz"), "{error}");
    }
}
