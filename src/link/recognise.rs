//! Functions written out that have a name: softplus, sigmoid and tanh made of exponentials, which
//! overflow where the function is harmless, and roots of squares, which hide a kink.

use std::collections::HashMap;
use std::sync::Arc;

use super::builtin::{Kind, LinkFunction};
use super::common_subexpressions::{rebuild, shared};
use super::elementary;
use super::expression::{Expr, Node};
use super::form::{affine, square_root};
use super::sigmoid::Sigmoid;
use super::sign::Sign;
use super::softplus::Softplus;
use super::tanh::Tanh;

/// Terms of the longest sum of exponentials that is looked at.
const TERMS: usize = 2;

/// The same function by its names.
pub(super) fn named(expr: &Expr) -> Expr {
    let mut known: HashMap<*const Node, Expr> = HashMap::new();
    let mut last = expr.clone();
    for node in expr.nodes() {
        let p = |a: &Expr| {
            known
                .get(&a.address())
                .cloned()
                .unwrap_or_else(|| a.clone())
        };
        last = exponentials(node, p)
            .or_else(|| roots(node, p))
            .unwrap_or_else(|| rebuild(node, p));
        known.insert(node.address(), last.clone());
    }
    shared(&last)
}

/// `factor * e^exponent`.
#[derive(Clone)]
struct Term {
    factor: f64,
    exponent: Expr,
}

impl Term {
    /// `e^exponent` of it and another, multiplied or divided.
    fn and(&self, other: &Self, divided: bool) -> Self {
        let (factor, join): (f64, fn(Expr, Expr) -> Expr) = if divided {
            (self.factor / other.factor, Expr::subtract)
        } else {
            (self.factor * other.factor, Expr::add)
        };
        Self {
            factor,
            exponent: join(self.exponent.clone(), other.exponent.clone()),
        }
    }

    fn scaled(&self, c: f64) -> Self {
        Self {
            factor: c * self.factor,
            ..self.clone()
        }
    }
}

/// The expression as a short sum of exponentials of anything.
fn terms(expr: &Expr) -> Option<Vec<Term>> {
    let single = |a: &Expr| terms(a).filter(|t| t.len() == 1).map(|mut t| t.remove(0));
    let found = match expr.node() {
        Node::Number(c) => vec![Term {
            factor: *c,
            exponent: Expr::number(0.0),
        }],
        Node::Call(f, g) if f.kind() == Kind::Exp => vec![Term {
            factor: 1.0,
            exponent: g.clone(),
        }],
        Node::Negate(a) => terms(a)?.iter().map(|t| t.scaled(-1.0)).collect(),
        Node::Multiply(a, b) => match (a.constant(), b.constant()) {
            (Some(c), _) => terms(b)?.iter().map(|t| t.scaled(c)).collect(),
            (_, Some(c)) => terms(a)?.iter().map(|t| t.scaled(c)).collect(),
            _ => vec![single(a)?.and(&single(b)?, false)],
        },
        Node::Divide(a, b) => {
            let below = single(b)?;
            terms(a)?.iter().map(|t| t.and(&below, true)).collect()
        }
        Node::Power(a, n) => {
            let inner = single(a)?;
            vec![Term {
                factor: inner.factor.powi(*n),
                exponent: Expr::multiply(Expr::number(f64::from(*n)), inner.exponent),
            }]
        }
        Node::Add(a, b) => [terms(a)?, terms(b)?].concat(),
        Node::Subtract(a, b) => {
            let minus = terms(b)?.iter().map(|t| t.scaled(-1.0)).collect();
            [terms(a)?, minus].concat()
        }
        _ => return None,
    };
    let usable =
        |t: &Term| t.factor.is_normal() && !t.exponent.constant().is_some_and(|c| c != 0.0);
    (found.len() <= TERMS && found.iter().all(usable)).then_some(found)
}

/// `c1 e^g + c2 e^h` with factors of one sign: `c2 e^h (1 + e^gap)`.
struct Pair {
    first: Term,
    second: Term,
    gap: Expr,
}

impl Pair {
    fn of(expr: &Expr) -> Option<Self> {
        let [a, b] = <[Term; 2]>::try_from(terms(expr)?).ok()?;
        // A constant comes second.
        let (first, second) = if a.exponent.constant().is_some() {
            (b, a)
        } else {
            (a, b)
        };
        let ratio = first.factor / second.factor;
        let gap = difference(&first.exponent, &second.exponent);
        let usable = ratio > 0.0 && ratio.is_finite() && gap.constant().is_none();
        usable.then(|| Self {
            gap: Expr::add(gap, Expr::number(ratio.ln())),
            first,
            second,
        })
    }

    /// The share of the first term, `1 / (1 + e^-gap)`, or of the second.
    fn share(&self, of_first: bool) -> Expr {
        let gap = self.gap.clone();
        let side = if of_first { gap } else { Expr::negate(gap) };
        call(Sigmoid, side)
    }

