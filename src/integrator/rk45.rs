//! Adapter to `ode_solvers`: Dormand-Prince 5(4), in stretches so that memory stays bounded.

use std::cell::Cell;

use ode_solvers::dop_shared::{IntegrationError as Failure, System};
use ode_solvers::{Dopri5, OutputType, SVector};

use super::driver::{Knot, Stepper};
use super::{Field, Precision, StepFailure};

/// Steps of one stretch.
const STRETCH: u32 = 50;

/// Steps within a step: it was one, and is made again to a part of it.
const SHOT_STEPS: usize = 20;

struct Adapter<'a, const N: usize> {
    field: Field<'a>,
    broken: &'a Cell<bool>,
}

impl<const N: usize> System<f64, SVector<f64, N>> for Adapter<'_, N> {
    fn system(&self, _: f64, y: &SVector<f64, N>, dy: &mut SVector<f64, N>) {
        (self.field.rates)(y.as_slice(), dy.as_mut_slice());
        if dy.iter().any(|rate| !rate.is_finite()) {
            self.broken.set(true);
        }
    }
}

/// Dormand-Prince from a knot.
pub(super) struct Rk45<'a, const N: usize> {
    field: Field<'a>,
    at: Knot<N>,
    step: f64,
    rtol: f64,
    atol: f64,
    stretch: u32,
    evaluations: usize,
}

impl<'a, const N: usize> Rk45<'a, N> {
    /// `step` 0 lets the library choose the first step.
    pub(super) fn new(field: Field<'a>, at: Knot<N>, step: f64, precision: &Precision) -> Self {
        Self {
            field,
            at,
            step,
            rtol: precision.rtol,
            atol: precision.atol,
            stretch: precision.max_steps.min(STRETCH as usize) as u32,
            evaluations: 0,
        }
    }
}

impl<const N: usize> Stepper<N> for Rk45<'_, N> {
    fn advance(&mut self, limit: f64, knots: &mut Vec<Knot<N>>) -> Result<(), StepFailure> {
        let length = limit - self.at.t;
        let broken = Cell::new(false);
        let system = Adapter {
            field: self.field,
            broken: &broken,
        };
        let start = SVector::<f64, N>::from(self.at.y);
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
        let origin = self.at.t;
        let mut last_interval = self.step;
        for i in 1..times.len() {
            if states[i].iter().any(|y| !y.is_finite()) {
                if let Some(last) = knots.last() {
                    self.at = *last;
                }
                return Err(StepFailure::NotFinite);
            }
            last_interval = times[i] - times[i - 1];
            let t = if i + 1 == times.len() && ended.is_ok() {
                limit
            } else {
                origin + times[i]
            };
            knots.push(Knot::at(self.field, t, states[i].into()));
        }
        if let Some(last) = knots.last()
            && times.len() > 1
        {
            self.at = *last;
        }
        match ended {
            // A step cut short by the limit says nothing about the next one.
            Ok(_) => {
                self.step = if times.len() > 2 {
                    times[times.len() - 2] - times[times.len() - 3]
                } else {
                    last_interval
                };
                Ok(())
            }
            // Local time hides from the library that a step no longer moves the time.
            Err(Failure::MaxNumStepReached { .. }) if self.at.t <= origin => {
                Err(StepFailure::StepSize)
            }
            Err(Failure::MaxNumStepReached { .. }) if times.len() > 1 => {
                self.step = last_interval;
                Ok(())
            }
            Err(_) if broken.get() => Err(StepFailure::NotFinite),
            Err(_) => Err(StepFailure::StepSize),
        }
    }

    fn evaluations(&self) -> usize {
        self.evaluations
    }

    /// The cubic through the states and rates at both ends.
    fn drawn(&self, (before, after): (&Knot<N>, &Knot<N>), x: f64) -> [f64; N] {
        let h = after.t - before.t;
        std::array::from_fn(|i| {
            let (y0, y1) = (before.y[i], after.y[i]);
            let (d0, d1) = (h * before.f[i], h * after.f[i]);
            let rise = y1 - y0;
            y0 + x * (d0 + x * (3.0 * rise - 2.0 * d0 - d1 + x * (d0 + d1 - 2.0 * rise)))
        })
    }

    fn solved(&mut self, step: (&Knot<N>, &Knot<N>), x: f64) -> [f64; N] {
        let (before, after) = step;
        let t = before.t + x * (after.t - before.t);
        let mut again = Self {
            at: *before,
            step: t - before.t,
            evaluations: 0,
            ..*self
        };
        let mut knots = Vec::new();
        while again.at.t < t {
            if again.advance(t, &mut knots).is_err() || knots.len() > SHOT_STEPS {
                return self.drawn(step, x);
            }
        }
        again.at.y
    }
}
