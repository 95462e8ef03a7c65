//! Adapter to `differential-equations`: Radau IIA of order 5.

use std::cell::Cell;

use differential_equations::error::Error as Failure;
use differential_equations::linalg::Matrix;
use differential_equations::methods::ImplicitRungeKutta;
use differential_equations::ode::{ODE, OrdinaryNumericalMethod};
use differential_equations::status::Status;

use super::driver::{Advance, Knot, Stepper};
use super::{Field, StepFailure, Tolerances};

/// Rejections in a row before the run is given up.
const MAX_REJECTIONS: usize = 200;
/// Smallest scale of a component in the finite differences of the Jacobian.
const JACOBIAN_SCALE: f64 = 1e-3;

struct Adapter<'a> {
    field: Field<'a>,
    broken: Cell<bool>,
    evaluations: Cell<usize>,
}

impl Adapter<'_> {
    fn rates(&self, y: &[f64], out: &mut [f64]) {
        (self.field.rates)(y, out);
        self.evaluations.set(self.evaluations.get() + 1);
        if out.iter().any(|rate| !rate.is_finite()) {
            self.broken.set(true);
        }
    }
}

impl<const N: usize> ODE<f64, [f64; N]> for Adapter<'_> {
    fn diff(&self, _: f64, y: &[f64; N], dydt: &mut [f64; N]) {
        self.rates(y, dydt);
    }

    fn jacobian(&self, _: f64, y: &[f64; N], j: &mut Matrix<f64>) {
        let mut here = [0.0; N];
        self.rates(y, &mut here);
        for column in 0..N {
            // Towards 0: overlaps are bounded, and at their bounds one side is not defined.
            let size = f64::EPSILON.sqrt() * y[column].abs().max(JACOBIAN_SCALE);
            let mut moved = *y;
            moved[column] -= size.copysign(y[column]);
            let shift = moved[column] - y[column];
            let mut there = [0.0; N];
            self.rates(&moved, &mut there);
            for row in 0..N {
                j[(row, column)] = (there[row] - here[row]) / shift;
            }
        }
    }
}

/// The library's Radau type has no public name; this is what is used of it.
trait RadauStep<const N: usize> {
    fn step(&mut self, system: &Adapter<'_>) -> Result<(), Failure<f64, [f64; N]>>;
    fn rejected(&self) -> bool;
    fn h(&self) -> f64;
    fn t(&self) -> f64;
    fn y(&self) -> &[f64; N];
}

impl<const N: usize, M: OrdinaryNumericalMethod<f64, [f64; N]>> RadauStep<N> for M {
    fn step(&mut self, system: &Adapter<'_>) -> Result<(), Failure<f64, [f64; N]>> {
        OrdinaryNumericalMethod::step(self, system).map(|_| ())
    }

    fn rejected(&self) -> bool {
        matches!(self.status(), Status::RejectedStep)
    }

    fn h(&self) -> f64 {
        OrdinaryNumericalMethod::h(self)
    }

    fn t(&self) -> f64 {
        OrdinaryNumericalMethod::t(self)
    }

    fn y(&self) -> &[f64; N] {
        OrdinaryNumericalMethod::y(self)
    }
}

/// Radau from a knot, one accepted step at a time.
pub(super) struct Implicit<'a, const N: usize> {
    system: Adapter<'a>,
    at: Knot<N>,
    /// 0: the library chooses.
    step: f64,
    rtol: f64,
    atol: f64,
    /// Local time inside the method starts at 0 when it is made.
    method: Option<(Box<dyn RadauStep<N>>, f64)>,
}

impl<'a, const N: usize> Implicit<'a, N> {
    pub(super) fn new(field: Field<'a>, at: Knot<N>, step: f64, tolerances: &Tolerances) -> Self {
        Self {
            system: Adapter {
                field,
                broken: Cell::new(false),
                evaluations: Cell::new(0),
            },
            at,
            step,
            rtol: tolerances.rtol,
            atol: tolerances.atol,
            method: None,
        }
    }

    /// A fresh method at the present knot. The library keeps factorizations that belong to
    /// another step size after a rejection or a forced step; starting anew avoids both.
    fn fresh(&self, step: f64, length: f64) -> Result<Box<dyn RadauStep<N>>, StepFailure> {
        let mut method = ImplicitRungeKutta::radau5()
            .rtol([self.rtol; N])
            .atol([self.atol; N])
            .h0(step.min(length))
            .max_steps(usize::MAX)
            .newton_tol(0.0);
        method
            .init(&self.system, 0.0, length, &self.at.y)
            .map_err(|failure| self.explain(&failure))?;
        Ok(Box::new(method))
    }

    fn explain(&self, failure: &Failure<f64, [f64; N]>) -> StepFailure {
        match failure {
            _ if self.system.broken.get() => StepFailure::NotFinite,
            Failure::LinearAlgebra { .. } => StepFailure::Singular,
            _ => StepFailure::StepSize,
        }
    }
}

impl<const N: usize> Stepper<N> for Implicit<'_, N> {
    fn advance(&mut self, limit: f64, knots: &mut Vec<Knot<N>>) -> Result<Advance, StepFailure> {
        let length = limit - self.at.t;
        let (mut method, mut origin) = match self.method.take() {
            Some((method, origin)) if method.h() < length => (method, origin),
            Some((method, _)) => (self.fresh(method.h(), length)?, self.at.t),
            None => (self.fresh(self.step, length)?, self.at.t),
        };
        for _ in 0..MAX_REJECTIONS {
            let cut = method.h() >= length * (1.0 - 4.0 * f64::EPSILON);
            let wanted = method.h();
            method
                .step(&self.system)
                .map_err(|failure| self.explain(&failure))?;
            if method.rejected() {
                if self.system.broken.replace(false) && method.h() < f64::MIN_POSITIVE {
                    return Err(StepFailure::NotFinite);
                }
                (method, origin) = (self.fresh(method.h(), length)?, self.at.t);
                continue;
            }
            if method.y().iter().any(|y| !y.is_finite()) {
                return Err(StepFailure::NotFinite);
            }
            self.at = Knot {
                t: if cut { limit } else { origin + method.t() },
                y: *method.y(),
            };
            self.step = if cut {
                wanted.max(self.step)
            } else {
                method.h()
            };
            self.method = (!cut).then_some((method, origin));
            knots.push(self.at);
            return Ok(Advance::Done);
        }
        Err(if self.system.broken.get() {
            StepFailure::NotFinite
        } else {
            StepFailure::StepSize
        })
    }

    fn position(&self) -> Knot<N> {
        self.at
    }

    fn suggested_step(&self) -> f64 {
        self.step
    }

    fn evaluations(&self) -> usize {
        self.system.evaluations.get()
    }
}
