//! Events: where a function of the state first reaches 0 from below.

use super::driver::Stepper;
use super::path::drawn;

/// A function of the state to watch.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    /// Met where this goes from negative to 0 or above; of order 1. Its error counts in the step
    /// control, as an absolute one up to a value of 1: the logarithm of a ratio is known relative to
    /// the ratio.
    pub function: &'a dyn Fn(&[f64]) -> f64,
    /// Whether the integration ends there.
    pub terminal: bool,
}

/// A function of the state.
type Function<'a> = &'a dyn Fn(&[f64]) -> f64;

/// Where an event was met.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Time.
    pub t: f64,
    /// State there.
    pub state: Vec<f64>,
}

/// A look into an accepted step. Places in it are fractions of it.
pub(super) struct Look<'s> {
    stepper: &'s mut dyn Stepper,
    state: &'s mut [f64],
    bow: &'s mut [f64],
    /// Whether the bow is that of the step.
    drawn: bool,
}

impl<'s> Look<'s> {
    /// A look into the last step of a stepper, with room for a state and a bow.
    pub(super) fn new(
        stepper: &'s mut dyn Stepper,
        (state, bow): &'s mut (Vec<f64>, Vec<f64>),
    ) -> Self {
        Self {
            stepper,
            state,
            bow,
            drawn: false,
        }
    }

    /// Event `i` at the end of the step.
    pub(super) fn at_end(&self, (i, function): (usize, Function<'_>)) -> f64 {
        let known = self.stepper.value_at_end(i);
        known.unwrap_or_else(|| function(self.stepper.step().1.y))
    }

    /// The function just before the end of the step.
    fn before_end(&mut self, function: Function<'_>) -> f64 {
        let (before, after) = self.stepper.step();
        let back = 1e-3 * (after.t - before.t);
        for (i, state) in self.state.iter_mut().enumerate() {
            *state = after.y[i] - back * after.f[i];
        }
        function(self.state)
    }

    /// The function on the interpolant.
    fn drawn(&mut self, function: Function<'_>, x: f64) -> f64 {
        self.draw(x);
        function(self.state)
    }

    fn draw(&mut self, x: f64) {
        if !self.drawn {
            self.stepper.bow(self.bow);
            self.drawn = true;
        }
        let (before, after) = self.stepper.step();
        drawn((before.y, after.y), self.bow, x, self.state);
    }

    /// The function on the solution.
    fn solved(&mut self, function: Function<'_>, x: f64) -> f64 {
        self.solve(x);
        function(self.state)
    }

    fn solve(&mut self, x: f64) {
        if x >= 1.0 {
            self.state.copy_from_slice(self.stepper.step().1.y);
        } else if !self.stepper.solved(x, self.state) {
            self.draw(x);
        }
    }
}

/// Where `function` reaches 0 in a step between whose ends it goes from one value to another, if it
/// does: at its end, or at a summit inside it. `precision` is relative, in time.
pub(super) fn met_within(
    function: Function<'_>,
    look: &mut Look<'_>,
    (value, new_value): (f64, f64),
    precision: f64,
) -> Option<Hit> {
    if value >= 0.0 || value.max(new_value) < -FAR {
        return None;
    }
    let high = match summit(function, look, (value, new_value)) {
        Some(summit) => summit,
        None if new_value >= 0.0 => (1.0, new_value),
        None => return None,
    };
    let (before, after) = look.stepper.step();
    let (from, to) = (before.t, after.t);
    let fine = precision * to.abs() / (to - from);
    let x = locate(function, look, (value, high), fine);
    look.solve(x);
    Some(Hit {
        t: if x < 1.0 { from + x * (to - from) } else { to },
        state: look.state.to_vec(),
    })
}

/// Trials; a bracketing secant needs about four.
const MAX_TRIALS: usize = 60;
/// The interpolant is followed to this part of a step, its slope taken over the next.
const SKETCHED: f64 = 1e-7;
const SHORT: f64 = 1e-4;

/// A sign change between the start of a step and a place in it: on the interpolant first, from there
/// on the solution. `fine` is the width wanted.
fn locate(
    function: Function<'_>,
    look: &mut Look<'_>,
    (f_low, high): (f64, (f64, f64)),
    fine: f64,
) -> f64 {
    let mut bracket = Bracket::new(f_low, high);
    let (mut x, slope) = sketch(function, look, bracket);
    for _ in 0..MAX_TRIALS {
        // Newton's method with the interpolant's slope, inside what is known.
        if !(x > bracket.low && x < bracket.high) {
            x = bracket.secant();
        }
        if !(x > bracket.low && x < bracket.high) {
            break;
        }
        let value = look.solved(function, x);
        bracket.narrow(x, value);
        if value.abs() <= fine * bracket.slope().abs() {
            return x;
        }
        if value == 0.0 || bracket.width() <= fine {
            break;
        }
        x -= value / slope;
    }
    bracket.high
}

/// Where the interpolant changes sign, nearly, and its slope there.
fn sketch(function: Function<'_>, look: &mut Look<'_>, mut bracket: Bracket) -> (f64, f64) {
    let (mut x, mut value) = (bracket.high, bracket.f_high);
    for _ in 0..MAX_TRIALS {
        if value.abs() <= SKETCHED * bracket.slope().abs() || bracket.width() <= SKETCHED {
            break;
        }
        x = bracket.secant();
        value = look.drawn(function, x);
        bracket.narrow(x, value);
    }
    let back = (x - SHORT).max(0.5 * x);
    (x, (value - look.drawn(function, back)) / (x - back))
}

/// A sign change, from below 0 to 0 or above.
#[derive(Clone, Copy)]
struct Bracket {
    low: f64,
    high: f64,
    f_low: f64,
    f_high: f64,
    /// Values that the secant goes by (Illinois: an end that stays loses half its weight).
    weights: (f64, f64),
}

impl Bracket {
    fn new(f_low: f64, (high, f_high): (f64, f64)) -> Self {
        Self {
            low: 0.0,
            high,
            f_low,
            f_high,
            weights: (f_low, f_high),
        }
    }

