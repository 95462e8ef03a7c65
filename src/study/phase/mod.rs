//! One value of a problem over a grid of its parameters.

mod cells;
mod figure;
#[cfg(feature = "cli")]
mod files;
mod parameters;
mod redrawn;
#[cfg(feature = "cli")]
mod room;
#[cfg(feature = "cli")]
mod running;
mod words;

#[cfg(feature = "cli")]
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use cells::{Finished, named, write_json};
pub(crate) use figure::figure;
#[cfg(feature = "cli")]
pub(crate) use files::save;
#[cfg(feature = "cli")]
use files::save_part;
pub(crate) use redrawn::redrawn;
#[cfg(feature = "cli")]
pub(crate) use room::{check_memory, map_of_parts};
#[cfg(feature = "cli")]
use room::{check_room, made};
#[cfg(feature = "cli")]
pub(crate) use running::Running;
#[cfg(feature = "cli")]
use running::cached;
pub(crate) use words::{summary, warnings};

#[cfg(feature = "cli")]
use super::command_words::one_of;
use super::words::interrupted;
use super::{Precision, Report, Study, Work};
use crate::error::Error;
use crate::output::{Figure, Lattice, Table};
use crate::phase::{
    Axis, Boundary, Cell, CellOutcome, Cells, MemoryCells, OUTCOMES, PhaseError, PhaseMap,
    Refinement, Unwritten, boundaries, compute, value,
};
use crate::problem::ProblemOptions;
use crate::watch::Watch;

/// Relative tolerance of the cells of a map: exit times good to 1e-9 at most places and to 5e-8 at 99 of 100 (measured for
/// erf, tanh and He3), to 2.5e-7 at worst, where a run passes close to a saddle; at two thirds of the time of the default.
const RTOL: f64 = 1e-7;
/// What is shown where nothing is asked for.
pub const DEFAULT_VALUE: &str = "exit_time";
/// Largest map that is held in memory by this study.
const MOST: u64 = 10_000_000;

/// A phase diagram over one, two or three axes, in memory.
///
/// ```
/// use lorode::study::{Report, Study, phase::Phase};
/// use lorode::watch::{Cancel, Watch};
///
/// let mut diagram = Phase { x: "mu=0.1:0.9:9".into(), y: Some("angle=0:60:7".into()), ..Phase::default() };
/// (diagram.problem.link, diagram.value) = (vec!["erf".into()], "tau".into());
/// struct Stop(Cancel);
/// impl Watch for Stop {
///     fn advance(&self, _cells: u64) { self.0.set() }
///     fn cancel(&self) -> Cancel { self.0 }
/// }
/// let report = diagram.run(&Stop(Cancel::new()))?;
/// assert!(report.incomplete().is_some() && report.done >= 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
#[cfg_attr(feature = "cli", group(skip))]
#[cfg_attr(feature = "cli", command(next_help_heading = "Diagram"))]
#[serde(deny_unknown_fields, default)]
pub struct Phase {
    /// The problem at every point of the map but for its axes.
    #[cfg_attr(feature = "cli", arg(skip))]
    pub problem: ProblemOptions,
    /// First axis, NAME=GRID: mu, angle, rho, kappa, nu, noise, lr, batch, dim, threshold, chi, decay,
    /// alignment0, u0, or a letter in a link expression
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "AXIS", allow_hyphen_values = true)
    )]
    pub x: String,
    /// Second axis
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "AXIS", allow_hyphen_values = true)
    )]
    pub y: Option<String>,
    /// Third axis: a diagram per value
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "AXIS", allow_hyphen_values = true)
    )]
    pub z: Option<String>,
    /// What is shown
    #[cfg_attr(feature = "cli", arg(long, value_name = "NAME", default_value = DEFAULT_VALUE,
        value_parser = one_of(crate::phase::VALUES.iter().map(|v| (v.number.name, v.number.about)))))]
    pub value: String,
    /// Solve only near boundaries and steep changes; fill in the rest
    #[cfg_attr(feature = "cli", arg(long))]
    pub refine: bool,
    /// Solve every cell; times that change smoothly along a row are otherwise interpolated to the tolerance of the runs
    #[cfg_attr(feature = "cli", arg(long))]
    pub every_cell: bool,
    /// How to integrate.
    #[cfg_attr(feature = "cli", command(flatten))]
    pub precision: Precision,
    /// A folder for the cells, from which the same diagram takes up those that are finished; none: they are kept in
    /// memory. It is made where there is none.
    #[cfg(feature = "cli")]
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<PathBuf>,
}

