//! Exact derivatives of expressions, away from the breaks.

use std::collections::HashMap;

use super::elementary;
use super::expression::{Expr, Node};

/// `d expr / dx`.
pub(super) fn derivative(expr: &Expr) -> Expr {
    // Arguments come before their users, so every lookup below finds its entry; the table keeps
    // the derivative of a shared subtree shared.
    let mut known: HashMap<*const Node, Expr> = HashMap::new();
    let mut last = Expr::number(0.0);
    for node in expr.nodes() {
        last = of_node(node, &known);
        known.insert(node.address(), last.clone());
    }
    last
}

fn of_node(expr: &Expr, known: &HashMap<*const Node, Expr>) -> Expr {
    let d = |a: &Expr| {
        known
            .get(&a.address())
            .cloned()
            .unwrap_or_else(|| Expr::number(0.0))
    };
    match expr.node() {
        Node::Number(_) => Expr::number(0.0),
        Node::X => Expr::number(1.0),
        Node::Add(a, b) => Expr::add(d(a), d(b)),
        Node::Subtract(a, b) => Expr::subtract(d(a), d(b)),
        Node::Negate(a) => Expr::negate(d(a)),
        Node::Multiply(a, b) => Expr::add(
            Expr::multiply(d(a), b.clone()),
            Expr::multiply(a.clone(), d(b)),
        ),
        Node::Divide(a, b) => quotient(expr, (a, d(a)), (b, d(b))),
        Node::Power(a, n) => {
            let outer = Expr::multiply(
                Expr::number(f64::from(*n)),
                Expr::power(a.clone(), n.saturating_sub(1)),
            );
            Expr::multiply(outer, d(a))
        }
        Node::RealPower(a, c) => {
            let outer = Expr::multiply(Expr::number(*c), Expr::real_power(a.clone(), c - 1.0));
            Expr::multiply(outer, d(a))
        }
        Node::Call(f, a) => {
            let inner = d(a);
            if inner.constant() == Some(0.0) {
                return inner;
            }
            Expr::multiply(f.derivative(a), inner)
        }
        Node::Choose(test, a, b) => Expr::choose(test.clone(), d(a), d(b)),
    }
}

/// `(a/b)' = (a' - (a/b) b') / b`, which reuses the quotient.
fn quotient(whole: &Expr, (_, da): (&Expr, Expr), (b, db): (&Expr, Expr)) -> Expr {
    let correction = Expr::multiply(whole.clone(), db);
    Expr::divide(Expr::subtract(da, correction), b.clone())
}

/// `a^b` for any two expressions: an integer or real power when `b` is constant, otherwise
/// `exp(b log a)`.
pub(super) fn general_power(a: Expr, b: Expr) -> Expr {
    match b.constant() {
        Some(c) => Expr::real_power(a, c),
        None => elementary::exp(Expr::multiply(b, elementary::log(a))),
    }
}
