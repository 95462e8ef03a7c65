//! The table of the strengths that were looked at.

use serde_json::Value;

use super::OptimumReport;
use crate::output::Table;
use crate::study::provenance::signed;
use crate::study::schema::{OPTIMUM, with_schema};

/// One row per strength.
pub(super) fn table(of: &OptimumReport, made: Value) -> Table {
    let (mus, times): (Vec<f64>, Vec<Option<f64>>) = of.scaled_curve().into_iter().unzip();
    let table = Table::new(made)
        .numbers("mu", mus.into_iter().map(Some).collect())
        .numbers("value", times);
    with_schema(signed(table), &OPTIMUM)
}
