//! Link functions `sigma: R -> R`: what a teacher or student neuron applies to its pre-activation.
//!
//! A [`Link`] is read from a name in the registry ([`builtin_links`]) or from an expression in `x`
//! such as `x*sigmoid(x)` or `he1 + 0.5*he3`. Its derivatives are exact; its kinks and jumps are
//! known ([`Break`]), and so is its closed form if it has one ([`Form`]).
//!
//! To add a link write one file with its `LinkFunction` and add one line to `BUILTINS`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

mod block;
mod breaks;
mod builtin;
mod celu;
mod check;
mod clip;
mod common_subexpressions;
mod compiled;
mod cos;
mod differentiate;
mod disk;
mod elementary;
mod elu;
mod erf;
mod error;
mod expression;
mod form;
mod formula;
mod function;
mod gelu;
mod growth;
mod hardshrink;
mod hardsigmoid;
mod hardswish;
mod hardtanh;
mod heaviside;
mod hermite;
mod inner;
mod interpolant;
mod leaky_relu;
mod letter;
mod linear;
mod logsigmoid;
mod mish;
mod names;
mod packet;
mod parity;
mod parse;
mod powers;
mod quick_gelu;
mod recognise;
mod relu;
mod relu6;
mod samples;
mod selu;
mod sigmoid;
mod sign;
mod silu;
mod sin;
mod smooth_pieces;
mod softplus;
mod softshrink;
mod softsign;
mod spline;
mod step;
mod stretched;
mod table;
mod table_file;
mod tanh;
mod terms;
#[cfg(test)]
mod tests;
mod token;
mod wide;
mod written;
mod zeros;

pub(crate) use block::exponentials;
pub use breaks::Break;
pub use builtin::BuiltinLink;
pub use error::LinkError;
pub use form::{Form, Parity};
pub use formula::{NoFormula, X};
pub(crate) use function::Function;
pub(crate) use letter::substitute;
pub(crate) use packet::{Envelope, MOST_COEFFICIENTS, Packet, PacketSum};
pub(crate) use powers::Power;
pub use samples::{SAMPLED, SAMPLED_TO};
pub use table_file::Outside;
pub(crate) use table_file::file_of;

use crate::algebra::Tree;
use compiled::Tape;
use inner::Inner;

/// The registry: every built-in link, in the order in which lists show them.
const BUILTINS: &[BuiltinLink] = &[
    linear::BUILTIN,
    erf::BUILTIN,
    relu::BUILTIN,
    leaky_relu::BUILTIN,
    elu::BUILTIN,
    celu::BUILTIN,
    selu::BUILTIN,
    relu6::BUILTIN,
    clip::BUILTIN,
    hardtanh::BUILTIN,
    hardsigmoid::BUILTIN,
    hardswish::BUILTIN,
    hardshrink::BUILTIN,
    softshrink::BUILTIN,
    sigmoid::BUILTIN,
    logsigmoid::BUILTIN,
    tanh::BUILTIN,
    softsign::BUILTIN,
    softplus::BUILTIN,
    gelu::BUILTIN,
    quick_gelu::BUILTIN,
    silu::BUILTIN,
    mish::BUILTIN,
    cos::BUILTIN,
    sin::BUILTIN,
    sign::BUILTIN,
    heaviside::BUILTIN,
    step::BUILTIN,
    hermite::BUILTIN,
];

/// The built-in links: name, formula, spellings, parameters.
///
/// All of them can be used inside expressions, bare (`relu`) or called (`relu(2*x - 1)`).
pub fn builtin_links() -> &'static [BuiltinLink] {
    BUILTINS
}

/// True when a text is an expression in `x`, whether or not it is a link.
pub fn is_readable(text: &str) -> bool {
    parse::parse(text.trim()).is_ok()
}

/// A link function `sigma: R -> R`, cheap to clone.
///
/// Two links are equal when they have the same standard spelling (the [`Display`](fmt::Display)
/// text), whatever was typed.
///
/// ```
/// use lorode::link::{Form, Link, Parity};
///
/// # fn main() -> Result<(), lorode::link::LinkError> {
/// let link: Link = "max(x, 0.1*x)".parse()?;
/// assert_eq!((link.value(-2.0), link.derivative(-2.0)), (-0.2, 0.1));
/// assert_eq!(link.breaks()[0].slope_jump, 0.9);
/// assert_eq!(*Link::parse("x^3 - 3*x")?.form(), Form::Polynomial(vec![0.0, 0.0, 0.0, 1.0]));
/// assert_eq!(Link::parse("tanh(2*x)")?.parity(), Parity::Odd);
/// assert!(Link::parse("exp(x^2)").is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Link(Arc<Inner>);

