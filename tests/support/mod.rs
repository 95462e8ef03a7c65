//! What several families of tests need: a quadrature of their own, and links to run over.
//!
//! Nothing here uses `lorode::expectation`: the averages are made from the values and derivatives
//! of the links alone, conditioning the student on the teacher (the crate does the opposite), and
//! `beta` comes from Stein's identity, without a second derivative and without kink terms.

#![allow(dead_code, reason = "each family of tests uses a part")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

pub mod cases;
pub mod compare;
pub mod generated;
pub mod lines;
pub mod networks;
pub mod plane;
pub mod solving;
mod train_lines;

use std::f64::consts::PI;
use std::sync::OnceLock;

use lorode::link::{Link, builtin_links};

/// Nodes of a Gauss-Legendre panel.
pub(crate) const NODES: usize = 20;

/// Expressions beside the built-in links: sums, products, kinks at 0 and elsewhere, clipping.
pub const EXPRESSIONS: &[&str] = &[
    "he1 + 0.5*he3",
    "square(relu)",
    "tanh(2*x)",
    "x*sigmoid(x)",
    "abs(x)",
    "max(x, 0.1*x)",
    "exp(-x^2)",
    "relu(x-0.5)",
    "max(-1, min(1, x))",
];

pub fn link(text: &str) -> Link {
    text.parse().unwrap()
}

/// Every example of the registry, and [`EXPRESSIONS`].
pub fn all_links() -> Vec<Link> {
    let examples = builtin_links().iter().flat_map(|b| b.examples);
    examples.chain(EXPRESSIONS).map(|text| link(text)).collect()
}

pub fn phi(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * PI).sqrt()
}

/// Gauss-Legendre nodes on [-1, 1] by Newton's method on `P_n`.
pub(crate) fn legendre() -> &'static [(f64, f64); NODES] {
    static RULE: OnceLock<[(f64, f64); NODES]> = OnceLock::new();
    RULE.get_or_init(|| {
        let n = NODES as f64;
        std::array::from_fn(|i| {
            let mut x = -(PI * (i as f64 + 0.75) / (n + 0.5)).cos();
            let mut slope = 0.0;
            for _ in 0..100 {
                let (mut before, mut here) = (1.0, x);
                for k in 1..NODES {
                    let k = k as f64;
                    (before, here) = (here, ((2.0 * k + 1.0) * x * here - k * before) / (k + 1.0));
                }
                slope = n * (x * here - before) / (x * x - 1.0);
                x -= here / slope;
            }
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        })
    })
}

/// `E[f(x)]`, `x ~ N(0,1)`, over `[-reach, reach]` in panels of at most `width` split at `edges`.
pub fn rule(edges: &[f64], width: f64, reach: f64) -> Vec<(f64, f64)> {
    let mut cuts: Vec<f64> = edges.iter().copied().filter(|e| e.abs() < reach).collect();
    cuts.extend([-reach, 0.0, reach]);
    cuts.sort_by(f64::total_cmp);
    let mut out = Vec::new();
    for pair in cuts.windows(2).filter(|p| p[1] > p[0]) {
        let count = ((pair[1] - pair[0]) / width).ceil();
        let half = 0.5 * (pair[1] - pair[0]) / count;
        for i in 0..count as usize {
            let middle = pair[0] + (2.0 * i as f64 + 1.0) * half;
            out.extend(legendre().iter().map(|(node, weight)| {
                let x = middle + half * node;
                (x, half * weight * phi(x))
            }));
        }
    }
    out
}

/// How far and how fine a link must be integrated.
#[derive(Clone, Copy)]
pub struct Fineness {
    /// Widest panel in the argument of the link.
    pub width: f64,
    /// Standard deviations needed for fourth-order averages at unit variance.
    pub reach: f64,
}

/// Bounded and linear links need 9.5 deviations; powers and exponentials more.
pub fn fineness(link: &Link) -> Fineness {
    let name = link.name();
    let grows = ["he", "x^", "exp(x", "square"]
        .iter()
        .any(|p| name.contains(p));
    let steep = name.contains("5*") || name.contains("3*");
    Fineness {
        width: if steep { 0.3 } else { 1.0 },
        reach: if grows { 17.0 } else { 9.5 },
    }
}

/// A value and the sum of the absolute values of its terms, which its rounding is relative to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    pub value: f64,
    pub size: f64,
}

impl Sum {
    pub fn add(&mut self, term: f64) {
        self.value += term;
        self.size += term.abs();
    }

    pub fn add_scaled(&mut self, factor: f64, other: Self) {
        self.value += factor * other.value;
        self.size += factor.abs() * other.size;
    }
}

/// The averages of docs/theory.md, section 2, without label noise.
#[derive(Clone, Copy, Debug, Default)]
pub struct Averages {
    pub alpha: Sum,
    pub beta: Sum,
    pub signal: Sum,
    pub slope: Sum,
    pub loss: Sum,
}

