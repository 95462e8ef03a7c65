//! Patches sampled by quadrature, where the Hermite series of a pair is long: near `m^2 = q`, for
//! links that bend within a small part of their argument.
//!
//! The plane of (angle, `q`) is cut into half octaves of the sine, the first of which reaches down to
//! 0 from where both links are smooth, and octaves of `q`, halved until the averages are resolved.
//! What depends on the angle alone, [`Table`]s of the teacher, is shared by all `q`.

use std::sync::OnceLock;

use super::{FIRST_OCTAVE, OCTAVES, strict};
use crate::expectation::Overlaps;
use crate::expectation::chart::{Chart, MEETING};
use crate::expectation::chebyshev_patch::{self, Allowed, Bisection, Interval, node};
use crate::expectation::quadrature::{self, Averages, Table};
use crate::expectation::series::SeriesKernel;

/// Averages of a point: `alpha`, `beta`, loss, noise signal, slope power.
pub(super) const COUNT: usize = 5;
/// Nodes along each side of a patch.
const NODES: usize = 12;
/// Half octaves of the sine at most.
const HALVES: usize = 80;
/// Pieces of the middle chart.
const PIECES: usize = 4;
/// Halvings of an octave of `q` at most: narrow features of both links may meet at one `q`.
const DEEPEST: u32 = 10;
/// Halvings of a piece of the angle at most.
const NARROWEST: u32 = 4;
/// Smaller first pieces that are tried.
const ATTEMPTS: usize = 8;
/// The first piece, relative to the width at which links bend.
const FIRST: f64 = 0.25;
/// It begins at a multiple of so many half octaves, so that it is often the same for several `q`.
const STEP: f64 = 4.0;
/// Rounding errors, in parts of their bounds.
const TYPICAL: f64 = 0.01;
/// Reaches, in deviations, for which tables are made.
const REACHES: [f64; 4] = [9.0, 13.0, 20.0, 37.0];

/// A patch of all averages.
pub(super) type Patch = chebyshev_patch::Patch<COUNT, NODES>;

/// A piece of the half circle of angles.
#[derive(Debug, Clone, Copy)]
enum Piece {
    /// Piece of the middle chart.
    Middle(usize),
    /// Sines from `2^(-(k+1)/2)` to `2^(-k/2)`.
    Half(Chart, usize),
    /// Sines from 0 to `2^(-k/2)`.
    First(Chart, usize),
}

impl Piece {
    const ALL: usize = PIECES + 4 * HALVES;

    fn index(self) -> usize {
        match self {
            Self::Middle(i) => i,
            Self::Half(chart, k) => PIECES + HALVES * Self::side(chart) + k,
            Self::First(chart, k) => PIECES + HALVES * (2 + Self::side(chart)) + k,
        }
    }

    fn side(chart: Chart) -> usize {
        usize::from(matches!(chart, Chart::Opposed))
    }

    /// The point with local coordinate `x` in [-1, 1] and self-overlap `q`.
    fn overlaps(self, x: f64, q: f64) -> Overlaps {
        let t = 0.5 * (1.0 + x);
        match self {
            Self::Middle(i) => Chart::Middle.overlaps((i as f64 + t) / PIECES as f64, q),
            Self::Half(chart, k) => {
                let sine = (-0.5 * (k as f64 + t)).exp2();
                chart.overlaps(sine / MEETING, q)
            }
            Self::First(chart, k) => {
                let sine = (-0.5 * k as f64).exp2() * t;
                chart.overlaps(sine / MEETING, q)
            }
        }
    }
}

/// Where a point is looked for: pieces in turn, each with the local coordinate there.
fn pieces(at: &Overlaps, first: usize) -> impl Iterator<Item = (Piece, f64)> {
    let (chart, t) = Chart::of(at);
    let middle = matches!(chart, Chart::Middle);
    let halves = -2.0 * at.sine().log2();
    let tries = if middle { 1 } else { ATTEMPTS };
    // From here on it is the same half octave.
    let last = (halves.max(0.0) as usize).saturating_add(1).max(first);
    let piece = move |k: usize| {
        if middle {
            let t = t * PIECES as f64;
            let i = (t as usize).min(PIECES - 1);
            return (Piece::Middle(i), 2.0 * (t - i as f64) - 1.0);
        }
        if halves < k as f64 {
            let i = halves.max(1.0).floor();
            return (Piece::Half(chart, i as usize), 2.0 * (halves - i) - 1.0);
        }
        let sine = at.sine() * (0.5 * k as f64).exp2();
        (Piece::First(chart, k), 2.0 * sine - 1.0)
    };
    (first..HALVES.min(first + tries).min(last.saturating_add(1))).map(piece)
}

/// All patches of a pair.
#[derive(Debug)]
pub(super) struct Sampled {
    strips: Vec<OnceLock<Strip>>,
    /// The first piece of each octave of `q`.
    firsts: Vec<OnceLock<usize>>,
}

