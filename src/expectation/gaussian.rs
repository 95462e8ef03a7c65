//! One-dimensional Gaussian averages of a link, by Gauss-Legendre panels split at its breaks.

use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

use gauss_quad::legendre::GaussLegendre;

use super::mesh::Mesh;
use crate::link::{Link, exponentials};

/// Nodes of a Gauss-Legendre panel.
const PANEL_NODES: usize = 16;
/// Widest panel in standard deviations: resolves the density alone, and beside He_k up to k of
/// about 800.
pub(super) const WIDEST: f64 = 3.0;
const WIDEST_HERMITE: f64 = 0.5;
/// The same for the spacing of the trapezoidal rule.
pub(super) const COARSEST: f64 = 0.6;
const COARSEST_HERMITE: f64 = 0.1;
/// Panel width of the same precision as a trapezoidal spacing of 1.
pub(super) const PANEL_PER_SPACING: f64 = 5.0;
/// Logarithm of what the density may change by over a panel, where averages live in its tails.
const STEEPEST: f64 = 12.0;
/// More than these are not halved to see what that changes.
const MANY_PANELS: usize = 1000;
/// Nodes of a trapezoidal rule above which panels are tried: few where a link bends only near 0, seen from far off.
const MANY_NODES: f64 = 1000.0;
/// Panels of a rule at most.
const MOST_PANELS: f64 = 3e4;
/// Nodes of a trapezoidal rule at most.
const MOST_NODES: f64 = MOST_PANELS;
/// Beyond this many standard deviations the Gaussian itself is below 1e-300.
pub(crate) const FARTHEST: f64 = 37.0;
/// Nearest reach for bounded links: where the density, and where its root (which bounds
/// `He_k phi`), has lost all weight.
const NEAREST: f64 = 9.0;
pub(super) const NEAREST_HERMITE: f64 = 12.0;

/// Nodes and weights of `E[f(x)]`, `x ~ N(0,1)`: the weights include the density.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rule {
    /// Nodes, ascending.
    pub(crate) x: Vec<f64>,
    /// Weights, `sum w = 1` to rounding.
    pub(crate) w: Vec<f64>,
}

impl Rule {
    /// Trapezoidal rule over `[low, high]`: for functions analytic within `d` of the real line its error falls like
    /// `exp(-2 pi d / spacing)`.
    pub(super) fn trapezoid(spacing: f64, (low, high): (f64, f64)) -> Self {
        let [first, last] = [(low / spacing).floor(), (high / spacing).ceil()].map(|i| i as i64);
        let x: Vec<f64> = (first..=last).map(|i| i as f64 * spacing).collect();
        let w = x.iter().map(|&x| spacing * density(x)).collect();
        Self { x, w }
    }

    /// A rule of which nothing is known, where there would be too many nodes: averages are NaN, which callers report.
    pub(super) fn refused() -> Self {
        Self {
            x: vec![0.0],
            w: vec![f64::NAN],
        }
    }

    fn is_refused(&self) -> bool {
        self.w.iter().all(|w| w.is_nan())
    }

    /// Panels between the ascending `cuts`, none wider than `widest`, each cut into `parts`.
    pub(crate) fn panels(cuts: &[f64], widest: f64, parts: u32) -> Self {
        let far = cuts.iter().any(|x| x.abs() > NEAREST_HERMITE);
        Self::parts(cuts, widest, parts, far)
    }

    /// The same where averages may live `far` out.
    pub(super) fn parts(cuts: &[f64], widest: f64, parts: u32, far: bool) -> Self {
        let mut made = Self::default();
        if !made.add(cuts, widest, parts, far) {
            return Self::refused();
        }
        made.weigh();
        made
    }

