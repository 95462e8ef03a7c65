//! LoRA of rank `r`, rows of `V` on the sphere or free:
//!
//! ```text
//! W_f = W0_f + U V_f,   M = W_f T_f',   Q = W_f W_f' + U R U',   C = V_f V_f' + R
//! G   = alpha T_f + beta W0_f,   h = U' beta U,   E = nu U' N U
//! dU/dt   = G V_f' + beta U C - lambda U              da/dt = chi_a (-dL/da)
//! dV_f/dt = chi (U' G + h V_f)                        dR/dt = chi (h R + R h) + chi^2 E
//! spherical: g_i = (chi U' (G V_f' + beta U C) + chi^2 E/2)_ii;   -g_i V_f[i],  -(g_i + g_j) R_ij
//! free:      -lambda V_f,  -2 lambda R
//! ```
//!
//! On the sphere `R_ii = 1 - |V_f[i]|^2` is not part of the state.

mod step;

use std::sync::{Mutex, MutexGuard, PoisonError};

use nalgebra::DMatrix;

use super::alike::Alike;
use super::products::{
    Others, add_product, add_product_of_columns, add_product_of_rows, dot, factor,
};
use super::setting::{Room, Setting, by_rows, fold, triangle, unfold};
use super::{NetworkSystem, shown};
use crate::dynamics::FAINT;
use crate::expectation::PairError;
use crate::observable::network::{NetworkObserved, cosine_of_adapter};
use crate::problem::network::NetworkStart;

/// State `(U, V_f, R, a)`: matrices row after row, of `R` the lower triangle, `a` where it is trained.
pub(super) struct NetworkLora {
    setting: Setting,
    on_sphere: bool,
    /// `W0_f`.
    w0: Vec<f64>,
    /// Units without weights.
    bare: Vec<bool>,
    rank: usize,
    start: Vec<f64>,
    alike: Alike,
    room: Mutex<LoraRoom>,
}

struct LoraRoom {
    room: Room,
    /// `K x r`: `U`, `U R`, `beta U`, `N U`, and the rates of `U` before decay.
    u: Vec<f64>,
    ur: Vec<f64>,
    bu: Vec<f64>,
    nu: Vec<f64>,
    pulls: Vec<f64>,
    /// `r x r`: `R`, `C`, `h`, `E`, `h R`.
    rest: Vec<f64>,
    c: Vec<f64>,
    h: Vec<f64>,
    e: Vec<f64>,
    hr: Vec<f64>,
    /// `L L' = R`, where the noise takes components.
    factor: Vec<f64>,
    /// `K x D` and `r x D`: `G`, `U' G`.
    g: Vec<f64>,
    p: Vec<f64>,
    /// `g_i`.
    shrink: Vec<f64>,
}

