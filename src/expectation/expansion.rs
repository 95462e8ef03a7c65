//! The gradient next to a point of the target's direction where it vanishes: a difference of nearly equal numbers
//! elsewhere, a polynomial here.
//!
//! With `A` and `B` the averages along that direction, at `w = m omega*`, and `r = q - m^2`,
//!
//! ```text
//! alpha + m beta = A(m) + r B'(m) / 2 + O(r^(3/2)) ,   L = L(m, 0) - r B(m) / 2
//! ```
//!
//! since `A = -dL/dm` and `B = -2 dL/dq` (docs/theory.md, sections 2 and 4). The answer of equal links, `m = 1`, is one
//! such point, where `L(m, 0)` is the integral of `A` from there; a critical strength is another.

use super::{AlignedDrift, AlignedKernel};

/// Largest distance from the answer at which this is used: what is left out is below 1e-10 of the gradient, and below 1e-7
/// where links have kinks away from 0, whose part goes like `r` times a function of `(1 - m) / sqrt(r)`.
pub(crate) const NEAR: f64 = 1e-5;
/// How far a state may move from the point, in distances at which it may start.
const MOVES: f64 = 4.0;
/// Distance of the five points from which the averages next to the answer are known, on the side of weaker weights: kinks
/// make the other side another function.
const STEP: f64 = 2e-3;
/// The same around a critical strength, on both sides.
const FINE_STEP: f64 = 5e-4;
/// Fourth difference against the first that is not 0, above which links bend on a smaller scale than that: the points are
/// drawn together then, and all distances with them.
const SMOOTH: f64 = 1e-7;
/// What the five slopes are multiplied by in the first coefficient, 5, 10, 10, 5 and 1, and what is lost on the way, in
/// errors of a slope.
const CARRIED: f64 = 64.0;
/// The most that may be left out of the slope, relatively.
const FINE: f64 = 3e-9;
/// By how much points are drawn together, and how often at most.
const CLOSER: f64 = 0.25;
const TIMES: i32 = 5;

/// `A` and `B` next to such a point, in powers of the distance from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Expansion {
    slope: [f64; 4],
    bend: [f64; 3],
    /// The sign of `d m` over that of the distance.
    side: f64,
    /// How far a state may be from the point.
    reach: f64,
}

/// Whether a polynomial of the fourth degree is enough.
fn is_smooth(fourth: f64, first: f64) -> bool {
    fourth.abs() <= SMOOTH * first.abs() && first.is_finite()
}

/// What is left out of the slope, relatively, by the last differences: they fall like a geometric series where links are
/// smooth, and hardly where they have cusps; the first coefficient adds up some of them.
fn left_out(fourth: f64, third: f64, first: f64) -> f64 {
    let size = (fourth / first).abs();
    if size == 0.0 {
        0.0
    } else {
        4.0 * size * (fourth / third).abs().min(1.0)
    }
}

/// The first that `find` makes of points drawn together by these shares.
fn closer<T>(find: impl Fn(f64) -> Option<T>) -> Option<T> {
    (0..=TIMES).map(|n| CLOSER.powi(n)).find_map(find)
}

impl Expansion {
    /// At the answer of equal links, in `1 - m`, and what its [`slope`](Self::slope) along the direction is off by,
    /// relatively; `None` where links bend too sharply for it.
    pub(crate) fn at_answer(aligned: &AlignedKernel) -> Option<(Self, f64)> {
        closer(|share| {
            let step = share * STEP;
            let gaps = [1.0, 2.0, 3.0, 4.0, 5.0].map(|i: f64| i * step);
            let drifts = gaps.map(|gap| aligned.at(1.0 - gap));
            // 1 - (1 - g) is what was asked for, to its own rounding.
            let slopes = std::array::from_fn(|i| drifts[i].gradient / (1.0 - (1.0 - gaps[i])));
            let ([first, second, third], left_out) = ahead(slopes, step)?;
            let known = |drift: &AlignedDrift| (drift.gradient_error / drift.gradient).abs();
            let rounding = drifts.iter().map(known).fold(f64::EPSILON, f64::max);
            let error = CARRIED * rounding + left_out;
            let found = Self {
                slope: [0.0, first, second, third],
                bend: ahead(drifts.map(|drift| drift.curvature), step)?.0,
                side: -1.0,
                reach: share * NEAR * MOVES,
            };
            (left_out <= FINE).then_some((found, error))
        })
    }

