//! The population loss of a model as a function of the overlaps, without label noise.

use std::sync::Arc;

use crate::expectation::{Kernel, NEAR_LOSS, Overlaps, excess_near};
use crate::link::Parity;
use crate::model::Model;

/// The population loss `L(m, q)` on labels without noise, that of equal links to its own digits however small it is.
#[derive(Clone, Debug)]
pub struct CleanLoss {
    kernel: Arc<dyn Kernel>,
    /// Of equal links, which can learn everything.
    answer: Option<Answer>,
}

/// Where the loss is 0.
#[derive(Clone, Copy, Debug)]
struct Answer {
    /// Loss below which the state may be close.
    near: f64,
    /// Whether `w = -omega*` is as good.
    mirrored: bool,
}

impl CleanLoss {
    /// That of a model, by the averages to integrate with.
    pub fn new(model: &Model) -> Self {
        Self::by(model, Arc::clone(model.flow()))
    }

    pub(super) fn by(model: &Model, kernel: Arc<dyn Kernel>) -> Self {
        let (teacher, student) = (model.teacher(), model.student());
        Self {
            kernel,
            answer: (teacher == student).then(|| Answer {
                near: NEAR_LOSS * model.target_power(),
                mirrored: student.parity() == Parity::Even,
            }),
        }
    }

    /// The loss at some overlaps.
    pub fn at(&self, at: &Overlaps) -> f64 {
        let plain = self.kernel.loss(at);
        let close = self.answer.filter(|answer| plain < answer.near);
        let precise = close.and_then(|answer| {
            let side = if answer.mirrored {
                1.0_f64.copysign(at.m)
            } else {
                1.0
            };
            excess_near(&*self.kernel, &Overlaps::from_residual(side, 0.0), at)
        });
        precise.unwrap_or(plain)
    }
}
