//! The kernels of a pair in closed form.

use num_traits::Zero;

use super::average::Averager;
use super::averaged_pieces::Pieces;
use super::symbols::{M, MU, PHI, Q, R, var};
use crate::algebra::{Base, Exponent, Expr, Symbol, Tree};
use crate::link::Link;

/// Everything that docs/theory.md, section 2, defines, in the variables `m`, `q`,
/// `r = q - m^2` and `phi = arccos(-m/sqrt(q))`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExactKernel {
    /// `F = E[sigma*(lambda*) sigma(z)]`.
    pub product: Expr,
    /// `S = E[sigma(z)^2]`.
    pub square: Expr,
    /// `E[sigma*(lambda*)^2]`, a number.
    pub target_power: Expr,
    /// `alpha = dF/dm`.
    pub alpha: Expr,
    /// `beta = 2 dF/dq - S'`.
    pub beta: Expr,
    /// `E[(sigma* - sigma)^2 sigma'^2]`.
    pub noise: Expr,
    /// `E[sigma'(z)^2]`, what label noise multiplies.
    pub slope: Expr,
}

impl ExactKernel {
    /// Derives the kernels; `None` where a link of the pair has no closed form, or their averages
    /// together have none. Polynomials, erf of a multiple of x, and links that are polynomials on
    /// each side of 0 have.
    pub fn of(teacher: &Link, student: &Link) -> Option<Self> {
        let (t, s) = (Pieces::of(teacher)?, Pieces::of(student)?);
        let (t1, s1) = (t.derivative(), s.derivative());
        let s2 = s1.derivative();
        let mut average = Averager::new(&t, &s);
        let mut own = Averager::new(&s, &s);
        let power = s1.times(&s1);
        // sigma sigma'' with the student's value where sigma'' has a delta.
        let mut bent = s.times(&s2);
        bent.delta = &s.at_zero() * &s2.delta;
        let slope = own.single(&power)?;
        let squares = average.pair(&t.times(&t), &power)?;
        let crossed = average.pair(&t, &s.times(&power))?;
        let quartic = own.single(&s.times(&s).times(&power))?;
        let mut target = Averager::new(&t, &t);
        let target_power = target.single(&t.times(&t))?.replace(Q, &Expr::one());
        Some(Self {
            product: tidy(&average.pair(&t, &s)?),
            square: tidy(&own.single(&s.times(&s))?),
            target_power: tidy(&target_power),
            alpha: tidy(&average.pair(&t1, &s1)?),
            beta: tidy(&(average.pair(&t, &s2)? - own.single(&bent)? - slope.clone())),
            noise: tidy(&(squares - Expr::int(2) * crossed + quartic)),
            slope: tidy(&slope),
        })
    }

    /// The kernels by name, for tests and lists.
    pub fn named(&self) -> [(&'static str, &Expr); 6] {
        [
            ("F", &self.product),
            ("S", &self.square),
            ("alpha", &self.alpha),
            ("beta", &self.beta),
            ("noise", &self.noise),
            ("slope", &self.slope),
        ]
    }

    /// Whether `r` or `phi` occur, so that they must be explained.
    pub fn is_angular(&self) -> bool {
        let angular = |e: &Expr| e.contains(PHI) || e.contains(R);
        self.named().iter().any(|(_, e)| angular(e))
    }
}

/// The value of a kernel variable at overlaps `m`, `q` with `residual = q - m^2`.
pub fn at_overlaps(symbol: Symbol, at: &crate::expectation::Overlaps) -> f64 {
    match symbol {
        s if s == M => at.m,
        s if s == Q => at.q,
        s if s == R => at.residual,
        s if s == PHI => at.residual.sqrt().atan2(-at.m),
        _ => f64::NAN,
    }
}

/// Whole powers of `r` written as powers of `q - m^2`, everything over common denominators.
fn tidy(e: &Expr) -> Expr {
    let residual = var(Q) - var(M) * var(M);
    let mut total = Expr::zero();
    for (monomial, number) in e.terms() {
        let mut product = Expr::number(number.clone());
        for (base, exponent) in monomial.powers() {
            product = product * tidy_power(base, exponent, &residual);
        }
        total = total + product;
    }
    total.together()
}

fn tidy_power(base: &Base, exponent: Exponent, residual: &Expr) -> Expr {
    match base {
        Base::Symbol(symbol)
            if *symbol == R && exponent.is_integer() && exponent > Exponent::zero() =>
        {
            residual.power(exponent)
        }
        Base::Sum(inner) => tidy(inner).power(exponent),
        Base::Call(function, argument) => Expr::call(*function, tidy(argument)).power(exponent),
        _ => Expr::power_of(base.clone(), exponent),
    }
}

/// A kernel in closed form, collected in powers of `m`.
pub(super) fn formula(e: &Expr) -> Tree {
    e.arrange(&[M, PHI, R, Q, MU])
}
