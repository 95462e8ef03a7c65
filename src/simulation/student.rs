//! What a run of SGD needs of a problem: a student that is trained, and what is seen of it.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::random::Stream;
use super::{Method, SimulationError};
use crate::problem::{ProblemError, Sgd, StepSizes};

/// A problem whose SGD can be simulated: the single index, and networks.
pub trait Simulated: fmt::Debug + Send + Sync {
    /// The overlaps of a student.
    type Seen: Clone + fmt::Debug + PartialEq + Send + Sync + Serialize + DeserializeOwned;

    /// Dimension, batch and step size.
    ///
    /// # Errors
    /// [`ProblemError::Missing`] when the step size or the batch is not known.
    fn sgd(&self) -> Result<Sgd, ProblemError>;

    /// How the step size changes along the run; `None`: it does not.
    fn sizes(&self) -> Option<&StepSizes>;

    /// Refuses what nobody can simulate from the starts of this problem.
    ///
    /// # Errors
    /// [`SimulationError`] says what is missing or out of range.
    fn check(&self, sgd: Sgd) -> Result<(), SimulationError>;

    /// The student of one seed, at its start.
    ///
    /// # Errors
    /// As [`Simulated::check`].
    fn student(
        &self,
        sgd: Sgd,
        method: Method,
        seed: u64,
    ) -> Result<Box<dyn Student<Self::Seen>>, SimulationError>;

    /// Population loss estimated on a fresh test batch, label noise included.
    fn test_loss(&self, seen: &Self::Seen, size: usize, stream: &mut Stream) -> f64;

    /// Whether every number is one that averages can be taken of.
    fn is_finite(seen: &Self::Seen) -> bool;

    /// Memory that it takes.
    fn footprint(&self) -> Footprint;
}

/// Memory that a simulation takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Footprint {
    /// Bytes of one record of one seed: in the run, set aside, and in a checkpoint.
    pub record: f64,
    /// Vectors of `d` numbers that a run of the full method holds at once.
    pub vectors: f64,
}

/// Weights that SGD trains.
pub trait Student<O>: fmt::Debug + Send {
    /// One step, of so many times the step size.
    fn step(&mut self, factor: f64);

    /// The overlaps.
    fn see(&self) -> O;

    /// Whether the search is over; `None` where that is no longer a number.
    fn has_exited(&self) -> Option<bool>;

    /// Whether all that is trained are numbers.
    fn is_finite(&self) -> bool;

    /// All numbers that are trained, in an order of their own.
    fn trained(&self) -> Vec<f64>;

    /// Takes such numbers; `None` when they are not as many.
    fn restore(&mut self, trained: &[f64]) -> Option<()>;

    /// The random numbers of the training.
    fn stream(&self) -> &Stream;

    /// The same, to be set elsewhere.
    fn stream_mut(&mut self) -> &mut Stream;
}
