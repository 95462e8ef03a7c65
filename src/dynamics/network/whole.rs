//! All of `W` trained, in a frame of the teachers alone: full fine-tuning, or units on the sphere.
//!
//! ```text
//! full:    dW_f/dt = alpha T_f + beta W_f - lambda W_f,   dR/dt = beta R + R beta + nu N - 2 lambda R
//! sphere:  g_i = (alpha T_f W_f' + beta Q + nu N/2)_ii;   -g_i W_f[i],  -(g_i + g_k) R_ik,   |w_i| = 1
//! both:    Q = W_f W_f' + R,   da/dt = chi_a (-dL/da)
//! ```
//!
//! On the sphere `R_ii = 1 - |W_f[i]|^2` is not part of the state.

mod step;

use std::sync::{Mutex, MutexGuard, PoisonError};

use nalgebra::DMatrix;

use super::NetworkSystem;
use super::alike::Alike;
use super::products::{Others, add_product, dot, factor};
use super::setting::{Room, Setting, fold, triangle, unfold};
use crate::expectation::PairError;
use crate::observable::network::{NetworkObserved, cosine_of_units};
use crate::problem::network::NetworkStart;

/// State `(W_f, R, a)`: matrices row after row, of `R` the lower triangle, `a` where it is trained.
pub(super) struct WholeNetwork {
    setting: Setting,
    on_sphere: bool,
    start: Vec<f64>,
    alike: Alike,
    room: Mutex<WholeRoom>,
}

struct WholeRoom {
    room: Room,
    /// `alpha T_f`, `K x` the dimension of the task.
    pull: Vec<f64>,
    /// `beta R`.
    product: Vec<f64>,
    /// `g_i`.
    shrink: Vec<f64>,
}

impl WholeNetwork {
    pub(super) fn new(
        setting: Setting,
        on_sphere: bool,
        w: &DMatrix<f64>,
        rest: &DMatrix<f64>,
    ) -> Self {
        let units = setting.units();
        let mut start = setting.rows_of_first(w);
        let mut stored = vec![0.0; triangle(units, !on_sphere)];
        let first = &setting.first;
        fold(units, !on_sphere, &mut stored, |i, k| {
            rest[(first[i], first[k])]
        });
        let mut alike = Alike::of(&setting.alike);
        alike.tie_rows(0, setting.task);
        alike.tie_pairs(start.len(), !on_sphere);
        start.extend(stored);
        if setting.trained_readouts() > 0 {
            alike.tie_rows(start.len(), 1);
        }
        start.extend(&setting.readout[..setting.trained_readouts()]);
        alike.level(&mut start);
        let room = WholeRoom {
            room: setting.room(setting.task, units),
            pull: vec![0.0; units * setting.task],
            product: vec![0.0; units * units],
            shrink: vec![0.0; units],
        };
        Self {
            setting,
            on_sphere,
            start,
            alike,
            room: Mutex::new(room),
        }
    }

    /// Finds what averages of the noise there are no closed forms of, see [`Setting::fit`].
    pub(super) fn fitted(mut self, allowed: f64) -> Result<Self, PairError> {
        let mut room = self.at(&self.start).room.clone();
        let readout = self.setting.readout.clone();
        self.setting.fit(&mut room, &readout, allowed)?;
        Ok(self)
    }

    /// Where `W_f` and `R` end in a state.
    fn parts(&self) -> [usize; 2] {
        let w = self.setting.units() * self.setting.task;
        [w, w + triangle(self.setting.units(), !self.on_sphere)]
    }

    fn at(&self, state: &[f64]) -> MutexGuard<'_, WholeRoom> {
        let mut guard = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        let (units, task) = (self.setting.units(), self.setting.task);
        let room = &mut guard.room;
        let [w_end, rest_end] = self.parts();
        room.w.copy_from_slice(&state[..w_end]);
        unfold(
            &state[w_end..rest_end],
            units,
            !self.on_sphere,
            &mut room.rest,
        );
        if self.on_sphere {
            for i in 0..units {
                let w = &room.w[i * task..(i + 1) * task];
                room.rest[i * units + i] = (1.0 - dot(w, w)).max(0.0);
            }
        }
        let beside = |rest: &[f64], i: usize, k: usize, x: f64| {
            let at = |i: usize, k: usize| rest[i * units + k];
            at(i, i) - x * (2.0 * at(i, k) - x * at(k, k))
        };
        self.setting.fill(room, task, beside);
        if self.setting.needs_outside() {
            factor(&room.rest, units, &mut room.outside);
        }
        guard
    }
}

impl WholeNetwork {
    /// The averages at a state that [`WholeNetwork::at`] has set out, and `alpha T_f`.
    fn pull(&self, room: &mut WholeRoom, (part, state): (f64, &[f64])) {
        let (setting, readouts) = (&self.setting, self.setting.readouts(state));
        let task = setting.task;
        setting.slopes(&mut room.room, readouts);
        if setting.has_noise() {
            setting.noise(&mut room.room, readouts, part);
        }
        room.pull.fill(0.0);
        for (pull, alpha) in room
            .pull
            .chunks_exact_mut(task)
            .zip(room.room.slopes.alpha.chunks_exact(setting.stars()))
        {
            for (alpha, teacher) in alpha.iter().zip(setting.teachers.chunks_exact(setting.dim)) {
                pull.iter_mut()
                    .zip(teacher)
                    .for_each(|(pull, t)| *pull += alpha * t);
            }
        }
    }
}

impl NetworkSystem for WholeNetwork {
    fn start(&self) -> Vec<f64> {
        self.start.clone()
    }

