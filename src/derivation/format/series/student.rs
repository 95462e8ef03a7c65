//! The student as a function of a program: calls that occur more than once are made once.

use super::super::refused::Refused;
use crate::algebra::render::{Language, expression};
use crate::algebra::{Special, Symbol, Tree};
use crate::link::Link;

/// The body of a function that answers `sigma`, `sigma'`, `sigma''` at `x`.
pub(in crate::derivation::format) struct Student {
    /// `name = expression`; the last three are `value`, `slope` and `bend`.
    pub(in crate::derivation::format) statements: Vec<(&'static str, String)>,
    /// The functions called.
    pub(in crate::derivation::format) functions: Vec<Special>,
}

/// Names for calls that are made once; what finds no name is called where it stands.
const NAMES: [&str; 16] = [
    "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12", "f13", "f14", "f15",
    "f16",
];

impl Student {
    pub(in crate::derivation::format) fn new(
        link: &Link,
        language: Language,
    ) -> Result<Self, Refused> {
        let formulas = link.formulas()?;
        let mut calls = Calls::default();
        for tree in &formulas {
            calls.count(tree);
        }
        let mut statements = Vec::new();
        let shared = calls.shared();
        for (name, tree) in &shared {
            let inner = tree.map_parts(&mut |part| replaced(part, &shared));
            statements.push((*name, expression(&inner, language)?));
        }
        for (name, tree) in ["value", "slope", "bend"].into_iter().zip(&formulas) {
            statements.push((name, expression(&replaced(tree, &shared), language)?));
        }
        Ok(Self {
            statements,
            functions: calls.functions(),
        })
    }
}

/// Distinct calls, arguments before what calls with them, and how often each occurs.
#[derive(Default)]
struct Calls(Vec<(Tree, usize)>);

impl Calls {
    fn count(&mut self, tree: &Tree) {
        let call = matches!(tree, Tree::Special(..));
        if call && let Some((_, times)) = self.0.iter_mut().find(|(known, _)| known == tree) {
            *times += 1;
            return;
        }
        for part in tree.parts() {
            self.count(part);
        }
        if call {
            self.0.push((tree.clone(), 1));
        }
    }

    fn shared(&self) -> Vec<(&'static str, Tree)> {
        let often = self.0.iter().filter(|(_, times)| *times > 1);
        NAMES
            .into_iter()
            .zip(often.map(|(tree, _)| tree.clone()))
            .collect()
    }

    /// Each function once, polynomials of all degrees being one.
    fn functions(&self) -> Vec<Special> {
        let mut found: Vec<Special> = Vec::new();
        for (tree, _) in &self.0 {
            if let Tree::Special(function, _) = tree
                && !found.iter().any(|known| known.name() == function.name())
            {
                found.push(*function);
            }
        }
        found
    }
}

fn replaced(tree: &Tree, shared: &[(&'static str, Tree)]) -> Tree {
    match shared.iter().find(|(_, call)| call == tree) {
        Some((name, _)) => Tree::Symbol(Symbol {
            name,
            text: name,
            latex: name,
            positive: false,
        }),
        None => tree.map_parts(&mut |part| replaced(part, shared)),
    }
}
