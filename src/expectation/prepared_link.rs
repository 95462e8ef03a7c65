//! One link of a pair with all that the general route needs to average it.

use std::sync::{Arc, OnceLock};

use super::gaussian::{Beside, FARTHEST, Law, Resolution, Rule, reach};
use super::piecewise::{PiecewisePolynomial, Spline};
use super::symmetry::{END, symmetry};
use crate::link::{Form, Link, Parity};

/// Deviations within which a link has to be about as large as anywhere near for its averages to live
/// there.
const CENTRAL: f64 = 4.0;

/// Where features are looked for, and narrower than what they are narrow.
const SEEN: f64 = 12.0;
const NARROW: f64 = 1e-2;
/// Scales that are wide beside a feature, in its widths.
const WIDE: f64 = 10.0;
/// Distance from a break, in widths, within which panels are narrow because of it.
const GRADED: f64 = 8.0;

/// A link and how to integrate it.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) link: Link,
    pub(super) resolution: Resolution,
    /// The closed form of its averages, when it is a piecewise polynomial with breaks.
    pub(super) pieces: Option<PiecewisePolynomial>,
    /// The same of narrow laws, when it is a table.
    pub(super) spline: Option<Spline>,
    /// Whether the second derivative is unbounded somewhere, so that what it enters is integrated by
    /// parts.
    pub(super) cusped: bool,
    /// The width of its narrowest feature where that is narrow, else infinite.
    narrow: f64,
    terms: Arc<OnceLock<Terms>>,
}

/// Sizes of the terms of a link and its derivatives, panel by panel.
#[derive(Debug)]
struct Terms {
    /// Edges of the panels, and what there is on each; none for a link in which nothing cancels.
    edges: Vec<f64>,
    sizes: Vec<[f64; 3]>,
}

/// Terms so much larger than what they make have cancelled.
const CANCELLED: f64 = 16.0;

impl Terms {
    fn of(link: &Link, edges: Vec<f64>) -> Self {
        let middles = edges.windows(2).map(|e| 0.5 * (e[0] + e[1]));
        let sizes: Vec<[f64; 3]> = middles.clone().map(|x| link.terms(x)).collect();
        let made = |x: f64| [link.value(x), link.derivative(x), link.second_derivative(x)];
        let cancelled = |(terms, x): (&[f64; 3], f64)| {
            let both = terms.iter().zip(made(x));
            both.into_iter()
                .any(|(terms, y)| *terms > CANCELLED * y.abs())
        };
        let any = sizes.iter().zip(middles).any(cancelled);
        let kept = |sizes: Vec<[f64; 3]>| if any { sizes } else { Vec::new() };
        Self {
            sizes: kept(sizes),
            edges,
        }
    }

    /// On the panel that ends with edge `next`, the first one at `x` or above.
    fn on(&self, next: usize) -> [f64; 3] {
        let last = self.sizes.len().saturating_sub(1);
        let there = self.sizes.get(next.saturating_sub(1).min(last));
        there.copied().unwrap_or_default()
    }

    fn at(&self, x: f64) -> [f64; 3] {
        self.on(self.edges.partition_point(|edge| *edge < x))
    }
}

/// A link and two derivatives at many points.
pub(super) struct Jets {
    pub(super) value: Vec<f64>,
    pub(super) slope: Vec<f64>,
    pub(super) bend: Vec<f64>,
}

/// Nodes, weights, and the link there.
pub(super) struct Sample {
    pub(super) rule: Rule,
    pub(super) jets: Jets,
}

impl Side {
    pub(super) fn new(link: &Link) -> Self {
        let resolution = Resolution::of(link);
        Self {
            link: link.clone(),
            narrow: narrow(link, &resolution),
            resolution,
            pieces: PiecewisePolynomial::of(link),
            spline: Spline::of(link),
            cusped: cusped(link),
            terms: Arc::default(),
        }
    }

