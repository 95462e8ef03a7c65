//! Where a link bends: panels, in its own argument, on each of which it is a polynomial to rounding.
//!
//! A panel is trusted when the analytic continuations of the link and of its two derivatives are
//! bounded, in a disk around it, by little more than their values on it: Gauss-Legendre quadrature of
//! a function bounded by `M` in the ellipse of parameter `rho` is off by `M rho^(-2n)`. Other panels
//! are halved, so that narrow features and cusps are found wherever they are, whatever the samples
//! say. What cancels is held against its terms instead, as far as their rounding goes: nothing narrower can be seen
//! there. Panels are made once per link, shell by shell as far out as a scale needs.

use std::sync::OnceLock;

use super::chebyshev_patch::{chebyshev, node};
use super::larger;
use crate::link::Link;

/// The innermost shell is `[-CORE, CORE]`; every further one doubles the range.
const CORE: f64 = 5.0;
const SHELLS: usize = 512;
/// Panels of a side of a shell at most.
const MOST: usize = 1 << 14;
/// Radius of the disk in half widths, and how much larger than on the panel a function may be there.
/// With ellipses of parameter 8, 5, 16, 3.5 and 16 nodes, products of four such are good to 1e-16.
const DISKS: [(f64, f64); 4] = [(4.0625, 600.0), (2.6, 25.0), (8.03, 1e5), (1.893, 2.0)];
/// Where a panel is looked at, in half widths from its middle.
const LOOKS: [f64; 5] = [-0.97, -0.5, 0.0, 0.5, 0.97];
/// Narrowest panel: towards a cusp at 0, and relative to the distance from 0 elsewhere.
const NARROWEST: f64 = 1e-33;
const ROUNDING: f64 = 4e-15;
/// Parts of the largest central value that still need resolution: where only small self-overlaps
/// look, relative to anything; where only large ones do, as errors add up with the centre.
const FAINT: f64 = 1e-60;
/// What is below this is on its way to underflow.
const VANISHING: f64 = 1e-280;
const FAINT_FAR: f64 = 1e-6;
const FAR: f64 = 40.0;
/// Part of the terms of a function that cancel which it is held against where it is smaller: rounding leaves far less.
const TERMS: f64 = 1.0 / 64.0;
/// Part of them that their rounding may reach at nodes.
const NOISE: f64 = 1e-15;
/// Part of the largest central value that counts in an ordinary average.
const COUNTS: f64 = 1e-18;

/// Distance from a break, in widths, within which panels are narrow because of it.
const GRADED: f64 = 8.0;
/// Only panels narrower than this, next to a cusp, are left as they are where they do not weigh.
const CUSP: f64 = 1e-9;
/// Part of the largest value, over a unit length, that an integral has to be to count.
const WEIGHS: f64 = 1e-19;
/// Nodes that a merged panel has to be resolved by, and last coefficients that show that it is: products of functions
/// with these are integrated to twice as many digits.
const MERGED: usize = 16;
const LAST: f64 = 1e-9;
/// Part of the largest value that is about as large: growing links are central, those are not that
/// vanish near 0.
const CENTRAL: f64 = 1e-6;

/// A way to fill a block with values of a link.
type Fill = fn(&Link, &[f64], &mut [f64]);
const BLOCKS: [Fill; 3] = [Link::values, Link::derivatives, Link::second_derivatives];

/// A panel `[low, high]`.
#[derive(Debug, Clone, Copy)]
struct Panel {
    low: f64,
    high: f64,
    /// Whether what is on it counts in an average that sees the centre as well.
    counts: bool,
}

#[derive(Debug)]
struct Shell {
    /// Below and above 0, each ascending.
    sides: [Vec<Panel>; 2],
    /// Left ends of those panels merged, made when asked for.
    merged: [OnceLock<Vec<f64>>; 2],
    /// False where there would have to be more panels than allowed.
    resolved: bool,
}

