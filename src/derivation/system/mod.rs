//! The closed system of every adapter, as formulas in `alpha`, `beta` and `N`
//! (docs/theory.md, section 3); one file per adapter.

mod free;
mod full;
mod scratch;
mod spherical;

use super::document::Equation;
use super::symbols::{A, ALPHA, BETA, CHI, KAPPA, LAMBDA, M, MU, NOISE, NORM, NU, RHO, S, U};
use crate::algebra::{Exponent, Symbol, Tree};
use crate::problem::Adapter;

/// One equation `d variable / dt = rate`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    /// What moves.
    pub variable: Symbol,
    /// Its time derivative.
    pub rate: Tree,
}

impl Rate {
    fn new(variable: Symbol, rate: Tree) -> Self {
        Self { variable, rate }
    }
}

/// A closed system of ODEs.
#[derive(Clone, Debug, PartialEq)]
pub struct System {
    /// The equations, in the order of the state.
    pub rates: Vec<Rate>,
    /// The same in the variables `(u, a)` alone, when the pre-training is aligned.
    pub aligned: Vec<Rate>,
    /// `m` as a function of the state.
    pub m: Tree,
    /// `q` as a function of the state.
    pub q: Tree,
    /// `q - m^2` as a function of the state, without taking nearly equal numbers apart.
    pub residual: Tree,
    /// `dm/dt` and `dq/dt` by those of the state, empty when `m` and `q` are the state.
    pub overlaps: Vec<Rate>,
}

/// Which terms a system has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// What is trained.
    pub adapter: Adapter,
    /// Whether `w0` is along `omega*`.
    pub aligned: bool,
    /// Whether the step ratio is not 1.
    pub step_ratio: bool,
    /// Whether there is weight decay.
    pub decay: bool,
}

/// What an adapter has of its own in a derivation.
pub(super) struct Formulas {
    /// Its closed system.
    system: fn(Terms) -> System,
    /// How the gradient becomes that system.
    pub(super) projection: fn() -> Step,
    /// What the noise of a batch does to it.
    pub(super) noise: fn() -> Step,
}

/// A step of a derivation.
pub(super) struct Step {
    pub(super) text: &'static str,
    pub(super) equations: Vec<Equation>,
}

/// The list of adapters.
pub(super) fn formulas(adapter: Adapter) -> Formulas {
    match adapter {
        Adapter::Spherical => spherical::FORMULAS,
        Adapter::Free => free::FORMULAS,
        Adapter::Full => full::FORMULAS,
        Adapter::Scratch => scratch::FORMULAS,
    }
}

impl System {
    /// Writes down the system with these terms.
    pub fn new(terms: Terms) -> Self {
        (formulas(terms.adapter).system)(terms)
    }

    /// Whether `x` is a variable of the state.
    pub fn moves(&self, x: Symbol) -> bool {
        self.rates.iter().any(|rate| rate.variable == x)
    }

    /// Whether `q = 1` throughout.
    pub fn has_unit_length(&self) -> bool {
        self.q == Tree::int(1)
    }
}

impl Terms {
    /// `chi^power`, where the step ratio counts.
    fn chi(self, power: i64) -> Vec<Tree> {
        if self.step_ratio {
            vec![sym(CHI).to_power(Exponent::from_integer(power))]
        } else {
            Vec::new()
        }
    }

    /// `rate - lambda x`, where there is decay.
    fn with_decay(self, rate: Tree, x: Symbol) -> Tree {
        if !self.decay {
            return rate;
        }
        minus(rate, product(vec![sym(LAMBDA), sym(x)]))
    }

    /// `chi u drift - chi^2 (nu/2) u^2 N x`.
    fn on_sphere(self, drift: Tree, x: Symbol) -> Tree {
        let moved = product([self.chi(1), vec![sym(U), drift]].concat());
        let shrink = [self.chi(2), vec![half(NU), square(U), sym(NOISE), sym(x)]];
        minus(moved, product(shrink.concat()))
    }
}

/// `alpha + mu beta`.
fn gradient() -> Tree {
    sum(vec![sym(ALPHA), product(vec![sym(MU), sym(BETA)])])
}

fn lora_m() -> Tree {
    sum(vec![sym(RHO), product(vec![sym(U), sym(A)])])
}

/// `kappa - rho^2 + 2 u (s - rho a) + u^2 (n - a^2)`, with `n = <v, v>`.
fn lora_residual(n: Tree) -> Tree {
    let along = product(vec![sym(RHO), sym(A)]);
    Tree::Sum(vec![
        minus(sym(KAPPA), square(RHO)),
        product(vec![Tree::int(2), sym(U), minus(sym(S), along)]),
        product(vec![square(U), minus(n, square(A))]),
    ])
}

fn lora_m_rate() -> Rate {
    Rate::new(
        M,
        sum(vec![
            product(vec![sym(A), time(U)]),
            product(vec![sym(U), time(A)]),
        ]),
    )
}

/// `dx/dt`, as a symbol of its own.
pub fn time(x: Symbol) -> Tree {
    const fn rate(name: &'static str, text: &'static str, latex: &'static str) -> Symbol {
        Symbol {
            name,
            text,
            latex,
            positive: false,
        }
    }
    Tree::Symbol(match x {
        x if x == U => rate("du_dt", "du/dt", "\\dot{u}"),
        x if x == A => rate("da_dt", "da/dt", "\\dot{a}"),
        x if x == S => rate("ds_dt", "ds/dt", "\\dot{s}"),
        x if x == NORM => rate("dn_dt", "dn/dt", "\\dot{n}"),
        x if x == M => rate("dm_dt", "dm/dt", "\\dot{m}"),
        _ => rate("dq_dt", "dq/dt", "\\dot{q}"),
    })
}

/// A variable as a formula.
pub(super) fn sym(symbol: Symbol) -> Tree {
    Tree::Symbol(symbol)
}

pub(super) fn sum(terms: Vec<Tree>) -> Tree {
    Tree::sum(terms)
}

pub(super) fn product(factors: Vec<Tree>) -> Tree {
    Tree::product(factors)
}

fn minus(a: Tree, b: Tree) -> Tree {
    let mut terms = match a {
        Tree::Sum(terms) => terms,
        other => vec![other],
    };
    terms.push(b.negative());
    Tree::Sum(terms)
}

pub(super) fn square(x: Symbol) -> Tree {
    sym(x).to_power(Exponent::from_integer(2))
}

fn one_minus_square(x: Symbol) -> Tree {
    minus(Tree::int(1), square(x))
}

fn half(x: Symbol) -> Tree {
    sym(x).over(Tree::int(2))
}
