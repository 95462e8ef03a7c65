//! A history in words.

use super::TrainReport;
use crate::study::words::{digits_at, significant, word};

/// Digits of numbers on the screen.
const DIGITS: usize = 6;

/// A few lines a stage.
pub(super) fn summary(report: &TrainReport) -> String {
    let mut text = String::new();
    let digits = digits_at(&report.origin.parameters, DIGITS);
    for (i, run) in report.runs.iter().enumerate() {
        let stage = &report.history.stages[i];
        let Some(last) = run.course.last() else {
            continue;
        };
        let by_task = |values: &[f64]| {
            let tasks = report.history.tasks.iter().zip(values);
            let said = tasks.map(|(task, x)| format!("{} {}", task.name, significant(*x, digits)));
            said.collect::<Vec<_>>().join(", ")
        };
        let mut seen = format!("alignment {}", significant(last.seen.alignment, digits));
        if let Some(u) = last.seen.u {
            seen.push_str(&format!(", u {}", significant(u, digits)));
        }
        // A limit in time is shown as it was given.
        let of_end = if run.reason.is_a_time() {
            DIGITS
        } else {
            digits
        };
        text.push_str(&format!(
            "stage {}   {} ({}) ended by {} at t = {}\n  {seen}, q {}\n  m     {}\n  loss  {}\n",
            i + 1,
            report.history.tasks[stage.task].name,
            word(&stage.problem.adapter()),
            run.reason.word(),
            significant(run.t, of_end),
            significant(last.seen.q(), digits),
            by_task(&last.m),
            by_task(&last.loss),
        ));
    }
    text
}

/// What is kept of a history that was not completed.
pub(super) fn kept(incomplete: Option<&str>, files: Option<&str>) -> String {
    let why = incomplete.unwrap_or_default();
    match files {
        Some(files) => format!("{why}; the stages before are in '{files}'"),
        None => format!("{why}; with --out the stages before would be kept in files"),
    }
}
