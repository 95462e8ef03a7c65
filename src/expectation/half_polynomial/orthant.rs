//! Orthant moments of two standard normals.

use std::f64::consts::PI;

use super::{DENSITY_AT_ZERO, MAX_DEGREE};
use crate::expectation::Covariance;

/// The angle between the weights of two units.
#[derive(Clone, Copy)]
pub(super) struct Angle {
    pub(super) theta: f64,
    pub(super) cosine: f64,
    pub(super) sine: f64,
}

impl Angle {
    #[inline]
    pub(super) fn of(at: &Covariance, [r1, r2]: [f64; 2]) -> Self {
        let deviations = r1 * r2;
        let root = at.determinant.sqrt();
        Self {
            // atan2 keeps the angle when c^2 is within rounding of v1 v2; acos would not.
            theta: root.atan2(at.c),
            cosine: (at.c / deviations).clamp(-1.0, 1.0),
            sine: (root / deviations).min(1.0),
        }
    }

    /// That of the moments whose terms are the sizes of the terms of both, this angle's and its
    /// reflection's: nothing cancels in them.
    pub(super) fn of_sizes(self) -> Self {
        Self {
            theta: 0.0,
            cosine: self.cosine.abs(),
            sine: self.sine,
        }
    }

    /// The angle to the opposite weights.
    #[inline]
    pub(super) fn reflected(self) -> Self {
        Self {
            theta: PI - self.theta,
            cosine: -self.cosine,
            sine: self.sine,
        }
    }
}

/// Fills `out[a * columns + b] = E[x^a y^b; x > 0, y > 0]`.
#[inline]
pub(super) fn orthant_moments(angle: &Angle, rows: usize, columns: usize, out: &mut [f64]) {
    let Angle {
        theta,
        cosine: c,
        sine: s,
    } = *angle;
    out[0] = (PI - theta) / (2.0 * PI);
    if rows * columns == 1 {
        return;
    }
    // h_n s^n phi(0) for the boundary terms, by the two interleaved recursions of h.
    let (mut even, mut odd) = (0.5 * DENSITY_AT_ZERO, s * DENSITY_AT_ZERO.powi(2));
    let mut boundary = [0.0; 4 * MAX_DEGREE + 4];
    for (n, slot) in boundary.iter_mut().enumerate().take(rows.max(columns)) {
        if n % 2 == 0 {
            *slot = even;
            even *= (n + 1) as f64 * s * s;
        } else {
            *slot = odd;
            odd *= (n + 1) as f64 * s * s;
        }
    }
    for a in 1..rows {
        let below = if a >= 2 {
            (a - 1) as f64 * out[(a - 2) * columns]
        } else {
            boundary[0]
        };
        out[a * columns] = below + c * boundary[a - 1];
    }
    for b in 1..columns {
        for a in 0..rows {
            let below = if b >= 2 {
                (b - 1) as f64 * out[a * columns + b - 2]
            } else {
                boundary[a]
            };
            let cross = if a >= 1 {
                a as f64 * out[(a - 1) * columns + b - 1]
            } else {
                boundary[b - 1]
            };
            out[a * columns + b] = below + c * cross;
        }
    }
}
