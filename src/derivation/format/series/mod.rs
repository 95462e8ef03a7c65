//! Programs for pairs without closed kernels: the teacher's averages given `x = z/sqrt(q)` by a
//! Hermite series with its coefficients embedded, the rest by quadrature.

mod julia;
mod python;
mod rust;
mod student;

use super::code::Refused;
use super::fold::numbers;
use crate::algebra::Special;
use crate::algebra::render::{Language, definition};
use crate::expectation::{SeriesRecipe, Step};
use crate::link::Link;

use student::Student;

/// A place with numbers that belong to it.
type Row = (f64, Vec<f64>);

/// How the parts of such a program are written in a language.
struct Template {
    /// Between definitions.
    gap: &'static str,
    /// A named number.
    number: fn(&str, &str) -> String,
    /// A named list, given its length and its lines.
    list: fn(&str, usize, &str) -> String,
    /// A named list of a place with numbers each.
    rows: fn(&str, &[Row]) -> String,
    /// The student and two derivatives.
    student: fn(&Student) -> String,
    /// Density, nodes of the trapezoidal rule.
    grid: &'static str,
    /// Density, nodes of panels.
    panels: &'static str,
    /// The teacher's averages by the series ...
    series: &'static str,
    /// ... and with what its steps add.
    steps: &'static str,
    /// `averages`, up to its result; what stands between `@` is replaced.
    averages: &'static str,
    /// What kinks add.
    kinks: &'static str,
    /// The result.
    result: &'static str,
    /// Pieces that several parts have, by their names between `@`.
    shared: &'static [(&'static str, &'static str)],
    /// What the names between `@` stand for: nodes on a grid, panels, steps.
    meanings: [&'static [(&'static str, &'static str)]; 3],
}

/// Runs may make nodes finer by this factor, for a self-overlap of 4096.
const FINEST: f64 = 1.0 / 64.0;

/// What `averages` is called with.
pub(super) fn arguments(recipe: &SeriesRecipe) -> &'static str {
    if recipe.steps.is_empty() {
        "m, q"
    } else {
        "m, q, r"
    }
}

/// The function `averages` and all that it needs.
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
    let (smooth, stepped) = (recipe.gauss.is_empty(), !recipe.steps.is_empty());
    let mut student = Student::new(link, language)?;
    if stepped && !student.functions.contains(&Special::Erf) {
        student.functions.push(Special::Erf);
    }
    let kinks = kinks(recipe, link);
    let mut parts = vec![constants(recipe, &kinks, template)];
    let definitions = student.functions.iter();
    parts.extend(definitions.filter_map(|f| definition(*f, language)));
    parts.push((template.student)(&student));
    let (nodes, teacher, meaning) = match (smooth, stepped) {
        (true, _) => (template.grid, template.series, template.meanings[0]),
        (_, false) => (template.panels, template.series, template.meanings[1]),
        (_, true) => (template.panels, template.steps, template.meanings[2]),
    };
    let corners = if kinks.is_empty() { "" } else { template.kinks };
    let last = [template.averages, corners, template.result].concat();
    parts.extend([nodes.to_owned(), teacher.to_owned(), last]);
    let mut whole = parts.join(template.gap);
    for (name, text) in template.shared.iter().chain(meaning) {
        whole = whole.replace(name, text);
    }
    Ok(whole)
}

/// Place, jump of the slope and value of the student at its kinks.
fn kinks(recipe: &SeriesRecipe, link: &Link) -> Vec<Row> {
    let kinks = recipe.breaks.iter().filter(|(_, jump)| *jump != 0.0);
    kinks
        .map(|(at, jump)| (*at, vec![*jump, link.value(*at)]))
        .collect()
}

fn constants(recipe: &SeriesRecipe, kinks: &[Row], template: &Template) -> String {
    let mut out = String::new();
    let mut list = |name: &str, values: &[f64]| {
        out.push_str(&(template.list)(name, values.len(), &numbers(values)));
    };
    list("TEACHER", &recipe.teacher);
    list("SQUARE", &recipe.teacher_square);
    if !recipe.gauss.is_empty() {
        let part = |f: fn(&(f64, f64)) -> f64| recipe.gauss.iter().map(f).collect::<Vec<f64>>();
        list("GAUSS_NODES", &part(|(x, _)| *x));
        list("GAUSS_WEIGHTS", &part(|(_, w)| *w));
        let breaks: Vec<f64> = recipe.breaks.iter().map(|(at, _)| *at).collect();
        list("BREAKS", &breaks);
    }
    let mut rows = |name: &str, rows: &[Row]| {
        if !rows.is_empty() {
            out.push_str(&(template.rows)(name, rows));
        }
    };
    let steps =
        |steps: &[Step]| -> Vec<_> { steps.iter().map(|s| (s.at, s.powers.clone())).collect() };
    rows("STEPS", &steps(&recipe.steps));
    rows("SQUARE_STEPS", &steps(&recipe.square_steps));
    rows("KINKS", kinks);
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
