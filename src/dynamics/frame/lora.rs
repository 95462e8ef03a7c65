//! LoRA in a frame, `v` on the sphere or free.
//!
//! With `h = alpha omega* + beta w0`, in components of the frame of the tasks and, beside it, of what `w0` has outside:
//!
//! ```text
//! du/dt   = <h, v> + beta u n - lambda u
//! spherical: dv_i/dt = chi u (h_i - <h, v> v_i) - chi^2 (nu/2) u^2 N v_i
//! free:      dv_i/dt = chi u (h_i + beta u v_i) - lambda v_i
//!            dr/dt   = 2 chi u^2 beta r + chi^2 nu u^2 N - 2 lambda r,   n = |v|^2 + r
//! ```

use super::{
    Adapted, FAINT, FramedSystem, Student, Weights, loss_slope, outside, overlaps, shorten, shown,
};
use crate::dynamics::{ClosedSystem, Training};
use crate::expectation::Overlaps;
use crate::observable::Observed;

/// State `(u, v_1, v_2, ...)`, free also `r`.
pub(super) struct FramedLora {
    training: Training,
    on_sphere: bool,
    start: Vec<f64>,
    /// Of the frame, then what lies beside it, if anything does.
    w0: Vec<f64>,
    /// Vectors of the frame.
    frame: usize,
}

impl FramedLora {
    pub(super) fn new(training: Training, on_sphere: bool, start: Adapted) -> Self {
        let frame = start.along.len();
        let (mut w0, mut v) = (start.w0.along, start.along);
        if start.w0.rest > 0.0 {
            w0.push(start.w0.rest.sqrt());
            v.push(start.beside);
        }
        let mut state = vec![start.u];
        state.extend(v);
        if !on_sphere {
            state.push(start.rest);
        }
        Self {
            training,
            on_sphere,
            start: state,
            w0,
            frame,
        }
    }

    /// `(u, v, r)` of a state.
    fn parts<'a>(&self, state: &'a [f64]) -> (f64, &'a [f64], f64) {
        let v = &state[1..=self.w0.len()];
        let rest = match self.on_sphere {
            true => outside(v),
            false => state[1 + self.w0.len()],
        };
        (state[0], v, rest)
    }

    /// The components of `w`.
    fn weights(&self, u: f64, v: &[f64]) -> Vec<f64> {
        self.w0.iter().zip(v).map(|(w0, v)| w0 + u * v).collect()
    }

    fn at(&self, u: f64, v: &[f64], rest: f64) -> Overlaps {
        let no_weights = self.w0.iter().all(|w0| *w0 == 0.0);
        // Without weights v alone is the direction, whatever its length.
        let u = if no_weights && u.abs() < FAINT {
            FAINT
        } else {
            u
        };
        overlaps(&self.weights(u, v), u * u * rest.max(0.0))
    }

    /// `(dm/dt, dq/dt)` of a state with these rates.
    fn overlap_rates(&self, state: &[f64], rates: &[f64]) -> (f64, f64) {
        let (u, v, rest) = self.parts(state);
        let (du, dv) = (rates[0], &rates[1..=v.len()]);
        let dw = |i: usize| du * v[i] + u * dv[i];
        let w = self.weights(u, v);
        let turned = || -> f64 { v.iter().zip(dv).map(|(v, dv)| v * dv).sum() };
        let drest = match self.on_sphere {
            true => -2.0 * turned(),
            false => rates[1 + v.len()],
        };
        let inside: f64 = (0..v.len()).map(|i| 2.0 * w[i] * dw(i)).sum();
        (dw(0), inside + 2.0 * u * du * rest + u * u * drest)
    }
}

impl ClosedSystem for FramedLora {
    fn start(&self) -> Vec<f64> {
        self.start.clone()
    }