    /// The same link on rules twice as fine.
    pub(super) fn finer(&self) -> Self {
        Self {
            link: self.link.clone(),
            resolution: self.resolution.finer(),
            pieces: self.pieces.clone(),
            spline: self.spline.clone(),
            cusped: self.cusped,
            narrow: self.narrow,
            terms: Arc::clone(&self.terms),
        }
    }

    /// Whether what the second derivative enters is integrated by parts at this scale: where it has no bound, and where it
    /// is much larger than what it averages to, as parts of it cancel.
    pub(super) fn by_parts(&self, scale: f64) -> bool {
        self.cusped || scale > WIDE * self.narrow
    }

    /// Sizes of the terms of the link and its derivatives at `z`, which their rounding errors are proportional to; 0
    /// where nothing cancels.
    pub(super) fn terms(&self, z: f64) -> [f64; 3] {
        self.all_terms().at(z)
    }

    fn all_terms(&self) -> &Terms {
        self.terms.get_or_init(|| {
            let edges = self.resolution.edges(-END, END);
            Terms::of(&self.link, edges.unwrap_or_default())
        })
    }

    /// What rounding errors of the link and its derivatives are proportional to at the ascending nodes `x`, taken at
    /// `scale x`: the sizes of their terms, and what the rounding of the argument does.
    pub(super) fn sizes(&self, jets: &Jets, x: &[f64], scale: f64) -> Jets {
        let mut made = jets.sizes(x, scale);
        let (terms, mut next) = (self.all_terms(), 0);
        for (i, x) in x.iter().enumerate() {
            while terms.edges.get(next).is_some_and(|edge| *edge < scale * x) {
                next += 1;
            }
            let [value, slope, bend] = terms.on(next);
            made.value[i] = made.value[i].max(value);
            made.slope[i] = made.slope[i].max(slope);
            made.bend[i] = made.bend[i].max(bend);
        }
        made
    }

    /// The link and its derivatives at `z`.
    pub(super) fn jets(&self, z: &[f64]) -> Jets {
        let block = |fill: fn(&Link, &[f64], &mut [f64])| {
            let mut out = vec![0.0; z.len()];
            fill(&self.link, z, &mut out);
            out
        };
        Jets {
            value: block(Link::values),
            slope: block(Link::derivatives),
            bend: block(bends),
        }
    }

    /// The parity that the link shows on all its panels.
    pub(super) fn parity(&self) -> Parity {
        let edges = self.resolution.edges(-END, END);
        symmetry(&self.link, &edges.unwrap_or_default())
    }

    /// Whether averages at this scale live where the Gaussian does, and not in its tails.
    pub(super) fn central(&self, scale: f64) -> bool {
        // Polynomials are large somewhere near 0, whatever they grow to.
        matches!(self.link.form(), Form::Polynomial(_)) || self.resolution.central(CENTRAL * scale)
    }

    /// How far averages at this scale need the Gaussian, in deviations.
    pub(super) fn reach(&self, scale: f64) -> f64 {
        if self.central(scale) {
            reach(&self.link, scale)
        } else {
            FARTHEST
        }
    }

    /// A rule for Hermite projections of `sigma(scale x)`, with the link at its nodes.
    pub(super) fn sample(&self, scale: f64) -> Sample {
        let reach = reach(&self.link, scale);
        let law = Law {
            mean: 0.0,
            deviation: scale,
        };
        let rule = self.resolution.rule(Beside::Hermite, law, reach);
        let z: Vec<f64> = rule.x.iter().map(|x| scale * x).collect();
        Sample {
            jets: self.jets(&z),
            rule,
        }
    }
}

/// Second derivatives at nodes. One may be rounded onto a cusp: the bend, of which only errors are made there, is felt from
/// the distance of that rounding.
pub(super) fn bends(link: &Link, z: &[f64], out: &mut [f64]) {
    link.second_derivatives(z, out);
    for (bend, z) in out.iter_mut().zip(z).filter(|(bend, _)| !bend.is_finite()) {
        *bend = link.second_derivative(z + f64::EPSILON * z.abs());
    }
}

