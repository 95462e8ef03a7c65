//! All of `w` in a frame: full fine-tuning, or on the unit sphere.
//!
//! ```text
//! full:    dw_i/dt = alpha delta_i1 + (beta - lambda) w_i
//!          dr/dt   = 2 (beta - lambda) r + nu N
//! sphere:  dw_i/dt = alpha (delta_i1 - m w_i) - (nu/2) N w_i,   |w| = 1
//! ```

use super::{FramedSystem, Student, Weights, loss_slope, outside, overlaps, shorten, shown};
use crate::dynamics::{ClosedSystem, Training};
use crate::expectation::Overlaps;
use crate::observable::Observed;

/// State `(w_1, w_2, ...)`, off the sphere also `r`.
pub(super) struct FramedWhole {
    pub(super) training: Training,
    pub(super) on_sphere: bool,
    pub(super) start: Weights,
}

impl FramedWhole {
    fn parts<'a>(&self, state: &'a [f64]) -> (&'a [f64], f64) {
        let w = &state[..self.start.along.len()];
        match self.on_sphere {
            true => (w, outside(w)),
            false => (w, state[w.len()]),
        }
    }

    fn at(&self, state: &[f64]) -> Overlaps {
        let (w, rest) = self.parts(state);
        match self.on_sphere {
            true => Overlaps::from_residual(w[0], outside(&w[..1])),
            false => overlaps(w, rest),
        }
    }

    /// `(dm/dt, dq/dt)` of a state with these rates.
    fn overlap_rates(&self, state: &[f64], rates: &[f64]) -> (f64, f64) {
        if self.on_sphere {
            return (rates[0], 0.0);
        }
        let w = &state[..self.start.along.len()];
        let inside: f64 = w.iter().zip(rates).map(|(w, dw)| 2.0 * w * dw).sum();
        (rates[0], inside + rates[w.len()])
    }
}

impl ClosedSystem for FramedWhole {
    fn start(&self) -> Vec<f64> {
        let mut state = self.start.along.clone();
        if !self.on_sphere {
            state.push(self.start.rest);
        }
        state
    }

    fn rates_with(&self, part: f64, state: &[f64], rates: &mut [f64]) {
        let (t, (w, rest), at) = (&self.training, self.parts(state), self.at(state));
        let drift = t.drift(&at);
        if self.on_sphere {
            let shrink = 0.5 * t.noise(&at, part);
            for (i, rate) in rates.iter_mut().enumerate() {
                let turn = match i {
                    0 => (1.0 - w[0]) * (1.0 + w[0]),
                    _ => -w[0] * w[i],
                };
                *rate = drift.alpha * turn - shrink * w[i];
            }
            return;
        }
        for i in 0..w.len() {
            let pull = if i == 0 { drift.alpha } else { 0.0 };
            rates[i] = pull + drift.beta * w[i] - t.decay * w[i];
        }
        rates[w.len()] = 2.0 * (drift.beta - t.decay) * rest + t.noise(&at, part);
    }

    fn observe(&self, state: &[f64]) -> Observed {
        let at = self.at(state);
        let (m, residual) = shown(&at);
        Observed {
            u: None,
            alignment: if self.on_sphere { at.m } else { at.cosine() },
            s: None,
            m,
            residual,
        }
    }

    fn loss(&self, state: &[f64]) -> f64 {
        self.training.loss(&self.observe(state))
    }
}

impl FramedSystem for FramedWhole {
    fn student(&self, state: &[f64]) -> Student {
        let (w, rest) = self.parts(state);
        let along = w.to_vec();
        Student::Whole(Weights { along, rest })
    }

    fn step(&self, eta: f64, state: &[f64], next: &mut [f64]) {
        let (t, (w, rest), at) = (&self.training, self.parts(state), self.at(state));
        let drift = t.drift(&at);
        let decay = if self.on_sphere { 0.0 } else { t.decay };
        let turn = 1.0 + eta * (drift.beta - decay);
        for i in 0..w.len() {
            next[i] = turn * w[i] + if i == 0 { eta * drift.alpha } else { 0.0 };
        }
        let rest = turn * turn * rest + eta * t.noise(&at, 1.0);
        if self.on_sphere {
            shorten(next, rest);
        } else {
            next[w.len()] = rest;
        }
    }

    fn loss_rate(&self, part: f64, state: &[f64]) -> f64 {
        let mut rates = vec![0.0; state.len()];
        self.rates_with(part, state, &mut rates);
        let slopes = self.overlap_rates(state, &rates);
        loss_slope(&self.training, &self.at(state), slopes)
    }
}
