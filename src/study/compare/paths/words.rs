//! Theory and SGD along one run, in words.

use std::fmt::Write;

use super::PathsReport;
use crate::comparison::Compared;
use crate::numeral::plain;
use crate::study::compare::starts_in_words;

pub(super) fn summary(paths: &PathsReport) -> String {
    let (compared, sgd) = (&paths.compared, paths.sgd);
    let mut text = format!(
        "{}: {} seeds to step {}, d = {}, B = {}, eta = {}; {}\n\n",
        paths.problem.model().label(),
        compared.seeds,
        compared.step.last().unwrap_or(&0),
        plain(sgd.dim),
        plain(sgd.batch),
        plain(sgd.step),
        starts_in_words(paths.starts)
    );
    text.push_str(
        "quantity    largest deviation     at step   expected there    ratio    std errors\n",
    );
    for (observable, d) in &compared.deviation {
        let _written = writeln!(
            text,
            "{:<12}{:>17.3e}{:>12}{:>17.3e}{:>9.2}{:>14.1}",
            observable.name, d.max_abs, d.at_step, d.finite_size, d.ratio, d.max_z
        );
    }
    let _written = writeln!(text, "\n{}", compared.verdict.text);
    text
}

/// How many seeds were left out, if any were.
pub(super) fn left_out(compared: &Compared) -> Option<String> {
    let all = compared.ensemble.runs.len();
    // Of measured runs nothing is left out.
    let out = all.saturating_sub(compared.seeds);
    (out > 0).then(|| {
        format!("{out} of {all} seeds diverged or were not finished; the averages leave them out")
    })
}
