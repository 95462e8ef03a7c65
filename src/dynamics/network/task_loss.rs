//! The loss of weights on a task that is not trained: the teachers of other stages of a history.

use nalgebra::DMatrix;

use super::setting::{Setting, by_rows};
use crate::expectation::PairError;
use crate::model::Readouts;
use crate::problem::network::NetworkProblem;

/// The population loss on the task of a problem, without label noise, of weights in its frame.
#[derive(Debug)]
pub struct TaskLoss {
    setting: Setting,
}

impl TaskLoss {
    /// Of a problem; of the student the number of units counts.
    ///
    /// # Errors
    /// [`PairError`]: links that have no averages.
    pub fn of(problem: &NetworkProblem) -> Result<Self, PairError> {
        let every: Vec<usize> = (0..problem.units()).collect();
        let setting = Setting::of_units(problem, &every)?;
        Ok(Self { setting })
    }

    /// At weights with components `w` (`K x D`) in the frame, the Gram matrix `rest` (`K x K`) of what they have outside,
    /// and readouts (`K`).
    pub fn at(&self, w: &DMatrix<f64>, rest: &DMatrix<f64>, readout: &[f64]) -> f64 {
        let (setting, units, dim) = (&self.setting, w.nrows(), w.ncols());
        let mut room = setting.room(dim, 0);
        room.w.copy_from_slice(&by_rows(w));
        room.rest.copy_from_slice(&by_rows(rest));
        let beside = |rest: &[f64], i: usize, k: usize, x: f64| {
            let at = |i: usize, k: usize| rest[i * units + k];
            at(i, i) - x * (2.0 * at(i, k) - x * at(k, k))
        };
        setting.fill(&mut room, dim, beside);
        let readouts = Readouts {
            teacher: &setting.teacher_readout,
            student: readout,
        };
        setting.loss(&room, readouts)
    }
}