    /// `above` over the pair, when that is a sum of the same exponentials.
    fn under(&self, above: &Expr) -> Option<Expr> {
        let mut weights = [0.0; 2];
        for term in terms(above)? {
            let is = |own: &Term| difference(&term.exponent, &own.exponent).constant() == Some(0.0);
            let place = usize::from(!is(&self.first));
            if place == 1 && !is(&self.second) {
                return None;
            }
            weights[place] += term.factor / [&self.first, &self.second][place].factor;
        }
        let [first, second] = weights;
        let times = |c: f64, e: Expr| Expr::multiply(Expr::number(c), e);
        if (first + second).abs() <= 0.0 {
            let half = times(0.5, self.gap.clone());
            return Some(times(first, call(Tanh, half)));
        }
        Some(Expr::add(
            times(first, self.share(true)),
            times(second, self.share(false)),
        ))
    }

    /// `1 / (c2 (1 + e^gap))` where the second term is a constant.
    fn reciprocal(&self) -> Option<Expr> {
        self.second.exponent.constant()?;
        let factor = Expr::number(1.0 / self.second.factor);
        Some(Expr::multiply(factor, self.share(false)))
    }
}

fn call(f: impl LinkFunction + 'static, g: Expr) -> Expr {
    Expr::call(Arc::new(f), g)
}

/// `g - h`, simplified where both are affine or one of them is the other.
fn difference(g: &Expr, h: &Expr) -> Expr {
    if g.address() == h.address() {
        return Expr::number(0.0);
    }
    let Some(((a, b), (c, d))) = affine(g).zip(affine(h)) else {
        return Expr::subtract(g.clone(), h.clone());
    };
    let slope = Expr::multiply(Expr::number(b - d), Expr::x());
    Expr::add(slope, Expr::number(a - c))
}

fn exponentials(expr: &Expr, p: impl Fn(&Expr) -> Expr) -> Option<Expr> {
    match expr.node() {
        Node::Call(f, g) if f.kind() == Kind::Log => {
            if let [only] = terms(g)?.as_slice() {
                let rest = Expr::number(only.factor.ln());
                return (only.factor > 0.0).then(|| Expr::add(only.exponent.clone(), rest));
            }
            let pair = Pair::of(g).filter(|pair| pair.second.factor > 0.0)?;
            let rest = Expr::number(pair.second.factor.ln());
            let second = Expr::add(pair.second.exponent.clone(), rest);
            Some(Expr::add(second, call(Softplus, pair.gap)))
        }
        Node::Divide(a, b) => {
            let pair = Pair::of(b)?;
            if let Some(found) = pair.under(a) {
                return Some(found);
            }
            Some(Expr::multiply(p(a), pair.reciprocal()?))
        }
        Node::Power(a, n) if *n < 0 => {
            let reciprocal = Pair::of(a)?.reciprocal()?;
            Some(Expr::power(reciprocal, n.checked_neg()?))
        }
        _ => None,
    }
}

fn roots(expr: &Expr, p: impl Fn(&Expr) -> Expr) -> Option<Expr> {
    match expr.node() {
        Node::RealPower(a, c) => root(&p(a), *c),
        // x |x|^c = sign(x) |x|^(c+1), whose slope at 0 is a number.
        Node::Multiply(a, b) => power_of_size(a, b).or_else(|| power_of_size(b, a)),
        _ => None,
    }
}

fn power_of_size(g: &Expr, power: &Expr) -> Option<Expr> {
    if let Node::Multiply(factor, g) = g.node()
        && factor.constant().is_some()
    {
        return Some(Expr::multiply(factor.clone(), power_of_size(g, power)?));
    }
    let Node::RealPower(size, c) = power.node() else {
        return None;
    };
    let of_g = |e: &Expr| match e.node() {
        Node::Call(f, inner) => elementary::is_abs(f.as_ref()) && inner.address() == g.address(),
        _ => false,
    };
    of_g(size).then(|| {
        let whole = Expr::real_power(size.clone(), c + 1.0);
        Expr::multiply(call(Sign, g.clone()), whole)
    })
}

/// `a^c` where a square in `a` can leave the root by its absolute value.
fn root(a: &Expr, c: f64) -> Option<Expr> {
    match a.node() {
        Node::Power(g, n) if n % 2 == 0 => {
            let size = elementary::abs(g.clone());
            Some(Expr::real_power(size, f64::from(*n) * c))
        }
        Node::Multiply(f, g) if f.constant().is_some_and(|f| f > 0.0) => Some(Expr::multiply(
            Expr::real_power(f.clone(), c),
            root(g, c).unwrap_or_else(|| Expr::real_power(g.clone(), c)),
        )),
        Node::Multiply(f, g) if f.address() == g.address() => {
            Some(Expr::real_power(elementary::abs(f.clone()), 2.0 * c))
        }
        Node::Multiply(f, g) => {
            let plain = |e: &Expr| Expr::real_power(e.clone(), c);
            match (root(f, c), root(g, c)) {
                (None, None) => None,
                (f_root, g_root) => Some(Expr::multiply(
                    f_root.unwrap_or_else(|| plain(f)),
                    g_root.unwrap_or_else(|| plain(g)),
                )),
            }
        }
        Node::Divide(f, g) => match (root(f, c), root(g, c)) {
            (None, None) => None,
            (f_root, g_root) => Some(Expr::divide(
                f_root.unwrap_or_else(|| Expr::real_power(f.clone(), c)),
                g_root.unwrap_or_else(|| Expr::real_power(g.clone(), c)),
            )),
        },
        _ => {
            let (square, rest) = square_root(a)?;
            let size = Expr::real_power(elementary::abs(square), 2.0 * c);
            Some(Expr::multiply(size, Expr::real_power(rest, c)))
        }
    }
}