    fn rates_with(&self, part: f64, state: &[f64], rates: &mut [f64]) {
        let mut guard = self.at(state);
        let room = &mut *guard;
        let (setting, readouts) = (&self.setting, self.setting.readouts(state));
        let (units, task) = (setting.units(), setting.task);
        let [w_end, rest_end] = self.parts();
        self.pull(room, (part, state));
        let out = &mut rates[..w_end];
        if self.on_sphere {
            room.turn(setting, out);
        } else {
            out.copy_from_slice(&room.pull);
            add_product(&room.room.slopes.beta, &room.room.w, units, task, out);
            for (i, row) in out.chunks_exact_mut(task).enumerate() {
                let w = &state[i * task..(i + 1) * task];
                for (out, w) in row.iter_mut().zip(w) {
                    *out = *out / setting.copies[i] - setting.decay * w;
                }
            }
            room.shrink.fill(setting.decay);
        }
        room.rest_rates(setting, (!self.on_sphere, &mut rates[w_end..rest_end]));
        if setting.trained_readouts() > 0 {
            setting.readout_rates(&room.room, readouts, &mut rates[rest_end..]);
        }
        self.alike.level(rates);
    }

    fn step(&self, state: &[f64], eta: f64, next: &mut [f64]) {
        self.stepped(state, eta, next);
    }

    fn loss(&self, state: &[f64]) -> f64 {
        self.setting
            .loss(&self.at(state).room, self.setting.readouts(state))
    }

    fn noise_error(&self, state: &[f64]) -> Option<f64> {
        let readouts = self.setting.readouts(state);
        self.setting.noise_error(&mut self.at(state).room, readouts)
    }

    fn trained(&self, state: &[f64]) -> NetworkStart {
        let room = self.at(state);
        let (place, task) = (&self.setting.stands_for, self.setting.task);
        let (all, units) = (place.len(), self.setting.units());
        NetworkStart::Whole {
            w: DMatrix::from_fn(all, task, |i, k| state[place[i] * task + k]),
            rest: DMatrix::from_fn(all, all, |i, k| room.room.rest[place[i] * units + place[k]]),
        }
    }

    fn observe(&self, state: &[f64]) -> NetworkObserved {
        let room = self.at(state);
        let (setting, task) = (&self.setting, self.setting.task);
        let (m, q) = setting.overlaps(&room.room, task);
        let along = DMatrix::from_fn(q.nrows(), setting.span, |i, j| {
            state[setting.stands_for[i] * task + j]
        });
        NetworkObserved {
            cosine: cosine_of_units(&along, &q),
            m,
            q,
            u: None,
            alignment: None,
            s: None,
            c: None,
            readout: setting.each_readout(state),
        }
    }

    fn cosine(&self, state: &[f64]) -> f64 {
        let (room, task, span) = (self.at(state), self.setting.task, self.setting.span);
        let one = |(w, variance): (&[f64], &f64)| {
            (dot(&w[..span], &w[..span]) / variance).sqrt().min(1.0)
        };
        let units = room
            .room
            .w
            .chunks_exact(task)
            .zip(&room.room.gram.variances);
        units.map(one).fold(0.0, f64::max)
    }
}

impl WholeRoom {
    /// The rates of `W_f` on the sphere, and `g_i`: of `beta W_f - (beta Q)_ii W_f[i]` the terms that cancel are left out.
    fn turn(&mut self, setting: &Setting, rates: &mut [f64]) {
        let (units, task) = (setting.units(), setting.task);
        let (w, rest) = (&self.room.w, &self.room.rest);
        let row = |i: usize| &w[i * task..(i + 1) * task];
        for (i, out) in rates.chunks_exact_mut(task).enumerate() {
            let (own, pull) = (row(i), &self.pull[i * task..(i + 1) * task]);
            let (copies, place) = (setting.copies[i], i * units + i);
            let noise = match setting.has_noise() {
                true => 0.5 * self.room.noise[place] / (copies * copies),
                false => 0.0,
            };
            let beta = &self.room.slopes.beta[i * units..(i + 1) * units];
            let mut drift = dot(pull, own) + beta[i];
            let others = Others::of(pull, own);
            for x in 0..task {
                // 1 - w^2 is a factor.
                out[x] = pull[x] * (1.0 - own[x]) * (1.0 + own[x]) - own[x] * others.than(x);
            }
            for k in (0..units).filter(|k| *k != i) {
                let c = dot(own, row(k)) + rest[i * units + k];
                drift += beta[k] * c;
                for (x, out) in out.iter_mut().enumerate() {
                    *out += beta[k] * (row(k)[x] - c * own[x]);
                }
            }
            for (out, w) in out.iter_mut().zip(own) {
                *out = *out / copies - noise * w;
            }
            self.shrink[i] = drift / copies + noise;
        }
    }

    /// The rates of the lower triangle of `R`, `g_i` being known.
    fn rest_rates(&mut self, setting: &Setting, (diagonal, out): (bool, &mut [f64])) {
        let units = setting.units();
        self.product.fill(0.0);
        let (beta, rest) = (&self.room.slopes.beta, &self.room.rest);
        add_product(beta, rest, units, units, &mut self.product);
        let (noisy, noise) = (setting.has_noise(), &self.room.noise);
        fold(units, diagonal, out, |i, k| {
            let (one, other) = (i * units + k, k * units + i);
            let (n, l) = (setting.copies[i], setting.copies[k]);
            let drift = self.product[one] / n + self.product[other] / l;
            let noise = if noisy { noise[one] / (n * l) } else { 0.0 };
            drift + noise - (self.shrink[i] + self.shrink[k]) * rest[one]
        });
    }
}
