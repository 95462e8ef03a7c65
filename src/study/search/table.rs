//! The table of a search.

use serde_json::Value;

use super::words::outcome;
use crate::observable::run::EXIT_TIME;
use crate::observable::search_phase::{CURVATURE, GRADIENT_NORM, GROWTH_RATE, TAU};
use crate::output::{Column, Table};
use crate::study::provenance::with_parameters;
use crate::study::rows::Rows;
use crate::study::schema::{SEARCH, with_schema};
use crate::sweep::{SearchCurve, SearchPoint};

/// One row per point; the parameters are constants, so that a CSV file says how it was made and loads without options.
pub(super) fn table(curves: &[SearchCurve], metadata: Value) -> Table {
    let rows = Rows::of(curves, |c: &SearchCurve| &c.points);
    let table = Table::new(metadata)
        .text("teacher", rows.text(|c, _| c.teacher.clone()))
        .text("student", rows.text(|c, _| c.student.clone()))
        .numbers("mu", rows.numbers(|_, p| p.mu));
    let also = curves.iter().find_map(|c| Some(&c.also.as_ref()?.key));
    let table = match also {
        Some(key) => {
            let value = |c: &SearchCurve| c.also.as_ref().map(|also| also.value);
            let values = rows.numbers(|c, _| value(c));
            match curves
                .iter()
                .any(|c| c.also.as_ref().is_some_and(|a| a.is_whole))
            {
                true => table.with(Column::of_whole(key.as_str(), &values)),
                false => table.numbers(key.as_str(), values),
            }
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
    let mut left_out = vec!["teacher", "student", "mu", "also"];
    // A grid among the parameters is a column already.
    left_out.extend(also.map(String::as_str));
    with_schema(with_parameters(table, "search", &left_out), &SEARCH)
}
