//! Everything that can go wrong, in one type.

use thiserror::Error;

use crate::comparison::ComparisonError;
use crate::derivation::FormatError;
use crate::expectation::OverlapError;
use crate::integrator::ToleranceError;
use crate::link::LinkError;
use crate::output::OutputError;
use crate::phase::PhaseError;
use crate::problem::{GridError, ProblemError};
use crate::scaling::FitError;
use crate::search::Imprecise;
use crate::shard::ShardError;
use crate::simulation::SimulationError;
use crate::storage::MemoryError;
use crate::trajectory::FlowError;

/// Why a question has no answer. Each message names the argument, what it was, what is allowed and
/// what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A link that cannot be read or used.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// A problem that is refused.
    #[error(transparent)]
    Problem(Box<ProblemError>),
    /// A grid of values that cannot be read.
    #[error(transparent)]
    Grid(#[from] GridError),
    /// Overlaps that no weights have.
    #[error(transparent)]
    Overlap(#[from] OverlapError),
    /// A tolerance out of range.
    #[error(transparent)]
    Tolerance(#[from] ToleranceError),
    /// One setting of a study that is missing or refused.
    #[error("{argument} {why}")]
    Argument {
        /// Its key, as on the command line and in files.
        argument: String,
        /// What it was, what is allowed, what to do.
        why: String,
    },
    /// Settings that do not go together, files that cannot be used.
    #[error("{0}")]
    Setting(String),
    /// What is refused of one part of the question.
    #[error("{place}: {error}")]
    Within {
        /// Which part.
        place: String,
        /// What is refused.
        error: Box<Error>,
    },
    /// A part of a work that is none.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// More than the memory holds.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// Averages of which no digit is known.
    #[error(transparent)]
    Imprecise(#[from] Imprecise),
    /// A run of the theory that failed.
    #[error(transparent)]
    Flow(Box<FlowError>),
    /// SGD that cannot be simulated.
    #[error(transparent)]
    Simulation(Box<SimulationError>),
    /// Theory and SGD that cannot be compared.
    #[error(transparent)]
    Comparison(Box<ComparisonError>),
    /// A phase map that cannot be made.
    #[error(transparent)]
    Phase(Box<PhaseError>),
    /// A law that cannot be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A derivation that cannot be written in a format.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A table or figure that cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Work that failed or was ended; what it had finished is in its report.
    #[error("{0}")]
    Unfinished(String),
}

impl Error {
    /// Whether the question is at fault, and not what came of it.
    pub fn is_refusal(&self) -> bool {
        match self {
            Error::Link(_)
            | Error::Grid(_)
            | Error::Overlap(_)
            | Error::Tolerance(_)
            | Error::Argument { .. }
            | Error::Setting(_)
            | Error::Within { .. }
            | Error::Shard(_)
            | Error::Memory(_)
            | Error::Simulation(_) => true,
            Error::Problem(error) => **error != ProblemError::Interrupted,
            Error::Comparison(error) => error.is_refusal(),
            Error::Phase(error) => error.is_refusal(),
            _ => false,
        }
    }

    /// The key of the argument that it is about, as on the command line and in files, for fronts that spell it in another
    /// way: of two that do not go together the first. `None` where it is about files, matrices, or no single argument.
    pub fn argument(&self) -> Option<&str> {
        match self {
            Error::Argument { argument, .. } => Some(argument),
            Error::Link(error) => error.argument(),
            Error::Overlap(OverlapError::SelfOverlap { .. }) => Some("q"),
            Error::Overlap(OverlapError::Cauchy { .. }) => Some("m"),
            Error::Within { error, .. } => error.argument(),
            Error::Problem(error) => error.argument(),
            Error::Tolerance(error) => Some(error.name),
            Error::Shard(_) => Some("shard"),
            Error::Simulation(error) => error.argument(),
            Error::Comparison(error) => error.argument(),
            Error::Phase(error) => error.argument(),
            _ => None,
        }
    }

    /// A setting that is missing or refused, and why.
    pub(crate) fn refused(argument: &str, why: impl Into<String>) -> Self {
        Error::Argument {
            argument: argument.to_owned(),
            why: why.into(),
        }
    }

    /// The same error, of one part of the question.
    pub(crate) fn within(self, place: String) -> Self {
        let error = Box::new(self);
        Error::Within { place, error }
    }
}

/// Leaf errors that are large stand in a box.
macro_rules! boxed {
    ($($variant:ident($leaf:ty)),*) => {
        $(impl From<$leaf> for Error {
            fn from(error: $leaf) -> Self {
                Error::$variant(Box::new(error))
            }
        })*
    };
}

boxed!(
    Problem(ProblemError),
    Flow(FlowError),
    Simulation(SimulationError),
    Comparison(ComparisonError),
    Phase(PhaseError)
);
