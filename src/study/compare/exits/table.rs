//! The table of exit times.

use super::ExitsReport;
use crate::comparison::ExitPoint;
use crate::output::Table;
use crate::study::compare::signed;

/// One row per pair of links and strength.
pub(super) fn table(exits: &ExitsReport) -> Table {
    let curves = &exits.curves;
    let points = || {
        curves
            .iter()
            .flat_map(|c| c.points.iter().map(move |p| (c, p)))
    };
    let number = |f: fn(&ExitPoint) -> Option<f64>| points().map(|(_, p)| f(p)).collect();
    let whole = |f: fn(&ExitPoint) -> u64| points().map(|(_, p)| f(p)).collect();
    let teachers = points().map(|(c, _)| c.teacher.clone()).collect();
    let students = points().map(|(c, _)| c.student.clone()).collect();
    let table = Table::new(exits.made())
        .text("teacher", teachers)
        .text("student", students)
        .numbers("mu", number(|p| Some(p.mu)))
        .numbers("exit_theory", number(|p| p.theory))
        .numbers("exit_theory_median", number(|p| p.theory_median))
        .numbers("exit_mean", number(|p| p.sgd.mean))
        .numbers("exit_std", number(|p| p.sgd.std))
        .numbers("exit_q05", number(|p| p.sgd.q05))
        .numbers("exit_q50", number(|p| p.sgd.q50))
        .numbers("exit_q95", number(|p| p.sgd.q95))
        .whole("exited", whole(|p| p.exited as u64))
        .whole("diverged", whole(|p| p.diverged as u64))
        .whole("seeds", whole(|p| p.seeds as u64))
        .whole("steps", whole(|p| p.steps))
        .numbers("z", number(|p| p.z));
    signed(table, points().count())
}
