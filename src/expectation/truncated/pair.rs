//! Averages of a pair at any variances, and what breaks add to them.

use super::corner::LOST;
use super::mean::{Mean, Sized};
use super::moments::{Point, averages};
use super::powers::{Edge, Pieces, Polynomial};
use super::{pieces, range};
use crate::expectation::pair::RangedPair;
use crate::expectation::{Covariance, PairAverages, PairErrors, PairGradient, Route};
use crate::link::{Link, Parity};

/// A link and what is made of it, by its parts.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) edges: Vec<Edge>,
    pub(super) value: Vec<Polynomial>,
    pub(super) slope: Vec<Polynomial>,
    pub(super) bend: Vec<Polynomial>,
    pub(super) symmetries: [Parity; 3],
}

impl Side {
    pub(super) fn new(link: &Link, pieces: &Pieces) -> Self {
        let slope = pieces.derivative();
        Self {
            edges: pieces.edges(),
            value: pieces.parts(),
            slope: slope.parts(),
            bend: slope.derivative().parts(),
            symmetries: link.symmetries(),
        }
    }

    /// The breaks at which derivative `n` jumps, each with its number and the jump.
    pub(super) fn jumps(&self, n: usize) -> impl Iterator<Item = (usize, &Edge, f64)> {
        let jump = move |(i, (part, edge)): (usize, (&Polynomial, &'_ Edge))| {
            let power = part.powers.get(n).copied().filter(|a| *a != 0.0)?;
            Some((i, if n == 0 { edge.side * power } else { power }))
        };
        let parts = self.value[1..].iter().zip(&self.edges).enumerate();
        parts
            .filter_map(jump)
            .map(|(i, jump)| (i, &self.edges[i], jump))
    }

    /// What the jumps of this link, number `i` of a pair, add to `E[f' g']`.
    pub(super) fn slopes_at_jumps(&self, i: usize, other: &Self, point: &Point) -> Sized {
        let mut sum = Sized::default();
        for (n, edge, jump) in self.jumps(0) {
            let there = point.beside(i, edge, &other.slope);
            add_at(&mut sum, jump, point.density(i, n), there);
        }
        sum
    }

    /// What its breaks add to `E[f g'']`, or with `i = 0` to `E[f'' g]`: kinks contain `kink delta(z - b)`, jumps
    /// `jump delta'(z - b)`.
    pub(super) fn bends_at_breaks(&self, i: usize, other: &Self, point: &Point) -> Sized {
        let mut sum = Sized::default();
        for (n, edge, kink) in self.jumps(1) {
            let there = point.beside(i, edge, &other.value);
            add_at(&mut sum, kink, point.density(i, n), there);
        }
        for (n, edge, jump) in self.jumps(0) {
            let [at, lean] = point.lean(i, edge);
            let weighed = point.density(i, n);
            let (value, slope) = (
                point.beside(i, edge, &other.value),
                point.beside(i, edge, &other.slope),
            );
            add_at(&mut sum, jump * at, weighed, value);
            add_at(&mut sum, -jump * lean, weighed, slope);
        }
        sum
    }
}

/// Adds `factor` times a density, given with its rounding errors, times an average.
fn add_at(sum: &mut Sized, factor: f64, density: Sized, there: Sized) {
    let weight = factor * density.value;
    sum.add(weight, factor.abs() * density.size, there.value, there.size);
}

impl Point<'_> {
    /// The density of number `i` of the pair at break `n` of its link.
    pub(super) fn density(&self, i: usize, n: usize) -> Sized {
        let tail = &self.tails[i][n];
        let value = tail.density / self.roots[i];
        Sized {
            value,
            size: value * (4.0 + 2.0 * tail.t * tail.t),
        }
    }

    /// `b / v` and `c / v` of a break of link `i`.
    fn lean(&self, i: usize, edge: &Edge) -> [f64; 2] {
        let variance = self.roots[i] * self.roots[i];
        [edge.side * edge.distance / variance, self.leans[i]]
    }
}

/// Averages of two piecewise polynomials, as in the kernel of two; at most one jumps.
#[derive(Debug)]
pub(in crate::expectation) struct PiecewisePair {
    sides: [Side; 2],
    /// Variances at which the terms of each link do not cancel.
    ranges: [[f64; 2]; 2],
}

impl PiecewisePair {
    /// `None` unless both links are piecewise polynomials of low degree with few breaks, and of a size with their
    /// terms around variance 1.
    pub(in crate::expectation) fn new(first: &Link, second: &Link) -> Option<Self> {
        let [f, g] = [side(first)?, side(second)?];
        Some(Self {
            ranges: [f.1, g.1],
            sides: [f.0, g.0],
        })
    }

    fn point(&self, at: &Covariance) -> Point<'_> {
        let [f, g] = &self.sides;
        Point::new(at, [&f.edges, &g.edges], LOST)
    }

    fn product(&self, at: &Covariance) -> Sized {
        let [f, g] = &self.sides;
        averages([(&f.value[..], &g.value[..])], &self.point(at))[0]
    }

    /// `E[f' g']`, `E[f'' g]`, `E[f g'']`.
    fn sums(&self, at: &Covariance) -> [Sized; 3] {
        let [f, g] = &self.sides;
        let point = self.point(at);
        let pairs = [
            (&f.slope[..], &g.slope[..]),
            (&f.bend, &g.value),
            (&f.value, &g.bend),
        ];
        let [mut slopes, mut first, mut second] = averages(pairs, &point);
        slopes.plus(f.slopes_at_jumps(0, g, &point));
        slopes.plus(g.slopes_at_jumps(1, f, &point));
        first.plus(f.bends_at_breaks(0, g, &point));
        second.plus(g.bends_at_breaks(1, f, &point));
        [slopes, first, second]
    }
}

/// A link by its parts, and the variances at which they do not cancel.
fn side(link: &Link) -> Option<(Side, [f64; 2])> {
    let pieces = pieces(link)?;
    let (made, slope) = (Side::new(link, &pieces), pieces.derivative());
    let squares = [pieces.times(&pieces), slope.times(&slope)];
    let [square, power] = squares.each_ref().map(Mean::of);
    let range = range(&made, [&square, &power])?;
    Some((made, range))
}

impl PairAverages for PiecewisePair {
    fn route(&self, _: &Covariance) -> Route {
        Route::PiecewisePolynomial
    }

    fn value(&self, at: &Covariance) -> f64 {
        self.product(at).value
    }

    fn gradient(&self, at: &Covariance) -> PairGradient {
        let [c, v1, v2] = self.sums(at).map(|sum| sum.value);
        PairGradient {
            c,
            v1: 0.5 * v1,
            v2: 0.5 * v2,
        }
    }

    fn errors(&self, at: &Covariance) -> PairErrors {
        let [c, v1, v2] = self.sums(at).map(|sum| f64::EPSILON * sum.size);
        PairErrors {
            value: f64::EPSILON * self.product(at).size,
            gradient: PairGradient {
                c,
                v1: 0.5 * v1,
                v2: 0.5 * v2,
            },
        }
    }
}

impl RangedPair for PiecewisePair {
    fn covers(&self, at: &Covariance) -> bool {
        let variances = [at.v1, at.v2].into_iter().zip(&self.ranges);
        variances
            .into_iter()
            .all(|(v, range)| (range[0]..=range[1]).contains(&v))
    }
}