    /// Adds such panels without the density; `false` where they are too many.
    pub(super) fn add(&mut self, cuts: &[f64], widest: f64, parts: u32, far: bool) -> bool {
        let pieces = |pair: &[f64]| {
            let width = pair[1] - pair[0];
            let outer = pair[0].abs().max(pair[1].abs());
            // In the tails the density falls by e^(-width |x|) over a panel.
            let steep = if far { width * outer / STEEPEST } else { 0.0 };
            (width / widest).max(steep).ceil().max(1.0) * f64::from(parts)
        };
        if cuts.windows(2).map(pieces).sum::<f64>() > MOST_PANELS {
            return false;
        }
        for pair in cuts.windows(2).filter(|pair| pair[1] > pair[0]) {
            let step = (pair[1] - pair[0]) / pieces(pair);
            for i in 0..pieces(pair) as usize {
                let (start, rule) = (pair[0] + i as f64 * step, legendre().iter());
                let nodes = rule.clone().map(|r| start + 0.5 * step * (1.0 + r.0));
                self.x.extend(nodes);
                self.w.extend(rule.map(|r| 0.5 * step * r.1));
            }
        }
        true
    }

    /// Takes the density into the weights.
    pub(super) fn weigh(&mut self) {
        for (w, density) in self.w.iter_mut().zip(densities(&self.x)) {
            *w *= density;
        }
    }

    /// `sum_i w_i f(x_i)`.
    pub(crate) fn mean(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.x.iter().zip(&self.w).map(|(&x, w)| w * f(x)).sum()
    }
}

const NORMALISATION: f64 = 0.398_942_280_401_432_7;

/// Standard normal densities.
pub(super) fn densities(x: &[f64]) -> Vec<f64> {
    let exponents: Vec<f64> = x.iter().map(|x| -0.5 * x * x).collect();
    let mut made = vec![0.0; x.len()];
    exponentials(&exponents, &mut made);
    made.iter_mut().for_each(|y| *y *= NORMALISATION);
    made
}

/// Standard normal density.
pub(crate) fn density(x: f64) -> f64 {
    NORMALISATION * (-0.5 * x * x).exp()
}

/// Nodes and weights on [-1, 1].
pub(super) fn legendre() -> &'static [(f64, f64)] {
    static RULE: OnceLock<Vec<(f64, f64)>> = OnceLock::new();
    RULE.get_or_init(|| {
        let count = NonZeroUsize::new(PANEL_NODES).unwrap_or(NonZeroUsize::MIN);
        let mut nodes: Vec<(f64, f64)> = GaussLegendre::new(count).as_node_weight_pairs().to_vec();
        nodes.sort_by(|a, b| a.0.total_cmp(&b.0));
        nodes
    })
}

/// How a link is integrated: its panels, and a spacing for the trapezoidal rule where that does.
#[derive(Debug, Clone)]
pub(crate) struct Resolution {
    mesh: Arc<Mesh>,
    /// Spacing of the trapezoidal rule that resolves the link in `[-12, 12]`, in its own argument;
    /// none for links that break and for steep ones.
    spacing: Option<f64>,
    breaks: Vec<f64>,
    /// Parts that every panel or spacing is cut into: 1, or 2 to see what resolution is worth.
    parts: u32,
}

/// What a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beside {
    /// Averages of the links alone.
    Density,
    /// Projections on Hermite polynomials of high order.
    Hermite,
}

impl Beside {
    /// The coarsest spacing of the trapezoidal rule, the widest panel.
    fn limits(self) -> (f64, f64) {
        match self {
            Self::Density => (COARSEST, WIDEST),
            Self::Hermite => (COARSEST_HERMITE, WIDEST_HERMITE),
        }
    }

    pub(super) fn nearest(self) -> f64 {
        match self {
            Self::Density => NEAREST,
            Self::Hermite => NEAREST_HERMITE,
        }
    }
}

/// The law `N(mean, deviation^2)` of a link's argument.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Law {
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
}

impl Resolution {
    pub(crate) fn of(link: &Link) -> Self {
        let mut made = Self {
            mesh: Arc::new(Mesh::of(link)),
            spacing: None,
            breaks: link.breaks().iter().map(|b| b.at).collect(),
            parts: 1,
        };
        made.spacing = made.trapezoid(link);
        made
    }