impl NetworkLora {
    pub(super) fn new(
        setting: Setting,
        on_sphere: bool,
        weights: &DMatrix<f64>,
        (u, v, rest): (&DMatrix<f64>, &DMatrix<f64>, &DMatrix<f64>),
    ) -> Self {
        let (units, rank, dim) = (setting.units(), u.ncols(), setting.dim);
        let mut start = setting.rows_of_first(u);
        start.extend(by_rows(v));
        let mut stored = vec![0.0; triangle(rank, !on_sphere)];
        fold(rank, !on_sphere, &mut stored, |i, k| rest[(i, k)]);
        start.extend(stored);
        let w0 = setting.rows_of_first(weights);
        let mut alike = Alike::of(&setting.alike);
        alike.tie_rows(0, rank);
        let at = units * rank;
        alike.keep_across(at..at + rank * dim, &w0, dim);
        if setting.trained_readouts() > 0 {
            alike.tie_rows(start.len(), 1);
        }
        start.extend(&setting.readout[..setting.trained_readouts()]);
        alike.level(&mut start);
        let square = || vec![0.0; rank * rank];
        let amplitudes = || vec![0.0; units * rank];
        let is_bare = |i: usize| w0[i * dim..(i + 1) * dim].iter().all(|w| *w == 0.0);
        let room = LoraRoom {
            room: setting.room(dim, rank),
            u: amplitudes(),
            ur: amplitudes(),
            bu: amplitudes(),
            nu: amplitudes(),
            pulls: amplitudes(),
            rest: square(),
            c: square(),
            h: square(),
            e: square(),
            hr: square(),
            factor: square(),
            g: vec![0.0; units * dim],
            p: vec![0.0; rank * dim],
            shrink: vec![0.0; rank],
        };
        Self {
            bare: (0..units).map(is_bare).collect(),
            setting,
            on_sphere,
            w0,
            rank,
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

    /// Where `V_f` starts and ends, and where `R` ends, in a state.
    fn parts(&self) -> [usize; 3] {
        let v = self.setting.units() * self.rank;
        let rest = v + self.rank * self.setting.dim;
        [v, rest, rest + triangle(self.rank, !self.on_sphere)]
    }

    /// Weights, rests and Gram matrices of a state; the lock is never held by one that panicked half way.
    fn at(&self, state: &[f64]) -> MutexGuard<'_, LoraRoom> {
        let mut guard = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        let (rank, dim) = (self.rank, self.setting.dim);
        let room = &mut *guard;
        let [v_at, rest_at, end] = self.parts();
        let v = &state[v_at..rest_at];
        room.u.copy_from_slice(&state[..v_at]);
        for (bare, u) in self.bare.iter().zip(room.u.chunks_exact_mut(rank)) {
            if *bare && u.iter().all(|u| u.abs() < FAINT) {
                u[0] = FAINT;
            }
        }
        room.c.fill(0.0);
        add_product_of_rows(v, v, dim, &mut room.c);
        unfold(&state[rest_at..end], rank, !self.on_sphere, &mut room.rest);
        if self.on_sphere {
            for i in 0..rank {
                room.rest[i * rank + i] = (1.0 - room.c[i * rank + i]).max(0.0);
                room.c[i * rank + i] = 0.0;
            }
        }
        for (c, rest) in room.c.iter_mut().zip(&room.rest) {
            *c += rest;
        }
        if self.on_sphere {
            (0..rank).for_each(|i| room.c[i * rank + i] = 1.0);
        }
        room.room.w.copy_from_slice(&self.w0);
        add_product(&room.u, v, rank, dim, &mut room.room.w);
        room.ur.fill(0.0);
        add_product(&room.u, &room.rest, rank, rank, &mut room.ur);
        room.room.rest.fill(0.0);
        add_product_of_rows(&room.ur, &room.u, rank, &mut room.room.rest);
        let (u, rest) = (&room.u, &room.rest);
        let beside = |_: &[f64], i: usize, k: usize, x: f64| {
            let off = |j: usize| u[i * rank + j] - x * u[k * rank + j];
            let row = |j: usize| (0..rank).map(|l| rest[j * rank + l] * off(l)).sum::<f64>();
            (0..rank).map(|j| off(j) * row(j)).sum()
        };
        self.setting.fill(&mut room.room, dim, beside);
        if self.setting.needs_outside() {
            factor(&room.rest, rank, &mut room.factor);
            room.room.outside.fill(0.0);
            add_product(&room.u, &room.factor, rank, rank, &mut room.room.outside);
        }
        room.u.copy_from_slice(&state[..v_at]);
        guard
    }
}

impl NetworkLora {
    /// The averages at a state that [`NetworkLora::at`] has set out, and all that is made of them.
    fn pull(&self, room: &mut LoraRoom, (part, state): (f64, &[f64])) {
        let setting = &self.setting;
        let readouts = setting.readouts(state);
        let [v_at, rest_at, _] = self.parts();
        setting.slopes(&mut room.room, readouts);
        room.products(setting, &self.w0, &state[v_at..rest_at], self.rank);
        self.leave_at_rest(&state[..v_at], &mut room.pulls);
        room.e.fill(0.0);
        if setting.has_noise() {
            setting.noise(&mut room.room, readouts, part);
            room.noise_of_rows(self.rank);
        }
    }

