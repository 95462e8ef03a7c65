//! A problem, its axes and a value: what a cell is.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::axis::{Axis, Target, check_axes};
use super::cell::{Cell, CellOutcome};
use super::error::PhaseError;
use super::network;
use super::optimum::{OptimumGoal, Trials, find_optimum};
use super::value::Value;
use crate::integrator::Tolerances;
use crate::link::Link;
use crate::model::Model;
use crate::numeral::plain;
use crate::problem::{Dynamics, PreTraining, Problem, ProblemError, ProblemOptions, Setup};
use crate::sweep::time_factor;
use crate::trajectory::FlowError;
use crate::watch::{Cancel, Watch};

/// Most cells of a map: their places must be countable in a file.
pub(super) const MOST_CELLS: u64 = 1 << 40;

/// Steps after which a cell counts as failed, unless others are asked for: a run takes about a hundred, but one that starts on the
/// stable manifold of a saddle, as points on a boundary do, may creep along it for ever.
const MOST_STEPS: usize = 20_000;

/// A value of a problem over up to three axes, x first.
pub struct PhaseMap {
    options: ProblemOptions,
    texts: (String, String),
    axes: Vec<Axis>,
    value: &'static Value,
    /// Whether its problems are networks.
    pub(super) is_network: bool,
    tolerances: Tolerances,
    cancel: OnceLock<Cancel>,
    /// Whether no cell is interpolated.
    every_cell: bool,
    /// The links and averages of all cells, when no axis is a coefficient of a link.
    shared: Option<Model>,
    /// Shortest exit times, by the coordinates beside mu.
    best: Mutex<HashMap<Vec<u64>, Option<f64>>>,
}

/// The pair that a thread used last: neighbours share it when an axis is a coefficient.
#[derive(Default)]
pub(super) struct PairMemory(Option<(Vec<u64>, Model)>);

/// One point of a map, ready to be evaluated.
pub struct Point<'a> {
    pub(super) problem: &'a Problem,
    pub(super) tolerances: &'a Tolerances,
    /// From ODE time to the unit of the output.
    pub(super) time_factor: f64,
    map: &'a PhaseMap,
    coordinates: &'a [f64],
}

impl PhaseMap {
    /// Checks axes, value and the problems at the corners.
    ///
    /// # Errors
    /// [`PhaseError`]: what is wrong and what to do.
    pub fn new(
        options: ProblemOptions,
        axes: Vec<Axis>,
        value: &'static Value,
        tolerances: Tolerances,
    ) -> Result<Self, PhaseError> {
        let texts = pair_texts(&options)?;
        let filled = |text: &str| {
            options.filled(text).map_err(|error| PhaseError::Problem {
                place: "link".to_owned(),
                error: Box::new(error),
            })
        };
        let texts = (filled(&texts.0)?, filled(&texts.1)?);
        check_axes(&axes, &options, &texts)?;
        // One unit is a network too where others have more.
        let is_network = options.is_network() || axes.iter().any(|axis| axis.of_networks(&options));
        let mut map = Self {
            is_network,
            options,
            texts,
            axes,
            value,
            tolerances: Tolerances {
                max_steps: tolerances.max_steps.or(Some(MOST_STEPS)),
                ..tolerances
            },
            cancel: OnceLock::new(),
            every_cell: false,
            shared: None,
            best: Mutex::new(HashMap::new()),
        };
        if map.cells() > MOST_CELLS {
            return Err(PhaseError::Absent {
                axis: format!("room for {} cells", map.cells()),
                reason: "choose coarser axes".to_owned(),
            });
        }
        let coefficients = |axis: &Axis| matches!(axis.target, Target::Coefficient(_));
        if !map.axes.iter().any(coefficients) {
            let model = map.filled(&[]).map_err(|error| PhaseError::Problem {
                place: "link".to_owned(),
                error: Box::new(error),
            })?;
            map.shared = Some(model);
        }
        map.check_corners()?;
        Ok(map)
    }

    /// The same map, all of whose cells are solved if that is asked for: otherwise long smooth rows of times are
    /// interpolated to the tolerance of the runs.
    pub fn with_every_cell(self, every_cell: bool) -> Self {
        Self { every_cell, ..self }
    }

    /// The relative tolerance to which its rows are interpolated, where they are: those of times of runs of the flow.
    pub(super) fn interpolates(&self) -> Option<f64> {
        let flow = self.options.dynamics != Some(Dynamics::Map);
        let is_time = flow && !self.is_network && self.value.is_smooth();
        let along = self.axes.get(usize::from(self.is_column_wise()));
        let even = along.is_some_and(|axis| !axis.is_whole());
        (is_time && even && !self.every_cell).then_some(self.tolerances.rtol)
    }

