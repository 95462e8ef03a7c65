//! The table of the strengths that were looked at.

use serde_json::Value;

use super::OptimumReport;
use crate::output::Table;

/// One row per strength.
pub(super) fn table(of: &OptimumReport, made: Value) -> Table {
    let command = made["command"].as_str().unwrap_or_default().to_owned();
    let (mus, times): (Vec<f64>, Vec<Option<f64>>) = of.scaled_curve().into_iter().unzip();
    let rows = mus.len();
    Table::new(made)
        .numbers("mu", mus.into_iter().map(Some).collect())
        .numbers("value", times)
        .text("version", vec![env!("CARGO_PKG_VERSION").to_owned(); rows])
        .text("command", vec![command; rows])
}
