//! Rodas5P; no allocation in a step.
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

use super::driver::{Knot, Place, Stepper};
use super::jacobian::{self, Differences, Scale};
use super::numbers::{Numbers, add, all_finite, largest};
use super::tableau::{GAMMA, STAGES, bow};
use super::trial::Trial;
use super::{Event, Field, Precision, StepFailure};

/// Allowed in a step against `rtol`, and the least: the error of a run is up to ten times that.
const SCALE: f64 = 0.03;
const FINEST_STEP: f64 = 4e-12;
/// What errors that do not last may be, against those that do.
const PASSING: f64 = 100.0;
/// What errors of events may be, against those of components.
const EVENTS: f64 = 10.0;
/// Part of the last error that counts for the next step: one that changes its sign is small on the way.
const KEPT: f64 = 0.3;
/// Rounding of the rates counts this many times: it acts in every stage.
const NOISE: f64 = 10.0;
/// Steps for which rounding is looked at, once it was in the way, and what is kept of it from one to the next.
const LOUD: usize = 20;
const FADING: f64 = 0.7;
/// What rounding leaves of an error of which it is the larger part.
const QUIETER: f64 = 0.5;
const SAFETY: f64 = 0.9;
const SHRINK: f64 = 0.2;
const GROW: f64 = 8.0;
/// Rejections of one step.
const MAX_REJECTIONS: usize = 100;

/// The last accepted step: its size, its error, and the power -1/5 of that.
struct Accepted {
    step: f64,
    error: f64,
    root: f64,
}

/// Rodas5P from a start, one accepted step at a time.
pub(super) struct Rodas<'a, V: Numbers> {
    field: Field<'a>,
    events: &'a [Event<'a>],
    /// Their values at the end of the step that is tried.
    values: Vec<f64>,
    rtol: f64,
    /// Allowed error of a step.
    tolerance: f64,
    atol: f64,
    before: Knot<V>,
    at: Knot<V>,
    /// Time that `at.t` is too small to hold.
    carry: f64,
    /// Next step; 0: from the rates.
    step: f64,
    /// The last step, and room for one that is a part of it.
    made: Trial<V>,
    part: Trial<V>,
    differences: Differences<V>,
    accepted: Option<Accepted>,
    /// Rounding of the rates where the step starts, looked at for so many steps, and what it makes of the state.
    noise: V,
    heard: V,
    loud: Option<usize>,
    floor: V,
    /// Whether a rate of the present step was not finite.
    broken: bool,
    evaluations: usize,
    allowed: V,
    other: V,
}

