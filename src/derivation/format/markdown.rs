//! Markdown with LaTeX formulas, as GitHub and Jupyter show it.

use super::latex::aligned;
use super::{Format, Wanted};
use crate::algebra::Tree;
use crate::algebra::render::text;
use crate::derivation::document::{Block, Document, latex_of, pieces};
use crate::derivation::system_sections::document;

pub(super) const FORMAT: Format = Format {
    name: "markdown",
    about: "Markdown with LaTeX formulas",
    write: |derivation, wanted| Ok(page(&document(derivation, wanted.explain), wanted)),
    write_network: Some(|network, wanted| Ok(page(&network.document(), wanted))),
};

fn page(document: &Document, wanted: &Wanted) -> String {
    // Two hyphens would end the comment.
    let made = wanted.made.replace("--", "-\\-");
    let mut out = format!("<!-- {made} -->\n\n# {}\n", prose(&document.title));
    for section in &document.sections {
        out.push_str(&format!("\n## {}\n", prose(&section.heading)));
        for block in &section.blocks {
            out.push_str(&format!("\n{}\n", written(block)));
        }
    }
    out
}

fn written(block: &Block) -> String {
    match block {
        Block::Text(text) => prose(text),
        Block::Definitions(all) => {
            let item = |(symbol, meaning): &(String, String)| {
                format!("- ${}$: {}", latex_of(symbol), prose(meaning))
            };
            all.iter().map(item).collect::<Vec<_>>().join("\n")
        }
        Block::Equations(equations) => {
            format!(
                "```math\n\\begin{{aligned}}\n{}\n\\end{{aligned}}\n```",
                aligned(equations)
            )
        }
        Block::Table { columns, rows } => table(columns, rows),
    }
}

fn table(columns: &[String], rows: &[Vec<f64>]) -> String {
    let heads: Vec<String> = columns
        .iter()
        .map(|c| format!("${}$", latex_of(c)))
        .collect();
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let rows = rows
        .iter()
        .map(|row| line(row.iter().map(|x| text(&Tree::Decimal(*x))).collect()));
    let rule = line(vec!["--:".to_owned(); columns.len()]);
    [line(heads), rule]
        .into_iter()
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Prose with its formulas in math mode and all else escaped.
fn prose(text: &str) -> String {
    let piece = |(formula, piece): (bool, &str)| {
        if formula {
            return format!("${}$", latex_of(piece));
        }
        let character = |c: char| match c {
            '*' | '_' | '\\' | '<' | '$' | '[' => format!("\\{c}"),
            c => c.to_string(),
        };
        piece.chars().map(character).collect()
    };
    pieces(text).map(piece).collect()
}
