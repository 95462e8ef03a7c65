//! Closed forms made fast: patches of the exact averages, built where runs go.

use super::mean::Sized;
use super::{LOST, Pair, PiecewiseKernel};
use crate::expectation::cells::{Cells, Family, Nodes};
use crate::expectation::chart::{is_mirrored, over_cosine};
use crate::expectation::corners::Corners;
use crate::expectation::{
    AlignedKernel, Drift, Kernel, KernelErrors, Noise, Overlaps, Route, floor,
};

/// Claimed errors of samples, relative to the larger of the first two functions (a loss may be larger still), below
/// which no more care is taken with them.
const GOOD: f64 = 2e-13;

/// Patches of the kernel of a pair: drift and loss on one set, noise on another, so that a flow without noise never
/// pays for it.
#[derive(Debug)]
pub(in crate::expectation) struct PatchedKernel {
    pub(super) exact: PiecewiseKernel,
    mirrored: bool,
    flow: Cells<3>,
    noise: Cells<2>,
}

/// `alpha`, `beta`, loss, of a pair that is mirrored or not.
struct FlowOf<'a>(&'a Pair, bool);
/// Noise signal, slope power.
struct NoiseOf<'a>(&'a Pair);

impl Family<3> for FlowOf<'_> {
    fn sampler(&self, nodes: &Nodes) -> Option<impl FnMut(usize, usize) -> Option<[[f64; 3]; 2]>> {
        Some(|i: usize, j: usize| {
            let at = &nodes.at[j][i];
            let averages = careful(|lost| self.0.flow(at, lost));
            Some(over_cosine(self.1, at, averages))
        })
    }
}

impl Family<2> for NoiseOf<'_> {
    fn sampler(&self, nodes: &Nodes) -> Option<impl FnMut(usize, usize) -> Option<[[f64; 2]; 2]>> {
        Some(|i: usize, j: usize| {
            let at = &nodes.at[j][i];
            Some(careful(|lost| self.0.noises(at, lost)))
        })
    }
}

/// Values and errors of averages, taken with as much care as they need.
fn careful<const F: usize>(averages: impl Fn(f64) -> [Sized; F]) -> [[f64; F]; 2] {
    let split = |sums: [Sized; F]| [sums.map(|s| s.value), sums.map(|s| f64::EPSILON * s.size)];
    let [values, errors] = split(averages(f64::INFINITY));
    let size = values[0].abs().max(values[1].abs());
    let scale = |f: usize| {
        if f < 2 {
            size
        } else {
            size.max(values[f].abs())
        }
    };
    if (0..F).all(|f| errors[f] <= GOOD * scale(f)) {
        return [values, errors];
    }
    split(averages(LOST))
}

impl PatchedKernel {
    pub(in crate::expectation) fn new(exact: PiecewiseKernel) -> Self {
        let range = exact.pair.range;
        let [teacher, student] = &exact.links;
        let corners = || Corners::of(teacher, student, range);
        let mirrored = is_mirrored([teacher.parity(), student.parity()]);
        Self {
            flow: Cells::new(range, corners(), mirrored),
            noise: Cells::new(range, corners(), mirrored),
            mirrored,
            exact,
        }
    }

    fn flow_of(&self) -> FlowOf<'_> {
        FlowOf(&self.exact.pair, self.mirrored)
    }
}

impl Kernel for PatchedKernel {
    fn route(&self, at: &Overlaps) -> Route {
        match self.flow.find(&self.flow_of(), at) {
            Some(_) => Route::Interpolated,
            None => self.exact.route(at),
        }
    }

    fn drift(&self, at: &Overlaps) -> Drift {
        let patched = self.flow.drift(&self.flow_of(), at);
        patched.unwrap_or_else(|| self.exact.drift(at))
    }

    fn noise(&self, at: &Overlaps) -> Noise {
        match self.noise.find(&NoiseOf(&self.exact.pair), at) {
            Some((leaf, x, y)) => {
                let [signal, slope] = leaf.patch.first(x, y);
                Noise {
                    signal: floor(signal),
                    slope,
                }
            }
            None => self.exact.noise(at),
        }
    }

    fn loss(&self, at: &Overlaps) -> f64 {
        match self.flow.find(&self.flow_of(), at) {
            Some((leaf, x, y)) => floor(leaf.patch.value(2, x, y)),
            None => self.exact.loss(at),
        }
    }

    fn loss_profile(&self, q: f64, cosines: &[f64]) -> Vec<f64> {
        self.exact.loss_profile(q, cosines)
    }

    fn aligned(&self) -> &AlignedKernel {
        self.exact.aligned()
    }

    fn errors(&self, at: &Overlaps) -> KernelErrors {
        self.errors_at_hand(at, true)
    }

    fn errors_at_hand(&self, at: &Overlaps, noise: bool) -> KernelErrors {
        let mut errors = self.exact.errors(at);
        if let Some((leaf, ..)) = self.flow.find(&self.flow_of(), at) {
            errors.take_flow(self.flow.flow_errors(leaf, at));
        }
        let noisy = noise.then(|| self.noise.find(&NoiseOf(&self.exact.pair), at));
        if let Some((leaf, ..)) = noisy.flatten() {
            errors.take_noise(leaf);
        }
        errors
    }
}
