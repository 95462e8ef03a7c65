//! How each language writes what a template has no place for: numbers, lists, statements.

use super::super::fold::{folded, folded_let, numbers_in_line};
use crate::algebra::render::Language;

/// A place with numbers that belong to it.
pub(super) type Row = (f64, Vec<f64>);

/// The parts of such a program in a language.
pub(super) struct Words {
    pub(super) template: &'static str,
    /// Between definitions.
    pub(super) gap: &'static str,
    /// A named number.
    pub(super) number: fn(&str, &str) -> String,
    /// A named list, given its length and its lines.
    pub(super) list: fn(&str, usize, &str) -> String,
    /// A named list of a place with numbers each.
    pub(super) rows: fn(&str, &[Row]) -> String,
    /// `name = expression` in a function.
    pub(super) statement: fn(&str, &str) -> String,
}

pub(super) fn of(language: Language) -> &'static Words {
    match language {
        Language::Python => &PYTHON,
        Language::Julia => &JULIA,
        Language::Rust => &RUST,
    }
}

const PYTHON: Words = Words {
    template: include_str!("../../../../assets/series.py.in"),
    gap: "\n\n",
    number: |name, value| format!("{name} = {value}\n"),
    list: |name, length, lines| match length {
        0 => format!("{name} = np.array([])\n"),
        _ => format!("{name} = np.array([\n{lines}])\n"),
    },
    rows: |name, rows| format!("{name} = [\n{}]\n", in_lines(rows, "")),
    statement: folded,
};

const JULIA: Words = Words {
    template: include_str!("../../../../assets/series.jl.in"),
    gap: "\n",
    number: |name, value| format!("const {name} = {value}\n"),
    list: |name, length, lines| match length {
        0 => format!("const {name} = Float64[]\n"),
        _ => format!("const {name} = [\n{lines}]\n"),
    },
    rows: |name, rows| format!("const {name} = [\n{}]\n", in_lines(rows, "")),
    statement: folded,
};

const RUST: Words = Words {
    template: include_str!("../../../../assets/series.rs.in"),
    gap: "\n",
    number: |name, value| {
        let whole = value.parse::<usize>().is_ok();
        let kind = if whole { "usize" } else { "f64" };
        format!("const {name}: {kind} = {value};\n")
    },
    list: |name, length, lines| match length {
        0 => format!("const {name}: [f64; 0] = [];\n"),
        _ => format!("const {name}: [f64; {length}] = [\n{lines}];\n"),
    },
    rows: |name, rows| {
        let (count, lines) = (rows.len(), in_lines(rows, "&"));
        format!("const {name}: [(f64, &[f64]); {count}] = [\n{lines}];\n")
    },
    statement: folded_let,
};

/// A line each; `sign` stands before the brackets of a list.
fn in_lines(rows: &[Row], sign: &str) -> String {
    let line = |(at, all): &Row| format!("    ({at:?}, {sign}[{}]),\n", numbers_in_line(all));
    rows.iter().map(line).collect()
}