    /// The largest spacing at which the link, its squared slope and the square of their product agree
    /// with the panels, against a weight with no symmetry, so that no error cancels by parity.
    fn trapezoid(&self, link: &Link) -> Option<f64> {
        let window = (-NEAREST_HERMITE, NEAREST_HERMITE);
        if !self.breaks.is_empty() {
            return None;
        }
        let skew = |x: f64| 1.0 + 0.3 * (0.37 * x + 0.2).sin();
        let averages = |rule: &Rule| {
            let (mut values, mut slopes) = (vec![0.0; rule.x.len()], vec![0.0; rule.x.len()]);
            link.values(&rule.x, &mut values);
            link.derivatives(&rule.x, &mut slopes);
            let mut sums = [0.0; 3];
            for (i, (x, w)) in rule.x.iter().zip(&rule.w).enumerate() {
                let (w, f, f1) = (w * skew(*x), values[i], slopes[i]);
                let terms = [w * f, w * f1 * f1, w * (f * f1).powi(2)];
                sums.iter_mut()
                    .zip(terms)
                    .for_each(|(sum, term)| *sum += term);
            }
            sums
        };
        let edges = self.mesh.edges(window.0, window.1)?;
        let exact = averages(&Rule::panels(&clipped(edges, window), 1.0, 1));
        let halvings = (0..14).map(|i| COARSEST * std::f64::consts::FRAC_1_SQRT_2.powi(i));
        halvings.into_iter().find(|spacing| {
            let ours = averages(&Rule::trapezoid(*spacing, window));
            let agree = |i: usize| (ours[i] - exact[i]).abs() <= 1e-14 * exact[i].abs().max(1e-2);
            (0..3).all(agree)
        })
    }

    /// Spacing of the trapezoidal rule in `[low, high]` of the link's own argument, where it does.
    pub(crate) fn spacing(&self, low: f64, high: f64) -> Option<f64> {
        // The probe saw [-12, 12] at unit scale; nothing narrower may lie anywhere.
        let spacing = self.spacing?;
        (2.0 * self.mesh.finest(low, high)? >= spacing).then_some(spacing)
    }

    /// Largest values found of the link and its two derivatives.
    pub(super) fn largest(&self) -> [f64; 3] {
        self.mesh.largest()
    }

    /// Panels in `[low, high]` of the link's own argument.
    pub(crate) fn edges(&self, low: f64, high: f64) -> Option<Vec<f64>> {
        self.mesh
            .edges(low, high)
            .map(|edges| clipped(edges, (low, high)))
    }

    /// As [`edges`](Self::edges), merged as far as quadrature allows.
    pub(super) fn merged(&self, low: f64, high: f64) -> Option<Vec<f64>> {
        self.mesh.merged(low, high)
    }

    /// Rule for averages over `window`, in deviations, of the link under `law`.
    pub(crate) fn rule(&self, beside: Beside, law: Law, reach: f64) -> Rule {
        let reach = reach.max(beside.nearest());
        let (coarsest, widest) = beside.limits();
        let Law { mean, deviation } = law;
        let (low, high) = (mean - reach * deviation, mean + reach * deviation);
        let even = self
            .spacing(low, high)
            .map(|spacing| (spacing / deviation).min(coarsest) / f64::from(self.parts));
        let count = even.map_or(f64::INFINITY, |spacing| 2.0 * reach / spacing);
        let trapezoid = |spacing| Rule::trapezoid(spacing, (-reach, reach));
        if count <= MANY_NODES
            && let Some(spacing) = even
        {
            return trapezoid(spacing);
        }
        let panels = self
            .edges(low, high)
            .map_or_else(Rule::refused, |mut cuts| {
                cuts.iter_mut()
                    .for_each(|edge| *edge = (*edge - mean) / deviation);
                Rule::panels(&cuts, widest, self.parts)
            });
        let is_less = panels.is_refused() || count < panels.x.len() as f64;
        match even {
            Some(spacing) if is_less && count <= MOST_NODES => trapezoid(spacing),
            _ => panels,
        }
    }

