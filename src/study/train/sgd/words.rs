//! The seeds of a history in words.

use std::fmt::Write;

use super::super::network::words::{ENTRY, SHOWN, matrix};
use super::clock::Clock;
use super::{SeedsReport, ToldOfSeeds};
use crate::comparison::NumberAlong;
use crate::numeral::counted;
use crate::observable::{LOSS, M, Observable};
use crate::simulation::Summary;
use crate::stages::{Number, StageStatistics};
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
pub(super) fn summary<H: ToldOfSeeds>(report: &SeedsReport<H>) -> String {
    let mut text = String::new();
    for (i, own) in report.statistics.iter().enumerate() {
        let stage = report.history.stages()[i];
        let mut ends: Vec<&(crate::stages::Reason, usize)> = own.reasons.iter().collect();
        ends.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let ends: Vec<String> = ends
            .iter()
            .map(|(reason, count)| match own.reasons.len() {
                1 => reason.word().to_owned(),
                _ => format!("{} ({count})", reason.word()),
            })
            .collect();
        let rank = stage.rank.map(|rank| format!(", rank {rank}"));
        let _infallible = writeln!(
            text,
            "stage {}   {} ({}{}), {}, ended by {} at t = {}",
            i + 1,
            report.history.tasks()[stage.task].0,
            word(&stage.adapter),
            rank.unwrap_or_default(),
            counted(own.counted.len(), "seed"),
            ends.join(", "),
            said(&report.lengths(i, Clock::T, false)),
        );
        text.push_str(&at_the_end(&report.history, own));
    }
    if let Some(compared) = &report.compared {
        let stages = compared.stages.iter().enumerate();
        let named = stages.flat_map(|(i, own)| {
            let name =
                move |one: &NumberAlong| format!("{} {}", i + 1, one.number.name(&report.history));
            own.numbers
                .iter()
                .map(move |one| (name(one), one.deviation))
        });
        let _infallible = write!(text, "\n{}\n{}\n", deviations(named), compared.verdict.text);
    }
    text
}

/// What a stage came to: the numbers of the student in a line, then m and loss on every task; of matrices the means, unless
/// they are large.
fn at_the_end<H: ToldOfSeeds>(history: &H, own: &StageStatistics) -> String {
    let (mut text, tasks) = (String::new(), history.tasks());
    let of = |observable: &Observable, task: Option<usize>| -> Vec<(Number, Summary)> {
        let ends = own.ends.iter();
        let known = ends.filter_map(|(number, summary)| Some((*number, (*summary)?)));
        known
            .filter(|(one, _)| *one.observable == *observable && one.task == task)
            .collect()
    };
    let student = own.ends.iter().filter_map(|(number, summary)| {
        let is_plain = number.task.is_none() && number.entry.is_none();
        let summary = (*summary).filter(|_| is_plain)?;
        Some(format!("{} {}", number.observable.name, said(&summary)))
    });
    let student: Vec<String> = student.collect();
    let _infallible = writeln!(text, "  {}", student.join(", "));
    for observable in [&M, &LOSS] {
        let name = observable.name;
        let all: Vec<_> = (0..tasks.len())
            .map(|task| of(observable, Some(task)))
            .collect();
        let is_plain =
            |one: &Vec<(Number, Summary)>| one.iter().all(|(one, _)| one.entry.is_none());
        if all.iter().all(is_plain) {
            let on = tasks.iter().zip(&all);
            let on =
                on.filter_map(|((task, _), one)| Some(format!("{task} {}", said(&one.first()?.1))));
            let on: Vec<String> = on.collect();
            let _infallible = writeln!(text, "  {name:<5} {}", on.join(", "));
            continue;
        }
        for ((task, _), entries) in tasks.iter().zip(&all) {
            if entries.len() > SHOWN {
                continue;
            }
            let mut rows: Vec<Vec<f64>> = Vec::new();
            for (number, summary) in entries {
                let (row, _) = number.entry.unwrap_or_default();
                rows.resize_with(rows.len().max(row + 1), Vec::new);
                rows[row].push(summary.mean);
            }
            let _infallible = writeln!(text, "  {name:<5} {task} {}", matrix(&rows, ENTRY));
        }
    }
    text
}
