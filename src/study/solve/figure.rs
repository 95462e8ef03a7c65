//! The overlaps and the loss against time.

use super::{SolveReport, in_unit};
use crate::error::Error;
use crate::observable::{Columns, M, Observable};
use crate::output::{Curve, CurveStyle, Figure, Mark, Panel, Scale};
use crate::problem::{Clock, Problem, ProblemOptions};
use crate::search::SearchPhase;
use crate::study::along_run::{AlongRun, columns, shown};
use crate::study::read::Saved;
use crate::study::saved::Rebuilt;

/// Span of time beyond the exit, against the exit, from which a linear axis hides the search.
const LOG_SPAN: f64 = 50.0;

/// What is drawn of a run; times in the unit asked for.
struct Drawn<'a> {
    problem: &'a Problem,
    options: &'a ProblemOptions,
    t: Vec<f64>,
    columns: &'a Columns,
    exit: Option<f64>,
    /// The time in which its fast part passes, of a run that came to its end.
    fast: Option<f64>,
    /// Strengths at which the gradient at `w0` vanishes.
    critical: Vec<f64>,
    caption: String,
}

pub(super) fn figure(solved: &SolveReport) -> Figure {
    let (ended, clock) = (solved.ended.as_ref(), &solved.clock);
    let critical = ended.into_iter().flat_map(|e| &e.critical.strengths);
    let phase = ended.map(|ended| ended.phase);
    Drawn {
        problem: &solved.problem,
        options: &solved.options,
        t: in_unit(&solved.trajectory, clock),
        columns: &solved.trajectory.columns,
        exit: ended.and_then(|e| Some(clock.at(e.run.exit_time?))),
        fast: phase.map(|phase| fast(phase.as_ref(), clock)),
        critical: critical.map(|c| c.mu).collect(),
        caption: solved.origin.caption(),
    }
    .figure()
}

/// The figure of a run that was saved.
///
/// # Errors
/// A file without what its study writes.
pub(crate) fn redrawn(saved: &Saved) -> Result<Figure, Error> {
    let run = Rebuilt::of(saved)?;
    let fact = |key: &str| saved.fact(key).cloned().unwrap_or_default();
    let critical = fact("critical_strengths");
    let critical = critical.as_array().into_iter().flatten();
    let phase = SearchPhase::estimated(&run.problem);
    let is_ended = saved.incomplete.is_none();
    Ok(Drawn {
        problem: &run.problem,
        options: &run.options,
        t: saved.all("t")?,
        columns: &Columns::by(|one| saved.numbers(one.name)),
        exit: fact("exit_time").as_f64(),
        fast: is_ended.then(|| fast(phase.as_ref(), &run.clock)),
        critical: critical.filter_map(|c| c["mu"].as_f64()).collect(),
        caption: saved.caption(),
    }
    .figure())
}

/// The time in which the fast part of a run passes, infinite where that is not known.
fn fast(phase: Option<&SearchPhase>, clock: &Clock) -> f64 {
    phase.map_or(f64::INFINITY, |p| {
        clock.rate().unwrap_or(f64::INFINITY) / p.curvature.abs().max(p.growth_rate.abs())
    })
}

impl Drawn<'_> {
    /// A panel per number.
    fn figure(&self) -> Figure {
        let run = AlongRun {
            options: self.options,
            threshold: self.problem.threshold(),
            scale: self.time_scale(),
            exit: self.exit.map(|exit| (exit, "exit")),
        };
        let numbers = shown(self.options).into_iter().enumerate();
        let panels: Vec<Panel> = numbers.map(|(i, one)| self.panel(&run, i, one)).collect();
        let columns = columns(panels.len());
        Figure::new(panels, columns).with_provenance(&*self.caption)
    }

    fn panel(&self, run: &AlongRun<'_>, index: usize, number: &Observable) -> Panel {
        let values = self.columns.of(number);
        let known = values.iter().copied().flatten();
        let mut panel = run.panel(index, run.label(number), number, known);
        if *number == M {
            // w0 at a critical strength has no gradient; a run that passes one slows down.
            let marks = self.critical.iter();
            let marks = marks.map(|mu| Mark::horizontal(*mu, "A = 0", Some(1)));
            panel.marks.extend(marks);
        }
        let points = self.t.iter().copied().zip(values.iter().copied());
        let mut points: Vec<_> = points.collect();
        // Times may have been asked for in any order.
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
        panel.with_curve(Curve::new("", points, CurveStyle::Line).with_colour(0))
    }

    /// Logarithmic when the search is a small part of the run, or the run of its own fast part.
    fn time_scale(&self) -> Scale {
        let (Some(fast), Some(end)) = (self.fast, self.t.iter().copied().max_by(f64::total_cmp))
        else {
            return Scale::Linear;
        };
        let first = self.exit.unwrap_or(end);
        let fast = fast.min(end);
        if end > LOG_SPAN * first || first > LOG_SPAN * LOG_SPAN * fast {
            Scale::Log
        } else {
            Scale::Linear
        }
    }
}
