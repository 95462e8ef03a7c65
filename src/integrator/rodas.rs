//! Rodas5P for small systems: the state on the stack, no allocation in a step.
//!
//! G. Steinebach, Construction of Rosenbrock-Wanner method Rodas5P and numerical benchmarks within the
//! Julia Differential Equations package, BIT Numer. Math. 63:27 (2023): order 5 with an embedded method
//! of order 4, eight stages, stiffly accurate, L-stable. A step solves linear equations only,
//!
//! ```text
//! (1/(h GAMMA) - J) U_i = f(y + sum_j A_ij U_j) + sum_j C_ij U_j / h ,   j < i
//! ```
//!
//! and the last three stages add up: `y + ... + U_6 + U_7` is the embedded solution, and `U_8`, what
//! is new in the other, its error.

use super::driver::{Knot, Stepper};
use super::jacobian::{self, Matrix, Scale};
use super::linear::{Lu, largest, sum};
use super::tableau::{
    A2, A3, A4, A5, A6, C2, C3, C4, C5, C6, C7, C8, GAMMA, STAGES, Stages, interpolate, mix,
};
use super::{Event, Field, Precision, StepFailure};

/// Allowed in a step against `rtol`, and the least: the error of a run is up to ten times that.
const SCALE: f64 = 0.03;
const FINEST: f64 = 4e-12;
/// An error matters if it lasts for `2^DOUBLINGS GAMMA` steps.
const DOUBLINGS: usize = 7;
/// What errors that do not last may be, against those that do.
const PASSING: f64 = 100.0;
/// What errors of events may be, against those of components.
const EVENTS: f64 = 10.0;
/// Part of the last error that counts for the next step: one that changes its sign is small on the
/// way.
const KEPT: f64 = 0.3;
/// Rounding of the rates counts this many times: it acts in every stage.
const NOISE: f64 = 10.0;
/// Steps for which rounding is looked at, once it was in the way, and what is kept of it from one to
/// the next: it comes and goes.
const LOUD: usize = 20;
const FADING: f64 = 0.7;
const SAFETY: f64 = 0.9;
const SHRINK: f64 = 0.2;
const GROW: f64 = 8.0;
/// Rejections of one step.
const MAX_REJECTIONS: usize = 100;

/// The linear part of a step.
struct Linear<const N: usize> {
    step: f64,
    jacobian: Matrix<N>,
    lu: Lu<N>,
}

impl<const N: usize> Linear<N> {
    /// `None` when `1/(h GAMMA) - J` is singular.
    fn new(jacobian: Matrix<N>, step: f64) -> Option<Self> {
        let mut matrix = jacobian.map(|row| row.map(|x| -x));
        for (i, row) in matrix.iter_mut().enumerate() {
            row[i] += 1.0 / (GAMMA * step);
        }
        let lu = Lu::new(matrix)?;
        Some(Self { step, jacobian, lu })
    }

    /// What is left of an error after some more steps, against a solution that grows or decays at
    /// `rate`; `None` where that is not to be said.
    fn lasting(&self, error: [f64; N], rate: f64) -> Option<[f64; N]> {
        let part = GAMMA * self.step;
        let own = 1.0 - part * rate;
        // One number alone is slaved to nothing.
        if N == 1 || !(own > 0.5 && own.is_finite()) {
            return None;
        }
        // The matrix that goes on by GAMMA steps, columns first, and its powers.
        let mut columns: [[f64; N]; N] = std::array::from_fn(|j| {
            let mut unit = [0.0; N];
            unit[j] = own / part;
            self.lu.solve(unit)
        });
        for _ in 0..DOUBLINGS {
            columns = columns.map(|column| times(&columns, &column));
        }
        Some(times(&columns, &error))
    }
}

/// A matrix, given by its columns, times a vector.
fn times<const N: usize>(columns: &[[f64; N]; N], x: &[f64; N]) -> [f64; N] {
    let mut out = [0.0; N];
    for j in 0..N {
        for i in 0..N {
            out[i] += columns[j][i] * x[j];
        }
    }
    out
}

/// An accepted step: where it started, and what it was made of.
struct Made<const N: usize> {
    from: Knot<N>,
    linear: Linear<N>,
    stages: Stages<N>,
}

/// Rodas5P from a knot, one accepted step at a time.
pub(super) struct Rodas<'a, const N: usize> {
    field: Field<'a>,
    events: &'a [Event<'a>],
    /// Allowed error of a step.
    tolerance: f64,
    atol: f64,
    at: Knot<N>,
    /// Time that `at.t` is too small to hold.
    carry: f64,
    /// Next step; 0: from the rates.
    step: f64,
    last: Option<Made<N>>,
    /// Step size and error of the last accepted step.
    accepted: Option<(f64, f64)>,
    /// Rounding of the rates where the step starts, once it was in the way.
    noise: Option<[f64; N]>,
    /// Steps for which it is looked at again.
    loud: usize,
    /// Whether a rate of the present step was not finite.
    broken: bool,
    evaluations: usize,
}

