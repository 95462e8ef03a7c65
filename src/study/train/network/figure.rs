//! The loss on every task with the stages shaded, the cosine, and the overlaps with the units of every task.

use super::TrainNetworkReport;
use crate::observable::M;
use crate::output::{Axis, Curve, CurveStyle, Figure, PALETTE, Panel, Scale, Stretch};
use crate::stages::network::NetworkInstant;
use crate::study::along_run::columns;
use crate::study::provenance::caption;
use crate::study::train::figure::axis;

/// Curves of one panel, at most: more units are not told apart.
const MOST: usize = 64;

pub(super) fn figure(report: &TrainNetworkReport) -> Figure {
    let tasks = &report.history.tasks;
    let losses: Vec<_> = (0..tasks.len())
        .map(|k| (tasks[k].name.clone(), k, line(report, move |at| at.loss[k])))
        .collect();
    let all = losses
        .iter()
        .flat_map(|(_, _, line)| line.iter().filter_map(|point| point.1));
    let mut panels = vec![panel(report, "(a)", axis("population loss L", true, all))];
    panels[0].curves = losses.into_iter().map(curve).collect();
    let mut cosine = panel(
        report,
        "(b)",
        Axis::linear("largest cosine with the teachers"),
    );
    let values = line(report, |at| at.seen.cosine);
    cosine.curves = vec![curve((String::new(), 0, values))];
    panels.push(cosine);
    for (k, task) in tasks.iter().enumerate() {
        let letter = char::from(b'a' + (panels.len() % 26) as u8);
        let title = format!("({letter}) {}", task.name);
        let mut of_task = panel(report, &title, Axis::linear(M.label));
        let (units, stars) = (report.history.w0.nrows(), task.readout.len());
        let entries = (0..units).flat_map(|i| (0..stars).map(move |j| (i, j)));
        for (i, j) in entries.take(MOST) {
            let label = match i == 0 && stars > 1 {
                true => format!("teacher unit {}", j + 1),
                false => String::new(),
            };
            let values = line(report, move |at| at.m[k][i][j]);
            of_task.curves.push(curve((label, j, values)));
        }
        panels.push(of_task);
    }
    let across = columns(panels.len());
    Figure::new(panels, across).with_provenance(caption("train", &report.parameters))
}

type Line = Vec<(f64, Option<f64>)>;

/// A number along all stages, broken between them.
fn line(report: &TrainNetworkReport, value: impl Fn(&NetworkInstant) -> f64) -> Line {
    let mut points = Vec::new();
    for (i, run) in report.runs.iter().enumerate() {
        points.extend(
            run.course
                .iter()
                .map(|at| (report.shown(i, at.t), Some(value(at)))),
        );
        points.push((report.shown(i, run.t), None));
    }
    points
}

fn curve((label, colour, points): (String, usize, Line)) -> Curve {
    Curve::new(label, points, CurveStyle::Line).with_colour(colour % PALETTE)
}

/// A panel over time with the stages shaded.
fn panel(report: &TrainNetworkReport, title: &str, y: Axis) -> Panel {
    let unit = match report.in_samples() {
        true => "samples",
        false => "t",
    };
    let x = Axis::new(format!("time [{unit}]"), Scale::Linear);
    let mut panel = Panel::new(title, x, y);
    let stage = |(i, run): (usize, &crate::stages::network::NetworkStageRun)| Stretch {
        from: report.shown(i, 0.0),
        to: report.shown(i, run.t),
        label: match title {
            "(a)" => format!("{} {}", i + 1, report.task(i)),
            _ => String::new(),
        },
        shaded: i % 2 == 1,
    };
    panel.stretches = report.runs.iter().enumerate().map(stage).collect();
    panel
}

impl TrainNetworkReport {
    /// Whether every stage counts samples.
    fn in_samples(&self) -> bool {
        self.before(self.runs.len()).1.is_some()
    }

    /// A time of a stage at its place on the axis.
    fn shown(&self, stage: usize, t: f64) -> f64 {
        let (before, samples) = self.before(stage);
        match (self.in_samples(), samples, self.counted(stage, t)[1]) {
            (true, Some(before), Some(more)) => before + more,
            _ => before + t,
        }
    }
}
