//! Whether a seed has come to a limit of its stage, beside its length.

use super::super::limits::is_flat;
use super::super::{Reason, Stage, StageError};
use crate::dynamics::frame::{Student, framed_system};
use crate::observable::Observed;
use crate::trajectory::{Goal, Until};
use crate::watch::Cancel;

/// Between two looks at the limits go so many of the steps done, one at least.
const BETWEEN: u64 = 1024;

/// The limits of a stage.
#[derive(Debug)]
pub(super) struct Judge {
    goal: Option<Goal>,
    alignment: Option<f64>,
    plateau: Option<f64>,
}

/// The step of the next look after one.
pub(super) fn next_look(step: u64) -> u64 {
    step + (step / BETWEEN).max(1)
}

impl Judge {
    /// Of a stage.
    pub(super) fn of(stage: &Stage, cancel: Cancel) -> Result<Self, StageError> {
        let goal = |excess| {
            // An excess that is given does not depend on the start.
            let start = (Observed::of_weights(0.0, 0.0), 0.0);
            Goal::until(Until::Excess(excess), &stage.problem, start, cancel)
        };
        let until = stage.until;
        Ok(Self {
            goal: until.excess.map(goal).transpose()?,
            alignment: until.alignment,
            plateau: until.plateau,
        })
    }

    /// Which limit is met, see [`BySgd::met`](super::by_sgd::BySgd::met).
    pub(super) fn met(
        &self,
        stage: &Stage,
        (step, seen): (u64, &Observed),
        student: impl FnOnce() -> Student,
        moved: &mut f64,
    ) -> Option<Reason> {
        if self.goal.as_ref().is_some_and(|goal| goal.is_reached(seen)) {
            return Some(Reason::Excess);
        }
        if self
            .alignment
            .is_some_and(|least| seen.alignment.abs() >= least)
        {
            return Some(Reason::Alignment);
        }
        let limit = self.plateau?;
        let system = framed_system(&stage.problem, student());
        let state = system.start();
        let part = stage.problem.scaling().noise_of_step(step);
        let change = system.loss_rate(part, &state) / system.loss(&state);
        is_flat(limit, change, moved).then_some(Reason::Plateau)
    }
}
