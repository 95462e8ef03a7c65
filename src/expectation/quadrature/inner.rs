//! Averages of the teacher over the conditional law of its argument, for many means and one deviation.

use std::sync::{Arc, OnceLock};

use crate::expectation::gaussian::{COARSEST, Rule, WIDEST, density};
use crate::expectation::piecewise::Smoothed;
use crate::expectation::prepared_link::Side;

/// Panels this many deviations wide are smooth enough for the coarsest trapezoidal rule.
const WIDE: f64 = 8.0;
/// Nodes of a [`Grid`] at most; one trapezoidal rule for all means has few.
const MOST_NODES: usize = 1_000_000;
const FEW_NODES: usize = 400;
/// Width, in deviations, of nodes that are taken together, and the moments that takes: the next is
/// `(1/4)^18 / sqrt(18!)`.
const TOGETHER: f64 = 0.5;
const MOMENTS: usize = 18;
/// Beyond this reach, in deviations, panels have to be narrower than [`WIDEST`].
const FAR: f64 = 12.0;

/// An [`Inner`] made on first use.
pub(super) type LazyInner = Arc<OnceLock<Inner>>;

/// Rules for means of at most some size.
#[derive(Debug)]
pub(super) struct Inner {
    deviation: f64,
    reach: f64,
    /// Largest mean.
    range: f64,
    /// Panels of the teacher as far as these means see.
    edges: Vec<f64>,
    breaks: Vec<f64>,
    /// A trapezoidal rule, where one does for all means.
    even: Option<Rule>,
    /// The rule where panels are wide.
    wide: Rule,
    grid: Option<Grid>,
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
        let even = resolution.spacing(-end, end).map(trapezoid);
        let even = even.filter(|rule| rule.x.len() <= FEW_NODES);
        let edges = resolution.edges(-end, end).unwrap_or_default();
        let needed = even.is_none() && reach <= FAR;
        let made = needed.then(|| Grid::new(teacher, &edges, deviation, reach));
        Self {
            deviation,
            reach,
            range,
            grid: made.flatten(),
            edges,
            breaks: resolution.breaks().to_vec(),
            even,
            wide: trapezoid(f64::INFINITY),
        }
    }

    /// Value, square and slope averaged around `mean`; `None` where that takes a rule of its own.
    pub(super) fn average(&self, teacher: &Side, mean: f64) -> Option<Smoothed> {
        if mean.abs() > self.range {
            return None;
        }
        if let Some(rule) = &self.even {
            return Some(along(teacher, rule, mean, self.deviation));
        }
        if self.wide(mean) {
            return Some(along(teacher, &self.wide, mean, self.deviation));
        }
        let grid = self.grid.as_ref()?;
        Some(grid.average(mean, self.deviation, self.reach))
    }

    /// Whether nothing happens around `mean` within a few deviations.
    fn wide(&self, mean: f64) -> bool {
        let off = self.reach * self.deviation;
        let (low, high) = (mean - off, mean + off);
        let first = self.edges.partition_point(|edge| *edge <= low);
        let last = self.edges.partition_point(|edge| *edge < high);
        let near = self.edges.get(first.saturating_sub(1)..=last);
        let narrow = |pair: &[f64]| pair[1] - pair[0] < WIDE * self.deviation;
        let broken = self.breaks.iter().any(|b| *b > low && *b < high);
        !broken && near.is_some_and(|near| !near.windows(2).any(narrow))
    }
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

/// The teacher on panels that resolve it and the density, wherever panels are not wide.
#[derive(Debug)]
struct Grid {
    /// Arguments, ascending.
    y: Vec<f64>,
    /// Weights without the density.
    w: Vec<f64>,
    value: Vec<f64>,
    slope: Vec<f64>,
    parts: Vec<Part>,
}

/// Nodes of a [`Grid`] that are taken together.
#[derive(Debug)]
struct Part {
    low: f64,
    high: f64,
    nodes: std::ops::Range<usize>,
    /// Moments of value, square and slope about the middle, where the nodes are many.
    moments: Option<Box<[[f64; 3]; MOMENTS]>>,
}

impl Grid {
    /// `None` where there would be too many nodes.
    fn new(teacher: &Side, edges: &[f64], deviation: f64, reach: f64) -> Option<Self> {
        let widest = WIDEST * deviation;
        let cuts = near_narrow(edges, teacher.resolution.breaks(), deviation, reach);
        let (mut y, mut w, mut panels) = (Vec::new(), Vec::new(), Vec::new());
        for (low, high) in cuts {
            let parts = teacher.resolution.parts();
            let (more, weights) = Rule::plain(&[low, high], widest, parts);
            panels.push((low, high, more.len()));
            y.extend(more);
            w.extend(weights);
            if y.len() > MOST_NODES {
                return None;
            }
        }
        let (mut value, mut slope) = (vec![0.0; y.len()], vec![0.0; y.len()]);
        teacher.link.values(&y, &mut value);
        teacher.link.derivatives(&y, &mut slope);
        let mut made = Self {
            y,
            w,
            value,
            slope,
            parts: Vec::new(),
        };
        made.parts = made.parts(&panels, deviation);
        made.forget();
        Some(made)
    }

