//! The general kernel made fast: local interpolants of the series, built where they are used.
//!
//! The plane of (cosine, q) is cut into octaves of `q`, each bisected until the averages are
//! resolved, and each column then bisected in the cosine. A patch costs tens of microseconds to
//! build and tens of nanoseconds to evaluate. Places that no patch resolves, and pairs
//! whose kinks can meet, are evaluated directly.

use super::patch::{self, Bisection, Interval, NODES, Patch};
use super::series::{NoiseSlice, SeriesKernel, Slice};
use super::{AlignedKernel, Drift, Kernel, KernelErrors, Noise, Overlaps, Route, floor};

/// Interpolation error allowed, relative to the largest value on the patch.
const TOLERANCE: f64 = 1e-13;
/// Octaves of `q` that are tabulated: 2^-64 to 2^32; outside, evaluation is direct.
const FIRST_OCTAVE: i64 = -64;
const OCTAVES: usize = 96;
/// Halvings of an octave of `q`, and of the cosine's interval: fewest (smaller pieces are cheaper
/// than an attempt that fails) and most.
const SHALLOWEST_COLUMN: u32 = 1;
const DEEPEST_COLUMN: u32 = 5;
const SHALLOWEST_CELL: u32 = 1;
const DEEPEST_CELL: u32 = 7;
/// Cosines at which a column is checked for resolution in `q`.
const PROBES: [f64; 4] = [-0.97, -0.3, 0.6, 1.0];

/// A family of functions of (cosine, q), sampled one `q` at a time.
trait Sampler<const F: usize> {
    type Slice;
    fn slice(&self, q: f64) -> Self::Slice;
    /// Whether the series converges at cosine `c`: only then are samples cheap enough for a patch
    /// to pay off within one trajectory.
    fn converged(&self, slice: &Self::Slice, c: f64) -> bool;
    fn sample(&self, slice: &Self::Slice, at: &Overlaps) -> [f64; F];
}

/// Coordinates of the angle between `w` and `omega*`: the averages are smooth functions of the
/// angle, hence of its cosine in the middle and of its sine towards the two aligned limits.
#[derive(Debug, Clone, Copy)]
enum Chart {
    Aligned,
    Middle,
    Opposed,
}

/// `cos(pi/4)`, where the charts meet.
const MEETING: f64 = std::f64::consts::FRAC_1_SQRT_2;

impl Chart {
    /// The chart of a point and its coordinate in [0, 1] there.
    fn of(at: &Overlaps) -> (Self, f64) {
        let inverse = 1.0 / at.q;
        let sine2 = at.residual * inverse;
        if sine2 > 0.5 {
            let c = at.m * inverse.sqrt();
            return (Self::Middle, (0.5 + 0.5 * c / MEETING).clamp(0.0, 1.0));
        }
        let chart = if at.m > 0.0 {
            Self::Aligned
        } else {
            Self::Opposed
        };
        (chart, (sine2.sqrt() / MEETING).min(1.0))
    }

    /// The largest `|cosine|` on an interval of the coordinate.
    fn largest_cosine(self, place: Interval) -> f64 {
        let (low, high) = (place.low, place.low + place.width);
        match self {
            Self::Middle => MEETING * (2.0 * low - 1.0).abs().max((2.0 * high - 1.0).abs()),
            Self::Aligned | Self::Opposed => (1.0 - (MEETING * low).powi(2)).sqrt(),
        }
    }

    /// The point with coordinate `t` in [0, 1] and self-overlap `q`.
    fn overlaps(self, t: f64, q: f64) -> Overlaps {
        match self {
            Self::Middle => Overlaps::from_cosine(MEETING * (2.0 * t - 1.0), q),
            Self::Aligned | Self::Opposed => {
                let sine = MEETING * t;
                let m = (q * (1.0 - sine) * (1.0 + sine)).sqrt();
                Overlaps {
                    m: if matches!(self, Self::Aligned) { m } else { -m },
                    q,
                    residual: q * sine * sine,
                }
            }
        }
    }
}

/// Patches of one family.
#[derive(Debug)]
struct Surface<S, const F: usize> {
    octaves: Vec<Bisection<Column<S, F>>>,
}

