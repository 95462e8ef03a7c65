//! A LaTeX article with `align` environments, to compile as it is or to take equations from.

use super::{Format, Wanted};
use crate::algebra::Tree;
use crate::algebra::render::{latex, latex_lines};
use crate::derivation::document::{
    Block, Document, Equation, Math, Relation, is_math, latex_of, pieces,
};
use crate::derivation::system_sections::document;

pub(super) const FORMAT: Format = Format {
    name: "latex",
    about: "an article with align environments, to compile as it is",
    write: |derivation, wanted| Ok(page(&document(derivation, wanted.explain), wanted)),
    write_network: Some(|network, wanted| Ok(page(&network.document(), wanted))),
};

/// Characters of a line of an equation, about.
const COLUMNS: usize = 66;

fn page(document: &Document, wanted: &Wanted) -> String {
    let mut out = format!(
        "% {}\n\\documentclass{{article}}\n\\usepackage[margin=2cm]{{geometry}}\n\\usepackage{{amsmath,amssymb}}\n\
         \\allowdisplaybreaks\n\\begin{{document}}\n\n\\section*{{{}}}\n",
        wanted.made,
        prose(&document.title)
    );
    for section in &document.sections {
        out.push_str(&format!("\n\\subsection*{{{}}}\n", prose(&section.heading)));
        for block in &section.blocks {
            out.push('\n');
            out.push_str(&written(block));
        }
    }
    out.push_str("\n\\end{document}\n");
    out
}

fn written(block: &Block) -> String {
    match block {
        Block::Text(text) => format!("{}\n", prose(text)),
        Block::Definitions(all) => {
            let item = |(symbol, meaning): &(String, String)| {
                format!("  \\item[${}$] {}\n", latex_of(symbol), prose(meaning))
            };
            let items: String = all.iter().map(item).collect();
            format!("\\begin{{description}}\n{items}\\end{{description}}\n")
        }
        Block::Equations(equations) => {
            format!(
                "\\begin{{align*}}\n{}\n\\end{{align*}}\n",
                aligned(equations)
            )
        }
        Block::Table { columns, rows } => table(columns, rows),
    }
}

impl Document {
    /// The keys of the equations, in their order, as in the JSON format.
    pub fn names(&self) -> Vec<String> {
        equations(self)
            .map(|equation| equation.name.clone())
            .collect()
    }

    /// One equation by its key (`gradient` for `A(mu)`, `curvature`, `alpha`, ...), as the lines
    /// between `\begin{align*}` and `\end{align*}`; `None` where the derivation has none of this name.
    pub fn latex(&self, name: &str) -> Option<String> {
        let found = equations(self).find(|equation| equation.name == name)?;
        Some(aligned(std::slice::from_ref(found)))
    }

    /// All equations as one formula, for a page that typesets mathematics.
    pub fn formula(&self) -> String {
        let lines = aligned(equations(self));
        format!("$\\begin{{aligned}}\n{lines}\n\\end{{aligned}}$")
    }
}

/// All equations of a document.
pub(super) fn equations(document: &Document) -> impl Iterator<Item = &Equation> {
    let blocks = document.sections.iter().flat_map(|section| &section.blocks);
    blocks
        .filter_map(|block| match block {
            Block::Equations(all) => Some(all),
            _ => None,
        })
        .flatten()
}

/// The lines of equations between `\begin{align*}` and `\end{align*}`.
pub(super) fn aligned<'a>(equations: impl IntoIterator<Item = &'a Equation>) -> String {
    let lines: Vec<String> = equations.into_iter().flat_map(equation).collect();
    lines.join(" \\\\\n")
}

fn equation(equation: &Equation) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut head = format!("  {} ", whole(&equation.left));
    for (i, (relation, right)) in equation.right.iter().enumerate() {
        let sign = match relation {
            Relation::Equal => "=",
            Relation::Nearly => "\\approx",
            Relation::Asymptotic => "\\sim",
        };
        let lines = match right {
            Math::Tree(tree) | Math::Link(tree) => latex_lines(tree, COLUMNS),
            Math::Written(text) => vec![latex_of(text)],
        };
        let beside = *relation == Relation::Nearly && i > 0 && lines.len() == 1;
        for (j, line) in lines.into_iter().enumerate() {
            match (all.last_mut(), beside) {
                (Some(last), true) => last.push_str(&format!(" {sign} {line}")),
                _ if j == 0 => all.push(format!("{head}&{sign} {line}")),
                _ => all.push(format!("  &{line}")),
            }
        }
        head = "  ".to_owned();
    }
    if let (Some(remark), Some(last)) = (&equation.remark, all.last_mut()) {
        last.push_str(&format!(" \\quad \\text{{({remark})}}"));
    }
    all
}

fn whole(math: &Math) -> String {
    match math {
        Math::Tree(tree) | Math::Link(tree) => latex(tree),
        Math::Written(text) => latex_of(text),
    }
}

fn table(columns: &[String], rows: &[Vec<f64>]) -> String {
    let heads: Vec<String> = columns
        .iter()
        .map(|c| format!("${}$", latex_of(c)))
        .collect();
    let line = |row: &Vec<f64>| {
        let cells: Vec<String> = row
            .iter()
            .map(|x| format!("${}$", latex(&Tree::Decimal(*x))))
            .collect();
        format!("{} \\\\\n", cells.join(" & "))
    };
    let rows: String = rows.iter().map(line).collect();
    format!(
        "\\begin{{center}}\\footnotesize\n\\begin{{tabular}}{{{}}}\n{} \\\\\n\\hline\n{rows}\\end{{tabular}}\n\\end{{center}}\n",
        "r".repeat(columns.len()),
        heads.join(" & "),
    )
}

/// Prose with its formulas in math mode and all else escaped.
fn prose(text: &str) -> String {
    let piece = |(formula, piece): (bool, &str)| {
        if formula {
            format!("${}$", latex_of(piece))
        } else {
            escaped(piece)
        }
    };
    pieces(text).map(piece).collect()
}

fn escaped(text: &str) -> String {
    let character = |c: char| match c {
        '\\' => "\\textbackslash{}".to_owned(),
        '^' => "\\textasciicircum{}".to_owned(),
        '~' => "\\textasciitilde{}".to_owned(),
        '_' | '&' | '%' | '#' | '$' | '{' | '}' => format!("\\{c}"),
        '<' | '>' => format!("${c}$"),
        c if is_math(c) => format!("${}$", latex_of(&c.to_string())),
        c => c.to_string(),
    };
    text.chars().map(character).collect()
}
