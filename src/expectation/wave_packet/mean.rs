//! Gaussian averages of products of two wave packets.
//!
//! With `y = z - c` (centres), `L = diag(2 a1, 2 a2)`, rates `b` and covariance matrix `C` of `(z1, z2)`
//!
//! ```text
//! E[ exp(-y L y / 2 + b y) ] = exp( b S b / 2 - b D^-1 c - c M c / 2 ) / sqrt(det D)
//! D = 1 + C L,   S = D^-1 C,   M = L D^-1,   det D = 1 + v1 L1 + v2 L2 + L1 L2 det C
//! ```
//!
//! and under this weight `y` is Gaussian of mean `S b - D^-1 c` and covariance `S`. All quadratic forms are written
//! as sums of squares with `det C` known by itself, so that `det C = 0` is exact.

use nalgebra::Complex;

use crate::expectation::Covariance;
use crate::link::{Envelope, MOST_COEFFICIENTS};

/// The weight of two exponentials: a complex factor and a Gaussian with complex mean.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weight {
    factor: Complex<f64>,
    exponent: Complex<f64>,
    mean: [Complex<f64>; 2],
    variances: [f64; 2],
    covariance: f64,
}

impl Weight {
    pub(super) fn new(first: &Envelope, second: &Envelope, law: &Covariance) -> Self {
        let Covariance {
            v1,
            v2,
            c,
            determinant: r,
        } = *law;
        let (l1, l2) = (2.0 * first.decay, 2.0 * second.decay);
        let (x1, x2) = (first.centre, second.centre);
        let (b1, b2) = (first.rate, second.rate);
        let det = 1.0 + v1 * l1 + v2 * l2 + l1 * l2 * r;
        let (s11, s12, s22) = ((v1 + r * l2) / det, c / det, (v2 + r * l1) / det);
        let mut exponent = if s11 > 0.0 {
            let along = (b1 * s11 + b2 * s12) / s11.sqrt();
            (along * along + b2 * b2 * (r / det / s11)) * 0.5
        } else {
            Complex::new(0.0, 0.0)
        };
        let mut mean = [b1 * s11 + b2 * s12, b1 * s12 + b2 * s22];
        if l1 > 0.0 || l2 > 0.0 {
            // D^-1 c and c M c; v2 > 0.
            let centres = [
                (x1 + l2 * (v2 * x1 - c * x2)) / det,
                (x2 + l1 * (v1 * x2 - c * x1)) / det,
            ];
            let across = (v2 * x1 - c * x2).powi(2) / v2 + r * x2 * x2 / v2;
            exponent -= b1 * centres[0] + b2 * centres[1];
            exponent -= 0.5 * (l1 * x1 * x1 + l2 * x2 * x2 + l1 * l2 * across) / det;
            mean[0] -= centres[0];
            mean[1] -= centres[1];
        }
        Self {
            factor: exponent.exp() / det.sqrt(),
            exponent,
            mean,
            variances: [s11, s22],
            covariance: s12,
        }
    }

    /// `E[weight p(y1) r(y2)]`.
    pub(super) fn mean(&self, p: &[Complex<f64>], r: &[Complex<f64>]) -> Complex<f64> {
        match (p, r) {
            ([a], [b]) => self.factor * a * b,
            _ => self.factor * self.polynomials(p, r),
        }
    }

    /// A bound of what [`mean`](Self::mean) rounds, in units of `f64::EPSILON`.
    pub(super) fn size(&self, p: &[Complex<f64>], r: &[Complex<f64>]) -> f64 {
        let absolute = |p: &[Complex<f64>]| -> Vec<Complex<f64>> {
            p.iter().map(|c| Complex::new(c.norm(), 0.0)).collect()
        };
        let positive = Self {
            factor: Complex::new(self.factor.norm(), 0.0),
            mean: self.mean.map(|m| Complex::new(m.norm(), 0.0)),
            covariance: self.covariance.abs(),
            ..*self
        };
        let degrees = (p.len() + r.len()) as f64;
        // An exponential is good to the rounding of its exponent.
        (8.0 + 4.0 * self.exponent.norm() + 4.0 * degrees)
            * positive.mean(&absolute(p), &absolute(r)).re
    }

    /// `sum_k S12^k / k! E[p^(k)(y1)] E[r^(k)(y2)]`.
    fn polynomials(&self, p: &[Complex<f64>], r: &[Complex<f64>]) -> Complex<f64> {
        let orders = p.len().min(r.len());
        let first = smoothed(p, orders, self.mean[0], self.variances[0]);
        let second = smoothed(r, orders, self.mean[1], self.variances[1]);
        let mut weight = 1.0;
        let mut sum = ZERO;
        for (k, (a, b)) in first.iter().zip(&second).take(orders).enumerate() {
            sum += a * b * weight;
            weight *= self.covariance / (k + 1) as f64;
        }
        sum
    }
}

const ZERO: Complex<f64> = Complex::new(0.0, 0.0);

/// `E[p^(k)(mean + sqrt(variance) xi)]` for `k` below `orders`, on the stack: this is what a right-hand side costs.
fn smoothed(
    p: &[Complex<f64>],
    orders: usize,
    mean: Complex<f64>,
    variance: f64,
) -> [Complex<f64>; MOST_COEFFICIENTS] {
    let mut moments = [ZERO; MOST_COEFFICIENTS];
    let mut coefficients = [ZERO; MOST_COEFFICIENTS];
    let mut derivatives = [ZERO; MOST_COEFFICIENTS];
    moments[0] = Complex::new(1.0, 0.0);
    for i in 1..p.len() {
        moments[i] = moments[i - 1] * mean;
        if i > 1 {
            moments[i] += moments[i - 2] * ((i - 1) as f64 * variance);
        }
    }
    coefficients[..p.len()].copy_from_slice(p);
    for (k, derivative) in derivatives.iter_mut().enumerate().take(orders) {
        for j in k..p.len() {
            *derivative += coefficients[j] * moments[j - k];
            coefficients[j] *= (j - k) as f64;
        }
    }
    derivatives
}
