//! From tasks and stages as written to those that are run, checked.

use std::collections::BTreeMap;

use super::options::{HistoryOptions, StageOptions, TaskOptions};
use crate::error::Error;
use crate::model::Model;
use crate::numeral::plain;
use crate::problem::{Dynamics, Problem, ProblemOptions, check_map, check_student, read_link};
use crate::stages::{AngleError, Begin, Directions, History, Stage, Task};

impl HistoryOptions {
    /// The history that is asked for, checked.
    ///
    /// # Errors
    /// A setting that is refused: which one, in which stage, what is allowed.
    pub fn history(&self) -> Result<History, Error> {
        self.check_present()?;
        if self.is_network() {
            let why = "a history of networks (units, rank, readouts, matrices) is none of one unit: in Rust TrainNetwork trains it";
            return Err(Error::Setting(why.to_owned()));
        }
        let tasks = self.named_tasks()?;
        let directions = directions(&self.tasks)?;
        let mut w0 = vec![0.0; tasks.len()];
        for (name, weight) in &self.w0 {
            if !weight.is_finite() {
                let weight = plain(*weight);
                return Err(Error::Setting(format!(
                    "w0 {name} = {weight} is not allowed: a finite number"
                )));
            }
            w0[place(&tasks, name, "w0")?] = *weight;
        }
        let mut stages: Vec<Stage> = Vec::new();
        for (i, asked) in self.stages.iter().enumerate() {
            let stage = stage(asked, &tasks, stages.last());
            stages.push(stage.map_err(|error| error.within(format!("stage {}", i + 1)))?);
        }
        Ok(History {
            tasks,
            directions,
            w0,
            stages,
        })
    }
}

impl HistoryOptions {
    /// The tasks with the links of their teachers and the student.
    ///
    /// # Errors
    /// A link that cannot be read, a name that is none.
    pub(crate) fn named_tasks(&self) -> Result<Vec<Task>, Error> {
        let student = self.student.as_ref().or(self.link.as_ref());
        let student = student.ok_or_else(|| {
            let why =
                "is needed: the student's, and that of tasks without one, as in link = \"erf\"";
            Error::refused("link", why)
        })?;
        let student = read_link("student", student)?;
        let mut tasks = Vec::new();
        for (name, task) in &self.tasks {
            let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
            if name.is_empty() || !name.chars().all(plain) {
                let why =
                    format!("tasks '{name}' is not allowed: a name has letters, digits, - and _");
                return Err(Error::Setting(why));
            }
            let link = task.link.as_ref().or(self.link.as_ref());
            let teacher =
                link.map_or_else(|| Ok(student.clone()), |text| read_link("link", text))?;
            let model = Model::new(teacher, student.clone());
            check_student(&model)?;
            tasks.push(Task {
                name: name.clone(),
                model,
            });
        }
        Ok(tasks)
    }

    /// Refuses a history without a task or a stage.
    pub(super) fn check_present(&self) -> Result<(), Error> {
        let what = match (self.tasks.is_empty(), self.stages.is_empty()) {
            (true, _) => "tasks",
            (false, true) => "stage",
            (false, false) => return Ok(()),
        };
        Err(Error::Setting(format!(
            "{what} is needed: a history has [tasks.NAME], one at least, and [[stage]], one at least"
        )))
    }
}

/// The place of a task that is named.
pub(super) fn place(tasks: &[Task], name: &str, by: &str) -> Result<usize, Error> {
    let found = tasks.iter().position(|task| task.name == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = tasks.iter().map(|task| task.name.as_str()).collect();
        Error::Setting(format!(
            "{by} '{name}' is no task: there are {}",
            names.join(", ")
        ))
    })
}

