//! The numbers along a history, with their names.

use super::{StageInstant, Staged};
use crate::observable::{ALIGNMENT, COSINE, Instant, LOSS, M, Observable, Q, S, U};

/// A number at an instant of a stage: of the student, or on one of the tasks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// What it is.
    pub observable: &'static Observable,
    /// Place of the task on which it is, if it is on one.
    pub task: Option<usize>,
    /// Row and column, from 0, where it is an entry of a matrix.
    pub entry: Option<(usize, usize)>,
}

impl Number {
    /// All: those of the student, then m and loss of every task.
    pub fn all(tasks: usize) -> Vec<Self> {
        let own = [&U, &ALIGNMENT, &S, &Q].into_iter().map(|one| (one, None));
        let of = |one: &'static Observable| (0..tasks).map(move |task| (one, Some(task)));
        let all = own.chain(of(&M)).chain(of(&LOSS));
        all.map(|(observable, task)| Self {
            observable,
            task,
            entry: None,
        })
        .collect()
    }

    /// Those of a network of so many units and ranks, tasks being told by the units of their teachers: `Q`, while LoRA is
    /// trained `U` and its overlaps with the task of the stage, the cosine, then M and loss of every task.
    pub fn of_network((units, rank): (usize, usize), tasks: &[usize]) -> Vec<Self> {
        let matrix = |observable, task, (rows, columns): (usize, usize)| {
            let entries = (0..rows).flat_map(move |i| (0..columns).map(move |j| Some((i, j))));
            entries.map(move |entry| Self {
                observable,
                task,
                entry,
            })
        };
        let plain = |observable, task| Self {
            observable,
            task,
            entry: None,
        };
        let mut all: Vec<Self> = matrix(&Q, None, (units, units)).collect();
        let most = tasks.iter().copied().max().unwrap_or(0);
        all.extend(matrix(&U, None, (units, rank)));
        all.extend(matrix(&ALIGNMENT, None, (rank, most)));
        all.push(plain(&COSINE, None));
        for (task, stars) in tasks.iter().enumerate() {
            all.extend(matrix(&M, Some(task), (units, *stars)));
        }
        all.extend((0..tasks.len()).map(|task| plain(&LOSS, Some(task))));
        all
    }

    /// Its name in data files: `m_NAME` of a task, `m_NAME_1_2` an entry from 1.
    pub fn name<H: Staged>(&self, history: &H) -> String {
        let mut name = self.observable.name.to_owned();
        if let Some(task) = self.task {
            name = format!("{name}_{}", history.tasks()[task].0);
        }
        if let Some((i, j)) = self.entry {
            name = format!("{name}_{}_{}", i + 1, j + 1);
        }
        name
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
