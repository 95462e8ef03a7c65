//! Why a simulation was refused, or could not go on.

use thiserror::Error;

use crate::numeral::plain;
use crate::problem::ProblemError;
use crate::storage::MemoryError;

/// Something that a simulation cannot do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SimulationError {
    /// The problem lacks what SGD needs.
    #[error(transparent)]
    Problem(#[from] ProblemError),
    /// A number out of its range.
    #[error("{argument} = {value} is not allowed: {allowed}")]
    Range {
        /// Name as on the command line.
        argument: &'static str,
        /// What was given.
        value: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// Fewer dimensions than the problem has directions.
    #[error(
        "dim = {} is below the {axes} directions of this problem (omega*, the rest of w0, the \
         rest of v): give at least --dim={axes}",
        plain(*dim)
    )]
    Dimension {
        /// Input dimension.
        dim: f64,
        /// Axes of the frame.
        axes: u8,
    },
    /// An adapter that starts in more directions than there are.
    #[error(
        "start: beside what it gives, the adapter has {needed} directions of its own, and dim leaves {}: lower the rank \
         or raise dim",
        plain(*room)
    )]
    Room {
        /// Directions at right angles to those whose overlaps are given.
        needed: usize,
        /// Dimensions that are left.
        room: f64,
    },
    /// More memory than there is.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// A list of seeds that is none.
    #[error(
        "seeds = '{text}' is not understood: give how many (64), a list (3,5,8) or a range (10:19)"
    )]
    Seeds {
        /// What was written.
        text: String,
    },
    /// A list of seeds with one of them twice.
    #[error(
        "seeds = {text} is not allowed: {seed} stands there twice, and the same seed is the same run; give each once"
    )]
    Repeated {
        /// What was written.
        text: String,
        /// The seed.
        seed: u64,
    },
    /// A checkpoint whose runs are not those of this simulation.
    #[error(
        "the checkpoint does not fit this simulation: run without --resume; it is left as it is"
    )]
    Foreign,
}

impl SimulationError {
    /// The key of the argument that it is about.
    pub fn argument(&self) -> Option<&str> {
        match self {
            Self::Problem(error) => error.argument(),
            Self::Range { argument, .. } => Some(argument),
            Self::Dimension { .. } => Some("dim"),
            Self::Seeds { .. } | Self::Repeated { .. } => Some("seeds"),
            Self::Room { .. } | Self::Memory(_) | Self::Foreign => None,
        }
    }
}
