//! Theory and SGD along one run, in words.

use std::fmt::Write;

use super::PathsReport;
use crate::numeral::{counted, plain};
use crate::study::compare::{deviations, starts_in_words};
use crate::study::words::kept;

pub(super) fn summary(paths: &PathsReport) -> String {
    let (compared, sgd) = (&paths.compared, paths.sgd);
    let mut text = format!(
        "{}: {} to step {}, d = {}, B = {}, eta = {}{}; {}\n\n",
        paths.problem.model().label(),
        counted(compared.seeds, "seed"),
        compared.step.last().unwrap_or(&0),
        plain(sgd.dim),
        plain(sgd.batch),
        plain(sgd.step),
        kept(sgd),
        starts_in_words(paths.starts)
    );
    let all = compared.deviation.iter();
    text.push_str(&deviations(
        all.map(|(one, deviation)| (one.name.to_owned(), *deviation)),
    ));
    let _written = writeln!(text, "\n{}", compared.verdict.text);
    text
}
