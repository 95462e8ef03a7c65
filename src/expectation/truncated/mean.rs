//! Averages of one piecewise polynomial.

use super::corner::POWERS;
use super::powers::{Edge, Pieces, Polynomial};
use super::tail::{above, tail_powers};
use crate::expectation::gaussian::density;

/// Where all breaks are nearer to 0, in deviations, averages of one function are taken piece by piece.
const CROWDED: f64 = 0.3;

/// A value and what its rounding error is proportional to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sized {
    pub(super) value: f64,
    pub(super) size: f64,
}

impl Sized {
    pub(super) fn add(&mut self, factor: f64, factor_size: f64, moment: f64, size: f64) {
        self.value += factor * moment;
        self.size += factor.abs() * size + factor_size * moment.abs();
    }
}

/// `E[f(deviation x)]` as a function of the deviation.
#[derive(Debug)]
pub(super) struct Mean {
    pieces: Pieces,
    parts: Vec<Polynomial>,
    edges: Vec<Edge>,
}

impl Mean {
    pub(super) fn of(pieces: &Pieces) -> Self {
        Self {
            parts: pieces.parts(),
            edges: pieces.edges(),
            pieces: pieces.clone(),
        }
    }

    pub(super) fn at(&self, deviation: f64) -> Sized {
        let crowded = |e: &Edge| e.distance < CROWDED * deviation;
        if self.edges.len() > 1 && self.edges.iter().all(crowded) {
            return self.by_pieces(deviation);
        }
        let mut sum = Sized::default();
        let mut moment = [1.0, 0.0];
        let mut power = 1.0;
        for (n, (c, size)) in self.parts[0]
            .powers
            .iter()
            .zip(&self.parts[0].sizes)
            .enumerate()
        {
            if n >= 2 {
                moment[n % 2] *= (n - 1) as f64;
            }
            let m = moment[n % 2] * power;
            sum.add(*c, size * (2 + n) as f64, m, m * (2 + n) as f64);
            power *= deviation;
        }
        let mut tails = [0.0; 2 * POWERS];
        for (part, edge) in self.parts[1..].iter().zip(&self.edges) {
            let n = part.powers.len();
            let h = edge.distance / deviation;
            tail_powers(h, 1.0, &mut tails[..n]);
            let (rounded, mut power) = (12.0 + h * h, 1.0);
            for (i, ((c, size), tail)) in part.powers.iter().zip(&part.sizes).zip(tails).enumerate()
            {
                let m = tail * power;
                sum.add(*c, size * (2 + i) as f64, m, m * (rounded + 2.0 * i as f64));
                power *= deviation;
            }
        }
        sum
    }

    /// Piece by piece: `I_n = (n-1) I_{n-2} + a^{n-1} phi(a) - b^{n-1} phi(b)` on [a, b).
    fn by_pieces(&self, deviation: f64) -> Sized {
        let mut sum = Sized::default();
        let ends: Vec<f64> = self.pieces.breaks.iter().map(|b| b / deviation).collect();
        for (i, piece) in self.pieces.pieces.iter().enumerate() {
            let low = i.checked_sub(1).map_or(f64::NEG_INFINITY, |i| ends[i]);
            let high = ends.get(i).copied().unwrap_or(f64::INFINITY);
            let edge = |x: f64, n: usize| {
                if x.is_finite() {
                    x.powi(n as i32) * density(x)
                } else {
                    0.0
                }
            };
            let whole = if low >= 0.0 {
                above(low) - above(high)
            } else {
                above(-high) - above(-low)
            };
            let (mut moments, mut sizes) = (
                [whole, 0.0],
                [whole + above(low.abs()).min(above(-high.abs())), 0.0],
            );
            let mut power = 1.0;
            for (n, (c, size)) in piece.powers.iter().zip(&piece.sizes).enumerate() {
                if n > 0 {
                    let (a, b) = (edge(low, n - 1), edge(high, n - 1));
                    let lower = if n > 1 { (n - 1) as f64 } else { 0.0 };
                    moments[n % 2] = lower * moments[n % 2] + a - b;
                    sizes[n % 2] = lower * sizes[n % 2] + a.abs() + b.abs();
                }
                let m = moments[n % 2] * power;
                sum.add(
                    *c,
                    size * (2 + n) as f64,
                    m,
                    sizes[n % 2] * power * (8 + 2 * n) as f64,
                );
                power *= deviation;
            }
        }
        sum
    }
}

/// `E[f(mean + s xi)]` of the function with these parts and edges, each edge given by its gap
/// `distance - side * mean`.
pub(super) fn average(
    parts: &[Polynomial],
    edges: &[Edge],
    mean: f64,
    s: f64,
    gap: impl Fn(&Edge) -> f64,
) -> Sized {
    let mut sum = Sized::default();
    // E[(mean + s xi)^n] and the size of its terms.
    let (mut here, mut below) = ([1.0, 1.0], [0.0, 0.0]);
    for (n, (c, size)) in parts[0].powers.iter().zip(&parts[0].sizes).enumerate() {
        sum.add(
            *c,
            size * (2 + n) as f64,
            here[0],
            here[1] * (4 + 2 * n) as f64,
        );
        let spread = n as f64 * s * s;
        let next = [
            mean * here[0] + spread * below[0],
            mean.abs() * here[1] + spread * below[1],
        ];
        (below, here) = (here, next);
    }
    let mut tails = [0.0; 2 * POWERS];
    for (part, edge) in parts[1..].iter().zip(edges) {
        let n = part.powers.len();
        if n == 0 {
            continue;
        }
        let gap = gap(edge);
        tail_powers(gap, s, &mut tails[..n]);
        let t = if s > 0.0 { (gap / s).max(0.0) } else { 0.0 };
        for (i, ((c, size), tail)) in part.powers.iter().zip(&part.sizes).zip(tails).enumerate() {
            sum.add(
                *c,
                size * (2 + i) as f64,
                tail,
                tail * (12.0 + t * t + 2.0 * i as f64),
            );
        }
    }
    sum
}
