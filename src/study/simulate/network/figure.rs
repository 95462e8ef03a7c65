//! Loss, cosine and overlaps of simulated networks against time.

use crate::error::Error;
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, PALETTE, suggested_scale};
use crate::simulation::Summary;
use crate::study::along_run::{columns, groups, over_time, time_scale};
use crate::study::read::Saved;
use crate::study::saved::options;
use crate::sweep::clock;

/// Means with their spread: 5 to 95 % of loss and cosine, one standard deviation of overlaps; the exits are in JSON only.
pub(crate) fn figure(saved: &Saved) -> Result<Figure, Error> {
    let (options, t) = (options(saved)?, saved.all("t")?);
    let last = saved.all("step")?.last().copied().unwrap_or(0.0);
    let exit = saved.median_exit();
    let scale = time_scale(exit, last);
    let exit = exit.map(|step| at_step(saved, step)).transpose()?;
    let panel = |index: usize, title: &str, y: Axis| {
        let mut panel = over_time((index, title), (&options, scale), y);
        panel
            .marks
            .extend(exit.map(|at| Mark::vertical(at, "median exit", None)));
        panel
    };
    let banded = |label: String, summaries: &[Option<Summary>]| {
        let means = summaries.iter().map(|s| s.map(|s| s.mean));
        let band = summaries.iter().flatten().map(|s| (s.q05, s.q95));
        let curve = Curve::new(
            label,
            t.iter().copied().zip(means).collect(),
            CurveStyle::Line,
        );
        curve.with_colour(0).with_band(band.collect())
    };
    let [losses, cosines] = ["loss", "cosine"].map(|name| saved.summaries(name));
    let loss = suggested_scale(losses.iter().flatten().map(|s| s.mean));
    let seeds = saved.all("count")?.first().copied().unwrap_or(0.0);
    let label = format!("mean of {seeds}, 5–95 %");
    let cosine = Axis::linear("largest cosine with the teachers");
    let mut panels = vec![
        panel(0, "loss", Axis::new("loss L", loss)).with_curve(banded(label, &losses)),
        panel(1, "alignment", cosine).with_curve(banded(String::new(), &cosines)),
    ];
    let threshold = saved.parameter("threshold")?;
    panels[1]
        .marks
        .push(Mark::horizontal(threshold, "threshold", None));
    let (units, stars) = saved.shape("m", "_mean");
    for (group, title) in groups(units) {
        let y = Axis::linear("overlaps with the teacher M");
        let mut panel = panel(panels.len(), &title, y);
        for (i, j) in group.flat_map(|i| (0..stars).map(move |j| (i, j))) {
            let label = match i == 0 && stars > 1 {
                true => format!("teacher unit {}", j + 1),
                false => String::new(),
            };
            panel.curves.push(overlap((saved, &t), label, (i, j)));
        }
        panels.push(panel);
    }
    let columns = columns(panels.len());
    Ok(Figure::new(panels, columns).with_provenance(saved.caption()))
}

/// The time of a step, in the unit asked for.
fn at_step(saved: &Saved, step: f64) -> Result<f64, Error> {
    let options = options(saved)?;
    let problem = options.one_network("plot")?;
    let clock = clock(&options, &problem.setup().scaling, problem.model())?;
    // The median of two seeds may lie between steps.
    Ok(clock.at_step(step.floor()))
}

/// The overlap of a unit with a teacher unit.
fn overlap((saved, t): (&Saved, &[f64]), label: String, (i, j): (usize, usize)) -> Curve {
    let column = |ending: &str| saved.numbers(&format!("m_{}_{}_{ending}", i + 1, j + 1));
    let (means, spreads) = (column("mean"), column("std"));
    let both = means.iter().zip(&spreads);
    let band = both.map(|(m, s)| Some(((*m)? - (*s)?, (*m)? + (*s)?)));
    let band: Option<Vec<(f64, f64)>> = band.collect();
    let points = t.iter().copied().zip(means.iter().copied()).collect();
    let curve = Curve::new(label, points, CurveStyle::Line).with_colour(j % PALETTE);
    match band {
        Some(band) => curve.with_band(band),
        None => curve,
    }
}