    fn width(&self) -> f64 {
        self.high - self.low
    }

    fn slope(&self) -> f64 {
        (self.f_high - self.f_low) / self.width()
    }

    fn secant(&self) -> f64 {
        let (low, high) = self.weights;
        // An infinite weight is no guide: halve.
        let fraction = if low.is_finite() && high.is_finite() {
            (low / (low - high)).clamp(1e-6, 1.0 - 1e-6)
        } else {
            0.5
        };
        self.low + fraction * self.width()
    }

    fn narrow(&mut self, x: f64, value: f64) {
        if value >= 0.0 {
            (self.high, self.f_high) = (x, value);
            self.weights = (0.5 * self.weights.0, value);
        } else {
            (self.low, self.f_low) = (x, value);
            self.weights = (value, 0.5 * self.weights.1);
        }
    }
}

/// Values from which no single step reaches 0: event functions are of order 1.
const FAR: f64 = 5.0;
/// Where a step is sampled for a summit, as fractions of it: near its ends for the slopes there.
const SAMPLES: [f64; 6] = [0.0, 1e-3, 1.0 / 3.0, 2.0 / 3.0, 0.999, 1.0];
/// Changes over a step that a summit may lie above the samples.
const REACH: f64 = 10.0;

/// The first summit of `function` inside a step that reaches 0, if any: found on the interpolant,
/// then on the solution itself.
fn summit(
    function: Function<'_>,
    look: &mut Look<'_>,
    (value, new_value): (f64, f64),
) -> Option<(f64, f64)> {
    // A function that rises at the end has no summit but that.
    if look.before_end(function) <= new_value {
        return None;
    }
    let inner = SAMPLES.len() - 1;
    let mut values = [value; SAMPLES.len()];
    for k in 1..inner {
        values[k] = look.drawn(function, SAMPLES[k]);
    }
    values[inner] = new_value;
    let top = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let bottom = values.iter().copied().fold(f64::INFINITY, f64::min);
    if !(top + REACH * (top - bottom) >= 0.0) {
        return None;
    }
    for k in 1..inner {
        let (left, here, right) = (values[k - 1], values[k], values[k + 1]);
        if here > left && here >= right {
            let found = climb(function, look, (SAMPLES[k - 1], SAMPLES[k + 1]));
            if found.1 >= 0.0 {
                return Some(found);
            }
        }
    }
    None
}

/// The highest point of a summit between two fractions of a step.
fn climb(
    function: Function<'_>,
    look: &mut Look<'_>,
    (mut left, mut right): (f64, f64),
) -> (f64, f64) {
    const GOLDEN: f64 = 0.381_966_011_250_105_2;
    while right - left > 1e-4 {
        let (a, b) = (
            left + GOLDEN * (right - left),
            right - GOLDEN * (right - left),
        );
        if look.drawn(function, a) >= look.drawn(function, b) {
            right = b;
        } else {
            left = a;
        }
    }
    let mut middle = 0.5 * (left + right);
    let mut solved = |x: f64| (x, look.solved(function, x));
    let mut best = solved(middle);
    // The vertex of a parabola through three points of the solution, twice.
    for width in [0.05_f64, 0.005] {
        let width = width.min(0.5 * middle).min(0.5 * (1.0 - middle));
        let (low, here, high) = (
            solved(middle - width),
            solved(middle),
            solved(middle + width),
        );
        let bend = low.1 - 2.0 * here.1 + high.1;
        if bend < 0.0 {
            let vertex = middle + 0.5 * width * (low.1 - high.1) / bend;
            middle = vertex.clamp(middle - 2.0 * width, middle + 2.0 * width);
        }
        for candidate in [low, here, high, solved(middle)] {
            if candidate.1 > best.1 {
                best = candidate;
            }
        }
        if best.1 >= 0.0 {
            break;
        }
    }
    best
}
