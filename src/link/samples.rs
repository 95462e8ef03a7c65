//! Links from any function of Rust: fitted once by Chebyshev polynomials on adaptive pieces.

use std::f64::consts::PI;
use std::sync::Arc;

use super::Link;
use super::error::LinkError;
use super::expression::Expr;
use super::inner::Inner;
use super::interpolant::{Interpolant, checksum, series, slope};
use crate::numeral::plain;

/// Where a function is sampled if nothing else is said: Gaussian averages have their weight there.
pub const SAMPLED: (f64, f64) = (-40.0, 40.0);
/// To which part of its largest value.
pub const SAMPLED_TO: f64 = 1e-12;

/// Degree of a piece.
const DEGREE: usize = 16;
/// Pieces to begin with, so that features of two thousandths of the interval are seen.
const FIRST: usize = 32;
/// Where features are narrow in what people make up.
const MIDDLE: (f64, f64) = (-4.0, 4.0);
/// Distance of the points at which the function is looked at there besides.
const PROBE: f64 = 1.0 / 2048.0;
/// Most pieces.
const MOST: usize = 4096;
/// Tolerances that make sense: a piece of rounded values is no closer than a few roundings.
const TOLERANCES: std::ops::RangeInclusive<f64> = 1e-13..=1e-2;
/// Narrowest piece, relative to `1 + |x|`; what does not settle there has a kink or jumps.
const NARROWEST: f64 = 1e-9;
/// A change over the narrowest piece, relative to the largest value, that is called a jump: kinks change by less.
const JUMP: f64 = 1e-3;
/// Part of the tolerance that a piece may take: joining it with its neighbours moves it by up to a
/// hundred times its deviation.
const OWN: f64 = 1.0 / 256.0;
/// Deviations that may be roundings of the function, which join without harm, as part of the tolerance
/// and of the largest value.
const ROUNDED: (f64, f64) = (0.25, 1e-13);
/// Coefficients at the end below this, relative to the largest value on a piece, are rounding, which
/// derivatives would enlarge.
const ROUNDING: f64 = 2e-16;

impl Link {
    /// A fit of the function `f` on `interval`, which is all that is kept of it; outside it goes on
    /// along straight lines with the value and the slope of the ends.
    ///
    /// Pieces of degree 16 are halved until the fit is within `tolerance` times the largest `|f|` at
    /// points between those it goes through, and joined so that value and slope are continuous.
    /// A kink is kept where halving the interval meets it (0 of a symmetric one), and becomes a
    /// [break](Self::breaks). [`fit_error`](Link::fit_error) is the largest deviation that was found: it
    /// does not see features narrower than 0.0005 between -4 and 4, and than two thousandths of the
    /// interval elsewhere, which may be missed. Links of equal fits are equal.
    ///
    /// ```
    /// use lorode::link::Link;
    ///
    /// let link = Link::from_samples(|x: f64| x.tanh(), (-12.0, 12.0), 1e-13)?;
    /// assert!((link.value(0.3) - 0.3_f64.tanh()).abs() < 1e-13);
    /// assert!(link.fit_error().is_some_and(|error| error <= 1e-13));
    /// assert!(Link::from_samples(f64::ln, (-1.0, 1.0), 1e-9).is_err());
    /// # Ok::<(), lorode::link::LinkError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`LinkError::Setting`] when the interval is empty or not finite, or the tolerance is outside `[1e-13, 1e-2]`;
    /// [`LinkError::Samples`] when `f` is not finite somewhere, jumps, or has a kink elsewhere; and what [`Link::parse`] refuses of a function.
    pub fn from_samples(
        f: impl Fn(f64) -> f64,
        interval: (f64, f64),
        tolerance: f64,
    ) -> Result<Self, LinkError> {
        let (low, high) = interval;
        let refusal = |argument: &str, value: String, allowed: &str| LinkError::Setting {
            argument: argument.to_owned(),
            value,
            allowed: allowed.to_owned(),
        };
        if !(low < high && (high - low).is_finite()) {
            let (value, allowed) = (
                format!("({}, {})", plain(low), plain(high)),
                "two finite numbers a finite distance apart, the end above the beginning",
            );
            return Err(refusal("interval", value, allowed));
        }
        if !TOLERANCES.contains(&tolerance) {
            let allowed = "a number from 1e-13 to 1e-2";
            return Err(refusal("tolerance", plain(tolerance), allowed));
        }
        let fit = fitted(&f, interval, tolerance)?;
        let numbers = fit.pieces.iter().flatten().chain(&fit.edges).copied();
        let (sum, count) = (checksum(numbers), fit.pieces.len());
        let name = format!("samples({count} pieces from {low} to {high}, checksum {sum})");
        let inner = Inner::of(name.clone(), name.clone(), &fit.expression(&name))?;
        Ok(Self(Arc::new(Inner {
            fit_error: Some(fit.error()),
            summed: true,
            ..inner
        })))
    }

    /// The largest deviation found between a link of [samples](Link::from_samples) and its function, at
    /// the points where it was looked for: what lies between them it does not see. `None` for all other links.
    pub fn fit_error(&self) -> Option<f64> {
        self.0.fit_error
    }
}

