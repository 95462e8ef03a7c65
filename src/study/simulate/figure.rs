//! Mean and 5 to 95 % band of each number against time.

use super::{SimulateReport, words::shown};
use crate::error::Error;
use crate::observable::Observable;
use crate::output::{Curve, CurveStyle, Figure, Panel, Scale};
use crate::problem::{Clock, Problem, ProblemOptions};
use crate::simulation::{Statistics, TimeSummary};
use crate::study::along_run::{AlongRun, columns, time_scale};
use crate::study::read::Saved;
use crate::study::saved::Rebuilt;

/// What is drawn of seeds.
struct Drawn<'a> {
    problem: &'a Problem,
    options: &'a ProblemOptions,
    statistics: &'a Statistics,
    /// Median step of the exit.
    exit: Option<f64>,
    /// Times in the unit asked for.
    clock: &'a Clock,
    caption: String,
}

pub(super) fn figure(simulated: &SimulateReport) -> Figure {
    Drawn {
        problem: &simulated.problem,
        options: &simulated.options,
        statistics: &simulated.statistics,
        exit: TimeSummary::of(&simulated.exits()).q50,
        clock: &simulated.clock,
        caption: simulated.origin.caption(),
    }
    .figure()
}

/// The figure of averages that were saved; the exits of the seeds are in JSON only.
///
/// # Errors
/// A file without what its study writes.
pub(crate) fn redrawn(saved: &Saved) -> Result<Figure, Error> {
    let run = Rebuilt::of(saved)?;
    let whole = |values: Vec<f64>| values.into_iter().map(|x| x as u64).collect::<Vec<u64>>();
    let counts = saved.all("count")?.into_iter().map(|x| x as usize);
    let place = (whole(saved.all("step")?), counts.collect());
    let statistics = Statistics::by(place, |one| saved.summaries(one.name));
    Ok(Drawn {
        problem: &run.problem,
        options: &run.options,
        statistics: &statistics,
        exit: saved.median_exit(),
        clock: &run.clock,
        caption: saved.caption(),
    }
    .figure())
}

impl Drawn<'_> {
    /// A panel per number.
    fn figure(&self) -> Figure {
        let last = self.statistics.step.last().copied().unwrap_or(0) as f64;
        let run = AlongRun {
            options: self.options,
            threshold: self.problem.threshold(),
            scale: time_scale(self.exit, last),
            exit: self
                .exit
                .map(|exit| (self.clock.at_step(exit), "median exit")),
        };
        let numbers = shown(self.problem, self.options).into_iter().enumerate();
        let panels: Vec<Panel> = numbers.map(|(i, one)| self.panel(&run, i, one)).collect();
        let columns = columns(panels.len());
        Figure::new(panels, columns).with_provenance(&*self.caption)
    }

    fn panel(&self, run: &AlongRun<'_>, index: usize, number: &Observable) -> Panel {
        let statistics = self.statistics;
        let (mut points, mut medians, mut band) = (Vec::new(), Vec::new(), Vec::new());
        for (step, summary) in statistics.step.iter().zip(statistics.of(number)) {
            if let Some(s) = summary {
                points.push((self.clock.at_step(*step as f64), Some(s.mean)));
                medians.push((self.clock.at_step(*step as f64), Some(s.q50)));
                band.push((s.q05, s.q95));
            }
        }
        let ends = band.iter().flat_map(|(low, high)| [*low, *high]);
        let values = ends.chain(points.iter().filter_map(|p| p.1));
        let panel = run.panel(index, run.label(number), number, values);
        let seeds = statistics.count.first().copied().unwrap_or(0);
        // A few large seeds carry a mean out of its band, which shows where decades do.
        let by_median = panel.y.scale == Scale::Log && seeds > 1;
        let name = match (index, seeds) {
            _ if by_median => format!("median of {seeds}, 5–95 %"),
            (0, 1) => "one seed".to_owned(),
            (0, _) => format!("mean of {seeds}, 5–95 %"),
            _ => String::new(),
        };
        let middle = if by_median { medians } else { points };
        let middle = Curve::new(name, middle, CurveStyle::Line).with_colour(0);
        panel.with_curve(middle.with_band(band))
    }
}
