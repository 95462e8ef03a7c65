//! The table of exit times.

use super::ExitsReport;
use crate::comparison::{ExitCurve, ExitPoint};
use crate::output::Table;
use crate::study::provenance::signed;
use crate::study::rows::{Named, Rows};
use crate::study::schema::{EXITS, with_schema};

/// Times of theory and SGD.
static TIMES: [Named<ExitPoint>; 7] = [
    ("exit_theory", |p| p.theory),
    ("exit_theory_median", |p| p.theory_median),
    ("exit_mean", |p| p.sgd.mean),
    ("exit_std", |p| p.sgd.std),
    ("exit_q05", |p| p.sgd.q05),
    ("exit_q50", |p| p.sgd.q50),
    ("exit_q95", |p| p.sgd.q95),
];

/// One row per pair of links and strength.
pub(super) fn table(exits: &ExitsReport) -> Table {
    let rows = Rows::of(&exits.curves, |c: &ExitCurve| &c.points);
    let table = Table::new(exits.origin.made())
        .text("teacher", rows.text(|c, _| c.teacher.clone()))
        .text("student", rows.text(|c, _| c.student.clone()))
        .numbers("mu", rows.numbers(|_, p| Some(p.mu)));
    let table = rows
        .with_numbers(table, &TIMES)
        .whole("exited", rows.whole(|p| p.exited as u64))
        .whole("diverged", rows.whole(|p| p.diverged as u64))
        .whole("seeds", rows.whole(|p| p.seeds as u64))
        .whole("steps", rows.whole(|p| p.steps))
        .numbers("z", rows.numbers(|_, p| p.z));
    with_schema(signed(table), &EXITS)
}