impl<'a, V: Numbers> Rodas<'a, V> {
    pub(super) fn new(
        field: Field<'a>,
        events: &'a [Event<'a>],
        (t, start): (f64, &[f64]),
        precision: &Precision,
    ) -> Self {
        let zeros = || V::zeros(field.dim);
        let at = Knot::at(field, t, start);
        Self {
            field,
            events,
            values: vec![0.0; events.len()],
            rtol: precision.rtol,
            tolerance: (SCALE * precision.rtol).max(FINEST_STEP),
            atol: precision.atol,
            before: at.clone(),
            at,
            carry: 0.0,
            step: precision.first,
            made: Trial::room(field.dim),
            part: Trial::room(field.dim),
            differences: Differences::room(field.dim),
            accepted: None,
            noise: zeros(),
            heard: zeros(),
            loud: None,
            floor: zeros(),
            broken: false,
            evaluations: 0,
            allowed: zeros(),
            other: zeros(),
        }
    }

    fn try_step(&mut self) {
        self.broken |= !self.made.make(self.field, &self.at);
        self.evaluations += STAGES - 1;
    }

    /// Error of the step that is tried against the tolerances: of the components, and of every event
    /// function.
    ///
    /// In a search `u` is slaved to the alignment: its error is the larger by far, and forgotten at
    /// once. So errors count by what is left of them later.
    fn error(&mut self) -> f64 {
        let noisy = self.loud.is_some();
        if noisy {
            self.made.of_rates(&self.noise, &mut self.floor);
        }
        let (old, new) = (self.at.y.as_ref(), self.made.end.as_ref());
        let allowed = self.allowed.as_mut();
        for i in 0..old.len() {
            allowed[i] = self.atol + self.tolerance * old[i].abs().max(new[i].abs());
            if noisy {
                allowed[i] += self.floor.as_ref()[i];
            }
        }
        let mut slowest = f64::INFINITY;
        for (y, f) in old.iter().zip(self.at.f.as_ref()) {
            if *y != 0.0 {
                slowest = slowest.min(f / y);
            }
        }
        self.made
            .solve(&self.made.stages[STAGES - 1], &mut self.other);
        let per_part = 1.0 / (self.made.step * GAMMA);
        self.other.as_mut().iter_mut().for_each(|x| *x *= per_part);
        let whole = largest(&self.other, &self.allowed);
        // The end, had it another error.
        let (other, new) = (self.other.as_mut(), self.made.end.as_ref());
        for i in 0..new.len() {
            other[i] = new[i] - other[i];
        }
        let events = self.error_of_events();
        let left = &mut self.other;
        let lasting = match self.made.lasting(slowest, left) {
            true => largest(left, &self.allowed),
            false => whole,
        };
        let error = events.max(whole.min(lasting.max(whole / PASSING)));
        // A maximum passes over NaN.
        if whole.is_finite() { error } else { whole }
    }

    /// The error of the event functions, whose other values are at `other`.
    fn error_of_events(&mut self) -> f64 {
        let mut error = 0.0_f64;
        for (event, at_end) in self.events.iter().zip(&mut self.values) {
            let value = (event.function)(self.made.end.as_ref());
            *at_end = value;
            let part = (value - (event.function)(self.other.as_ref())).abs();
            let mut unit = EVENTS * self.tolerance * value.abs().max(1.0);
            if self.loud.is_some() {
                let moved = &mut self.part.end;
                moved.clone_from(&self.floor);
                add(moved, &self.made.end);
                unit += (value - (event.function)(moved.as_ref())).abs();
            }
            if part > unit {
                let at = (&self.made.end, value);
                unit += NOISE * jacobian::rounding_of(event, at, &mut self.part.end);
            }
            error = error.max(part / unit);
        }
        error
    }

    /// The error of the step that is tried. Before it is given up: is it more than the rounding of the rates? One that
    /// is given up twice may suffer from that of their differences.
    fn judge(&mut self, rejections: usize) -> f64 {
        let error = self.error();
        if error <= 1.0 || self.loud.is_some() {
            return error;
        }
        self.loud = Some(LOUD);
        self.listen();
        let beyond = self.error();
        if beyond < QUIETER * error || rejections > 0 {
            return beyond;
        }
        self.loud = None;
        error
    }

    /// Looks at the rounding of the rates where the step starts.
    fn listen(&mut self) {
        self.evaluations += jacobian::LOOKS;
        self.differences
            .rounding(self.field, &self.at, &mut self.noise);
        self.noise.as_mut().iter_mut().for_each(|x| *x *= NOISE);
    }

    /// Where rounding was in the way it will be for a while: the next steps know it from the start.
    fn hear_again(&mut self) {
        self.loud = match self.loud {
            None | Some(0) => None,
            Some(steps) => {
                std::mem::swap(&mut self.noise, &mut self.heard);
                self.listen();
                let now = self.noise.as_mut().iter_mut();
                for (now, before) in now.zip(self.heard.as_ref()) {
                    *now = now.max(FADING * before);
                }
                Some(steps - 1)
            }
        };
    }

    fn differentiate(&mut self, scale: Scale) {
        let twice = matches!(scale, Scale::Twice(_));
        self.evaluations += if twice { 2 } else { 1 } * self.field.dim;
        self.differences
            .jacobian(self.field, &self.at, scale, &mut self.made.jacobian);
    }

    /// The next step, after one of length `h`: Gustafsson's prediction, by which the trend of the last
    /// two errors goes on.
    fn plan(&mut self, h: f64, error: f64, rejected: bool, cut: bool) {
        let last = self.accepted.take();
        let error = last.as_ref().map_or(error, |last| {
            error.max(KEPT * last.error * (h / last.step).powi(5).min(1.0))
        });
        let root = error.powf(-0.2);
        let plain = clamped(SAFETY * root);
        let trend = match &last {
            Some(last) if error > 0.0 => h / last.step * (root / last.root) * plain,
            _ => plain,
        };
        let most = if rejected { 1.0 } else { GROW };
        let next = h * plain.min(trend).clamp(SHRINK, most);
        if !cut {
            let step = h;
            self.accepted = Some(Accepted { step, error, root });
            self.step = next;
            return;
        }
        self.accepted = last;
        if h >= 0.1 * self.step {
            self.step = next.max(self.step);
        }
    }

    /// Goes to the end of the step that was tried, and to time `t`.
    fn accept(&mut self, t: f64) {
        std::mem::swap(&mut self.before, &mut self.at);
        std::mem::swap(&mut self.at.f, &mut self.other);
        self.at.t = t;
        self.at.y.clone_from(&self.made.end);
    }
}

