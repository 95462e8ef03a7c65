//! A network in one stage of a history, by the projected method: begun with weights that are known or drawn, and told as
//! weights again.

use nalgebra::DMatrix;

use super::super::SimulationError;
use super::super::random::Stream;
use super::projected::Projected;
use super::start::Start;
use super::training::Training;
use super::update::Weights;
use super::wishart::factor;
use crate::observable::NetworkObserved;
use crate::problem::Sgd;
use crate::problem::network::{NetworkProblem, NetworkStart};

/// SGD of a network from some weights on.
#[derive(Debug)]
pub struct NetworkSgd {
    method: Projected,
    training: Training,
}

impl NetworkSgd {
    /// From the start of a problem.
    pub(crate) fn new(problem: &NetworkProblem, sgd: Sgd) -> Self {
        let (method, frozen, update) = Projected::new(problem, sgd);
        let coordinates = frozen.teachers.nrows();
        let at = weights(problem, (method.within(), coordinates));
        let training = Training::new(update, frozen, at, sgd.kept());
        Self { method, training }
    }

    /// From a start of which is drawn what the problem leaves out.
    ///
    /// # Errors
    /// [`SimulationError`] for overlaps that no vectors have, or none in so few dimensions.
    pub(crate) fn drawn(
        problem: &NetworkProblem,
        sgd: Sgd,
        stream: &mut Stream,
    ) -> Result<Self, SimulationError> {
        let start = Start::of(problem, sgd.dim)?;
        let (method, frozen, update) = Projected::new(problem, sgd);
        let at = method.drawn(&start, frozen.teachers.nrows(), stream);
        let training = Training::new(update, frozen, at, sgd.kept());
        Ok(Self { method, training })
    }

    /// One step, of so many times the step size.
    pub(crate) fn step(&mut self, factor: f64, stream: &mut Stream) {
        self.training.step(&mut self.method, factor, stream);
    }

    /// The overlaps with the task that is trained.
    pub fn see(&self) -> NetworkObserved {
        self.training.see()
    }

    /// Whether all numbers are finite, and averages can be taken of them.
    pub fn is_finite(&self) -> bool {
        self.training.is_finite() && self.see().is_finite()
    }

    /// Readouts of the units.
    pub fn readout(&self) -> &[f64] {
        &self.training.at.readout
    }

    /// What is trained, as it stands: in the frame of the problem, and the Gram matrix of what lies outside.
    pub fn trained(&self) -> NetworkStart {
        let Weights { u, trained, .. } = &self.training.at;
        let (within, all) = (self.method.within(), trained.nrows());
        let inside = trained.rows(0, within).transpose();
        let beside = trained.rows(within, all - within);
        let rest = beside.tr_mul(&beside);
        match u.is_empty() {
            true => NetworkStart::Whole { w: inside, rest },
            false => NetworkStart::Lora {
                u: u.clone(),
                v: inside,
                rest,
            },
        }
    }

    /// All numbers that are trained, in an order of their own.
    pub fn numbers(&self) -> Vec<f64> {
        self.training.numbers().copied().collect()
    }

    /// Takes such numbers; `None` when they are not as many.
    pub(crate) fn restore(&mut self, numbers: &[f64]) -> Option<()> {
        self.training.restore(numbers)
    }
}

/// The weights at the start of a problem in coordinates of which so many are in the frame, and so many there are.
fn weights(problem: &NetworkProblem, (within, coordinates): (usize, usize)) -> Weights {
    let none = DMatrix::zeros(0, 0);
    let (u, inside, rest) = match problem.start() {
        NetworkStart::Lora { u, v, rest } => (u.clone(), v, rest),
        NetworkStart::Whole { w, rest } => (none, w, rest),
    };
    let mut trained = inside.transpose().resize_vertically(coordinates, 0.0);
    let lower = factor(rest);
    // A rest of fewer dimensions than vectors has columns of 0.
    let used = lower.column_iter().filter(|column| column.amax() > 0.0);
    for (place, column) in used.enumerate().take(coordinates - within) {
        trained.row_mut(within + place).tr_copy_from(&column);
    }
    Weights {
        u,
        trained,
        readout: problem.setup().readout.clone(),
    }
}
