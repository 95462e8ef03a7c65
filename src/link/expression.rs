//! The expression tree of a link, built only through constructors that simplify.
//!
//! Subtrees are shared (`Arc`), so a tree is really a graph; every walk over it must remember the
//! nodes it has seen, or shared subtrees would be visited exponentially often.

use std::collections::HashSet;
use std::sync::Arc;

use super::builtin::LinkFunction;

/// An expression in `x`.
#[derive(Clone, Debug)]
pub(super) struct Expr(Arc<Node>);

/// One operation of an expression.
#[derive(Debug)]
pub(super) enum Node {
    /// A constant.
    Number(f64),
    /// The variable.
    X,
    /// `a + b`.
    Add(Expr, Expr),
    /// `a - b`.
    Subtract(Expr, Expr),
    /// `a * b`.
    Multiply(Expr, Expr),
    /// `a / b`.
    Divide(Expr, Expr),
    /// `-a`.
    Negate(Expr),
    /// `a^n` with an integer `n`.
    Power(Expr, i32),
    /// `a^c` with a real `c`, a number only where `a >= 0`.
    RealPower(Expr, f64),
    /// `f(a)`.
    Call(Arc<dyn LinkFunction>, Expr),
    /// The second expression where the first is negative, the third where it is positive, and
    /// their mean where it vanishes.
    Choose(Expr, Expr, Expr),
}

impl Expr {
    fn new(node: Node) -> Self {
        Self(Arc::new(node))
    }

    /// The operation at the root.
    pub(super) fn node(&self) -> &Node {
        &self.0
    }

    /// An address that identifies the shared node while the expression lives.
    pub(super) fn address(&self) -> *const Node {
        Arc::as_ptr(&self.0)
    }

    /// The constant when the expression is one.
    pub(super) fn constant(&self) -> Option<f64> {
        match self.node() {
            Node::Number(value) => Some(*value),
            _ => None,
        }
    }

    fn is(&self, value: f64) -> bool {
        self.constant()
            .is_some_and(|c| c.to_bits() == value.to_bits())
    }

    fn is_zero(&self) -> bool {
        self.is(0.0) || self.is(-0.0)
    }

    /// A constant.
    pub(super) fn number(value: f64) -> Self {
        Self::new(Node::Number(value))
    }

    /// The variable `x`.
    pub(super) fn x() -> Self {
        Self::new(Node::X)
    }

    /// `a + b`.
    pub(super) fn add(a: Self, b: Self) -> Self {
        match (a.constant(), b.constant()) {
            (Some(p), Some(q)) => Self::number(p + q),
            _ if a.is_zero() => b,
            _ if b.is_zero() => a,
            _ => Self::new(Node::Add(a, b)),
        }
    }

    /// `a - b`.
    pub(super) fn subtract(a: Self, b: Self) -> Self {
        match (a.constant(), b.constant()) {
            (Some(p), Some(q)) => Self::number(p - q),
            _ if b.is_zero() => a,
            _ if a.is_zero() => Self::negate(b),
            _ => Self::new(Node::Subtract(a, b)),
        }
    }

    /// `-a`.
    pub(super) fn negate(a: Self) -> Self {
        match a.node() {
            Node::Number(value) => Self::number(-value),
            Node::Negate(inner) => inner.clone(),
            Node::Multiply(factor, rest) if factor.constant().is_some() => {
                Self::multiply(Self::negate(factor.clone()), rest.clone())
            }
            _ => Self::new(Node::Negate(a)),
        }
    }

