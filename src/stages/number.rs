//! The numbers along a history, with their names.

use super::{StageInstant, Task};
use crate::observable::{ALIGNMENT, Instant, LOSS, M, Observable, Q, S, U};

/// A number at an instant of a stage: of the student, or on one of the tasks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// What it is.
    pub observable: &'static Observable,
    /// Place of the task on which it is, if it is on one.
    pub task: Option<usize>,
}

impl Number {
    /// All: those of the student, then m and loss of every task.
    pub fn all(tasks: usize) -> Vec<Self> {
        let own = [&U, &ALIGNMENT, &S, &Q].into_iter().map(|one| (one, None));
        let of = |one: &'static Observable| (0..tasks).map(move |task| (one, Some(task)));
        let all = own.chain(of(&M)).chain(of(&LOSS));
        all.map(|(observable, task)| Self { observable, task })
            .collect()
    }

    /// Its name in data files: `m_NAME` of a task.
    pub fn name(&self, tasks: &[Task]) -> String {
        match self.task {
            Some(task) => format!("{}_{}", self.observable.name, tasks[task].name),
            None => self.observable.name.to_owned(),
        }
    }

    /// Its value at an instant; `None` for one of LoRA of a student without.
    pub fn of(&self, at: &StageInstant) -> Option<f64> {
        match self.task {
            Some(task) if *self.observable == LOSS => at.loss.get(task).copied(),
            Some(task) => at.m.get(task).copied(),
            None => (self.observable.of)(&Instant {
                seen: at.seen,
                loss: 0.0,
            }),
        }
    }
}
