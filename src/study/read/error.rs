//! Why a file is not read as a result.

use crate::output::OutputError;

/// Why a file is not read as a result of a study.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The same with the name of the file.
    #[error("cannot read '{}': {source}", path.display())]
    In {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: Box<ReadError>,
    },
    /// The system refused.
    #[error("{0}")]
    Unreadable(std::io::Error),
    /// A format that holds no table.
    #[error("its name ends in '{0}': a table ends in .json, .npz, .parquet or .csv")]
    NoTable(String),
    /// A file of another program.
    #[error("it does not say that lorode made it")]
    NotOurs,
    /// A file of version 0.1, which does not say what it holds.
    #[error(
        "it was made by version {version}, whose files do not say what they hold, and is not read: repeat it by \
         `{command}`"
    )]
    Old {
        /// The version that made it.
        version: String,
        /// The command that repeats it.
        command: String,
    },
    /// A file of a layout that is not known here.
    #[error(
        "its layout {layout} is newer than those that this version of lorode reads: use version {version}, which made it"
    )]
    Newer {
        /// The version of its layout.
        layout: u64,
        /// The version that made it.
        version: String,
    },
    /// A key that every result has.
    #[error("it is not whole: the key '{0}' is missing")]
    Lacks(String),
    /// Broken data.
    #[error("this is no whole {0} file of lorode: {1}")]
    Damaged(&'static str, String),
    /// A table that cannot be read.
    #[error(transparent)]
    Table(#[from] OutputError),
}
