//! Exit times of theory and SGD in words.

use std::fmt::Write;

use super::ExitsReport;
use crate::comparison::{ExitCurve, ExitPoint};
use crate::model::pair_label;
use crate::numeral::{counted, plain};
use crate::study::compare::starts_in_words;
use crate::study::units::plain_unit;
use crate::study::words::{digits_at, significant};

pub(super) fn summary(exits: &ExitsReport) -> String {
    let mut text = format!(
        "exit time at |alignment| = {}, in {}; {}\n\n",
        exits.threshold,
        plain_unit(&exits.options),
        starts_in_words(exits.starts)
    );
    text.push_str(
        "link                 mu       theory     SGD mean          std     exited        z\n",
    );
    /// Digits of times.
    const DIGITS: usize = 6;
    let shown = |x: Option<f64>, digits| x.map_or("-".to_owned(), |x| significant(x, digits));
    let of_runs = digits_at(&exits.origin.parameters, DIGITS);
    for curve in &exits.curves {
        let name = pair_label(&curve.teacher, &curve.student);
        for p in &curve.points {
            let _written = writeln!(
                text,
                "{:<16}{:>7.4}{:>13}{:>13}{:>13}{:>11}{:>9}",
                name,
                p.mu,
                shown(p.theory, of_runs),
                shown(p.sgd.mean, DIGITS),
                shown(p.sgd.std, DIGITS),
                format!("{}/{}", p.exited, p.seeds),
                p.z.map_or("-".to_owned(), |z| format!("{z:.1}"))
            );
        }
    }
    let _written = writeln!(text, "\n{}", exits.verdict.text);
    text
}

/// What is missing of a curve, and why.
pub(super) fn left_out(curve: &ExitCurve) -> Vec<String> {
    let at = |p: &ExitPoint| format!("{}, mu = {}", curve.student, plain(p.mu));
    let diverged = curve.points.iter().filter(|p| p.diverged > 0).map(|p| {
        let (out, all) = (p.diverged, counted(p.seeds, "seed"));
        format!("{}: {out} of {all} diverged and are left out", at(p))
    });
    let failed = curve.points.iter().filter_map(|p| {
        let failure = p.failure.as_ref()?;
        Some(format!("{}: {failure}", at(p)))
    });
    diverged.chain(failed).collect()
}
