//! The zeros of a gradient `A(mu)` that is known by its values and their errors.
//!
//! The range is cut until a Chebyshev polynomial reproduces `A` on every piece, whatever grid was asked for. The
//! pieces say where `A` may turn; its sign there and at the nodes comes from `A` itself, and a sign counts where
//! `|A|` exceeds its error. Between two such points of different sign there is a root; between two of the same sign
//! with a turning point that has none, two roots or none. What `A` costs is counted, and ends the search, which goes
//! downwards: the cost is greatest at the weakest strengths, where `A` may fall like `exp(-1/mu^2)`.

use crate::algebra::{Polynomial, Rational, integer};
use crate::expectation::AlignedKernel;
use crate::root::zero;
use crate::watch::Cancel;

/// Degree of the pieces.
const DEGREE: usize = 16;
/// Last coefficients against the largest value below which a piece reproduces `A`.
const RESOLVED: f64 = 1e-13;
/// The same where `A` is fainter than this part of what it was: its sign is seen, if not the last digit.
const SEEN: f64 = 1e-3;
const FAINT: f64 = 1e-20;
/// Unit of the coefficients from which turning points are found, against the largest value.
const UNIT: f64 = 1e-15;
/// Pieces narrower than this part of the range are taken as they are.
const NARROWEST: f64 = 1e-9;
/// Operations on numbers that the search may cost, some seconds; a point costs some at least.
const MOST_WORK: u64 = 1_000_000_000;
const LEAST_WORK: u64 = 20_000;
/// Estimates of the error of `A` above which its sign is certain.
const CERTAIN: f64 = 2.0;
/// Sizes below which a product of doubles has lost digits, and may be 0.
const UNDERFLOW: f64 = 1e-299;
/// Halvings by which the end of a stretch of such values is found, from one node to the next.
const HALVINGS: usize = 16;
/// `A` at the weakest strength, against its largest value, that stands for a zero at no strength at all.
const AT_ZERO: f64 = 1e-50;

/// A point at which `A` was taken.
#[derive(Clone, Copy)]
struct Point {
    mu: f64,
    value: f64,
    error: f64,
    /// For a turning point, the second derivative of `A` there.
    bend: Option<f64>,
}

/// `A`, and what may still be spent on it.
struct Gradient<'a> {
    aligned: &'a AlignedKernel,
    left: u64,
    cancel: Cancel,
}

impl Gradient<'_> {
    fn at(&mut self, mu: f64) -> Point {
        let sample = self.aligned.sample(mu);
        self.left = self.left.saturating_sub(sample.work.max(LEAST_WORK));
        Point {
            mu,
            value: sample.gradient,
            error: sample.error,
            bend: None,
        }
    }

    fn is_spent(&self) -> bool {
        self.left == 0 || self.cancel.is_set()
    }
}

impl Point {
    fn is_certain(&self) -> bool {
        self.value != 0.0 && self.value.abs() > CERTAIN * self.error
    }

    /// Whether nothing is known but that `A` is below what doubles hold.
    fn is_lost(&self) -> bool {
        !self.is_certain() && self.value.abs() <= UNDERFLOW && self.error <= UNDERFLOW
    }
}

/// Roots, each with `None`, and turning points that may be two roots or none, each with the distance within
/// which they are.
type Zeros = Vec<(f64, Option<f64>)>;

/// What is known of the zeros in a range.
pub(super) struct Profile {
    /// Ascending.
    pub(super) zeros: Zeros,
    /// The part of the range that they were not looked for in.
    pub(super) unsearched: Option<(f64, f64)>,
    /// Where `A` is below what doubles hold.
    pub(super) underflow: Vec<(f64, f64)>,
}

