//! A fine-tuning problem of networks: `K*` teacher units, `K` student units, LoRA of rank `r` (docs/theory.md, section 5).
//!
//! ```text
//! y = sum_j a*_j sigma_*(<t_j, x>) + sqrt(Delta) xi,   yhat = sum_i a_i sigma(<w_i, x>),   W = W0 + U V
//! ```
//!
//! Weights are known in an orthonormal frame of their span, so that overlaps are sums of squares. The single index of
//! [`Problem`](super::Problem) is its case `K = K* = r = 1`.

mod alike;
mod error;
mod frame;
mod matrix;
mod options;
mod readout;
mod rest;
mod sections;
mod start;

pub use error::NetworkError;
pub use frame::Frame;
pub use matrix::{Matrix, MatrixError};
pub use readout::Readout;
pub(crate) use rest::rounding_of;
pub(in crate::problem) use sections::{Flat, SECTIONS, one_or_many};
pub use start::{AdapterStart, NetworkStart};

use super::error::require;
use super::{Adapter, Dynamics, Momentum, ProblemError, Scaling, Sgd, check_map, check_student};
use crate::model::Model;

/// Why a network has no friction.
const NO_HEAVY_BALL: &str =
    "with a network, of which no closed system of a heavy ball is known: give momentum";

/// Distance of two units, against their length, that is rounding of their overlaps.
const EQUAL: f64 = 1e-14;

/// A fine-tuning problem of networks; [`NetworkProblem::new`] checks it.
#[derive(Clone, Debug)]
pub struct NetworkSetup {
    /// The link of all teacher units, and that of all student units (continuous).
    pub model: Model,
    /// Teachers `T` and pre-trained weights `W0` (from scratch: the weights at the start).
    pub frame: Frame,
    /// Readouts `a*` of the teacher, one for each of the `K*` units, not all 0.
    pub teacher_readout: Vec<f64>,
    /// Readouts `a` of the student at the start, one for each of the `K` units, not all 0.
    pub readout: Vec<f64>,
    /// Step ratio `chi_a = eta_a / eta >= 0` of the readouts; 0: they are frozen.
    pub readout_ratio: f64,
    /// What is trained.
    pub adapter: Adapter,
    /// Rank `r >= 1` of the adapter; of no meaning without one.
    pub rank: usize,
    /// Label-noise variance `Delta >= 0`.
    pub label_noise: f64,
    /// Dimension, batch, step size, `nu`.
    pub scaling: Scaling,
    /// Step ratio `chi = eta_V / eta_U > 0` (LoRA+).
    pub step_ratio: f64,
    /// Weight decay `lambda >= 0`.
    pub weight_decay: f64,
    /// The adapter at the start.
    pub start: AdapterStart,
    /// From scratch: whether the weights of the frame are only typical of a start, and SGD draws the rows of `W`
    /// uniform on the unit sphere instead.
    pub draws_weights: bool,
    /// The flow, or the finite-step map, which needs a step size and a batch.
    pub dynamics: Dynamics,
    /// The search ends when the alignment (largest singular value, see docs/theory.md) reaches this, in (0, 1).
    pub threshold: f64,
    /// The run ends here at the latest, in ODE time.
    pub t_max: f64,
    /// Learned: the loss above `Delta/2` has fallen to this fraction of its initial value.
    pub loss_tolerance: f64,
    /// Largest relative error of the noise of SGD of links without a closed form, in (0, 1).
    pub noise_error: f64,
}

impl NetworkSetup {
    /// Spherical LoRA of rank 1 by population gradient flow in dimension 1000, readouts `1/K*` and `1/K`, all else at
    /// its default.
    pub fn new(model: Model, frame: Frame) -> Self {
        let mean = |units: usize| vec![1.0 / units as f64; units];
        Self {
            model,
            teacher_readout: mean(frame.teacher_units()),
            readout: mean(frame.units()),
            frame,
            readout_ratio: 0.0,
            adapter: Adapter::default(),
            rank: 1,
            label_noise: 0.0,
            scaling: Scaling {
                dim: 1000.0,
                batch: None,
                step: None,
                nu: 0.0,
                sizes: None,
                momentum: Momentum::None,
            },
            step_ratio: 1.0,
            weight_decay: 0.0,
            start: AdapterStart::default(),
            draws_weights: false,
            dynamics: Dynamics::default(),
            threshold: 0.5,
            t_max: 1e30,
            loss_tolerance: 1e-6,
            noise_error: 1e-3,
        }
    }