    /// Has the switch end the evaluation of any point; the first one given stays.
    pub fn ended_by(&self, cancel: Cancel) {
        let _first_stays = self.cancel.set(cancel);
    }

    /// Every corner must be a problem that has the value.
    fn check_corners(&self) -> Result<(), PhaseError> {
        for corner in 0..1_usize << self.axes.len() {
            let coordinates: Vec<f64> = self
                .axes
                .iter()
                .enumerate()
                .map(|(i, axis)| {
                    let values = axis.values();
                    values[if corner >> i & 1 == 1 {
                        values.len() - 1
                    } else {
                        0
                    }]
                })
                .collect();
            let refuse = |error| PhaseError::Problem {
                place: self.place(&coordinates),
                error: Box::new(error),
            };
            let model = self.filled(&coordinates).map_err(refuse)?;
            if self.is_network {
                network::check((self, &model), &coordinates)?;
                continue;
            }
            let options = self.options_at(&coordinates);
            let problem = posed(&options, &model).map_err(refuse)?;
            let of = (problem.scaling(), problem.model());
            time_factor(&options, of).map_err(refuse)?;
            let flow = "in maps, which are of gradient flow";
            problem.refuse_friction(flow).map_err(refuse)?;
            if let Some(what) = (self.value.lacks)(&problem) {
                return Err(PhaseError::Absent {
                    axis: self.value.number.name.to_owned(),
                    reason: format!("it needs {what}"),
                });
            }
        }
        Ok(())
    }

    /// The axes, x first.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// What is shown.
    pub fn value(&self) -> &'static Value {
        self.value
    }

    /// The options of all cells.
    pub fn options(&self) -> &ProblemOptions {
        &self.options
    }

    /// Number of cells.
    pub fn cells(&self) -> u64 {
        let lengths = self.axes.iter().map(|axis| axis.values().len() as u64);
        lengths.fold(1, u64::saturating_mul)
    }

    /// Coordinates of a cell; x runs fastest.
    pub fn coordinates(&self, mut cell: u64) -> Vec<f64> {
        self.axes
            .iter()
            .map(|axis| {
                let length = axis.values().len() as u64;
                let index = (cell % length) as usize;
                cell /= length;
                axis.values()[index]
            })
            .collect()
    }

    /// Whether the first axis is a coefficient of a link, so that cells in a column share one.
    pub fn is_column_wise(&self) -> bool {
        let coefficient = |i: usize| {
            let axis = self.axes.get(i);
            axis.is_some_and(|a| matches!(a.target, Target::Coefficient(_)))
        };
        coefficient(0) && !coefficient(1) && self.axes.len() > 1
    }

    /// The value at any coordinates, on the grid or not. A run that fails is a failed cell.
    ///
    /// # Errors
    /// When there is no problem at these coordinates.
    pub fn evaluate(&self, coordinates: &[f64]) -> Result<Cell, PhaseError> {
        self.evaluate_with(coordinates, &mut PairMemory::default())
    }

    pub(super) fn evaluate_with(
        &self,
        coordinates: &[f64],
        memory: &mut PairMemory,
    ) -> Result<Cell, PhaseError> {
        let found = self.found(coordinates, memory)?;
        Ok(found.unwrap_or(Cell::new(None, CellOutcome::Failed)))
    }

    /// Why the run at these coordinates fails; `None` when it does not.
    pub fn failure(&self, coordinates: &[f64]) -> Option<String> {
        let found = self.found(coordinates, &mut PairMemory::default());
        let failed = |found: Result<Cell, FlowError>| found.err().map(|error| error.to_string());
        found.map_or_else(|error| Some(error.to_string()), failed)
    }

    /// The value at these coordinates, or why its run fails.
    fn found(
        &self,
        coordinates: &[f64],
        memory: &mut PairMemory,
    ) -> Result<Result<Cell, FlowError>, PhaseError> {
        if self.is_network {
            let refuse = |error| PhaseError::Problem {
                place: self.place(coordinates),
                error: Box::new(error),
            };
            let model = self.model(coordinates, memory).map_err(refuse)?;
            return network::find((self, &model), coordinates);
        }
        self.at(coordinates, memory, |point| (self.value.find)(point))
    }

    /// As they are given, with the switch that ends a run.
    pub(super) fn tolerances(&self) -> Tolerances {
        Tolerances {
            cancel: self.cancel.get().copied().unwrap_or_default(),
            ..self.tolerances
        }
    }

    /// Does something at a point.
    pub(super) fn at<T>(
        &self,
        coordinates: &[f64],
        memory: &mut PairMemory,
        work: impl FnOnce(&Point<'_>) -> T,
    ) -> Result<T, PhaseError> {
        let refuse = |error| PhaseError::Problem {
            place: self.place(coordinates),
            error: Box::new(error),
        };
        let model = self.model(coordinates, memory).map_err(refuse)?;
        let options = self.options_at(coordinates);
        let problem = posed(&options, &model).map_err(refuse)?;
        let tolerances = self.tolerances();
        Ok(work(&Point {
            problem: &problem,
            tolerances: &tolerances,
            time_factor: time_factor(&options, (problem.scaling(), problem.model()))
                .map_err(refuse)?,
            map: self,
            coordinates,
        }))
    }

    fn model(&self, coordinates: &[f64], memory: &mut PairMemory) -> Result<Model, ProblemError> {
        if let Some(shared) = &self.shared {
            return Ok(shared.clone());
        }
        let axes = self.axes.iter().zip(coordinates);
        let key: Vec<u64> = axes
            .filter(|(axis, _)| matches!(axis.target, Target::Coefficient(_)))
            .map(|(_, value)| value.to_bits())
            .collect();
        match &memory.0 {
            Some((known, model)) if *known == key => Ok(model.clone()),
            _ => {
                let model = self.filled(coordinates)?;
                memory.0 = Some((key, model.clone()));
                Ok(model)
            }
        }
    }

    /// The model with the coefficients of a cell.
    fn filled(&self, coordinates: &[f64]) -> Result<Model, ProblemError> {
        let fill = |argument: &'static str, text: &str| -> Result<Link, ProblemError> {
            let mut text = text.to_owned();
            for (axis, value) in self.axes.iter().zip(coordinates) {
                if let Target::Coefficient(letter) = &axis.target {
                    text = self.options.with_letter(text, letter, *value);
                }
            }
            self.options.read(argument, &text)
        };
        let paired = self.options.link.is_empty();
        Ok(Model::new(
            fill(if paired { "teacher" } else { "link" }, &self.texts.0)?,
            fill(if paired { "student" } else { "link" }, &self.texts.1)?,
        ))
    }

    pub(super) fn options_at(&self, coordinates: &[f64]) -> ProblemOptions {
        let mut options = self.options.clone();
        for (axis, value) in self.axes.iter().zip(coordinates) {
            axis.apply(&mut options, *value);
        }
        options
    }

    /// Coordinates in words.
    pub(super) fn place(&self, coordinates: &[f64]) -> String {
        let parts = self.axes.iter().zip(coordinates);
        let words: Vec<String> = parts
            .map(|(axis, value)| format!("{} = {}", axis.name(), plain(*value)))
            .collect();
        words.join(", ")
    }
}

