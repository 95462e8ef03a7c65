//! Pre-trained weights as formulas in the strength `mu`.

use num_bigint::BigInt;

use super::symbols::{COSINE, GAP, KAPPA, M, MU, PHI, Q, R, RHO, var};
use crate::algebra::{Expr, Function, exact_number};
use crate::problem::{ProblemError, ProblemOptions, single};

/// How the pre-trained weights are given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Weights {
    /// `w0 = mu omega*`.
    Aligned,
    /// `|w0| = mu` at this angle to `omega*`, in degrees.
    Tilted(f64),
    /// `w0 = mu omega* + (1 - mu)` times a random direction.
    Mixture,
    /// By their overlaps.
    Overlaps {
        /// `<w0, omega*>`.
        rho: f64,
        /// `<w0, w0>`.
        kappa: f64,
    },
    /// None: the student starts from a random direction.
    None,
}

impl Weights {
    /// As the options say.
    ///
    /// # Errors
    /// On a grid.
    pub fn of(options: &ProblemOptions) -> Result<Self, ProblemError> {
        let adapter = options.adapter.unwrap_or_default();
        let rho = single("rho", &options.rho)?;
        let kappa = single("kappa", &options.kappa)?;
        let angle = single("angle", &options.angle)?;
        Ok(match (rho, kappa, angle) {
            _ if adapter.facts().no_pretraining.is_some() => Weights::None,
            (Some(rho), Some(kappa), _) => Weights::Overlaps { rho, kappa },
            (.., Some(angle)) if angle != 0.0 => Weights::Tilted(angle),
            _ if options.mixture => Weights::Mixture,
            _ => Weights::Aligned,
        })
    }

    /// Whether `w0` has no part orthogonal to `omega*`.
    pub fn is_aligned(self) -> bool {
        self.residual().is_zero() && self != Weights::None
    }

    /// Whether formulas have the strength `mu` for a variable.
    pub fn has_strength(self) -> bool {
        !matches!(self, Weights::None | Weights::Overlaps { .. })
    }

    /// `rho = <w0, omega*>`.
    pub fn rho(self) -> Expr {
        match self {
            Weights::Aligned | Weights::Mixture => var(MU),
            Weights::Tilted(angle) => cosine(angle) * var(MU),
            Weights::Overlaps { rho, .. } => exact_number(rho),
            Weights::None => Expr::zero(),
        }
    }

    /// `kappa - rho^2`, the squared length of the part of `w0` orthogonal to `omega*`.
    pub fn residual(self) -> Expr {
        let gap = Expr::one() - var(MU);
        match self {
            Weights::Aligned | Weights::None => Expr::zero(),
            Weights::Tilted(angle) => {
                let cosine = cosine(angle);
                (Expr::one() - &cosine * &cosine) * var(MU) * var(MU)
            }
            Weights::Mixture => &gap * &gap,
            Weights::Overlaps { rho, kappa } => {
                let rho = exact_number(rho);
                exact_number(kappa) - &rho * &rho
            }
        }
    }

    /// `kappa = <w0, w0>`.
    pub fn kappa(self) -> Expr {
        self.rho() * self.rho() + self.residual()
    }

    /// `phi = arccos(-rho / sqrt(kappa))`.
    pub fn phi(self) -> Expr {
        match self {
            Weights::Aligned => Expr::pi(),
            Weights::None => Expr::ratio(1, 2) * Expr::pi(),
            Weights::Tilted(angle) => {
                (Expr::one() - exact_number(angle) * Expr::ratio(1, 180)) * Expr::pi()
            }
            _ => {
                let cosine = self.rho() * self.kappa().sqrt().recip();
                Expr::call(Function::ArcCos, -cosine)
            }
        }
    }

    /// The cosine of the angle, where formulas have a symbol for it.
    pub fn cosine(self) -> Option<f64> {
        match self {
            Weights::Tilted(angle) => {
                let named = cosine(angle).contains(COSINE);
                named.then(|| angle.to_radians().cos())
            }
            _ => None,
        }
    }

    /// The value of a formula in `mu`.
    pub fn evaluate(self, formula: &Expr, mu: f64) -> f64 {
        formula.evaluate(&|s| match s {
            s if s == MU => mu,
            s if s == COSINE => self.cosine().unwrap_or(f64::NAN),
            _ => f64::NAN,
        })
    }

    /// A formula in the variables of the kernels at `w = w0`.
    pub fn at_start(self, formula: &Expr) -> Expr {
        let gap = var(GAP);
        let here = formula.substitute(&|symbol| match symbol {
            s if s == M || s == RHO => Some(self.rho()),
            s if s == Q || s == KAPPA => Some(self.kappa()),
            // The root of r is the weight of the random direction, which is not negative.
            s if s == R && self == Weights::Mixture => Some(&gap * &gap),
            s if s == R => Some(self.residual()),
            s if s == PHI => Some(self.phi()),
            _ => None,
        });
        here.replace(GAP, &(Expr::one() - var(MU)))
    }
}

/// `cos(angle)`, exact where it is a root of a short fraction, and else a symbol.
fn cosine(degrees: f64) -> Expr {
    let exact = match degrees {
        // The cosine of a right angle is not 0 in floating point.
        90.0 => Expr::zero(),
        _ => exact_number(degrees.to_radians().cos()),
    };
    let short = BigInt::from(SHORT);
    let is_short = exact.terms().all(|(_, n)| *n.denom() < short);
    if is_short { exact } else { var(COSINE) }
}

/// Denominators below are short.
const SHORT: i64 = 1_000;
