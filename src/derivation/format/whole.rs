//! Formulas that stand on their own: what their symbols stand for, and what they are put together from, filled in.

use serde_json::Value;

use super::latex::equations;
use crate::algebra::{Exponent, Function, Tree, render};
use crate::derivation::document::{Composed, Document, Math};
use crate::derivation::symbols::{DELTA, M, PHI, Q, R};

impl Document {
    /// The right-hand side of an equation as an expression tree, in variables of the problem alone: nodes are objects with
    /// `op`, as in the JSON format; `None` where there is no such equation or no formula.
    pub fn tree(&self, name: &str) -> Option<Value> {
        Some(render::json(&self.whole(name)?))
    }

    /// The last form of an equation that is a formula, or the one that is put together from others.
    fn whole(&self, name: &str) -> Option<Tree> {
        let found = equations(self).find(|equation| equation.name == name)?;
        let stated = found.right.iter().rev().find_map(|(_, side)| match side {
            Math::Tree(tree) | Math::Link(tree) => Some(spelt_out(tree)),
            Math::Written(_) => None,
        });
        stated.or_else(|| self.composed(found.composed?))
    }

    /// What is written in names of other equations.
    fn composed(&self, what: Composed) -> Option<Tree> {
        let label_noise = Tree::Symbol(DELTA);
        match what {
            Composed::Loss => {
                let (teacher, student) = (self.whole("target_power")?, self.whole("square")?);
                let squares = Tree::Sum(vec![teacher, label_noise, student]);
                let product = self.whole("product")?.negative();
                Some(Tree::Sum(vec![squares.over(Tree::int(2)), product]))
            }
            Composed::Noise => {
                let slopes = Tree::product(vec![label_noise, self.whole("noise_slope")?]);
                Some(Tree::Sum(vec![self.whole("noise_signal")?, slopes]))
            }
            Composed::SearchTime { of_square } => {
                let (a, b) = (self.whole("gradient")?, self.whole("curvature")?);
                let power = if of_square { 1 } else { 2 };
                let a = a.to_power(Exponent::from_integer(power));
                let square = b.clone().to_power(Exponent::from_integer(2));
                let inner = Tree::Sum(vec![square, Tree::product(vec![Tree::int(4), a])]);
                let root = inner.to_power(Exponent::new(1, 2));
                Some(Tree::int(2).over(Tree::Sum(vec![b, root])))
            }
        }
    }
}

/// A formula with `r = q - m^2` and `phi = arccos(-m/sqrt(q))` filled in.
fn spelt_out(tree: &Tree) -> Tree {
    let (m, q) = (Tree::Symbol(M), Tree::Symbol(Q));
    match tree {
        Tree::Symbol(symbol) if *symbol == R => {
            Tree::Sum(vec![q, m.to_power(Exponent::from_integer(2)).negative()])
        }
        Tree::Symbol(symbol) if *symbol == PHI => {
            let cosine = m.over(q.to_power(Exponent::new(1, 2))).negative();
            Tree::Call(Function::ArcCos, Box::new(cosine))
        }
        other => other.map_parts(&mut |part| spelt_out(part)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::derivation::{Derivation, document};
    use crate::link::Link;
    use crate::model::Model;
    use crate::problem::ProblemOptions;
    use crate::watch::Cancel;

    fn whole(link: &str, name: &str) -> Option<Tree> {
        let link: Link = link.parse().unwrap();
        let model = Model::new(link.clone(), link);
        let options = ProblemOptions::default();
        let derivation = Derivation::new(&options, &model, None, Cancel::default()).unwrap();
        document(&derivation, false).whole(name)
    }

    #[test]
    fn every_formula_has_a_value_in_overlaps_or_in_the_strength() {
        let value = |name: &str| {
            let tree = whole("relu", name).unwrap();
            let of = |symbol| match symbol {
                symbol if symbol == M => 0.3,
                symbol if symbol == Q => 0.7,
                symbol if symbol == DELTA => 0.1,
                // mu
                _ => 0.5,
            };
            tree.evaluate(&of).unwrap()
        };
        let phi = (-0.3 / 0.7_f64.sqrt()).acos();
        let r: f64 = 0.7 - 0.09;
        let turn = 2.0 * std::f64::consts::PI;
        assert!((value("alpha") - phi / turn).abs() < 1e-15);
        let product = (0.3 * phi + r.sqrt()) / turn;
        assert!((value("loss") - (0.25 + 0.05 + 0.175 - product)).abs() < 1e-15);
        assert!((value("noise") - value("noise_signal") - 0.05).abs() < 1e-15);
        // A = (1 - mu)/2 and B = -1/2.
        let tau = 2.0 / (-0.5 + (0.25_f64 + 0.25).sqrt());
        assert!((value("tau") - tau).abs() < 1e-12);
    }

    #[test]
    fn what_has_no_closed_form_has_no_tree() {
        assert!(whole("sin", "gradient").is_none() && whole("sin", "tau").is_none());
        assert!(whole("sin", "loss").is_some());
    }
}
