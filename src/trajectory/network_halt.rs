//! Where the equations of a network end before their time: their noise is not known well enough, or a unit is gone.

use super::FlowError;
use crate::dynamics::network::NetworkSystem;
use crate::expectation::PairError;
use crate::integrator::{IntegrationError, StepFailure};
use crate::model::Model;

/// What is left of the squared length of a unit that has come to length 0.
const SHRUNK: f64 = 1e-9;
/// The same of one that has come so close to it that it does not come back, where time as good as stands still: steps go on
/// turning it, each a part of the last.
const GONE: f64 = 1e-16;
/// Part of its time that a run goes on in a few steps, below which it as good as stands still.
const STUCK: f64 = 1e-6;

/// What ends a run.
pub(crate) struct Halt<'a> {
    model: &'a Model,
    system: &'a dyn NetworkSystem,
    /// Largest relative error of the noise, of noise that has one.
    allowed: Option<f64>,
    /// Squared lengths of the units at the start, of links that have no gradient at length 0.
    lengths: Vec<f64>,
}

impl<'a> Halt<'a> {
    /// Of a system whose noise may have an error up to `allowed`.
    pub(crate) fn of(model: &'a Model, system: &'a dyn NetworkSystem, allowed: f64) -> Self {
        let start = system.start();
        let bends = model.student().breaks().iter().any(|b| b.at == 0.0);
        let lengths = || {
            system
                .observe(&start)
                .q
                .diagonal()
                .iter()
                .copied()
                .collect()
        };
        Self {
            model,
            system,
            allowed: system.noise_error(&start).map(|_| allowed),
            lengths: if bends { lengths() } else { Vec::new() },
        }
    }

    /// Whether a run ends at a state, that has gone on by this part of its time in the last few steps.
    pub(crate) fn is_met(&self, progress: f64, state: &[f64]) -> bool {
        self.noise_error(state).is_err() || progress < STUCK && self.shrunk(state, GONE).is_some()
    }

    /// The error of the noise at a state, if it has one.
    ///
    /// # Errors
    /// One that is too large.
    pub(crate) fn noise_error(&self, state: &[f64]) -> Result<Option<f64>, FlowError> {
        let Some(allowed) = self.allowed else {
            return Ok(None);
        };
        match self.system.noise_error(state) {
            Some(error) if error > allowed || error.is_nan() => {
                let (teacher, student) = (self.model.teacher(), self.model.student());
                Err(FlowError::Pair(PairError::NoiseError {
                    teacher: teacher.name().to_owned(),
                    student: student.name().to_owned(),
                    error,
                    allowed,
                }))
            }
            known => Ok(known),
        }
    }

    /// The first unit of whose squared length no more than a part is left, and its length.
    fn shrunk(&self, state: &[f64], part: f64) -> Option<(usize, f64)> {
        if self.lengths.is_empty() {
            return None;
        }
        let q = self.system.observe(state).q;
        let left = |unit: usize| q[(unit, unit)];
        let is_gone = |(unit, was): &(usize, &f64)| **was > 0.0 && left(*unit) <= part * **was;
        let (unit, _) = self.lengths.iter().enumerate().find(is_gone)?;
        Some((unit, left(unit).max(0.0).sqrt()))
    }

    /// A failed integration by what happened, where that is known.
    pub(crate) fn told(&self, error: IntegrationError) -> FlowError {
        let last = &error.partial.last;
        if error.failure == StepFailure::Cancelled {
            return FlowError::Integration(error);
        }
        if let (StepFailure::Halted, Err(noisy)) = (error.failure, self.noise_error(last)) {
            return noisy;
        }
        match self.shrunk(last, SHRUNK) {
            Some((unit, length)) => FlowError::Shrunk {
                unit: unit + 1,
                length,
                error,
            },
            None => FlowError::Integration(error),
        }
    }
}
