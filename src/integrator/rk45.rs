//! Adapter to `ode_solvers`: Dormand-Prince 5(4), in stretches so that memory stays bounded.

use std::cell::Cell;
use std::collections::VecDeque;
use std::ops::Mul;

use nalgebra::allocator::Allocator;
use nalgebra::{Const, DefaultAllocator, Dim, OVector};
use ode_solvers::Dopri5;
use ode_solvers::dop_shared::{IntegrationError as Failure, OutputType, System};

use super::driver::{Place, Stepper};
use super::{Field, Precision, StepFailure};

/// The stages of Dormand-Prince 5(4) after the first, the last of them the solution of order 5 (Hairer, Norsett, Wanner,
/// Solving Ordinary Differential Equations I, table II.5.2). The library has them for itself.
const STAGES: [&[f64]; 6] = [
    &[1.0 / 5.0],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[
        19372.0 / 6561.0,
        -25360.0 / 2187.0,
        64448.0 / 6561.0,
        -212.0 / 729.0,
    ],
    &[
        9017.0 / 3168.0,
        -355.0 / 33.0,
        46732.0 / 5247.0,
        49.0 / 176.0,
        -5103.0 / 18656.0,
    ],
    &[
        35.0 / 384.0,
        0.0,
        500.0 / 1113.0,
        125.0 / 192.0,
        -2187.0 / 6784.0,
        11.0 / 84.0,
    ],
];

struct Adapter<'a> {
    field: Field<'a>,
    broken: &'a Cell<bool>,
}

impl<D: Dim> System<f64, OVector<f64, D>> for Adapter<'_>
where
    DefaultAllocator: Allocator<D>,
{
    fn system(&self, _: f64, y: &OVector<f64, D>, dy: &mut OVector<f64, D>) {
        (self.field.rates)(y.as_slice(), dy.as_mut_slice());
        if dy.iter().any(|rate| !rate.is_finite()) {
            self.broken.set(true);
        }
    }
}

/// A time and a state.
type Point<D> = (f64, OVector<f64, D>);

/// Dormand-Prince from a start.
pub(super) struct Rk45<'a, D: Dim>
where
    DefaultAllocator: Allocator<D>,
{
    field: Field<'a>,
    /// The accepted step, with rates, and what comes after it.
    before: (Point<D>, OVector<f64, D>),
    at: (Point<D>, OVector<f64, D>),
    ahead: VecDeque<Point<D>>,
    /// What stands behind the last step ahead.
    failed: Option<StepFailure>,
    /// Next step; 0 lets the library choose it.
    step: f64,
    rtol: f64,
    atol: f64,
    stretch: u32,
    evaluations: usize,
}

impl<'a, D: Dim> Rk45<'a, D>
where
    DefaultAllocator: Allocator<D>,
    OVector<f64, D>: Mul<f64, Output = OVector<f64, D>>,
{
    pub(super) fn new(
        dim: D,
        field: Field<'a>,
        (t, start): (f64, &[f64]),
        precision: &Precision,
    ) -> Self {
        let y = OVector::<f64, D>::from_column_slice_generic(dim, Const::<1>, start);
        let mut f = y.clone();
        (field.rates)(start, f.as_mut_slice());
        Self {
            field,
            before: ((t, y.clone()), f.clone()),
            at: ((t, y), f),
            ahead: VecDeque::new(),
            failed: None,
            step: precision.first,
            rtol: precision.rtol,
            atol: precision.atol,
            stretch: precision.max_steps.min(precision.ahead) as u32,
            evaluations: 0,
        }
    }

    /// A stretch of steps from a point, at most to `limit`; how it failed, if it did.
    fn go(&mut self, from: Point<D>, limit: f64) -> Option<StepFailure> {
        let (origin, start) = from;
        let length = limit - origin;
        let broken = Cell::new(false);
        let system = Adapter {
            field: self.field,
            broken: &broken,
        };
        // Time is local to the stretch: the library's step control needs x >= 0 only.
        let mut solver = Dopri5::from_param(
            system,
            0.0,
            length,
            0.0,
            start,
            self.rtol,
            self.atol,
            0.9,
            0.04,
            0.2,
            10.0,
            length,
            self.step.min(length),
            self.stretch,
            // No looks for stiffness.
            u32::MAX,
            OutputType::Sparse,
        );
        let ended = solver.integrate();
        let (times, states) = solver.results().get();
        // The library counts its evaluations only when it succeeds: six a step, and the
        // start; one more a step is ours.
        self.evaluations += 7 * times.len() + 3;
        let mut last_interval = self.step;
        for i in 1..times.len() {
            if states[i].iter().any(|y| !y.is_finite()) {
                return Some(StepFailure::NotFinite);
            }
            last_interval = times[i] - times[i - 1];
            let whole = i + 1 == times.len() && ended.is_ok();
            let t = if whole { limit } else { origin + times[i] };
            self.ahead.push_back((t, states[i].clone()));
        }
        let stuck = self.ahead.back().is_none_or(|(t, _)| *t <= origin);
        match ended {
            // A step cut short by the limit says nothing about the next one.
            Ok(_) => {
                self.step = if times.len() > 2 {
                    times[times.len() - 2] - times[times.len() - 3]
                } else {
                    last_interval
                };
                None
            }
            // Local time hides from the library that a step no longer moves the time.
            Err(Failure::MaxNumStepReached { .. }) if stuck => Some(StepFailure::StepSize),
            Err(Failure::MaxNumStepReached { .. }) => {
                self.step = last_interval;
                None
            }
            Err(_) if broken.get() => Some(StepFailure::NotFinite),
            Err(_) => Some(StepFailure::StepSize),
        }
    }

    fn place(((t, y), f): &(Point<D>, OVector<f64, D>)) -> Place<'_> {
        Place {
            t: *t,
            y: y.as_slice(),
            f: f.as_slice(),
        }
    }
}

