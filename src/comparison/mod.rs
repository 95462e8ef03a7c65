//! Does SGD follow the theory? The same problem solved and simulated, and held against each other.

mod deviation;
mod exit_verdict;
mod exits;
mod history;
mod judged;
mod measured;
mod network;
mod paths;

use thiserror::Error;

pub use deviation::{Deviation, Of, Verdict};
pub use exit_verdict::{ExitDeviation, ExitVerdict};
pub use exits::{ExitCurve, ExitPoint, compare_exits};
pub use history::{HistoryCompared, NumberAlong, StageCompared, compare_history};
pub use measured::{Measured, compare_measured};
pub use network::{
    NetworkCompared, NetworkNumber, NumberCompared, compare_network, compare_network_ensemble,
    set_exact_network_losses, simulation_for_network,
};
pub use paths::{
    Compared, FEWEST_SEEDS, compare_ensemble, compare_paths, set_exact_losses, simulation_for_paths,
};

use serde::{Deserialize, Serialize};

use crate::numeral::{counted, plain};
use crate::observable::Observed;
use crate::problem::{Problem, ProblemError, Setup};
use crate::simulation::SimulationError;
use crate::stages::StageError;
use crate::trajectory::FlowError;

/// Where theory and SGD start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Starts {
    /// Both at the alignment of the problem, 1/sqrt(d) unless it says otherwise.
    #[default]
    Fixed,
    /// SGD at random directions; the theory is averaged over the same ones.
    Random,
}

/// Why a comparison could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ComparisonError {
    /// The theory could not be integrated.
    #[error(transparent)]
    Theory(#[from] FlowError),
    /// SGD could not be simulated.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    /// Not a problem.
    #[error(transparent)]
    Problem(#[from] ProblemError),
    /// A stage of a history could not be integrated.
    #[error("stage {stage}: {error}")]
    Stage {
        /// Its number, from 1.
        stage: usize,
        /// Why.
        error: Box<StageError>,
    },
    /// No seed came to an end.
    #[error("every seed diverged: the step size lr is too large for this link")]
    Diverged,
    /// Too few seeds for a verdict.
    #[error("{} cannot tell chance from a wrong theory: give at least {FEWEST_SEEDS}", counted(*seeds, "seed"))]
    FewSeeds {
        /// Seeds asked for.
        seeds: usize,
    },
    /// A run that nobody would wait for.
    #[error(
        "at mu = {} SGD would be given {steps:.1e} steps: say how many with --steps, or leave \
         this strength out",
        plain(*mu)
    )]
    TooLong {
        /// Strength.
        mu: f64,
        /// Steps.
        steps: f64,
    },
    /// Starts that were not measured.
    #[error(
        "random starts need a column alignment whose first step is 0: the theory begins where each seed did; give fixed \
         starts, at alignment0, or measure them"
    )]
    NoStarts,
    /// Ended before there was anything to compare.
    #[error("interrupted before a seed was finished")]
    Interrupted,
}

impl ComparisonError {
    /// Whether the question is at fault, and not what came of it.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Simulation(_) | Self::Problem(_) | Self::TooLong { .. } | Self::NoStarts
        )
    }

    /// The key of the argument that it is about.
    pub fn argument(&self) -> Option<&str> {
        match self {
            Self::Simulation(error) => error.argument(),
            Self::Problem(error) => error.argument(),
            Self::FewSeeds { .. } => Some("seeds"),
            Self::TooLong { .. } => Some("steps"),
            Self::NoStarts => Some("starts"),
            _ => None,
        }
    }
}

/// The problem as SGD is to start on it.
fn simulated_problem(problem: &Problem, starts: Starts) -> Result<Problem, ProblemError> {
    let start = problem.start();
    let setup = problem.setup().clone();
    let has_direction = problem.adapter().facts().has_direction;
    if starts == Starts::Random {
        let refuse = |argument, context| Err(ProblemError::Meaningless { argument, context });
        if !has_direction {
            return refuse("starts random", "with full fine-tuning, which starts at w0");
        }
        if setup.alignment0.is_some() || setup.s0.is_some() {
            return refuse("alignment0 or s0", "with random starts");
        }
    }
    let alignment0 = (starts == Starts::Fixed && has_direction).then_some(start.alignment);
    Problem::new(Setup {
        alignment0,
        s0: setup.s0.filter(|_| alignment0.is_some()),
        ..setup
    })
}

/// The problem started where a run of SGD did.
fn started_at(problem: &Problem, seen: &Observed) -> Result<Problem, ProblemError> {
    let setup = problem.setup().clone();
    let aligned = problem.pretraining().orthogonal() == 0.0;
    let has_direction = problem.adapter().facts().has_direction;
    Problem::new(Setup {
        alignment0: has_direction.then_some(seen.alignment),
        // With aligned pre-training s follows from the alignment, and rounding must not matter.
        s0: seen.s.filter(|_| !aligned),
        u0: seen.u.unwrap_or(setup.u0),
        ..setup
    })
}