    /// Of units that have no weights and feel nothing what is left of the averages would grow out of nothing.
    fn leave_at_rest(&self, u: &[f64], pulls: &mut [f64]) {
        let (setting, rank, units) = (&self.setting, self.rank, 0..self.bare.len());
        let row = |i: usize| i * rank..(i + 1) * rank;
        let is_empty = |i: usize| self.bare[i] && u[row(i)].iter().all(|u| u.abs() < FAINT);
        let at_rest = setting.is_unpulled && (setting.is_flat || units.clone().all(is_empty));
        for i in units.filter(|i| at_rest && is_empty(*i)) {
            pulls[row(i)].fill(0.0);
        }
    }
}

impl NetworkSystem for NetworkLora {
    fn start(&self) -> Vec<f64> {
        self.start.clone()
    }

    fn rates_with(&self, part: f64, state: &[f64], rates: &mut [f64]) {
        let mut guard = self.at(state);
        let room = &mut *guard;
        let setting = &self.setting;
        let readouts = setting.readouts(state);
        let [v_at, rest_at, end] = self.parts();
        self.pull(room, (part, state));
        let u = rates[..v_at].chunks_exact_mut(self.rank);
        for (i, out) in u.enumerate() {
            for (k, out) in out.iter_mut().enumerate() {
                let place = i * self.rank + k;
                *out = room.pulls[place] / setting.copies[i] - setting.decay * state[place];
            }
        }
        let v = &state[v_at..rest_at];
        if self.on_sphere {
            room.turn(setting, self.rank, v, &mut rates[v_at..rest_at]);
        } else {
            let out = &mut rates[v_at..rest_at];
            for ((out, p), v) in out.iter_mut().zip(&room.p).zip(v) {
                *out = setting.step_ratio * p - setting.decay * v;
            }
            let scaled = &mut room.hr;
            for (scaled, h) in scaled.iter_mut().zip(&room.h) {
                *scaled = setting.step_ratio * h;
            }
            add_product(scaled, v, self.rank, setting.dim, out);
            room.shrink.fill(setting.decay);
        }
        room.rest_rates(
            setting.step_ratio,
            self.rank,
            (!self.on_sphere, &mut rates[rest_at..end]),
        );
        if setting.trained_readouts() > 0 {
            setting.readout_rates(&room.room, readouts, &mut rates[end..]);
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
        let (place, rank) = (&self.setting.stands_for, self.rank);
        let [v_at, rest_at, _] = self.parts();
        NetworkStart::Lora {
            u: DMatrix::from_fn(place.len(), rank, |i, k| state[place[i] * rank + k]),
            v: DMatrix::from_row_slice(rank, self.setting.dim, &state[v_at..rest_at]),
            rest: DMatrix::from_row_slice(rank, rank, &self.at(state).rest),
        }
    }

    fn observe(&self, state: &[f64]) -> NetworkObserved {
        let room = self.at(state);
        let (setting, rank, dim) = (&self.setting, self.rank, self.setting.dim);
        let [v_at, rest_at, _] = self.parts();
        let (m, q) = shown(setting.overlaps(&room.room, dim));
        let v = DMatrix::from_row_slice(rank, dim, &state[v_at..rest_at]);
        let teachers = DMatrix::from_row_slice(setting.stars(), dim, &setting.teachers);
        let place = &setting.stands_for;
        let w0 = DMatrix::from_row_slice(setting.units(), dim, &self.w0).select_rows(place);
        let c = DMatrix::from_row_slice(rank, rank, &room.c);
        NetworkObserved {
            m,
            q,
            u: Some(DMatrix::from_fn(place.len(), rank, |i, k| {
                state[place[i] * rank + k]
            })),
            alignment: Some(&v * teachers.transpose()),
            s: Some(&v * w0.transpose()),
            readout: setting.each_readout(state),
            cosine: cosine_of_adapter(&v.columns(0, setting.span).into_owned(), &c),
            c: Some(c),
        }
    }

    fn cosine(&self, state: &[f64]) -> f64 {
        let (rank, span, dim) = (self.rank, self.setting.span, self.setting.dim);
        let [v_at, rest_at, _] = self.parts();
        let v = &state[v_at..rest_at];
        if rank == 1 {
            let length = dot(&v[..span], &v[..span]).sqrt();
            let c = self.at(state).c[0];
            return if length == 0.0 {
                0.0
            } else {
                (length / c.sqrt()).min(1.0)
            };
        }
        let along = DMatrix::from_fn(rank, span, |i, j| v[i * dim + j]);
        let c = DMatrix::from_row_slice(rank, rank, &self.at(state).c);
        cosine_of_adapter(&along, &c)
    }
}

impl LoraRoom {
    /// `G`, `beta U`, the rates of `U` before decay, `U' G`, `h`.
    fn products(&mut self, setting: &Setting, w0: &[f64], v: &[f64], rank: usize) {
        let (dim, units, stars) = (setting.dim, setting.units(), setting.stars());
        let slopes = &self.room.slopes;
        self.g.fill(0.0);
        add_product(&slopes.alpha, &setting.teachers, stars, dim, &mut self.g);
        add_product(&slopes.beta, w0, units, dim, &mut self.g);
        self.bu.fill(0.0);
        add_product(&slopes.beta, &self.u, units, rank, &mut self.bu);
        self.pulls.fill(0.0);
        add_product_of_rows(&self.g, v, dim, &mut self.pulls);
        add_product(&self.bu, &self.c, rank, rank, &mut self.pulls);
        self.p.fill(0.0);
        add_product_of_columns(&self.u, &self.g, rank, dim, &mut self.p);
        self.h.fill(0.0);
        add_product_of_columns(&self.u, &self.bu, rank, rank, &mut self.h);
    }

