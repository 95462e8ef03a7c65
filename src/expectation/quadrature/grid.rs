//! A teacher on nodes that all means share: averages over the conditional law of its argument cost a density each.

use std::ops::Range;

use crate::expectation::gaussian::{WIDEST, density, dot, legendre};
use crate::expectation::piecewise::Smoothed;
use crate::expectation::prepared_link::Side;
use crate::link::exponentials;

/// Panels this many deviations wide are smooth enough for the coarsest trapezoidal rule.
pub(super) const WIDE: f64 = 8.0;
/// Nodes at most.
const MOST_NODES: usize = 1_000_000;
/// Width, in deviations, of nodes that are taken together, and the moments that takes: the next is
/// `He_18(v) (1/8)^18 / 18!`, 7e-14 even at `v = 12`.
const TOGETHER: f64 = 0.25;
const MOMENTS: usize = 18;
/// Nodes whose densities are taken together, and of a part of an even rule.
const BLOCK: usize = 64;
const SMALL: usize = 16;

fn squares(values: &[f64]) -> Vec<f64> {
    values.iter().map(|y| y * y).collect()
}

/// The teacher on panels that resolve it and the density, wherever panels are not wide.
#[derive(Debug)]
pub(super) struct Grid {
    /// Middles of panels, and arguments relative to them: differences from a mean keep their digits.
    middle: Vec<f64>,
    offset: Vec<f64>,
    /// Weights without the density.
    w: Vec<f64>,
    value: Vec<f64>,
    square: Vec<f64>,
    slope: Vec<f64>,
    parts: Vec<Part>,
}

/// Nodes of a [`Grid`] that are taken together.
#[derive(Debug)]
struct Part {
    low: f64,
    high: f64,
    nodes: Range<usize>,
    /// Moments of value, square and slope about the middle, where the nodes are many.
    moments: Option<Box<[[f64; 3]; MOMENTS]>>,
}

impl Grid {
    /// `None` where there would be too many nodes.
    pub(super) fn new(teacher: &Side, edges: &[f64], deviation: f64, reach: f64) -> Option<Self> {
        let widest = WIDEST * deviation;
        let cuts = near_narrow(edges, &teacher.link.seams(), deviation, reach);
        let (mut middle, mut offset) = (Vec::new(), Vec::new());
        let (mut w, mut panels) = (Vec::new(), Vec::new());
        for (low, high) in cuts {
            let parts = teacher.resolution.parts();
            let count = (((high - low) / widest).ceil().max(1.0)) * f64::from(parts);
            let half = 0.5 * (high - low) / count;
            panels.push((low, high, count as usize * legendre().len()));
            for i in 0..count as usize {
                middle.extend(legendre().iter().map(|_| low + (2 * i + 1) as f64 * half));
                offset.extend(legendre().iter().map(|(node, _)| half * node));
                w.extend(legendre().iter().map(|(_, weight)| half * weight));
            }
            if w.len() > MOST_NODES {
                return None;
            }
        }
        let y: Vec<f64> = middle.iter().zip(&offset).map(|(m, o)| m + o).collect();
        let (mut value, mut slope) = (vec![0.0; y.len()], vec![0.0; y.len()]);
        teacher.link.values(&y, &mut value);
        teacher.link.derivatives(&y, &mut slope);
        let mut made = Self {
            middle,
            offset,
            w,
            square: squares(&value),
            value,
            slope,
            parts: Vec::new(),
        };
        made.parts = made.parts(&panels, deviation);
        made.forget();
        Some(made)
    }

    /// A trapezoidal rule as far as `end` from 0.
    pub(super) fn even(teacher: &Side, spacing: f64, end: f64) -> Self {
        let last = (end / spacing).ceil() as i64;
        let y: Vec<f64> = (-last..=last).map(|i| i as f64 * spacing).collect();
        let (mut value, mut slope) = (vec![0.0; y.len()], vec![0.0; y.len()]);
        teacher.link.values(&y, &mut value);
        teacher.link.derivatives(&y, &mut slope);
        let parts = (0..y.len()).step_by(SMALL).map(|first| {
            let nodes = first..y.len().min(first + SMALL);
            Part {
                low: y[nodes.start],
                high: y[nodes.end - 1],
                nodes,
                moments: None,
            }
        });
        Self {
            parts: parts.collect(),
            w: vec![spacing; y.len()],
            offset: vec![0.0; y.len()],
            middle: y,
            square: squares(&value),
            value,
            slope,
        }
    }

    /// Lets nodes go whose moments are known.
    fn forget(&mut self) {
        let [middle, offset] = [&mut self.middle, &mut self.offset];
        let (value, square) = (&mut self.value, &mut self.square);
        for column in [middle, offset, &mut self.w, value, square, &mut self.slope] {
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
            let distance = ((self.middle[i] - middle) + self.offset[i]) / deviation;
            let mut power = self.w[i];
            for (k, moment) in moments.iter_mut().enumerate() {
                moment[0] += power * self.value[i];
                moment[1] += power * self.square[i];
                moment[2] += power * self.slope[i];
                power *= distance / (k + 1) as f64;
            }
        }
        moments
    }

    /// Adds neighbouring nodes.
    fn add(&self, sums: &mut [f64; 3], nodes: Range<usize>, mean: f64, deviation: f64) {
        let (mut exponents, mut weights) = ([0.0; BLOCK], [0.0; BLOCK]);
        for first in nodes.clone().step_by(BLOCK) {
            let block = first..nodes.end.min(first + BLOCK);
            let offsets = &self.offset[block.clone()];
            let places = self.middle[block.clone()].iter().zip(offsets);
            for (exponent, (middle, offset)) in exponents.iter_mut().zip(places) {
                let t = ((middle - mean) + offset) / deviation;
                *exponent = -0.5 * t * t;
            }
            exponentials(&exponents[..block.len()], &mut weights[..block.len()]);
            let weights = &mut weights[..block.len()];
            for (weight, w) in weights.iter_mut().zip(&self.w[block.clone()]) {
                *weight *= w;
            }
            let columns = [&self.value, &self.square, &self.slope];
            for (sum, column) in sums.iter_mut().zip(columns) {
                *sum += dot(weights, &column[block.clone()]);
            }
        }
    }

    pub(super) fn average(&self, mean: f64, deviation: f64, reach: f64) -> Smoothed {
        let (low, high) = (mean - reach * deviation, mean + reach * deviation);
        let first = self.parts.partition_point(|part| part.high < low);
        let (mut sums, mut run) = ([0.0; 3], 0..0);
        for part in self.parts[first..].iter().take_while(|p| p.low <= high) {
            if let Some(moments) = &part.moments {
                let middle = 0.5 * (part.low + part.high);
                add_moments(&mut sums, moments, (mean - middle) / deviation);
                continue;
            }
            if part.nodes.start == run.end {
                run.end = part.nodes.end;
            } else {
                self.add(&mut sums, run, mean, deviation);
                run = part.nodes.clone();
            }
        }
        self.add(&mut sums, run, mean, deviation);
        let [value, square, slope] = sums.map(|sum| sum * density(0.0) / deviation);
        Smoothed {
            value,
            square,
            slope,
        }
    }
}

/// `phi(v - d) = phi(v) sum_k He_k(v) d^k / k!`, summed over `d`.
fn add_moments(sums: &mut [f64; 3], moments: &[[f64; 3]; MOMENTS], v: f64) {
    let weight = (-0.5 * v * v).exp();
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
