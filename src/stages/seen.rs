//! What is seen of a student at one instant: its overlaps, and the loss on every task.

use serde::{Deserialize, Serialize};

use super::{Frame, History};
use crate::dynamics::CleanLoss;
use crate::dynamics::frame::Weights;
use crate::expectation::Overlaps;
use crate::observable::Observed;

/// Overlaps of a student with a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TaskOverlaps {
    /// `<w, omega*>` of one unit.
    Number(f64),
    /// `W T'` of a network, row by row.
    Matrix(Vec<Vec<f64>>),
}

/// The student at one instant of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageInstant {
    /// ODE time from the start of the stage.
    pub t: f64,
    /// Its overlaps with the task of the stage.
    pub seen: Observed,
    /// `<w, omega*>` of every task.
    pub m: Vec<f64>,
    /// Population loss on every task, on labels without noise.
    pub loss: Vec<f64>,
}

impl StageInstant {
    /// That of the mirror image of an adapter.
    pub(super) fn mirror(&mut self) {
        let seen = &mut self.seen;
        seen.alignment = -seen.alignment;
        seen.u = seen.u.map(|u| -u);
        seen.s = seen.s.map(|s| -s);
    }
}

/// Looks at weights from every task.
#[derive(Debug)]
pub(super) struct Onlooker {
    frames: Vec<Frame>,
    losses: Vec<CleanLoss>,
}

impl Onlooker {
    pub(super) fn new(history: &History) -> Self {
        let tasks = 0..history.tasks.len();
        let losses = history.tasks.iter().map(|task| CleanLoss::new(&task.model));
        Self {
            frames: tasks.map(|task| history.directions.frame(task)).collect(),
            losses: losses.collect(),
        }
    }

    /// What weights in the space of all directions are on every task, of the one that is trained as it is seen itself.
    ///
    /// # Errors
    /// The task on which the loss is not a finite number.
    pub(super) fn instant(
        &self,
        t: f64,
        (trained, seen): (usize, Observed),
        known: &Weights,
    ) -> Result<StageInstant, usize> {
        let (mut m, mut losses) = (Vec::new(), Vec::new());
        for (task, (frame, loss)) in self.frames.iter().zip(&self.losses).enumerate() {
            let at = if task == trained {
                Overlaps::from(&seen)
            } else {
                // Of squares, so that nothing cancels.
                let own = frame.turn(&known.along);
                let across: f64 = own[1..].iter().map(|x| x * x).sum();
                Overlaps::from_residual(own[0], across + known.rest)
            };
            let loss = loss.at(&at);
            if !loss.is_finite() {
                return Err(task);
            }
            m.push(at.m);
            losses.push(loss);
        }
        Ok(StageInstant {
            t,
            seen,
            m,
            loss: losses,
        })
    }
}
