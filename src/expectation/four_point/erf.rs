//! erf links: `sigma'(z_k) sigma'(z_l)` tilts the law of the other units, of which arcsines are taken.

use std::f64::consts::{FRAC_2_PI, PI};

use super::{Ensemble, FourPoint, fill};

/// `sigma_* = A* erf(b* x)`, `sigma = A erf(b x)`, each as (amplitude, scale).
#[derive(Clone, Copy, Debug)]
pub(super) struct ErfFourPoint {
    teacher: (f64, f64),
    student: (f64, f64),
}

impl ErfFourPoint {
    pub(super) fn new(teacher: (f64, f64), student: (f64, f64)) -> Self {
        Self { teacher, student }
    }

    fn link(&self, units: &Ensemble<'_>, unit: usize) -> (f64, f64) {
        if unit < units.teachers {
            self.teacher
        } else {
            self.student
        }
    }
}

/// Room for a pair `(k, l)`: of every unit its covariances with both, times the inverse, and `1/sqrt(1 + 2 v)`.
struct Tilted<'a> {
    along: &'a mut [f64],
    roots: &'a mut [f64],
    /// `b_m A_m`.
    weights: &'a [f64],
    /// Covariances of scaled pre-activations.
    scaled: &'a [f64],
}

impl Tilted<'_> {
    /// `E[(sum_m b_m phi_m)^2]` under the law tilted by units `k` and `l`, and the weight of the tilt.
    fn square(&mut self, k: usize, l: usize) -> (f64, f64) {
        let all = self.weights.len();
        let at = |m: usize, n: usize| self.scaled[m * all + n];
        // (C_2 + I/2)^-1.
        let (a, b, c) = (at(k, k) + 0.5, at(l, l) + 0.5, at(k, l));
        let determinant = a * b - c * c;
        let (inverse_k, inverse_l, across) = (b / determinant, a / determinant, -c / determinant);
        for m in 0..all {
            let (x, y) = (at(m, k), at(m, l));
            self.along[2 * m] = x * inverse_k + y * across;
            self.along[2 * m + 1] = x * across + y * inverse_l;
        }
        let mut sum = 0.0;
        for m in 0..all {
            let (x, y) = (self.along[2 * m], self.along[2 * m + 1]);
            let left = |n: usize| at(m, n) - x * at(n, k) - y * at(n, l);
            let variance = left(m);
            let square = 1.0 / (1.0 + 2.0 * variance);
            self.roots[m] = square.sqrt();
            let mut row = 0.0;
            for n in 0..m {
                let sine = 2.0 * left(n) * self.roots[m] * self.roots[n];
                row += self.weights[n] * sine.clamp(-1.0, 1.0).asin();
            }
            let own = (2.0 * variance * square).clamp(-1.0, 1.0).asin();
            sum += self.weights[m] * (2.0 * row + self.weights[m] * own);
        }
        // det(I + 2 C_2) = 4 det(C_2 + I/2).
        (FRAC_2_PI * sum, 2.0 / PI / determinant.sqrt())
    }
}

impl FourPoint for ErfFourPoint {
    fn noise(&self, units: Ensemble<'_>, room: &mut Vec<f64>, out: &mut [f64]) {
        let all = units.all();
        room.resize(all * all + 4 * all, 0.0);
        let (scaled, rest) = room.split_at_mut(all * all);
        let (along, rest) = rest.split_at_mut(2 * all);
        let (roots, weights) = rest.split_at_mut(all);
        for m in 0..all {
            let (amplitude, scale) = self.link(&units, m);
            weights[m] = amplitude * units.weights[m];
            for n in 0..all {
                scaled[m * all + n] = scale * self.link(&units, n).1 * units.at(m, n);
            }
        }
        let (amplitude, scale) = self.student;
        let slopes = (amplitude * scale).powi(2);
        let mut tilted = Tilted {
            along,
            roots,
            weights,
            scaled,
        };
        fill(&units, out, |k, l| {
            let (square, weight) = tilted.square(k, l);
            // Rounding may leave a little less than 0 of the diagonal, which is no average of a square.
            let square = if k == l && square < 0.0 { 0.0 } else { square };
            slopes * weight * (square + units.label_noise)
        });
    }
}
