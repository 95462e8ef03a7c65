//! JSON: every equation as an expression tree, in text and in LaTeX.

use serde_json::{Map, Value, json};

use super::latex::equations;
use super::{Format, FormatError, Wanted};
use crate::algebra::{Tree, render};
use crate::derivation::derive::Derivation;
use crate::derivation::document::{Block, Document, Equation, Math, Relation, latex_of};
use crate::derivation::network::NetworkDerivation;
use crate::derivation::system_sections::document;

pub(super) const FORMAT: Format = Format {
    name: "json",
    about: "every equation as an expression tree, in text and in LaTeX",
    write,
    write_network: Some(write_network),
};

fn write(derivation: &Derivation, wanted: &Wanted) -> Result<String, FormatError> {
    let document = document(derivation, wanted.explain);
    let setup = &derivation.setup;
    let own = json!({
        "title": document.title,
        "teacher": setup.model.teacher().name(),
        "student": setup.model.student().name(),
        "adapter": setup.adapter,
        "mu": derivation.mu,
        "exact": derivation.exact().is_some(),
        "equations": by_name(&document),
        "formulas": formulas(&document),
        "critical_strengths": critical(derivation),
        "critical_unsearched": derivation.unsearched,
        "critical_underflow": derivation.underflow,
        "sections": sections(&document),
    });
    printed(wanted, own)
}

fn write_network(derivation: &NetworkDerivation, wanted: &Wanted) -> Result<String, FormatError> {
    let (document, setup) = (derivation.document(), derivation.problem.setup());
    let own = json!({
        "title": document.title,
        "teacher": setup.model.teacher().name(),
        "student": setup.model.student().name(),
        "adapter": setup.adapter,
        "units": derivation.problem.units(),
        "teacher_units": derivation.problem.teacher_units(),
        "exact": derivation.is_exact(),
        "equations": by_name(&document),
        "formulas": formulas(&document),
        "sections": sections(&document),
    });
    printed(wanted, own)
}

/// An object after what is said of how it was made.
fn printed(wanted: &Wanted, own: Value) -> Result<String, FormatError> {
    let mut whole = match &wanted.metadata {
        Value::Object(made) => made.clone(),
        _ => Map::from_iter([
            ("program".to_owned(), json!("lorode")),
            ("version".to_owned(), json!(env!("CARGO_PKG_VERSION"))),
            ("command".to_owned(), json!(wanted.made)),
        ]),
    };
    whole.extend(own.as_object().cloned().unwrap_or_default());
    let mut text =
        serde_json::to_string_pretty(&whole).map_err(|error| FormatError::Unwritable {
            format: FORMAT.name,
            reason: error.to_string(),
        })?;
    text.push('\n');
    Ok(text)
}

/// All equations by name.
fn by_name(document: &Document) -> Value {
    let named = equations(document).map(|equation| (equation.name.clone(), shown(equation)));
    Value::Object(named.collect::<Map<_, _>>())
}

/// Every form of every equation in a list, without trees.
fn formulas(document: &Document) -> Value {
    let forms = |equation: &Equation| {
        let (name, left) = (&equation.name, math(&equation.left));
        let form = |(relation, right): &(Relation, Math)| {
            let right = math(right);
            json!({
                "name": name,
                "left": left["text"],
                "relation": relation.word(),
                "right": right["text"],
                "latex_left": left["latex"],
                "latex_right": right["latex"],
            })
        };
        equation.right.iter().map(form).collect::<Vec<_>>()
    };
    equations(document).flat_map(forms).collect()
}

impl Relation {
    fn word(&self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Nearly => "nearly",
            Self::Asymptotic => "asymptotic",
        }
    }
}

fn shown(equation: &Equation) -> Value {
    let sides = equation.right.iter().map(|(relation, right)| {
        let mut side = math(right);
        if let Value::Object(map) = &mut side {
            map.insert("relation".to_owned(), json!(relation.word()));
        }
        side
    });
    let mut value = json!({ "left": math(&equation.left), "right": sides.collect::<Vec<_>>() });
    if let (Value::Object(map), Some(remark)) = (&mut value, &equation.remark) {
        map.insert("remark".to_owned(), json!(remark));
    }
    value
}

fn math(math: &Math) -> Value {
    match math {
        Math::Tree(tree) => formula(render::text(tree), tree),
        Math::Link(tree) => formula(render::link_text(tree), tree),
        Math::Written(text) => json!({ "text": text, "latex": latex_of(text) }),
    }
}

fn formula(text: String, tree: &Tree) -> Value {
    json!({ "text": text, "latex": render::latex(tree), "tree": render::json(tree) })
}

fn critical(derivation: &Derivation) -> Value {
    let one = |c: &crate::derivation::Critical| json!({ "mu": c.mu.number(), "curvature": c.curvature.number(), "kind": c.kind });
    derivation.critical.iter().map(one).collect()
}

fn sections(document: &Document) -> Value {
    let block = |block: &Block| match block {
        Block::Text(text) => json!({ "text": text }),
        Block::Definitions(all) => {
            let pair = |(symbol, meaning): &(String, String)| json!({ "symbol": symbol, "meaning": meaning });
            json!({ "definitions": all.iter().map(pair).collect::<Vec<_>>() })
        }
        Block::Equations(equations) => {
            json!({ "equations": equations.iter().map(|e| &e.name).collect::<Vec<_>>() })
        }
        Block::Table { columns, rows } => json!({ "columns": columns, "rows": rows }),
    };
    let section = |s: &crate::derivation::Section| json!({ "heading": s.heading, "blocks": s.blocks.iter().map(block).collect::<Vec<_>>() });
    document.sections.iter().map(section).collect()
}
