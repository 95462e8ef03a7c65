//! Moments of a quadrant, `M_ab = E[(x - h)_+^a (y - k)_+^b]` of two standard normals with correlation `c`,
//! `h, k >= 0`.
//!
//! Stein's identity raises the powers,
//!
//! ```text
//! M_ab = (a-1) M_{a-2,b} + [a=1] phi(h) E[(y-k)_+^b | x=h]
//!      + c ( b M_{a,b-1}' + [b=0] phi(k) E[(x-h)_+^{a-1} | y=k] ) - h M_{a-1,b},   M' = M_{a-1,b-1}
//! ```
//!
//! and loses digits like `h^2` a step where the corner is far out: there a quadrature of positive terms serves.

use super::quadrant::quadrant;
use super::tail::{Tail, tail_powers};
use crate::expectation::gaussian::{FARTHEST, density, legendre};

/// Highest power and one.
pub(super) const POWERS: usize = 20;
/// Sizes over values beyond which the recursion is not used where every digit counts.
pub(super) const LOST: f64 = 300.0;
/// Squared distance beyond which a corner is left out of samples: its weight is `e^-45`.
const FAINT: f64 = 90.0;
/// What is left out of the quadrature, as an exponent: of the whole, and more for every power.
const REACH: f64 = 42.0;
const REACH_POWER: f64 = 3.0;
/// Widest panels: of the density, in what the other variable is smoothed over, and in the logarithm of the
/// integrand.
const WIDEST: f64 = 2.5;
const WIDEST_SMOOTHED: f64 = 2.5;
const STEEPEST: f64 = 12.0;

/// A quadrant and the correlation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Corner {
    /// Beyond `h`.
    pub(super) h: Tail,
    /// Beyond `k`.
    pub(super) k: Tail,
    pub(super) c: f64,
    /// `sqrt(1 - c^2)`.
    pub(super) s: f64,
    /// `h - c k` and `k - c h`, which may be differences of nearly equal numbers.
    pub(super) gaps: [f64; 2],
}

/// Moments and what their rounding errors are proportional to, `rows x columns` of each.
#[derive(Default, Debug)]
pub(super) struct Moments {
    pub(super) columns: usize,
    pub(super) values: Vec<f64>,
    pub(super) sizes: Vec<f64>,
}

impl Moments {
    pub(super) fn clear(&mut self, rows: usize, columns: usize) {
        self.columns = columns;
        for v in [&mut self.values, &mut self.sizes] {
            v.clear();
            v.resize(rows * columns, 0.0);
        }
    }
}

impl Corner {
    fn transposed(&self) -> Self {
        Self {
            h: self.k,
            k: self.h,
            gaps: [self.gaps[1], self.gaps[0]],
            ..*self
        }
    }

    /// Squared distance of the quadrant from 0: what rounding of the corner is multiplied by.
    fn distance2(&self) -> f64 {
        let (h, k) = (self.h.t, self.k.t);
        let Self { s, gaps, .. } = *self;
        if gaps[0] <= 0.0 || s <= 0.0 {
            return h.max(k).powi(2);
        }
        // Farther out the density is 0.
        let t = (gaps[1] / s).clamp(0.0, FARTHEST);
        h * h + t * t
    }

    /// Fills `out`, by the recursion where that makes sizes at most `lost` times as large as values.
    pub(super) fn moments(&self, (rows, columns): (usize, usize), lost: f64, out: &mut Moments) {
        out.clear(rows, columns);
        if self.h.density <= 0.0 || self.k.density <= 0.0 {
            return;
        }
        let distance2 = self.distance2();
        if lost.is_infinite() && distance2 > FAINT {
            // What it could add, and its powers, are its error; where that is not small all is taken again with care.
            out.sizes
                .fill(FAINT * (-0.5 * distance2).exp() / f64::EPSILON);
            return;
        }
        if self.s <= 0.0 {
            self.aligned(rows, columns, out);
        } else if !self.recursion((rows, columns), lost, out) {
            out.clear(rows, columns);
            self.quadrature(rows, columns, out);
        }
        let rounded = 12.0 + 2.0 * distance2;
        for (i, size) in out.sizes.iter_mut().enumerate() {
            *size *= rounded + (i / columns + i % columns) as f64;
        }
    }

    /// `c = 1`: one variable. `c = -1`: an empty quadrant, but for half of nothing at the origin.
    fn aligned(&self, rows: usize, columns: usize, out: &mut Moments) {
        if self.c < 0.0 {
            return;
        }
        let (h, k) = (self.h.t, self.k.t);
        let (far, [dh, dk]) = (
            if h > k { &self.h } else { &self.k },
            [k - h, h - k].map(|d| d.max(0.0)),
        );
        let mut tails = [0.0; 2 * POWERS];
        far.powers(&mut tails[..rows + columns - 1]);
        for a in 0..rows {
            for b in 0..columns {
                // One of the two distances is 0.
                let (fixed, grown, d) = if dk > 0.0 { (a, b, dk) } else { (b, a, dh) };
                let mut binomial = 1.0;
                let mut sum = 0.0;
                for l in (0..=grown).rev() {
                    // binomial = C(grown, l) d^(grown - l)
                    sum += binomial * tails[fixed + l];
                    binomial *= d * l as f64 / (grown - l + 1) as f64;
                }
                out.values[a * columns + b] = sum;
                out.sizes[a * columns + b] = sum;
            }
        }
    }

