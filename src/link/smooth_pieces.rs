//! The smooth expression that a piecewise one equals between two breaks.

use std::collections::HashMap;
use std::sync::Arc;

use super::breaks::Break;
use super::common_subexpressions::rebuild;
use super::compiled::Tape;
use super::differentiate::derivative;
use super::expression::{Expr, Node, mean};

/// The smooth expression equal to `expr` in the interval between breaks that contains `probe`.
///
/// Every node with a break is replaced by the branch on which its argument lies at `probe`; an
/// argument that is zero there is taken to be zero in the whole interval (its isolated zeros are
/// breaks, and `probe` lies between them).
pub(super) fn piece(expr: &Expr, probe: f64) -> Expr {
    let mut known: HashMap<*const Node, Expr> = HashMap::new();
    let mut last = expr.clone();
    for node in expr.nodes() {
        last = of_node(node, &known, probe);
        known.insert(node.address(), last.clone());
    }
    last
}

/// The argument whose sign decides between branches, when the node itself is not smooth.
pub(super) fn break_argument(expr: &Expr) -> Option<&Expr> {
    match expr.node() {
        Node::Call(f, g) => f.branches(g).map(|_| g),
        Node::Choose(test, _, _) => Some(test),
        _ => None,
    }
}

fn of_node(expr: &Expr, known: &HashMap<*const Node, Expr>, probe: f64) -> Expr {
    let p = |a: &Expr| {
        known
            .get(&a.address())
            .cloned()
            .unwrap_or_else(|| a.clone())
    };
    match expr.node() {
        Node::Call(f, a) => {
            let g = p(a);
            match f.branches(&g) {
                None => Expr::call(Arc::clone(f), g),
                Some(branches) => {
                    let at_break = Expr::number(f.value(0.0));
                    side(&g, probe, branches.left, branches.right, at_break)
                }
            }
        }
        Node::Choose(test, a, b) => {
            let (a, b) = (p(a), p(b));
            side(&p(test), probe, a.clone(), b.clone(), mean(a, b))
        }
        _ => rebuild(expr, p),
    }
}

fn side(g: &Expr, probe: f64, left: Expr, right: Expr, at_break: Expr) -> Expr {
    let value = Tape::compile(g).value(probe);
    if value < 0.0 {
        left
    } else if value > 0.0 {
        right
    } else {
        at_break
    }
}

/// The derivatives of an expression, each piece differentiated by itself.
///
/// Differentiating the whole is shorter and right for most links; below a fractional power it
/// makes `0 * infinity` of pieces that vanish, as for `x < 0` in `relu(x)^1.5`.
pub(super) fn derivatives(expr: &Expr, breaks: &[Break]) -> [Expr; 2] {
    let fractional = |node: &&Expr| matches!(node.node(), Node::RealPower(..));
    let first = derivative(expr);
    let whole = [first.clone(), derivative(&first)];
    if breaks.is_empty() || !expr.nodes().iter().any(fractional) {
        return whole;
    }
    let points: Vec<f64> = breaks.iter().map(|b| b.at).collect();
    let mut probes: Vec<f64> = points
        .iter()
        .zip(&points[1..])
        .map(|(a, b)| between(*a, *b))
        .collect();
    probes.extend(points.last().map(|p| p + BESIDE));
    let mut joined = derivatives(&piece(expr, points[0] - BESIDE), &[]);
    for (at, probe) in points.iter().zip(probes) {
        let right = derivatives(&piece(expr, probe), &[]);
        let side = Expr::subtract(Expr::x(), Expr::number(*at));
        let [a, b] = joined;
        let [c, d] = right;
        joined = [Expr::choose(side.clone(), a, c), Expr::choose(side, b, d)];
    }
    joined
}

/// The smooth expression on each interval between breaks.
pub(super) fn pieces<'a>(
    expr: &'a Expr,
    breaks: &'a [Break],
) -> impl Iterator<Item = Expr> + use<'a> {
    let points: Vec<f64> = breaks.iter().map(|b| b.at).collect();
    let first = points.first().map_or(BESIDE, |p| p - BESIDE);
    let inner = points.iter().zip(points.iter().skip(1));
    let mut probes = vec![first];
    probes.extend(inner.map(|(a, b)| between(*a, *b)));
    probes.extend(points.last().map(|p| p + BESIDE));
    probes.into_iter().map(|probe| piece(expr, probe))
}

/// Value and two derivatives on each interval between breaks, as smooth functions.
pub(super) fn smooth(expr: &Expr, breaks: &[Break]) -> Vec<[Tape; 3]> {
    let tapes = |value: Expr| {
        let [slope, bend] = derivatives(&value, &[]);
        [value, slope, bend].each_ref().map(Tape::compile)
    };
    pieces(expr, breaks).map(tapes).collect()
}

/// A distance from a break to where its side is looked at; irregular, so that no kink or isolated
/// zero of a typed formula sits exactly there.
pub(super) const BESIDE: f64 = 1.371_93;

/// A point inside an interval, irregular for the same reason.
pub(super) fn between(a: f64, b: f64) -> f64 {
    a + 0.537_7 * (b - a)
}