    /// Dimension, batch and step size, all of which SGD needs.
    pub(crate) fn sgd(&self) -> Result<Sgd, ProblemError> {
        self.scaling.sgd([
            "to simulate SGD, as in --lr=0.2",
            "to simulate SGD, as in --batch=500",
        ])
    }
}

/// A checked [`NetworkSetup`].
#[derive(Clone, Debug)]
pub struct NetworkProblem {
    setup: NetworkSetup,
    start: NetworkStart,
}

impl NetworkProblem {
    /// Checks a setup.
    ///
    /// # Errors
    /// [`ProblemError`]: which argument, what it was, what is allowed.
    pub fn new(setup: NetworkSetup) -> Result<Self, ProblemError> {
        check_student(&setup.model)?;
        check_readouts(&setup)?;
        check_numbers(&setup)?;
        check_sizes(&setup)?;
        if setup.dynamics == Dynamics::Map {
            check_map(&setup.scaling)?;
        }
        let start = NetworkStart::of(&setup)?;
        Ok(Self { setup, start })
    }

    /// What was asked for, checked.
    pub fn setup(&self) -> &NetworkSetup {
        &self.setup
    }

    /// The links.
    pub fn model(&self) -> &Model {
        &self.setup.model
    }

    /// The run ends here at the latest, in ODE time, or where step sizes that shrink come to.
    pub fn t_max(&self) -> f64 {
        self.setup.t_max.min(self.setup.scaling.last_time())
    }

    /// Teachers and pre-trained weights.
    pub fn frame(&self) -> &Frame {
        &self.setup.frame
    }

    /// `K`.
    pub fn units(&self) -> usize {
        self.setup.frame.units()
    }

    /// `K*`.
    pub fn teacher_units(&self) -> usize {
        self.setup.frame.teacher_units()
    }

    /// For each student unit the first one that starts with the same weights, amplitudes and readout: such units stay
    /// equal in theory, and would part by rounding.
    pub fn equal_units(&self) -> Vec<usize> {
        let (weights, readout) = (self.setup.frame.weights(), &self.setup.readout);
        let amplitudes = match &self.start {
            NetworkStart::Lora { u, .. } => Some(u),
            NetworkStart::Whole { .. } => None,
        };
        let same = |i: usize, k: usize| {
            let apart = (weights.row(i) - weights.row(k)).norm();
            readout[i].to_bits() == readout[k].to_bits()
                && apart <= EQUAL * weights.row(i).norm()
                && amplitudes.is_none_or(|u| u.row(i) == u.row(k))
        };
        let first = |i: usize| (0..i).find(|k| same(i, *k)).unwrap_or(i);
        (0..self.units()).map(first).collect()
    }

    /// The same with what is trained given in the frame, of the same sizes: a stage that goes on.
    pub(crate) fn with_start(self, start: NetworkStart) -> Self {
        Self { start, ..self }
    }

    /// What is trained, at the start.
    pub fn start(&self) -> &NetworkStart {
        &self.start
    }

    /// Dimension, batch and step size, all of which SGD needs.
    ///
    /// # Errors
    /// [`ProblemError::Missing`] when the step size or the batch is not known.
    pub fn sgd(&self) -> Result<Sgd, ProblemError> {
        self.setup.sgd()
    }
}

