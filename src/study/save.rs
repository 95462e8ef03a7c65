//! One file of a result, wherever it is to go.

use std::path::Path;

use super::Report;
use super::files::json_text;
use super::standing::claim_file;
use crate::error::Error;
use crate::output::{FileFormat, OutputError, write_atomically};

/// Writes a result in the format of the extension (`.json`, `.csv`, `.npz`, `.parquet`, `.svg`, `.png`, `.pdf`), as
/// the command line does, replacing the file in one step. A file that lorode did not make is left alone, and so is the
/// complete result of another problem unless that is to be replaced by `force`.
///
/// # Errors
/// [`OutputError::UnsupportedExtension`], also for the figure of a result that has none;
/// [`OutputError::Unwritable`]; what cannot be encoded; and a file that is left alone.
pub fn save(report: &dyn Report, path: &Path, force: bool) -> Result<(), Error> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let format = extension.and_then(|text| text.to_ascii_lowercase().parse().ok());
    if let Some(format) = format {
        claim_file(path, format, &report.table().metadata, force)?;
    }
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
    Ok(write_atomically(path, &bytes)?)
}
