//! The functions of the expression language that are not links of their own: `abs`, `exp`, `log`,
//! and `square`, `sqrt`, `max`, `min`, which become other nodes.

use std::sync::Arc;

use super::block;
use super::builtin::{Branches, Kind, LinkFunction};
use super::disk;
use super::expression::Expr;
use super::sign::Sign;
use crate::algebra::{Special, Tree};

/// One function of the expression language.
pub(super) struct Elementary {
    /// Its name.
    pub(super) name: &'static str,
    /// How many arguments it takes.
    pub(super) arguments: usize,
    build: fn(&[Expr]) -> Option<Expr>,
}

impl Elementary {
    /// The call as an expression; `None` when the number of arguments is wrong.
    pub(super) fn call(&self, arguments: &[Expr]) -> Option<Expr> {
        (self.build)(arguments)
    }
}

/// Every elementary function.
pub(super) const ELEMENTARY: &[Elementary] = &[
    unary("abs", |a| one(a, abs)),
    unary("square", |a| one(a, |g| Expr::power(g, 2))),
    unary("sqrt", |a| one(a, |g| Expr::real_power(g, 0.5))),
    unary("exp", |a| one(a, exp)),
    unary("log", |a| one(a, log)),
    binary("max", |a| two(a, |left, right| (right, left))),
    binary("min", |a| two(a, |left, right| (left, right))),
];

const fn unary(name: &'static str, build: fn(&[Expr]) -> Option<Expr>) -> Elementary {
    Elementary {
        name,
        arguments: 1,
        build,
    }
}

const fn binary(name: &'static str, build: fn(&[Expr]) -> Option<Expr>) -> Elementary {
    Elementary {
        name,
        arguments: 2,
        build,
    }
}

fn one(arguments: &[Expr], build: fn(Expr) -> Expr) -> Option<Expr> {
    match arguments {
        [g] => Some(build(g.clone())),
        _ => None,
    }
}

/// A choice between `a` and `b` by the sign of `a - b`; `order` says which one is taken when it
/// is negative and which one when it is positive.
fn two(arguments: &[Expr], order: fn(Expr, Expr) -> (Expr, Expr)) -> Option<Expr> {
    match arguments {
        [a, b] => {
            let (negative, positive) = order(a.clone(), b.clone());
            let test = Expr::subtract(a.clone(), b.clone());
            Some(Expr::choose(test, negative, positive))
        }
        _ => None,
    }
}

/// `|g|`.
pub(super) fn abs(g: Expr) -> Expr {
    Expr::call(Arc::new(Abs), g)
}

/// True for [`abs`].
pub(super) fn is_abs(f: &dyn LinkFunction) -> bool {
    format!("{f:?}") == format!("{Abs:?}")
}

/// `e^g`.
pub(super) fn exp(g: Expr) -> Expr {
    Expr::call(Arc::new(Exp), g)
}

/// `log(g)`, the natural logarithm.
pub(super) fn log(g: Expr) -> Expr {
    Expr::call(Arc::new(Log), g)
}

#[derive(Debug)]
struct Abs;

impl LinkFunction for Abs {
    fn value(&self, g: f64) -> f64 {
        g.abs()
    }

    fn apply(&self, input: &[f64], output: &mut [f64]) {
        block::each(input, output, f64::abs);
    }

    fn derivative(&self, g: &Expr) -> Expr {
        Expr::call(Arc::new(Sign), g.clone())
    }

    fn branches(&self, g: &Expr) -> Option<Branches> {
        Some(Branches {
            left: Expr::negate(g.clone()),
            right: g.clone(),
        })
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        Some(g.clone().choose(g.clone().negative(), g))
    }
}

#[derive(Debug)]
struct Exp;

impl LinkFunction for Exp {
    fn value(&self, g: f64) -> f64 {
        g.exp()
    }

    fn spread(&self, g: f64, radius: f64) -> f64 {
        disk::exp(g, radius)
    }

    fn derivative(&self, g: &Expr) -> Expr {
        exp(g.clone())
    }

    fn kind(&self) -> Kind {
        Kind::Exp
    }

    fn apply(&self, input: &[f64], output: &mut [f64]) {
        block::each(input, output, block::exp);
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        Some(g.under(Special::Exp))
    }
}

#[derive(Debug)]
struct Log;

impl LinkFunction for Log {
    fn value(&self, g: f64) -> f64 {
        g.ln()
    }

    fn spread(&self, g: f64, radius: f64) -> f64 {
        if radius < g {
            -(-radius / g).ln_1p()
        } else {
            f64::INFINITY
        }
    }

    fn derivative(&self, g: &Expr) -> Expr {
        Expr::divide(Expr::number(1.0), g.clone())
    }

    fn kind(&self) -> Kind {
        Kind::Log
    }

    fn formula(&self, g: Tree) -> Option<Tree> {
        Some(g.under(Special::Ln))
    }
}