impl Default for Phase {
    fn default() -> Self {
        Self {
            problem: ProblemOptions::default(),
            x: String::new(),
            y: None,
            z: None,
            value: DEFAULT_VALUE.to_owned(),
            refine: false,
            every_cell: false,
            precision: Precision::default(),
            #[cfg(feature = "cli")]
            cache: None,
        }
    }
}

impl Phase {
    fn is_cached(&self) -> bool {
        #[cfg(feature = "cli")]
        return self.cache.is_some();
        #[cfg(not(feature = "cli"))]
        false
    }

    /// Where the cells of the map are kept.
    fn cells(&self, map: &PhaseMap) -> Result<Arc<dyn Cells>, Error> {
        #[cfg(feature = "cli")]
        if let Some(folder) = &self.cache {
            return Ok(Arc::new(cached(map, &self.parameters().into(), folder)?));
        }
        Ok(Arc::new(MemoryCells::new(map.cells() as usize)))
    }

    /// The map, checked.
    ///
    /// # Errors
    /// Whatever is refused of it.
    pub(crate) fn map(&self) -> Result<PhaseMap, Error> {
        let given = [Some(&self.x), self.y.as_ref(), self.z.as_ref()];
        let axes = given.into_iter().flatten();
        let axes: Vec<Axis> = axes.map(|axis| axis.parse()).collect::<Result<_, _>>()?;
        if self.z.is_some() && self.y.is_none() {
            return Err(Error::refused("z", "is a third axis: give y as well"));
        }
        if self.refine && self.every_cell {
            let why = "fills cells in, every-cell does not: give one of them";
            return Err(Error::refused("refine", why));
        }
        let shown = value(&self.value)?;
        let tolerances = self.precision.tolerances_with(RTOL, Default::default())?;
        let map = PhaseMap::new(self.problem.clone(), axes, shown, tolerances)?;
        Ok(map.with_every_cell(self.every_cell))
    }
}

/// A map that is being computed.
pub struct PhaseWork {
    map: Arc<PhaseMap>,
    cells: Arc<dyn Cells>,
    /// Whether these are in a file.
    cached: bool,
    unwritten: Unwritten,
    ended: OnceLock<(Option<Refinement>, Vec<Boundary>)>,
    parameters: Value,
    refine: bool,
}

/// A phase diagram, whole or as far as it came.
#[derive(Clone)]
pub struct PhaseReport {
    /// Axes and value.
    pub map: Arc<PhaseMap>,
    /// The cells, x running fastest.
    pub cells: Arc<dyn Cells>,
    /// Cells that are finished.
    pub done: u64,
    /// Lines on the map: critical strengths, borders.
    pub boundaries: Vec<Boundary>,
    /// What was filled in, of a refined map.
    pub refinement: Option<Refinement>,
    parameters: Value,
    incomplete: Option<String>,
}

impl Study for Phase {
    const NAME: &'static str = "phase";
    type Work = PhaseWork;

    fn begin(&self) -> Result<PhaseWork, Error> {
        let map = self.map()?;
        if map.cells() > MOST {
            let cells = map.cells();
            let why = format!("a map of {cells} cells is not held in memory: choose coarser axes");
            return Err(Error::Setting(why));
        }
        Ok(PhaseWork {
            cells: self.cells(&map)?,
            cached: self.is_cached(),
            map: Arc::new(map),
            unwritten: Unwritten::default(),
            ended: OnceLock::new(),
            parameters: self.parameters().into(),
            refine: self.refine,
        })
    }
}