impl<D: Dim> Stepper for Rk45<'_, D>
where
    DefaultAllocator: Allocator<D>,
    OVector<f64, D>: Mul<f64, Output = OVector<f64, D>>,
{
    fn advance(&mut self, limit: f64) -> Result<(), StepFailure> {
        if self.ahead.is_empty() && self.failed.is_none() {
            self.failed = self.go(self.at.0.clone(), limit);
        }
        let Some(next) = self.ahead.pop_front() else {
            return Err(self.failed.take().unwrap_or(StepFailure::StepSize));
        };
        std::mem::swap(&mut self.before, &mut self.at);
        (self.field.rates)(next.1.as_slice(), self.at.1.as_mut_slice());
        self.at.0 = next;
        Ok(())
    }

    fn methods(&self) -> &'static str {
        "rk45"
    }

    fn step(&self) -> (Place<'_>, Place<'_>) {
        (Self::place(&self.before), Self::place(&self.at))
    }

    fn evaluations(&self) -> usize {
        self.evaluations
    }

    /// The cubic through the states and rates at both ends, and what is missing in the middle.
    fn bow(&mut self, out: &mut [f64]) -> bool {
        let dim = self.field.dim;
        let mut middle = vec![0.0; dim];
        let known = self.solved(0.5, &mut middle);
        let (before, after) = self.step();
        let h = after.t - before.t;
        for i in 0..dim {
            let rise = after.y[i] - before.y[i];
            let (a, b) = (
                h * before.f[i] - rise,
                2.0 * rise - h * (before.f[i] + after.f[i]),
            );
            let cubic = before.y[i] + 0.5 * rise + 0.25 * (a + 0.5 * b);
            let missing = if known {
                16.0 * (middle[i] - cubic)
            } else {
                0.0
            };
            (out[i], out[dim + i], out[2 * dim + i]) = (a, b + missing, -missing);
        }
        known
    }

    /// Another step from the same start, with the rates known there. It is no longer, so its error is no larger.
    fn solved(&mut self, x: f64, out: &mut [f64]) -> bool {
        let ((start, y), first) = &self.before;
        let h = x * (self.at.0.0 - start);
        let mut stages = vec![first.clone()];
        for row in STAGES {
            out.copy_from_slice(y.as_slice());
            for (weight, stage) in row.iter().zip(&stages) {
                let moved = out.iter_mut().zip(stage.iter());
                moved.for_each(|(y, rate)| *y += h * weight * rate);
            }
            if stages.len() < STAGES.len() {
                let mut rates = y.clone();
                (self.field.rates)(out, rates.as_mut_slice());
                stages.push(rates);
            }
        }
        out.iter().all(|y| y.is_finite())
    }
}