    /// Lets nodes go whose moments are known.
    fn forget(&mut self) {
        for column in [&mut self.y, &mut self.w, &mut self.value, &mut self.slope] {
            let seen = self.parts.iter().filter(|part| part.moments.is_none());
            *column = seen
                .flat_map(|part| &column[part.nodes.clone()])
                .copied()
                .collect();
        }
        let mut end = 0;
        for part in &mut self.parts {
            let count = if part.moments.is_none() {
                part.nodes.len()
            } else {
                0
            };
            part.nodes = end..end + count;
            end += count;
        }
    }

    /// Neighbouring panels that are narrow together beside the deviation.
    fn parts(&self, panels: &[(f64, f64, usize)], deviation: f64) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for &(low, high, count) in panels {
            let end = parts.last().map_or(0, |part| part.nodes.end);
            match parts.last_mut() {
                Some(part) if high - part.low <= TOGETHER * deviation => {
                    part.high = high;
                    part.nodes.end += count;
                }
                _ => parts.push(Part {
                    low,
                    high,
                    nodes: end..end + count,
                    moments: None,
                }),
            }
        }
        for part in &mut parts {
            let narrow = part.high - part.low <= TOGETHER * deviation;
            if narrow && part.nodes.len() > MOMENTS {
                part.moments = Some(Box::new(self.moments(part, deviation)));
            }
        }
        parts
    }

    /// `sum_i w_i f_i d_i^k / k!`, `d` the distance from the middle in deviations.
    fn moments(&self, part: &Part, deviation: f64) -> [[f64; 3]; MOMENTS] {
        let middle = 0.5 * (part.low + part.high);
        let mut moments = [[0.0; 3]; MOMENTS];
        for i in part.nodes.clone() {
            let distance = (self.y[i] - middle) / deviation;
            let mut power = self.w[i];
            for (k, moment) in moments.iter_mut().enumerate() {
                moment[0] += power * self.value[i];
                moment[1] += power * self.value[i] * self.value[i];
                moment[2] += power * self.slope[i];
                power *= distance / (k + 1) as f64;
            }
        }
        moments
    }

    fn average(&self, mean: f64, deviation: f64, reach: f64) -> Smoothed {
        let (low, high) = (mean - reach * deviation, mean + reach * deviation);
        let first = self.parts.partition_point(|part| part.high < low);
        let mut sums = [0.0; 3];
        for part in self.parts[first..].iter().take_while(|p| p.low <= high) {
            if let Some(moments) = &part.moments {
                let middle = 0.5 * (part.low + part.high);
                add_moments(&mut sums, moments, (mean - middle) / deviation);
                continue;
            }
            for i in part.nodes.clone() {
                let w = self.w[i] * density((self.y[i] - mean) / deviation);
                let value = w * self.value[i];
                sums[0] += value;
                sums[1] += value * self.value[i];
                sums[2] += w * self.slope[i];
            }
        }
        let [value, square, slope] = sums.map(|sum| sum / deviation);
        Smoothed {
            value,
            square,
            slope,
        }
    }
}

/// `phi(v - d) = phi(v) sum_k He_k(v) d^k / k!`, summed over `d`.
fn add_moments(sums: &mut [f64; 3], moments: &[[f64; 3]; MOMENTS], v: f64) {
    let weight = density(v);
    let (mut he, mut before) = (1.0, 0.0);
    let mut terms = [0.0; 3];
    for (k, moment) in moments.iter().enumerate() {
        for (term, moment) in terms.iter_mut().zip(moment) {
            *term += he * moment;
        }
        (he, before) = (v * he - k as f64 * before, he);
    }
    for (sum, term) in sums.iter_mut().zip(terms) {
        *sum += weight * term;
    }
}

/// The parts of panels, ascending, that are seen from means near a narrow panel or a break.
fn near_narrow(edges: &[f64], breaks: &[f64], deviation: f64, reach: f64) -> Vec<(f64, f64)> {
    let panels = || edges.windows(2).map(|pair| (pair[0], pair[1]));
    let narrow = panels().filter(|(low, high)| high - low < WIDE * deviation);
    let mut events: Vec<(f64, f64)> = narrow.chain(breaks.iter().map(|b| (*b, *b))).collect();
    events.sort_by(|a, b| a.0.total_cmp(&b.0));
    let seen = 2.0 * reach * deviation;
    let mut windows: Vec<(f64, f64)> = Vec::new();
    for (low, high) in events.into_iter().map(|(a, b)| (a - seen, b + seen)) {
        match windows.last_mut() {
            Some(last) if low <= last.1 => last.1 = last.1.max(high),
            _ => windows.push((low, high)),
        }
    }
    let mut made = Vec::new();
    let mut next = 0;
    for (low, high) in panels() {
        while windows.get(next).is_some_and(|w| w.1 <= low) {
            next += 1;
        }
        let inside = windows[next..].iter().take_while(|w| w.0 < high);
        made.extend(inside.map(|w| (w.0.max(low), w.1.min(high))));
    }
    made.retain(|(low, high)| high > low);
    made
}
