//! Links that are written with others.

use std::collections::HashMap;

use super::common_subexpressions::rebuild;
use super::error::LinkError;
use super::expression::{Expr, Node};
use super::letter::substitute;
use super::parse;

/// The expression `text` in `x` at `x = g`, with values for its letters.
pub(super) fn written<'a>(
    text: &str,
    letters: impl Iterator<Item = (&'a str, f64)>,
    g: &Expr,
) -> Result<Expr, LinkError> {
    let filled = letters.fold(text.to_owned(), |text, (letter, value)| {
        substitute(&text, letter, value).unwrap_or(text)
    });
    Ok(at(&parse::parse(&filled)?.expr, g))
}

/// The expression with `g` in the place of `x`.
fn at(expr: &Expr, g: &Expr) -> Expr {
    let mut known: HashMap<*const Node, Expr> = HashMap::new();
    let mut last = g.clone();
    for node in expr.nodes() {
        let p = |a: &Expr| known.get(&a.address()).unwrap_or(a).clone();
        last = match node.node() {
            Node::X => g.clone(),
            _ => rebuild(node, p),
        };
        known.insert(node.address(), last.clone());
    }
    last
}
