//! The table of the runs.

use serde_json::Value;

use super::ScalingReport;
use crate::observable::run::EXIT_TIME;
use crate::output::{Column, Table};
use crate::scaling::{ScalingCurve, ScalingPoint};
use crate::study::provenance::with_parameters;
use crate::study::rows::Rows;
use crate::study::schema::{SCALING, with_schema};

/// One row per run; the parameters are constants.
pub(super) fn table(scaled: &ScalingReport, metadata: Value) -> Table {
    let rows = Rows::of(&scaled.curves, |c: &ScalingCurve| &c.points);
    let predicted = |c: &ScalingCurve| c.predicted.and_then(|p| p.exponent);
    let table = Table::new(metadata)
        .text("teacher", rows.text(|c, _| c.teacher.clone()))
        .text("student", rows.text(|c, _| c.student.clone()))
        .with(Column::of_whole("dim", &rows.numbers(|_, p| Some(p.dim))))
        .numbers("u0", rows.numbers(|_, p| p.u0))
        .numbers(EXIT_TIME.name, rows.numbers(|_, p| p.exit_time));
    let local = rows.numbers(|_, p| p.local_exponent);
    let mut table = rows
        .with_law(table, |p| &p.law)
        .numbers("local_exponent", local)
        .numbers("predicted_exponent", rows.numbers(|c, _| predicted(c)))
        .text("outcome", rows.text(|_, p| outcome(p).to_owned()));
    if rows.any(|p: &ScalingPoint| p.failure.is_some()) {
        let failures = rows.text(|_, p| p.failure.clone().unwrap_or_default());
        table = table.text("failure", failures);
    }
    let left_out = ["teacher", "student", "dim", "dims", "u0"];
    with_schema(with_parameters(table, "scaling", &left_out), &SCALING)
}

/// How a run ended.
pub(super) fn outcome(point: &ScalingPoint) -> &'static str {
    point.outcome.map_or("failed", |outcome| outcome.word())
}
