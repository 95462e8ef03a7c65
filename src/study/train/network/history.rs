//! From tasks and stages as written to a history of networks, checked.

use nalgebra::DMatrix;

use super::super::history::place;
use super::super::options::{HistoryOptions, StageOptions, TaskOptions};
use crate::error::Error;
use crate::model::Model;
use crate::numeral::plain;
use crate::problem::network::{Matrix, NetworkError, NetworkSetup};
use crate::problem::{ProblemError, ProblemOptions};
use crate::stages::Task;
use crate::stages::network::{NetworkHistory, NetworkStage, NetworkTask, TaskSpace};

/// Most units of a network.
const MOST: f64 = 1000.0;

impl HistoryOptions {
    /// The history of networks that is asked for, checked.
    ///
    /// # Errors
    /// A setting that is refused: which one, in which stage, what is allowed.
    pub fn network_history(&self) -> Result<NetworkHistory, Error> {
        self.check_present()?;
        let named = self.named_tasks()?;
        let sizes = sizes(self)?;
        let units = units(self)?;
        let gram = overlaps(self, &sizes)?;
        let space = TaskSpace::of_overlaps(&sizes, &gram).map_err(|error| match error {
            NetworkError::NotGram { eigenvalue, .. } => Error::Setting(format!(
                "the units of all tasks have overlaps that no vectors have: their Gram matrix has the eigenvalue {} (angle, \
                 overlaps, overlaps-with)",
                plain(eigenvalue)
            )),
            other => ProblemError::from(other).into(),
        })?;
        let mut stages: Vec<NetworkStage> = Vec::new();
        for (i, asked) in self.stages.iter().enumerate() {
            let stage = stage((self, asked), (&named, &sizes, units), stages.last());
            stages.push(stage.map_err(|error| error.within(format!("stage {}", i + 1)))?);
        }
        let w0 = weights(self, (&named, units), &space)?;
        let readout = |task: usize| {
            let options = network_of(
                self,
                (task, &named),
                (&sizes, units),
                ProblemOptions::default(),
            );
            let problem = options.network_problem(&named[task].model, None)?;
            let setup = problem.setup();
            Ok((setup.teacher_readout.clone(), setup.readout.clone()))
        };
        let readouts: Vec<_> = (0..named.len())
            .map(readout)
            .collect::<Result<_, ProblemError>>()?;
        let tasks = named
            .iter()
            .zip(&readouts)
            .map(|(task, (readout, _))| NetworkTask {
                name: task.name.clone(),
                model: task.model.clone(),
                readout: readout.clone(),
            });
        let history = NetworkHistory {
            tasks: tasks.collect(),
            readout: readouts[0].1.clone(),
            space,
            w0,
            stages,
        };
        let first = history.check_first();
        first.map_err(|error| Error::from(error).within("stage 1".to_owned()))?;
        Ok(history)
    }
}

/// The weights before the first stage: unit `i` in multiples of unit `i mod K*` of each task.
fn weights(
    options: &HistoryOptions,
    (named, units): (&[Task], usize),
    space: &TaskSpace,
) -> Result<DMatrix<f64>, Error> {
    let mut w0 = DMatrix::zeros(units, space.dim());
    for (name, weight) in &options.w0 {
        if !weight.is_finite() {
            let weight = plain(*weight);
            return Err(Error::Setting(format!(
                "w0 {name} = {weight} is not allowed: a finite number"
            )));
        }
        let teachers = space.units(place(named, name, "w0")?);
        for i in 0..units {
            let mut row = w0.row_mut(i);
            row += teachers.row(i % teachers.nrows()) * *weight;
        }
    }
    Ok(w0)
}

/// A number of units.
fn whole(name: &str, value: f64) -> Result<usize, Error> {
    if value.fract() == 0.0 && (1.0..=MOST).contains(&value) {
        return Ok(value as usize);
    }
    let value = plain(value);
    Err(Error::refused(
        name,
        format!("= {value} is not allowed: a network has a whole number of units from 1 to 1000"),
    ))
}

/// `K`.
fn units(options: &HistoryOptions) -> Result<usize, Error> {
    let given = crate::problem::single("units", &options.units)?;
    let readouts = options.student_readout.as_ref();
    let readouts = readouts.map(|all| all.values().len() as f64);
    whole("units", given.or(readouts).unwrap_or(1.0))
}

