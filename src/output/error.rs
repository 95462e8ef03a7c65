//! What can go wrong between a result in memory and a file on disk.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::numeral::plain;

/// Why a table or a figure could not be written; each message names the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The file system refused.
    #[error(
        "cannot write {}: {source}; check that the folder exists, that you may write there and \
         that the disk is not full",
        path.display()
    )]
    Unwritable {
        /// The file that was asked for (not the temporary one).
        path: PathBuf,
        /// What the operating system answered.
        source: std::io::Error,
    },
    /// The format follows from the extension, and this one is not known.
    #[error("cannot tell the format of {} from its extension; use one of {}", path.display(), dotted(allowed))]
    UnsupportedExtension {
        /// The file that was asked for.
        path: PathBuf,
        /// The extensions that would work, without the dot.
        allowed: &'static [&'static str],
    },
    /// NaN or infinity in a figure.
    #[error(
        "column {column:?} has the value {} in row {row} (counted from 0); \
         a missing value must be passed as None",
        plain(*value)
    )]
    NonFinite {
        /// The label of the curve, mark or axis.
        column: String,
        /// Index of the entry, counted from 0.
        row: usize,
        /// The refused value.
        value: f64,
    },
    /// NaN in a table.
    #[error(
        "column {column:?} has no number (NaN) in row {row} (counted from 0); \
         a missing value must be passed as None"
    )]
    NotANumber {
        /// Name of the column.
        column: String,
        /// Index of the entry, counted from 0.
        row: usize,
    },
    /// Sequences that belong together do not have the same length.
    #[error("{name:?} has a length of {actual} where {expected} is needed; give one per row")]
    UnequalLengths {
        /// Name of the column, or of the curve and its error bars or band.
        name: String,
        /// Entries needed.
        expected: usize,
        /// Entries found.
        actual: usize,
    },
    /// Two columns of one table share a name, or a column takes the name kept for the metadata.
    #[error("the column name {name:?} is already taken; rename the column")]
    NameTaken {
        /// The name in question.
        name: String,
    },
    /// An axis range that cannot be drawn.
    #[error(
        "axis {label:?} cannot show the range {} to {}; the ends must be finite and \
         different, and positive on a log axis",
        plain(*low), plain(*high)
    )]
    InvalidRange {
        /// Label of the axis.
        label: String,
        /// Lower end as given.
        low: f64,
        /// Upper end as given.
        high: f64,
    },
    /// A heat map or a map of categories that cannot be drawn.
    #[error("{name} {reason}")]
    InvalidField {
        /// Which part of which field.
        name: String,
        /// What is wrong with it, and what it must be.
        reason: String,
    },
    /// Bytes that are not, or not the whole of, what this program writes.
    #[error("this is no whole {format} file of lorode: {reason}")]
    Damaged {
        /// The format that was expected.
        format: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A number of a style that no figure can be drawn with.
    #[error("{key} is {given}: {allowed}")]
    InvalidStyle {
        /// The key of the style.
        key: &'static str,
        /// What it was.
        given: String,
        /// What it may be.
        allowed: String,
    },
    /// A format of tables where a figure is to be written.
    #[error("save = {0}: {0} holds no figure; give svg, png or pdf")]
    NoFigure(&'static str),
    /// A drawing or encoding library failed.
    #[error("could not {stage}: {reason}")]
    Drawing {
        /// What was being done.
        stage: &'static str,
        /// What the library said.
        reason: String,
    },
}

impl OutputError {
    pub(crate) fn damaged(format: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Damaged {
            format,
            reason: reason.to_string(),
        }
    }

    pub(crate) fn drawing(stage: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Drawing {
            stage,
            reason: reason.to_string(),
        }
    }
}

fn dotted(extensions: &[&str]) -> String {
    extensions
        .iter()
        .fold(String::new(), |mut text, extension| {
            let comma = if text.is_empty() { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(text, "{comma}.{extension}");
            text
        })
}

/// `value` if it is finite, else the error that says where it stood.
pub(super) fn finite(value: f64, column: &str, row: usize) -> Result<f64, OutputError> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(OutputError::NonFinite {
            column: column.to_owned(),
            row,
            value,
        })
    }
}