    /// `a * b`, a constant factor first.
    pub(super) fn multiply(a: Self, b: Self) -> Self {
        if let (Some(p), Some(q)) = (a.constant(), b.constant()) {
            return Self::number(p * q);
        }
        if b.constant().is_some() {
            return Self::multiply(b, a);
        }
        match (a.constant(), b.node()) {
            _ if a.is_zero() => Self::number(0.0),
            _ if a.is(1.0) => b,
            _ if a.is(-1.0) => Self::negate(b),
            // A product that overflows may be taken back by what it multiplies.
            (Some(p), Node::Multiply(factor, rest)) => match factor.constant() {
                Some(q) if (p * q).is_normal() => Self::multiply(Self::number(p * q), rest.clone()),
                _ => Self::new(Node::Multiply(a, b)),
            },
            _ => Self::new(Node::Multiply(a, b)),
        }
    }

    /// `a / b`.
    pub(super) fn divide(a: Self, b: Self) -> Self {
        match (a.constant(), b.constant()) {
            (Some(p), Some(q)) => Self::number(p / q),
            _ if b.is(1.0) => a,
            _ if a.is_zero() && !b.is_zero() => Self::number(0.0),
            _ => Self::new(Node::Divide(a, b)),
        }
    }

    /// `a^n`.
    pub(super) fn power(a: Self, n: i32) -> Self {
        match (a.constant(), n) {
            (Some(value), _) => Self::number(value.powi(n)),
            (None, 0) => Self::number(1.0),
            (None, 1) => a,
            _ => Self::new(Node::Power(a, n)),
        }
    }

    /// `a^c`, an integer power when `c` is an integer.
    pub(super) fn real_power(a: Self, c: f64) -> Self {
        if c.fract().abs() <= 0.0 && c.abs() <= f64::from(i32::MAX) {
            return Self::power(a, c as i32);
        }
        match a.constant() {
            Some(value) => Self::number(real_power(value, c)),
            None => Self::new(Node::RealPower(a, c)),
        }
    }

    /// `f(a)`.
    pub(super) fn call(f: Arc<dyn LinkFunction>, a: Self) -> Self {
        match a.constant() {
            Some(value) => Self::number(f.value(value)),
            None => Self::new(Node::Call(f, a)),
        }
    }

    /// `negative` where `test < 0`, `positive` where `test > 0`, their mean where `test = 0`.
    pub(super) fn choose(test: Self, negative: Self, positive: Self) -> Self {
        if let (Some(p), Some(q)) = (negative.constant(), positive.constant())
            && p.to_bits() == q.to_bits()
        {
            return negative;
        }
        match test.constant() {
            Some(value) if value < 0.0 => negative,
            Some(value) if value > 0.0 => positive,
            Some(_) => mean(negative, positive),
            None => Self::new(Node::Choose(test, negative, positive)),
        }
    }

    /// The direct subexpressions.
    pub(super) fn children(&self) -> Vec<&Self> {
        match self.node() {
            Node::Number(_) | Node::X => vec![],
            Node::Negate(a) | Node::Power(a, _) | Node::RealPower(a, _) | Node::Call(_, a) => {
                vec![a]
            }
            Node::Add(a, b) | Node::Subtract(a, b) | Node::Multiply(a, b) | Node::Divide(a, b) => {
                vec![a, b]
            }
            Node::Choose(a, b, c) => vec![a, b, c],
        }
    }

    /// Every distinct node, arguments before the operations that use them.
    pub(super) fn nodes(&self) -> Vec<&Self> {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        self.collect(&mut seen, &mut found);
        found
    }

    fn collect<'a>(&'a self, seen: &mut HashSet<*const Node>, found: &mut Vec<&'a Self>) {
        if seen.insert(self.address()) {
            for child in self.children() {
                child.collect(seen, found);
            }
            found.push(self);
        }
    }
}

/// `(a + b) / 2`.
pub(super) fn mean(a: Expr, b: Expr) -> Expr {
    Expr::multiply(Expr::number(0.5), Expr::add(a, b))
}

/// `a^c` for real `c`; square roots are done exactly rounded.
pub(super) fn real_power(a: f64, c: f64) -> f64 {
    if c.to_bits() == 0.5_f64.to_bits() {
        a.sqrt()
    } else {
        a.powf(c)
    }
}
