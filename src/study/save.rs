//! One file of a result, wherever it is to go.

use std::path::Path;

use super::Report;
use super::files::json_text;
use crate::output::{FileFormat, OutputError, write_atomically};

/// Writes a result in the format of the extension (`.json`, `.csv`, `.npz`, `.parquet`, `.svg`, `.png`, `.pdf`), as
/// the command line does, replacing the file in one step.
///
/// # Errors
/// [`OutputError::UnsupportedExtension`], also for the figure of a result that has none;
/// [`OutputError::Unwritable`]; and what cannot be encoded.
pub fn save(report: &dyn Report, path: &Path) -> Result<(), OutputError> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let format = extension.and_then(|text| text.to_ascii_lowercase().parse().ok());
    let bytes = match format {
        None => None,
        Some(FileFormat::Json) => Some(json_text(&report.json())?.into_bytes()),
        Some(format @ (FileFormat::Svg | FileFormat::Png | FileFormat::Pdf)) => {
            let drawn = report.figure().map(|figure| figure.encode(format));
            drawn.transpose()?.flatten()
        }
        Some(format) => report.table().encode(format)?,
    };
    let bytes = bytes.ok_or_else(|| OutputError::UnsupportedExtension {
        path: path.to_path_buf(),
        allowed: &["json", "csv", "npz", "parquet", "svg", "png", "pdf"],
    })?;
    write_atomically(path, &bytes)
}