/// `K*` of every task.
fn sizes(options: &HistoryOptions) -> Result<Vec<usize>, Error> {
    let of = |(name, task): (&String, &TaskOptions)| {
        let given = crate::problem::single("units", &task.units)?;
        let rows = |matrix: &Matrix| matrix.numbers().nrows() as f64;
        let size = given
            .or(task.overlaps.as_ref().map(rows))
            .or(task.readout.as_ref().map(|all| all.values().len() as f64))
            .or(task.overlaps_with.values().next().map(rows));
        whole("units", size.unwrap_or(1.0)).map_err(|error| error.within(format!("tasks {name}")))
    };
    options.tasks.iter().map(of).collect()
}

/// The Gram matrix of the units of all tasks.
fn overlaps(options: &HistoryOptions, sizes: &[usize]) -> Result<DMatrix<f64>, Error> {
    let first: Vec<usize> = (0..sizes.len()).map(|i| sizes[..i].iter().sum()).collect();
    let all: usize = sizes.iter().sum();
    let mut gram = DMatrix::identity(all, all);
    let names: Vec<&String> = options.tasks.keys().collect();
    let mut known = vec![vec![false; names.len()]; names.len()];
    for (i, (name, task)) in options.tasks.iter().enumerate() {
        if let Some(own) = &task.overlaps {
            let what = format!("overlaps of tasks {name}");
            let block = sized(&what, own, (sizes[i], sizes[i]))?;
            gram.view_mut((first[i], first[i]), block.shape())
                .copy_from(block);
        }
        let crossed = task.overlaps_with.iter().map(|(other, m)| (other, Some(m)));
        let turned = task.angle.keys().map(|other| (other, None));
        for (other, matrix) in crossed.chain(turned) {
            let refuse = |why: &str| {
                Err(Error::Setting(format!(
                    "overlaps of {name} and {other} {why}"
                )))
            };
            let Some(j) = names.iter().position(|one| *one == other) else {
                return refuse("are not allowed: there is no task of that name");
            };
            if i == j {
                return refuse("are not allowed: it is the same task");
            }
            if std::mem::replace(&mut known[i.max(j)][i.min(j)], true) {
                return refuse("are given twice: once, by angle or overlaps-with, is enough");
            }
            let block = match matrix {
                Some(matrix) => {
                    let what = format!("overlaps-with {other} of tasks {name}");
                    sized(&what, matrix, (sizes[i], sizes[j]))?.clone()
                }
                None => at_angle(task.angle[other], (sizes[i], sizes[j]))?,
            };
            let mut place = gram.view_mut((first[i], first[j]), block.shape());
            place.copy_from(&block);
            let mut place = gram.view_mut((first[j], first[i]), (sizes[j], sizes[i]));
            place.copy_from(&block.transpose());
        }
    }
    Ok(gram)
}

fn sized<'a>(
    what: &str,
    matrix: &'a Matrix,
    (rows, columns): (usize, usize),
) -> Result<&'a DMatrix<f64>, Error> {
    let numbers = matrix.numbers();
    if numbers.shape() == (rows, columns) {
        return Ok(numbers);
    }
    let (given, other) = numbers.shape();
    Err(Error::Setting(format!(
        "{what} is {given} x {other}, and has to be {rows} x {columns}: a row for each unit of the task, a column for each of \
         the other"
    )))
}

/// Unit `j` of the one at an angle with unit `j` of the other, orthogonal to the rest.
fn at_angle(degrees: f64, (rows, columns): (usize, usize)) -> Result<DMatrix<f64>, Error> {
    if !(0.0..=180.0).contains(&degrees) {
        let degrees = plain(degrees);
        return Err(Error::Setting(format!(
            "angle = {degrees} is not allowed: degrees in [0, 180]"
        )));
    }
    let cosine = match degrees {
        90.0 => 0.0,
        _ => degrees.to_radians().cos(),
    };
    let entry = |i: usize, j: usize| if i == j { cosine } else { 0.0 };
    Ok(DMatrix::from_fn(rows, columns, entry))
}