impl Link {
    /// Reads a name (`relu`, `he3`, `leaky-relu(0.2)`) or an expression in `x`.
    ///
    /// # Errors
    ///
    /// [`LinkError`] when the text cannot be read, when the function is not finite for every `x`
    /// in `[-40, 40]`, does not depend on `x`, or grows like `exp(x^2)` or faster.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        // On one line, however the text was broken in a file.
        let name = &text.split_whitespace().collect::<Vec<_>>().join(" ");
        let parsed = parse::parse(name)?;
        let inner = Inner::of(name.clone(), parsed.canonical, &parsed.expr)?;
        Ok(Self(Arc::new(inner)))
    }

    /// What the user typed, trimmed.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// `sigma(x)`; at a jump the mean of the two sides.
    pub fn value(&self, x: f64) -> f64 {
        self.0.value.value(x)
    }

    /// `sigma'(x)`, exact away from the [breaks](Self::breaks); at a kink the mean of the two slopes.
    pub fn derivative(&self, x: f64) -> f64 {
        self.0.first.value(x)
    }

    /// `sigma''(x)` away from the [breaks](Self::breaks), without delta terms.
    pub fn second_derivative(&self, x: f64) -> f64 {
        self.0.second.value(x)
    }

    /// `out[i] = sigma(x[i])`, for as many points as both slices have.
    pub fn values(&self, x: &[f64], out: &mut [f64]) {
        self.0.value.values(x, out);
    }

    /// `out[i] = sigma'(x[i])`, for as many points as both slices have.
    pub fn derivatives(&self, x: &[f64], out: &mut [f64]) {
        self.0.first.values(x, out);
    }

    /// `out[i] = sigma''(x[i])`, for as many points as both slices have.
    pub fn second_derivatives(&self, x: &[f64], out: &mut [f64]) {
        self.0.second.values(x, out);
    }

    /// Operations that `sigma`, `sigma'` and `sigma''` take at a point.
    pub(crate) fn operations(&self) -> usize {
        self.0.value.len() + self.0.first.len() + self.0.second.len()
    }

    /// Every point where `sigma` or a derivative of any order jumps, ascending.
    ///
    /// Breaks of affine arguments are found wherever they lie, all others in `[-40, 40]`.
    pub fn breaks(&self) -> &[Break] {
        &self.0.breaks
    }

    /// Points between which `sigma` is analytic: its [breaks](Self::breaks), and where a derivative
    /// above the second jumps in a table.
    pub(crate) fn seams(&self) -> Vec<f64> {
        let breaks = self.0.breaks.iter().map(|b| b.at);
        let mut all: Vec<f64> = breaks.chain(self.0.knots.iter().copied()).collect();
        all.sort_by(f64::total_cmp);
        all.dedup();
        all
    }

    /// Whether `sigma` is a polynomial of degree at most 3 between its seams and a line beyond: a table.
    pub(crate) fn is_spline(&self) -> bool {
        match self.0.expressions[0].node() {
            expression::Node::Call(f, g) if f.degree().is_some_and(|degree| degree <= 3) => {
                smooth_pieces::pieces(g, &self.0.breaks).all(|g| form::affine(&g).is_some())
            }
            _ => false,
        }
    }

    /// Bounds of `|sigma|`, `|sigma'|`, `|sigma''|` in the disk of the complex plane around `x`, for
    /// the analytic continuation of the piece between breaks that holds `x`; infinite where they
    /// are not known.
    pub(crate) fn bounds(&self, x: f64, radius: f64) -> [f64; 3] {
        self.piece(x).map_or([f64::INFINITY; 3], |piece| {
            piece.each_ref().map(|t| t.disk(x, radius).size())
        })
    }

    /// Sizes of the terms of `sigma`, `sigma'`, `sigma''` at `x`, at least those of their values: rounding errors are
    /// relative to them, and what is below those is noise. 0 where they are not known.
    pub(crate) fn terms(&self, x: f64) -> [f64; 3] {
        self.piece(x)
            .map_or([0.0; 3], |piece| piece.each_ref().map(|t| t.terms(x)))
    }

    /// Value, slope and bend as smooth functions, between the breaks around `x`.
    fn piece(&self, x: f64) -> Option<&[Tape; 3]> {
        let inner = &*self.0;
        let make = || smooth_pieces::smooth(&inner.expressions[0], &inner.breaks);
        let at = inner.breaks.partition_point(|b| b.at < x);
        inner.pieces.get_or_init(make).get(at)
    }

    /// Monomial coefficients of the polynomials that `sigma` equals between its breaks, one more than
    /// there are breaks; `None` unless all are polynomials of degree at most 12.
    pub(crate) fn polynomials(&self) -> Option<Vec<Vec<f64>>> {
        let pieces = smooth_pieces::pieces(&self.0.expressions[0], &self.0.breaks);
        pieces.map(|piece| form::monomials(&piece)).collect()
    }

    /// The link as a short sum of wave packets, where it is smooth and one.
    pub(crate) fn packets(&self) -> Option<PacketSum> {
        let read = || packet::read(&self.0.expressions[0]);
        self.0.breaks.is_empty().then(read).flatten()
    }

    /// The link as a short sum of real powers of `|x|` on each side of 0, where it is one.
    pub(crate) fn powers(&self) -> Option<Vec<Power>> {
        powers::read(&self.0.expressions[0], &self.0.breaks)
    }

    /// The power of `|x|`, below 1, that the link goes like at 0 where its slope is infinite there.
    pub(crate) fn steep(&self) -> Option<f64> {
        self.0.steep
    }

    /// The exact form, when the link has one.
    pub fn form(&self) -> &Form {
        &self.0.form
    }

    /// `sigma` as a formula in [`X`], to be read.
    ///
    /// # Errors
    ///
    /// [`NoFormula`] where it uses a function that formulas lack, or would be too long.
    pub fn formula(&self) -> Result<Tree, NoFormula> {
        formula::of(&self.0.expressions[0]).map(|tree| formula::spelled(&tree))
    }

    /// `sigma`, `sigma'`, `sigma''` as formulas in [`X`] that evaluate without overflow; the
    /// derivatives hold away from the [breaks](Self::breaks).
    ///
    /// # Errors
    ///
    /// As [`formula`](Self::formula).
    pub fn formulas(&self) -> Result<[Tree; 3], NoFormula> {
        let [value, slope, bend] = &self.0.expressions;
        Ok([formula::of(value)?, formula::of(slope)?, formula::of(bend)?])
    }

    /// The symmetry under `x -> -x`.
    pub fn parity(&self) -> Parity {
        self.0.parity
    }

    /// The symmetries of `sigma`, `sigma'` and `sigma''`, delta terms included: a link that is odd up
    /// to a constant has an even slope, one that is even up to a line an even bend.
    pub(crate) fn symmetries(&self) -> [Parity; 3] {
        *self.0.symmetries.get_or_init(|| {
            // Where breaks add delta terms, tested values do not tell.
            let [_, slope, bend] = &self.0.expressions;
            let flipped = |parity, (expr, tape), deltas: bool| match parity {
                Parity::Even => Parity::Odd,
                Parity::Odd => Parity::Even,
                Parity::Neither if deltas => Parity::Neither,
                Parity::Neither => parity::tested(expr, tape),
            };
            let first = flipped(self.0.parity, (slope, &self.0.first), self.has_jump());
            let second = flipped(first, (bend, &self.0.second), !self.0.breaks.is_empty());
            [self.0.parity, first, second]
        })
    }

    /// True when `sigma` itself is discontinuous somewhere, so that its gradient has delta terms.
    pub fn has_jump(&self) -> bool {
        self.0.breaks.iter().any(|b| b.jump != 0.0)
    }
}

impl FromStr for Link {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        Self::parse(text)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.canonical)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Link").field(&self.0.canonical).finish()
    }
}

impl PartialEq for Link {
    fn eq(&self, other: &Self) -> bool {
        self.0.canonical == other.0.canonical
    }
}
