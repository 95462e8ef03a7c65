//! The teacher at several angles as functions of `x = z / sqrt(q)`, on panels that they share: all that averages of a
//! pair need of it, at any `q` and for any student.

use super::envelope::Envelope;
use super::{Given, Overlaps, SHARP};
use crate::expectation::chebyshev_patch::{chebyshev, node};
use crate::expectation::piecewise::Smoothed;
use crate::expectation::prepared_link::Side;

/// Order of the polynomials on a panel.
pub(in crate::expectation) const ORDER: usize = 16;
/// Widest panel, in deviations.
const WIDEST: f64 = 2.0;
/// Panels that may be looked at; what needs more is averaged point by point.
const MOST_PANELS: usize = 10_000;
/// Parts of a panel in which something that happens is seen by its nodes.
const SEEN: f64 = 8.0;
/// The same at an end of a panel, where they are close.
const SEEN_AT_END: f64 = 32.0;
/// Blurs beyond which nothing is felt of a break.
const FELT: f64 = 9.0;
/// Halvings of a panel in which nothing can hide.
const DEEPEST: u32 = 6;
/// Last coefficients allowed, relative to the largest on the panel, or to this part of the largest
/// value there is.
const TOLERANCE: f64 = 2e-15;
const FAINT: f64 = 0.05;
/// Or relative to what rounding of `x` moves.
const MOVED: f64 = 4.0 * f64::EPSILON;

/// `E[sigma*]`, `E[sigma*^2]`, `E[sigma*']` of the teacher given `x`, at some angles.
#[derive(Debug)]
pub(in crate::expectation) struct Taught {
    /// Ends of the panels, ascending.
    pub(in crate::expectation) edges: Vec<f64>,
    pub(in crate::expectation) angles: Vec<AtAngle>,
}

/// The three functions at one angle, panel by panel.
#[derive(Debug, Default)]
pub(in crate::expectation) struct AtAngle {
    /// Chebyshev coefficients, [`ORDER`] for each panel.
    pub(in crate::expectation) coefficients: [Vec<f64>; 3],
    /// What rounding errors are proportional to on each panel, and what its last coefficients say is missing.
    pub(in crate::expectation) sizes: [Vec<f64>; 3],
    pub(in crate::expectation) missing: [Vec<f64>; 3],
}

/// Chebyshev coefficients of the three functions on a panel, and what rounding of `x` moves.
type Sampled = ([[f64; ORDER]; 3], [f64; 3]);

/// A part of the line.
#[derive(Clone, Copy)]
struct Panel {
    low: f64,
    high: f64,
    /// Halvings since nothing can hide in it.
    depth: u32,
}

/// Where something happens: narrow panels of the teacher, as seen from `x`, and its breaks.
struct Features {
    narrow: Vec<(f64, f64)>,
    breaks: Vec<f64>,
    /// What they are smoothed over at the sharpest angle, and how far they are felt at the bluntest.
    blur: f64,
    felt: f64,
}

impl Taught {
    /// At some angles between two ends, in deviations, the second one farther out; `None` where that takes too many panels, or the teacher
    /// jumps where the conditional law is a point.
    pub(in crate::expectation) fn new(
        teacher: &Side,
        angles: &[Overlaps],
        range: [f64; 2],
    ) -> Option<Self> {
        let reach = range[1];
        let given = angles.iter().map(|at| Given::new(teacher, at, reach));
        let given: Vec<Given> = given.collect();
        let sharpest = given.iter().min_by(|a, b| a.sine.total_cmp(&b.sine))?;
        if sharpest.sine < SHARP {
            return None;
        }
        let bluntest = given.iter().map(|given| given.sine / given.cosine);
        let bluntest = bluntest.fold(0.0, |b: f64, next| b.max(next.abs()));
        let features = Features::of(sharpest, bluntest, reach)?;
        let [value, slope, _] = teacher.resolution.largest();
        // A jump of the value is in the slope.
        let jumps: f64 = teacher.link.breaks().iter().map(|b| b.jump.abs()).sum();
        let largest = [value, value * value, slope + jumps];
        let mut made = Self {
            edges: vec![range[0]],
            angles: given.iter().map(|_| AtAngle::default()).collect(),
        };
        let envelope = Envelope::of(reach);
        let mut waiting = features.first_panels(range);
        let mut looked = 0;
        while let Some(panel) = waiting.pop() {
            looked += 1;
            if looked + waiting.len() > MOST_PANELS {
                return None;
            }
            let weight = envelope.beyond(panel.nearest());
            if weight > TOLERANCE && features.hide_in(&panel) {
                waiting.extend(panel.halves(0));
                continue;
            }
            let Some(sampled) = panel.sampled(&given, &largest, weight) else {
                waiting.extend(panel.halves(panel.depth + 1));
                continue;
            };
            made.edges.push(panel.high);
            for (angle, (c, moved)) in made.angles.iter_mut().rev().zip(&sampled) {
                angle.push(c, moved);
            }
        }
        let finite = |angle: &AtAngle| angle.sizes.iter().flatten().all(|s| s.is_finite());
        made.angles.iter().all(finite).then_some(made)
    }
}

impl AtAngle {
    /// Adds a panel.
    fn push(&mut self, coefficients: &[[f64; ORDER]; 3], moved: &[f64; 3]) {
        for f in 0..3 {
            self.coefficients[f].extend(coefficients[f]);
            let size = coefficients[f].iter().map(|c| c.abs()).sum::<f64>();
            self.sizes[f].push(size + moved[f]);
            let last = &coefficients[f][ORDER - 2..];
            self.missing[f].push(last.iter().map(|c| c.abs()).sum());
        }
    }
}

