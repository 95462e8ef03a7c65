//! The general kernel made fast: patches of averages that are sums of [`products`], built where they are used. Places
//! that no patch resolves are evaluated directly.

mod learned;
mod pair;
mod products;

pub(super) use pair::InterpolatedPair;
use products::{FlowOf, NoiseOf, Products};

use super::cells::Cells;
use super::corners::Corners;
use super::quadrature::Averages;
use super::series::SeriesKernel;
use super::{AlignedKernel, Drift, Kernel, KernelErrors, Noise, Overlaps, Route, floor};
use crate::watch::asked_to_end;

/// Self-overlaps that have patches: outside, evaluation is direct.
const RANGE: [f64; 2] = [f64::from_bits(767 << 52), f64::from_bits(1055 << 52)];

/// Patches of a [`SeriesKernel`]: drift and loss on one set of patches, noise on another, so that a flow without noise
/// never pays for it.
#[derive(Debug)]
pub(super) struct InterpolatedKernel {
    products: Products,
    /// `alpha`, `beta`, loss.
    flow: Cells<3>,
    /// Noise signal, slope power.
    noise: Cells<2>,
}

impl InterpolatedKernel {
    pub(super) fn new(exact: SeriesKernel) -> Self {
        let (teacher, student) = (&exact.teacher.link, &exact.student.link);
        let corners = || Corners::of(teacher, student, RANGE);
        let [of_flow, of_noise] = [corners(), corners()];
        let products = Products::new(exact);
        Self {
            flow: Cells::new(RANGE, of_flow, products.mirrored),
            noise: Cells::new(RANGE, of_noise, products.mirrored),
            products,
        }
    }

    fn exact(&self) -> &SeriesKernel {
        &self.products.pair
    }

    /// Averages where no patch is; none where the work is to end.
    fn direct(&self, at: &Overlaps) -> Averages {
        match asked_to_end() {
            true => Averages::UNKNOWN,
            false => self.exact().quadrature(at),
        }
    }
}

impl Kernel for InterpolatedKernel {
    fn route(&self, at: &Overlaps) -> Route {
        match self.flow.find(&FlowOf(&self.products), at) {
            Some(_) => Route::Interpolated,
            None => Route::Quadrature,
        }
    }

    fn drift(&self, at: &Overlaps) -> Drift {
        let patched = self.flow.drift(&FlowOf(&self.products), at);
        patched.unwrap_or_else(|| self.direct(at).drift())
    }

    fn noise(&self, at: &Overlaps) -> Noise {
        match self.noise.find(&NoiseOf(&self.products), at) {
            Some((leaf, x, y)) => {
                let [signal, slope] = leaf.patch.first(x, y);
                Noise {
                    signal: floor(signal),
                    slope,
                }
            }
            None => self.direct(at).noise(),
        }
    }

    fn loss(&self, at: &Overlaps) -> f64 {
        match self.flow.find(&FlowOf(&self.products), at) {
            Some((leaf, x, y)) => floor(leaf.patch.value(2, x, y)),
            None => self.exact().loss_of(&self.direct(at)),
        }
    }

    fn loss_profile(&self, q: f64, cosines: &[f64]) -> Vec<f64> {
        self.exact().loss_profile(q, cosines)
    }

    fn aligned(&self) -> &AlignedKernel {
        self.exact().aligned()
    }

    fn errors(&self, at: &Overlaps) -> KernelErrors {
        let flow = self.flow.find(&FlowOf(&self.products), at);
        let noise = self.noise.find(&NoiseOf(&self.products), at);
        let exact = self.exact();
        let sampled = (flow.is_some() || noise.is_some()).then(|| exact.errors(at));
        let direct = (flow.is_none() || noise.is_none()).then(|| exact.quadrature_errors(at));
        let of = |patched: bool| if patched { sampled } else { direct }.unwrap_or_default();
        let (drift, noisy) = (of(flow.is_some()), of(noise.is_some()));
        let more = flow.map_or([0.0; 3], |(leaf, ..)| self.flow.flow_errors(leaf, at));
        let noisier = |f: usize| noise.as_ref().map_or(0.0, |(leaf, ..)| leaf.error(f));
        KernelErrors {
            alpha: drift.alpha + more[0],
            beta: drift.beta + more[1],
            loss: drift.loss + more[2],
            signal: noisy.signal + noisier(0),
            slope: noisy.slope + noisier(1),
        }
    }

    fn errors_at_hand(&self, at: &Overlaps, noise: bool) -> KernelErrors {
        let flow = self.flow.find(&FlowOf(&self.products), at);
        let noisy = noise.then(|| self.noise.find(&NoiseOf(&self.products), at));
        let is_direct = flow.is_none() || matches!(noisy, Some(None));
        let mut errors = match is_direct {
            true => self.exact().quadrature_errors(at),
            false => KernelErrors::default(),
        };
        if let Some((leaf, ..)) = flow {
            errors.take_flow(self.flow.flow_errors(leaf, at));
        }
        if let Some(Some((leaf, ..))) = noisy {
            errors.take_noise(leaf);
        }
        errors
    }
}

#[cfg(test)]
mod tests;
