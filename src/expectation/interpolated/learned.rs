//! The student at one self-overlap: its moments on the panels of the teacher, so that an average is a sum of products.

use pulp::{Arch, Simd, WithSimd};

use crate::expectation::gaussian::{NEAREST_HERMITE, Rule, WIDEST, density};
use crate::expectation::prepared_link::{Side, rounding};
use crate::expectation::quadrature::ORDER;

/// Nodes that may be summed over; what needs more is averaged point by point.
const MOST_NODES: usize = 200_000;
/// Weight below which nothing is added: on its way to underflow.
const NEGLIGIBLE: f64 = 1e-290;

/// The student at a node, and what rounding errors there are proportional to.
pub(super) struct Node {
    /// Its argument.
    pub(super) z: f64,
    pub(super) value: f64,
    pub(super) slope: f64,
    pub(super) bend: f64,
    /// Of the same three.
    pub(super) sizes: [f64; 3],
}

/// Functions of the student that averages are made of.
pub(super) trait Weights {
    /// Those that stand beside functions of the teacher, with their sizes.
    fn beside(&self, node: &Node) -> [[f64; 2]; 3];
    /// Those that stand alone.
    fn alone(&self, node: &Node) -> [[f64; 2]; 2];
    /// Whether `sigma''` is the last of the first: it contains the kinks.
    fn bends(&self) -> bool;
}

/// `E[T_k(x) f; panel]` for every panel of the teacher, twice that where the panels are those of one half of the line, and
/// averages of the student alone.
#[derive(Debug)]
pub(super) struct Learned {
    pub(super) moments: [Vec<f64>; 3],
    /// What rounding errors of the moments of each panel are at most.
    pub(super) errors: [Vec<f64>; 3],
    /// `E[|f|; panel]`.
    pub(super) sizes: [Vec<f64>; 3],
    pub(super) alone: [f64; 2],
    pub(super) alone_errors: [f64; 2],
}

impl Learned {
    /// `None` where it takes too many nodes.
    pub(super) fn new(
        student: &Side,
        q: f64,
        edges: &[f64],
        weights: &impl Weights,
    ) -> Option<Self> {
        let (scale, low, high) = (q.sqrt(), edges.first()?, edges.last()?);
        let cuts = student.resolution.merged(scale * low, scale * high)?;
        let cuts: Vec<f64> = cuts.iter().map(|z| z / scale).collect();
        let (mut rule, ends) = nodes(edges, &cuts)?;
        if is_half(edges) {
            rule.w.iter_mut().for_each(|w| *w *= 2.0);
        }
        let z: Vec<f64> = rule.x.iter().map(|x| scale * x).collect();
        let jets = student.jets(&z);
        let sizes = student.sizes(&jets, &rule.x, scale);
        let panels = edges.len() - 1;
        let unit = rounding(rule.x.len());
        let empty = || [(); 3].map(|()| vec![0.0; panels]);
        let mut made = Self {
            moments: [(); 3].map(|()| vec![0.0; ORDER * panels]),
            errors: empty(),
            sizes: empty(),
            alone: [0.0; 2],
            alone_errors: [0.0; 2],
        };
        let (mut first, mut sums, mut places) = (0, Sums::default(), Vec::new());
        for (panel, end) in ends.into_iter().enumerate() {
            sums.clear();
            places.clear();
            let (low, high) = (edges[panel], edges[panel + 1]);
            for i in (first..end).filter(|i| rule.w[*i] >= NEGLIGIBLE) {
                let w = rule.w[i];
                let node = Node {
                    z: z[i],
                    value: jets.value[i],
                    slope: jets.slope[i],
                    bend: jets.bend[i],
                    sizes: [sizes.value[i], sizes.slope[i], sizes.bend[i]],
                };
                sums.add(w, &weights.beside(&node));
                places.push(local(rule.x[i], low, high));
                for (f, [value, size]) in weights.alone(&node).into_iter().enumerate() {
                    made.alone[f] += w * value;
                    made.alone_errors[f] += unit * w * size;
                }
            }
            sums.take_moments(&places);
            made.set(panel, &sums, unit);
            first = end;
        }
        if weights.bends() {
            made.add_kinks(student, scale, edges);
        }
        Some(made)
    }

    fn set(&mut self, panel: usize, sums: &Sums, unit: f64) {
        for f in 0..3 {
            let slots = &mut self.moments[f][ORDER * panel..ORDER * (panel + 1)];
            slots.copy_from_slice(&sums.moments[f]);
            self.sizes[f][panel] = sums.sizes[f];
            self.errors[f][panel] = unit * sums.errors[f];
        }
    }

