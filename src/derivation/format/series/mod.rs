//! Programs for pairs without closed kernels: the teacher's averages given `x = z/sqrt(q)` by a
//! Hermite series with its coefficients embedded, the rest by quadrature.

mod julia;
mod python;
mod rust;
mod student;

use super::code::Refused;
use super::fold::numbers;
use crate::algebra::render::{Language, definition};
use crate::expectation::SeriesRecipe;
use crate::link::Link;

use student::Student;

/// How the parts of such a program are written in a language.
struct Template {
    /// Between definitions.
    gap: &'static str,
    /// A named number.
    number: fn(&str, &str) -> String,
    /// A named list, given its length and its lines.
    list: fn(&str, usize, &str) -> String,
    /// A named list of three numbers each, likewise.
    triples: fn(&str, usize, &str) -> String,
    /// The student and two derivatives.
    student: fn(&Student) -> String,
    /// Nodes of the trapezoidal rule.
    grid: &'static str,
    /// Nodes of panels between the student's breaks.
    panels: &'static str,
    /// `averages(m, q)` and what it calls, up to its result ...
    averages: &'static str,
    /// ... what kinks add ...
    kinks: &'static str,
    /// ... and the result.
    result: &'static str,
}

/// Runs may make nodes finer by this factor, for a self-overlap of 4096.
const FINEST: f64 = 1.0 / 64.0;

/// The function `averages(m, q)` and all that it needs.
pub(super) fn averages(
    recipe: &SeriesRecipe,
    link: &Link,
    language: Language,
) -> Result<String, Refused> {
    let template = match language {
        Language::Python => &python::TEMPLATE,
        Language::Julia => &julia::TEMPLATE,
        Language::Rust => &rust::TEMPLATE,
    };
    let student = Student::new(link, language)?;
    let kinks = kinks(recipe, link);
    let mut parts = vec![constants(recipe, &kinks, template)];
    let definitions = student.functions.iter().filter_map(|f| definition(*f, language));
    parts.extend(definitions);
    parts.push((template.student)(&student));
    let nodes = if recipe.breaks.is_empty() { template.grid } else { template.panels };
    parts.push(nodes.to_owned());
    let corners = if kinks.is_empty() { "" } else { template.kinks };
    parts.push([template.averages, corners, template.result].concat());
    Ok(parts.join(template.gap))
}

/// Place, jump of the slope and value of the student at its kinks.
fn kinks(recipe: &SeriesRecipe, link: &Link) -> Vec<[f64; 3]> {
    let kinks = recipe.breaks.iter().filter(|(_, jump)| *jump != 0.0);
    kinks.map(|(at, jump)| [*at, *jump, link.value(*at)]).collect()
}

fn constants(recipe: &SeriesRecipe, kinks: &[[f64; 3]], template: &Template) -> String {
    let mut out = String::new();
    let mut list = |name: &str, values: &[f64]| {
        out.push_str(&(template.list)(name, values.len(), &numbers(values, 4)));
    };
    list("TEACHER", &recipe.teacher);
    list("SQUARE", &recipe.teacher_square);
    if !recipe.breaks.is_empty() {
        let part = |f: fn(&(f64, f64)) -> f64| recipe.gauss.iter().map(f).collect::<Vec<f64>>();
        list("GAUSS_NODES", &part(|(x, _)| *x));
        list("GAUSS_WEIGHTS", &part(|(_, w)| *w));
        let breaks: Vec<f64> = recipe.breaks.iter().map(|(at, _)| *at).collect();
        list("BREAKS", &breaks);
    }
    if !kinks.is_empty() {
        let row = |[at, jump, value]: &[f64; 3]| format!("    ({at:?}, {jump:?}, {value:?}),\n");
        let rows: String = kinks.iter().map(row).collect();
        out.push_str(&(template.triples)("KINKS", kinks.len(), &rows));
    }
    let orders = recipe.teacher.len().max(recipe.teacher_square.len());
    out.push_str(&(template.number)("ORDERS", &orders.to_string()));
    for (name, value) in [
        ("REACH", recipe.reach),
        ("SPACING", recipe.spacing),
        ("COARSEST", recipe.coarsest),
        ("FINEST", FINEST * recipe.spacing.min(recipe.coarsest)),
    ] {
        out.push_str(&(template.number)(name, &format!("{value:?}")));
    }
    out
}
