//! The general kernel made fast: local interpolants of the series, built where they are used.
//!
//! The plane of (cosine, q) is cut into octaves of `q`, each bisected until the averages are
//! resolved, and each column then bisected in the cosine. A patch costs tens of microseconds to
//! build and tens of nanoseconds to evaluate. Where the series is long, patches are
//! [`sampled`] by quadrature; places that none resolves are evaluated directly.

mod sampled;

use sampled::Sampled;

use super::chart::Chart;
use super::chebyshev_patch::{self, Allowed, Bisection, Interval};
use super::series::{MAX_TERMS, NoiseSlice, SeriesKernel, Slice};
use super::{AlignedKernel, Drift, Kernel, KernelErrors, Noise, Overlaps, Route, floor};

/// Nodes along each side of a patch of the series.
const NODES: usize = 10;
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
/// Terms that the series may need near `m^2 = q` for patches to be sampled from it.
const LONG_SERIES: f64 = 768.0;
/// Terms otherwise: `|c|^k` is negligible at `c^2 = 1/2`.
const MIDDLE_TERMS: usize = 128;
/// Cosines at which a column is checked for resolution in `q`.
const PROBES: [f64; 4] = [-0.97, -0.3, 0.6, 1.0];

/// A patch of the series.
type Patch<const F: usize> = chebyshev_patch::Patch<F, NODES>;

/// A family of functions of (cosine, q), sampled one `q` at a time.
trait Sampler<const F: usize> {
    type Slice;
    fn slice(&self, q: f64) -> Self::Slice;
    /// Whether the series converges at cosine `c`: only then are samples cheap enough for a patch
    /// to pay off within one trajectory.
    fn converged(&self, slice: &Self::Slice, c: f64) -> bool;
    fn sample(&self, slice: &Self::Slice, at: &Overlaps) -> [f64; F];
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
            strict().resolved(&samples)
        });
        (resolved || place.depth >= DEEPEST_COLUMN).then(|| Self {
            slices: if resolved { slices } else { Vec::new() },
            base,
            place,
            charts: [Bisection::new(), Bisection::new(), Bisection::new()],
        })
    }

    fn self_overlap(base: f64, place: Interval, j: usize) -> f64 {
        base * (1.0 + place.point(chebyshev_patch::node::<NODES>(j)))
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
                let at = chart.overlaps(place.point(chebyshev_patch::node::<NODES>(i)), q);
                family.sample(&self.slices[j], &at)
            })
        });
        match Patch::new(&values, &strict()) {
            Some(patch) => Some(Some(patch)),
            None => (place.depth >= DEEPEST_CELL).then_some(None),
        }
    }
}

/// What patches of exact functions are held to.
fn strict<const F: usize>() -> Allowed<F> {
    Allowed {
        relative: TOLERANCE,
        absolute: [0.0; F],
    }
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
    /// All averages, where the series is too long.
    sampled: Sampled,
}

/// Who answers at a point, with the local coordinates there.
enum Found<'a, const F: usize> {
    /// A patch of the series.
    Series(&'a Patch<F>, f64, f64),
    /// A patch of all averages by quadrature.
    Sampled(&'a sampled::Patch, f64, f64),
    /// Nobody: the averages have to be taken.
    Nowhere,
}

struct FlowOf<'a>(&'a SeriesKernel);
struct NoiseOf<'a>(&'a SeriesKernel);

impl Sampler<3> for FlowOf<'_> {
    type Slice = Slice;
    fn slice(&self, q: f64) -> Slice {
        self.0.slice_of(q, most_terms(self.0, q))
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
        self.0.noise_slice_of(q, most_terms(self.0, q))
    }
    fn converged(&self, slice: &NoiseSlice, c: f64) -> bool {
        slice.converged(c)
    }
    fn sample(&self, slice: &NoiseSlice, at: &Overlaps) -> [f64; 2] {
        let Noise { signal, slope } = self.0.noise_in(slice, at);
        [signal, slope]
    }
}