/// By quadrature of `lambda* = x`, `z = m x + sqrt(residual) y`.
pub fn averages(teacher: &Link, student: &Link, m: f64, residual: f64) -> Averages {
    let (deviation, q) = (residual.sqrt(), m * m + residual);
    let (t, s) = (fineness(teacher), fineness(student));
    let reach = t.reach.max(s.reach);
    let kinks: Vec<f64> = student.breaks().iter().map(|b| b.at).collect();
    let jumps: Vec<f64> = teacher.breaks().iter().map(|b| b.at).collect();
    let mut edges = jumps;
    for kink in &kinks {
        edges.extend(graded(kink / m, deviation / m.abs()));
    }
    let width = t.width.min(s.width / m.abs()).min(1.5);
    let inner_width = (s.width / deviation).min(1.5);
    let inner = |x: f64| {
        if residual == 0.0 {
            return vec![(0.0, 1.0)];
        }
        let edges: Vec<f64> = kinks.iter().map(|k| (k - m * x) / deviation).collect();
        rule(&edges, inner_width, reach)
    };
    let mut sum = Averages::default();
    let (mut pull, mut bend) = (Sum::default(), Sum::default());
    for (x, w) in rule(&edges, width, reach) {
        let given = Given::new(teacher, student, x, (m * x, deviation), &inner(x));
        sum.alpha.add_scaled(w, given.alpha);
        sum.slope.add_scaled(w, given.slope);
        sum.signal.add_scaled(w, given.signal);
        sum.loss.add_scaled(w, given.loss);
        pull.add_scaled(w, given.pull);
        bend.add_scaled(w, given.bend);
    }
    for b in teacher.breaks().iter().filter(|b| b.jump != 0.0) {
        for (y, v) in inner(b.at) {
            sum.alpha
                .add(b.jump * phi(b.at) * v * student.derivative(m * b.at + deviation * y));
        }
    }
    if q >= SMALL {
        // E[(sigma* - sigma) sigma' z] = m alpha + q beta.
        sum.beta = Sum {
            value: (pull.value - m * sum.alpha.value) / q,
            size: (pull.size + m.abs() * sum.alpha.size) / q,
        };
    } else {
        for b in student.breaks().iter().filter(|b| b.slope_jump != 0.0) {
            let (mean, blur) = (m * b.at / q, (residual / q).sqrt());
            let cuts: Vec<f64> = teacher
                .breaks()
                .iter()
                .map(|t| (t.at - mean) / blur)
                .collect();
            let density = b.slope_jump * phi(b.at / q.sqrt()) / q.sqrt();
            if density == 0.0 {
                continue;
            }
            for (x, w) in rule(&cuts, t.width.min(1.5), reach) {
                bend.add(density * w * (teacher.value(mean + blur * x) - student.value(b.at)));
            }
        }
        sum.beta = bend;
    }
    sum
}

/// Averages over `z` given `lambda*`; summed apart, since a running sum of all nodes of the plane
/// would lose its many small terms.
#[derive(Default)]
struct Given {
    alpha: Sum,
    slope: Sum,
    signal: Sum,
    loss: Sum,
    pull: Sum,
    bend: Sum,
}

impl Given {
    fn new(
        teacher: &Link,
        student: &Link,
        x: f64,
        (mean, deviation): (f64, f64),
        inner: &[(f64, f64)],
    ) -> Self {
        let (f, f1) = (teacher.value(x), teacher.derivative(x));
        let z: Vec<f64> = inner.iter().map(|(y, _)| mean + deviation * y).collect();
        let (mut values, mut slopes) = (vec![0.0; z.len()], vec![0.0; z.len()]);
        student.values(&z, &mut values);
        student.derivatives(&z, &mut slopes);
        let mut sum = Self::default();
        for (i, (_, v)) in inner.iter().enumerate() {
            let (g, g1) = (values[i], slopes[i]);
            sum.alpha.add(v * f1 * g1);
            sum.slope.add(v * g1 * g1);
            sum.signal.add(v * ((f - g) * g1).powi(2));
            sum.loss.add(v * 0.5 * (f - g).powi(2));
            sum.pull.add(v * (f - g) * g1 * z[i]);
            sum.bend
                .add(v * ((f - g) * student.second_derivative(z[i]) - g1 * g1));
        }
        sum
    }
}

/// Below this `q` the division by `q` in Stein's identity would cost the digits.
const SMALL: f64 = 1e-3;

/// Edges towards a kink that is blurred over `blur`.
fn graded(centre: f64, blur: f64) -> Vec<f64> {
    let mut edges = vec![centre];
    let mut offset = 0.5 * blur;
    while offset > 1e-16 && offset < 2.0 {
        edges.extend([centre - offset, centre + offset]);
        offset *= 2.0;
    }
    edges
}

/// splitmix64 and Box-Muller: a small generator whose numbers never change.
pub struct Random(pub u64);

impl Random {
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Two independent standard normals.
    pub fn normals(&mut self) -> (f64, f64) {
        let (u, v) = (1.0 - self.uniform(), self.uniform());
        let radius = (-2.0 * u.ln()).sqrt();
        let (sine, cosine) = (2.0 * PI * v).sin_cos();
        (radius * cosine, radius * sine)
    }
}
