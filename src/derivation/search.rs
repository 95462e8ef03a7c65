//! The search phase as formulas: `A(mu)`, `B(mu)`, `tau(mu)`, their limits and critical strengths
//! (docs/theory.md, section 4).

use super::kernel::ExactKernel;
use super::pretrained_weights::Weights;
use super::symbols::{GAP, MU, var};
use crate::algebra::{Exponent, Expr, Root, Symbol, exact_number, integer, real_roots};
use crate::problem::Setup;
use crate::search::CriticalKind;

/// A number, exact where it can be.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A closed form without variables.
    Exact(Expr),
    /// To double precision.
    Number(f64),
}

impl Value {
    /// The number.
    pub fn number(&self) -> f64 {
        match self {
            Value::Exact(e) => e.evaluate(&|_| f64::NAN),
            Value::Number(x) => *x,
        }
    }
}

/// `constant * x^-exponent`, how the search time behaves where `x -> 0`.
#[derive(Clone, Debug, PartialEq)]
pub struct Law {
    /// The factor.
    pub constant: Value,
    /// The power of `1/x`, 0 where the search time tends to a constant.
    pub exponent: Exponent,
}

/// A strength of aligned pre-training at which the gradient vanishes.
#[derive(Clone, Debug, PartialEq)]
pub struct Critical {
    /// The strength.
    pub mu: Value,
    /// `B` there.
    pub curvature: Value,
    /// Trap or saddle.
    pub kind: CriticalKind,
}

/// Strengths are looked for up to here.
pub const LARGEST_STRENGTH: i64 = 2;

/// The search phase of exact kernels, in the variable `mu`.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchFormulas {
    /// `A`, signed, when the pre-training is aligned; else `A^2`.
    pub gradient: Expr,
    /// Whether `gradient` is `A` itself.
    pub aligned: bool,
    /// `B`.
    pub curvature: Expr,
    weights: Weights,
}

impl SearchFormulas {
    /// From the kernels at `w0`.
    pub fn new(kernel: &ExactKernel, weights: Weights) -> Self {
        let here = |e: &Expr| weights.at_start(e).together();
        let (alpha, beta) = (here(&kernel.alpha), here(&kernel.beta));
        let along = alpha + &beta * &weights.rho();
        let gradient = if weights.is_aligned() {
            along
        } else {
            &along * &along + &(&beta * &beta) * &weights.residual()
        };
        Self {
            gradient: gradient.together(),
            aligned: weights.is_aligned(),
            curvature: beta,
            weights,
        }
    }

    /// How the search time behaves for `mu -> 0`; `None` where it is not defined near 0, or has no
    /// power law.
    pub fn weak(&self, setup: &Setup) -> Option<Law> {
        self.law(setup, MU, &|e| e.clone())
    }

    /// How the search time behaves for `mu -> 1`, in powers of `1 - mu`.
    pub fn strong(&self, setup: &Setup) -> Option<Law> {
        let perfect = Expr::one() - var(GAP);
        self.law(setup, GAP, &|e| e.replace(MU, &perfect).together())
    }

    fn law(&self, setup: &Setup, x: Symbol, near: &dyn Fn(&Expr) -> Expr) -> Option<Law> {
        let (mut a, mut p) = leading(&near(&self.gradient), x)?;
        if self.aligned {
            (a, p) = (&a * &a, p + p);
        }
        let a = a * exact_number(setup.step_ratio);
        let decayed = near(&self.curvature) - exact_number(setup.weight_decay);
        let (b, s) = if decayed.is_zero() {
            // No curvature at all: the gradient alone drives.
            (Expr::zero(), p + Exponent::from_integer(1))
        } else {
            leading(&decayed, x)?
        };
        let falling = self.weights.evaluate(&b, f64::NAN) < 0.0;
        let half = Exponent::new(1, 2);
        let (constant, exponent) = if p > s + s {
            if falling {
                (-b * a.recip(), p - s)
            } else {
                (b.recip(), s)
            }
        } else if p < s + s {
            (a.power(-half), p * half)
        } else {
            let root = (&b * &b + Expr::int(4) * a.clone()).sqrt();
            (growing(&a, &b, &root, falling), s)
        };
        let constant = constant.together();
        Some(Law {
            constant: match self.weights.cosine() {
                Some(_) => Value::Number(self.weights.evaluate(&constant, f64::NAN)),
                None => Value::Exact(constant),
            },
            exponent,
        })
    }

    /// The roots of `A` in `[0, 2]`; `None` where `A` is no polynomial or the pre-training is not
    /// aligned.
    pub fn roots(&self) -> Option<Vec<Root>> {
        if !self.aligned || !self.gradient.is_polynomial() {
            return None;
        }
        let limit = integer(LARGEST_STRENGTH);
        let roots = real_roots(&self.gradient, MU, &integer(0), &limit)?;
        Some(roots.into_iter().map(|(root, _)| root).collect())
    }

    /// `B` at a strength.
    pub fn curvature_at(&self, mu: &Expr) -> Expr {
        self.curvature.replace(MU, mu).together()
    }
}

/// `1 / lambda_+` for `lambda_+ = (b + root)/2`, `root = sqrt(b^2 + 4 a)`, without cancellation.
fn growing(a: &Expr, b: &Expr, root: &Expr, falling: bool) -> Expr {
    if falling {
        (root.clone() - b.clone()) * (Expr::int(2) * a.clone()).recip()
    } else {
        Expr::int(2) * (root.clone() + b.clone()).recip()
    }
}

/// Leading coefficient and power at `x -> 0`; `None` for 0 and where there is no power.
fn leading(e: &Expr, x: Symbol) -> Option<(Expr, Exponent)> {
    Some(e.series(x, 1)?.leading())
}