/// Whether the last coefficients are at the level of what rounding of `x` moves, as far as they weigh.
fn decayed(
    coefficients: &[[f64; ORDER]; 3],
    largest: &[f64; 3],
    moved: &[f64; 3],
    weight: f64,
) -> bool {
    let most = |c: &[f64]| c.iter().fold(0.0_f64, |m, c| m.max(c.abs()));
    (0..3).all(|f| {
        let c = &coefficients[f];
        let size = most(c).max(FAINT * largest[f]);
        let allowed = TOLERANCE / weight * size + MOVED * moved[f];
        most(&c[ORDER - 2..]) <= allowed
    })
}

impl Panel {
    /// The upper half first, to be taken last.
    fn halves(&self, depth: u32) -> [Self; 2] {
        let middle = 0.5 * (self.low + self.high);
        let part = |low, high| Self { low, high, depth };
        [part(middle, self.high), part(self.low, middle)]
    }

    /// The distance from 0 of what is nearest to it.
    fn nearest(&self) -> f64 {
        self.low.max(-self.high).max(0.0)
    }

    /// The coefficients at all angles, the last ones first, which are sharpest mostly, and what rounding moves them by; `None`
    /// where the panel is too wide for one of them.
    fn sampled(&self, given: &[Given], largest: &[f64; 3], weight: f64) -> Option<Vec<Sampled>> {
        let sample = |given: &Given| {
            let made = self.coefficients(given);
            let moved = self.moved(&made, given.cosine);
            let enough = self.depth >= DEEPEST || decayed(&made, largest, &moved, weight);
            enough.then_some((made, moved))
        };
        given.iter().rev().map(sample).collect()
    }

    /// How the functions change with `x`, times `x`: rounding moves them by parts of that.
    fn moved(&self, coefficients: &[[f64; ORDER]; 3], cosine: f64) -> [f64; 3] {
        let sum = |c: &[f64; ORDER]| c.iter().map(|c| c.abs()).sum::<f64>();
        let terms = coefficients[2].iter().enumerate();
        let changes = terms.map(|(k, c)| k as f64 * c.abs()).sum::<f64>();
        let farthest = self.low.abs().max(self.high.abs());
        let moved = farthest * cosine.abs() * sum(&coefficients[2]);
        let bent = farthest * changes * 2.0 / (self.high - self.low);
        [moved, 2.0 * sum(&coefficients[0]) * moved, bent]
    }

    fn coefficients(&self, given: &Given) -> [[f64; ORDER]; 3] {
        let (middle, half) = (0.5 * (self.low + self.high), 0.5 * (self.high - self.low));
        let samples: [Smoothed; ORDER] =
            std::array::from_fn(|i| given.at(middle + half * node::<ORDER>(i)));
        let parts: [fn(&Smoothed) -> f64; 3] = [|s| s.value, |s| s.square, |s| s.slope];
        parts.map(|part| chebyshev(&samples.each_ref().map(part)))
    }
}

impl Features {
    fn of(given: &Given, bluntest: f64, reach: f64) -> Option<Self> {
        let range = reach * given.cosine.abs();
        let edges = given.teacher.resolution.merged(-range, range)?;
        let mut seen = given.smoothed(&edges);
        seen.sort_by(f64::total_cmp);
        let images = given.teacher.resolution.breaks().iter();
        Some(Self {
            narrow: seen.windows(2).map(|pair| (pair[0], pair[1])).collect(),
            breaks: images
                .map(|b| b / given.cosine)
                .filter(|x| x.abs() < reach)
                .collect(),
            blur: (given.sine / given.cosine).abs(),
            felt: FELT * bluntest,
        })
    }

    /// Panels between the breaks, the last ones first.
    fn first_panels(&self, [low, high]: [f64; 2]) -> Vec<Panel> {
        let mut cuts = self.breaks.clone();
        let beside = self
            .breaks
            .iter()
            .flat_map(|b| [b - self.felt, b + self.felt]);
        cuts.extend(beside);
        cuts.retain(|x| *x > low && *x < high);
        cuts.extend([low, high]);
        cuts.sort_by(f64::total_cmp);
        let mut panels = Vec::new();
        for pair in cuts.windows(2).filter(|pair| pair[1] > pair[0]).rev() {
            let count = ((pair[1] - pair[0]) / WIDEST).ceil();
            let edge = |i: f64| pair[0] + (pair[1] - pair[0]) * (i / count);
            panels.extend((0..count as usize).rev().map(|i| Panel {
                low: edge(i as f64),
                high: edge(i as f64 + 1.0),
                depth: 0,
            }));
        }
        panels
    }

    /// Whether something may happen in a panel between its nodes.
    fn hide_in(&self, panel: &Panel) -> bool {
        let width = panel.high - panel.low;
        let overlap = |(low, high): &(f64, f64)| *high > panel.low && *low < panel.high;
        let narrow = |(low, high): &(f64, f64)| SEEN * (high - low) < width;
        let hidden = |part: &(f64, f64)| overlap(part) && narrow(part);
        let break_beside = |b: &f64| {
            let apart = (panel.low - b).max(b - panel.high);
            SEEN_AT_END * self.blur < width && apart <= self.blur
        };
        self.narrow.iter().any(hidden) || self.breaks.iter().any(break_beside)
    }
}
