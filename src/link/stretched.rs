//! Links of a stretched argument.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::Link;
use super::breaks::Break;
use super::common_subexpressions::rebuild;
use super::compiled::Tape;
use super::expression::{Expr, Node};
use super::form;
use super::inner::Inner;

impl Link {
    /// `x -> sigma(factor x)` for a finite `factor > 0`: what a unit whose pre-activation has variance `factor^2` does
    /// to a standard normal number. Derivatives, breaks and exact form follow from those of the link.
    pub(crate) fn stretched(&self, factor: f64) -> Self {
        if (factor - 1.0).abs() <= 0.0 {
            return self.clone();
        }
        let own = &*self.0;
        let [value, slope, bend] = own.expressions.each_ref().map(|e| stretched(e, factor));
        let times = |power: f64, expr: Expr| Expr::multiply(Expr::number(power), expr);
        let expressions = [value, times(factor, slope), times(factor * factor, bend)];
        let breaks = own.breaks.iter().map(|b| Break {
            at: b.at / factor,
            slope_jump: b.slope_jump * factor,
            ..*b
        });
        let breaks: Vec<Break> = breaks.collect();
        let named = |text: &str| format!("{text}, x stretched by {factor:?}");
        let [value, first, second] = expressions.each_ref().map(Tape::compile);
        Self(Arc::new(Inner {
            name: named(&own.name),
            canonical: named(&own.canonical),
            value,
            first,
            second,
            form: form::form(&expressions[0], &breaks),
            expressions,
            breaks,
            parity: own.parity,
            knots: own.knots.iter().map(|x| x / factor).collect(),
            steep: own.steep,
            fit_error: own.fit_error,
            summed: own.summed,
            pieces: OnceLock::new(),
            symmetries: OnceLock::new(),
        }))
    }
}

/// The expression with `factor x` for `x`.
fn stretched(expr: &Expr, factor: f64) -> Expr {
    let argument = Expr::multiply(Expr::number(factor), Expr::x());
    let mut known: HashMap<*const Node, Expr> = HashMap::new();
    let mut last = expr.clone();
    for node in expr.nodes() {
        let made = |a: &Expr| known.get(&a.address()).unwrap_or(a).clone();
        last = match node.node() {
            Node::X => argument.clone(),
            _ => rebuild(node, made),
        };
        known.insert(node.address(), last.clone());
    }
    last
}

#[cfg(test)]
mod tests {
    use super::super::{Form, builtin_links};
    use super::*;

    fn relative(a: f64, b: f64) -> f64 {
        (a - b).abs() / (1.0 + b.abs())
    }

    #[test]
    fn all_builtin_links_keep_values_derivatives_and_breaks() {
        for text in builtin_links().iter().flat_map(|b| b.examples) {
            let link: Link = text.parse().unwrap();
            for factor in [0.3, 2.7] {
                let other = link.stretched(factor);
                for x in [-2.31, -0.4, 0.17, 1.93] {
                    let z = factor * x;
                    let right = [
                        link.value(z),
                        factor * link.derivative(z),
                        factor * factor * link.second_derivative(z),
                    ];
                    let found = [
                        other.value(x),
                        other.derivative(x),
                        other.second_derivative(x),
                    ];
                    for (a, b) in found.into_iter().zip(right) {
                        assert!(relative(a, b) < 1e-13, "{text} at {x}: {a} {b}");
                    }
                }
                for (a, b) in other.breaks().iter().zip(link.breaks()) {
                    assert!(relative(a.at * factor, b.at) < 1e-15, "{text}");
                    assert!(relative(a.slope_jump, b.slope_jump * factor) < 1e-15);
                }
            }
        }
    }

    #[test]
    fn exact_forms_stay_exact() {
        let form = |text: &str| text.parse::<Link>().unwrap().stretched(0.5).form().clone();
        let erf = Form::Erf {
            amplitude: 1.0,
            scale: 0.5,
        };
        assert_eq!(form("erf"), erf);
        // He2(x/2) = He2/4 - 3/4.
        assert_eq!(form("he2"), Form::Polynomial(vec![-0.75, 0.0, 0.25]));
        let relu = Form::HalfPolynomial {
            left: vec![0.0],
            right: vec![0.0, 0.5],
        };
        assert_eq!(form("relu"), relu);
    }
}
