//! The table of the runs.

use serde_json::Value;

use super::ScalingReport;
use crate::output::Table;
use crate::scaling::{ScalingCurve, ScalingPoint};
use crate::study::provenance::with_parameters;

/// One row per run; the parameters are constant columns.
pub(super) fn table(scaled: &ScalingReport, metadata: Value) -> Table {
    let points = || {
        let curves = scaled.curves.iter();
        curves.flat_map(|c| c.points.iter().map(move |p| (c, p)))
    };
    let text = |f: &dyn Fn(&ScalingCurve, &ScalingPoint) -> String| -> Vec<String> {
        points().map(|(c, p)| f(c, p)).collect()
    };
    let number = |f: fn(&ScalingPoint) -> Option<f64>| -> Vec<Option<f64>> {
        points().map(|(_, p)| f(p)).collect()
    };
    let predicted = |c: &ScalingCurve| c.predicted.and_then(|p| p.exponent);
    let predicted_exponents = points().map(|(c, _)| predicted(c)).collect();
    let outcome = |p: &ScalingPoint| p.outcome.map_or("failed", |o| o.word()).to_owned();
    let failure = |p: &ScalingPoint| p.failure.clone().unwrap_or_default();
    let mut table = Table::new(metadata)
        .text("teacher", text(&|c, _| c.teacher.clone()))
        .text("student", text(&|c, _| c.student.clone()))
        .numbers("dim", number(|p| Some(p.dim)))
        .numbers("u0", number(|p| p.u0))
        .numbers("exit_time", number(|p| p.exit_time))
        .numbers("exit_mean", number(|p| p.law.exit_mean))
        .numbers("exit_median", number(|p| p.law.exit_median))
        .numbers("exit_q05", number(|p| p.law.exit_q05))
        .numbers("exit_q95", number(|p| p.law.exit_q95))
        .numbers("exit_median_linear", number(|p| p.law.exit_median_linear))
        .numbers("local_exponent", number(|p| p.local_exponent))
        .numbers("predicted_exponent", predicted_exponents)
        .text("outcome", text(&|_, p| outcome(p)));
    if points().any(|(_, p)| p.failure.is_some()) {
        table = table.text("failure", text(&|_, p| failure(p)));
    }
    let rows = points().count();
    with_parameters(table, rows, &["link", "teacher", "student", "dims", "u0"])
}
