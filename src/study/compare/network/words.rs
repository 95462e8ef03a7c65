//! Theory and SGD along the run of a network, in words.

use std::fmt::Write;

use super::CompareNetworkReport;
use crate::numeral::{counted, plain};
use crate::study::compare::{deviations, starts_in_words};
use crate::study::solve::sizes;
use crate::study::words::kept;

pub(super) fn summary(report: &CompareNetworkReport) -> String {
    let (compared, sgd) = (&report.compared, report.sgd);
    let mut text = format!(
        "{}: {}\n{} to step {}, d = {}, B = {}, eta = {}{}; {}\n\n",
        report.problem.model().label(),
        sizes(&report.problem),
        counted(compared.seeds, "seed"),
        compared.step.last().unwrap_or(&0),
        plain(sgd.dim),
        plain(sgd.batch),
        plain(sgd.step),
        kept(sgd),
        starts_in_words(report.starts)
    );
    let all = compared.numbers.iter();
    text.push_str(&deviations(
        all.map(|one| (one.number.to_string(), one.deviation)),
    ));
    let _written = writeln!(text, "\n{}", compared.verdict.text);
    text
}
