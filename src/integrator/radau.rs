//! Radau IIA of order 5 for small systems: the state on the stack, no allocation per step.
//!
//! Hairer & Wanner, Solving Ordinary Differential Equations II, section IV.8. A step solves
//! `Z = h A f(y + Z)` for three stages by simplified Newton iterations, in the variables
//! `W = T^-1 Z` in which `A^-1` is one real and one complex number.

use nalgebra::Complex;

use super::driver::{Knot, Stepper};
use super::jacobian::{self, Matrix, Scale};
use super::linear::{largest, sum};
use super::tableau::{BACK, C, E, Factors, PAIR, REAL, Stages, T, factorize, multiply, polynomial};
use super::{Event, Field, Precision, StepFailure};

/// The estimate is of order 3 and the method of order 5: an estimate of `SCALE rtol^(2/3)` belongs
/// to an error below `rtol`.
const SCALE: f64 = 0.005;
/// Newton iterations stop at this part of `rtol`.
const NEWTON: f64 = 0.03;
const NEWTON_ITERATIONS: usize = 8;
/// A Jacobian is kept while the iterations contract this fast.
const FAST: f64 = 1e-3;
/// Rounding of the rates counts this many times: it acts in every stage.
const NOISE: f64 = 50.0;
/// Steps for which rounding is looked at, once it was in the way, and what is kept of it from one to
/// the next: it comes and goes.
const LOUD: usize = 20;
const FADING: f64 = 0.7;
const SAFETY: f64 = 0.9;
const SHRINK: f64 = 0.2;
const GROW: f64 = 8.0;
/// Rejections of one step.
const MAX_REJECTIONS: usize = 100;

/// Radau from a knot, one accepted step at a time.
pub(super) struct Radau<'a, const N: usize> {
    field: Field<'a>,
    events: &'a [Event<'a>],
    /// Allowed estimate, and the part of it left to the Newton iterations.
    tolerance: f64,
    newton: f64,
    atol: f64,
    at: Knot<N>,
    /// Time that `at.t` is too small to hold.
    carry: f64,
    /// Next step; 0: from the rates.
    step: f64,
    jacobian: Option<Matrix<N>>,
    factors: Option<Factors<N>>,
    /// Step size and collocation polynomial of the last step.
    last: Option<(f64, Stages<N>)>,
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