/// The panels of a link.
#[derive(Debug)]
pub(crate) struct Mesh {
    link: Link,
    breaks: Vec<f64>,
    /// Largest values of the link and its derivatives in the core.
    largest: [f64; 3],
    shells: Vec<OnceLock<Shell>>,
    near: OnceLock<f64>,
}

impl Mesh {
    pub(crate) fn of(link: &Link) -> Self {
        let mut made = Self {
            link: link.clone(),
            breaks: link.seams(),
            largest: [0.0; 3],
            shells: (0..SHELLS).map(|_| OnceLock::new()).collect(),
            near: OnceLock::new(),
        };
        for i in -40..40 {
            let low = CORE / 40.0 * f64::from(i);
            let sizes = made.sizes(low, low + CORE / 40.0);
            for (largest, size) in made.largest.iter_mut().zip(sizes) {
                *largest = largest.max(size);
            }
        }
        made
    }

    /// Largest values found of the link and its two derivatives in the core.
    pub(crate) fn largest(&self) -> [f64; 3] {
        self.largest
    }

    /// Edges of the panels that overlap `[low, high]`, ascending; `None` where the link cannot be
    /// resolved with a bearable number of them.
    pub(crate) fn edges(&self, low: f64, high: f64) -> Option<Vec<f64>> {
        let mut edges = Vec::new();
        self.visit(low, high, |panel| edges.push(panel.low))?;
        edges.push(high);
        Some(edges)
    }

    /// Width of the narrowest panel in `[low, high]` that counts in an ordinary average.
    pub(crate) fn finest(&self, low: f64, high: f64) -> Option<f64> {
        let mut finest = f64::INFINITY;
        self.visit(low, high, |panel| {
            if panel.counts {
                finest = finest.min(panel.high - panel.low);
            }
        })?;
        Some(finest)
    }

    /// Width of the narrowest panel in `[low, high]` that counts and is not narrow because a break is near;
    /// infinite where the link cannot be resolved.
    pub(crate) fn feature(&self, low: f64, high: f64) -> f64 {
        let mut finest = f64::INFINITY;
        let seen = self.visit(low, high, |panel| {
            let width = panel.high - panel.low;
            let apart = |b: &f64| (panel.low - b).max(b - panel.high) > GRADED * width;
            if panel.counts && width < finest && self.breaks.iter().all(apart) {
                finest = width;
            }
        });
        seen.map_or(f64::INFINITY, |()| finest)
    }

    /// The distance from 0 at which the link and both derivatives have come near their largest values
    /// in the first two shells, those left out that vanish there; infinite where all do.
    pub(crate) fn near(&self) -> f64 {
        *self.near.get_or_init(|| {
            let mut found: Vec<(f64, [f64; 3])> = Vec::new();
            let seen = self.visit(-end(1), end(1), |p| {
                let distance = p.low.abs().min(p.high.abs());
                found.push((distance, self.sizes(p.low, p.high)));
            });
            if seen.is_none() {
                return 0.0;
            }
            let reached = |i: usize| {
                let largest = found.iter().fold(0.0, |m: f64, (_, s)| m.max(s[i]));
                let near = found.iter().filter(|(_, s)| s[i] >= CENTRAL * largest);
                let distance = near.fold(f64::INFINITY, |d, (near, _)| d.min(*near));
                (largest > 0.0).then_some(distance)
            };
            let all = (0..3).filter_map(reached);
            all.reduce(f64::max).unwrap_or(f64::INFINITY)
        })
    }

    /// As [`edges`](Self::edges), of neighbouring panels that are merged while quadrature resolves the link and its
    /// derivatives on them. Nothing narrower than a panel can hide there, so that samples show whether it does.
    pub(crate) fn merged(&self, low: f64, high: f64) -> Option<Vec<f64>> {
        let mut edges = vec![low];
        self.shells_between(low, high, |shell, side| {
            let made = shell.merged[side].get_or_init(|| self.merge(&shell.sides[side]));
            edges.extend(made.iter().filter(|edge| **edge > low && **edge < high));
        })?;
        edges.push(high);
        Some(edges)
    }