/// The options of a network on a task, from keys that are of a stage. Pre-trained weights are not known yet: none.
fn network_of(
    all: &HistoryOptions,
    (task, named): (usize, &[Task]),
    (sizes, units): (&[usize], usize),
    own: ProblemOptions,
) -> ProblemOptions {
    let facts = own.adapter.unwrap_or_default().facts();
    let asked = &all.tasks[&named[task].name];
    let none = |rows: usize, columns: usize| {
        let zeros = vec![vec![0.0; columns]; rows];
        Matrix::of_rows(&zeros)
            .ok()
            .filter(|_| facts.no_pretraining.is_none())
    };
    ProblemOptions {
        units: Some((units as f64).into()),
        teacher_units: Some((sizes[task] as f64).into()),
        teacher_overlaps: asked.overlaps.clone(),
        teacher_readout: asked.readout.clone(),
        student_readout: all.student_readout.clone(),
        readout: all.readout,
        pretraining_m: none(units, sizes[task]),
        pretraining_q: none(units, units),
        ..own
    }
}

/// The keys of a stage; what goes on has the rank of the stage before, where none is given.
fn own_options(asked: &StageOptions, before: Option<&NetworkStage>) -> ProblemOptions {
    let mut own = asked.problem.clone();
    let before = before.filter(|before| asked.continues && before.setup.adapter.is_lora());
    let before = before.filter(|before| before.setup.adapter == own.adapter.unwrap_or_default());
    if let (None, Some(before)) = (&own.rank, before) {
        own.rank = Some((before.setup.rank as f64).into());
    }
    own
}

/// The setup of a stage. The weights that it finds are not known yet, so that `s` is held against them when it begins.
fn setup(options: &ProblemOptions, model: &Model) -> Result<NetworkSetup, ProblemError> {
    let without = ProblemOptions {
        start_s: None,
        ..options.clone()
    };
    let mut setup = without.network_problem(model, None)?.setup().clone();
    let s = options.start_s.as_ref();
    if let (Some(_), false) = (s, setup.adapter.is_lora()) {
        // It has no meaning there, which is said.
        return Ok(options.network_problem(model, None)?.setup().clone());
    }
    setup.start.s = s.map(|s| s.numbers().clone());
    let sizes = (setup.rank, setup.frame.units());
    setup.start.check_s(sizes).map_err(ProblemError::from)?;
    Ok(setup)
}

fn stage(
    (all, asked): (&HistoryOptions, &StageOptions),
    (named, sizes, units): (&[Task], &[usize], usize),
    before: Option<&NetworkStage>,
) -> Result<NetworkStage, Error> {
    if asked.task.is_empty() {
        let why = "is needed: which one it trains on";
        return Err(Error::refused("task", why));
    }
    let task = place(named, &asked.task, "task")?;
    asked.check()?;
    let own = own_options(asked, before);
    let options = network_of(all, (task, named), (sizes, units), own);
    let setup = setup(&options, &named[task].model)?;
    let until = asked.until.check(setup.adapter, &setup.scaling);
    until.map_err(Error::Setting)?;
    if asked.until.alignment.is_some_and(|x| x >= 1.0) {
        let why = "until alignment is not allowed: of a network it is a cosine, a number in (0, 1)";
        return Err(Error::Setting(why.to_owned()));
    }
    let refuse = |key: &str, why: &str| Err(Error::refused(key, why));
    if asked.continues {
        match before {
            None => return refuse("continue", "is not allowed: there is no stage before"),
            Some(before)
                if (before.setup.adapter, before.setup.rank) != (setup.adapter, setup.rank) =>
            {
                return refuse(
                    "continue",
                    "is not allowed with another adapter, or rank, than that of the stage before",
                );
            }
            Some(_) => {}
        }
        let own = &asked.problem;
        let start = [
            &own.start_u,
            &own.start_alignment,
            &own.start_s,
            &own.start_c,
        ];
        if start
            .into_iter()
            .chain([&own.start_m, &own.start_q])
            .any(Option::is_some)
        {
            return refuse(
                "start",
                "has no meaning with continue: what is trained is there; leave it out",
            );
        }
    }
    if asked.flip_u && !(asked.continues && setup.adapter.is_lora()) {
        return refuse(
            "flip-u",
            "is of a LoRA adapter that continues: add continue = true, or leave it out",
        );
    }
    Ok(NetworkStage {
        task,
        setup,
        continues: asked.continues,
        flip: asked.flip_u,
        until: asked.until,
    })
}
