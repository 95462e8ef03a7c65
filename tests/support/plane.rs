//! Gaussian averages of a pair of links by a quadrature of its own: panels halved until every
//! function on them is a polynomial to rounding, all of it once more on half the panels, and the
//! difference of the two is its error.
//!
//! With `z ~ N(0,q)` and, given `z`, `lambda* ~ N(m z/q, 1 - m^2/q)`; only values and first
//! derivatives of links are used, and `beta` comes from Stein's identity,
//! `E[(sigma* - sigma) sigma' z] = m alpha + q beta`.

use lorode::link::Link;

use super::{NODES, legendre, phi};

/// Standard deviations beyond which nothing is left of links that grow like `exp(3x)`.
const REACH: f64 = 14.0;
/// What conditional averages may have beyond 11 deviations: 3e-28, for links that grow there.
const BEYOND: f64 = 1e-24;
/// No panel is narrower, relative to the range.
const NARROWEST: f64 = 1e-13;
/// Last coefficients of a resolved function, relative to its largest value on the panel.
const RESOLVED: f64 = 3e-14;
/// Rounding of functions relative to their largest value under the weight.
const NOISE: f64 = 1e-14;
/// Panels that any link is resolved on; what is not shows in the error.
const MOST: usize = 1000;

/// The averages, or their errors.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plane {
    pub alpha: f64,
    pub beta: f64,
    pub signal: f64,
    pub slope: f64,
    pub loss: f64,
}

impl Plane {
    pub fn all(&self) -> [(&'static str, f64); 5] {
        [
            ("alpha", self.alpha),
            ("beta", self.beta),
            ("signal", self.signal),
            ("slope", self.slope),
            ("loss", self.loss),
        ]
    }

    fn combined(&self, other: &Self, f: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            alpha: f(self.alpha, other.alpha),
            beta: f(self.beta, other.beta),
            signal: f(self.signal, other.signal),
            slope: f(self.slope, other.slope),
            loss: f(self.loss, other.loss),
        }
    }
}

/// Values of some functions at one place.
type Point<const N: usize> = [f64; N];

/// Legendre polynomials at `t`.
fn polynomials(t: f64) -> [f64; NODES] {
    let mut p = [1.0; NODES];
    p[1] = t;
    for k in 2..NODES {
        let n = k as f64;
        p[k] = ((2.0 * n - 1.0) * t * p[k - 1] - (n - 1.0) * p[k - 2]) / n;
    }
    p
}

/// Functions to be resolved, and how finely.
struct Wanted<'a, const N: usize> {
    /// The functions.
    at: &'a dyn Fn(f64) -> Point<N>,
    /// Deviation of the weight that they stand under.
    deviation: f64,
    /// Widest panel.
    width: f64,
    /// Features wider than this are seen on any panel; 0 where there are none.
    probe: f64,
}

