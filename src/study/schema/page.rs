//! The page docs/files.md.

use std::fmt::Write as _;

use super::{Described, PHASE, TABLES, TableOf, grids};
use crate::problem::{Parameter, ProblemOptions, Usual};
use crate::study::parameters::parameters;

/// What stands before the lists.
const ABOUT: &str = include_str!("../../../assets/files.md.in");

/// The text of the page: what is in files, each table with its columns, each study with its parameters.
pub fn page() -> String {
    let mut text = ABOUT.to_owned();
    for table in TABLES {
        text.push_str(&section(table));
    }
    text.push_str("\n## Parameters\n\nThose of the problem, in every study that has one:\n\n");
    text.push_str(&list(ProblemOptions::parameters()));
    let problem: Vec<Parameter> = ProblemOptions::parameters().collect();
    for study in [
        "solve", "train", "search", "simulate", "compare", "phase", "optimum", "scaling", "kernel",
        "derive",
    ] {
        let own = parameters(study)
            .into_iter()
            .filter(|one| !problem.contains(one));
        let _infallible = write!(text, "\nOf `{study}` beside these:\n\n{}", list(own));
    }
    text
}

fn section(table: &TableOf) -> String {
    let mut text = format!("\n## {}\n\nOne row: {}.\n\n", table.name, table.rows);
    if !table.varying.is_empty() {
        let _infallible = write!(text, "{}\n\n", table.varying);
    }
    text.push_str(&columns((table.columns)()));
    if table.name == PHASE.name {
        text.push_str("\nThe values:\n\n");
        text.push_str(&columns(
            grids::values().map(|one| one.at("value.matrix[j][i]")),
        ));
    }
    if !table.keys.is_empty() {
        text.push_str("\nKeys of JSON:\n\n| key | meaning |\n|---|---|\n");
        for (key, meaning) in table.keys {
            let _infallible = writeln!(text, "| `{key}` | {} |", cell(meaning));
        }
    }
    text
}

fn columns(all: impl IntoIterator<Item = Described>) -> String {
    let mut text =
        "| column | symbol | unit | meaning | type | in JSON |\n|---|---|---|---|---|---|\n"
            .to_owned();
    for one in all {
        let _infallible = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} | `{}` |",
            one.name,
            cell(&one.symbol),
            one.unit,
            cell(&one.meaning),
            one.kind.word(),
            one.at
        );
    }
    text
}

fn list(all: impl IntoIterator<Item = Parameter>) -> String {
    let mut text =
        "| parameter | symbol | unit | meaning | type | default |\n|---|---|---|---|---|---|\n"
            .to_owned();
    for one in all {
        let usual = match one.usual {
            Usual::Unset => String::new(),
            Usual::No => "false".to_owned(),
            Usual::Number(x) => crate::numeral::plain(x),
            Usual::Word(word) => format!("`{word}`"),
            Usual::Rule(rule) => rule.to_owned(),
        };
        let _infallible = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} | {} |",
            one.name,
            one.symbol,
            one.unit,
            cell(one.about),
            one.kind.word(),
            cell(&usual)
        );
    }
    text
}

/// A text in a table of Markdown.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