    /// The left ends of what panels are merged to: longer and longer runs of them as long as these are resolved.
    fn merge(&self, panels: &[Panel]) -> Vec<f64> {
        let mut edges = Vec::new();
        let mut next = 0;
        while let Some(first) = panels.get(next) {
            edges.push(first.low);
            next += 1;
            let mut step = 1;
            while step > 0 {
                let last = panels.get(next + step - 1);
                if last.is_some_and(|last| self.resolved(first, last)) {
                    next += step;
                    step *= 2;
                } else {
                    step /= 2;
                }
            }
        }
        edges
    }

    /// Whether the nodes of one panel resolve the link and its derivatives from one panel to another.
    fn resolved(&self, first: &Panel, last: &Panel) -> bool {
        if self.breaks.iter().any(|b| *b > first.low && *b < last.high) {
            return false;
        }
        let (middle, half) = (0.5 * (first.low + last.high), 0.5 * (last.high - first.low));
        let x: [f64; MERGED] = std::array::from_fn(|i| middle + half * node::<MERGED>(i));
        let most = |c: &[f64]| c.iter().fold(0.0, |m, c| larger(m, c.abs()));
        let mut terms = None;
        (0..BLOCKS.len()).all(|i| {
            let mut y = [0.0; MERGED];
            BLOCKS[i](&self.link, &x, &mut y);
            let c = chebyshev(&y);
            let last = most(&c[MERGED - 2..]);
            last <= LAST * most(&c).max(FAINT * self.largest[i])
                || last <= NOISE * terms.get_or_insert_with(|| self.link.terms(middle))[i]
        })
    }

    /// Calls `f` with every panel that overlaps `[low, high]`, from left to right.
    fn visit(&self, low: f64, high: f64, mut f: impl FnMut(Panel)) -> Option<()> {
        self.shells_between(low, high, |shell, side| {
            let inside = shell.sides[side]
                .iter()
                .filter(|p| p.high > low && p.low < high);
            inside.for_each(|p| f(*p));
        })
    }

    /// Calls `f` with every side of a shell that overlaps `[low, high]`, from left to right.
    fn shells_between(&self, low: f64, high: f64, mut f: impl FnMut(&Shell, usize)) -> Option<()> {
        let needed = low.abs().max(high.abs());
        let last = (0..SHELLS).find(|i| end(*i) >= needed)?;
        let places = (0..=last).rev().map(|i| (i, 0));
        for (i, side) in places.chain((0..=last).map(|i| (i, 1))) {
            let (near, far) = (start(i), end(i));
            let (a, b) = if side == 0 {
                (-far, -near)
            } else {
                (near, far)
            };
            if b <= low || a >= high {
                continue;
            }
            let shell = self.shells.get(i)?.get_or_init(|| self.shell(i));
            if !shell.resolved {
                return None;
            }
            f(shell, side);
        }
        Some(())
    }

    fn shell(&self, i: usize) -> Shell {
        let (near, far) = (start(i), end(i));
        let sides = [(-far, -near), (near, far)].map(|(a, b)| self.side(a, b));
        let resolved = sides.iter().all(|s| s.len() <= MOST);
        Shell {
            sides,
            merged: [const { OnceLock::new() }; 2],
            resolved,
        }
    }

    fn side(&self, low: f64, high: f64) -> Vec<Panel> {
        let mut cuts = vec![high];
        cuts.extend(self.breaks.iter().rev().filter(|b| **b > low && **b < high));
        let mut made: Vec<Panel> = Vec::new();
        let mut low = low;
        while let Some(&high) = cuts.last() {
            let middle = 0.5 * (low + high);
            let sizes = self.sizes(low, high);
            let narrowest = NARROWEST.max(ROUNDING * low.abs().min(high.abs()));
            let width = high - low;
            let weighs = width > narrowest && (width > CUSP || self.weighs(width, sizes));
            if weighs && !self.trusted(middle, 0.5 * width, sizes) {
                cuts.push(middle);
            } else {
                cuts.pop();
                let both = sizes.iter().zip(&self.largest);
                made.push(Panel {
                    low,
                    high,
                    counts: both.clone().any(|(size, most)| *size > COUNTS * most),
                });
                low = high;
                if made.len() > MOST {
                    break;
                }
            }
        }
        made
    }

