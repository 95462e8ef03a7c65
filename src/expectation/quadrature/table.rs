//! The teacher's averages at one angle as functions of `x`, tabulated where they are asked for.

use super::{Given, NEGLIGIBLE};
use crate::expectation::chebyshev_patch::{Bisection, chebyshev, node};
use crate::expectation::gaussian::Rule;
use crate::expectation::piecewise::Smoothed;

/// Nodes of a panel.
const NODES: usize = 16;
/// Halvings of a panel at most: the mesh is made for quadrature, which takes half the digits of
/// the integrand for granted.
pub(super) const DEEPEST: u32 = 3;
/// Last coefficients allowed, relative to the largest on the panel, or to this part of the largest
/// value there is.
const TOLERANCE: f64 = 2e-15;
const FAINT: f64 = 0.05;
/// The same of steep teachers: a student as steep may see nothing but a tail.
const FAINT_STEEP: f64 = 1e-25;

/// Chebyshev coefficients of value, square and slope.
type Coefficients = [[f64; NODES]; 3];

/// The averages over the conditional law between some edges.
#[derive(Debug)]
pub(super) struct Table {
    edges: Vec<f64>,
    panels: Vec<Bisection<Coefficients>>,
    /// Largest values of the teacher and its square, and its slope.
    largest: [f64; 3],
    faint: f64,
}

impl Table {
    /// A table for `|x| <= reach`; `None` where the teacher has too many panels or nothing is in reach.
    pub(super) fn new(given: &Given, reach: f64) -> Option<Self> {
        if reach <= 0.0 {
            return None;
        }
        let parts = given.teacher.resolution.parts();
        // Gaussians of this width are resolved by a panel as wide as them.
        let blur = (given.sine / given.cosine).abs();
        let mut cuts = given.edges(reach)?;
        cuts.retain(|x| x.abs() < reach);
        cuts.extend([-reach, reach]);
        cuts.sort_by(f64::total_cmp);
        cuts.dedup_by(|a, b| (*a - *b).abs() <= f64::EPSILON * a.abs());
        let mut edges = vec![-reach];
        for pair in cuts.windows(2) {
            let halves = if pair[1] - pair[0] > blur { 2 } else { 1 };
            // Not in halves again, which are panels that are the same where these were halved.
            let count = if parts > 1 { 3 * halves } else { halves };
            let step = (pair[1] - pair[0]) / f64::from(count);
            edges.extend((1..count).map(|i| pair[0] + f64::from(i) * step));
            edges.push(pair[1]);
        }
        let [value, slope, _] = given.teacher.resolution.largest();
        Some(Self {
            panels: edges.windows(2).map(|_| Bisection::new()).collect(),
            edges,
            faint: if given.teacher.resolution.is_steep() {
                FAINT_STEEP
            } else {
                FAINT
            },
            largest: [value, value * value, slope],
        })
    }

    /// Nodes where nothing has to be halved.
    pub(super) fn nodes(&self) -> usize {
        NODES * self.panels.len()
    }

    /// What `f` makes of the ascending nodes of a rule, by interpolation.
    pub(super) fn along(
        &self,
        rule: &Rule,
        deepest: u32,
        f: impl Fn(f64) -> Smoothed,
    ) -> Vec<Smoothed> {
        let mut panel = 0;
        let mut at = |(&x, &w): (&f64, &f64)| {
            if w < NEGLIGIBLE {
                return Smoothed::default();
            }
            while panel + 1 < self.panels.len() && x >= self.edges[panel + 1] {
                panel += 1;
            }
            let (low, high) = (self.edges[panel], self.edges[panel + 1]);
            let place = (x - low) / (high - low);
            let (leaf, t) = self.panels[panel].find(place, |part| {
                let samples = std::array::from_fn(|i| {
                    let t = part.point(node::<NODES>(i));
                    f(low + (high - low) * t)
                });
                self.coefficients(&samples, part.depth >= deepest)
            });
            value(leaf, t)
        };
        rule.x.iter().zip(&rule.w).map(&mut at).collect()
    }

    /// `None` where they have not decayed, unless these are the `last`.
    fn coefficients(&self, samples: &[Smoothed; NODES], last: bool) -> Option<Coefficients> {
        let parts: [fn(&Smoothed) -> f64; 3] = [|s| s.value, |s| s.square, |s| s.slope];
        let made = parts.map(|part| chebyshev(&samples.each_ref().map(part)));
        let decayed = |(c, largest): (&[f64; NODES], f64)| {
            let most = |c: &[f64]| c.iter().fold(0.0_f64, |m, c| m.max(c.abs()));
            most(&c[NODES - 2..]) <= TOLERANCE * most(c).max(self.faint * largest)
        };
        let enough = last || made.iter().zip(self.largest).all(decayed);
        enough.then_some(made)
    }
}

/// Clenshaw's recurrence for all three.
fn value(coefficients: &Coefficients, t: f64) -> Smoothed {
    let mut ahead = [[0.0; 3]; 2];
    for k in (1..NODES).rev() {
        let next =
            std::array::from_fn(|f| coefficients[f][k] + 2.0 * t * ahead[0][f] - ahead[1][f]);
        ahead = [next, ahead[0]];
    }
    let [value, square, slope] =
        std::array::from_fn(|f| coefficients[f][0] + t * ahead[0][f] - ahead[1][f]);
    Smoothed {
        value,
        square,
        slope,
    }
}