/// Pieces that join, and the largest deviation found.
struct Fit {
    edges: Vec<f64>,
    pieces: Vec<Vec<f64>>,
    /// The function between the points that each piece goes through: places in `[-1, 1]`, and values.
    between: Vec<Vec<(f64, f64)>>,
    /// Edges at which the slope jumps.
    kinks: Vec<usize>,
}

impl Fit {
    /// Smooth parts, chosen between at the kinks.
    fn expression(&self, name: &str) -> Expr {
        let ends = [&[0], self.kinks.as_slice(), &[self.pieces.len()]].concat();
        let part = |ends: &[usize]| {
            let (from, to) = (ends[0], ends[1]);
            let name = if self.kinks.is_empty() {
                name.to_owned()
            } else {
                format!("{name}, part {from}")
            };
            let edges = self.edges[from..=to].to_vec();
            let function = Interpolant::new(&name, edges, self.pieces[from..to].to_vec());
            Expr::call(Arc::new(function), Expr::x())
        };
        let mut parts = ends.windows(2).map(part).rev();
        let last = parts.next().unwrap_or_else(Expr::x);
        let kinks = self.kinks.iter().rev();
        kinks.zip(parts).fold(last, |right, (kink, left)| {
            let side = Expr::subtract(Expr::x(), Expr::number(self.edges[*kink]));
            Expr::choose(side, left, right)
        })
    }

    fn error(&self) -> f64 {
        let pieces = self.pieces.iter().zip(&self.between);
        pieces
            .map(|(piece, y)| deviation(piece, y))
            .fold(0.0, f64::max)
    }
}

/// The largest one of a piece from the function between its points.
fn deviation(piece: &[f64], between: &[(f64, f64)]) -> f64 {
    let gaps = between.iter().map(|(t, y)| (y - series(piece, *t)).abs());
    gaps.fold(0.0, f64::max)
}

fn fitted(
    f: &dyn Fn(f64) -> f64,
    (low, high): (f64, f64),
    tolerance: f64,
) -> Result<Fit, LinkError> {
    let edge = |i: usize| low + (high - low) * i as f64 / FIRST as f64;
    let mut waiting: Vec<(f64, f64)> = (0..FIRST).rev().map(|i| (edge(i), edge(i + 1))).collect();
    let mut size = 0.0_f64;
    for (a, b) in waiting.iter().rev() {
        size = size.max(largest(&sampled(f, (*a, *b), 0.0)?));
    }
    let probes = probes(f, (low, high))?;
    size = size.max(largest(&probes));
    let mut fit = Fit {
        edges: vec![low],
        pieces: Vec::new(),
        between: Vec::new(),
        kinks: Vec::new(),
    };
    let allowed = (OWN * tolerance).max((ROUNDED.0 * tolerance).min(ROUNDED.1)) * size;
    while let Some((a, b)) = waiting.pop() {
        let piece = through(&sampled(f, (a, b), 0.0)?);
        let mut between = sampled(f, (a, b), 0.5)?;
        let middle = 0.5 * (a + b);
        let probed = within(&probes, (a, b));
        // Roundings of so many points are let through; what was missed is seen all the same.
        if deviation(&piece, &between) <= allowed
            && deviation(&piece, &probed) <= ROUNDED.0 * tolerance * size
        {
            between.extend(probed);
            fit.edges.push(b);
            fit.pieces.push(piece);
            fit.between.push(between);
            continue;
        }
        let is_narrow = b - a <= NARROWEST * (1.0 + middle.abs());
        if is_narrow || fit.pieces.len() + waiting.len() >= MOST {
            let reason = match is_narrow && (f(b) - f(a)).abs() > JUMP * size {
                true => {
                    "the function jumps near there, which no samples tell: write it as an expression, as in sign(x), \
                    piecewise(x < 0: -1; 1) or tanh(x) + step(x), as a teacher's link"
                }
                false => {
                    "the function does not become smooth on small pieces near there: give a larger tolerance, or an \
                    interval that halving divides at the kink"
                }
            };
            return Err(LinkError::Samples { at: middle, reason });
        }
        waiting.extend([(middle, b), (a, middle)]);
    }
    join(&mut fit, tolerance * size);
    Ok(fit)
}

/// The function at evenly spaced points of the middle.
fn probes(f: &dyn Fn(f64) -> f64, (low, high): (f64, f64)) -> Result<Vec<(f64, f64)>, LinkError> {
    let count = ((MIDDLE.1 - MIDDLE.0) / PROBE) as usize;
    let points = (0..count).map(|i| MIDDLE.0 + PROBE * (i as f64 + 0.5));
    let inside = points.filter(|x| (low..=high).contains(x));
    inside.map(|x| Ok((x, value(f, x)?))).collect()
}

/// The probes in a piece, with their places in `[-1, 1]`.
fn within(probes: &[(f64, f64)], (a, b): (f64, f64)) -> Vec<(f64, f64)> {
    let from = probes.partition_point(|(x, _)| *x < a);
    let to = probes.partition_point(|(x, _)| *x <= b);
    let place = |x: f64| (2.0 * x - a - b) / (b - a);
    let inside = probes[from..to].iter();
    inside.map(|(x, y)| (place(*x), *y)).collect()
}