    fn rates_with(&self, part: f64, state: &[f64], rates: &mut [f64]) {
        let (t, (u, v, rest)) = (&self.training, self.parts(state));
        let at = self.at(u, v, rest);
        let drift = t.drift(&at);
        let chi = t.step_ratio;
        // The small difference alpha + rho beta is taken once.
        let h = |i: usize| drift.beta * self.w0[i] + if i == 0 { drift.alpha } else { 0.0 };
        let along = |but: Option<usize>| -> f64 {
            let others = (0..v.len()).filter(|i| Some(*i) != but);
            others.map(|i| h(i) * v[i]).sum()
        };
        if self.on_sphere {
            let shrink = 0.5 * chi * chi * u * u * t.noise(&at, part);
            rates[0] = along(None) + drift.beta * u - t.decay * u;
            for i in 0..v.len() {
                // 1 - v_i^2 is a factor.
                let turn = h(i) * (1.0 - v[i]) * (1.0 + v[i]) - v[i] * along(Some(i));
                rates[1 + i] = chi * u * turn - shrink * v[i];
            }
            return;
        }
        let n = v.iter().map(|v| v * v).sum::<f64>() + rest;
        rates[0] = along(None) + drift.beta * u * n - t.decay * u;
        for i in 0..v.len() {
            rates[1 + i] = chi * u * (h(i) + drift.beta * u * v[i]) - t.decay * v[i];
        }
        rates[1 + v.len()] = 2.0 * (chi * u * u * drift.beta - t.decay) * rest
            + chi * chi * u * u * t.noise(&at, part);
    }

    fn observe(&self, state: &[f64]) -> Observed {
        let (u, v, rest) = self.parts(state);
        let (m, residual) = shown(&self.at(u, v, rest));
        Observed {
            u: Some(u),
            alignment: v[0],
            s: Some(self.w0.iter().zip(v).map(|(w0, v)| w0 * v).sum()),
            m,
            residual,
        }
    }

    fn loss(&self, state: &[f64]) -> f64 {
        self.training.loss(&self.observe(state))
    }
}

impl FramedSystem for FramedLora {
    fn student(&self, state: &[f64]) -> Student {
        let (u, v, rest) = self.parts(state);
        let beside = |all: &[f64]| all.get(self.frame).copied().unwrap_or(0.0);
        Student::Lora(Adapted {
            w0: Weights {
                along: self.w0[..self.frame].to_vec(),
                rest: beside(&self.w0).powi(2),
            },
            u,
            along: v[..self.frame].to_vec(),
            beside: beside(v),
            rest,
        })
    }

    fn step(&self, eta: f64, state: &[f64], next: &mut [f64]) {
        let (t, (u, v, rest)) = (&self.training, self.parts(state));
        let at = self.at(u, v, rest);
        let drift = t.drift(&at);
        let h = |i: usize| drift.beta * self.w0[i] + if i == 0 { drift.alpha } else { 0.0 };
        let inside: f64 = v.iter().map(|v| v * v).sum();
        let along: f64 = (0..v.len()).map(|i| h(i) * v[i]).sum();
        let kept = 1.0 - eta * t.decay;
        next[0] = kept * u + eta * (along + drift.beta * u * (inside + rest));
        let pace = eta * t.step_ratio * u;
        let turn = pace * drift.beta * u + if self.on_sphere { 1.0 } else { kept };
        for i in 0..v.len() {
            next[1 + i] = turn * v[i] + pace * h(i);
        }
        // eta nu = eta^2 d/B.
        let spread = t.step_ratio * u;
        let rest = turn * turn * rest + eta * spread * spread * t.noise(&at, 1.0);
        if self.on_sphere {
            shorten(&mut next[1..], rest);
        } else {
            next[1 + v.len()] = rest;
        }
    }

    fn loss_rate(&self, part: f64, state: &[f64]) -> f64 {
        let (u, v, rest) = self.parts(state);
        let mut rates = vec![0.0; state.len()];
        self.rates_with(part, state, &mut rates);
        let slopes = self.overlap_rates(state, &rates);
        loss_slope(&self.training, &self.at(u, v, rest), slopes)
    }
}
