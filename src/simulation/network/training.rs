//! A network under training, by whatever batches.

use std::fmt;

use super::super::random::Stream;
use super::super::student::Student;
use super::update::{Frozen, Update, Weights};
use crate::observable::NetworkObserved;

/// The weights, and the coordinates that they stand in.
#[derive(Debug)]
pub(super) struct Training {
    pub(super) update: Update,
    pub(super) frozen: Frozen,
    pub(super) at: Weights,
}

impl Training {
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
        self.at.numbers().all(|x| x.is_finite())
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
        self.training.at.numbers().copied().collect()
    }

    fn restore(&mut self, trained: &[f64]) -> Option<()> {
        self.training.at.restore(trained)
    }

    fn stream(&self) -> &Stream {
        &self.stream
    }

    fn stream_mut(&mut self) -> &mut Stream {
        &mut self.stream
    }
}