#[derive(Debug)]
struct Column<S, const F: usize> {
    /// One slice per Chebyshev node in `q`; empty where `q` is not resolved.
    slices: Vec<S>,
    /// Lower end of the octave, and the part of it that this column covers.
    base: f64,
    place: Interval,
    charts: [Bisection<Option<Box<Patch<F>>>>; 3],
}

impl<S, const F: usize> Surface<S, F> {
    /// Without octaves nothing is interpolated.
    fn new(octaves: usize) -> Self {
        Self {
            octaves: (0..octaves).map(|_| Bisection::new()).collect(),
        }
    }

    /// The patch that holds `at` and the local coordinates there; `None` where no patch is good
    /// enough.
    fn find(
        &self,
        family: &impl Sampler<F, Slice = S>,
        at: &Overlaps,
    ) -> Option<(&Patch<F>, f64, f64)> {
        let bits = at.q.to_bits();
        let exponent = (bits >> 52) as i64 - 1023;
        let octave = self
            .octaves
            .get(usize::try_from(exponent - FIRST_OCTAVE).ok()?)?;
        let base = f64::from_bits(((exponent + 1023) as u64) << 52);
        let (column, y) = octave.find(at.q / base - 1.0, |place| {
            Column::build(family, base, place)
        });
        if column.slices.is_empty() {
            return None;
        }
        let (chart, t) = Chart::of(at);
        let (patch, x) =
            column.charts[chart as usize].find(t, |place| column.cell(family, chart, place));
        patch.as_ref().map(|patch| (&**patch, x, y))
    }
}

impl<S, const F: usize> Column<S, F> {
    fn build(family: &impl Sampler<F, Slice = S>, base: f64, place: Interval) -> Option<Self> {
        if place.depth < SHALLOWEST_COLUMN {
            return None;
        }
        let slices: Vec<S> = (0..NODES)
            .map(|j| family.slice(Self::self_overlap(base, place, j)))
            .collect();
        let converged = |c: &&f64| slices.iter().all(|s| family.converged(s, **c));
        let resolved = PROBES.iter().filter(converged).all(|&c| {
            let samples: [[f64; F]; NODES] = std::array::from_fn(|j| {
                let q = Self::self_overlap(base, place, j);
                family.sample(&slices[j], &Overlaps::from_cosine(c, q))
            });
            resolved(&samples)
        });
        (resolved || place.depth >= DEEPEST_COLUMN).then(|| Self {
            slices: if resolved { slices } else { Vec::new() },
            base,
            place,
            charts: [Bisection::new(), Bisection::new(), Bisection::new()],
        })
    }

    fn self_overlap(base: f64, place: Interval, j: usize) -> f64 {
        base * (1.0 + place.point(patch::node(j)))
    }

    /// `Some(None)`: to be evaluated directly. `None`: to be halved.
    fn cell(
        &self,
        family: &impl Sampler<F, Slice = S>,
        chart: Chart,
        place: Interval,
    ) -> Option<Option<Box<Patch<F>>>> {
        if place.depth < SHALLOWEST_CELL {
            return None;
        }
        let c = chart.largest_cosine(place);
        if !self.slices.iter().all(|s| family.converged(s, c)) {
            return (place.depth >= DEEPEST_CELL).then_some(None);
        }
        let values = std::array::from_fn(|j| {
            let q = Self::self_overlap(self.base, self.place, j);
            std::array::from_fn(|i| {
                let at = chart.overlaps(place.point(patch::node(i)), q);
                family.sample(&self.slices[j], &at)
            })
        });
        match Patch::new(&values, TOLERANCE) {
            Some(patch) => Some(Some(patch)),
            None => (place.depth >= DEEPEST_CELL).then_some(None),
        }
    }
}

/// Whether the Chebyshev coefficients in `q` of every function have decayed.
fn resolved<const F: usize>(samples: &[[f64; F]; NODES]) -> bool {
    let (mut tail, mut largest) = ([0.0_f64; F], [0.0_f64; F]);
    for f in 0..F {
        let coefficients = patch::chebyshev(&samples.map(|v| v[f])).map(f64::abs);
        let most = |c: &[f64]| c.iter().fold(0.0_f64, |m, c| m.max(*c));
        (tail[f], largest[f]) = (most(&coefficients[NODES - 2..]), most(&coefficients));
    }
    let mut pairs = tail.iter().zip(patch::scales(largest));
    pairs.all(|(tail, scale)| *tail <= TOLERANCE * scale)
}