/// Terms of the series to make at `q`: where it is long near `m^2 = q`, as many as the middle chart
/// takes.
fn most_terms(pair: &SeriesKernel, q: f64) -> usize {
    if pair.aligned_terms(q) <= LONG_SERIES {
        MAX_TERMS
    } else {
        MIDDLE_TERMS
    }
}

impl InterpolatedKernel {
    pub(super) fn new(exact: SeriesKernel) -> Self {
        let octaves = if exact.kinks_meet() { 0 } else { OCTAVES };
        Self {
            flow: Surface::new(octaves),
            noise: Surface::new(octaves),
            sampled: Sampled::new(),
            exact,
        }
    }

    fn flow(&self, at: &Overlaps) -> Found<'_, 3> {
        let found = self.flow.find(&FlowOf(&self.exact), at);
        self.found(found, at)
    }

    fn noise_patch(&self, at: &Overlaps) -> Found<'_, 2> {
        let found = self.noise.find(&NoiseOf(&self.exact), at);
        self.found(found, at)
    }

    fn found<'a, const F: usize>(
        &'a self,
        series: Option<(&'a Patch<F>, f64, f64)>,
        at: &Overlaps,
    ) -> Found<'a, F> {
        if let Some((patch, x, y)) = series {
            return Found::Series(patch, x, y);
        }
        match self.sampled.find(&self.exact, at) {
            Some((patch, x, y)) => Found::Sampled(patch, x, y),
            None => Found::Nowhere,
        }
    }
}

impl<const F: usize> Found<'_, F> {
    /// Value of function `f` of the series, the one with this offset among all averages.
    fn value(&self, f: usize, offset: usize) -> Option<f64> {
        match self {
            Self::Series(patch, x, y) => Some(patch.value(f, *x, *y)),
            Self::Sampled(patch, x, y) => Some(patch.value(f + offset, *x, *y)),
            Self::Nowhere => None,
        }
    }

    /// What interpolation adds to the errors of the averages it was made of.
    fn error(&self, f: usize, offset: usize) -> f64 {
        match self {
            Self::Series(patch, ..) => patch.error(f),
            Self::Sampled(patch, ..) => patch.error(f + offset),
            Self::Nowhere => 0.0,
        }
    }
}

/// Where the noise kernel begins among all averages.
const NOISE: usize = 3;

impl Kernel for InterpolatedKernel {
    fn route(&self, at: &Overlaps) -> Route {
        match self.flow(at) {
            Found::Nowhere => Route::Quadrature,
            _ => Route::Interpolated,
        }
    }

    fn drift(&self, at: &Overlaps) -> Drift {
        let [alpha, beta] = match self.flow(at) {
            Found::Series(patch, x, y) => patch.first(x, y),
            Found::Sampled(patch, x, y) => patch.first(x, y),
            Found::Nowhere => return self.exact.quadrature(at).drift(),
        };
        Drift { alpha, beta }
    }

    fn noise(&self, at: &Overlaps) -> Noise {
        let found = self.noise_patch(at);
        match (found.value(0, NOISE), found.value(1, NOISE)) {
            (Some(signal), Some(slope)) => Noise {
                signal: floor(signal),
                slope,
            },
            _ => self.exact.quadrature(at).noise(),
        }
    }

    fn loss(&self, at: &Overlaps) -> f64 {
        match self.flow(at).value(2, 0) {
            Some(loss) => floor(loss),
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
        let (flow, noise) = (self.flow(at), self.noise_patch(at));
        let drifts = matches!(flow, Found::Series(..));
        let noises = matches!(noise, Found::Series(..));
        let sampled = (drifts || noises).then(|| self.exact.errors(at));
        let direct = (!drifts || !noises).then(|| self.exact.quadrature_errors(at));
        let of = |series: bool| if series { sampled } else { direct }.unwrap_or_default();
        let (drift, noisy) = (of(drifts), of(noises));
        KernelErrors {
            alpha: drift.alpha + flow.error(0, 0),
            beta: drift.beta + flow.error(1, 0),
            loss: drift.loss + flow.error(2, 0),
            signal: noisy.signal + noise.error(0, NOISE),
            slope: noisy.slope + noise.error(1, NOISE),
        }
    }
}