    /// Around a strength, in `m - rho`; `None` where the averages bend too sharply for it, as where breaks of both links
    /// meet.
    pub(crate) fn around(aligned: &AlignedKernel, rho: f64) -> Option<Self> {
        closer(|share| {
            let step = share * FINE_STEP;
            let places = [-2.0, -1.0, 0.0, 1.0, 2.0].map(|i: f64| rho + i * step);
            let drifts = places.map(|rho| aligned.at(rho));
            let [b0, b1, b2, _] = around(drifts.map(|drift| drift.curvature), step)?;
            Some(Self {
                slope: around(drifts.map(|drift| drift.gradient), step)?,
                bend: [b0, b1, b2],
                side: 1.0,
                reach: share * NEAR * MOVES,
            })
        })
    }

    /// Whether a start at this distance and this far across is near enough.
    pub(crate) fn is_near(&self, distance: f64, across: f64) -> bool {
        distance.abs().max(across.abs()) * MOVES <= self.reach
    }

    /// Whether it holds at a distance and `r`.
    pub(crate) fn covers(&self, distance: f64, residual: f64) -> bool {
        distance.abs() <= self.reach && residual <= self.reach * self.reach
    }

    /// `alpha + m beta`; at `r = 0` this is `A`.
    pub(crate) fn slope(&self, distance: f64, residual: f64) -> f64 {
        let ([a0, a1, a2, a3], [_, b1, b2], y) = (self.slope, self.bend, distance);
        let along = a0 + y * (a1 + y * (a2 + y * a3));
        along + self.side * residual * (0.5 * b1 + y * b2)
    }

    /// The loss next to the answer, label noise apart.
    pub(crate) fn loss(&self, gap: f64, residual: f64) -> f64 {
        let ([_, a1, a2, a3], [b0, b1, b2]) = (self.slope, self.bend);
        let along = gap * gap * (a1 / 2.0 + gap * (a2 / 3.0 + gap * a3 / 4.0));
        along - 0.5 * residual * (b0 + gap * (b1 + gap * b2))
    }
}

/// The first coefficients of the polynomial through values at 1, 2, .. 5 steps, by Newton's forward differences, and what
/// the first is off by, relatively.
fn ahead(values: [f64; 5], step: f64) -> Option<([f64; 3], f64)> {
    let mut differences = values;
    for order in 1..5 {
        for i in (order..5).rev() {
            differences[i] -= differences[i - 1];
        }
    }
    let [d0, d1, d2, d3, d4] = differences;
    let first = d0 - d1 + d2 - d3 + d4;
    let second = d1 - 1.5 * d2 + 11.0 / 6.0 * d3 - 25.0 / 12.0 * d4;
    let third = 0.5 * d2 - d3 + 35.0 / 24.0 * d4;
    let coefficients = [first, second / step, third / (step * step)];
    is_smooth(d4, first).then(|| (coefficients, left_out(d4, d3, first)))
}

