//! The flow near its start, expanded in `(u, a)` to the first order that does not vanish.

use std::collections::BTreeMap;

use num_traits::Zero;

use super::kernel::ExactKernel;
use super::search::Value;
use super::symbols::{A, M, MU, PHI, Q, R, var};
use crate::algebra::{Base, Exponent, Expr, Function, Monomial, Symbol, Tree, exact_number};
use crate::problem::Setup;

/// The amplitude, taken positive: the other sign follows from `v -> -v`.
const U: Symbol = Symbol {
    name: "u",
    text: "u",
    latex: "u",
    positive: true,
};
/// What counts the orders: `u` and `a` carry one power each.
const ORDER: Symbol = Symbol {
    name: "t",
    text: "t",
    latex: "t",
    positive: true,
};
/// Size of a coefficient, against the first order, below which it is 0 at a strength known to double
/// precision.
const ZERO: f64 = 1e-9;
/// Orders looked at, where the leading one vanishes at a strength that is no exact number.
const ORDERS: usize = 4;

/// Leading terms of `du/dt` and `da/dt` for aligned pre-training at a strength where the gradient
/// vanishes, in population gradient flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Expansion {
    /// `du/dt`.
    pub amplitude: Tree,
    /// `da/dt`.
    pub alignment: Tree,
}

impl Expansion {
    /// Expands the flow of a LoRA adapter at a strength; `None` where the kernels have no power series
    /// there.
    pub fn at(kernel: &ExactKernel, setup: &Setup, mu: &Value) -> Option<Self> {
        let strength = match mu {
            Value::Exact(e) => e.clone(),
            Value::Number(_) => var(MU),
        };
        let [amplitude, alignment] = flow(kernel, setup, &strength);
        let shown = |rate: &Expr| match mu {
            Value::Exact(_) => exact(rate),
            Value::Number(x) => numeric(rate, *x, size(&amplitude, *x)?),
        };
        Some(Self {
            amplitude: shown(&amplitude)?,
            alignment: shown(&alignment)?,
        })
    }
}

/// `du/dt` and `da/dt` with every `u` and `a` times the counting variable.
fn flow(kernel: &ExactKernel, setup: &Setup, mu: &Expr) -> [Expr; 2] {
    let t = var(ORDER);
    let (u, a) = (&t * &var(U), &t * &var(A));
    let square = Expr::one() - &a * &a;
    let m = mu.clone() + &u * &a;
    let r = &(&u * &u) * &square;
    let q = &m * &m + r.clone();
    let phi = if mu.is_zero() {
        Expr::call(Function::ArcCos, -a.clone())
    } else {
        let sine = r.sqrt() * q.sqrt().recip();
        Expr::pi() - Expr::call(Function::ArcSin, sine)
    };
    let here = |e: &Expr| {
        e.substitute(&|s| match s {
            s if s == M => Some(m.clone()),
            s if s == Q => Some(q.clone()),
            s if s == R => Some(r.clone()),
            s if s == PHI => Some(phi.clone()),
            _ => None,
        })
    };
    let (alpha, beta) = (here(&kernel.alpha), here(&kernel.beta));
    let pull = alpha + mu * &beta;
    let amplitude = &pull * &a + &beta * &u;
    let chi = exact_number(setup.step_ratio);
    let decay = exact_number(setup.weight_decay);
    let (moved, lost) = if setup.adapter.facts().on_sphere {
        (&pull * &square, Expr::zero())
    } else {
        // A free v has length 1 to leading order, and moves along itself too.
        (pull + &(&beta * &u) * &a, &decay * &a)
    };
    [amplitude - &decay * &u, &chi * &u * moved - lost]
}

/// The leading coefficient of the series, a polynomial in `u` and `a`.
fn exact(rate: &Expr) -> Option<Tree> {
    if rate.is_zero() {
        return Some(Tree::int(0));
    }
    let (leading, _) = rate.series(ORDER, 1)?.leading();
    Some(leading.arrange(&[A, U]))
}

/// The first coefficients that do not vanish at `mu`, against the size `scale` of the first order, as
/// decimal numbers.
fn numeric(rate: &Expr, mu: f64, scale: f64) -> Option<Tree> {
    let series = rate.series(ORDER, ORDERS)?;
    for (_, coefficient) in series.terms() {
        let mut powers = evaluated(coefficient, mu);
        powers.retain(|_, c| c.abs() > ZERO * scale);
        if !powers.is_empty() {
            return Some(Tree::sum(powers.into_iter().rev().map(term).collect()));
        }
    }
    None
}

/// The largest number in the leading coefficient at `mu`.
fn size(rate: &Expr, mu: f64) -> Option<f64> {
    let (leading, _) = rate.series(ORDER, 1)?.leading();
    let powers = evaluated(&leading, mu);
    Some(powers.values().fold(0.0, |m: f64, c| m.max(c.abs())))
}

/// The coefficients of the powers of `u` and `a` at `mu`, summed in exact numbers: their terms cancel
/// where the polynomial has a root.
fn evaluated(coefficient: &Expr, mu: f64) -> BTreeMap<[Exponent; 2], f64> {
    let strength = exact_number(mu);
    let mut powers: BTreeMap<[Exponent; 2], Expr> = BTreeMap::new();
    for (monomial, number) in coefficient.terms() {
        let mut rest = Expr::number(number.clone());
        for (base, e) in monomial.powers() {
            if *base != Base::Symbol(U) && *base != Base::Symbol(A) {
                rest = rest * Expr::power_of(base.clone(), e);
            }
        }
        let key = [U, A].map(|s| exponent(monomial, s));
        let sum = powers.entry(key).or_default();
        *sum = std::mem::take(sum) + rest.replace(MU, &strength);
    }
    let known = powers.into_iter();
    known
        .map(|(key, sum)| (key, sum.evaluate(&|_| mu)))
        .collect()
}

fn exponent(monomial: &Monomial, symbol: Symbol) -> Exponent {
    monomial.exponent(&Base::Symbol(symbol))
}

fn term(([u, a], coefficient): ([Exponent; 2], f64)) -> Tree {
    let mut factors = vec![Tree::Decimal(coefficient.abs())];
    for (symbol, power) in [(U, u), (A, a)] {
        if !power.is_zero() {
            factors.push(Tree::Symbol(symbol).to_power(power));
        }
    }
    let whole = Tree::product(factors);
    if coefficient < 0.0 {
        whole.negative()
    } else {
        whole
    }
}