fn largest(points: &[(f64, f64)]) -> f64 {
    points.iter().fold(0.0, |size, (_, y)| size.max(y.abs()))
}

/// `cos(pi j / DEGREE)`: the points of a piece, and between them.
fn node(j: f64) -> f64 {
    (PI * j / DEGREE as f64).cos()
}

/// The function at the points of a piece, all moved by `shift`: places in `[-1, 1]` as they were rounded, and values.
fn sampled(
    f: &dyn Fn(f64) -> f64,
    (a, b): (f64, f64),
    shift: f64,
) -> Result<Vec<(f64, f64)>, LinkError> {
    let count = if shift > 0.0 { DEGREE } else { DEGREE + 1 };
    let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
    let at = |j: usize| middle + half * node(j as f64 + shift);
    let point = |x: f64| Ok(((x - middle) / half, value(f, x)?));
    (0..count).map(|j| point(at(j))).collect()
}

/// Chebyshev coefficients of the polynomial through the points of a piece. Their places were rounded, which moves the
/// values of a steep function by more than its own roundings: they are moved back along its slope.
fn through(points: &[(f64, f64)]) -> Vec<f64> {
    let values: Vec<f64> = points.iter().map(|(_, y)| *y).collect();
    let steepness = slope(&coefficients(&values), 1.0);
    let moved = points.iter().enumerate();
    let moved = moved.map(|(j, (t, y))| y + series(&steepness, *t) * (node(j as f64) - t));
    coefficients(&moved.collect::<Vec<f64>>())
}

fn value(f: &dyn Fn(f64) -> f64, at: f64) -> Result<f64, LinkError> {
    let reason = "the function has no finite value there";
    Some(f(at))
        .filter(|y| y.is_finite())
        .ok_or(LinkError::Samples { at, reason })
}

/// Chebyshev coefficients of the polynomial through values at the points of a piece, those at the
/// end left out that are rounding.
fn coefficients(values: &[f64]) -> Vec<f64> {
    let largest = values.iter().fold(0.0_f64, |size, y| size.max(y.abs()));
    let rounding = ROUNDING * largest;
    let ends = |j: usize| if j == 0 || j == DEGREE { 0.5 } else { 1.0 };
    let coefficient = |k: usize| {
        let terms = values.iter().enumerate();
        // cos(pi j k / DEGREE) has the period 2 DEGREE in j k.
        let wave = |j: usize| node((j * k % (2 * DEGREE)) as f64);
        let sum: f64 = terms.map(|(j, y)| ends(j) * y * wave(j)).sum();
        2.0 / DEGREE as f64 * ends(k) * sum
    };
    let mut all: Vec<f64> = (0..=DEGREE).map(coefficient).collect();
    while all.len() > 1 && all.last().is_some_and(|c| c.abs() <= rounding) {
        all.pop();
    }
    all
}

/// Makes values and slopes the same on both sides of the edges between pieces: the mean, by a cubic
/// added to each piece; not the slopes where that would move the fit by more than `allowed`.
fn join(fit: &mut Fit, allowed: f64) {
    let half: Vec<f64> = fit.edges.windows(2).map(|e| 0.5 * (e[1] - e[0])).collect();
    let jet = |i: usize, t: f64| {
        let piece = &fit.pieces[i];
        [series(piece, t), series(&slope(piece, half[i]), t)]
    };
    // What is missing at both ends of every piece.
    let mut missing = vec![[[0.0; 2]; 2]; half.len()];
    for i in 1..half.len() {
        let (left, right) = (jet(i - 1, 1.0), jet(i, -1.0));
        let mut gap = [0, 1].map(|order| 0.5 * (right[order] - left[order]));
        // A slope at one end moves the cubic by up to 8/27 of it.
        if 0.3 * gap[1].abs() * half[i].max(half[i - 1]) > allowed {
            fit.kinks.push(i);
            gap[1] = 0.0;
        }
        missing[i - 1][1] = gap;
        missing[i][0] = gap.map(|gap| -gap);
    }
    for ((piece, half), [low, high]) in fit.pieces.iter_mut().zip(half).zip(missing) {
        let more = cubic(low[0], low[1] * half, high[0], high[1] * half);
        piece.resize(piece.len().max(more.len()), 0.0);
        piece.iter_mut().zip(more).for_each(|(c, more)| *c += more);
    }
}

/// Chebyshev coefficients of the cubic with these values and slopes at -1 and 1.
fn cubic(low: f64, low_slope: f64, high: f64, high_slope: f64) -> [f64; 4] {
    // a0 + a2 t^2 and a1 t + a3 t^3.
    let a2 = 0.25 * (high_slope - low_slope);
    let a0 = 0.5 * (high + low) - a2;
    let rise = 0.5 * (high - low);
    let a3 = 0.5 * (0.5 * (high_slope + low_slope) - rise);
    let a1 = rise - a3;
    [a0 + 0.5 * a2, a1 + 0.75 * a3, 0.5 * a2, 0.25 * a3]
}