    /// Whether the integrals of the link and of its slope squared over a panel count for anything; its
    /// bend is integrated by parts where it is not bounded.
    fn weighs(&self, width: f64, sizes: [f64; 3]) -> bool {
        let most = self.largest.map(|l| WEIGHS * l);
        width * sizes[0] > most[0] || width * sizes[1] * sizes[1] > most[1] * self.largest[1]
    }

    /// Largest values found on a panel.
    fn sizes(&self, low: f64, high: f64) -> [f64; 3] {
        let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
        let x = LOOKS.map(|look| middle + half * look);
        BLOCKS.map(|fill| {
            let mut y = [0.0; LOOKS.len()];
            fill(&self.link, &x, &mut y);
            let finite = y.iter().filter(|y| y.is_finite());
            finite.fold(0.0, |most: f64, y| most.max(y.abs()))
        })
    }

    fn trusted(&self, middle: f64, half: f64, sizes: [f64; 3]) -> bool {
        let faint = if middle.abs() > FAR { FAINT_FAR } else { FAINT };
        let mut terms = None;
        DISKS.iter().any(|(radius, factor)| {
            let bounds = self.link.bounds(middle, radius * half);
            let enough = |i: usize| sizes[i].max(faint * self.largest[i]).max(VANISHING);
            if bounds.iter().any(|bound| bound.is_infinite()) {
                return false;
            }
            let terms = &mut terms;
            (0..3).all(|i| {
                bounds[i] <= factor * enough(i)
                    || bounds[i]
                        <= factor * TERMS * terms.get_or_insert_with(|| self.link.terms(middle))[i]
            })
        })
    }
}

/// Where shell `i` begins and ends, in distance from 0.
fn start(i: usize) -> f64 {
    if i == 0 { 0.0 } else { end(i - 1) }
}

fn end(i: usize) -> f64 {
    CORE * (i as f64).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[low, high]` in panels: how many, and the narrowest.
    fn panels(text: &str, reach: f64) -> (usize, f64) {
        let mesh = Mesh::of(&text.parse().unwrap());
        let edges = mesh.edges(-reach, reach).unwrap();
        let widths = edges.windows(2).map(|e| e[1] - e[0]);
        (edges.len() - 1, widths.fold(f64::INFINITY, f64::min))
    }

    #[test]
    fn panels_are_few_where_nothing_bends_and_narrow_where_something_does() {
        for (text, most, narrowest) in [
            ("relu", 20, 1.0),
            ("tanh", 60, 0.2),
            ("he3", 60, 0.1),
            ("gelu", 300, 0.1),
            ("tanh(200*x)", 120, 1e-3),
            ("exp(-1e6*(x-0.31)^2)", 300, 1e-4),
            ("x+exp(-1e6*(x-0.31)^2)", 300, 1e-4),
            ("tanh(500*(x-1.234))", 200, 4e-4),
            ("1/(1+100*(x-0.5)^2)", 120, 1e-2),
            ("sin(1e3*x)", 40_000, 1e-3),
            ("1e-7*exp(-1e6*(x-7.31)^2)+x^2", 300, 1e-4),
            ("x*sigmoid(x)", 100, 0.1),
            ("tanh(2*tanh(x)+x)", 200, 0.03),
            ("abs(x)^1.5", 400, 1e-16),
            ("x-gelu(x)", 300, 0.1),
            ("silu(x)-silu(-x)", 100, 0.1),
            ("softplus(x)-relu(x)", 100, 0.1),
            ("sqrt(1e-10+(x-0.4)^2)", 400, 1e-7),
            ("tanh(1e4*(x-0.3))-tanh(1e4*(x-0.4))", 500, 1e-6),
        ] {
            let (count, width) = panels(text, 10.0);
            assert!(count <= most, "{text}: {count} panels");
            assert!(width >= narrowest, "{text}: {width:e}");
        }
    }
}
