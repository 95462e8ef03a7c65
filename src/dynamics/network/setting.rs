//! What all systems of networks share: the frame, the averages, the rates, units that are equal; and room to compute in.

use std::sync::Arc;

use nalgebra::DMatrix;

use super::ensemble::Units;
use super::products::{add_product_of_rows, dot};
use crate::expectation::{Covariance, FourPoint, PairError};
use crate::model::{NetworkAverages, NetworkGram, NetworkSlopes, Readouts};
use crate::problem::network::NetworkProblem;

/// Part of `v1 v2` below which a determinant is taken from the rest of one vector across the other.
const CANCELS: f64 = 1e-3;
/// Least variance of a pre-activation: averages are not defined at 0.
const LEAST: f64 = 1e-200;

/// A problem as the systems need it, units that start equal being one with the summed readout.
#[derive(Debug)]
pub(super) struct Setting {
    averages: Arc<NetworkAverages>,
    /// The averages of the noise; of links without a closed form there are none before [`Setting::fit`].
    noise: Option<Arc<dyn FourPoint>>,
    /// `T_f`, `K* x` the dimension of the frame.
    pub(super) teachers: Vec<f64>,
    /// `T T'`.
    overlaps: DMatrix<f64>,
    pub(super) teacher_readout: Vec<f64>,
    /// Power of the target.
    target: f64,
    /// Dimension of the frame, of the part of it that is followed without LoRA, and of the teachers' span.
    pub(super) dim: usize,
    pub(super) task: usize,
    pub(super) span: usize,
    /// How many equal units each one stands for.
    pub(super) copies: Vec<f64>,
    /// The one that stands for each unit of the problem.
    pub(super) stands_for: Vec<usize>,
    /// The first unit of the problem that each one stands for.
    pub(super) first: Vec<usize>,
    /// For each integrated unit the first one that stands alike.
    pub(super) alike: Vec<usize>,
    /// Summed readouts at the start.
    pub(super) readout: Vec<f64>,
    pub(super) readout_ratio: f64,
    nu: f64,
    label_noise: f64,
    pub(super) step_ratio: f64,
    pub(super) decay: f64,
    /// Whether no teacher pulls a unit without weights, and whether the student's slope at 0 is 0 (then nothing does).
    pub(super) is_unpulled: bool,
    pub(super) is_flat: bool,
}

/// Room for one right-hand side.
#[derive(Clone, Debug)]
pub(super) struct Room {
    /// `W_f`, `K x` the dimension of the frame.
    pub(super) w: Vec<f64>,
    /// Gram matrix of what units have outside the frame, `K x K`.
    pub(super) rest: Vec<f64>,
    pub(super) gram: NetworkGram,
    pub(super) slopes: NetworkSlopes,
    /// What units have outside the frame, in components of their own: `K x` as many as there are.
    pub(super) outside: Vec<f64>,
    /// `N`, `K x K`.
    pub(super) noise: Vec<f64>,
    units: Units,
    four_point: Vec<f64>,
}

impl Setting {
    /// Of a problem, one unit standing for all that are equal.
    pub(super) fn of(problem: &NetworkProblem) -> Result<Self, PairError> {
        Self::of_units(problem, &problem.equal_units())
    }