impl<'a, const N: usize> Rodas<'a, N> {
    pub(super) fn new(
        field: Field<'a>,
        events: &'a [Event<'a>],
        at: Knot<N>,
        precision: &Precision,
    ) -> Self {
        Self {
            field,
            events,
            tolerance: (SCALE * precision.rtol).max(FINEST),
            atol: precision.atol,
            at,
            carry: 0.0,
            step: 0.0,
            last: None,
            accepted: None,
            noise: None,
            loud: 0,
            broken: false,
            evaluations: 0,
        }
    }

    fn rates(&mut self, y: &[f64; N]) -> [f64; N] {
        let mut out = [0.0; N];
        (self.field.rates)(y, &mut out);
        self.evaluations += 1;
        self.broken |= out.iter().any(|rate| !rate.is_finite());
        out
    }

    /// The stages of a step, and the state at its end.
    fn stages(&mut self, from: &Knot<N>, linear: &Linear<N>) -> (Stages<N>, [f64; N]) {
        let per_step = 1.0 / linear.step;
        let mut stage = |point: &[f64; N], mixed: [f64; N]| {
            let f = self.rates(point);
            let right = std::array::from_fn(|i| f[i] + mixed[i] * per_step);
            linear.lu.solve(right)
        };
        let mut u = [[0.0; N]; STAGES];
        u[0] = linear.lu.solve(from.f);
        u[1] = stage(&sum(&from.y, &mix(&A2, &u)), mix(&C2, &u));
        u[2] = stage(&sum(&from.y, &mix(&A3, &u)), mix(&C3, &u));
        u[3] = stage(&sum(&from.y, &mix(&A4, &u)), mix(&C4, &u));
        u[4] = stage(&sum(&from.y, &mix(&A5, &u)), mix(&C5, &u));
        let mut point = sum(&from.y, &mix(&A6, &u));
        u[5] = stage(&point, mix(&C6, &u));
        point = sum(&point, &u[5]);
        u[6] = stage(&point, mix(&C7, &u));
        point = sum(&point, &u[6]);
        u[7] = stage(&point, mix(&C8, &u));
        (u, sum(&point, &u[7]))
    }

    /// What the rounding of the rates makes of the state in a step.
    fn floor(&self, lu: &Lu<N>) -> [f64; N] {
        let mut floor = [0.0; N];
        let Some(noise) = &self.noise else {
            return floor;
        };
        for j in 0..N {
            let mut unit = [0.0; N];
            unit[j] = NOISE * noise[j];
            for (floor, part) in floor.iter_mut().zip(lu.solve(unit)) {
                *floor += part.abs();
            }
        }
        floor
    }

    /// Error of a step to `new` against the tolerances: of the components, and of every event
    /// function.
    ///
    /// In a search `u` is slaved to the alignment: its error is the larger by far, and forgotten at
    /// once. So errors count by what is left of them later.
    fn error(&self, linear: &Linear<N>, new: &[f64; N], estimate: [f64; N]) -> f64 {
        let floor = self.floor(&linear.lu);
        let Knot { y: old, f, .. } = &self.at;
        let allowed = std::array::from_fn(|i| {
            self.atol + self.tolerance * old[i].abs().max(new[i].abs()) + floor[i]
        });
        let damped = linear.lu.solve(estimate).map(|x| x / (linear.step * GAMMA));
        let whole = largest(&damped, &allowed);
        let rates = (0..N).filter(|i| old[*i] != 0.0).map(|i| f[i] / old[i]);
        let lasting = linear.lasting(estimate, rates.fold(f64::INFINITY, f64::min));
        let lasting = lasting.map_or(whole, |lasting| largest(&lasting, &allowed));
        let mut error = whole.min(lasting.max(whole / PASSING));
        let other: [f64; N] = std::array::from_fn(|i| new[i] - damped[i]);
        for event in self.events {
            let value = (event.function)(new);
            let part = (value - (event.function)(&other)).abs();
            let mut unit = EVENTS * self.tolerance * value.abs().max(1.0);
            if self.noise.is_some() {
                unit += (value - (event.function)(&sum(new, &floor))).abs();
            }
            error = error.max(part / unit);
        }
        // A maximum passes over NaN.
        if whole.is_finite() { error } else { whole }
    }

    /// One accepted step, at most to `limit`.
    fn step_once(&mut self, limit: f64) -> Result<(), StepFailure> {
        let length = limit - self.at.t - self.carry;
        let broke_before = std::mem::take(&mut self.broken);
        let mut jacobian = self.differentiate(match self.step {
            step if step > 0.0 && self.noise.is_some() => Scale::Twice(step),
            step if step > 0.0 => Scale::Change(step),
            _ => Scale::State,
        });
        if self.step <= 0.0 {
            self.step = jacobian::first_step(&jacobian, &self.at, length);
        }
        for rejections in 0..MAX_REJECTIONS {
            let cut = self.step >= length * (1.0 - 4.0 * f64::EPSILON);
            let h = if cut { length } else { self.step };
            // A step may be below the rounding of a time that is large because a search was long.
            if h < f64::MIN_POSITIVE {
                break;
            }
            if rejections > 1 {
                jacobian = self.differentiate(Scale::Change(h));
            }
            let Some(linear) = Linear::new(jacobian, h) else {
                self.step = SAFETY * h;
                continue;
            };
            let (stages, new) = self.stages(&self.at.clone(), &linear);
            let mut error = self.error(&linear, &new, stages[STAGES - 1]);
            if !(error <= 1.0) && self.noise.is_none() {
                // Before a step is given up: is its error more than the rounding of the rates?
                self.listen();
                error = self.error(&linear, &new, stages[STAGES - 1]);
            }
            if !(error <= 1.0) {
                self.step = h * if error.is_finite() {
                    factor(error)
                } else {
                    SHRINK
                };
                continue;
            }
            let f = self.rates(&new);
            if !f.iter().chain(&new).all(|x| x.is_finite()) {
                self.step = SHRINK * h;
                continue;
            }
            // Steps below the rounding of the time add up.
            let wanted = h + self.carry;
            let t = if cut { limit } else { self.at.t + wanted };
            let stuck = new.map(f64::to_bits) == self.at.y.map(f64::to_bits);
            if stuck && t <= self.at.t {
                break;
            }
            self.carry = if cut { 0.0 } else { wanted - (t - self.at.t) };
            self.plan(h, error, rejections > 0, cut);
            let from = std::mem::replace(&mut self.at, Knot { t, y: new, f });
            self.last = Some(Made {
                from,
                linear,
                stages,
            });
            self.hear_again();
            return Ok(());
        }
        Err(if self.broken || broke_before {
            StepFailure::NotFinite
        } else {
            StepFailure::StepSize
        })
    }

    /// The next step, after one of length `h`.
    fn plan(&mut self, h: f64, error: f64, rejected: bool, cut: bool) {
        let error = self.accepted.map_or(error, |(before, old)| {
            error.max(KEPT * old * (h / before).powi(5).min(1.0))
        });
        let next = h * self.growth(h, error, rejected);
        if !cut {
            self.accepted = Some((h, error));
            self.step = next;
        } else if h >= 0.1 * self.step {
            self.step = next.max(self.step);
        }
    }

    /// Looks at the rounding of the rates where the step starts.
    fn listen(&mut self) {
        self.loud = LOUD;
        self.evaluations += jacobian::LOOKS;
        self.noise = Some(jacobian::rounding(self.field, &self.at));
    }

    /// Where rounding was in the way it will be for a while: the next steps know it from the start.
    fn hear_again(&mut self) {
        let Some(before) = self.noise.take() else {
            return;
        };
        if self.loud > 0 {
            self.loud -= 1;
            self.evaluations += jacobian::LOOKS;
            let now = jacobian::rounding(self.field, &self.at);
            self.noise = Some(std::array::from_fn(|i| now[i].max(FADING * before[i])));
        }
    }

    fn differentiate(&mut self, scale: Scale) -> Matrix<N> {
        self.evaluations += if matches!(scale, Scale::Twice(_)) {
            2 * N
        } else {
            N
        };
        jacobian::differences(self.field, &self.at, scale)
    }

    /// Gustafsson's prediction: the trend of the last two errors goes on.
    fn growth(&self, h: f64, error: f64, rejected: bool) -> f64 {
        let plain = factor(error);
        let trend = match self.accepted {
            Some((before, old)) if error > 0.0 => h / before * (old / error).powf(0.2) * plain,
            _ => plain,
        };
        let most = if rejected { 1.0 } else { GROW };
        plain.min(trend).clamp(SHRINK, most)
    }
}

fn factor(error: f64) -> f64 {
    (SAFETY * error.powf(-0.2)).clamp(SHRINK, GROW)
}

impl<const N: usize> Stepper<N> for Rodas<'_, N> {
    fn advance(&mut self, limit: f64, knots: &mut Vec<Knot<N>>) -> Result<(), StepFailure> {
        self.step_once(limit)?;
        knots.push(self.at);
        Ok(())
    }

    fn evaluations(&self) -> usize {
        self.evaluations
    }

    fn drawn(&self, (before, after): (&Knot<N>, &Knot<N>), x: f64) -> [f64; N] {
        match &self.last {
            Some(made) => interpolate(&made.stages, &before.y, &after.y, x),
            None => after.y,
        }
    }

    fn solved(&mut self, step: (&Knot<N>, &Knot<N>), x: f64) -> [f64; N] {
        let shorter = self.last.as_ref().and_then(|made| {
            let part = Linear::new(made.linear.jacobian, x * made.linear.step)?;
            Some((made.from, part))
        });
        let end = shorter.map(|(from, part)| self.stages(&from, &part).1);
        match end {
            Some(y) if y.iter().all(|y| y.is_finite()) => y,
            _ => self.drawn(step, x),
        }
    }
}
