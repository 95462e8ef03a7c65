//! Averages of one piecewise polynomial.

use super::corner::POWERS;
use super::powers::{Edge, Pieces, Polynomial};
use super::tail::{Tail, above, tail_powers, tails};
use crate::expectation::gaussian::{density, legendre};

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

    pub(super) fn plus(&mut self, other: Self) {
        self.add(1.0, 0.0, other.value, other.size);
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
        self.beyond(deviation, &tails(&self.edges, deviation))
    }

    /// The same where the tails beyond the edges are known.
    pub(super) fn beyond(&self, deviation: f64, known: &[Tail]) -> Sized {
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
        let mut powers = [0.0; 2 * POWERS];
        for (part, tail) in self.parts[1..].iter().zip(known) {
            let (n, h) = (part.powers.len(), tail.t);
            tail.powers(&mut powers[..n]);
            let (rounded, mut power) = (12.0 + h * h, 1.0);
            for (i, ((c, size), tail)) in
                part.powers.iter().zip(&part.sizes).zip(powers).enumerate()
            {
                let m = tail * power;
                sum.add(*c, size * (2 + i) as f64, m, m * (rounded + 2.0 * i as f64));
                power *= deviation;
            }
        }
        sum
    }

    /// Piece by piece, the inner ones narrow.
    fn by_pieces(&self, deviation: f64) -> Sized {
        let mut sum = Sized::default();
        let ends: Vec<f64> = self.pieces.breaks.iter().map(|b| b / deviation).collect();
        for (i, piece) in self.pieces.pieces.iter().enumerate() {
            let low = i.checked_sub(1).map(|i| ends[i]);
            let moments = moments(low, ends.get(i).copied(), piece.powers.len());
            let mut power = 1.0;
            let terms = piece.powers.iter().zip(&piece.sizes).zip(moments);
            for (n, ((c, size), m)) in terms.enumerate() {
                let rounded = m.size * power * (8 + 2 * n) as f64;
                sum.add(*c, size * (2 + n) as f64, m.value * power, rounded);
                power *= deviation;
            }
        }
        sum
    }
}

/// `E[x^n; low < x < high]`, no end where it is infinite: over a narrow piece by a rule of positive weights, else
/// `I_n = (n-1) I_{n-2} + low^{n-1} phi(low) - high^{n-1} phi(high)`.
fn moments(low: Option<f64>, high: Option<f64>, count: usize) -> Vec<Sized> {
    let mut made = vec![Sized::default(); count];
    if let (Some(a), Some(b)) = (low, high) {
        for (node, weight) in legendre() {
            let x = a + 0.5 * (b - a) * (1.0 + node);
            let mut term = 0.5 * (b - a) * weight * density(x);
            for m in &mut made {
                m.value += term;
                m.size += term.abs();
                term *= x;
            }
        }
        return made;
    }
    let edge = |end: Option<f64>, n: usize| end.map_or(0.0, |x| x.powi(n as i32) * density(x));
    for n in 0..count {
        let (a, b) = if n == 0 {
            (low.map_or(0.0, above), high.map_or(0.0, |b| above(-b)))
        } else {
            (edge(low, n - 1), edge(high, n - 1))
        };
        let (value, size) = match n {
            0 => (
                if low.is_none() && high.is_none() {
                    1.0
                } else {
                    a + b
                },
                1.0,
            ),
            1 => (a - b, a.abs() + b.abs()),
            _ => {
                let (lower, below) = ((n - 1) as f64, made[n - 2]);
                (
                    lower * below.value + a - b,
                    lower * below.size + a.abs() + b.abs(),
                )
            }
        };
        made[n] = Sized { value, size };
    }
    made
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