fn directions(tasks: &BTreeMap<String, TaskOptions>) -> Result<Directions, Error> {
    let names: Vec<&String> = tasks.keys().collect();
    let mut angles: Vec<Vec<Option<f64>>> = (0..names.len()).map(|i| vec![None; i]).collect();
    for (i, (name, task)) in tasks.iter().enumerate() {
        for (other, degrees) in &task.angle {
            let refuse =
                |why: &str| Err(Error::Setting(format!("angle of {name} and {other} {why}")));
            let Some(j) = names.iter().position(|one| *one == other) else {
                return refuse("is not allowed: there is no task of that name");
            };
            if i == j {
                return refuse("is not allowed: it is the same task");
            }
            let known = &mut angles[i.max(j)][i.min(j)];
            if known.is_some() {
                return refuse("is given twice: once is enough");
            }
            *known = Some(*degrees);
        }
    }
    let filled = angles
        .iter()
        .map(|row| row.iter().map(|angle| angle.unwrap_or(90.0)).collect());
    let filled: Vec<Vec<f64>> = filled.collect();
    Directions::at_angles(&filled).map_err(|error| {
        Error::Setting(match error {
            AngleError::Impossible { pair, degrees } => format!(
                "angle of {} and {} = {} is not allowed: no directions have these angles (pairs without an angle \
                 are at 90 degrees)",
                names[pair.0 - 1],
                names[pair.1 - 1],
                plain(degrees)
            ),
            AngleError::Range { .. } => error.to_string(),
        })
    })
}

fn stage(asked: &StageOptions, tasks: &[Task], before: Option<&Stage>) -> Result<Stage, Error> {
    if asked.task.is_empty() {
        let why = "is needed: which one it trains on";
        return Err(Error::refused("task", why));
    }
    let task = place(tasks, &asked.task, "task")?;
    asked.check()?;
    let s0 = asked.problem.s0;
    // The weights are not known yet; s0 is checked against them when they are.
    let bare = ProblemOptions {
        s0: None,
        rho: Some(0.0.into()),
        kappa: Some(0.0.into()),
        ..asked.problem.clone()
    };
    let adapter = bare.adapter.unwrap_or_default();
    let facts = adapter.facts();
    let bare = match facts.no_pretraining {
        Some(_) => ProblemOptions {
            rho: None,
            kappa: None,
            ..bare
        },
        None => bare,
    };
    // Stages of every adapter have a finite-step map.
    let dynamics = bare.dynamics.unwrap_or_default();
    let bare = ProblemOptions {
        dynamics: None,
        ..bare
    };
    let problem: Problem = bare.problem(&tasks[task].model, None)?;
    if dynamics == Dynamics::Map {
        check_map(problem.scaling())?;
    }
    if let Some(s0) = s0.filter(|s0| !facts.is_lora || !s0.is_finite()) {
        let s0 = plain(s0);
        let why = "a number, of a LoRA adapter (spherical or free)";
        let why = format!("= {s0} is not allowed: {why}");
        return Err(Error::refused("s0", why));
    }
    let until = asked.until.check(problem.adapter(), problem.scaling());
    until.map_err(Error::Setting)?;
    let begin = if asked.continues {
        going_on(asked, &problem, before)?
    } else if asked.flip_u {
        let why = "is of a stage that continues: add continue = true, or give u0";
        return Err(Error::refused("flip-u", why));
    } else {
        Begin::Anew { s0 }
    };
    Ok(Stage {
        task,
        problem,
        begin,
        dynamics,
        until: asked.until,
    })
}

/// How a stage goes on with what the one before trained.
fn going_on(
    asked: &StageOptions,
    problem: &Problem,
    before: Option<&Stage>,
) -> Result<Begin, Error> {
    let refuse = |key: &str, why: &str| Err(Error::refused(key, why));
    match before {
        None => return refuse("continue", "is not allowed: there is no stage before"),
        Some(before) if before.problem.adapter() != problem.adapter() => {
            return refuse(
                "continue",
                "is not allowed with another adapter than that of the stage before",
            );
        }
        Some(_) => {}
    }
    if asked.problem.alignment0.is_some() || asked.problem.s0.is_some() {
        return refuse(
            "alignment0",
            "and s0 have no meaning with continue: the direction is there; leave them out",
        );
    }
    let u0 = asked.problem.u0.is_some();
    if asked.flip_u && (u0 || !problem.adapter().is_lora()) {
        return refuse(
            "flip-u",
            "turns the amplitude of a LoRA adapter round: leave it out, or leave out u0",
        );
    }
    Ok(Begin::On {
        u: u0.then(|| problem.start().u),
        flip: asked.flip_u,
    })
}
