//! The arithmetic of one SGD step of a network, given the batch gradient `G = sum_b g_b x_b'`,
//! `g_b,i = a_i (y_b - yhat_b) sigma'(z_b,i) / B`.
//!
//! ```text
//! LoRA:     U+ = U + eta (G V' - lambda U),   V+ = V + chi eta U' G  (- eta lambda V when free)
//! full:     W+ = W + eta (G - lambda W)
//! scratch:  W+ = W + eta G
//! readout:  a+ = a + chi_a eta (1/B) sum_b (y_b - yhat_b) sigma(z_b)
//! ```
//!
//! With momentum what this adds and a part of the last step are added. On the sphere the rows of `V`, from scratch of `W`, are
//! divided by their lengths (docs/simulation.md, "Networks"). Vectors are columns here, each in one piece of memory: `trained` is `V'` or `W'`.

use nalgebra::DMatrix;

use crate::observable::NetworkObserved;
use crate::observable::network::{cosine_of_adapter, cosine_of_units};
use crate::problem::network::NetworkProblem;

/// What is trained.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Weights {
    /// `U`, `K x r`; without LoRA 0 x 0.
    pub(super) u: DMatrix<f64>,
    /// `V'`, `n x r`, or `W'`, `n x K`, in coordinates of which there are `n`.
    pub(super) trained: DMatrix<f64>,
    /// `a`.
    pub(super) readout: Vec<f64>,
}

/// Minus the gradient of a batch.
#[derive(Clone, Debug)]
pub(super) struct Gradient {
    /// `G'`, `n x K`.
    pub(super) weights: DMatrix<f64>,
    /// `(1/B) sum_b (y_b - yhat_b) sigma(z_b,i)`.
    pub(super) readout: Vec<f64>,
}

/// What stays as it is.
#[derive(Clone, Debug)]
pub(super) struct Frozen {
    /// `T'`, `n x K*`.
    pub(super) teachers: DMatrix<f64>,
    /// `W0'`, `n x K`; of use with LoRA only.
    pub(super) pretrained: DMatrix<f64>,
    /// An orthonormal frame of the teachers.
    pub(super) span: DMatrix<f64>,
}

/// The constants of a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Update {
    is_lora: bool,
    on_sphere: bool,
    step: f64,
    step_ratio: f64,
    /// `chi_a eta`.
    readout_step: f64,
    decay: f64,
    threshold: f64,
}

impl Update {
    pub(super) fn new(problem: &NetworkProblem, step: f64) -> Self {
        let setup = problem.setup();
        Self {
            is_lora: setup.adapter.is_lora(),
            on_sphere: setup.adapter.facts().on_sphere,
            step,
            step_ratio: setup.step_ratio,
            readout_step: setup.readout_ratio * step,
            decay: setup.weight_decay,
            threshold: setup.threshold,
        }
    }

    /// Those of a step of so many times the step size.
    pub(super) fn sized(self, factor: f64) -> Self {
        Self {
            step: factor * self.step,
            readout_step: factor * self.readout_step,
            ..self
        }
    }

    /// `W'`.
    pub(super) fn weights(&self, frozen: &Frozen, at: &Weights) -> DMatrix<f64> {
        if !self.is_lora {
            return at.trained.clone();
        }
        let mut weights = frozen.pretrained.clone();
        let u = at.u.transpose();
        weights.gemm(1.0, &at.trained, &u, 1.0);
        weights
    }

    /// Whether the readouts are trained.
    pub(super) fn trains_readout(&self) -> bool {
        self.readout_step > 0.0
    }

    /// What the trained vectors gain per gradient: `chi eta U`, or `eta` without LoRA.
    pub(super) fn pull(&self, at: &Weights) -> DMatrix<f64> {
        if self.is_lora {
            &at.u * (self.step_ratio * self.step)
        } else {
            let units = at.trained.ncols();
            DMatrix::from_diagonal_element(units, units, self.step)
        }
    }

    /// One step, short of the division by the lengths.
    pub(super) fn advance(&self, at: &mut Weights, pull: &DMatrix<f64>, gradient: &Gradient) {
        if self.is_lora {
            let keep = 1.0 - self.step * self.decay;
            at.u.gemm_tr(self.step, &gradient.weights, &at.trained, keep);
        }
        // On the sphere decay would be undone.
        let keep = if self.on_sphere {
            1.0
        } else {
            1.0 - self.step * self.decay
        };
        at.trained.gemm(1.0, &gradient.weights, pull, keep);
        for (a, g) in at.readout.iter_mut().zip(&gradient.readout) {
            *a += self.readout_step * g;
        }
    }

    /// Divides by the lengths where that is asked for.
    pub(super) fn normalise(&self, at: &mut Weights) {
        if self.on_sphere {
            for mut column in at.trained.column_iter_mut() {
                let length = column.norm();
                column.unscale_mut(length);
            }
        }
    }

    /// The overlaps.
    pub(super) fn see(&self, frozen: &Frozen, at: &Weights) -> NetworkObserved {
        let w = self.weights(frozen, at);
        let gram = at.trained.tr_mul(&at.trained);
        let along = at.trained.tr_mul(&frozen.span);
        let (m, q) = (w.tr_mul(&frozen.teachers), w.tr_mul(&w));
        let readout = at.readout.clone();
        if !self.is_lora {
            return NetworkObserved {
                cosine: cosine_of_units(&along, &q),
                m,
                q,
                u: None,
                alignment: None,
                s: None,
                c: None,
                readout,
            };
        }
        NetworkObserved {
            m,
            q,
            u: Some(at.u.clone()),
            alignment: Some(at.trained.tr_mul(&frozen.teachers)),
            s: Some(at.trained.tr_mul(&frozen.pretrained)),
            cosine: cosine_of_adapter(&along, &gram),
            c: Some(gram),
            readout,
        }
    }

    /// Whether the cosine has reached the threshold; `None` where it is no longer a number.
    pub(super) fn has_exited(&self, frozen: &Frozen, at: &Weights) -> Option<bool> {
        let gram = at.trained.tr_mul(&at.trained);
        if !gram.iter().all(|x| x.is_finite()) {
            return None;
        }
        let along = at.trained.tr_mul(&frozen.span);
        if !self.is_lora {
            return Some(cosine_of_units(&along, &gram) >= self.threshold);
        }
        // All cosines are below the threshold where this is positive definite, which is soon seen.
        let mut below = &gram * self.threshold.powi(2);
        below.gemm(-1.0, &along, &along.transpose(), 1.0);
        Some(below.cholesky().is_none() && cosine_of_adapter(&along, &gram) >= self.threshold)
    }
}

impl Weights {
    /// All numbers.
    pub(super) fn numbers(&self) -> impl Iterator<Item = &f64> {
        self.u.iter().chain(&self.trained).chain(&self.readout)
    }

    /// The same, to be changed.
    pub(super) fn numbers_mut(&mut self) -> impl Iterator<Item = &mut f64> {
        let all = self.u.iter_mut().chain(&mut self.trained);
        all.chain(&mut self.readout)
    }

    /// Takes such numbers; `None` when they are not as many.
    pub(super) fn restore(&mut self, numbers: &[f64]) -> Option<()> {
        if numbers.len() != self.numbers().count() {
            return None;
        }
        let all = self.numbers_mut().zip(numbers);
        all.for_each(|(own, number)| *own = *number);
        Some(())
    }
}