impl<const N: usize> Wanted<'_, N> {
    /// Whether the functions are polynomials on a panel: their Legendre coefficients have run out
    /// to rounding, of theirs or, under the weight, of `largest`, and nothing hides between nodes.
    fn is_resolved(&self, (a, b): (f64, f64), largest: &Point<N>) -> bool {
        let at = |t: f64| 0.5 * (a + b) + 0.5 * (b - a) * t;
        let mut coefficients = [[0.0; NODES]; N];
        let mut size = [0.0_f64; N];
        for (t, w) in legendre() {
            let p = polynomials(*t);
            for (i, value) in (self.at)(at(*t)).into_iter().enumerate() {
                size[i] = size[i].max(value.abs());
                for (k, p) in p.iter().enumerate() {
                    coefficients[i][k] += (k as f64 + 0.5) * w * p * value;
                }
            }
        }
        let nearest = if a <= 0.0 && b >= 0.0 {
            0.0
        } else {
            a.abs().min(b.abs())
        };
        let weight = phi(nearest / self.deviation);
        // An argument is rounded, too, which is the worse the narrower what it goes through.
        let resolved = RESOLVED * (1.0 + 0.02 * a.abs().max(b.abs()) / (b - a));
        let rounding = |i: usize| (resolved * size[i]).max(NOISE * largest[i] / weight.max(1e-300));
        let runs_out = (0..N).all(|i| {
            let tail = coefficients[i][NODES - 4..]
                .iter()
                .fold(0.0_f64, |t, c| t.max(c.abs()));
            tail <= rounding(i)
        });
        let probes = if self.probe > 0.0 {
            ((b - a) / self.probe).ceil() as usize
        } else {
            0
        };
        runs_out
            && (0..probes).all(|j| {
                let t = -1.0 + 2.0 * (j as f64 + 0.5) / probes as f64;
                let (p, value) = (polynomials(t), (self.at)(at(t)));
                (0..N).all(|i| {
                    let sum: f64 = coefficients[i].iter().zip(&p).map(|(c, p)| c * p).sum();
                    (sum - value[i]).abs() <= 1e-9 * size[i] + 100.0 * rounding(i)
                })
            })
    }

    /// Edges of panels on each of which the functions are polynomials.
    fn panels(&self, mut edges: Vec<f64>) -> Vec<f64> {
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        let narrowest = NARROWEST * (edges[edges.len() - 1] - edges[0]);
        let mut largest = [0.0_f64; N];
        for pair in edges.windows(2) {
            let fine = if self.probe > 0.0 {
                (pair[1] - pair[0]) / self.probe
            } else {
                64.0
            };
            let at = |i: usize| pair[0] + (pair[1] - pair[0]) * (i as f64 + 0.5) / fine;
            for i in 1..fine as usize {
                let weight = phi(at(i) / self.deviation);
                let (before, mut here) = ((self.at)(at(i - 1)), (self.at)(at(i)));
                // The last is a slope of the first, which may be largest between the places.
                let quotient = (here[0] - before[0]) / (at(i) - at(i - 1));
                here[N - 1] = here[N - 1].abs().max(quotient.abs());
                for (largest, value) in largest.iter_mut().zip(here) {
                    *largest = largest.max(value.abs() * weight);
                }
            }
        }
        let mut stack: Vec<(f64, f64)> = edges.windows(2).rev().map(|p| (p[0], p[1])).collect();
        let mut out = vec![edges[0]];
        while let Some((a, b)) = stack.pop() {
            let wide = b - a > self.width;
            let enough = b - a <= narrowest || out.len() > MOST;
            if enough || !wide && self.is_resolved((a, b), &largest) {
                out.push(b);
            } else {
                let middle = 0.5 * (a + b);
                stack.extend([(middle, b), (a, middle)]);
            }
        }
        out
    }
}

fn halved(edges: &[f64]) -> Vec<f64> {
    let between = edges.windows(2).flat_map(|p| [p[0], 0.5 * (p[0] + p[1])]);
    between.chain(edges.last().copied()).collect()
}

fn nodes((a, b): (f64, f64)) -> impl Iterator<Item = (f64, f64)> {
    let half = 0.5 * (b - a);
    legendre()
        .iter()
        .map(move |(t, w)| (0.5 * (a + b) + half * t, half * w))
}

/// Panels of a link whose argument has a deviation.
fn panels_of(link: &Link, deviation: f64) -> Vec<f64> {
    let reach = REACH * deviation;
    let kinks = link
        .breaks()
        .iter()
        .map(|b| b.at)
        .filter(|at| at.abs() < reach);
    let edges = kinks.chain([-reach, 0.0, reach]).collect();
    let wanted = Wanted {
        at: &|x| [link.value(x), link.derivative(x)],
        deviation,
        width: 1.0,
        probe: 0.004,
    };
    wanted.panels(edges)
}

/// What the teacher is given `z`: `E[sigma*]`, `E[sigma*^2]`, `E[sigma*']`, jumps in the last.
struct Given<'a> {
    teacher: &'a Link,
    edges: Vec<f64>,
    shift: f64,
    deviation: f64,
    width: f64,
}

