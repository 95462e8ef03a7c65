//! Numbers of any size, for functions that are finite although what they are made of is not in the
//! range of `f64`, such as `log(1 + exp(100*x))` at `x = 40`.

use std::f64::consts::{LN_2, LOG2_E};

use super::builtin::{Kind, LinkFunction};

/// `mantissa * 2^exponent`. The mantissa is in [1/2, 1) by size, or 0, infinite, not a number; the
/// exponent is a whole number, of which very large ones are kept to 53 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wide {
    mantissa: f64,
    exponent: f64,
}

/// Powers of mantissas up to this one are normal numbers.
const SHORT: u32 = 512;

/// Beyond this difference of exponents the smaller term is lost.
const APART: f64 = 200.0;

impl Wide {
    /// The one that a condition chooses: of a negative number, of a positive one, else the mean.
    pub(super) fn choose(self, negative: Self, positive: Self) -> Self {
        match self.mantissa {
            t if t < 0.0 => negative,
            t if t > 0.0 => positive,
            t => negative.plus(positive).times(Self::new(0.5 + t)),
        }
    }

    pub(super) fn new(value: f64) -> Self {
        let (mantissa, exponent) = libm::frexp(value);
        let finite = value.is_finite() && value != 0.0;
        Self {
            mantissa: if finite { mantissa } else { value },
            exponent: if finite { f64::from(exponent) } else { 0.0 },
        }
    }

    /// `value * 2^shift`.
    fn shifted(value: f64, shift: f64) -> Self {
        let plain = Self::new(value);
        let regular = plain.mantissa.is_finite() && plain.mantissa != 0.0;
        Self {
            mantissa: plain.mantissa,
            exponent: if regular { plain.exponent + shift } else { 0.0 },
        }
    }

    /// `2^power`, times a sign.
    pub(super) fn power_of_two(sign: f64, power: f64) -> Self {
        let whole = power.floor();
        if whole.is_finite() {
            Self::shifted(sign * (power - whole).exp2(), whole)
        } else {
            Self::new(sign * power.exp2())
        }
    }

    /// The nearest `f64`, infinite or 0 outside its range.
    pub(super) fn value(self) -> f64 {
        libm::ldexp(self.mantissa, self.exponent.clamp(-4000.0, 4000.0) as i32)
    }

    /// `log2 |self|`.
    fn log2(self) -> f64 {
        self.mantissa.abs().log2() + self.exponent
    }

    /// `log |self|`.
    pub(super) fn log(self) -> f64 {
        let value = self.value().abs();
        if value.is_normal() {
            return value.ln();
        }
        self.mantissa.abs().ln() + self.exponent * LN_2
    }

    pub(super) fn negative(self) -> Self {
        Self {
            mantissa: -self.mantissa,
            ..self
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        if self.mantissa == 0.0 || other.mantissa == 0.0 {
            return if self.mantissa == 0.0 { other } else { self };
        }
        let (large, small) = if self.exponent >= other.exponent {
            (self, other)
        } else {
            (other, self)
        };
        let apart = large.exponent - small.exponent;
        if apart > APART && large.mantissa.is_finite() && small.mantissa.is_finite() {
            return large;
        }
        let small = libm::ldexp(small.mantissa, -(apart.min(APART) as i32));
        Self::shifted(large.mantissa + small, large.exponent)
    }

    pub(super) fn times(self, other: Self) -> Self {
        Self::shifted(
            self.mantissa * other.mantissa,
            self.exponent + other.exponent,
        )
    }

    pub(super) fn over(self, other: Self) -> Self {
        Self::shifted(
            self.mantissa / other.mantissa,
            self.exponent - other.exponent,
        )
    }

    pub(super) fn to_integer(self, n: i32) -> Self {
        if self.mantissa == 0.0 || !self.mantissa.is_finite() || n.unsigned_abs() <= SHORT {
            let shift = self.exponent * f64::from(n);
            return Self::shifted(self.mantissa.powi(n), shift);
        }
        let sign = if n % 2 == 0 {
            1.0
        } else {
            self.mantissa.signum()
        };
        Self::power_of_two(sign, self.log2() * f64::from(n))
    }

    pub(super) fn to_real(self, c: f64) -> Self {
        if self.mantissa <= 0.0 || !self.mantissa.is_finite() {
            return Self::new(self.mantissa.powf(c));
        }
        Self::power_of_two(1.0, self.log2() * c)
    }

    /// `e^self`.
    fn exp(self) -> Self {
        let g = self.value();
        let n = (g * LOG2_E).round();
        if !n.is_finite() {
            return Self::new(g.exp());
        }
        const LN_2_LOW: f64 = 2.319_046_813_846_299_6e-17;
        let rest = n.mul_add(-LN_2_LOW, n.mul_add(-LN_2, g));
        // Of an exponent beyond 2^53 only the size is known.
        let known = rest.abs() < 1.0;
        Self::shifted(if known { rest.exp() } else { 1.0 }, n)
    }

    fn ln(self) -> Self {
        if self.mantissa > 0.0 {
            Self::new(self.log())
        } else {
            Self::new(self.mantissa.ln())
        }
    }
}

/// `f(g)`; not a number where an oscillation has passed what is known of its argument.
pub(super) fn function(f: &dyn LinkFunction, g: Wide) -> Wide {
    /// Where functions without exponential growth have become straight lines.
    const FAR: f64 = 1e300;
    match f.kind() {
        Kind::Exp => return g.exp(),
        Kind::Log => return g.ln(),
        _ => {}
    }
    let value = g.value();
    if value.is_normal() || g.mantissa == 0.0 {
        let plain = f.value(value);
        if plain.is_finite() || g.mantissa.is_nan() {
            return Wide::new(plain);
        }
    }
    if let Kind::Hermite(k) = f.kind() {
        // He_k(g) ~ g^k; small arguments have their value above or below.
        return if g.exponent > 0.0 {
            g.to_integer(k.cast_signed())
        } else {
            Wide::new(f.value(value))
        };
    }
    if g.exponent < 0.0 {
        return small(f, g);
    }
    let end = FAR.copysign(g.mantissa);
    let there = f.value(end);
    let slope = there / end;
    let straight = (f.value(0.5 * end) / (0.5 * end) - slope).abs() <= f64::EPSILON * slope.abs();
    let at_infinity = f.value(f64::INFINITY.copysign(g.mantissa));
    if straight && slope.abs() > f64::EPSILON {
        g.times(Wide::new(slope))
    } else if at_infinity.is_finite() || there == 0.0 {
        Wide::new(there)
    } else {
        Wide::new(f64::NAN)
    }
}

/// `f(g)` at a `g` that is 0 as `f64`: in proportion to `g` where `f` vanishes at 0.
fn small(f: &dyn LinkFunction, g: Wide) -> Wide {
    const NEAR: f64 = 1e-150;
    let at_zero = f.value(0.0);
    if at_zero != 0.0 {
        return Wide::new(at_zero);
    }
    let beside = NEAR.copysign(g.mantissa);
    g.times(Wide::new(f.value(beside) / beside))
}