/// The zeros in `[low, high]` (`0 < low`).
pub(super) fn zeros(aligned: &AlignedKernel, (low, high): (f64, f64), cancel: Cancel) -> Profile {
    let mut gradient = Gradient {
        aligned,
        left: MOST_WORK,
        cancel,
    };
    let (mut points, unsearched) = points(&mut gradient, low, high);
    let largest = points.iter().fold(0.0f64, |m, p| m.max(p.value.abs()));
    if let Some(first) = points.first_mut()
        && low <= super::WEAKEST
        && first.value.abs() <= AT_ZERO * largest
    {
        first.value = 0.0;
    }
    let underflow = lost(&mut gradient, &points);
    let mut zeros = between(&mut gradient, &points, &underflow);
    // Where the search ended is no end of the range.
    if unsearched.is_some() {
        let lowest = points.first().map_or(low, |p| p.mu);
        zeros.retain(|(mu, _)| *mu > lowest);
    }
    Profile {
        zeros,
        unsearched,
        underflow,
    }
}

/// The stretches of at least two points at which `A` is lost, but for one that begins at no strength at all, into
/// which `A` falls like `exp(-1/mu^2)`, without a turn.
fn lost(gradient: &mut Gradient, points: &[Point]) -> Vec<(f64, f64)> {
    let mut found = Vec::new();
    for group in points.chunk_by(|a, b| a.is_lost() == b.is_lost()) {
        let [first, .., last] = group else { continue };
        if !first.is_lost() {
            continue;
        }
        let before = points.iter().rev().find(|p| p.mu < first.mu);
        let after = points.iter().find(|p| p.mu > last.mu);
        if before.is_none() && after.is_some() && first.mu <= super::WEAKEST {
            continue;
        }
        let from = before.map_or(first.mu, |before| edge(gradient, *before, *first));
        let to = after.map_or(last.mu, |after| edge(gradient, *after, *last));
        found.push((from, to));
    }
    found
}

/// Where `A` is lost, between a point at which it is not and one at which it is: on the side of the first.
fn edge(gradient: &mut Gradient, known: Point, lost: Point) -> f64 {
    let (mut known, mut lost) = (known.mu, lost.mu);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (known + lost);
        if gradient.is_spent() {
            break;
        }
        if gradient.at(middle).is_lost() {
            lost = middle;
        } else {
            known = middle;
        }
    }
    known
}

