//! Why a phase diagram was refused, or could not be made.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::numeral::plain;
use crate::problem::{GridError, ProblemError};

/// Something that a phase diagram cannot do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PhaseError {
    /// An axis that is none.
    #[error(
        "the axis '{text}' is not understood: write NAME=GRID, as in mu=0.02:0.98:200 or \
         dim=log:100:1e6:50; names are {}, and letters in a link expression", names.join(", ")
    )]
    Axis {
        /// What was written.
        text: String,
        /// Names there are.
        names: Vec<&'static str>,
    },
    /// The values of an axis.
    #[error("axis {axis}: {error}")]
    Grid {
        /// Its name.
        axis: String,
        /// What is wrong.
        error: Box<GridError>,
    },
    /// Values that do not ascend.
    #[error("axis {axis}: its values must ascend, {} is followed by {}", plain(*before), plain(*after))]
    Order {
        /// Its name.
        axis: String,
        /// One value.
        before: f64,
        /// The next.
        after: f64,
    },
    /// One axis twice.
    #[error("the axis {axis} is given twice: choose different axes")]
    Twice {
        /// Its name.
        axis: String,
    },
    /// An option beside the axis that varies it.
    #[error("{axis} is an axis of the diagram and given as an option as well: leave one out")]
    Fixed {
        /// Its name.
        axis: String,
    },
    /// A name that the problem does not have.
    #[error("the problem has no {axis}: {reason}")]
    Absent {
        /// The axis.
        axis: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A value that is none.
    #[error("'{text}' is no value of a phase diagram: choose from {}", names.join(", "))]
    Value {
        /// What was written.
        text: String,
        /// Names there are.
        names: Vec<&'static str>,
    },
    /// More cells than can be counted or kept.
    #[error("{cells} cells need {need} bytes on disk and {free} are free in '{}': choose coarser axes, or another --out",
            folder.display())]
    Disk {
        /// Cells of the map.
        cells: u64,
        /// Bytes that results would take.
        need: u64,
        /// Bytes there are.
        free: u64,
        /// Where.
        folder: PathBuf,
    },
    /// A problem on the map that cannot be posed.
    #[error("{place}: {error}")]
    Problem {
        /// Coordinates.
        place: String,
        /// What is wrong with it.
        error: Box<ProblemError>,
    },
    /// A file of cells that cannot be used.
    #[error("'{}' {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// Ended before all cells were done.
    #[error("interrupted with {done} of {cells} cells done; --resume goes on")]
    Interrupted {
        /// Cells computed.
        done: u64,
        /// Cells in all.
        cells: u64,
    },
}

impl PhaseError {
    /// Whether the map itself is refused: not what came of its file, or of computing it.
    pub fn is_refusal(&self) -> bool {
        !matches!(
            self,
            PhaseError::File { .. } | PhaseError::Interrupted { .. }
        )
    }

    /// The key of the argument that it is about.
    pub fn argument(&self) -> Option<&str> {
        match self {
            Self::Fixed { axis } => Some(axis),
            Self::Value { .. } => Some("value"),
            Self::Problem { error, .. } => error.argument(),
            _ => None,
        }
    }

    pub(super) fn file(path: &Path, reason: impl ToString) -> Self {
        PhaseError::File {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }
}