/// The same of values on both sides, the middle one as it is.
fn around([v, w, x, y, z]: [f64; 5], step: f64) -> Option<[f64; 4]> {
    let h = step;
    let (first, fourth) = (
        (v - z + 8.0 * (y - w)) / 12.0,
        v - 4.0 * w + 6.0 * x - 4.0 * y + z,
    );
    let second = (16.0 * (w + y) - v - z - 30.0 * x) / 24.0;
    let third = (z - v + 2.0 * (w - y)) / 12.0;
    let size = x.abs().max(first.abs());
    is_smooth(fourth, size).then_some([x, first / h, second / (h * h), third / (h * h * h)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expectation::{Kernel, Overlaps, flow_kernel};
    use crate::link::Link;

    fn near(text: &str) -> (Expansion, std::sync::Arc<dyn Kernel>) {
        let link: Link = text.parse().unwrap();
        let kernel = flow_kernel(&link, &link);
        (Expansion::at_answer(kernel.aligned()).unwrap().0, kernel)
    }

    #[test]
    fn it_is_the_gradient_and_the_loss_where_both_are_known() {
        for text in [
            "linear",
            "erf",
            "relu",
            "he3",
            "tanh",
            "relu(x-0.5)",
            "x*sigmoid(x)",
        ] {
            let (near, kernel) = near(text);
            for (gap, side) in [(1e-3, 0.0), (1e-3, 5e-4), (5e-4, 1e-3), (2e-3, -1e-3)] {
                let at = Overlaps::from_residual(1.0 - gap, side * side);
                let drift = kernel.drift(&at);
                let slope = drift.alpha + at.m * drift.beta;
                // r^(3/2), g^4 with the factors of He3, and a twentieth of r for kinks away from 0.
                let kinks = if text.contains('-') {
                    5e-2 * side * side
                } else {
                    0.0
                };
                let left_out = kinks + 2.0 * side.abs().powi(3) + 1e3 * gap.powi(4) + 1e-13;
                let off = near.slope(gap, side * side) - slope;
                assert!(
                    off.abs() < left_out,
                    "{text} at {gap}, {side}: {off:e} of {slope:e}"
                );
            }
        }
    }

    /// `A = 1 - rho` and `B = -1` of the linear link; `A = 6 rho (1 - rho^2)` of He2.
    #[test]
    fn closed_forms_hold_to_the_last_digits() {
        let (linear, _) = near("linear");
        let (square, _) = near("he2");
        for gap in [1e-6, 1e-9, 1e-12, 1e-15] {
            assert!((linear.slope(gap, 0.0) / gap - 1.0).abs() < 1e-12);
            assert!((linear.loss(gap, 3.0 * gap * gap) / (2.0 * gap * gap) - 1.0).abs() < 1e-12);
            let exact = 6.0 * (1.0 - gap) * gap * (2.0 - gap);
            assert!(
                (square.slope(gap, 0.0) / exact - 1.0).abs() < 1e-11,
                "{gap:e}"
            );
        }
    }

    /// `A = 9 rho (1 - rho)(5 rho^3 + 5 rho^2 + rho - 1)` of He3, next to its zero.
    #[test]
    fn a_critical_strength_has_one_too() {
        let link: Link = "he3".parse().unwrap();
        let kernel = flow_kernel(&link, &link);
        let exact = |m: f64| 9.0 * m * (1.0 - m) * (5.0 * m.powi(3) + 5.0 * m * m + m - 1.0);
        let rho = 0.32073;
        let around = Expansion::around(kernel.aligned(), rho).unwrap();
        let there = kernel.aligned().at(rho).gradient;
        assert_eq!(around.slope(0.0, 0.0).to_bits(), there.to_bits());
        for (moved, across) in [(1e-3, 0.0), (-1e-3, 3e-4), (2e-4, 1e-3)] {
            let residual = across * across;
            let at = Overlaps::from_residual(rho + moved, residual);
            let drift = kernel.drift(&at);
            let slope = drift.alpha + at.m * drift.beta;
            // What is left out: the fourth power, and the square of r, with the factors of He3.
            let left_out = 1e3 * (moved.powi(4) + residual * (residual + moved * moved)) + 1e-13;
            assert!(
                (around.slope(moved, residual) - slope).abs() < left_out,
                "{moved}, {across}"
            );
            assert!(
                (around.slope(moved, 0.0) - exact(at.m)).abs() < left_out,
                "{moved}"
            );
        }
    }

    /// `A` of equal Hermite polynomials in exact fractions, `E[(He_n(x) - He_n(rho x)) x n He_{n-1}(rho x)]` (Python).
    #[test]
    fn links_that_bend_more_sharply_have_one_nearer_to_it() {
        for (text, gap, right) in [
            ("he4", 1e-8, 6.719_999_611_200_009_5e-6),
            ("he5", 1e-12, 5.399_999_999_956_8e-9),
            ("he7", 1e-8, 4.586_399_428_464_035e-3),
            ("he7", 1e-16, 4.586_399_999_999_994e-11),
            ("he10", 1e-12, 6.894_719_999_867_731e-4),
        ] {
            let link: Link = text.parse().unwrap();
            let (near, error) = Expansion::at_answer(flow_kernel(&link, &link).aligned()).unwrap();
            assert!(near.is_near(gap, 0.0), "{text} at {gap:e}");
            let off = near.slope(gap, 0.0) / right - 1.0;
            assert!(
                off.abs() < error && error < 1e-9,
                "{text} at {gap:e}: {off:e}, {error:e}"
            );
        }
        let (sharp, _) = near("x + exp(-1e6*(x-0.31)^2)");
        assert!(!sharp.is_near(1e-6, 0.0) && sharp.is_near(1e-8, 0.0));
    }
}
