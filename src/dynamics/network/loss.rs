//! The loss of a network at overlaps from elsewhere: those of simulated SGD.

use std::sync::Arc;

use nalgebra::DMatrix;

use crate::expectation::PairError;
use crate::model::{NetworkAverages, NetworkGram, Readouts};
use crate::observable::NetworkObserved;
use crate::problem::network::NetworkProblem;

/// The population loss of a problem as a function of the overlaps (docs/theory.md, section 5).
#[derive(Clone, Debug)]
pub struct NetworkLoss {
    averages: Arc<NetworkAverages>,
    /// `T T'`.
    teachers: DMatrix<f64>,
    teacher_readout: Vec<f64>,
    /// Power of the target.
    target: f64,
}

impl NetworkLoss {
    /// Of a problem.
    ///
    /// # Errors
    /// [`PairError`]: links that have no averages.
    pub fn of(problem: &NetworkProblem) -> Result<Self, PairError> {
        let averages = Arc::clone(problem.model().network()?);
        let teachers = problem.frame().teachers();
        let teachers = teachers * teachers.transpose();
        let teacher_readout = problem.setup().teacher_readout.clone();
        let target = averages.target_power(&teachers, &teacher_readout);
        Ok(Self {
            averages,
            teachers,
            teacher_readout,
            // A frame has real vectors; should rounding deny it, no loss is given.
            target: target.unwrap_or(f64::NAN),
        })
    }

    /// The loss above `Delta/2`; `None` for a unit of length 0, where averages are not defined, and for overlaps that
    /// rounding puts beyond those of vectors.
    pub fn excess(&self, seen: &NetworkObserved) -> Option<f64> {
        let gram = NetworkGram::of(&self.teachers, &seen.m, &seen.q).ok()?;
        let readouts = Readouts {
            teacher: &self.teacher_readout,
            student: &seen.readout,
        };
        let excess = self.averages.loss(self.target, &gram, readouts);
        excess.is_finite().then_some(excess)
    }
}
