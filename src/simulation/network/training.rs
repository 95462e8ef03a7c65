//! A network under training, by whatever batches.

use std::fmt;

use super::super::random::Stream;
use super::super::student::Student;
use super::update::{Frozen, Update, Weights};
use crate::observable::NetworkObserved;

/// The weights, the coordinates that they stand in, and the random numbers.
#[derive(Debug)]
pub(super) struct Training {
    pub(super) update: Update,
    pub(super) frozen: Frozen,
    pub(super) at: Weights,
    pub(super) stream: Stream,
}

/// How a batch is drawn and what it does.
pub(super) trait Method: fmt::Debug + Send {
    /// One step.
    fn step(&mut self, training: &mut Training);
}

/// A network that is trained by one method.
#[derive(Debug)]
pub(super) struct Trained<M> {
    pub(super) training: Training,
    pub(super) method: M,
}

impl<M: Method> Student<NetworkObserved> for Trained<M> {
    fn step(&mut self, factor: f64) {
        let plain = self.training.update;
        self.training.update = plain.sized(factor);
        self.method.step(&mut self.training);
        self.training.update = plain;
    }

    fn see(&self) -> NetworkObserved {
        let Training {
            update, frozen, at, ..
        } = &self.training;
        update.see(frozen, at)
    }

    fn has_exited(&self) -> Option<bool> {
        let Training {
            update, frozen, at, ..
        } = &self.training;
        update.has_exited(frozen, at)
    }

    fn is_finite(&self) -> bool {
        self.training.at.numbers().all(|x| x.is_finite())
    }

    fn trained(&self) -> Vec<f64> {
        self.training.at.numbers().copied().collect()
    }

    fn restore(&mut self, trained: &[f64]) -> Option<()> {
        self.training.at.restore(trained)
    }

    fn stream(&self) -> &Stream {
        &self.training.stream
    }

    fn stream_mut(&mut self) -> &mut Stream {
        &mut self.training.stream
    }
}
