//! A history of networks by SGD (docs/simulation.md, "Networks"): the frame of a stage holds the units of all teachers and
//! the weights that it finds.

use serde::{Deserialize, Serialize};

use super::course::{NetworkInstant, relative_change};
use super::student::NetworkStudent;
use super::{NetworkHistory, NetworkStage};
use crate::dynamics::network::{TaskLoss, network_system};
use crate::integrator::Tolerances;
use crate::observable::{ALIGNMENT, COSINE, LOSS, M, U};
use crate::problem::network::NetworkProblem;
use crate::problem::{ProblemError, Sgd};
use crate::simulation::{NetworkSgd, Stream};
use crate::stages::limits::is_flat;
use crate::stages::sgd::{BySgd, Records, Trainee};
use crate::stages::{Ended, Number, Reason, StageError};
use crate::trajectory::Wanted;
use crate::watch::Cancel;

/// A network that SGD trains in a stage.
#[derive(Debug)]
pub struct NetworkTrainee {
    /// The stage from what the one before left.
    problem: NetworkProblem,
    before: NetworkStudent,
    sgd: NetworkSgd,
}

/// The same as kept in a checkpoint: what the stage began from, and all numbers that are trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedNetwork {
    before: NetworkStudent,
    numbers: Vec<f64>,
}

impl Trainee for NetworkTrainee {
    type Saved = SavedNetwork;

    fn step(&mut self, factor: f64, stream: &mut Stream) {
        self.sgd.step(factor, stream);
    }

    fn is_finite(&self) -> bool {
        self.sgd.is_finite()
    }

    fn save(&self) -> SavedNetwork {
        SavedNetwork {
            before: self.before.clone(),
            numbers: self.sgd.numbers(),
        }
    }
}

impl NetworkStage {
    /// Whether SGD draws what it begins with.
    fn is_drawn(&self) -> bool {
        let is_lora = self.setup.adapter.is_lora();
        !self.continues && (is_lora || self.setup.draws_weights)
    }
}

impl BySgd for NetworkHistory {
    type Drawn = NetworkStudent;
    type Trainee = NetworkTrainee;
    /// The losses on all tasks.
    type Shared = Vec<TaskLoss>;

    fn sgd(&self, stage: usize) -> Result<Sgd, ProblemError> {
        self.stages[stage].setup.sgd()
    }

    /// The units of all tasks, the rests of the weights and those of the adapter.
    fn least(&self, stage: usize) -> usize {
        let setup = &self.stages[stage].setup;
        let adapter = if setup.adapter.is_lora() {
            setup.rank
        } else {
            0
        };
        self.space.dim() + self.readout.len() + adapter
    }

    fn shared(&self, _cancel: Cancel) -> Result<Vec<TaskLoss>, StageError> {
        self.onlookers()
    }

    fn begin(
        &self,
        stage: usize,
        before: &NetworkStudent,
        (sgd, stream): (Sgd, &mut Stream),
    ) -> Result<(NetworkTrainee, Option<NetworkStudent>), StageError> {
        let asked = &self.stages[stage];
        let problem = self.begun(asked, before, None)?;
        let is_drawn = asked.is_drawn();
        let sgd = match is_drawn {
            true => NetworkSgd::drawn(&problem, sgd, stream)?,
            false => NetworkSgd::new(&problem, sgd),
        };
        let before = before.clone();
        let begun = NetworkTrainee {
            problem,
            before,
            sgd,
        };
        let drawn = is_drawn.then(|| self.left(stage, &begun));
        Ok((begun, drawn))
    }

    fn restored(&self, stage: usize, sgd: Sgd, saved: SavedNetwork) -> Option<NetworkTrainee> {
        let SavedNetwork { before, numbers } = saved;
        let problem = self.begun(&self.stages[stage], &before, None).ok()?;
        let mut sgd = NetworkSgd::new(&problem, sgd);
        sgd.restore(&numbers)?;
        Some(NetworkTrainee {
            problem,
            before,
            sgd,
        })
    }

    fn met(
        &self,
        losses: &Vec<TaskLoss>,
        (stage, step, at): (usize, u64, &NetworkTrainee),
        moved: &mut f64,
    ) -> Option<Reason> {
        let asked = &self.stages[stage];
        let NetworkStage { task, until, .. } = asked;
        let left = || self.left(stage, at);
        let loss = || self.loss(losses, *task, &left());
        if until.excess.is_some_and(|excess| loss() <= excess) {
            return Some(Reason::Excess);
        }
        let cosine = || at.sgd.see().cosine;
        if until.alignment.is_some_and(|least| cosine() >= least) {
            return Some(Reason::Alignment);
        }
        let limit = until.plateau?;
        let system = network_system(&self.here(stage, &left()).ok()?).ok()?;
        let part = asked.setup.scaling.noise_of_step(step);
        let change = relative_change(&*system, (part, &system.start()));
        is_flat(limit, change, moved).then_some(Reason::Plateau)
    }

    fn left(&self, stage: usize, at: &NetworkTrainee) -> NetworkStudent {
        let told = (at.sgd.trained(), at.sgd.readout().to_vec());
        self.left_of(self.stages[stage].task, &at.problem, told)
    }

    fn instant(
        &self,
        losses: &Vec<TaskLoss>,
        (_, t, at): (usize, f64, &NetworkTrainee),
        left: &NetworkStudent,
    ) -> Option<NetworkInstant> {
        let loss = (0..losses.len()).map(|task| self.loss(losses, task, left));
        let loss: Vec<f64> = loss.collect();
        let is_finite = loss.iter().all(|loss| loss.is_finite());
        is_finite.then(|| self.instant_of((t, at.sgd.see()), left, loss))
    }

    /// The numbers that are averaged have no sign of chance.
    fn shown(
        &self,
        _stage: usize,
        _seen: &mut Records<Self>,
        left: NetworkStudent,
    ) -> NetworkStudent {
        left
    }

    fn follow(
        &self,
        stage: usize,
        start: (&NetworkStudent, Option<&NetworkStudent>),
        how: (Wanted<'_>, &Tolerances),
    ) -> Result<Ended<Self>, StageError> {
        self.run_at(stage, start, how)
    }

    fn numbers(&self) -> Vec<Number> {
        let stars: Vec<usize> = self.tasks.iter().map(|task| task.readout.len()).collect();
        let setups = self.stages.iter().map(|stage| &stage.setup);
        let lora = setups.filter(|setup| setup.adapter.is_lora());
        let rank = lora.map(|setup| setup.rank).max().unwrap_or(0);
        Number::of_network((self.readout.len(), rank), &stars)
    }

    fn value(number: &Number, at: &NetworkInstant) -> Option<f64> {
        let is = |other: &crate::observable::Observable| *number.observable == *other;
        match (number.task, number.entry) {
            (Some(task), Some((i, j))) if is(&M) => Some(at.m[task][i][j]),
            (Some(task), None) if is(&LOSS) => Some(at.loss[task]),
            (None, Some(place)) => {
                let seen = &at.seen;
                let matrix = match () {
                    () if is(&U) => seen.u.as_ref(),
                    () if is(&ALIGNMENT) => seen.alignment.as_ref(),
                    () => Some(&seen.q),
                };
                // Other stages have fewer ranks, or teacher units.
                matrix?.get(place).copied()
            }
            (None, None) if is(&COSINE) => Some(at.seen.cosine),
            _ => None,
        }
    }
}