/// Interpolants of a [`SeriesKernel`]: drift and loss on one set of patches, noise on another,
/// so that a flow without noise never pays for it.
#[derive(Debug)]
pub(super) struct InterpolatedKernel {
    exact: SeriesKernel,
    /// `alpha`, `beta`, loss.
    flow: Surface<Slice, 3>,
    /// Noise signal, slope power.
    noise: Surface<NoiseSlice, 2>,
}

struct FlowOf<'a>(&'a SeriesKernel);
struct NoiseOf<'a>(&'a SeriesKernel);

impl Sampler<3> for FlowOf<'_> {
    type Slice = Slice;
    fn slice(&self, q: f64) -> Slice {
        self.0.slice(q)
    }
    fn converged(&self, slice: &Slice, c: f64) -> bool {
        slice.converged(c)
    }
    fn sample(&self, slice: &Slice, at: &Overlaps) -> [f64; 3] {
        let Drift { alpha, beta } = self.0.drift_in(slice, at);
        [alpha, beta, self.0.loss_in(slice, at)]
    }
}

impl Sampler<2> for NoiseOf<'_> {
    type Slice = NoiseSlice;
    fn slice(&self, q: f64) -> NoiseSlice {
        self.0.noise_slice(q)
    }
    fn converged(&self, slice: &NoiseSlice, c: f64) -> bool {
        slice.converged(c)
    }
    fn sample(&self, slice: &NoiseSlice, at: &Overlaps) -> [f64; 2] {
        let Noise { signal, slope } = self.0.noise_in(slice, at);
        [signal, slope]
    }
}

impl InterpolatedKernel {
    pub(super) fn new(exact: SeriesKernel) -> Self {
        let octaves = if exact.kinks_meet() { 0 } else { OCTAVES };
        Self {
            exact,
            flow: Surface::new(octaves),
            noise: Surface::new(octaves),
        }
    }
}

impl Kernel for InterpolatedKernel {
    fn route(&self, at: &Overlaps) -> Route {
        match self.flow.find(&FlowOf(&self.exact), at) {
            Some(_) => Route::Interpolated,
            None => Route::Quadrature,
        }
    }

    fn drift(&self, at: &Overlaps) -> Drift {
        match self.flow.find(&FlowOf(&self.exact), at) {
            Some((patch, x, y)) => Drift {
                alpha: patch.value(0, x, y),
                beta: patch.value(1, x, y),
            },
            None => self.exact.quadrature(at).drift(),
        }
    }

    fn noise(&self, at: &Overlaps) -> Noise {
        match self.noise.find(&NoiseOf(&self.exact), at) {
            Some((patch, x, y)) => Noise {
                signal: floor(patch.value(0, x, y)),
                slope: patch.value(1, x, y),
            },
            None => self.exact.quadrature(at).noise(),
        }
    }

    fn loss(&self, at: &Overlaps) -> f64 {
        match self.flow.find(&FlowOf(&self.exact), at) {
            Some((patch, x, y)) => floor(patch.value(2, x, y)),
            None => self.exact.quadrature_loss(at),
        }
    }

    fn loss_profile(&self, q: f64, cosines: &[f64]) -> Vec<f64> {
        self.exact.loss_profile(q, cosines)
    }

    fn aligned(&self) -> &AlignedKernel {
        self.exact.aligned()
    }

    fn errors(&self, at: &Overlaps) -> KernelErrors {
        let flow = self.flow.find(&FlowOf(&self.exact), at);
        let noise = self.noise.find(&NoiseOf(&self.exact), at);
        let sampled = (flow.is_some() || noise.is_some()).then(|| self.exact.errors(at));
        let direct = (flow.is_none() || noise.is_none()).then(|| self.exact.quadrature_errors(at));
        let mut made = direct.or(sampled).unwrap_or_default();
        if let (Some((patch, _, _)), Some(sampled)) = (flow, sampled) {
            made.alpha = sampled.alpha + patch.error(0);
            made.beta = sampled.beta + patch.error(1);
            made.loss = sampled.loss + patch.error(2);
        }
        if let (Some((patch, _, _)), Some(sampled)) = (noise, sampled) {
            made.signal = sampled.signal + patch.error(0);
            made.slope = sampled.slope + patch.error(1);
        }
        made
    }
}