impl<'a, const N: usize> Radau<'a, N> {
    /// `step` 0: from the rates.
    pub(super) fn new(
        field: Field<'a>,
        events: &'a [Event<'a>],
        at: Knot<N>,
        step: f64,
        precision: &Precision,
    ) -> Self {
        let tolerance = SCALE * precision.rtol.powf(2.0 / 3.0);
        Self {
            field,
            events,
            tolerance,
            newton: (NEWTON * precision.rtol).max(10.0 * f64::EPSILON) / tolerance,
            atol: precision.atol,
            at,
            carry: 0.0,
            step,
            jacobian: None,
            factors: None,
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

    /// Error allowed of every component in a step between two states; `floor` is what the rounding
    /// of the rates makes of them.
    fn allowed(&self, new: &[f64; N], floor: &[f64; N]) -> [f64; N] {
        let old = &self.at.y;
        std::array::from_fn(|i| {
            self.atol + self.tolerance * old[i].abs().max(new[i].abs()) + floor[i]
        })
    }

    /// What the rounding of the rates makes of the state in a step.
    fn floor(&self, factors: &Factors<N>) -> [f64; N] {
        let mut floor = [0.0; N];
        let Some(noise) = &self.noise else {
            return floor;
        };
        for j in 0..N {
            let mut unit = [0.0; N];
            unit[j] = NOISE * noise[j];
            for (floor, part) in floor.iter_mut().zip(factors.real.solve(unit)) {
                *floor += part.abs();
            }
        }
        floor
    }

    /// The stages of a step; `None` when the iterations do not converge. Also how fast they did.
    fn stages(
        &mut self,
        factors: &Factors<N>,
        mut z: Stages<N>,
        allowed: &[f64; N],
    ) -> Option<(Stages<N>, f64)> {
        let h = factors.step;
        let mut w = multiply(&BACK, &z);
        let (mut before, mut slowest) = (f64::INFINITY, 0.0_f64);
        for iteration in 0..NEWTON_ITERATIONS {
            let mut f = [[0.0; N]; 3];
            for (f, z) in f.iter_mut().zip(&z) {
                *f = self.rates(&sum(&self.at.y, z));
            }
            let g = multiply(&BACK, &f);
            let mut real = [0.0; N];
            let mut pair = [Complex::new(0.0, 0.0); N];
            for i in 0..N {
                real[i] = g[0][i] - REAL / h * w[0][i];
                pair[i] =
                    Complex::new(g[1][i], g[2][i]) - PAIR / h * Complex::new(w[1][i], w[2][i]);
            }
            let (real, pair) = (factors.real.solve(real), factors.pair.solve(pair));
            for i in 0..N {
                w[0][i] += real[i];
                w[1][i] += pair[i].re;
                w[2][i] += pair[i].im;
            }
            let new = multiply(&T, &w);
            let mut change = 0.0_f64;
            for (new, z) in new.iter().zip(&z) {
                let moved = std::array::from_fn(|i| new[i] - z[i]);
                let part = largest(&moved, allowed);
                if !(part <= change) {
                    change = part;
                }
            }
            z = new;
            if !change.is_finite() {
                return None;
            }
            let rate = change / before;
            if iteration > 0 {
                slowest = slowest.max(rate);
            }
            let left = if iteration > 0 {
                rate / (1.0 - rate) * change
            } else {
                change
            };
            if change == 0.0 || (rate < 1.0 && left <= self.newton) {
                return Some((z, slowest));
            }
            if iteration > 0 && rate >= 1.0 {
                // Rounding of the rates ends the contraction; far above it, that is divergence.
                return (change <= ROUNDED).then_some((z, slowest));
            }
            before = change;
        }
        (before <= ROUNDED).then_some((z, slowest))
    }

    /// Error of a step against the tolerances: of the components, and of every event function.
    fn error(&mut self, factors: &Factors<N>, z: &Stages<N>, floor: &[f64; N], again: bool) -> f64 {
        let h = factors.step;
        let new = sum(&self.at.y, &z[2]);
        let allowed = self.allowed(&new, floor);
        let defect: [f64; N] =
            std::array::from_fn(|i| (E[0] * z[0][i] + E[1] * z[1][i] + E[2] * z[2][i]) / h);
        let start = self.at.f;
        let mut estimate = factors
            .real
            .solve(std::array::from_fn(|i| start[i] + defect[i]));
        let mut error = largest(&estimate, &allowed);
        if error > 1.0 && again {
            let f = self.rates(&sum(&self.at.y, &estimate));
            estimate = factors
                .real
                .solve(std::array::from_fn(|i| f[i] + defect[i]));
            error = largest(&estimate, &allowed);
        }
        let shifted: [f64; N] = std::array::from_fn(|i| new[i] - estimate[i]);
        for event in self.events {
            let value = (event.function)(&new);
            let part = (value - (event.function)(&shifted)).abs();
            let mut unit = self.tolerance * value.abs().max(1.0);
            if self.noise.is_some() {
                unit += (value - (event.function)(&sum(&new, floor))).abs();
            }
            error = error.max(part / unit);
        }
        error
    }

    /// One accepted step, at most to `limit`.
    fn step_once(&mut self, limit: f64) -> Result<(), StepFailure> {
        let length = limit - self.at.t - self.carry;
        let broke_before = std::mem::take(&mut self.broken);
        // How the Jacobian at hand was made; `None`: at an earlier knot.
        let mut scale = self.jacobian.is_none().then_some(Scale::State);
        let mut jacobian = match self.jacobian.take() {
            Some(jacobian) => jacobian,
            None => self.differentiate(Scale::State),
        };
        if self.step <= 0.0 {
            self.step = jacobian::first_step(&jacobian, &self.at, length);
        }
        let mut rejected = false;
        for _ in 0..MAX_REJECTIONS {
            let cut = self.step >= length * (1.0 - 4.0 * f64::EPSILON);
            let h = if cut { length } else { self.step };
            // A step may be below the rounding of a time that is large because a search was long.
            if h < f64::MIN_POSITIVE {
                break;
            }
            let factors = match self.factors.take() {
                Some(factors) if factors.step.to_bits() == h.to_bits() => Some(factors),
                _ => factorize(&jacobian, h),
            };
            let guess = self.extrapolated(h);
            let floor = factors
                .as_ref()
                .map_or([0.0; N], |factors| self.floor(factors));
            let allowed = self.allowed(&sum(&self.at.y, &guess[2]), &floor);
            let solved = factors
                .as_ref()
                .and_then(|factors| self.stages(factors, guess, &allowed));
            let (Some(factors), Some((z, slowest))) = (factors, solved) else {
                self.last = None;
                // A fresh Jacobian, then a finer one, then a shorter step.
                let next = match scale {
                    None => Scale::State,
                    Some(Scale::State) => {
                        self.listen();
                        Scale::Change(h)
                    }
                    Some(Scale::Change(_)) => {
                        self.step = 0.3 * h;
                        Scale::State
                    }
                };
                jacobian = self.differentiate(next);
                scale = Some(next);
                rejected = true;
                continue;
            };
            let again = rejected || self.accepted.is_none();
            let mut error = self.error(&factors, &z, &floor, again);
            if !(error <= 1.0) && self.noise.is_none() {
                // Before a step is given up: is its error more than the rounding of the rates?
                self.listen();
                let floor = self.floor(&factors);
                error = self.error(&factors, &z, &floor, true);
            }
            let new = sum(&self.at.y, &z[2]);
            let f = self.rates(&new);
            let finite = f.iter().chain(&new).all(|x| x.is_finite());
            if !finite || !(error <= 1.0) {
                self.step = h * if finite { factor(error) } else { SHRINK };
                rejected = true;
                continue;
            }
            let next = h * self.growth(h, error, rejected);
            self.last = Some((h, polynomial(&z)));
            // Steps below the rounding of the time add up.
            let wanted = h + self.carry;
            let t = if cut { limit } else { self.at.t + wanted };
            let stuck = new.map(f64::to_bits) == self.at.y.map(f64::to_bits);
            if stuck && t <= self.at.t {
                break;
            }
            self.carry = if cut { 0.0 } else { wanted - (t - self.at.t) };
            self.at = Knot { t, y: new, f };
            self.hear_again();
            if !cut {
                self.accepted = Some((h, error));
                // Equal steps reuse the factors.
                self.step = if next > h && next < 1.2 * h { h } else { next };
            } else if h >= 0.1 * self.step {
                self.step = next.max(self.step);
            }
            if slowest <= FAST {
                self.jacobian = Some(jacobian);
                self.factors = Some(factors);
            }
            return Ok(());
        }
        Err(if self.broken || broke_before {
            StepFailure::NotFinite
        } else {
            StepFailure::StepSize
        })
    }

    /// Looks at the rounding of the rates where the step starts.
    fn listen(&mut self) {
        if self.noise.is_none() {
            self.loud = LOUD;
            self.evaluations += jacobian::LOOKS;
            self.noise = Some(jacobian::rounding(self.field, &self.at));
        }
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
        self.evaluations += N;
        self.factors = None;
        jacobian::differences(self.field, &self.at, scale)
    }

    /// Gustafsson's prediction: the trend of the last two errors goes on.
    fn growth(&self, h: f64, error: f64, rejected: bool) -> f64 {
        let plain = factor(error);
        let trend = match self.accepted {
            Some((before, old)) if error > 0.0 => h / before * (old / error).powf(0.25) * plain,
            _ => plain,
        };
        let most = if rejected { 1.0 } else { GROW };
        plain.min(trend).clamp(SHRINK, most)
    }

    /// Stages guessed from the polynomial of the last step.
    fn extrapolated(&self, h: f64) -> Stages<N> {
        let Some((before, q)) = &self.last else {
            return [[0.0; N]; 3];
        };
        let value = |x: f64, i: usize| x * (q[0][i] + x * (q[1][i] + x * q[2][i]));
        std::array::from_fn(|stage| {
            let x = 1.0 + C[stage] * h / before;
            std::array::from_fn(|i| value(x, i) - value(1.0, i))
        })
    }
}

/// Newton changes, against the tolerance, that rounding may leave.
const ROUNDED: f64 = 0.1;

fn factor(error: f64) -> f64 {
    (SAFETY * error.powf(-0.25)).clamp(SHRINK, GROW)
}

impl<const N: usize> Stepper<N> for Radau<'_, N> {
    fn advance(&mut self, limit: f64, knots: &mut Vec<Knot<N>>) -> Result<(), StepFailure> {
        self.step_once(limit)?;
        knots.push(self.at);
        Ok(())
    }

    fn position(&self) -> &Knot<N> {
        &self.at
    }

    fn evaluations(&self) -> usize {
        self.evaluations
    }
}
