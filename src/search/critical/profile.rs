//! The zeros of a gradient `A(mu)` that is known by its values and their errors.
//!
//! The range is cut until a Chebyshev polynomial reproduces `A` on every piece, whatever grid was asked for. The
//! pieces say where `A` may turn; its sign there and at the nodes comes from `A` itself, and a sign counts where
//! `|A|` exceeds its error. Between two such points of different sign there is a root; between two of the same sign
//! with a turning point that has none, two roots or none.

use crate::algebra::{Polynomial, Rational, integer};
use crate::expectation::AlignedKernel;

/// Degree of the pieces.
const DEGREE: usize = 16;
/// Last coefficients against the largest value below which a piece reproduces `A`.
const RESOLVED: f64 = 1e-13;
/// Unit of the coefficients from which turning points are found, against the largest value.
const UNIT: f64 = 1e-15;
/// Pieces narrower than this part of the range, and more pieces than that, are taken as they are.
const NARROWEST: f64 = 1e-9;
const MOST_PIECES: usize = 500;
/// Estimates of the error of `A` above which its sign is certain.
const CERTAIN: f64 = 2.0;
/// `A` at the weakest strength, against its largest value, that stands for a zero at no strength at all.
const AT_ZERO: f64 = 1e-50;
/// Halvings of a bracket: to the last bit.
const HALVINGS: usize = 100;

/// A point at which `A` was taken.
#[derive(Clone, Copy)]
struct Point {
    mu: f64,
    value: f64,
    error: f64,
    /// For a turning point, the second derivative of `A` there.
    bend: Option<f64>,
}

impl Point {
    fn at(aligned: &AlignedKernel, mu: f64) -> Self {
        let drift = aligned.at(mu);
        Self {
            mu,
            value: drift.gradient,
            error: drift.gradient_error,
            bend: None,
        }
    }

    fn is_certain(&self) -> bool {
        self.value != 0.0 && self.value.abs() > CERTAIN * self.error
    }
}

/// Roots in `[low, high]` (`0 < low`), ascending, each with `None`, and turning points that may be two roots or
/// none, each with the distance within which they are.
pub(super) fn zeros(aligned: &AlignedKernel, low: f64, high: f64) -> Vec<(f64, Option<f64>)> {
    let mut points = points(aligned, low, high);
    let largest = points.iter().fold(0.0f64, |m, p| m.max(p.value.abs()));
    if let Some(first) = points.first_mut()
        && low <= super::WEAKEST
        && first.value.abs() <= AT_ZERO * largest
    {
        first.value = 0.0;
    }
    let mut found = Vec::new();
    let mut before: Option<Point> = None;
    let mut hidden: Vec<Point> = Vec::new();
    for (i, &point) in points.iter().enumerate() {
        if !point.is_certain() {
            hidden.push(point);
            // A zero at an end has no other side; a stretch of zeros is an underflow.
            let beside = if i == 0 {
                points.get(1)
            } else {
                points.get(i - 1)
            };
            let at_end = i == 0 || i + 1 == points.len();
            if at_end && beside.is_some_and(Point::is_certain) {
                found.push((point.mu, None));
            }
            continue;
        }
        if let Some(before) = before {
            if (before.value < 0.0) == (point.value < 0.0) {
                let turns = hidden.iter().filter(|p| p.bend.is_some());
                let nearest = turns.min_by(|a, b| a.value.abs().total_cmp(&b.value.abs()));
                found.extend(nearest.map(|turn| (turn.mu, Some(reach(turn, &before, &point)))));
            } else {
                found.push((root(aligned, before, point), None));
            }
        }
        before = Some(point);
        hidden.clear();
    }
    found
}

/// How far from a turning point roots may be: as far as the parabola stays within the error.
fn reach(turn: &Point, before: &Point, after: &Point) -> f64 {
    let widest = (after.mu - turn.mu).max(turn.mu - before.mu);
    let bend = turn.bend.unwrap_or(0.0).abs();
    let error = turn.value.abs() + CERTAIN * turn.error;
    (2.0 * error / bend).sqrt().min(widest)
}

