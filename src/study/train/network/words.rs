//! A history of networks in words.

use super::TrainNetworkReport;
use crate::study::words::{digits_at, significant, word};

/// Digits of losses and of the cosine, and of entries of matrices.
const DIGITS: usize = 6;
pub(in crate::study::train) const ENTRY: usize = 4;
/// Numbers of a matrix that are shown.
pub(in crate::study::train) const SHOWN: usize = 16;

/// A few lines a stage.
pub(super) fn summary(report: &TrainNetworkReport) -> String {
    let mut text = String::new();
    let [digits, entry] = [DIGITS, ENTRY].map(|usual| digits_at(&report.origin.parameters, usual));
    for (i, run) in report.runs.iter().enumerate() {
        let setup = &report.history.stages[i].setup;
        let Some(last) = run.course.last() else {
            continue;
        };
        let rank = match setup.adapter.is_lora() {
            true => format!(", rank {}", setup.rank),
            false => String::new(),
        };
        // A limit in time is shown as it was given.
        let of_end = if run.reason.is_a_time() {
            DIGITS
        } else {
            digits
        };
        text.push_str(&format!(
            "stage {}   {} ({}{rank}) ended by {} at t = {}\n  cosine {}\n",
            i + 1,
            report.task(i),
            word(&setup.adapter),
            run.reason.word(),
            significant(run.t, of_end),
            significant(last.seen.cosine, digits),
        ));
        for (task, m) in report.history.tasks.iter().zip(&last.m) {
            if m.iter().map(Vec::len).sum::<usize>() <= SHOWN {
                text.push_str(&format!("  m     {} {}\n", task.name, matrix(m, entry)));
            }
        }
        let losses = report.history.tasks.iter().zip(&last.loss);
        let losses = losses.map(|(task, x)| format!("{} {}", task.name, significant(*x, digits)));
        let losses = losses.collect::<Vec<_>>().join(", ");
        text.push_str(&format!("  loss  {losses}\n"));
    }
    text
}

/// `[0.98, 0.01; 0.02, 0.97]`
pub(in crate::study::train) fn matrix(rows: &[Vec<f64>], digits: usize) -> String {
    let row = |row: &Vec<f64>| {
        let numbers = row.iter().map(|x| significant(*x, digits));
        numbers.collect::<Vec<_>>().join(", ")
    };
    let rows = rows.iter().map(row).collect::<Vec<_>>();
    format!("[{}]", rows.join("; "))
}
