//! One-dimensional Gaussian averages of a link, by Gauss-Legendre panels split at its breaks.

use std::num::NonZeroUsize;
use std::sync::OnceLock;

use gauss_quad::legendre::GaussLegendre;

use crate::link::Link;

/// Nodes of a Gauss-Legendre panel.
const PANEL_NODES: usize = 16;
/// Widest panel in standard deviations: resolves the density alone, and beside He_k up to k of
/// about 800.
const WIDEST: f64 = 3.0;
const WIDEST_HERMITE: f64 = 0.5;
/// The same for the spacing of the trapezoidal rule.
const COARSEST: f64 = 0.6;
const COARSEST_HERMITE: f64 = 0.1;
/// Panel width of the same precision as a trapezoidal spacing of 1.
const PANEL_PER_SPACING: f64 = 5.0;
/// Panels or nodes of half a rule at most.
const MOST_PIECES: f64 = 1e6;
/// Beyond this many standard deviations the Gaussian itself is below 1e-300.
const FARTHEST: f64 = 37.0;
/// Nearest reach for bounded links: where the density, and where its root (which bounds
/// `He_k phi`), has lost all weight.
const NEAREST: f64 = 9.0;
const NEAREST_HERMITE: f64 = 12.0;

/// Nodes and weights of `E[f(x)]`, `x ~ N(0,1)`: the weights include the density.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// Nodes, ascending.
    pub(crate) x: Vec<f64>,
    /// Weights, `sum w = 1` to rounding.
    pub(crate) w: Vec<f64>,
}

impl Rule {
    /// Panels of at most `width` over `[-reach, reach]`, with an edge at each of `edges`, each
    /// cut into `parts`.
    pub(crate) fn new(edges: &[f64], width: f64, reach: f64, parts: u32) -> Self {
        let mut cuts: Vec<f64> = edges.iter().copied().filter(|e| e.abs() < reach).collect();
        cuts.push(-reach);
        cuts.push(reach);
        cuts.sort_by(f64::total_cmp);
        cuts.dedup_by(|a, b| (*a - *b).abs() <= f64::EPSILON * a.abs());
        let mut made = Self {
            x: Vec::new(),
            w: Vec::new(),
        };
        for pair in cuts.windows(2) {
            let panels = ((pair[1] - pair[0]) / width.min(WIDEST)).ceil().max(1.0);
            let panels = panels * f64::from(parts);
            let step = (pair[1] - pair[0]) / panels;
            for i in 0..panels as usize {
                made.panel(pair[0] + i as f64 * step, step);
            }
        }
        made
    }

    /// Trapezoidal rule over `[-reach, reach]`: for functions analytic in a strip around the real
    /// line its error falls like `exp(-2 pi d / spacing)`, `d` the strip's half-width.
    pub(crate) fn trapezoid(spacing: f64, reach: f64) -> Self {
        let half = (reach / spacing).ceil() as i64;
        let x: Vec<f64> = (-half..=half).map(|i| i as f64 * spacing).collect();
        let w = x.iter().map(|&x| spacing * density(x)).collect();
        Self { x, w }
    }

    fn panel(&mut self, start: f64, width: f64) {
        for &(node, weight) in legendre() {
            let x = start + 0.5 * width * (1.0 + node);
            self.x.push(x);
            self.w.push(0.5 * width * weight * density(x));
        }
    }

    /// `sum_i w_i f(x_i)`.
    pub(crate) fn mean(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.x.iter().zip(&self.w).map(|(&x, w)| w * f(x)).sum()
    }
}