/// The width of the narrowest panel that is not narrow because of a break, where that is below [`NARROW`], else infinite.
fn narrow(link: &Link, resolution: &Resolution) -> f64 {
    let (edges, seams) = (resolution.edges(-SEEN, SEEN), link.seams());
    let apart = |low: f64, high: f64| {
        let near = |b: &f64| (low - b).max(b - high) <= GRADED * (high - low);
        !seams.iter().any(near)
    };
    let edges = edges.unwrap_or_default();
    let narrow = edges.windows(2).filter(|e| e[1] - e[0] < NARROW);
    let features = narrow.filter(|e| apart(e[0], e[1]));
    features.fold(f64::INFINITY, |finest, e| finest.min(e[1] - e[0]))
}

/// Whether the second derivative grows without bound towards a break.
pub(super) fn cusped(link: &Link) -> bool {
    const GROWS: f64 = 1.1;
    let grows = |at: f64, side: f64| {
        let bend = |distance: f64| {
            let x = at + side * distance * (1.0 + at.abs());
            link.second_derivative(x).abs()
        };
        let (near, nearer) = (bend(1e-4), bend(1e-11));
        nearer > GROWS * near && nearer > f64::MIN_POSITIVE.max(1e-3)
    };
    let mut breaks = link.breaks().iter();
    breaks.any(|b| grows(b.at, -1.0) || grows(b.at, 1.0))
}

impl Jets {
    /// What rounding errors of the link are proportional to at the ascending nodes `x`, taken at
    /// `scale x`: `|f| + |x df/dx|`, the second for the rounding of the argument.
    fn sizes(&self, x: &[f64], scale: f64) -> Self {
        let with = |f: &[f64], slope: &[f64]| {
            let terms = f.iter().zip(slope).zip(x);
            terms
                .map(|((f, f1), x)| f.abs() + (scale * x * f1).abs())
                .collect()
        };
        // The third derivative by differences, the smaller of two: that across a break means
        // nothing.
        let pairs = self.bend.windows(2).zip(x.windows(2));
        let rates = pairs.map(|(bend, x)| ((bend[1] - bend[0]) / (x[1] - x[0])).abs());
        let rates: Vec<f64> = rates.collect();
        let rate = |i: usize| rates.get(i).copied().unwrap_or(f64::INFINITY);
        let bend = |i: usize| {
            // Before the first there is none, nor after the last.
            let smaller = rate(i.wrapping_sub(1)).min(rate(i));
            let moved = if smaller.is_finite() { smaller } else { 0.0 };
            self.bend[i].abs() + (x[i] * moved).abs()
        };
        Self {
            value: with(&self.value, &self.slope),
            slope: with(&self.slope, &self.bend),
            bend: (0..x.len()).map(bend).collect(),
        }
    }
}

/// Relative rounding error of a sum of `n` terms: that of the terms, and that of adding them,
/// which grows like the root of their number.
pub(super) fn rounding(n: usize) -> f64 {
    f64::EPSILON * (2.0 + 0.25 * (n as f64).sqrt())
}

impl Sample {
    /// `w_i f(i)` for all nodes.
    pub(super) fn weighted(&self, f: impl Fn(usize) -> f64) -> Vec<f64> {
        let terms = self.rule.w.iter().enumerate();
        terms.map(|(i, w)| w * f(i)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A link is no harder to see from further off: one more panel for each doubling of the scale, not twice as many nodes.
    #[test]
    fn nodes_are_bounded_at_any_scale() {
        for (text, most) in [("tanh", 4000), ("gelu", 8000), ("1/(1+x^2)", 6000)] {
            let side = Side::new(&text.parse().unwrap());
            for exponent in -4..=16 {
                let nodes = side
                    .sample(10f64.powf(0.5 * f64::from(exponent)))
                    .rule
                    .x
                    .len();
                assert!(nodes <= most, "{text}, 1e{exponent}/2: {nodes}");
            }
        }
    }
}
