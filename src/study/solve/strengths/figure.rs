//! The overlaps and the loss against time, a curve for each strength.

use super::{SolveReport, StrengthsReport};
use crate::observable::Observable;
use crate::output::{Curve, CurveStyle, Figure, Panel, Scale};
use crate::study::along_run::{AlongRun, columns, shown};
use crate::study::words::significant;

/// Ratio of the last to the first exit from which time is logarithmic: one that fits some hides the others.
const RATIO: f64 = 10.0;

/// A panel per number.
pub(super) fn figure(solved: &StrengthsReport) -> Figure {
    let Some(first) = solved.runs.first() else {
        return Figure::new(Vec::new(), 1);
    };
    let run = AlongRun {
        problem: &first.problem,
        options: &first.options,
        scale: time_scale(&solved.runs),
        exit: None,
    };
    let numbers = shown(&first.problem).into_iter().enumerate();
    let panels: Vec<Panel> = numbers
        .map(|(index, number)| panel(&solved.runs, &run, index, number))
        .collect();
    let columns = columns(panels.len());
    Figure::new(panels, columns).with_provenance(solved.caption())
}

fn panel(runs: &[SolveReport], run: &AlongRun<'_>, index: usize, number: &Observable) -> Panel {
    let values = runs.iter().flat_map(|run| run.trajectory.of(number));
    let mut panel = run.panel(index, run.label(number), number, values.copied().flatten());
    let ended = runs.iter().filter_map(|run| {
        let (end, clock) = (&run.ended.as_ref()?.run, &run.clock);
        Some((end.exit_time.map(|t| clock.at(t)), clock.at(end.end)))
    });
    panel.x.range = time_range(ended).filter(|_| run.scale == Scale::Log);
    for (place, run) in runs.iter().enumerate() {
        let times = run.trajectory.t.iter().map(|t| run.clock.at(*t));
        let values = run.trajectory.of(number).iter().copied();
        let name = match index {
            0 => format!("μ = {}", short(run.strength())),
            _ => String::new(),
        };
        let curve = Curve::new(name, times.zip(values).collect(), CurveStyle::Line);
        let shade = place as f64 / (runs.len() - 1).max(1) as f64;
        panel = panel.with_curve(curve.with_shade(shade));
    }
    panel
}

/// A strength without the zeros at its end.
fn short(mu: f64) -> String {
    let text = significant(mu, 4);
    if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// From a little before the first exit, as nothing is seen to happen until then, to the last end, of runs with their
/// exits and ends.
pub(in crate::study::solve) fn time_range(
    runs: impl Iterator<Item = (Option<f64>, f64)>,
) -> Option<(f64, f64)> {
    const BEFORE: f64 = 100.0;
    const AFTER: f64 = 1.5;
    let (first, last) = runs.fold((f64::INFINITY, 0.0_f64), |(first, last), (exit, end)| {
        (first.min(exit.unwrap_or(end)), last.max(end))
    });
    (first > 0.0 && first < last).then_some((first / BEFORE, last * AFTER))
}

/// Logarithmic where the exits, or the ends of runs that have none, span more than a decade.
fn time_scale(runs: &[SolveReport]) -> Scale {
    let ended = runs.iter().filter_map(|run| run.ended.as_ref());
    let times = ended.map(|ended| ended.run.exit_time.unwrap_or(ended.run.end));
    let (least, most) = times.fold((f64::INFINITY, 0.0_f64), |(least, most), t| {
        (least.min(t), most.max(t))
    });
    if least > 0.0 && most > RATIO * least {
        Scale::Log
    } else {
        Scale::Linear
    }
}
