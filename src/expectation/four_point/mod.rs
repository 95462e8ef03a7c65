//! Averages over four units at once: the noise of SGD of networks (docs/theory.md, section 5).
//!
//! ```text
//! N_kl = a_k a_l E[(y - yhat)^2 sigma'(z_k) sigma'(z_l)],   y - yhat = sum_m b_m phi_m(z_m) + sqrt(Delta) xi
//! ```
//!
//! where the sum goes over teachers (`b = a*`, `phi = sigma_*`), then student units (`b = -a`, `phi = sigma`).

mod erf;
mod half_linear;
mod lattice;
mod polynomial;

use std::fmt;
use std::sync::Arc;

pub use lattice::LatticeNoise;

use crate::link::{Form, Link};

/// The units of both networks, teachers before student units.
#[derive(Clone, Copy, Debug)]
pub struct Ensemble<'a> {
    /// `K*`.
    pub teachers: usize,
    /// The Gram matrix of all pre-activations, row after row.
    pub gram: &'a [f64],
    /// `b`: the readouts of the teachers, and those of the student with the other sign.
    pub weights: &'a [f64],
    /// `Delta >= 0`.
    pub label_noise: f64,
    /// Components of all units in some orthonormal frame, unit after unit; empty where no average
    /// [needs](FourPoint::needs_vectors) them.
    pub vectors: &'a [f64],
    /// Components of each.
    pub dim: usize,
}

impl Ensemble<'_> {
    /// How many units there are.
    fn all(&self) -> usize {
        self.weights.len()
    }

    #[inline]
    fn at(&self, m: usize, n: usize) -> f64 {
        self.gram[m * self.weights.len() + n]
    }
}

/// Averages over four units: the noise of SGD.
pub trait FourPoint: Send + Sync + fmt::Debug {
    /// `N`, `K x K` and symmetric, into `out`; `room` is made as large as it must be at the first call.
    fn noise(&self, units: Ensemble<'_>, room: &mut Vec<f64>, out: &mut [f64]);
    /// Whether it takes the components of the units beside their overlaps.
    fn needs_vectors(&self) -> bool {
        false
    }
    /// Standard deviation of `N` relative to its largest entry, of a rule that has one; `None` of closed forms.
    fn error(&self, _units: Ensemble<'_>) -> Option<f64> {
        None
    }
}

/// The four-point averages of a teacher and a student in closed form, or by one integral, where they have one; a new pair of
/// links is one line here and one file. [`LatticeNoise`] is for all others.
pub fn four_point(teacher: &Link, student: &Link) -> Option<Arc<dyn FourPoint>> {
    let scaled = |link: &Link| match link.form() {
        Form::Erf { amplitude, scale } => Some((*amplitude, *scale)),
        _ => None,
    };
    if let (Some(a), Some(b)) = (scaled(teacher), scaled(student)) {
        return Some(Arc::new(erf::ErfFourPoint::new(a, b)));
    }
    if let (Form::Polynomial(t), Form::Polynomial(s)) = (teacher.form(), student.form()) {
        let made = polynomial::PolynomialFourPoint::new(t, s)?;
        return Some(Arc::new(made));
    }
    let lines = half_linear::HalfLinearFourPoint::new(teacher, student)?;
    Some(Arc::new(lines))
}

/// Writes a symmetric matrix from what holds for a pair `k >= l` of student units.
fn fill(units: &Ensemble<'_>, out: &mut [f64], mut of: impl FnMut(usize, usize) -> f64) {
    let (teachers, students) = (units.teachers, units.all() - units.teachers);
    for k in 0..students {
        for l in 0..=k {
            let weight = units.weights[teachers + k] * units.weights[teachers + l];
            let value = if weight == 0.0 {
                0.0
            } else {
                weight * of(teachers + k, teachers + l)
            };
            out[k * students + l] = value;
            out[l * students + k] = value;
        }
    }
}

/// The same from the averages themselves, `K x K`, of which the lower triangle counts.
fn fill_from(units: &Ensemble<'_>, out: &mut [f64], averages: &[f64]) {
    let (teachers, students) = (units.teachers, units.all() - units.teachers);
    fill(units, out, |k, l| {
        averages[(k - teachers) * students + l - teachers]
    });
}
