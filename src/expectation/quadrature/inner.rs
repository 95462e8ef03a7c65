//! Averages of the teacher over the conditional law of its argument, for many means and one deviation.

use std::num::NonZeroUsize;
use std::sync::OnceLock;

use gauss_quad::hermite::GaussHermite;

use super::grid::{Grid, WIDE};
use crate::expectation::gaussian::{COARSEST, Rule};
use crate::expectation::piecewise::Smoothed;
use crate::expectation::prepared_link::Side;

/// Panels this many deviations wide are smooth enough for the Gauss-Hermite rule of [`FEWEST`] nodes: functions bounded by `M` within `r` deviations are
/// averaged to `8! M / r^16`.
const VERY_WIDE: f64 = 64.0;
const FEWEST: usize = 8;
/// One trapezoidal rule for all means has few nodes.
const FEW_NODES: usize = 400;
/// Nodes of a trapezoidal rule for all means at most: more than means will ask for.
const MOST_EVEN: f64 = 8000.0;
/// Beyond this reach, in deviations, panels have to be narrower than usual.
const FAR: f64 = 12.0;
/// How far steep teachers are looked at, in deviations: their slope may be nowhere else, and a student as steep sees nothing
/// but the tail of it.
const STEEP: f64 = 11.5;

/// How far the conditional law is looked at, in deviations; farther on finer rules, so that what lies beyond shows.
pub(super) fn reach(teacher: &Side) -> f64 {
    let needed = teacher.reach(1.0);
    if teacher.resolution.parts() > 1 {
        needed.max(FAR)
    } else if teacher.resolution.is_steep() {
        needed.max(STEEP)
    } else {
        needed
    }
}

/// An [`Inner`] made on first use.
pub(super) type LazyInner = OnceLock<Inner>;

/// Rules for means of at most some size.
#[derive(Debug)]
pub(super) struct Inner {
    deviation: f64,
    reach: f64,
    /// Largest mean.
    range: f64,
    /// Panels of the teacher as far as these means see.
    edges: Vec<f64>,
    /// Where it is not analytic.
    breaks: Vec<f64>,
    /// A trapezoidal rule, where one does for all means.
    even: Option<Rule>,
    /// The rule where panels are wide.
    wide: Rule,
    grid: Option<Grid>,
    /// Whether the grid is even, and does for all means.
    shared: bool,
}

impl Inner {
    /// Rules for means of at most the size of `farthest`.
    pub(super) fn new(teacher: &Side, farthest: f64, deviation: f64, reach: f64) -> Self {
        let range = farthest.abs();
        let end = range + reach * deviation;
        let resolution = &teacher.resolution;
        let parts = f64::from(resolution.parts());
        let trapezoid = |spacing: f64| {
            Rule::trapezoid((spacing / deviation).min(COARSEST) / parts, (-reach, reach))
        };
        let spacing = resolution.spacing(-end, end);
        let shared = spacing.map(|spacing| spacing.min(COARSEST * deviation) / parts);
        let shared = shared
            .filter(|spacing| 2.0 * end / spacing <= MOST_EVEN)
            .map(short);
        let even = spacing.map(trapezoid);
        let even = even.filter(|rule| rule.x.len() <= FEW_NODES);
        let edges = resolution.merged(-end, end).unwrap_or_default();
        let needed = even.is_none() && reach <= FAR;
        let made = match shared {
            Some(spacing) => Some(Some(Grid::even(teacher, spacing, end))),
            None => needed.then(|| Grid::new(teacher, &edges, deviation, reach)),
        };
        Self {
            deviation,
            reach,
            range,
            shared: shared.is_some(),
            grid: made.flatten(),
            edges,
            breaks: teacher.link.seams(),
            even,
            wide: trapezoid(f64::INFINITY),
        }
    }

    /// Value, square and slope averaged around `mean`; `None` where that takes a rule of its own.
    pub(super) fn average(&self, teacher: &Side, mean: f64) -> Option<Smoothed> {
        if mean.abs() > self.range {
            return None;
        }
        let grid = self.grid.as_ref();
        if let Some(grid) = grid.filter(|_| self.shared) {
            return Some(grid.average(mean, self.deviation, self.reach));
        }
        if let Some(rule) = &self.even {
            return Some(along(teacher, rule, mean, self.deviation));
        }
        let wide = self.width(mean);
        if wide >= WIDE {
            let rule = if wide >= VERY_WIDE {
                gauss()
            } else {
                &self.wide
            };
            return Some(along(teacher, rule, mean, self.deviation));
        }
        Some(grid?.average(mean, self.deviation, self.reach))
    }

    /// The narrowest panel around `mean` within a few deviations, in deviations; 0 where there is a break.
    fn width(&self, mean: f64) -> f64 {
        let off = self.reach * self.deviation;
        let (low, high) = (mean - off, mean + off);
        let first = self.edges.partition_point(|edge| *edge <= low);
        let last = self.edges.partition_point(|edge| *edge < high);
        let near = self.edges.get(first.saturating_sub(1)..=last);
        if self.breaks.iter().any(|b| *b > low && *b < high) {
            return 0.0;
        }
        let widths = near.unwrap_or_default().windows(2);
        let narrowest = widths.map(|pair| pair[1] - pair[0]).reduce(f64::min);
        narrowest.unwrap_or(0.0) / self.deviation
    }
}

/// The same number to 20 bits, no larger: whole multiples of it are exact.
fn short(x: f64) -> f64 {
    f64::from_bits(x.to_bits() >> 32 << 32)
}

/// Nodes and weights of `E[f(x)]`, `x ~ N(0,1)`, exact for polynomials of degree 15.
fn gauss() -> &'static Rule {
    static RULE: OnceLock<Rule> = OnceLock::new();
    RULE.get_or_init(|| {
        let count = NonZeroUsize::new(FEWEST).unwrap_or(NonZeroUsize::MIN);
        let mut nodes: Vec<(f64, f64)> = GaussHermite::new(count).as_node_weight_pairs().to_vec();
        nodes.sort_by(|a, b| a.0.total_cmp(&b.0));
        Rule {
            x: nodes
                .iter()
                .map(|(x, _)| x * std::f64::consts::SQRT_2)
                .collect(),
            w: nodes
                .iter()
                .map(|(_, w)| w / std::f64::consts::PI.sqrt())
                .collect(),
        }
    })
}

/// Averages over `N(mean, deviation^2)` by a rule in deviations.
pub(super) fn along(teacher: &Side, rule: &Rule, mean: f64, deviation: f64) -> Smoothed {
    let arguments: Vec<f64> = rule.x.iter().map(|x| mean + deviation * x).collect();
    let (mut values, mut slopes) = (vec![0.0; rule.x.len()], vec![0.0; rule.x.len()]);
    teacher.link.values(&arguments, &mut values);
    teacher.link.derivatives(&arguments, &mut slopes);
    let mut sum = Smoothed::default();
    for ((w, value), slope) in rule.w.iter().zip(&values).zip(&slopes) {
        sum.value += w * value;
        sum.square += w * value * value;
        sum.slope += w * slope;
    }
    sum
}
