//! A network under training, by whatever batches.

use std::fmt;

use super::super::random::Stream;
use super::super::student::Student;
use super::update::{Frozen, Gradient, Update, Weights};
use crate::observable::NetworkObserved;
use nalgebra::DMatrix;

/// The weights, and the coordinates that they stand in.
#[derive(Debug)]
pub(super) struct Training {
    pub(super) update: Update,
    pub(super) frozen: Frozen,
    pub(super) at: Weights,
    memory: Option<Memory>,
}

/// Momentum, `b+ = theta b + delta`, `x+ = x + b+`: the part that is kept, and what the last step added to all that is
/// trained, in the same coordinates. On the sphere `x` is divided by its length then, and `b` stays as it is.
#[derive(Debug)]
pub(super) struct Memory {
    theta: f64,
    pub(super) last: Weights,
}

impl Training {
    /// With a part of each step kept, if one is; nothing was added yet.
    pub(super) fn new(update: Update, frozen: Frozen, at: Weights, kept: Option<f64>) -> Self {
        let none = |at: &Weights| {
            let mut none = at.clone();
            none.numbers_mut().for_each(|x| *x = 0.0);
            none
        };
        let memory = kept.map(|theta| Memory {
            theta,
            last: none(&at),
        });
        Self {
            update,
            frozen,
            at,
            memory,
        }
    }

    /// What the last step added, if a part of it is kept.
    pub(super) fn memory(&mut self) -> Option<&mut DMatrix<f64>> {
        self.memory.as_mut().map(|memory| &mut memory.last.trained)
    }

    /// One step, short of the division by the lengths.
    pub(super) fn advance(&mut self, pull: &DMatrix<f64>, gradient: &Gradient) {
        let Some(memory) = &mut self.memory else {
            return self.update.advance(&mut self.at, pull, gradient);
        };
        let before = self.at.clone();
        self.update.advance(&mut self.at, pull, gradient);
        let last = memory.last.numbers_mut().zip(before.numbers());
        for (x, (last, before)) in self.at.numbers_mut().zip(last) {
            *last = memory.theta * *last + (*x - before);
            *x = before + *last;
        }
    }

    /// All numbers that a run goes on from.
    pub(super) fn numbers(&self) -> impl Iterator<Item = &f64> {
        let memory = self.memory.iter();
        let last = memory.flat_map(|memory| memory.last.numbers());
        self.at.numbers().chain(last)
    }

    /// Takes such numbers; `None` when they are not as many.
    pub(super) fn restore(&mut self, numbers: &[f64]) -> Option<()> {
        let (own, last) = numbers.split_at_checked(self.at.numbers().count())?;
        match &mut self.memory {
            Some(memory) => memory.last.restore(last)?,
            None => last.is_empty().then_some(())?,
        }
        self.at.restore(own)
    }

    /// One step by a method, of so many times the step size.
    pub(super) fn step(&mut self, method: &mut impl Method, factor: f64, stream: &mut Stream) {
        let plain = self.update;
        self.update = plain.sized(factor);
        method.step(self, stream);
        self.update = plain;
    }

    /// The overlaps.
    pub(super) fn see(&self) -> NetworkObserved {
        self.update.see(&self.frozen, &self.at)
    }

    /// Whether all that is trained are numbers.
    pub(super) fn is_finite(&self) -> bool {
        self.numbers().all(|x| x.is_finite())
    }
}

/// How a batch is drawn and what it does.
pub(super) trait Method: fmt::Debug + Send {
    /// One step.
    fn step(&mut self, training: &mut Training, stream: &mut Stream);
}

/// A network that is trained by one method.
#[derive(Debug)]
pub(super) struct Trained<M> {
    pub(super) training: Training,
    pub(super) method: M,
    pub(super) stream: Stream,
}

impl<M: Method> Student<NetworkObserved> for Trained<M> {
    fn step(&mut self, factor: f64) {
        self.training
            .step(&mut self.method, factor, &mut self.stream);
    }

    fn see(&self) -> NetworkObserved {
        self.training.see()
    }

    fn has_exited(&self) -> Option<bool> {
        let Training {
            update, frozen, at, ..
        } = &self.training;
        update.has_exited(frozen, at)
    }

    fn is_finite(&self) -> bool {
        self.training.is_finite()
    }

    fn trained(&self) -> Vec<f64> {
        self.training.numbers().copied().collect()
    }

    fn restore(&mut self, trained: &[f64]) -> Option<()> {
        self.training.restore(trained)
    }

    fn stream(&self) -> &Stream {
        &self.stream
    }

    fn stream_mut(&mut self) -> &mut Stream {
        &mut self.stream
    }
}