    /// Of a problem, `equal` telling for each unit the first one that is equal.
    pub(super) fn of_units(problem: &NetworkProblem, equal: &[usize]) -> Result<Self, PairError> {
        let (setup, frame, model) = (problem.setup(), problem.frame(), problem.model());
        let averages = Arc::clone(model.network()?);
        let overlaps = frame.teachers() * frame.teachers().transpose();
        let first: Vec<usize> = (0..equal.len()).filter(|i| equal[*i] == *i).collect();
        let place = |unit: &usize| first.iter().position(|i| i == unit).unwrap_or(0);
        let stands_for: Vec<usize> = equal.iter().map(place).collect();
        let (mut copies, mut readout) = (vec![0.0; first.len()], vec![0.0; first.len()]);
        for (place, a) in stands_for.iter().zip(&setup.readout) {
            copies[*place] += 1.0;
            readout[*place] += a;
        }
        let alike = problem.alike_units();
        let alike = first.iter().map(|unit| stands_for[alike[*unit]]).collect();
        let target = averages.target_power(&overlaps, &setup.teacher_readout);
        Ok(Self {
            teachers: by_rows(frame.teachers()),
            // A frame has real vectors; should rounding deny it, no number is given.
            target: target.unwrap_or(f64::NAN),
            noise: averages.noise().cloned(),
            averages,
            overlaps,
            teacher_readout: setup.teacher_readout.clone(),
            dim: frame.dim(),
            task: frame.task(),
            span: frame.span(),
            copies,
            stands_for,
            first,
            alike,
            readout,
            readout_ratio: setup.readout_ratio,
            nu: setup.scaling.nu,
            label_noise: setup.label_noise,
            step_ratio: setup.step_ratio,
            decay: setup.weight_decay,
            is_unpulled: frame.has_bare_units() && model.pull_at_zero() == Some(0.0),
            is_flat: model.student().derivative(0.0) == 0.0,
        })
    }

    /// Units that are integrated.
    pub(super) fn units(&self) -> usize {
        self.copies.len()
    }

    /// `K*`.
    pub(super) fn stars(&self) -> usize {
        self.teacher_readout.len()
    }

    pub(super) fn has_noise(&self) -> bool {
        self.nu > 0.0
    }

    /// How many readouts are part of the state: all, or none.
    pub(super) fn trained_readouts(&self) -> usize {
        if self.readout_ratio > 0.0 {
            self.units()
        } else {
            0
        }
    }

    /// The readouts of a state, its last numbers where they are trained.
    pub(super) fn readouts<'a>(&'a self, state: &'a [f64]) -> Readouts<'a> {
        let trained = self.trained_readouts();
        let student = match trained {
            0 => &self.readout[..],
            _ => &state[state.len() - trained..],
        };
        Readouts {
            teacher: &self.teacher_readout,
            student,
        }
    }

    /// Room for weights with `dim` components in the frame and `outside` beyond it.
    pub(super) fn room(&self, dim: usize, outside: usize) -> Room {
        let (units, stars) = (self.units(), self.stars());
        Room {
            w: vec![0.0; units * dim],
            rest: vec![0.0; units * units],
            gram: NetworkGram::room(units, stars),
            slopes: NetworkSlopes::room(units, stars),
            outside: vec![0.0; units * outside],
            noise: vec![0.0; units * units],
            units: Units::default(),
            four_point: Vec::new(),
        }
    }

    /// The Gram matrix of weights `room.w` with `dim` components and the rests `room.rest`;
    /// `beside(rests, i, k, x)` is the square of the rest of `w_i - x w_k`.
    pub(super) fn fill(
        &self,
        room: &mut Room,
        dim: usize,
        beside: impl Fn(&[f64], usize, usize, f64) -> f64,
    ) {
        let (units, stars, task) = (self.units(), self.stars(), self.task);
        let row = |i: usize| &room.w[i * dim..(i + 1) * dim];
        for i in 0..units {
            let w = row(i);
            let own = room.rest[i * units + i];
            let variance = (dot(w, w) + own).max(LEAST);
            room.gram.variances[i] = variance;
            for j in 0..stars {
                let t = &self.teachers[j * self.dim..j * self.dim + task];
                let (square, c) = (self.overlaps[(j, j)].max(LEAST), dot(t, &w[..task]));
                let at = &mut room.gram.cross[i * stars + j];
                (at.v1, at.v2, at.c) = (square, variance, c);
                at.determinant = determinant(square, variance, c, || {
                    let x = c / square;
                    let inside = w[..task].iter().zip(t).map(|(w, t)| (w - x * t).powi(2));
                    inside.sum::<f64>() + dot(&w[task..], &w[task..]) + own
                });
            }
            for k in 0..i {
                let other = row(k);
                let square = room.gram.variances[k];
                let c = dot(w, other) + room.rest[i * units + k];
                room.gram.pairs[i * (i - 1) / 2 + k] = Covariance {
                    v1: variance,
                    v2: square,
                    c,
                    determinant: determinant(square, variance, c, || {
                        let x = c / square;
                        let inside = w.iter().zip(other).map(|(w, o)| (w - x * o).powi(2));
                        inside.sum::<f64>() + beside(&room.rest, i, k, x).max(0.0)
                    }),
                };
            }
        }
    }