/// The root between two points of different sign, to the last bit.
fn root(aligned: &AlignedKernel, mut low: Point, mut high: Point) -> f64 {
    for _ in 0..HALVINGS {
        let mu = 0.5 * (low.mu + high.mu);
        if !(low.mu < mu && mu < high.mu) {
            break;
        }
        let middle = Point::at(aligned, mu);
        if middle.value == 0.0 {
            return mu;
        }
        if (middle.value < 0.0) == (low.value < 0.0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    if low.value.abs() < high.value.abs() {
        low.mu
    } else {
        high.mu
    }
}

/// Nodes and turning points of all pieces, ascending.
fn points(aligned: &AlignedKernel, low: f64, high: f64) -> Vec<Point> {
    let mut edges = vec![low, high];
    let inside = |mu: &f64| low < *mu && *mu < high;
    edges.extend(aligned.seams().into_iter().filter(inside));
    edges.sort_by(f64::total_cmp);
    edges.dedup();
    let mut open: Vec<(f64, f64)> = edges.windows(2).map(|e| (e[0], e[1])).collect();
    let mut all = Vec::new();
    let mut pieces = 0;
    while let Some((from, to)) = open.pop() {
        let piece = Piece::new(aligned, from, to);
        pieces += 1;
        let narrow = to - from <= NARROWEST * (high - low);
        if piece.is_resolved() || narrow || pieces + open.len() >= MOST_PIECES {
            all.extend(piece.turning_points(aligned));
            all.extend(piece.nodes);
        } else {
            let middle = 0.5 * (from + to);
            open.extend([(from, middle), (middle, to)]);
        }
    }
    all.sort_by(|a, b| a.mu.total_cmp(&b.mu));
    all.dedup_by(|a, b| a.mu.total_cmp(&b.mu).is_eq());
    all
}

/// `A` on an interval: its values at Chebyshev's nodes and the coefficients of their polynomial.
struct Piece {
    from: f64,
    to: f64,
    nodes: Vec<Point>,
    chebyshev: Vec<f64>,
}

impl Piece {
    fn new(aligned: &AlignedKernel, from: f64, to: f64) -> Self {
        let angle = |j: usize| std::f64::consts::PI * j as f64 / DEGREE as f64;
        let nodes: Vec<Point> = (0..=DEGREE)
            .map(|j| {
                // The ends as they were given, not rounded.
                let mu = match j {
                    0 => to,
                    DEGREE => from,
                    _ => from + 0.5 * (to - from) * (1.0 + angle(j).cos()),
                };
                Point::at(aligned, mu)
            })
            .collect();
        let ends = |j: usize| if j == 0 || j == DEGREE { 0.5 } else { 1.0 };
        let coefficient = |k: usize| -> f64 {
            let terms = nodes.iter().enumerate();
            let sum: f64 = terms
                .map(|(j, p)| ends(j) * p.value * angle(j * k % (2 * DEGREE)).cos())
                .sum();
            ends(k) * sum * 2.0 / DEGREE as f64
        };
        Self {
            from,
            to,
            chebyshev: (0..=DEGREE).map(coefficient).collect(),
            nodes,
        }
    }

    fn largest(&self) -> f64 {
        self.nodes.iter().fold(0.0, |m, p| m.max(p.value.abs()))
    }

    fn is_resolved(&self) -> bool {
        let tail = self.chebyshev[DEGREE - 2..]
            .iter()
            .fold(0.0f64, |m, c| m.max(c.abs()));
        let error = self.nodes.iter().fold(0.0f64, |m, p| m.max(p.error));
        // A value that is not finite is resolved by nothing.
        tail <= (RESOLVED * self.largest()).max(error) || tail.is_nan()
    }

    /// Where the polynomial turns, if it may be 0 somewhere.
    fn turning_points(&self, aligned: &AlignedKernel) -> Vec<Point> {
        let rest: f64 = self.chebyshev[1..].iter().map(|c| c.abs()).sum();
        let apart = self.chebyshev[0].abs() > 2.0 * rest;
        if apart || self.largest() == 0.0 || !self.may_turn() {
            return Vec::new();
        }
        let slope = self.slope();
        let bend = Polynomial::new(&derivative(&slope));
        let half = 0.5 * (self.to - self.from);
        let turns = Polynomial::new(&slope).roots(-1.0, 1.0);
        let point = |t: f64| Point {
            bend: Some(UNIT * self.largest() * bend.at(t).0 / (half * half)),
            ..Point::at(aligned, self.from + half * (1.0 + t))
        };
        turns.into_iter().map(|(t, _)| point(t)).collect()
    }

    /// Whether the derivative changes sign on a grid four times as fine as the nodes, which resolve it.
    fn may_turn(&self) -> bool {
        const GRID: usize = 4 * DEGREE;
        let slope = |j: usize| -> f64 {
            let angle = std::f64::consts::PI * (j as f64 + 0.5) / GRID as f64;
            let terms = self.chebyshev.iter().enumerate();
            // The derivative times the sine of the angle.
            terms
                .map(|(k, c)| k as f64 * c * (k as f64 * angle).sin())
                .sum()
        };
        let rising = (0..GRID).filter(|j| slope(*j) > 0.0).count();
        rising != 0 && rising != GRID
    }

    /// Coefficients of the derivative of `A` over its largest value, in `t`, -1 at `from` and 1 at `to`, rounded to
    /// whole multiples of what counts as resolved: exact arithmetic on long fractions takes long.
    fn slope(&self) -> Vec<Rational> {
        let unit = UNIT * self.largest();
        let whole: Vec<i64> = self
            .chebyshev
            .iter()
            .map(|c| (c / unit).round() as i64)
            .collect();
        let mut sum = vec![integer(0); whole.len()];
        let (mut before, mut current) = (vec![integer(1)], vec![integer(0), integer(1)]);
        for c in whole {
            for (slot, t) in sum.iter_mut().zip(&before) {
                *slot += t * integer(c);
            }
            // T_{k+1} = 2 t T_k - T_{k-1}
            let mut next = vec![integer(0)];
            next.extend(current.iter().map(|t| t * integer(2)));
            for (slot, t) in next.iter_mut().zip(&before) {
                *slot -= t;
            }
            before = std::mem::replace(&mut current, next);
        }
        derivative(&sum)
    }
}

fn derivative(f: &[Rational]) -> Vec<Rational> {
    let terms = f.iter().enumerate().skip(1);
    terms.map(|(k, c)| c * integer(k as i64)).collect()
}