/// Standard normal density.
pub(crate) fn density(x: f64) -> f64 {
    const NORMALISATION: f64 = 0.398_942_280_401_432_7;
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

/// What the rules need to know of a link: how fine and where it breaks.
#[derive(Debug, Clone)]
pub(crate) struct Resolution {
    /// Panel width, or spacing of the trapezoidal rule when there is no break.
    fineness: f64,
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

impl Resolution {
    /// Refines until a rule over [-12, 12] integrates the link, its squared slope and the square
    /// of their product to rounding.
    pub(crate) fn of(link: &Link) -> Self {
        let breaks: Vec<f64> = link.breaks().iter().map(|b| b.at).collect();
        let start = if breaks.is_empty() { COARSEST } else { WIDEST };
        let mut made = Self {
            fineness: start,
            breaks,
            parts: 1,
        };
        let mut coarse = made.probe(link);
        for _ in 0..14 {
            let finer = Self {
                fineness: made.fineness * std::f64::consts::FRAC_1_SQRT_2,
                breaks: made.breaks.clone(),
                parts: 1,
            };
            let fine = finer.probe(link);
            let agree = |i: usize| (coarse[i] - fine[i]).abs() <= 1e-14 * fine[i].abs().max(1e-2);
            if (0..3).all(agree) {
                break;
            }
            (made, coarse) = (finer, fine);
        }
        made
    }

    /// Averages against a weight with no symmetry, so that no error cancels by parity.
    fn probe(&self, link: &Link) -> [f64; 3] {
        let rule = self.cut(&[], 1.0, NEAREST_HERMITE, f64::INFINITY);
        let skew = |x: f64| 1.0 + 0.3 * (0.37 * x + 0.2).sin();
        [
            rule.mean(|x| link.value(x) * skew(x)),
            rule.mean(|x| link.derivative(x).powi(2) * skew(x)),
            rule.mean(|x| (link.value(x) * link.derivative(x)).powi(2) * skew(x)),
        ]
    }

    /// Rule for `E[f(sigma(scale x))]`, `x ~ N(0,1)`, over `[-reach, reach]`, split at the breaks
    /// and at `edges`, no coarser than `limit`.
    fn cut(&self, edges: &[f64], scale: f64, reach: f64, limit: f64) -> Rule {
        let fineness = (self.fineness / scale).min(limit);
        if fineness < reach / MOST_PIECES {
            // Weights so large that the link is a step at this scale: refuse by NaN, which every
            // caller reports, rather than fill the memory.
            return Rule {
                x: vec![0.0],
                w: vec![f64::NAN],
            };
        }
        if self.breaks.is_empty() && edges.is_empty() {
            return Rule::trapezoid(fineness / f64::from(self.parts), reach);
        }
        let width = if self.breaks.is_empty() {
            PANEL_PER_SPACING * fineness
        } else {
            fineness
        };
        let mut all: Vec<f64> = self.breaks.iter().map(|b| b / scale).collect();
        all.extend_from_slice(edges);
        Rule::new(&all, width, reach, self.parts)
    }

    /// Rule for averages of `sigma(scale x)`, split at the breaks and at `edges`;
    /// `reach` from the function of that name.
    pub(crate) fn rule(&self, beside: Beside, scale: f64, reach: f64, edges: &[f64]) -> Rule {
        let (_, limit, nearest) = self.steps(beside);
        self.cut(edges, scale, reach.max(nearest), limit)
    }

    /// Fineness in the link's own argument, the coarsest in `x`, the nearest reach.
    pub(super) fn steps(&self, beside: Beside) -> (f64, f64, f64) {
        let smooth = self.breaks.is_empty();
        let (limit, nearest) = match beside {
            Beside::Density if smooth => (COARSEST, NEAREST),
            Beside::Density => (WIDEST, NEAREST),
            Beside::Hermite if smooth => (COARSEST_HERMITE, NEAREST_HERMITE),
            Beside::Hermite => (WIDEST_HERMITE, NEAREST_HERMITE),
        };
        (self.fineness, limit, nearest)
    }

    /// Width of panels of this fineness, in the link's own argument.
    pub(super) fn panels(&self) -> f64 {
        if self.breaks.is_empty() {
            PANEL_PER_SPACING * self.fineness
        } else {
            self.fineness
        }
    }

    /// Both resolutions at once, for a function of `sigma_1(scale_1 x)` and `sigma_2(scale_2 x)`:
    /// breaks and fineness of the second are added to the first.
    pub(crate) fn with(&self, scale: f64, other: &Self, other_scale: f64) -> Self {
        let mut breaks: Vec<f64> = self.breaks.iter().map(|b| b / scale).collect();
        breaks.extend(other.breaks.iter().map(|b| b / other_scale));
        let fineness = if breaks.is_empty() {
            (self.fineness / scale).min(other.fineness / other_scale)
        } else {
            (self.panels() / scale).min(other.panels() / other_scale)
        };
        Self {
            fineness,
            breaks,
            parts: self.parts,
        }
    }

    /// Every panel or spacing halved: how far the averages move is their discretisation error.
    pub(crate) fn finer(&self) -> Self {
        Self {
            parts: 2 * self.parts,
            ..self.clone()
        }
    }

    /// The same fineness for a caller that brings the breaks as edges of its own.
    pub(crate) fn without_breaks(&self) -> Self {
        let fineness = if self.breaks.is_empty() {
            self.fineness
        } else {
            self.fineness / PANEL_PER_SPACING
        };
        Self {
            fineness,
            breaks: Vec::new(),
            parts: self.parts,
        }
    }

    /// Where the link breaks, in its own argument.
    pub(crate) fn breaks(&self) -> &[f64] {
        &self.breaks
    }
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
    let rule = Resolution::of(link).rule(Beside::Hermite, 1.0, reach(link, 1.0), &[]);
    rule.mean(|x| f(link, x))
}

/// Coefficients `a_k` of `sigma = sum_k a_k He_k`, that is `a_k = E[sigma(xi) He_k(xi)] / k!`,
/// for `k = 0 .. count - 1`.
pub fn hermite_coefficients(link: &Link, count: usize) -> Vec<f64> {
    let mut root_factorial = 1.0;
    let mut made = normalised_projections(link, 1.0, count);
    for (k, a) in made.iter_mut().enumerate() {
        if k > 0 {
            root_factorial *= (k as f64).sqrt();
        }
        *a /= root_factorial;
    }
    made
}

/// Hermite projections `c_k(q) = E[sigma(sqrt(q) xi) He_k(xi)]` at self-overlap `q > 0`, for
/// `k = 0 .. count - 1` (docs/theory.md, section 7).
pub fn hermite_projections(link: &Link, q: f64, count: usize) -> Vec<f64> {
    let mut root_factorial = 1.0;
    let mut made = normalised_projections(link, q.sqrt(), count);
    for (k, c) in made.iter_mut().enumerate() {
        if k > 0 {
            root_factorial *= (k as f64).sqrt();
        }
        *c *= root_factorial;
    }
    made
}

/// `E[sigma(scale xi) He_k(xi)] / sqrt(k!)`.
fn normalised_projections(link: &Link, scale: f64, count: usize) -> Vec<f64> {
    let rule = Resolution::of(link).rule(Beside::Hermite, scale, reach(link, scale), &[]);
    let z: Vec<f64> = rule.x.iter().map(|x| scale * x).collect();
    let mut values = vec![0.0; z.len()];
    link.values(&z, &mut values);
    let weighted: Vec<f64> = values.iter().zip(&rule.w).map(|(v, w)| v * w).collect();
    let mut made = vec![0.0; count];
    HermiteTable::new(&rule.x).project(count, |k, h| made[k] = dot(&weighted, h));
    made
}

/// Normalised Hermite functions `h_k = He_k / sqrt(k!)` on fixed nodes, one order at a time.
pub(crate) struct HermiteTable<'a> {
    x: &'a [f64],
    current: Vec<f64>,
    before: Vec<f64>,
    order: usize,
}

impl<'a> HermiteTable<'a> {
    pub(crate) fn new(x: &'a [f64]) -> Self {
        Self {
            x,
            current: vec![1.0; x.len()],
            before: vec![0.0; x.len()],
            order: 0,
        }
    }

    /// The values of `h_k` for the current order `k`.
    pub(crate) fn values(&self) -> &[f64] {
        &self.current
    }

    /// Goes on to the next order: `h_{k+1} = (x h_k - sqrt(k) h_{k-1}) / sqrt(k+1)`.
    pub(crate) fn advance(&mut self) {
        let k = self.order as f64;
        let (down, up) = (k.sqrt(), 1.0 / (k + 1.0).sqrt());
        for ((before, current), x) in self.before.iter_mut().zip(&self.current).zip(self.x) {
            *before = (x * current - down * *before) * up;
        }
        std::mem::swap(&mut self.before, &mut self.current);
        self.order += 1;
    }

    /// Calls `f(k, h_k)` for `k < count`.
    pub(crate) fn project(mut self, count: usize, mut f: impl FnMut(usize, &[f64])) {
        for k in 0..count {
            f(k, &self.current);
            self.advance();
        }
    }
}

/// Inner product, in four strands so that it vectorises; always in the same order.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut strands = [0.0; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a4
        .remainder()
        .iter()
        .zip(b4.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in a4.zip(b4) {
        for i in 0..4 {
            strands[i] += x[i] * y[i];
        }
    }
    rest + (strands[0] + strands[1]) + (strands[2] + strands[3])
}
