//! The seeds of a history: mean or median, 5 to 95 % band, and the theory.

use super::super::figure::{Drawn, Line, Series};
use super::TrainSgdReport;
use super::clock::Clock;
use crate::output::{CurveStyle, Figure};
use crate::simulation::Summary;
use crate::stages::{Number, StageStatistics};
use crate::study::provenance::caption;

/// The averages over the seeds of a history.
pub(super) fn figure(report: &TrainSgdReport) -> Figure {
    let stages = 0..report.statistics.len();
    let before: Vec<f64> = stages
        .map(|stage| report.before(stage, Clock::Samples))
        .collect();
    let time =
        |stage: usize, step: f64| before[stage] + report.counted(stage, step, Clock::Samples);
    // Stages before the last are drawn up to where seeds end them on average, and the next one begins.
    let last = report.statistics.len().saturating_sub(1);
    let end = |stage: usize, own: &StageStatistics| match stage == last {
        true => own.step.last().map_or(0.0, |step| *step as f64),
        false => own.steps.mean,
    };
    let times = |stage: usize| -> Vec<f64> {
        let own = &report.statistics[stage];
        let steps = own.step.iter().map(|step| *step as f64);
        let shown = steps.filter(|step| *step <= end(stage, own));
        shown.map(|step| time(stage, step)).collect()
    };
    let line = |number: &Number| {
        let mut points: Vec<(f64, Option<Summary>)> = Vec::new();
        for (i, own) in report.statistics.iter().enumerate() {
            let found = own.rows.iter().find(|(one, _)| one == number);
            let all = found.map_or(&[][..], |(_, all)| all.as_slice());
            points.extend(times(i).into_iter().zip(all.iter().copied()));
            points.push((points.last().map_or(0.0, |last| last.0), None));
        }
        Line::Seeds(points, true)
    };
    let theory = report.compared.as_ref().map(|compared| Series {
        name: "ODE",
        style: CurveStyle::Dashed,
        line: Box::new(|number: &Number| {
            let mut points: Vec<(f64, Option<Summary>)> = Vec::new();
            for (i, own) in compared.stages.iter().enumerate() {
                let found = own.numbers.iter().find(|one| one.number == *number);
                let all = found.map_or(&[][..], |one| one.theory.as_slice());
                points.extend(times(i).into_iter().zip(all.iter().copied().map(Some)));
                points.push((points.last().map_or(0.0, |last| last.0), None));
            }
            Line::Seeds(points, false)
        }),
    });
    let mut series = vec![Series {
        name: "",
        style: CurveStyle::Line,
        line: Box::new(line),
    }];
    series.extend(theory);
    let spans = report.statistics.iter().enumerate();
    let spans = spans.map(|(i, own)| (time(i, 0.0), time(i, end(i, own))));
    let counted = report.statistics.first().map_or(0, |own| own.counted.len());
    let drawn = Drawn {
        history: &report.history,
        unit: "samples",
        stages: spans.collect(),
        title: title(counted),
        series,
    };
    drawn.figure(&caption("train", &report.parameters))
}

/// How many seeds there are.
fn title(counted: usize) -> String {
    match counted {
        1 => "SGD, one seed".to_owned(),
        _ => format!("SGD, {counted} seeds, 5–95 %"),
    }
}
