//! The table of a search.

use serde_json::Value;

use super::words::outcome;
use crate::observable::run::EXIT_TIME;
use crate::observable::search_phase::{CURVATURE, GRADIENT_NORM, GROWTH_RATE, TAU};
use crate::output::Table;
use crate::problem::ProblemOptions;
use crate::study::provenance::with_parameters;
use crate::study::rows::Rows;
use crate::sweep::{SearchCurve, SearchPoint};

/// One row per point; the parameters are constant columns, so that a CSV file says how it was
/// made and loads without options.
pub(super) fn table(options: &ProblemOptions, curves: &[SearchCurve], metadata: Value) -> Table {
    let rows = Rows::of(curves, |c: &SearchCurve| &c.points);
    let table = Table::new(metadata)
        .text("teacher", rows.text(|c, _| c.teacher.clone()))
        .text("student", rows.text(|c, _| c.student.clone()))
        .numbers("mu", rows.numbers(|_, p| p.mu));
    let also = curves.iter().find_map(|c| Some(&c.also.as_ref()?.key));
    let table = match also {
        Some(key) => {
            let value = |c: &SearchCurve| c.also.as_ref().map(|also| also.value);
            table.numbers(key.as_str(), rows.numbers(|c, _| value(c)))
        }
        None => table,
    };
    let table = rows.with_numbers(
        table,
        &[
            (GRADIENT_NORM.name, |p| p.gradient_norm),
            (CURVATURE.name, |p| p.curvature),
            (GROWTH_RATE.name, |p| p.growth_rate),
            (TAU.name, |p| p.tau),
            ("gradient_error", |p| p.gradient_error),
            ("curvature_error", |p| p.curvature_error),
            ("tau_error", |p| p.tau_error),
            (EXIT_TIME.name, |p| p.exit_time),
            ("exit_linear", |p| p.exit_linear),
        ],
    );
    let mut table = rows
        .with_law(table, |p| &p.law)
        .text("outcome", rows.text(|_, p| outcome(p).to_owned()));
    if rows.any(|p: &SearchPoint| p.failure.is_some()) {
        let failures = rows.text(|_, p| p.failure.clone().unwrap_or_default());
        table = table.text("failure", failures);
    }
    let count = rows.len();
    if options.dim.is_none() && also.is_none_or(|key| key != "dim") {
        table = table.numbers("dim", vec![Some(1000.0); count]);
    }
    let mut left_out = vec!["link", "teacher", "student", "mu", "also"];
    // A grid among the parameters is a column already.
    left_out.extend(also.map(String::as_str));
    with_parameters(table, count, &left_out)
}
