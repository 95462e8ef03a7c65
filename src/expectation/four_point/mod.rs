//! Averages over four units at once: the noise of SGD of networks (docs/theory.md, section 5).
//!
//! ```text
//! N_kl = a_k a_l E[(y - yhat)^2 sigma'(z_k) sigma'(z_l)],   y - yhat = sum_m b_m phi_m(z_m) + sqrt(Delta) xi
//! ```
//!
//! where the sum goes over teachers (`b = a*`, `phi = sigma_*`), then student units (`b = -a`, `phi = sigma`).

mod erf;
mod polynomial;

use std::fmt;

use super::PairError;
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

/// The noise of SGD for links that have it in closed form.
pub trait FourPoint: Send + Sync + fmt::Debug {
    /// `N`, `K x K` and symmetric, into `out`; `room` is made as large as it must be at the first call.
    fn noise(&self, units: Ensemble<'_>, room: &mut Vec<f64>, out: &mut [f64]);
}

/// The four-point averages of a teacher and a student; a new pair of links is one line here and one file.
///
/// # Errors
/// [`PairError::FourPoint`] for links without a closed form.
pub fn four_point(teacher: &Link, student: &Link) -> Result<Box<dyn FourPoint>, PairError> {
    match (teacher.form(), student.form()) {
        (
            Form::Erf {
                amplitude: a,
                scale: b,
            },
            Form::Erf { amplitude, scale },
        ) => Ok(Box::new(erf::ErfFourPoint::new(
            (*a, *b),
            (*amplitude, *scale),
        ))),
        (Form::Polynomial(t), Form::Polynomial(s)) => polynomial::PolynomialFourPoint::new(t, s)
            .map(|made| Box::new(made) as Box<dyn FourPoint>)
            .ok_or_else(|| refused(teacher, student)),
        _ => Err(refused(teacher, student)),
    }
}

fn refused(teacher: &Link, student: &Link) -> PairError {
    PairError::FourPoint {
        teacher: teacher.name().to_owned(),
        student: student.name().to_owned(),
    }
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