impl Point<'_> {
    /// The shortest exit time over aligned `mu`, all else as here; found once for all cells that
    /// differ in mu only.
    pub(super) fn best_exit_time(&self) -> Result<Option<f64>, FlowError> {
        let axes = self.map.axes.iter().zip(self.coordinates);
        let key: Vec<u64> = axes
            .filter(|(axis, _)| axis.name() != "mu")
            .map(|(_, value)| value.to_bits())
            .collect();
        let lock = || self.map.best.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&key) {
            return Ok(*known);
        }
        let family = |mu: f64| {
            Problem::new(Setup {
                pretraining: PreTraining::aligned(mu)?,
                ..self.problem.setup().clone()
            })
        };
        let watched: (&dyn Watch, _) = (&self.tolerances.cancel, &Trials::default());
        let found = find_optimum(&family, OptimumGoal::Exit, None, watched, None)?;
        let best = found.map(|optimum| optimum.value);
        lock().insert(key, best);
        Ok(best)
    }
}

/// The problem of the options of a cell.
fn posed(options: &ProblemOptions, model: &Model) -> Result<Problem, ProblemError> {
    let mu = options.mu.as_ref().and_then(|grid| grid.single());
    options.problem(model, mu)
}

/// The texts of the one link pair of a map.
fn pair_texts(options: &ProblemOptions) -> Result<(String, String), PhaseError> {
    let absent = |reason: &str| {
        Err(PhaseError::Absent {
            axis: "link pair".to_owned(),
            reason: reason.to_owned(),
        })
    };
    match (
        &options.link[..],
        &options.teacher[..],
        &options.student[..],
    ) {
        ([link], [], []) => Ok((link.clone(), link.clone())),
        ([], [teacher], [student]) => Ok((teacher.clone(), student.clone())),
        ([], [], []) => absent("give --link, or --teacher and --student"),
        _ => absent("a diagram takes one: one --link, or one --teacher and one --student"),
    }
}