    /// Spacing of the trapezoidal rule (width of panels where the link breaks) that does everywhere in
    /// ordinary use, in the link's own argument; the coarsest in `x` beside Hermite polynomials, and
    /// the nearest reach: for programs that know nothing of panels of different widths.
    pub(super) fn uniform_limits(&self) -> (f64, f64, f64) {
        let finest = || {
            self.mesh
                .finest(-2.0 * NEAREST_HERMITE, 2.0 * NEAREST_HERMITE)
        };
        let spacing = match self.spacing {
            Some(spacing) => spacing,
            None if self.breaks.is_empty() => finest().unwrap_or(0.0) / PANEL_PER_SPACING,
            None => finest().unwrap_or(0.0).min(WIDEST),
        };
        let limits = Beside::Hermite.limits();
        let coarsest = if self.breaks.is_empty() {
            limits.0
        } else {
            limits.1
        };
        (spacing, coarsest, NEAREST_HERMITE)
    }

    /// Every panel or spacing halved: how far the averages move is their discretisation error. Where
    /// that would be very many panels the same: they are trusted.
    pub(crate) fn finer(&self) -> Self {
        let window = (-NEAREST_HERMITE, NEAREST_HERMITE);
        let edges = self.mesh.edges(window.0, window.1);
        let many = edges.is_none_or(|edges| edges.len() > MANY_PANELS);
        Self {
            parts: if many { 1 } else { 2 } * self.parts,
            ..self.clone()
        }
    }

    /// Whether no trapezoidal rule does: the link breaks, or has narrow features.
    pub(super) fn is_steep(&self) -> bool {
        self.spacing.is_none()
    }

    pub(crate) fn parts(&self) -> u32 {
        self.parts
    }

    /// Where the link breaks, in its own argument.
    pub(crate) fn breaks(&self) -> &[f64] {
        &self.breaks
    }

    /// Whether the link and its derivatives are about as large as anywhere near 0 within `distance`
    /// of it, so that averages live where the Gaussian does.
    pub(crate) fn central(&self, distance: f64) -> bool {
        self.mesh.near() <= distance
    }
}

/// The same ascending edges with ends at those of the window.
fn clipped(mut edges: Vec<f64>, (low, high): (f64, f64)) -> Vec<f64> {
    edges
        .iter_mut()
        .for_each(|edge| *edge = edge.clamp(low, high));
    edges
}

/// How far the fourth-order averages of `sigma(scale x)` need the Gaussian, in deviations.
pub(crate) fn reach(link: &Link, scale: f64) -> f64 {
    let log_weight = |x: f64| {
        let size = |x: f64| {
            let (value, slope) = (link.value(scale * x), link.derivative(scale * x));
            1.0 + value * value * (1.0 + slope * slope)
        };
        size(x).max(size(-x)).ln() - 0.5 * x * x
    };
    let mut highest = f64::NEG_INFINITY;
    let mut x = 0.0;
    while x < FARTHEST {
        let here = log_weight(x);
        highest = highest.max(here);
        // e^-41 is below 1e-17; a NaN (overflow of the link) ends the search as well.
        if x >= NEAREST && (here < highest - 41.0 || here.is_nan()) {
            return x;
        }
        x += 0.5;
    }
    FARTHEST
}

/// `E[f(link, xi)]`, `xi ~ N(0,1)`.
pub fn moment(link: &Link, f: impl Fn(&Link, f64) -> f64) -> f64 {
    let law = Law {
        mean: 0.0,
        deviation: 1.0,
    };
    let rule = Resolution::of(link).rule(Beside::Hermite, law, reach(link, 1.0));
    rule.mean(|x| f(link, x))
}

/// Inner product, in four strands so that it vectorises; always in the same order.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut strands = [0.0; 4];
    let ((a4, a_rest), (b4, b_rest)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    for (x, y) in a4.iter().zip(b4) {
        for i in 0..4 {
            strands[i] += x[i] * y[i];
        }
    }
    rest + (strands[0] + strands[1]) + (strands[2] + strands[3])
}