    /// By recursion from the probability; `false` where that loses too many digits.
    fn recursion(&self, (rows, columns): (usize, usize), lost: f64, out: &mut Moments) -> bool {
        let Some((whole, size)) = quadrant(self) else {
            return false;
        };
        let Self { c, s, gaps, .. } = *self;
        (out.values[0], out.sizes[0]) = (whole, size);
        if rows * columns == 1 {
            return true;
        }
        // E[(x-h)_+^a | y=k] phi(k) and E[(y-k)_+^b | x=h] phi(h).
        let (mut on_k, mut on_h) = ([0.0; POWERS], [0.0; POWERS]);
        tail_powers(gaps[0], s, &mut on_k[..rows]);
        tail_powers(gaps[1], s, &mut on_h[..columns]);
        on_k[..rows].iter_mut().for_each(|x| *x *= self.k.density);
        on_h[..columns]
            .iter_mut()
            .for_each(|x| *x *= self.h.density);
        let mut apart = [[0.0; POWERS]; 2];
        if c < 0.0 && lost.is_finite() {
            self.h.powers(&mut apart[0][..rows]);
            self.k.powers(&mut apart[1][..columns]);
        }
        for i in 1..rows * columns {
            let (a, b) = (i / columns, i % columns);
            // The power that is raised, its edge, where the terms with one less and with two less are.
            let (n, far, edge, once, twice) = if a > 0 {
                (a, self.h.t, on_h[b], columns, 2 * columns)
            } else {
                (b, self.k.t, on_k[0], 1, 2)
            };
            let cross = match (a, b) {
                (0, b) => [on_h[b - 1]; 2],
                (a, 0) => [on_k[a - 1]; 2],
                (_, b) => [&out.values, &out.sizes].map(|v| b as f64 * v[i - columns - 1]),
            };
            let lower = |v: &[f64]| {
                if n > 1 {
                    (n - 1) as f64 * v[i - twice]
                } else {
                    edge
                }
            };
            out.values[i] = lower(&out.values) + c * cross[0] - far * out.values[i - once];
            out.sizes[i] = lower(&out.sizes) + c.abs() * cross[1] + far * out.sizes[i - once];
            // For c < 0 the moment is at most that without correlation.
            let whole = if c < 0.0 {
                apart[0][a] * apart[1][b]
            } else {
                out.values[i]
            };
            if out.sizes[i] > lost * whole {
                return false;
            }
        }
        true
    }

    /// `E[(x-h)_+^a E[(y-k)_+^b | x]]` over panels in `x`, all terms positive.
    pub(super) fn quadrature(&self, rows: usize, columns: usize, out: &mut Moments) {
        if self.gaps[0] < 0.0 {
            // From the other side the integrand falls from its first point.
            let mut turned = Moments::default();
            turned.clear(columns, rows);
            self.transposed().quadrature(columns, rows, &mut turned);
            for i in 0..rows * columns {
                let (a, b) = (i / columns, i % columns);
                out.values[i] = turned.values[b * rows + a];
            }
            out.sizes.copy_from_slice(&out.values);
            return;
        }
        let mut tails = [0.0; POWERS];
        let reach = REACH + REACH_POWER * (rows + columns) as f64;
        let [(zone, zones), (end, rest)] = self.panels(reach);
        let panel = |i: usize| {
            if i < zones {
                let width = zone / zones as f64;
                (i as f64 * width, width)
            } else {
                let width = (end - zone) / rest as f64;
                (zone + (i - zones) as f64 * width, width)
            }
        };
        for (start, width) in (0..zones + rest).map(panel) {
            for (node, weight) in legendre() {
                let u = start + 0.5 * width * (1.0 + node);
                tail_powers(self.gaps[1] - self.c * u, self.s, &mut tails[..columns]);
                let mut front = 0.5 * width * weight * density(self.h.t + u);
                for row in out.values.chunks_exact_mut(columns) {
                    row.iter_mut()
                        .zip(&tails)
                        .for_each(|(m, t)| *m += front * t);
                    front *= u;
                }
            }
        }
        out.sizes.copy_from_slice(&out.values);
    }

    /// Where the panels of the smoothed edge end and how many they are, and those of the density beyond.
    fn panels(&self, reach: f64) -> [(f64, usize); 2] {
        let Self { c, s, .. } = *self;
        let h = self.h.t;
        // Up to the edge the integrand falls like N(c k, s^2), beyond it like the density.
        let ahead = (self.gaps[0].powi(2) + 2.0 * reach * s * s).sqrt();
        let before_edge = 2.0 * reach * s * s / (ahead + self.gaps[0]);
        let blur = s / c.abs();
        let edge = if c > 0.0 {
            self.gaps[1] / c
        } else {
            f64::INFINITY
        };
        let count = |x: f64| x.ceil().max(1.0) as usize;
        if edge > before_edge {
            let zone = before_edge;
            return [
                (
                    zone,
                    count((zone / (WIDEST_SMOOTHED * blur)).max(reach / STEEPEST)),
                ),
                (zone, 0),
            ];
        }
        let from = h + edge.max(0.0);
        let end = edge.max(0.0) + 2.0 * reach / ((from * from + 2.0 * reach).sqrt() + from);
        let fall = |length: f64| (length / WIDEST).max(length * (h + end) / STEEPEST);
        let zone = (edge + 8.5 * blur).clamp(0.0, end);
        let zones = count((zone / (WIDEST_SMOOTHED * blur)).max(fall(zone)));
        let rest = if zone < end {
            count(fall(end - zone))
        } else {
            0
        };
        [(zone, if zone > 0.0 { zones } else { 0 }), (end, rest)]
    }
}
