//! Loss, overlaps with the teacher, and readouts of a network against time.

use nalgebra::DMatrix;

use super::SolveNetworkReport;
use crate::error::Error;
use crate::output::{
    Axis, Curve, CurveStyle, Figure, Mark, PALETTE, Panel, Scale, suggested_scale,
};
use crate::problem::ProblemOptions;
use crate::study::along_run::{columns, groups, over_time, time_scale};
use crate::study::read::Saved;
use crate::study::saved::options;
use crate::study::words::significant;
use crate::trajectory::network::Plateau;

/// What is drawn; times in the unit asked for.
struct Drawn<'a> {
    options: &'a ProblemOptions,
    t: Vec<f64>,
    loss: Vec<f64>,
    /// Overlaps with the teacher.
    m: Vec<DMatrix<f64>>,
    readout: Vec<Vec<f64>>,
    trained_readout: bool,
    exit: Option<f64>,
    /// From, to and loss of each.
    plateaus: Vec<[f64; 3]>,
    caption: String,
}

pub(super) fn figure(solved: &SolveNetworkReport) -> Figure {
    let at = |t: f64| solved.clock.at(t);
    let plateau = |p: &Plateau| [at(p.from), at(p.to), p.loss];
    Drawn {
        options: &solved.options,
        t: solved.trajectory.t.iter().map(|t| at(*t)).collect(),
        loss: solved.trajectory.loss.clone(),
        m: solved.trajectory.m.clone(),
        readout: solved.trajectory.readout.clone(),
        trained_readout: solved.problem.setup().readout_ratio > 0.0,
        exit: solved
            .ended
            .as_ref()
            .and_then(|ended| ended.run.exit_time.map(at)),
        plateaus: solved.plateaus.iter().map(plateau).collect(),
        caption: solved.origin.caption(),
    }
    .figure()
}

/// The figure of a run that was saved.
///
/// # Errors
/// A file without what its study writes.
pub(crate) fn redrawn(saved: &Saved) -> Result<Figure, Error> {
    let options = options(saved)?;
    let t = saved.all("t")?;
    let column = |name: String| -> Vec<f64> {
        let numbers = saved.numbers(&name).into_iter();
        numbers.map(|x| x.unwrap_or(f64::NAN)).collect()
    };
    let (units, stars) = saved.shape("m", "");
    let entries: Vec<Vec<f64>> = (0..units * stars)
        .map(|k| column(format!("m_{}_{}", k / stars + 1, k % stars + 1)))
        .collect();
    let readouts: Vec<Vec<f64>> = (1..=units)
        .map(|i| column(format!("readout_{i}")))
        .collect();
    let at = |row: usize| DMatrix::from_fn(units, stars, |i, j| entries[i * stars + j][row]);
    let plateaus = saved
        .fact("plateaus")
        .and_then(|all| all.as_array().cloned());
    let plateau = |one: serde_json::Value| {
        let number = |key: &str| one[key].as_f64();
        Some([number("from")?, number("to")?, number("loss")?])
    };
    Ok(Drawn {
        m: (0..t.len()).map(at).collect(),
        readout: (0..t.len())
            .map(|row| readouts.iter().map(|all| all[row]).collect())
            .collect(),
        loss: saved.all("loss")?,
        t,
        trained_readout: options.train_readout.is_some_and(|ratio| ratio > 0.0),
        exit: saved.fact("exit_time").and_then(serde_json::Value::as_f64),
        plateaus: plateaus.into_iter().flatten().filter_map(plateau).collect(),
        caption: saved.caption(),
        options: &options,
    }
    .figure())
}

impl Drawn<'_> {
    fn figure(&self) -> Figure {
        let mut panels = vec![self.losses()];
        let units = self.m.first().map_or(0, DMatrix::nrows);
        for (group, title) in groups(units) {
            panels.push(self.overlaps((panels.len(), &title), group));
        }
        if self.trained_readout {
            panels.push(self.readouts(panels.len()));
        }
        let columns = columns(panels.len());
        Figure::new(panels, columns).with_provenance(&*self.caption)
    }

    fn time_scale(&self) -> Scale {
        let end = self.t.last().copied().unwrap_or(0.0);
        match self.plateaus.is_empty() {
            true => time_scale(self.exit, end),
            false => Scale::Log,
        }
    }

    fn panel(&self, place: (usize, &str), y: Axis) -> Panel {
        let mut panel = over_time(place, (self.options, self.time_scale()), y);
        let exit = self.exit.map(|at| Mark::vertical(at, "exit", None));
        panel.marks.extend(exit);
        panel
    }

    fn curve(&self, label: String, values: impl Iterator<Item = f64>, colour: usize) -> Curve {
        let values = values.map(|x| Some(x).filter(|x| x.is_finite()));
        let points = self.t.iter().copied().zip(values).collect();
        Curve::new(label, points, CurveStyle::Line).with_colour(colour % PALETTE)
    }

    /// The loss, with its plateaus.
    fn losses(&self) -> Panel {
        let scale = suggested_scale(self.loss.iter().copied());
        let mut panel = self.panel((0, "loss"), Axis::new("loss L", scale));
        for [_, _, loss] in &self.plateaus {
            let label = format!("plateau {}", significant(*loss, 4));
            panel.marks.push(Mark::horizontal(*loss, label, Some(1)));
        }
        panel.with_curve(self.curve(String::new(), self.loss.iter().copied(), 0))
    }

    /// Overlaps of some units with the teacher's, a colour for each of these.
    fn overlaps(&self, place: (usize, &str), units: std::ops::Range<usize>) -> Panel {
        let mut panel = self.panel(place, Axis::linear("overlaps with the teacher M"));
        let stars = self.m.first().map_or(0, DMatrix::ncols);
        for (i, j) in units.clone().flat_map(|i| (0..stars).map(move |j| (i, j))) {
            // One legend is enough for all panels.
            let label = match i == 0 && stars > 1 {
                true => format!("teacher unit {}", j + 1),
                false => String::new(),
            };
            let entries = self.m.iter().map(|m| m[(i, j)]);
            panel.curves.push(self.curve(label, entries, j));
        }
        panel
    }

    fn readouts(&self, index: usize) -> Panel {
        let mut panel = self.panel((index, "readouts"), Axis::linear("readouts a"));
        let units = self.readout.first().map_or(0, Vec::len);
        for i in 0..units {
            let values = self.readout.iter().map(|readout| readout[i]);
            let label = format!("student unit {}", i + 1);
            panel.curves.push(self.curve(label, values, i));
        }
        panel
    }
}
