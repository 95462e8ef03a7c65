//! Equal subexpressions made one, so that they are looked at and computed once.

use std::collections::HashMap;
use std::sync::Arc;

use super::expression::{Expr, Node};

/// What makes two nodes equal: operation, arguments, number (as bits), function.
type Key = (u8, [usize; 3], u64, String);

/// The same expression in which equal subexpressions are the same node.
pub(super) fn shared(expr: &Expr) -> Expr {
    let mut distinct: Vec<Expr> = Vec::new();
    let mut index: HashMap<Key, usize> = HashMap::new();
    let mut known: HashMap<*const Node, usize> = HashMap::new();
    let mut last = None;
    for node in expr.nodes() {
        let place = |a: &Expr| known.get(&a.address()).copied().unwrap_or(0);
        let at = *index.entry(key(node, place)).or_insert_with(|| {
            let rebuilt = rebuild(node, |a| distinct.get(place(a)).unwrap_or(a).clone());
            distinct.push(rebuilt);
            distinct.len() - 1
        });
        known.insert(node.address(), at);
        last = distinct.get(at);
    }
    last.unwrap_or(expr).clone()
}

fn key(expr: &Expr, i: impl Fn(&Expr) -> usize) -> Key {
    let either_order = |a: &Expr, b: &Expr| [i(a).min(i(b)), i(a).max(i(b)), 0];
    let plain = |tag, arguments| (tag, arguments, 0, String::new());
    match expr.node() {
        Node::Number(v) => (0, [0; 3], v.to_bits(), String::new()),
        Node::X => plain(1, [0; 3]),
        Node::Add(a, b) => plain(2, either_order(a, b)),
        Node::Subtract(a, b) => plain(3, [i(a), i(b), 0]),
        Node::Multiply(a, b) => plain(4, either_order(a, b)),
        Node::Divide(a, b) => plain(5, [i(a), i(b), 0]),
        Node::Negate(a) => plain(6, [i(a), 0, 0]),
        Node::Power(a, n) => (7, [i(a), 0, 0], u64::from(n.cast_unsigned()), String::new()),
        Node::RealPower(a, c) => (8, [i(a), 0, 0], c.to_bits(), String::new()),
        Node::Call(f, a) => (9, [i(a), 0, 0], 0, format!("{f:?}")),
        Node::Choose(a, b, c) => plain(10, [i(a), i(b), i(c)]),
    }
}

/// The same operation on other arguments; the simplifying constructors may shorten it.
pub(super) fn rebuild(expr: &Expr, p: impl Fn(&Expr) -> Expr) -> Expr {
    match expr.node() {
        Node::Number(_) | Node::X => expr.clone(),
        Node::Add(a, b) => Expr::add(p(a), p(b)),
        Node::Subtract(a, b) => Expr::subtract(p(a), p(b)),
        Node::Multiply(a, b) => Expr::multiply(p(a), p(b)),
        Node::Divide(a, b) => Expr::divide(p(a), p(b)),
        Node::Negate(a) => Expr::negate(p(a)),
        Node::Power(a, n) => Expr::power(p(a), *n),
        Node::RealPower(a, c) => Expr::real_power(p(a), *c),
        Node::Call(f, a) => Expr::call(Arc::clone(f), p(a)),
        Node::Choose(test, a, b) => Expr::choose(p(test), p(a), p(b)),
    }
}
