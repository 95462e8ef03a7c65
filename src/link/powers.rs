//! Links recognised as sums of real powers of `|x|` on each side of 0.

use std::collections::HashMap;

use super::breaks::Break;
use super::builtin::Kind;
use super::expression::{Expr, Node};
use super::smooth_pieces::{BESIDE, piece};

/// Most different powers of a link.
const MOST: usize = 6;
/// The largest; below the lowest the square of a slope has no mean.
const LOWEST: f64 = 0.5;
const HIGHEST: f64 = 12.0;

/// `left |x|^power` for `x < 0`, `right |x|^power` for `x > 0`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Power {
    pub(crate) power: f64,
    pub(crate) left: f64,
    pub(crate) right: f64,
}

/// `c |x|^p` as `(p, c)`, with ascending powers.
type Side = Vec<(f64, f64)>;

/// The link as such a sum, powers ascending; `None` unless it is a short one with no break but at 0.
pub(super) fn read(expr: &Expr, breaks: &[Break]) -> Option<Vec<Power>> {
    if breaks.iter().any(|b| b.at.abs() > 0.0) {
        return None;
    }
    let [left, right] = [-1.0, 1.0].map(|sign| side(&piece(expr, sign * BESIDE), sign));
    let mut made: Vec<Power> = Vec::new();
    let both = left?.into_iter().map(|(p, c)| (p, c, 0.0));
    for (power, left, right) in both.chain(right?.into_iter().map(|(p, c)| (p, 0.0, c))) {
        match made.iter_mut().find(|term| same(term.power, power)) {
            Some(term) => {
                term.left += left;
                term.right += right;
            }
            None => made.push(Power { power, left, right }),
        }
    }
    made.sort_by(|a, b| a.power.total_cmp(&b.power));
    let allowed = |t: &Power| same(t.power, 0.0) || (t.power > LOWEST && t.power <= HIGHEST);
    (made.len() <= MOST && made.iter().all(allowed)).then_some(made)
}

fn same(p: f64, q: f64) -> bool {
    p.total_cmp(&q).is_eq()
}

/// A smooth expression where `x` has this sign.
fn side(expr: &Expr, sign: f64) -> Option<Side> {
    let mut known: HashMap<*const Node, Option<Side>> = HashMap::new();
    let mut last = None;
    for node in expr.nodes() {
        let of = |a: &Expr| known.get(&a.address()).cloned().flatten();
        last = of_node(node, of, sign).map(collected).filter(fits);
        known.insert(node.address(), last.clone());
    }
    last
}

fn of_node(expr: &Expr, of: impl Fn(&Expr) -> Option<Side>, sign: f64) -> Option<Side> {
    Some(match expr.node() {
        Node::Number(c) => vec![(0.0, *c)],
        Node::X => vec![(1.0, sign)],
        Node::Add(a, b) => [of(a)?, of(b)?].concat(),
        Node::Subtract(a, b) => [of(a)?, scaled(&of(b)?, -1.0)].concat(),
        Node::Negate(a) => scaled(&of(a)?, -1.0),
        Node::Multiply(a, b) => product(&of(a)?, &of(b)?),
        Node::Divide(a, b) => product(&of(a)?, &inverse(&of(b)?)?),
        Node::Power(a, n @ 0..=12) => {
            let base = of(a)?;
            (0..*n).fold(vec![(0.0, 1.0)], |made, _| collected(product(&made, &base)))
        }
        Node::RealPower(a, exponent) => match of(a)?.as_slice() {
            [(p, c)] if *c > 0.0 => vec![(p * exponent, c.powf(*exponent))],
            _ => return None,
        },
        Node::Call(f, g) => match f.kind() {
            Kind::Hermite(degree) => hermite(&of(g)?, degree),
            _ => return None,
        },
        Node::Power(..) | Node::Choose(..) => return None,
    })
}

/// `He_degree(g)` by the three-term recurrence.
fn hermite(g: &Side, degree: u32) -> Side {
    let (mut before, mut last) = (vec![(0.0, 1.0)], g.clone());
    for k in 1..degree.min(2 * HIGHEST as u32) {
        let next = [product(&last, g), scaled(&before, -f64::from(k))].concat();
        (before, last) = (last, collected(next));
    }
    last
}

fn scaled(side: &Side, factor: f64) -> Side {
    side.iter().map(|(p, c)| (*p, factor * c)).collect()
}

fn product(a: &Side, b: &Side) -> Side {
    let terms = a.iter().flat_map(|s| b.iter().map(move |t| (s, t)));
    terms.map(|((p, c), (q, d))| (p + q, c * d)).collect()
}

fn inverse(side: &Side) -> Option<Side> {
    match side.as_slice() {
        [(p, c)] => Some(vec![(-p, 1.0 / c)]),
        _ => None,
    }
}

/// Equal powers together, those that cancel left out.
fn collected(terms: Side) -> Side {
    let mut made: Side = Vec::new();
    for (p, c) in terms {
        match made.iter_mut().find(|(power, _)| same(*power, p)) {
            Some((_, sum)) => *sum += c,
            None => made.push((p, c)),
        }
    }
    made.retain(|(_, c)| *c != 0.0);
    made
}

fn fits(side: &Side) -> bool {
    side.len() <= 2 * MOST && side.iter().all(|(p, c)| p.is_finite() && c.is_finite())
}