    /// `E`.
    fn noise_of_rows(&mut self, rank: usize) {
        let units = self.u.len() / rank;
        self.nu.fill(0.0);
        add_product(&self.room.noise, &self.u, units, rank, &mut self.nu);
        add_product_of_columns(&self.u, &self.nu, rank, rank, &mut self.e);
    }

    /// The rates of `V_f` on the sphere, and `g_i`: of `h V_f - (h C)_ii V_f[i]` the terms that cancel are left out.
    fn turn(&mut self, setting: &Setting, rank: usize, v: &[f64], rates: &mut [f64]) {
        let (dim, chi) = (setting.dim, setting.step_ratio);
        for (i, out) in rates.chunks_exact_mut(dim).enumerate() {
            let row = &v[i * dim..(i + 1) * dim];
            let p = &self.p[i * dim..(i + 1) * dim];
            let noise = 0.5 * chi * chi * self.e[i * rank + i];
            let column = (0..self.u.len() / rank).map(|k| k * rank + i);
            let pull: f64 = column.map(|k| self.u[k] * self.pulls[k]).sum();
            self.shrink[i] = chi * pull + noise;
            let others = Others::of(p, row);
            for x in 0..dim {
                // 1 - v^2 is a factor.
                let mut turn = p[x] * (1.0 - row[x]) * (1.0 + row[x]) - row[x] * others.than(x);
                for k in (0..rank).filter(|k| *k != i) {
                    let place = i * rank + k;
                    turn += self.h[place] * (v[k * dim + x] - self.c[place] * row[x]);
                }
                out[x] = chi * turn - noise * row[x];
            }
        }
    }

    /// The rates of the lower triangle of `R`, `g_i` being known.
    fn rest_rates(&mut self, chi: f64, rank: usize, (diagonal, out): (bool, &mut [f64])) {
        if out.is_empty() {
            return;
        }
        self.hr.fill(0.0);
        add_product(&self.h, &self.rest, rank, rank, &mut self.hr);
        fold(rank, diagonal, out, |i, k| {
            let (one, other) = (i * rank + k, k * rank + i);
            let drift = chi * (self.hr[one] + self.hr[other]) + chi * chi * self.e[one];
            drift - (self.shrink[i] + self.shrink[k]) * self.rest[one]
        });
    }
}
