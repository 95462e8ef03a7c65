//! The table of a search.

use serde_json::Value;

use super::words::outcome;
use crate::output::Table;
use crate::problem::ProblemOptions;
use crate::study::provenance::with_parameters;
use crate::sweep::{SearchCurve, SearchPoint};

/// One row per point; the parameters are constant columns, so that a CSV file says how it was
/// made and loads without options.
pub(super) fn table(options: &ProblemOptions, curves: &[SearchCurve], metadata: Value) -> Table {
    let points = || {
        curves
            .iter()
            .flat_map(|c| c.points.iter().map(move |p| (c, p)))
    };
    let text = |f: &dyn Fn(&SearchCurve, &SearchPoint) -> String| -> Vec<String> {
        points().map(|(c, p)| f(c, p)).collect()
    };
    let number = |f: fn(&SearchPoint) -> Option<f64>| -> Vec<Option<f64>> {
        points().map(|(_, p)| f(p)).collect()
    };
    let outcome = |p: &SearchPoint| outcome(p).to_owned();
    let failure = |p: &SearchPoint| p.failure.clone().unwrap_or_default();
    let mut table = Table::new(metadata)
        .text("teacher", text(&|c, _| c.teacher.clone()))
        .text("student", text(&|c, _| c.student.clone()))
        .numbers("mu", number(|p| p.mu))
        .numbers("gradient_norm", number(|p| p.gradient_norm))
        .numbers("curvature", number(|p| p.curvature))
        .numbers("growth_rate", number(|p| p.growth_rate))
        .numbers("tau", number(|p| p.tau))
        .numbers("gradient_error", number(|p| p.gradient_error))
        .numbers("curvature_error", number(|p| p.curvature_error))
        .numbers("tau_error", number(|p| p.tau_error))
        .numbers("exit_time", number(|p| p.exit_time))
        .numbers("exit_linear", number(|p| p.exit_linear))
        .numbers("exit_mean", number(|p| p.law.exit_mean))
        .numbers("exit_median", number(|p| p.law.exit_median))
        .numbers("exit_q05", number(|p| p.law.exit_q05))
        .numbers("exit_q95", number(|p| p.law.exit_q95))
        .numbers("exit_median_linear", number(|p| p.law.exit_median_linear))
        .text("outcome", text(&|_, p| outcome(p)));
    if points().any(|(_, p)| p.failure.is_some()) {
        table = table.text("failure", text(&|_, p| failure(p)));
    }
    let rows = points().count();
    if options.dim.is_none() {
        table = table.numbers("dim", vec![Some(1000.0); rows]);
    }
    with_parameters(table, rows, &["link", "teacher", "student", "mu"])
}