    /// `alpha` and `beta` at `room.gram`.
    pub(super) fn slopes(&self, room: &mut Room, readouts: Readouts<'_>) {
        self.averages.slopes(&room.gram, readouts, &mut room.slopes);
    }

    /// Whether the noise takes components of the units outside the frame.
    pub(super) fn needs_outside(&self) -> bool {
        self.has_noise()
            && self
                .noise
                .as_ref()
                .is_none_or(|noise| noise.needs_vectors())
    }

    /// A part of `nu N` at `room.gram` into `room.noise`.
    pub(super) fn noise(&self, room: &mut Room, readouts: Readouts<'_>, part: f64) {
        let Some(noise) = &self.noise else {
            return room.noise.fill(f64::NAN);
        };
        self.assemble(room, readouts);
        let ensemble = room.units.view(self.label_noise);
        noise.noise(ensemble, &mut room.four_point, &mut room.noise);
        room.noise.iter_mut().for_each(|n| *n *= part * self.nu);
    }

    /// Finds a rule for the noise of links without a closed form, good enough at `room.gram` and with other units.
    pub(super) fn fit(
        &mut self,
        room: &mut Room,
        readout: &[f64],
        allowed: f64,
    ) -> Result<(), PairError> {
        if !self.has_noise() || self.noise.is_some() {
            return Ok(());
        }
        let readouts = Readouts {
            teacher: &self.teacher_readout,
            student: readout,
        };
        self.assemble(room, readouts);
        let turned = room.units.turned();
        let ensembles = [
            room.units.view(self.label_noise),
            turned.view(self.label_noise),
        ];
        self.noise = Some(self.averages.fitted_noise(ensembles, allowed)?);
        Ok(())
    }

    /// The error of the noise at `room.gram`, of links whose noise has one.
    pub(super) fn noise_error(&self, room: &mut Room, readouts: Readouts<'_>) -> Option<f64> {
        let noise = self.noise.as_ref().filter(|_| self.has_noise())?;
        self.assemble(room, readouts);
        noise.error(room.units.view(self.label_noise))
    }

    /// All units, from `room.gram`, `room.w` and `room.outside`.
    fn assemble(&self, room: &mut Room, readouts: Readouts<'_>) {
        room.units.overlap(&self.overlaps, &room.gram, readouts);
        if self.needs_outside() {
            let teachers = self.teachers.chunks_exact(self.dim);
            room.units.extend(teachers, &room.w, &room.outside);
        }
    }

    /// `da/dt` at `room.gram` into the last numbers of `rates`.
    pub(super) fn readout_rates(&self, room: &Room, readouts: Readouts<'_>, rates: &mut [f64]) {
        self.averages.readout_slopes(&room.gram, readouts, rates);
        for (rate, copies) in rates.iter_mut().zip(&self.copies) {
            *rate *= self.readout_ratio * copies;
        }
    }

    /// The readouts of a state after a step of size `eta`, where they are trained, `room.gram` being known.
    pub(super) fn step_readouts(&self, room: &Room, (state, eta): (&[f64], f64), next: &mut [f64]) {
        if self.trained_readouts() == 0 {
            return;
        }
        let readouts = self.readouts(state);
        self.readout_rates(room, readouts, next);
        for (next, a) in next.iter_mut().zip(readouts.student) {
            *next = a + eta * *next;
        }
    }

