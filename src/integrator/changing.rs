//! The explicit method as long as it is the cheaper one, the implicit one where the flow is stiff.
//!
//! Rates of a network cost more than all the rest of a step, and an implicit step takes as many of them as there are
//! variables, for its Jacobian. The explicit method is held back by the fastest rate `rho`, to steps of about `3.3/rho`,
//! also where nothing moves fast any more. Then the implicit one is tried: the run goes on by it, and comes back to the
//! explicit one where the way it makes with an evaluation turns out to be the shorter one. Each such trial has to be
//! waited for twice as long as the last.

use super::driver::{Place, Stepper};
use super::{Field, Method, Precision, StepFailure};

/// Steps from one look at the fastest rate to the next.
const LOOK_EVERY: usize = 4;
/// Looks in a row that have to say the same.
const AGREEING: usize = 3;
/// Steps times the fastest rate beyond which it is the stability of Dormand-Prince 5(4) that holds them back: its interval
/// ends at 3.3 (Hairer, Wanner, Solving Ordinary Differential Equations II, section IV.2).
const STIFF: f64 = 2.0;
/// The same at which its steps would settle.
const STABLE: f64 = 3.0;
/// Steps of the explicit method against those of the implicit one where precision holds both back.
const LONGER: f64 = 1.5;
/// Tolerance of the implicit method at which its steps are about as precise as those of the explicit one: by itself it
/// allows a step much less than it is given.
const EQUAL: f64 = 10.0;
/// Evaluations of an explicit step.
const EXPLICIT_COST: f64 = 7.0;
/// How much further an evaluation has to bring the other method.
const BETTER: f64 = 1.25;
/// Explicit steps before the implicit method is tried a second time.
const PATIENCE: usize = 50;
/// Steps of the explicit method at a time: those ahead are in vain when it changes.
const AHEAD: usize = 8;
/// Change of the state for a difference of the rates, against it.
const SHIFT: f64 = 1e-7;

/// One of the two methods at a time.
pub(super) struct Changing<'a, M> {
    field: Field<'a>,
    precision: Precision,
    /// Goes on from a time and a state by a method.
    go_on: M,
    now: Box<dyn Stepper + 'a>,
    implicit: bool,
    /// Evaluations by the methods before, and for the looks.
    spent: usize,
    /// Steps since the method changed, and how many there have to be before it may change again.
    steps: usize,
    patience: usize,
    /// Looks in a row that speak for the other method.
    for_other: usize,
    /// Time and evaluations at the last look.
    last_look: (f64, usize),
    /// Direction of the fastest rate: one step of the power method each look.
    fastest: Vec<f64>,
    changes: usize,
}

impl<'a, M> Changing<'a, M>
where
    M: Fn((f64, &[f64]), &Precision) -> Box<dyn Stepper + 'a>,
{
    pub(super) fn new(field: Field<'a>, start: &[f64], precision: Precision, go_on: M) -> Self {
        let precision = Precision {
            method: Method::Rk45,
            ahead: AHEAD,
            ..precision
        };
        let now = go_on((0.0, start), &precision);
        // Some direction without a symmetry.
        let direction = (0..field.dim).map(|i| 1.0 + (i as f64).sin());
        let mut fastest: Vec<f64> = direction.collect();
        let length = norm(&fastest);
        fastest.iter_mut().for_each(|x| *x /= length);
        Self {
            field,
            precision,
            go_on,
            now,
            implicit: false,
            spent: 0,
            steps: 0,
            patience: 0,
            for_other: 0,
            last_look: (0.0, 0),
            fastest,
            changes: 0,
        }
    }

    /// Whether the other method promises to go further with the same work.
    fn other_is_better(&mut self) -> bool {
        let rate = self.fastest_rate();
        let (before, after) = self.now.step();
        let step = after.t - before.t;
        let work = self.now.evaluations();
        let (way, work) = (
            after.t - self.last_look.0,
            work - self.last_look.1.min(work),
        );
        let better = if self.implicit {
            let explicit = (STABLE / rate).min(LONGER * step) / EXPLICIT_COST;
            explicit > BETTER * way / work.max(1) as f64
        } else {
            step * rate > STIFF
        };
        self.for_other = if better { self.for_other + 1 } else { 0 };
        self.last_look = (after.t, self.now.evaluations());
        self.for_other >= AGREEING && self.steps >= self.patience
    }

    /// An estimate of the largest rate at which a difference of two states changes.
    fn fastest_rate(&mut self) -> f64 {
        let (_, at) = self.now.step();
        let shift = SHIFT * norm(at.y).max(self.field.grain);
        let moved = at.y.iter().zip(&self.fastest);
        let moved: Vec<f64> = moved.map(|(y, x)| y + shift * x).collect();
        let mut rates = vec![0.0; self.field.dim];
        (self.field.rates)(&moved, &mut rates);
        self.spent += 1;
        for (rate, f) in rates.iter_mut().zip(at.f) {
            *rate = (*rate - f) / shift;
        }
        let rate = norm(&rates);
        if rate > 0.0 && rate.is_finite() {
            for (x, change) in self.fastest.iter_mut().zip(&rates) {
                *x = change / rate;
            }
        }
        rate
    }

    /// Goes on by the other method.
    fn change(&mut self) {
        let (before, at) = self.now.step();
        let (t, state, step) = (at.t, at.y.to_vec(), at.t - before.t);
        self.spent += self.now.evaluations();
        self.implicit = !self.implicit;
        let precision = Precision {
            method: if self.implicit {
                Method::Implicit
            } else {
                Method::Rk45
            },
            first: step,
            rtol: self.precision.rtol * if self.implicit { EQUAL } else { 1.0 },
            ..self.precision
        };
        self.now = (self.go_on)((t, &state), &precision);
        self.changes += 1;
        self.patience = match self.implicit {
            true => 0,
            false => PATIENCE << (self.changes / 2).min(20),
        };
        (self.steps, self.for_other, self.last_look) = (0, 0, (t, 0));
    }
}

impl<'a, M> Stepper for Changing<'a, M>
where
    M: Fn((f64, &[f64]), &Precision) -> Box<dyn Stepper + 'a>,
{
    fn advance(&mut self, limit: f64) -> Result<(), StepFailure> {
        let looks = self.steps > 0 && self.steps.is_multiple_of(LOOK_EVERY);
        if looks && self.other_is_better() {
            self.change();
        }
        self.steps += 1;
        match self.now.advance(limit) {
            Err(_) if !self.implicit => {
                self.change();
                self.now.advance(limit)
            }
            ended => ended,
        }
    }

    fn step(&self) -> (Place<'_>, Place<'_>) {
        self.now.step()
    }

    fn evaluations(&self) -> usize {
        self.spent + self.now.evaluations()
    }

    fn bow(&mut self, out: &mut [f64]) -> bool {
        self.now.bow(out)
    }

    fn solved(&mut self, x: f64, out: &mut [f64]) -> bool {
        self.now.solved(x, out)
    }

    fn methods(&self) -> &'static str {
        match (self.changes, self.implicit) {
            (0, _) => "rk45",
            _ => "rk45, implicit",
        }
    }
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}
