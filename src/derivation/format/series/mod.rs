//! Programs for pairs without closed kernels: the teacher's averages given `x = z/sqrt(q)` by a
//! Hermite series with its coefficients embedded, the rest by quadrature. What does not depend on the
//! pair is a template of each language in `assets/`.

mod student;
mod template;
mod words;

use super::fold::numbers;
use super::refused::Refused;
use crate::algebra::Special;
use crate::algebra::render::{Language, definition};
use crate::expectation::{SeriesRecipe, Step};
use crate::link::Link;

pub(super) use student::Student;
pub(super) use template::filled;
use words::{Row, Words};

/// Runs may make nodes finer by this factor, for a self-overlap of 4096.
const FINEST_NODES: f64 = 1.0 / 64.0;

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
    let words = words::of(language);
    let steps = !recipe.steps.is_empty();
    let mut student = Student::new(link, language)?;
    if steps && !student.functions.contains(&Special::Erf) {
        student.functions.push(Special::Erf);
    }
    let kinks = kinks(recipe, link);
    let functions = student.functions.iter();
    let definitions = functions.filter_map(|f| definition(*f, language));
    let statements = student.statements.iter();
    let parts = [
        ("constants", constants(recipe, &kinks, words)),
        ("definitions", definitions.map(|d| d + words.gap).collect()),
        (
            "student",
            statements
                .map(|(name, e)| (words.statement)(name, e))
                .collect(),
        ),
    ];
    let conditions = [
        ("panels", !recipe.gauss.is_empty()),
        ("steps", steps),
        ("kinks", !kinks.is_empty()),
    ];
    Ok(filled(words.template, &conditions, &parts))
}

/// Place, jump of the slope and value of the student at its kinks.
fn kinks(recipe: &SeriesRecipe, link: &Link) -> Vec<Row> {
    let kinks = recipe.breaks.iter().filter(|(_, jump)| *jump != 0.0);
    kinks
        .map(|(at, jump)| (*at, vec![*jump, link.value(*at)]))
        .collect()
}

fn constants(recipe: &SeriesRecipe, kinks: &[Row], words: &Words) -> String {
    let mut out = String::new();
    let mut list = |name: &str, values: &[f64]| {
        out.push_str(&(words.list)(name, values.len(), &numbers(values)));
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
            out.push_str(&(words.rows)(name, rows));
        }
    };
    let steps =
        |steps: &[Step]| -> Vec<_> { steps.iter().map(|s| (s.at, s.powers.clone())).collect() };
    rows("STEPS", &steps(&recipe.steps));
    rows("SQUARE_STEPS", &steps(&recipe.square_steps));
    rows("KINKS", kinks);
    let orders = recipe.teacher.len().max(recipe.teacher_square.len());
    out.push_str(&(words.number)("ORDERS", &orders.to_string()));
    for (name, value) in [
        ("REACH", recipe.reach),
        ("SPACING", recipe.spacing),
        ("COARSEST", recipe.coarsest),
        ("FINEST", FINEST_NODES * recipe.spacing.min(recipe.coarsest)),
    ] {
        out.push_str(&(words.number)(name, &format!("{value:?}")));
    }
    out
}