/// One piece of angles, or a part of it.
#[derive(Debug)]
struct Strip {
    piece: Piece,
    place: Interval,
    halves: OnceLock<Box<[Strip; 2]>>,
    tables: [OnceLock<Vec<Option<Table>>>; REACHES.len()],
    octaves: Vec<Bisection<Option<Box<Patch>>>>,
    /// Rounding errors of the samples by octaves of `q`.
    rounding: Vec<OnceLock<[f64; COUNT]>>,
}

impl Sampled {
    pub(super) fn new() -> Self {
        Self {
            strips: (0..Piece::ALL).map(|_| OnceLock::new()).collect(),
            firsts: (0..OCTAVES).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The patch that holds `at` and the local coordinates there; `None` where no patch is good
    /// enough.
    pub(super) fn find(&self, pair: &SeriesKernel, at: &Overlaps) -> Option<(&Patch, f64, f64)> {
        let log = at.q.log2();
        let octave = usize::try_from(log.floor() as i64 - FIRST_OCTAVE).ok()?;
        let first = *self.firsts.get(octave)?.get_or_init(|| first(pair, octave));
        pieces(at, first).find_map(|(piece, x)| {
            let whole = || Strip::new(piece, Interval::WHOLE);
            let mut strip = self.strips[piece.index()].get_or_init(whole);
            let t = 0.5 * (1.0 + x);
            loop {
                let (patch, y) = strip.octaves[octave]
                    .find(log - log.floor(), |place| strip.patch(pair, octave, place));
                if let Some(patch) = patch {
                    return Some((&**patch, strip.place.local(t), y));
                }
                strip = strip.half(t)?;
            }
        })
    }
}

/// The first piece has to be smaller than where the sine is felt.
fn first(pair: &SeriesKernel, octave: usize) -> usize {
    let width = pair.width(self_overlap(octave, 0.5)).unwrap_or(0.0);
    let halves = (-2.0 * (FIRST * width).log2()).ceil();
    let few = (halves / STEP).ceil() * STEP;
    few.clamp(1.0, (HALVES - ATTEMPTS) as f64) as usize
}

/// The self-overlap at `t` in [0, 1] of an octave.
fn self_overlap(octave: usize, t: f64) -> f64 {
    ((octave as i64 + FIRST_OCTAVE) as f64 + t).exp2()
}

impl Strip {
    fn new(piece: Piece, place: Interval) -> Self {
        Self {
            piece,
            place,
            halves: OnceLock::new(),
            tables: [const { OnceLock::new() }; REACHES.len()],
            octaves: (0..OCTAVES).map(|_| Bisection::new()).collect(),
            rounding: (0..OCTAVES).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The half that holds `t`; `None` where halving has an end, or smaller first pieces are tried instead.
    fn half(&self, t: f64) -> Option<&Self> {
        if self.place.depth >= NARROWEST || matches!(self.piece, Piece::First(..)) {
            return None;
        }
        let places = self.place.halves();
        let made = || Box::new(places.map(|place| Self::new(self.piece, place)));
        Some(&self.halves.get_or_init(made)[usize::from(t >= places[1].low)])
    }

    /// The point with local coordinate `x` in [-1, 1] and self-overlap `q`.
    fn overlaps(&self, x: f64, q: f64) -> Overlaps {
        self.piece.overlaps(2.0 * self.place.point(x) - 1.0, q)
    }

    /// Tables of the teacher at all nodes of the angle.
    fn tables(&self, pair: &SeriesKernel, q: f64) -> Option<&[Option<Table>]> {
        let needed = quadrature::reach(&pair.teacher, &pair.student, q);
        let (class, &reach) = REACHES.iter().enumerate().find(|(_, r)| **r >= needed)?;
        let made = self.tables[class].get_or_init(|| {
            let table = |i: usize| {
                let at = self.overlaps(node::<NODES>(i), 1.0);
                quadrature::table(&pair.teacher, &at, reach)
            };
            (0..NODES).map(table).collect()
        });
        Some(made)
    }

    /// `Some(None)`: to be evaluated otherwise. `None`: to be halved in `q`.
    fn patch(
        &self,
        pair: &SeriesKernel,
        octave: usize,
        place: Interval,
    ) -> Option<Option<Box<Patch>>> {
        let sample = |i: usize, j: usize| -> [f64; COUNT] {
            let q = self_overlap(octave, place.point(node::<NODES>(j)));
            let at = self.overlaps(node::<NODES>(i), q);
            let table = self.tables(pair, q).and_then(|tables| tables[i].as_ref());
            let all = quadrature::averages(&pair.teacher, &pair.student, &at, table);
            values(pair, &all)
        };
        let allowed = |exact: bool| {
            if exact {
                return strict();
            }
            let absolute = self.rounding[octave].get_or_init(|| self.rounded(pair, octave));
            Allowed {
                absolute: absolute.map(|bound| TYPICAL * bound),
                ..strict()
            }
        };
        let resolved = |c: &[[f64; COUNT]; NODES]| {
            [true, false]
                .iter()
                .any(|exact| allowed(*exact).resolved(c))
        };
        // The smallest and the largest sine show what is narrow in q, one q what is narrow in the angle.
        let ends: [[[f64; COUNT]; NODES]; 2] =
            [0, NODES - 1].map(|i| std::array::from_fn(|j| sample(i, j)));
        if !ends.iter().all(resolved) {
            return (place.depth >= DEEPEST).then_some(None);
        }
        let row = |j: usize| -> [[f64; COUNT]; NODES] {
            std::array::from_fn(|i| match i {
                0 => ends[0][j],
                _ if i == NODES - 1 => ends[1][j],
                _ => sample(i, j),
            })
        };
        let middle = row(NODES / 2);
        if !resolved(&middle) {
            return Some(None);
        }
        let rows = std::array::from_fn(|j| if j == NODES / 2 { middle } else { row(j) });
        let patch = |exact| Patch::new(&rows, &allowed(exact));
        Some(patch(true).or_else(|| patch(false)))
    }

    /// Rounding errors in the middle of an octave of `q`, of which interpolation cannot be better.
    fn rounded(&self, pair: &SeriesKernel, octave: usize) -> [f64; COUNT] {
        let at = self.overlaps(0.0, self_overlap(octave, 0.5));
        let sizes = quadrature::rounding_errors(&pair.teacher, &pair.student, &at);
        [
            sizes.alpha,
            sizes.beta,
            sizes.product + 0.5 * sizes.square,
            sizes.signal,
            sizes.slope,
        ]
    }
}

fn values(pair: &SeriesKernel, all: &Averages) -> [f64; COUNT] {
    let (drift, noise) = (all.drift(), all.noise());
    [
        drift.alpha,
        drift.beta,
        pair.loss_of(all),
        noise.signal,
        noise.slope,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expectation::interpolated::InterpolatedKernel;
    use crate::expectation::{Kernel, Route};

    fn pair(teacher: &str, student: &str) -> InterpolatedKernel {
        let [teacher, student] = [teacher, student].map(|text| text.parse().unwrap());
        InterpolatedKernel::new(SeriesKernel::new(&teacher, &student))
    }

    /// Sines from 2^-24 to 1 and 0, self-overlaps from 1/8 to 2.
    fn points() -> impl Iterator<Item = Overlaps> {
        (0..40).map(|i| {
            let part = |k: f64| (f64::from(i) * k).fract();
            let sine = match i % 10 {
                0 => 0.0,
                _ => (-24.0 * part(0.618_033_988_7)).exp2(),
            };
            let q = (-3.0 + 4.0 * part(0.414_213_562_4)).exp2();
            let m = (q * (1.0 - sine) * (1.0 + sine)).sqrt();
            Overlaps {
                m: if i % 3 == 0 { -m } else { m },
                q,
                residual: q * sine * sine,
            }
        })
    }

    #[test]
    fn patches_agree_with_quadrature_at_every_angle() {
        for (teacher, student) in [
            ("tanh(10*x)", "tanh(10*x)"),
            ("tanh(200*x)", "tanh(200*x)"),
            ("tanh(30*(x-0.3))", "tanh(5*x)"),
            ("sign", "tanh"),
            ("tanh(20*x)", "relu(x-0.5)"),
            ("max(x,0.1*x)+0.2*sin(x)", "max(x,0.1*x)+0.2*sin(x)"),
        ] {
            let kernel = pair(teacher, student);
            for at in points() {
                let exact = kernel.exact.quadrature(&at);
                let (drift, noise) = (kernel.drift(&at), kernel.noise(&at));
                let (drifts, noises) = (exact.drift(), exact.noise());
                let size = drifts.alpha.abs() + drifts.beta.abs();
                let power = noises.signal + noises.slope;
                let loss = kernel.exact.loss_of(&exact);
                for (ours, direct, scale) in [
                    (drift.alpha, drifts.alpha, size),
                    (drift.beta, drifts.beta, size),
                    (kernel.loss(&at), loss, size + 1.0),
                    (noise.signal, noises.signal, power),
                    (noise.slope, noises.slope, power),
                ] {
                    assert!(
                        (ours - direct).abs() <= 1e-13 * scale,
                        "{teacher} -> {student} at {at:?}: {ours:e} against {direct:e}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_point_of_a_steep_link_has_a_patch() {
        let kernel = pair("tanh(200*x)", "tanh(200*x)");
        let near = points().filter(|at| at.sine() < 0.5);
        for at in near {
            assert_eq!(kernel.route(&at), Route::Interpolated, "{at:?}");
        }
    }
}