    /// The loss at `room.gram`, without label noise.
    pub(super) fn loss(&self, room: &Room, readouts: Readouts<'_>) -> f64 {
        self.averages.loss(self.target, &room.gram, readouts)
    }

    /// `(M, Q)` of all units of the problem, at `room.w` and `room.rest`.
    pub(super) fn overlaps(&self, room: &Room, dim: usize) -> (DMatrix<f64>, DMatrix<f64>) {
        let (units, stars) = (self.units(), self.stars());
        let mut q = room.rest.clone();
        add_product_of_rows(&room.w, &room.w, dim, &mut q);
        let m = |unit: usize, j: usize| {
            let w = &room.w[self.stands_for[unit] * dim..][..self.task];
            dot(w, &self.teachers[j * self.dim..][..self.task])
        };
        let (all, place) = (self.stands_for.len(), &self.stands_for);
        (
            DMatrix::from_fn(all, stars, m),
            DMatrix::from_fn(all, all, |i, k| q[place[i] * units + place[k]]),
        )
    }

    /// The readouts of all units of the problem: equal units share theirs.
    pub(super) fn each_readout(&self, state: &[f64]) -> Vec<f64> {
        let student = self.readouts(state).student;
        let one = |place: &usize| student[*place] / self.copies[*place];
        self.stands_for.iter().map(one).collect()
    }

    /// Rows of a matrix for the units that are integrated.
    pub(super) fn rows_of_first(&self, matrix: &DMatrix<f64>) -> Vec<f64> {
        let rows = self
            .first
            .iter()
            .flat_map(|i| matrix.row(*i).iter().copied().collect::<Vec<_>>());
        rows.collect()
    }
}

/// `v1 v2 - c^2`, where that cancels by the square of the rest of the second vector across the first.
#[inline]
fn determinant(square: f64, variance: f64, c: f64, rest: impl FnOnce() -> f64) -> f64 {
    let product = square * variance;
    let plain = product - c * c;
    if plain > CANCELS * product {
        plain
    } else {
        square * rest()
    }
}

/// Divides vectors by their lengths: their rows of `dim` components, and the Gram matrix of what is beside these.
pub(super) fn shorten(rows: &mut [f64], dim: usize, rest: &mut [f64]) {
    let count = rows.len() / dim;
    for (i, row) in rows.chunks_exact_mut(dim).enumerate() {
        let length = (dot(row, row) + rest[i * count + i]).sqrt();
        row.iter_mut().for_each(|x| *x /= length);
        for k in 0..count {
            rest[i * count + k] /= length;
            rest[k * count + i] /= length;
        }
    }
}

/// The numbers of a matrix, row after row.
pub(super) fn by_rows(matrix: &DMatrix<f64>) -> Vec<f64> {
    matrix.transpose().as_slice().to_vec()
}

/// How many numbers a symmetric matrix has, with its diagonal or without.
pub(super) fn triangle(size: usize, diagonal: bool) -> usize {
    if diagonal {
        size * (size + 1) / 2
    } else {
        size * size.saturating_sub(1) / 2
    }
}

/// Reads a symmetric matrix from its lower triangle, whose diagonal is left alone where it is not stored.
#[inline]
pub(super) fn unfold(stored: &[f64], size: usize, diagonal: bool, out: &mut [f64]) {
    let mut next = stored.iter();
    for i in 0..size {
        let columns = if diagonal { i + 1 } else { i };
        for (k, value) in (0..columns).zip(&mut next) {
            out[i * size + k] = *value;
            out[k * size + i] = *value;
        }
    }
}

/// Writes the lower triangle of a matrix given by its entries.
#[inline]
pub(super) fn fold(size: usize, diagonal: bool, out: &mut [f64], of: impl Fn(usize, usize) -> f64) {
    let mut next = out.iter_mut();
    for i in 0..size {
        let columns = if diagonal { i + 1 } else { i };
        for (k, out) in (0..columns).zip(&mut next) {
            *out = of(i, k);
        }
    }
}