/// The zeros between points that show every turn, but for those that may be where `A` is lost.
fn between(gradient: &mut Gradient, points: &[Point], lost: &[(f64, f64)]) -> Zeros {
    let mut found = Vec::new();
    let mut before: Option<Point> = None;
    let mut hidden: Vec<Point> = Vec::new();
    for (i, &point) in points.iter().enumerate() {
        if !point.is_certain() {
            hidden.push(point);
            // A zero at an end has no other side.
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
            let inside = |(from, to): &(f64, f64)| before.mu <= *from && *to <= point.mu;
            if lost.iter().any(inside) {
                // Whatever the signs on both sides.
            } else if (before.value < 0.0) == (point.value < 0.0) {
                let turns = hidden.iter().filter(|p| p.bend.is_some());
                let nearest = turns.min_by(|a, b| a.value.abs().total_cmp(&b.value.abs()));
                found.extend(nearest.map(|turn| (turn.mu, Some(reach(turn, &before, &point)))));
            } else {
                found.push((root(gradient, before, point), None));
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

/// The root between two points of different sign, to the last bit; the nearest known one where the search is
/// cancelled.
fn root(gradient: &mut Gradient, low: Point, high: Point) -> f64 {
    let value = |mu| match gradient.cancel.is_set() {
        true => f64::NAN,
        false => gradient.at(mu).value,
    };
    zero(value, ((low.mu, low.value), (high.mu, high.value)), 0.0)
}

/// Nodes and turning points of all pieces, ascending, and the range of which there are none.
fn points(gradient: &mut Gradient, low: f64, high: f64) -> (Vec<Point>, Option<(f64, f64)>) {
    let mut edges = vec![low, high];
    let inside = |mu: &f64| low < *mu && *mu < high;
    edges.extend(gradient.aligned.seams().into_iter().filter(inside));
    edges.sort_by(f64::total_cmp);
    edges.dedup();
    // The highest last, where they are taken from.
    let mut open: Vec<(f64, f64)> = edges.windows(2).map(|e| (e[0], e[1])).collect();
    let mut all = Vec::new();
    let mut unsearched = None;
    let mut largest = 0.0_f64;
    while let Some((from, to)) = open.pop() {
        let narrow = to - from <= NARROWEST * (high - low);
        if !narrow && gradient.aligned.is_wide(from, to) {
            let middle = 0.5 * (from + to);
            open.extend([(from, middle), (middle, to)]);
            continue;
        }
        let made = Piece::new(gradient, from, to);
        let Some(piece) = made.filter(|_| !gradient.is_spent()) else {
            unsearched = Some((low, to));
            break;
        };
        largest = largest.max(piece.largest());
        if piece.is_resolved(largest) || narrow {
            all.extend(piece.turning_points(gradient));
            all.extend(piece.nodes);
        } else {
            let middle = 0.5 * (from + to);
            open.extend([(from, middle), (middle, to)]);
        }
    }
    all.sort_by(|a, b| a.mu.total_cmp(&b.mu));
    all.dedup_by(|a, b| a.mu.total_cmp(&b.mu).is_eq());
    (all, unsearched)
}

/// `A` on an interval: its values at Chebyshev's nodes and the coefficients of their polynomial.
struct Piece {
    from: f64,
    to: f64,
    nodes: Vec<Point>,
    chebyshev: Vec<f64>,
}

impl Piece {
    /// `None` where the work may cost no more.
    fn new(gradient: &mut Gradient, from: f64, to: f64) -> Option<Self> {
        let angle = |j: usize| std::f64::consts::PI * j as f64 / DEGREE as f64;
        let nodes: Vec<Point> = (0..=DEGREE)
            .map(|j| {
                // The ends as they were given, not rounded.
                let mu = match j {
                    0 => to,
                    DEGREE => from,
                    _ => from + 0.5 * (to - from) * (1.0 + angle(j).cos()),
                };
                (!gradient.is_spent()).then(|| gradient.at(mu))
            })
            .collect::<Option<_>>()?;
        let ends = |j: usize| if j == 0 || j == DEGREE { 0.5 } else { 1.0 };
        let coefficient = |k: usize| -> f64 {
            let terms = nodes.iter().enumerate();
            let sum: f64 = terms
                .map(|(j, p)| ends(j) * p.value * angle(j * k % (2 * DEGREE)).cos())
                .sum();
            ends(k) * sum * 2.0 / DEGREE as f64
        };
        Some(Self {
            from,
            to,
            chebyshev: (0..=DEGREE).map(coefficient).collect(),
            nodes,
        })
    }

    fn largest(&self) -> f64 {
        self.nodes.iter().fold(0.0, |m, p| m.max(p.value.abs()))
    }

    fn is_resolved(&self, most: f64) -> bool {
        let tail = self.chebyshev[DEGREE - 2..]
            .iter()
            .fold(0.0f64, |m, c| m.max(c.abs()));
        let error = self.nodes.iter().fold(0.0f64, |m, p| m.max(p.error));
        let largest = self.largest();
        let part = if largest < FAINT * most {
            SEEN
        } else {
            RESOLVED
        };
        // A value that is not finite is resolved by nothing.
        tail <= (part * largest).max(error) || tail.is_nan()
    }

    /// Where the polynomial turns, if it may be 0 somewhere.
    fn turning_points(&self, gradient: &mut Gradient) -> Vec<Point> {
        let rest: f64 = self.chebyshev[1..].iter().map(|c| c.abs()).sum();
        let apart = self.chebyshev[0].abs() > 2.0 * rest;
        if apart || self.largest() == 0.0 || !self.may_turn() {
            return Vec::new();
        }
        let slope = self.slope();
        let bend = Polynomial::new(&derivative(&slope));
        let half = 0.5 * (self.to - self.from);
        let turns = Polynomial::new(&slope).roots(-1.0, 1.0);
        let mut point = |t: f64| Point {
            bend: Some(UNIT * self.largest() * bend.at(t).0 / (half * half)),
            ..gradient.at(self.from + half * (1.0 + t))
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
