//! What can go wrong with a run.

use thiserror::Error;

use crate::expectation::PairError;
use crate::integrator::IntegrationError;
use crate::problem::ProblemError;
use crate::search::Imprecise;

/// A run that could not be completed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FlowError {
    /// A step failed; the error carries the run so far.
    #[error(transparent)]
    Integration(IntegrationError),
    /// A unit came to length 0, where a link that bends at 0 has no gradient; the error carries the run so far.
    #[error(
        "student unit {unit} has shrunk to 0 at t = {:e} (length {length:.1e}): its link bends at 0, and a unit of length 0 \
         has no gradient, so that the equations end there; take a --t-max before, or another link", error.partial.end
    )]
    Shrunk {
        /// Which one, from 1.
        unit: usize,
        /// Its length in the last state.
        length: f64,
        /// How the integration failed.
        error: IntegrationError,
    },
    /// An average overflowed although the state did not.
    #[error(
        "the loss at t = {t:e} is not a finite number: weights or links grow beyond double precision there, or \
         the links bend in too many places to be integrated"
    )]
    Overflow {
        /// Time of the last state.
        t: f64,
    },
    /// What runs are held against is not known.
    #[error(
        "the lowest loss of {pair} over all weights is not known, so that no run can be said to have learned: averages at \
         some weights are not numbers, as the links bend in too many places to be integrated; try a smoother link"
    )]
    NoBest {
        /// The links.
        pair: String,
    },
    /// A loss below the lowest there should be.
    #[error(
        "the loss at t = {t:.6e} is {below:.1e} below {best:.6e}, the lowest that a search over all weights found, so that \
         nobody knows whether the run has learned: the links bend too sharply for one of the two"
    )]
    BelowBest {
        /// Time of the last state.
        t: f64,
        /// By how much.
        below: f64,
        /// The lowest loss found.
        best: f64,
    },
    /// The finite-step map left the finite numbers.
    #[error(
        "the finite-step map diverged at step {step}: the step size lr is too large for this link"
    )]
    Diverged {
        /// Step at which the state was no longer finite.
        step: u64,
    },
    /// The caller ended the finite-step map, or the work before a run; a flow on its way says so in
    /// [`FlowError::Integration`].
    #[error("interrupted")]
    Cancelled,
    /// The averages on the way are not known.
    #[error(
        "the averages at m = {m:.3e}, q = {q:.3e}, where the run comes to, are not resolved (a relative error of \
         {relative:.0e}): the links bend too sharply there, or grow too fast for double precision"
    )]
    Unresolved {
        /// Overlap with the target.
        m: f64,
        /// Self-overlap.
        q: f64,
        /// The error.
        relative: f64,
    },
    /// The averages at the start are not known.
    #[error(transparent)]
    Imprecise(#[from] Imprecise),
    /// The problem lacks something.
    #[error(transparent)]
    Problem(ProblemError),
    /// Links of a network without averages.
    #[error(transparent)]
    Pair(#[from] PairError),
}

impl FlowError {
    /// The exit time of a run of the flow that failed after it.
    pub fn exit_before(&self) -> Option<f64> {
        let (Self::Integration(error) | Self::Shrunk { error, .. }) = self else {
            return None;
        };
        // The exit is the first event of a run.
        error.partial.hits.first()?.as_ref().map(|hit| hit.t)
    }
}

impl From<IntegrationError> for FlowError {
    fn from(error: IntegrationError) -> Self {
        FlowError::Integration(error)
    }
}

impl From<ProblemError> for FlowError {
    fn from(error: ProblemError) -> Self {
        FlowError::Problem(error)
    }
}