impl Work for PhaseWork {
    type Report = PhaseReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        self.map.ended_by(progress.cancel());
        let (map, cells) = (&*self.map, &*self.cells);
        let computed = match self.refine {
            true => map
                .compute_refined(cells, progress, &self.unwritten)
                .map(Some),
            false => compute(map, cells, progress, &self.unwritten).map(|()| None),
        };
        let lines = |refinement| Ok((refinement, boundaries(map, cells, progress)?));
        match computed.and_then(lines) {
            Ok(ended) => {
                let _once = self.ended.set(ended);
                Ok(())
            }
            Err(PhaseError::Interrupted { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn parameters(&self) -> Value {
        self.parameters.clone()
    }

    fn report(&self) -> Option<PhaseReport> {
        let done = self.unwritten.done();
        let kept = self.unwritten.write(&*self.cells);
        let cells: Arc<dyn Cells> = match self.cached {
            // Who holds a report does not hold the file.
            true => Arc::new(MemoryCells::of(&*self.cells).ok()?),
            false => Arc::clone(&self.cells),
        };
        let ended = self.ended.get().cloned();
        let all = self.cells.own_cells();
        let why = || interrupted(done as usize, all as usize, "cell");
        let (refinement, boundaries) = ended.clone().unwrap_or_default();
        (done > 0 && kept.is_ok()).then(|| PhaseReport {
            map: self.map.clone(),
            cells,
            done,
            boundaries,
            refinement,
            parameters: self.parameters.clone(),
            incomplete: ended.is_none().then(why),
        })
    }
}

impl PhaseReport {
    /// The value of every cell, x running fastest: NaN where there is none or none yet, infinite where it is.
    pub fn values(&self) -> Vec<f64> {
        let units = (0..self.cells.units_of_map()).filter_map(|unit| self.cells.read(unit).ok());
        let value = |cell: Option<Cell>| match cell {
            Some(cell) if cell.infinite => f64::INFINITY,
            cell => cell.and_then(|cell| cell.value).unwrap_or(f64::NAN),
        };
        units.flatten().map(value).collect()
    }

    fn finished(&self) -> Finished<'_> {
        Finished {
            map: &self.map,
            file: &*self.cells,
            parameters: &self.parameters,
            refinement: self.refinement,
        }
    }

    /// Has the writers of a lattice read the cells.
    fn with_lattice<T>(&self, work: impl FnOnce(&Lattice<'_>) -> T) -> T {
        let finished = self.finished();
        let metadata = finished.metadata(self.incomplete.as_deref());
        let words = OUTCOMES.map(CellOutcome::word);
        work(&Lattice {
            axes: named(&self.map),
            name: self.map.value().number.name,
            words: &words,
            metadata: &metadata,
            read: &|first, count| finished.some_cells(first, count),
        })
    }
}

impl Report for PhaseReport {
    fn incomplete(&self) -> Option<String> {
        self.incomplete.clone()
    }

    fn json(&self) -> Value {
        let mut text = Vec::new();
        let written = self.with_lattice(|lattice| {
            write_json(&mut text, &self.finished(), lattice, &self.boundaries)
        });
        // Cells in memory can be read, and what was written is JSON.
        let read = written
            .ok()
            .and_then(|()| serde_json::from_slice(&text).ok());
        read.unwrap_or_else(|| self.finished().metadata(self.incomplete.as_deref()))
    }

    fn table(&self) -> Table {
        self.with_lattice(|lattice| lattice.table().unwrap_or_default())
    }

    fn figure(&self) -> Option<Figure> {
        match self.incomplete {
            Some(_) => None,
            None => figure(&self.finished(), &self.boundaries).ok(),
        }
    }

    fn summary(&self) -> String {
        match self.incomplete {
            Some(_) => String::new(),
            None => summary(&self.finished(), &self.boundaries).unwrap_or_default(),
        }
    }

    fn warnings(&self) -> Vec<String> {
        warnings(&self.map)
    }
}
