//! One step of Rodas5P, in room that is taken once.

use super::Field;
use super::driver::Knot;
use super::numbers::{Lu, Numbers, add, all_finite, combine, mix};
use super::tableau::{A2, A3, A4, A5, A6, C2, C3, C4, C5, C6, C7, C8, GAMMA, STAGES, Stages};

/// An error matters if it lasts for `2^DOUBLINGS GAMMA` steps.
const DOUBLINGS: usize = 7;
/// Sizes up to which squaring a matrix so often costs less than as many solutions of its equations:
/// those that are on the stack.
const SMALL: usize = 4;

/// A step that is tried: its linear part, its stages, its end.
pub(super) struct Trial<V: Numbers> {
    pub(super) step: f64,
    pub(super) jacobian: V::Rows,
    pub(super) stages: Stages<V>,
    pub(super) end: V,
    lu: Lu<V>,
    rates: V,
    right: V,
}

impl<V: Numbers> Trial<V> {
    pub(super) fn room(dim: usize) -> Self {
        Self {
            step: 0.0,
            jacobian: V::zero_rows(dim),
            stages: std::array::from_fn(|_| V::zeros(dim)),
            end: V::zeros(dim),
            lu: Lu::room(dim),
            rates: V::zeros(dim),
            right: V::zeros(dim),
        }
    }

    /// Takes a step size; `false` when `1/(h GAMMA) - J` is singular.
    pub(super) fn factor(&mut self, step: f64) -> bool {
        self.step = step;
        let own = 1.0 / (GAMMA * step);
        let rows = self.lu.matrix().iter_mut().zip(self.jacobian.as_ref());
        for (i, (to, from)) in rows.enumerate() {
            let (to, from) = (to.as_mut(), from.as_ref());
            for j in 0..from.len() {
                to[j] = -from[j];
            }
            to[i] += own;
        }
        self.lu.factor()
    }

    /// `(1/(h GAMMA) - J)^-1 b`.
    pub(super) fn solve(&self, b: &V, x: &mut V) {
        self.lu.solve(b, x);
    }

    /// The stages of a step from a knot, and its end; whether all rates were finite.
    pub(super) fn make(&mut self, field: Field<'_>, from: &Knot<V>) -> bool {
        self.lu.solve(&from.f, &mut self.stages[0]);
        let mut finite = self.onwards(field, from, (&A2, &C2));
        finite &= self.onwards(field, from, (&A3, &C3));
        finite &= self.onwards(field, from, (&A4, &C4));
        finite &= self.onwards(field, from, (&A5, &C5));
        finite &= self.onwards(field, from, (&A6, &C6));
        add(&mut self.end, &self.stages[5]);
        finite &= self.stage(field, &C7);
        add(&mut self.end, &self.stages[6]);
        finite &= self.stage(field, &C8);
        add(&mut self.end, &self.stages[STAGES - 1]);
        finite
    }

    #[inline(always)]
    fn onwards<const K: usize>(
        &mut self,
        field: Field<'_>,
        from: &Knot<V>,
        (a, c): (&[f64; K], &[f64; K]),
    ) -> bool {
        mix(a, &self.stages, &mut self.end);
        add(&mut self.end, &from.y);
        self.stage(field, c)
    }

    /// Stage `K`, with its rates at `end`.
    #[inline(always)]
    fn stage<const K: usize>(&mut self, field: Field<'_>, c: &[f64; K]) -> bool {
        (field.rates)(self.end.as_ref(), self.rates.as_mut());
        mix(c, &self.stages, &mut self.right);
        let per_step = 1.0 / self.step;
        let (right, rates) = (self.right.as_mut(), self.rates.as_ref());
        for i in 0..rates.len() {
            right[i] = rates[i] + right[i] * per_step;
        }
        self.lu.solve(&self.right, &mut self.stages[K]);
        all_finite(&self.rates)
    }

    /// What is left of the error of the step after some more steps, against a solution that grows or
    /// decays at `rate`; `false` where that is not to be said.
    pub(super) fn lasting(&mut self, rate: f64, left: &mut V) -> bool {
        let error = &self.stages[STAGES - 1];
        let dim = error.as_ref().len();
        let part = GAMMA * self.step;
        let own = 1.0 - part * rate;
        // One number alone is slaved to nothing.
        if dim == 1 || !(own > 0.5 && own.is_finite()) {
            return false;
        }
        let scale = own / part;
        if dim > SMALL {
            left.clone_from(error);
            for _ in 0..1 << DOUBLINGS {
                left.as_mut().iter_mut().for_each(|x| *x *= scale);
                self.lu.solve(left, &mut self.right);
                std::mem::swap(left, &mut self.right);
            }
            return true;
        }
        // The matrix that goes on by GAMMA steps, columns first, and its powers.
        let mut columns = V::zero_rows(dim);
        for j in 0..dim {
            let mut unit = V::zeros(dim);
            unit.as_mut()[j] = scale;
            self.lu.solve(&unit, &mut columns.as_mut()[j]);
        }
        for _ in 0..DOUBLINGS {
            let mut squared = V::zero_rows(dim);
            for j in 0..dim {
                combine::<V>(&columns, &columns.as_ref()[j], &mut squared.as_mut()[j]);
            }
            columns = squared;
        }
        combine(&columns, error, left);
        true
    }

    /// What errors of the rates make of the state in a step, at most.
    pub(super) fn of_rates(&mut self, errors: &V, moved: &mut V) {
        moved.as_mut().fill(0.0);
        for j in 0..errors.as_ref().len() {
            self.right.as_mut().fill(0.0);
            self.right.as_mut()[j] = errors.as_ref()[j];
            self.lu.solve(&self.right, &mut self.rates);
            for (moved, part) in moved.as_mut().iter_mut().zip(self.rates.as_ref()) {
                *moved += part.abs();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative error at time 1 of so many equal steps of Kaps' problem, whose solution is `(e^-2t, e^-t)`.
    fn error(steps: usize) -> f64 {
        let rates = |y: &[f64], out: &mut [f64]| {
            out[0] = -3.0 * y[0] + y[1] * y[1];
            out[1] = y[0] - y[1] - y[1] * y[1];
        };
        let field = Field {
            dim: 2,
            rates: &rates,
            grain: 0.0,
            is_dear: false,
            drifts: crate::integrator::Drifts::GoOn,
            halts: None,
        };
        let mut at = Knot::<[f64; 2]>::at(field, 0.0, &[1.0, 1.0]);
        let mut trial = Trial::room(2);
        for _ in 0..steps {
            trial.jacobian = [[-3.0, 2.0 * at.y[1]], [1.0, -1.0 - 2.0 * at.y[1]]];
            assert!(trial.factor(1.0 / steps as f64) && trial.make(field, &at));
            at = Knot::at(field, 0.0, &trial.end);
        }
        (at.y[0] * 2.0_f64.exp() - 1.0).abs()
    }

    #[test]
    fn the_order_measured_is_five() {
        for steps in [8, 16, 32] {
            let order = (error(steps) / error(2 * steps)).log2();
            assert!((order - 5.0).abs() < 0.2, "{order} from {steps} steps");
        }
    }
}
