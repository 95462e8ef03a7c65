//! The overlaps and the loss against time, a curve for each strength.

use crate::error::Error;
use crate::observable::Observable;
use crate::output::{Curve, CurveStyle, Figure, Panel, Scale};
use crate::study::along_run::{AlongRun, columns, shown};
use crate::study::many::{is_named, name};
use crate::study::read::Saved;
use crate::study::saved::options;

/// Ratio of the last to the first exit from which time is logarithmic: one that fits some hides the others.
const RATIO: f64 = 10.0;

/// A run, with its rows.
struct Run {
    strength: f64,
    rows: Vec<usize>,
    /// Its exit, and its end, where it came to one.
    ended: Option<(Option<f64>, f64)>,
}

/// A panel per number; exits and ends are in JSON only.
pub(crate) fn figure(saved: &Saved) -> Result<Figure, Error> {
    let (options, t, strengths) = (options(saved)?, saved.all("t")?, saved.all("mu")?);
    let curves = saved.curves(|row| strengths[row].to_bits()).into_iter();
    let runs = curves.enumerate().map(|(place, (strength, rows))| Run {
        strength: f64::from_bits(strength),
        rows,
        ended: ended(saved, place),
    });
    let runs: Vec<Run> = runs.collect();
    let run = AlongRun {
        options: &options,
        threshold: saved.parameter("threshold")?,
        scale: time_scale(&runs),
        exit: None,
    };
    let numbers = shown(&options).into_iter().enumerate();
    let panels: Vec<Panel> = numbers
        .map(|(index, number)| panel((saved, &t), &runs, &run, index, number))
        .collect();
    let columns = columns(panels.len());
    Ok(Figure::new(panels, columns).with_provenance(saved.caption()))
}

/// Exit and end of a run.
pub(in crate::study::solve) fn ended(saved: &Saved, run: usize) -> Option<(Option<f64>, f64)> {
    let run = saved.fact("runs")?.get(run)?;
    Some((run["exit_time"].as_f64(), run["end_time"].as_f64()?))
}

fn panel(
    (saved, t): (&Saved, &[f64]),
    runs: &[Run],
    along: &AlongRun<'_>,
    index: usize,
    number: &Observable,
) -> Panel {
    let values = saved.numbers(number.name);
    let known = values.iter().copied().flatten();
    let mut panel = along.panel(index, along.label(number), number, known);
    let ended = runs.iter().filter_map(|run| run.ended);
    panel.x.range = time_range(ended).filter(|_| along.scale == Scale::Log);
    for (place, run) in runs.iter().enumerate() {
        let points = run.rows.iter().map(|row| (t[*row], values[*row]));
        let label = match index {
            0 if is_named(place, runs.len()) => name("mu", run.strength),
            _ => String::new(),
        };
        let curve = Curve::new(label, points.collect(), CurveStyle::Line);
        let shade = place as f64 / (runs.len() - 1).max(1) as f64;
        panel = panel.with_curve(curve.with_shade(shade));
    }
    panel
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
fn time_scale(runs: &[Run]) -> Scale {
    let ended = runs.iter().filter_map(|run| run.ended);
    let times = ended.map(|(exit, end)| exit.unwrap_or(end));
    let (least, most) = times.fold((f64::INFINITY, 0.0_f64), |(least, most), t| {
        (least.min(t), most.max(t))
    });
    if least > 0.0 && most > RATIO * least {
        Scale::Log
    } else {
        Scale::Linear
    }
}
