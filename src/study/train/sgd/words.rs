//! The seeds of a history in words.

use std::fmt::Write;

use super::TrainSgdReport;
use super::clock::Clock;
use crate::comparison::NumberAlong;
use crate::observable::{LOSS, M};
use crate::simulation::Summary;
use crate::stages::Number;
use crate::study::compare::deviations;
use crate::study::words::{significant, word};

/// Digits of means and of standard deviations on the screen.
const DIGITS: usize = 5;

fn said(summary: &Summary) -> String {
    let mean = significant(summary.mean, DIGITS);
    summary.std.map_or_else(
        || mean.clone(),
        |std| format!("{mean} +- {}", significant(std, 2)),
    )
}

/// A few lines a stage: means and standard deviations over seeds.
pub(super) fn summary(report: &TrainSgdReport) -> String {
    let mut text = String::new();
    for (i, own) in report.statistics.iter().enumerate() {
        let stage = &report.history.stages[i];
        let mut ends: Vec<&(crate::stages::Reason, usize)> = own.reasons.iter().collect();
        ends.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let ends: Vec<String> = ends
            .iter()
            .map(|(reason, count)| match own.reasons.len() {
                1 => reason.word().to_owned(),
                _ => format!("{} ({count})", reason.word()),
            })
            .collect();
        let _infallible = writeln!(
            text,
            "stage {}   {} ({}), {} seeds, ended by {} at t = {}",
            i + 1,
            report.history.tasks[stage.task].name,
            word(&stage.problem.adapter()),
            own.counted.len(),
            ends.join(", "),
            said(&report.lengths(i, Clock::T, false)),
        );
        let end = |number: Number| {
            let found = own.ends.iter().find(|(one, _)| *one == number);
            found.and_then(|(_, summary)| *summary)
        };
        let named = |number: Number| {
            let summary = end(number)?;
            Some(format!("{} {}", number.observable.name, said(&summary)))
        };
        let student: Vec<String> = Number::all(0).into_iter().filter_map(named).collect();
        let _infallible = writeln!(text, "  {}", student.join(", "));
        for observable in [&M, &LOSS] {
            let tasks = report.history.tasks.iter().enumerate();
            let on = tasks.filter_map(|(task, one)| {
                let task = Some(task);
                Some(format!(
                    "{} {}",
                    one.name,
                    said(&end(Number { observable, task })?)
                ))
            });
            let on: Vec<String> = on.collect();
            let _infallible = writeln!(text, "  {:<5} {}", observable.name, on.join(", "));
        }
    }
    if let Some(compared) = &report.compared {
        let stages = compared.stages.iter().enumerate();
        let named = stages.flat_map(|(i, own)| {
            let name = move |one: &NumberAlong| {
                format!("{} {}", i + 1, one.number.name(&report.history.tasks))
            };
            own.numbers
                .iter()
                .map(move |one| (name(one), one.deviation))
        });
        let _infallible = write!(text, "\n{}\n{}\n", deviations(named), compared.verdict.text);
    }
    text
}