impl Given<'_> {
    /// The averages, and the sums of the absolute values of their terms.
    fn sized(&self, z: f64) -> [Point<3>; 2] {
        let (mean, s) = (self.shift * z, self.deviation);
        if s == 0.0 {
            let f = self.teacher.value(mean);
            let at = [f, f * f, self.teacher.derivative(mean)];
            return [at, at.map(f64::abs)];
        }
        let (low, high) = (mean - 11.0 * s, mean + 11.0 * s);
        let first = self.edges.partition_point(|e| *e <= low);
        let inside = self.edges[first..]
            .iter()
            .copied()
            .take_while(|e| *e < high);
        let edges: Vec<f64> = std::iter::once(low).chain(inside).chain([high]).collect();
        let (mut x, mut weights) = (Vec::new(), Vec::new());
        for pair in edges.windows(2) {
            let count = ((pair[1] - pair[0]) / (self.width * s)).ceil().max(1.0);
            let step = (pair[1] - pair[0]) / count;
            for i in 0..count as usize {
                let a = pair[0] + step * i as f64;
                for (node, w) in nodes((a, a + step)) {
                    x.push(node);
                    weights.push(w * phi((node - mean) / s) / s);
                }
            }
        }
        let (mut values, mut slopes) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        self.teacher.values(&x, &mut values);
        self.teacher.derivatives(&x, &mut slopes);
        let (mut sum, mut size) = ([0.0; 3], [0.0; 3]);
        for ((w, f), f1) in weights.iter().zip(&values).zip(&slopes) {
            for (i, term) in [w * f, w * f * f, w * f1].into_iter().enumerate() {
                sum[i] += term;
                size[i] += term.abs();
            }
        }
        for b in self.teacher.breaks().iter().filter(|b| b.jump != 0.0) {
            let term = b.jump * phi((b.at - mean) / s) / s;
            sum[2] += term;
            size[2] += term.abs();
        }
        [sum, size]
    }
}

/// The averages with the absolute values of what they are sums of, on given panels of `z`.
fn summed(given: &Given<'_>, student: &Link, edges: &[f64], m: f64, q: f64) -> (Plane, Plane) {
    let (mut sum, mut size) = (Plane::default(), Plane::default());
    let (mut pull, mut pull_size) = (0.0, 0.0);
    for pair in edges.windows(2) {
        for (z, w) in nodes((pair[0], pair[1])) {
            let w = w * phi(z / q.sqrt()) / q.sqrt();
            if w == 0.0 {
                continue;
            }
            let [[f, f2, f1], [f_size, _, f1_size]] = given.sized(z);
            let (g, g1) = (student.value(z), student.derivative(z));
            let square = f2 - 2.0 * f * g + g * g;
            let terms = Plane {
                alpha: w * f1 * g1,
                beta: 0.0,
                signal: w * square * g1 * g1,
                slope: w * g1 * g1,
                loss: w * 0.5 * square,
            };
            let sizes = Plane {
                alpha: w * f1_size * g1,
                signal: w * (f2 + 2.0 * (f * g).abs() + g * g) * g1 * g1,
                loss: w * 0.5 * (f2 + 2.0 * (f * g).abs() + g * g),
                ..terms
            };
            sum = sum.combined(&terms, |a, b| a + b);
            size = size.combined(&sizes, |a, b| a + b.abs());
            pull += w * (f - g) * g1 * z;
            pull_size += (w * g1 * z).abs() * (f_size + g.abs());
        }
    }
    sum.beta = (pull - m * sum.alpha) / q;
    size.beta = (pull_size + (m * size.alpha).abs()) / q;
    (sum, size)
}

/// The averages at overlaps `m`, `q >= m^2` and the error of this quadrature.
pub fn plane(teacher: &Link, student: &Link, m: f64, q: f64) -> (Plane, Plane) {
    let mut given = Given {
        teacher,
        edges: panels_of(teacher, 2.0),
        shift: m / q,
        deviation: ((q - m * m) / q).max(0.0).sqrt(),
        width: 2.0,
    };
    let reach = REACH * q.sqrt();
    let mut edges = panels_of(student, q.sqrt());
    if m != 0.0 {
        let jumps = teacher.breaks().iter().map(|b| b.at * q / m);
        edges.extend(jumps.filter(|at| at.abs() < reach));
    }
    let wanted = Wanted {
        at: &|z| given.sized(z)[0],
        deviation: q.sqrt(),
        width: q.sqrt(),
        probe: 0.0,
    };
    let edges = wanted.panels(edges);
    let (coarse, _) = summed(&given, student, &edges, m, q);
    given.width = 1.0;
    given.edges = halved(&given.edges);
    let (fine, size) = summed(&given, student, &halved(&edges), m, q);
    // Rounding of weights and of sums of some thousand terms (up to 1.5e-13 of their sizes, against mpmath) and what lies
    // beyond 11 deviations, beside what halving has changed.
    let apart = fine.combined(&coarse, |a, b| (a - b).abs());
    let error = apart.combined(&size, |apart, size| apart + 3e-13 * size + BEYOND);
    (fine, error)
}
