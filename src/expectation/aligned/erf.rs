//! Two error functions: `A` with the difference of its terms taken before the roots.

use std::f64::consts::{FRAC_2_PI, PI};

use super::AlignedDrift;

/// Rounding errors of a product of a dozen factors and three roots, in units of `f64::EPSILON`.
const ROUNDINGS: f64 = 16.0;

/// `A* erf(b* x)` against `A erf(b x)`, as (amplitude, scale).
#[derive(Debug)]
pub(super) struct ErfRay {
    pub(super) teacher: (f64, f64),
    pub(super) student: (f64, f64),
}

impl ErfRay {
    /// With `s = rho b` and `v* = b*^2`, `v = s^2`:
    ///
    /// ```text
    /// A = (4/pi) A b / (1 + 2 v) ( A* b* / sqrt(1 + 2 v* + 2 v) - A s / sqrt(1 + 4 v) )
    /// ```
    ///
    /// where the two fractions nearly agree, their difference is that of their squares over their sum,
    /// `A*^2 v* (1 + 4 v) - A^2 v (1 + 2 v* + 2 v) = A^2 (v* - v)(1 + 2 v) + (A*^2 - A^2) v* (1 + 4 v)`.
    pub(super) fn at(&self, rho: f64) -> AlignedDrift {
        let ((big, wide), (own, scale)) = (self.teacher, self.student);
        let reached = rho * scale;
        let (v_teacher, v) = (wide * wide, reached * reached);
        let (joint, alone) = (1.0 + 2.0 * v_teacher + 2.0 * v, 1.0 + 4.0 * v);
        let (target, answer) = (big * wide / joint.sqrt(), own * reached / alone.sqrt());
        let bracket = if target * answer > 0.0 {
            // b* - rho b: the product is not rounded. Only the size of b matters for squares.
            let fraction = |a: f64, b: f64| (-rho.abs()).mul_add(b.abs(), a.abs());
            let gap = fraction(wide, scale) * (wide.abs() + reached.abs());
            let amplitudes = (big - own) * (big + own);
            let squares = own * own * gap * (1.0 + 2.0 * v) + amplitudes * v_teacher * alone;
            squares / (joint * alone) / (target + answer)
        } else {
            target - answer
        };
        let front = 2.0 * FRAC_2_PI * own * scale / (1.0 + 2.0 * v);
        let squeeze = 2.0 * scale * scale / (1.0 + 2.0 * v);
        let alpha = big * own * wide * scale * (4.0 / PI) / joint.sqrt();
        let pair = alpha * rho * squeeze;
        let alone = own * own * FRAC_2_PI * squeeze / alone.sqrt();
        let error = |size: f64| ROUNDINGS * f64::EPSILON * size;
        let gradient = front * bracket;
        AlignedDrift {
            gradient,
            // Unequal amplitudes and scales may cancel between the two squares.
            gradient_error: error(gradient.abs()) + self.amplitude_error(front, target, answer),
            curvature: -pair - alone,
            curvature_error: error(pair.abs() + alone),
        }
    }

    /// Rounding of the difference of the squares where both of its parts are there.
    fn amplitude_error(&self, front: f64, target: f64, answer: f64) -> f64 {
        let equal = self
            .teacher
            .0
            .abs()
            .total_cmp(&self.student.0.abs())
            .is_eq();
        let size = if equal {
            0.0
        } else {
            target.abs() + answer.abs()
        };
        ROUNDINGS * f64::EPSILON * (front * size).abs()
    }
}
