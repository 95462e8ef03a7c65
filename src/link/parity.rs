//! The symmetry of an expression under `x -> -x`: by rules for its structure, else by its values.

use std::collections::HashMap;

use super::builtin::{Kind, LinkFunction};
use super::compiled::Tape;
use super::expression::{Expr, Node};
use super::form::{Parity, parity_of};

/// Arguments at which a built-in function is held against its mirror image; none has features that they miss.
const ARGUMENTS: [f64; 5] = [0.093_711, 0.417_293, 1.103_87, 2.593_17, 7.301_19];

/// Relative difference of `sigma(x)` and `+-sigma(-x)` that is taken for rounding.
const PARITY_TOLERANCE: f64 = 1e-14;
/// Beside a zero, values are taken at distances down to this power of a tenth.
const SCALES: i32 = 8;

/// The parity that the rules give, else the one that is tested at irregular points.
pub(super) fn parity(expr: &Expr, value: &Tape) -> Parity {
    structural(expr).unwrap_or_else(|| tested(expr, value))
}

/// The parity of an expression, tested at irregular points and where narrow features are centred: at the zeros
/// of its straight parts, and beside them at every scale. 0 counts as neither.
pub(super) fn tested(expr: &Expr, value: &Tape) -> Parity {
    // Multiples of an irrational step, squared: dense near 0, reaching about 15.
    let mut points: Vec<f64> = (1..=40)
        .map(|i| (f64::from(i) * 0.097_113).powi(2) + 1e-3)
        .collect();
    for zero in expr.nodes().into_iter().filter_map(zero) {
        points.push(zero);
        points.extend((1..=SCALES).map(|k| zero + 0.1_f64.powi(k)));
    }
    let points: Vec<(f64, f64)> = points
        .into_iter()
        .map(|x| (value.value(x), value.value(-x)))
        .collect();
    if points
        .iter()
        .all(|(plus, minus)| *plus == 0.0 && *minus == 0.0)
    {
        return Parity::Neither;
    }
    parity_of(|sign| {
        points.iter().all(|(plus, minus)| {
            (plus - sign * minus).abs() <= PARITY_TOLERANCE * (plus.abs() + minus.abs())
        })
    })
}

/// The zero other than 0 of a sum or difference of a number and `x` or a multiple of it.
fn zero(expr: &Expr) -> Option<f64> {
    let (a, b, sign) = match expr.node() {
        Node::Add(a, b) => (a, b, -1.0),
        Node::Subtract(a, b) => (a, b, 1.0),
        _ => return None,
    };
    let slope = |e: &Expr| match e.node() {
        Node::X => Some(1.0),
        Node::Multiply(c, x) if matches!(x.node(), Node::X) => c.constant(),
        _ => None,
    };
    let (number, slope) = a.constant().zip(slope(b)).or(b.constant().zip(slope(a)))?;
    let at = sign * number / slope;
    (at.is_finite() && at != 0.0).then_some(at)
}

/// The parity where sums, products and compositions have one by rule; a constant is even.
fn structural(expr: &Expr) -> Option<Parity> {
    let mut known: HashMap<*const Node, Option<Parity>> = HashMap::new();
    let mut last = None;
    for node in expr.nodes() {
        last = of_node(node, |a| known.get(&a.address()).copied().flatten());
        known.insert(node.address(), last);
    }
    last
}

fn of_node(expr: &Expr, p: impl Fn(&Expr) -> Option<Parity>) -> Option<Parity> {
    match expr.node() {
        Node::Number(_) => Some(Parity::Even),
        Node::X => Some(Parity::Odd),
        Node::Add(a, b) | Node::Subtract(a, b) => p(a).filter(|one| p(b) == Some(*one)),
        Node::Multiply(a, b) | Node::Divide(a, b) => match p(a)? == p(b)? {
            true => Some(Parity::Even),
            false => Some(Parity::Odd),
        },
        Node::Negate(a) => p(a),
        Node::Power(a, n) => match p(a)? {
            Parity::Odd if n % 2 != 0 => Some(Parity::Odd),
            _ => Some(Parity::Even),
        },
        // Of an odd argument one side has no real power.
        Node::RealPower(a, _) => p(a).filter(|one| *one == Parity::Even),
        Node::Call(f, a) => match p(a)? {
            Parity::Odd => of_function(f.as_ref()),
            even => Some(even),
        },
        Node::Choose(test, a, b) => {
            let side = p(a).filter(|one| p(b) == Some(*one))?;
            (p(test)? == Parity::Even).then_some(side)
        }
    }
}

/// The parity of a built-in function of its argument.
fn of_function(f: &dyn LinkFunction) -> Option<Parity> {
    if let Kind::Hermite(degree) = f.kind() {
        let odd = !degree.is_multiple_of(2);
        return Some(if odd { Parity::Odd } else { Parity::Even });
    }
    let mirrored = |sign: f64| {
        let same = |g: &f64| (f.value(*g) - sign * f.value(-g)).abs() <= 0.0;
        ARGUMENTS.iter().all(same)
    };
    Some(parity_of(mirrored)).filter(|parity| *parity != Parity::Neither)
}
