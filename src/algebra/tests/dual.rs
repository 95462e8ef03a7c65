//! Values with derivatives and the sizes of their terms.

use crate::algebra::expr::raise;
use crate::algebra::{Exponent, Function};

/// A value and its derivative, with what rounding errors of both are proportional to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dual {
    pub(super) value: f64,
    pub(super) slope: f64,
    pub(super) size: f64,
    pub(super) slope_size: f64,
}

impl Dual {
    pub(super) fn constant(value: f64) -> Self {
        Self {
            value,
            slope: 0.0,
            size: value.abs(),
            slope_size: 0.0,
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            slope: self.slope + other.slope,
            size: self.size + other.size,
            slope_size: self.slope_size + other.slope_size,
        }
    }

    pub(super) fn times(self, other: Self) -> Self {
        let (a, b) = (self, other);
        Self {
            value: a.value * b.value,
            slope: a.slope * b.value + a.value * b.slope,
            size: a.size * b.size,
            slope_size: a.slope_size * b.size + a.size * b.slope_size,
        }
    }

    /// `f(self)` from `f`, `f'` and `f''` at its value.
    fn through(self, f: f64, first: f64, second: f64) -> Self {
        Self {
            value: f,
            slope: first * self.slope,
            size: f.abs() + first.abs() * self.size,
            slope_size: first.abs() * self.slope_size + second.abs() * self.size * self.slope.abs(),
        }
    }

    pub(super) fn power(self, e: Exponent) -> Self {
        let (x, p) = (self.value, *e.numer() as f64 / *e.denom() as f64);
        let raised = |e| raise(x, e);
        let one = Exponent::from_integer(1);
        let first = if e == one { 1.0 } else { p * raised(e - one) };
        let second = if p * (p - 1.0) == 0.0 {
            0.0
        } else {
            p * (p - 1.0) * raised(e - one - one)
        };
        self.through(raised(e), first, second)
    }

    pub(super) fn call(self, function: Function) -> Self {
        let x = self.value;
        let first = (1.0 - x * x).sqrt().recip();
        let sign = match function {
            Function::ArcSin => 1.0,
            Function::ArcCos => -1.0,
        };
        self.through(function.evaluate(x), sign * first, x * first.powi(3))
    }

    pub(super) fn moderate(self) -> bool {
        self.size < 1e6 && self.slope_size < 1e6
    }
}