/// Readouts that fit the units, are finite, and not all 0.
fn check_readouts(setup: &NetworkSetup) -> Result<(), ProblemError> {
    let (units, teachers) = (setup.frame.units(), setup.frame.teacher_units());
    let both = [
        ("student-readout", &setup.readout, units),
        ("teacher-readout", &setup.teacher_readout, teachers),
    ];
    for (argument, readout, units) in both {
        if readout.len() != units {
            let given = readout.len();
            return Err(NetworkError::Readouts {
                argument,
                given,
                units,
            }
            .into());
        }
        let odd = readout.iter().find(|a| !a.is_finite());
        let allowed = "a readout is a finite number";
        require(
            odd.is_none(),
            argument,
            odd.copied().unwrap_or_default(),
            allowed,
        )?;
        let allowed = "not all readouts may be 0: the network would be 0 whatever its weights";
        require(readout.iter().any(|a| *a != 0.0), argument, 0.0, allowed)?;
    }
    Ok(())
}

fn check_numbers(setup: &NetworkSetup) -> Result<(), ProblemError> {
    if setup.scaling.momentum.friction().is_some() {
        return Err(ProblemError::Meaningless {
            argument: "friction",
            context: NO_HEAVY_BALL,
        });
    }
    let at_least_0 = |x: f64| x >= 0.0 && x.is_finite();
    let above_0 = |x: f64| x > 0.0 && x.is_finite();
    let x = setup.label_noise;
    let allowed = "the label-noise variance is a finite number >= 0";
    require(at_least_0(x), "noise", x, allowed)?;
    let x = setup.readout_ratio;
    let allowed = "the step ratio of the readouts is a finite number >= 0";
    require(at_least_0(x), "train-readout", x, allowed)?;
    let x = setup.step_ratio;
    let allowed = "the step ratio eta_V/eta_U is a finite number > 0";
    require(above_0(x), "chi", x, allowed)?;
    let x = setup.weight_decay;
    let allowed = "the weight decay is a finite number >= 0";
    require(at_least_0(x), "decay", x, allowed)?;
    let x = setup.t_max;
    let allowed = "the longest time is a finite number > 0";
    require(above_0(x), "t-max", x, allowed)?;
    let x = setup.loss_tolerance;
    let allowed = "a fraction of the initial excess loss, in (0, 1)";
    require(x > 0.0 && x < 1.0, "loss-tolerance", x, allowed)?;
    let x = setup.noise_error;
    let allowed = "a relative error of the noise, in (0, 1)";
    require(x > 0.0 && x < 1.0, "noise-error", x, allowed)?;
    let x = setup.threshold;
    let allowed = "the alignment of a network is a cosine: a value in (0, 1)";
    require(x > 0.0 && x < 1.0, "threshold", x, allowed)
}

/// An adapter that fits into `d` dimensions, and options that it honours.
fn check_sizes(setup: &NetworkSetup) -> Result<(), ProblemError> {
    let (dim, frame) = (setup.scaling.dim, &setup.frame);
    // Weights that are drawn span what there is: those of the frame are only typical.
    let span = match setup.draws_weights {
        true => frame.task(),
        false => frame.dim(),
    };
    if span as f64 > dim {
        return Err(NetworkError::Dimension { span, dim }.into());
    }
    let facts = setup.adapter.facts();
    let meaningless = |argument, context| Err(ProblemError::Meaningless { argument, context });
    if setup.draws_weights && (facts.is_lora || !facts.has_direction) {
        return meaningless("draws_weights", "with pre-trained weights");
    }
    if facts.is_lora {
        let allowed = "the rank of an adapter is a whole number from 1 to the dimension";
        let rank = setup.rank as f64;
        return require(rank >= 1.0 && rank <= dim, "rank", rank, allowed);
    }
    let without = "without a LoRA adapter (full or scratch)";
    if setup.step_ratio.to_bits() != 1.0_f64.to_bits() {
        return meaningless("chi", without);
    }
    if setup.start != AdapterStart::default() {
        return meaningless("start of an adapter (u, alignment, s, c)", without);
    }
    if facts.on_sphere && setup.weight_decay > 0.0 {
        return meaningless("decay", "on the sphere (scratch)");
    }
    Ok(())
}