fn clamped(factor: f64) -> f64 {
    factor.clamp(SHRINK, GROW)
}

/// Of a step whose error is too large, or not known.
fn shrinkage(error: f64) -> f64 {
    if error.is_finite() {
        clamped(SAFETY * error.powf(-0.2))
    } else {
        SHRINK
    }
}

impl<V: Numbers> Stepper for Rodas<'_, V> {
    fn advance(&mut self, limit: f64) -> Result<(), StepFailure> {
        let length = limit - self.at.t - self.carry;
        let broke_before = std::mem::take(&mut self.broken);
        self.differentiate(match self.step {
            step if step > 0.0 && self.loud.is_some() => Scale::Twice(step),
            step if step > 0.0 => Scale::Change(step),
            _ => Scale::State,
        });
        if self.step <= 0.0 {
            self.step = jacobian::first_step(&self.made.jacobian, &self.at, length);
        }
        for rejections in 0..MAX_REJECTIONS {
            let cut = self.step >= length * (1.0 - 4.0 * f64::EPSILON);
            let h = if cut { length } else { self.step };
            // A step may be below the rounding of a time that is large because a search was long.
            if h < f64::MIN_POSITIVE {
                break;
            }
            if rejections > 1 {
                self.differentiate(Scale::Change(h));
            }
            if !self.made.factor(h) {
                self.step = SAFETY * h;
                continue;
            }
            self.try_step();
            let error = self.judge(rejections);
            if !(error <= 1.0) {
                self.step = h * shrinkage(error);
                continue;
            }
            self.evaluations += 1;
            (self.field.rates)(self.made.end.as_ref(), self.other.as_mut());
            self.broken |= !all_finite(&self.other);
            if !(all_finite(&self.other) && all_finite(&self.made.end)) {
                self.step = SHRINK * h;
                continue;
            }
            // Steps below the rounding of the time add up.
            let wanted = h + self.carry;
            let t = if cut { limit } else { self.at.t + wanted };
            let pairs = self.made.end.as_ref().iter().zip(self.at.y.as_ref());
            let stuck = pairs.into_iter().all(|(a, b)| a.to_bits() == b.to_bits());
            if stuck && t <= self.at.t {
                break;
            }
            self.carry = if cut { 0.0 } else { wanted - (t - self.at.t) };
            self.plan(h, error, rejections > 0, cut);
            self.accept(t);
            self.hear_again();
            return Ok(());
        }
        Err(if self.broken || broke_before {
            StepFailure::NotFinite
        } else {
            StepFailure::StepSize
        })
    }

    fn value_at_end(&self, event: usize) -> Option<f64> {
        self.values.get(event).copied()
    }

    fn methods(&self) -> &'static str {
        "implicit"
    }

    fn step(&self) -> (Place<'_>, Place<'_>) {
        (self.before.place(), self.at.place())
    }

    fn evaluations(&self) -> usize {
        self.evaluations
    }

    /// Where a fast part of the state decays within the step its end does not show, and the
    /// interpolant does not follow: it holds if its slopes at both ends are the rates, as far as they
    /// move the state.
    fn bow(&mut self, out: &mut [f64]) -> bool {
        bow(&self.made.stages, out);
        let (dim, h) = (self.field.dim, self.made.step);
        let mut holds = true;
        for at_end in [false, true] {
            let other = self.other.as_mut();
            for i in 0..dim {
                let rise = self.at.y.as_ref()[i] - self.before.y.as_ref()[i];
                let (slope, rate) = if at_end {
                    let bend = out[i] + out[dim + i] + out[2 * dim + i];
                    (rise - bend, self.at.f.as_ref()[i])
                } else {
                    (rise + out[i], self.before.f.as_ref()[i])
                };
                other[i] = slope / h - rate;
            }
            self.made.solve(&self.other, &mut self.allowed);
            let off = self.allowed.as_ref().iter().zip(self.at.y.as_ref());
            holds &= off
                .into_iter()
                .all(|(off, y)| off.abs() <= self.rtol * y.abs() + self.atol);
        }
        holds
    }

    fn solved(&mut self, x: f64, out: &mut [f64]) -> bool {
        self.part.jacobian.clone_from(&self.made.jacobian);
        let solved = self.part.factor(x * self.made.step)
            && self.part.make(self.field, &self.before)
            && all_finite(&self.part.end);
        out.copy_from_slice(self.part.end.as_ref());
        solved
    }
}