    /// `sigma''` contains `jump delta(z - k)`.
    fn add_kinks(&mut self, student: &Side, scale: f64, edges: &[f64]) {
        let kinks = student.link.breaks().iter().filter(|b| b.slope_jump != 0.0);
        for kink in kinks {
            let x = kink.at / scale;
            // One at 0 is in both halves.
            let times = if is_half(edges) && x > 0.0 { 2.0 } else { 1.0 };
            let weight = times * kink.slope_jump * density(x) / scale;
            let panel = edges.partition_point(|edge| *edge <= x);
            if panel == 0 || panel >= edges.len() || weight == 0.0 {
                continue;
            }
            let panel = panel - 1;
            let t = local(x, edges[panel], edges[panel + 1]);
            let slots = &mut self.moments[2][ORDER * panel..ORDER * (panel + 1)];
            for (slot, t) in slots.iter_mut().zip(polynomials(t)) {
                *slot += weight * t;
            }
            let error = f64::EPSILON * weight.abs() * (1.0 + x * x);
            self.sizes[2][panel] += weight.abs();
            self.errors[2][panel] += error;
            let value = student.link.value(kink.at);
            self.alone[0] += weight * value;
            self.alone_errors[0] += error * value.abs();
        }
    }
}

/// Moments of one panel.
#[derive(Default)]
struct Sums {
    /// The functions at the nodes, with weights.
    functions: [Vec<f64>; 3],
    moments: [[f64; ORDER]; 3],
    sizes: [f64; 3],
    errors: [f64; 3],
}

impl Sums {
    fn clear(&mut self) {
        self.functions.iter_mut().for_each(Vec::clear);
        (self.sizes, self.errors) = ([0.0; 3], [0.0; 3]);
    }

    fn add(&mut self, w: f64, functions: &[[f64; 2]; 3]) {
        for (f, [value, size]) in functions.iter().enumerate() {
            let value = w * value;
            self.functions[f].push(value);
            self.sizes[f] += value.abs();
            self.errors[f] += w * size;
        }
    }

    /// By vector instructions; no sum depends on which.
    fn take_moments(&mut self, places: &[f64]) {
        let functions = &self.functions;
        self.moments = Arch::new().dispatch(Moments { places, functions });
    }
}

/// `sum_i functions[f][i] T_k(places[i])`.
struct Moments<'a> {
    places: &'a [f64],
    functions: &'a [Vec<f64>; 3],
}

/// Nodes that are taken together.
const LANES: usize = 8;
type Lanes = [f64; LANES];

impl WithSimd for Moments<'_> {
    type Output = [[f64; ORDER]; 3];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> Self::Output {
        let mut sums = [[[0.0; LANES]; 3]; ORDER];
        for first in (0..self.places.len()).step_by(LANES) {
            let lanes = |all: &[f64]| -> Lanes {
                let some = &all[first..all.len().min(first + LANES)];
                let mut made = [0.0; LANES];
                made[..some.len()].copy_from_slice(some);
                made
            };
            let t = lanes(self.places);
            let values = self.functions.each_ref().map(|f| lanes(f));
            let (mut before, mut here) = (t, [1.0; LANES]);
            for sums in &mut sums {
                for (sum, value) in sums.iter_mut().zip(&values) {
                    for l in 0..LANES {
                        sum[l] += value[l] * here[l];
                    }
                }
                // From T_{-1} = t: T_{k+1} = 2 t T_k - T_{k-1}.
                let mut next = [0.0; LANES];
                for l in 0..LANES {
                    next[l] = 2.0 * t[l] * here[l] - before[l];
                }
                (before, here) = (here, next);
            }
        }
        std::array::from_fn(|f| sums.map(|sums| total(&sums[f])))
    }
}

/// Their sum, by few that wait for each other.
#[inline(always)]
fn total(lanes: &Lanes) -> f64 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// Whether these are the edges of panels of one half of the line, which counts twice.
fn is_half(edges: &[f64]) -> bool {
    edges.first() == Some(&0.0)
}

/// The place in [-1, 1] of `x` between two ends.
fn local(x: f64, low: f64, high: f64) -> f64 {
    ((x - low) - (high - x)) / (high - low)
}

/// Chebyshev polynomials at `t`.
#[inline(always)]
fn polynomials(t: f64) -> [f64; ORDER] {
    let mut made = [1.0; ORDER];
    made[1] = t;
    for k in 2..ORDER {
        // T_2n and T_2n+1 from T_n, so that few wait for each other.
        made[k] = match k % 2 {
            0 => 2.0 * made[k / 2] * made[k / 2] - 1.0,
            _ => 2.0 * made[k / 2] * made[k / 2 + 1] - t,
        };
    }
    made
}

/// Nodes with the density for each panel, cut at `cuts` too, and where those of each panel end.
fn nodes(edges: &[f64], cuts: &[f64]) -> Option<(Rule, Vec<usize>)> {
    let mut rule = Rule::default();
    let far = edges.iter().any(|x| x.abs() > NEAREST_HERMITE);
    let (mut ends, mut parts) = (Vec::new(), Vec::new());
    let mut next = 0;
    for pair in edges.windows(2) {
        parts.clear();
        parts.push(pair[0]);
        while next < cuts.len() && cuts[next] < pair[1] {
            if cuts[next] > pair[0] {
                parts.push(cuts[next]);
            }
            next += 1;
        }
        parts.push(pair[1]);
        parts.dedup_by(|a, b| (*a - *b).abs() <= f64::EPSILON * a.abs());
        if let Some(last) = parts.last_mut() {
            *last = pair[1];
        }
        if !rule.add(&parts, WIDEST, 1, far) || rule.x.len() > MOST_NODES {
            return None;
        }
        ends.push(rule.x.len());
    }
    rule.weigh();
    Some((rule, ends))
}
