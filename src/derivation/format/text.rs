//! Unicode text of at most 100 columns.

use unicode_width::UnicodeWidthStr;

use super::{Format, Wanted};
use crate::algebra::Tree;
use crate::algebra::render::{folded, lines, link_text, text};
use crate::derivation::document::{Block, Document, Equation, Math, Relation, pieces};
use crate::derivation::system_sections::document;

pub(super) const FORMAT: Format = Format {
    name: "text",
    about: "Unicode, at most 100 columns",
    write: |derivation, wanted| Ok(page(&document(derivation, wanted.explain), wanted)),
    write_network: Some(|network, wanted| Ok(page(&network.document(), wanted))),
};

/// Columns.
const WIDTH: usize = 100;
/// Of equations.
const INDENT: usize = 2;
/// A space inside a formula.
const UNBROKEN: &str = "\u{a0}";
/// The longest left side that others are aligned to.
const LONGEST: usize = 16;

fn page(document: &Document, wanted: &Wanted) -> String {
    let mut out = format!("{}\n", document.title);
    for section in &document.sections {
        out.push_str(&format!(
            "\n{}\n{}\n",
            section.heading,
            "─".repeat(section.heading.width())
        ));
        for (i, block) in section.blocks.iter().enumerate() {
            if i > 0 {
                out.push('\n');
            }
            for line in written(block) {
                out.push_str(line.trim_end());
                out.push('\n');
            }
        }
    }
    out.push_str(&format!("\n{}\n", wanted.made));
    out
}

fn written(block: &Block) -> Vec<String> {
    match block {
        Block::Text(text) => wrapped(&plain(text), 0),
        Block::Definitions(all) => definitions(all),
        Block::Equations(equations) => aligned(equations),
        Block::Table { columns, rows } => table(columns, rows),
    }
}

/// Prose without marks, its formulas held together by spaces that do not break.
fn plain(text: &str) -> String {
    let piece = |(formula, piece): (bool, &str)| {
        if formula && piece.width() < WIDTH / 2 {
            piece.replace(' ', UNBROKEN)
        } else {
            piece.to_owned()
        }
    };
    pieces(text).map(piece).collect()
}

/// Words on lines of at most [`WIDTH`] columns, all but the first after `indent` spaces.
fn wrapped(text: &str, indent: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut room = WIDTH;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let word = word.replace(UNBROKEN, " ");
        let line = lines.last_mut();
        let Some(line) = line else { break };
        let used = line.width();
        let fresh = line.trim().is_empty();
        if !fresh && used + 1 + word.width() > room {
            lines.push(format!("{}{word}", " ".repeat(indent)));
            room = WIDTH;
        } else {
            if !fresh {
                line.push(' ');
            }
            line.push_str(&word);
        }
    }
    lines
}

fn definitions(all: &[(String, String)]) -> Vec<String> {
    let width = all
        .iter()
        .map(|(symbol, _)| symbol.width())
        .max()
        .unwrap_or(0);
    let line = |(symbol, meaning): &(String, String)| {
        let gap = " ".repeat(width - symbol.width() + 2);
        let text = format!("{symbol}{gap}");
        let room = INDENT + width + 2;
        let meaning = wrapped(&plain(meaning), room);
        let mut lines = meaning.into_iter();
        let first = format!(
            "{}{text}{}",
            " ".repeat(INDENT),
            lines.next().unwrap_or_default()
        );
        [vec![first], lines.collect()].concat()
    };
    all.iter().flat_map(line).collect()
}

fn aligned(equations: &[Equation]) -> Vec<String> {
    let lefts: Vec<String> = equations.iter().map(|e| left_of(&e.left)).collect();
    let fitting = lefts.iter().map(|l| l.width()).filter(|w| *w <= LONGEST);
    let width = fitting.max().unwrap_or(0);
    let each = equations.iter().zip(&lefts);
    each.flat_map(|(e, left)| equation(e, left, width))
        .collect()
}

fn left_of(left: &Math) -> String {
    match left {
        Math::Tree(tree) => text(tree),
        Math::Link(tree) => link_text(tree),
        Math::Written(text) => text.clone(),
    }
}

fn equation(equation: &Equation, left: &str, width: usize) -> Vec<String> {
    let mut all = Vec::new();
    let gap = width.saturating_sub(left.width());
    let mut head = format!("{}{}{left}", " ".repeat(INDENT), " ".repeat(gap));
    let short = |math: &Math| match math {
        Math::Tree(tree) => lines(tree, 10_000, 0).concat().width() < 40,
        Math::Link(_) | Math::Written(_) => false,
    };
    for (i, (relation, right)) in equation.right.iter().enumerate() {
        let sign = match relation {
            Relation::Equal => "=",
            Relation::Nearly => "≈",
            Relation::Asymptotic => "∼",
        };
        let start = format!("{head} {sign} ");
        let indent = start.width();
        let mut formula = match right {
            Math::Tree(tree) => lines(tree, WIDTH, indent),
            Math::Link(tree) => folded(&link_text(tree), WIDTH, indent),
            Math::Written(text) => wrapped(text, indent),
        };
        if let Some(first) = formula.first_mut() {
            *first = format!("{start}{first}");
        }
        // Digits go beside the exact number.
        let beside = *relation == Relation::Nearly && i > 0 && short(right);
        let last: Option<&mut String> = all.last_mut();
        match (last, beside) {
            (Some(last), true)
                if last.width() + 1 + formula.concat().trim_start().width() <= WIDTH =>
            {
                last.push(' ');
                last.push_str(formula.concat().trim_start());
            }
            _ => all.extend(formula),
        }
        head = " ".repeat(INDENT + width.max(left.width()));
    }
    if let (Some(remark), Some(last)) = (&equation.remark, all.last_mut()) {
        last.push_str(&format!("    ({remark})"));
    }
    all
}

fn table(columns: &[String], rows: &[Vec<f64>]) -> Vec<String> {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|x| text(&Tree::Decimal(*x))).collect())
        .collect();
    let width = |i: usize| {
        let inside = cells.iter().map(|row| row[i].width());
        inside.chain([columns[i].width()]).max().unwrap_or(0)
    };
    let line = |row: &[String]| {
        let padded = row
            .iter()
            .enumerate()
            .map(|(i, cell)| format!("{}{cell}", " ".repeat(width(i) - cell.width())));
        format!(
            "{}{}",
            " ".repeat(INDENT),
            padded.collect::<Vec<_>>().join("  ")
        )
    };
    [
        vec![line(columns)],
        cells.iter().map(|row| line(row)).collect(),
    ]
    .concat()
}
