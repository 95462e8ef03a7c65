//! The course of one stage of a history of networks by its closed ODEs.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::student::NetworkStudent;
use super::{NetworkHistory, NetworkStage};
use crate::dynamics::network::{NetworkSystem, TaskLoss, network_system};
use crate::integrator::{Drifts, Keep, Span, Stop, Tolerances};
use crate::model::Model;
use crate::observable::NetworkObserved;
use crate::observable::network::rows;
use crate::problem::Dynamics;
use crate::problem::network::NetworkProblem;
use crate::stages::course::LONGEST;
use crate::stages::limits::ABOVE;
use crate::stages::staged::{Asked, StageRun, Staged};
use crate::stages::{Limits, Reason, StageError, TaskOverlaps};
use crate::trajectory::network::{Halt, network_tolerances};
use crate::trajectory::{
    Course, FlowError, Noise, NoisyEvent, NoisyNetwork, Wanted, beside, flat_and_known, is_known,
    largest_loss, log_loss, spread_times,
};

/// A network at one instant of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkInstant {
    /// ODE time from the start of the stage.
    pub t: f64,
    /// Its overlaps, those with teachers with the task of the stage.
    pub seen: NetworkObserved,
    /// `W T'` of every task, row by row.
    pub m: Vec<Vec<Vec<f64>>>,
    /// Population loss on every task, on labels without noise.
    pub loss: Vec<f64>,
}

/// Change of the state, against it, for the change of the loss along the flow.
const SHIFT: f64 = 1e-6;

impl Staged for NetworkHistory {
    type Instant = NetworkInstant;
    type Student = NetworkStudent;

    fn tasks(&self) -> Vec<(&str, &Model)> {
        let tasks = self.tasks.iter();
        tasks.map(|one| (one.name.as_str(), &one.model)).collect()
    }

    fn stages(&self) -> Vec<Asked<'_>> {
        let stages = self.stages.iter();
        let asked = stages.map(|stage| Asked {
            task: stage.task,
            adapter: stage.setup.adapter,
            rank: stage.setup.adapter.is_lora().then_some(stage.setup.rank),
            scaling: &stage.setup.scaling,
            continues: stage.continues,
            until: stage.until,
        });
        asked.collect()
    }

    fn until(&self, stage: usize, until: Limits) -> Self {
        let mut history = self.clone();
        history.stages[stage].until = until;
        history
    }

    fn start(&self) -> NetworkStudent {
        let none = DMatrix::zeros(self.w0.nrows(), self.w0.nrows());
        NetworkStudent::whole(self.w0.clone(), none, self.readout.clone())
    }

    fn run(
        &self,
        stage: usize,
        before: &NetworkStudent,
        (points, tolerances): (usize, &Tolerances),
    ) -> Result<(StageRun<NetworkInstant>, NetworkStudent), StageError> {
        self.run_at(stage, (before, None), (Wanted::Spread(points), tolerances))
    }

    fn overlaps(&self, of: &NetworkStudent) -> Vec<TaskOverlaps> {
        let own = self.matrices(of).into_iter();
        own.map(TaskOverlaps::Matrix).collect()
    }

    fn seen(at: &NetworkInstant) -> (f64, &[f64]) {
        (at.t, &at.loss)
    }
}

impl NetworkHistory {
    /// Runs a stage, what is fresh in it as it was drawn, recorded at what is wanted of it up to its end, and there.
    ///
    /// # Errors
    /// As [`Staged::run`]: links without averages and a start that no vectors have among them.
    pub fn run_at(
        &self,
        stage: usize,
        (before, drawn): (&NetworkStudent, Option<&NetworkStudent>),
        (wanted, tolerances): (Wanted<'_>, &Tolerances),
    ) -> Result<(StageRun<NetworkInstant>, NetworkStudent), StageError> {
        let stage = &self.stages[stage];
        let problem = self.begun(stage, before, drawn)?;
        let look = Look {
            system: network_system(&problem).map_err(FlowError::Pair)?,
            tolerances: network_tolerances(&problem, tolerances),
            noise: Noise::of(&problem.setup().scaling),
            onlookers: self.onlookers()?,
            history: self,
            stage,
            problem: &problem,
        };
        match stage.setup.dynamics {
            Dynamics::Flow => look.run(wanted),
            Dynamics::Map => look.by_map(wanted),
        }
    }

    /// The losses on all tasks.
    pub(super) fn onlookers(&self) -> Result<Vec<TaskLoss>, StageError> {
        let tasks = 0..self.tasks.len();
        let onlooker = |task| {
            let problem = self.onlooking(task)?;
            TaskLoss::of(&problem).map_err(|error| StageError::Flow(error.into()))
        };
        tasks.map(onlooker).collect()
    }

    /// The loss of a student on a task.
    pub(super) fn loss(&self, onlookers: &[TaskLoss], task: usize, at: &NetworkStudent) -> f64 {
        let (w, rest) = at.merged(self.space.dim());
        onlookers[task].at(&self.space.view(task).turn(&w), &rest, &at.readout)
    }

    /// What is seen of a student at a time, given its overlaps with its own task and its losses.
    pub(super) fn instant_of(
        &self,
        (t, seen): (f64, NetworkObserved),
        at: &NetworkStudent,
        loss: Vec<f64>,
    ) -> NetworkInstant {
        let m = self.matrices(at);
        NetworkInstant { t, seen, m, loss }
    }

    /// `W T'` of every task, row by row.
    fn matrices(&self, of: &NetworkStudent) -> Vec<Vec<Vec<f64>>> {
        let (w, _) = of.merged(self.space.dim());
        let m = |task: usize| rows(&(&w * self.space.units(task).transpose()));
        (0..self.tasks.len()).map(m).collect()
    }
}

/// The relative change of the loss in a unit of time at a state with a part of the noise, by a small step to either side
/// along the flow.
pub(super) fn relative_change(system: &dyn NetworkSystem, (part, state): (f64, &[f64])) -> f64 {
    let mut rates = vec![0.0; state.len()];
    system.rates_with(part, state, &mut rates);
    let size = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let step = SHIFT * size(state) / size(&rates).max(f64::MIN_POSITIVE);
    let [after, before] = beside((state, &rates), step, &|state| system.loss(state));
    let slope = (after - before) / (2.0 * step);
    slope / system.loss(state)
}

/// A stage under way.
pub(super) struct Look<'a> {
    history: &'a NetworkHistory,
    pub(super) stage: &'a NetworkStage,
    problem: &'a NetworkProblem,
    pub(super) system: Box<dyn NetworkSystem>,
    /// The losses on all tasks.
    onlookers: Vec<TaskLoss>,
    pub(super) tolerances: Tolerances,
    noise: Noise,
}

/// A function of the state, and of the part of the noise, that ends an integration at 0, and the limit that it is.
type Watched<'a> = (Option<Reason>, Box<dyn Fn(f64, &[f64]) -> f64 + 'a>);

/// What ends an integration, and the loss, which ends none.
fn events<'a>(
    watched: &'a [Watched<'_>],
    loss: &'a dyn Fn(f64, &[f64]) -> f64,
) -> Vec<NoisyEvent<'a>> {
    let limits = watched.iter().map(|(_, function)| NoisyEvent {
        function: &**function,
        terminal: true,
    });
    limits.chain([NoisyEvent::watched(loss)]).collect()
}

impl Look<'_> {
    fn run(
        &self,
        wanted: Wanted<'_>,
    ) -> Result<(StageRun<NetworkInstant>, NetworkStudent), StageError> {
        let scaling = &self.stage.setup.scaling;
        let limit = self.stage.until.time(scaling)?;
        let longest = limit.map_or(LONGEST.min(scaling.last_time()), |(end, _)| end);
        let (mut t, mut state) = (0.0, self.system.start());
        let plateau = self.stage.until.plateau;
        let at = (self.noise.part_at(0.0), &*state);
        let mut moved = plateau.is_none_or(|change| self.flatness(change, at) < 0.0);
        let mut course = Vec::new();
        let setup = &self.stage.setup;
        let halt = Halt::of(&setup.model, &*self.system, setup.noise_error);
        let system = &NoisyNetwork {
            drifts: match limit {
                Some(_) => Drifts::GoOn,
                None => Drifts::End,
            },
            halt: Some(&halt),
            ..self.noisy()
        };
        loop {
            let watched = self.watched(moved);
            let loss = |_: f64, state: &[f64]| log_loss(self.system.loss(state), self.power());
            let events = events(&watched, &loss);
            let span = Span {
                end: longest,
                keep: Keep::Steps,
            };
            let start = (t, &*state);
            let solution = self
                .noise
                .integrate(system, start, span, &self.tolerances, &events);
            let solution = solution.map_err(|error| StageError::Flow(halt.told(error)))?;
            course.extend(self.recorded((t, &solution), wanted)?);
            let resting = solution.stop == Stop::FixedPoint;
            let ended = self.ended(&solution, &watched, limit);
            t = solution.end;
            state.clone_from(&solution.last);
            moved = true;
            let goes_on = matches!(solution.stop, Stop::Event(_)) && ended.is_none();
            if goes_on {
                continue;
            }
            let Some(reason) = ended else {
                let loss = self.system.loss(&state);
                return Err(match resting {
                    true => StageError::AtRest { t, loss },
                    false => StageError::Endless { t },
                });
            };
            // A run at rest stays there for the rest of its time.
            if resting && reason != Reason::Plateau {
                t = longest;
            }
            course.push(self.instant(t, &state)?);
            halt.noise_error(&state)?;
            return Ok((StageRun { reason, t, course }, self.left(&state)));
        }
    }

    fn noisy(&self) -> NoisyNetwork<'_> {
        NoisyNetwork {
            system: &*self.system,
            drifts: Drifts::GoOn,
            halt: None,
        }
    }

    /// The limit with which an integration ended, if it is one.
    fn ended(
        &self,
        solution: &Course,
        watched: &[Watched<'_>],
        limit: Option<(f64, Reason)>,
    ) -> Option<Reason> {
        let is_plateau = || {
            let loss = self.system.loss(&solution.last);
            self.stage.until.plateau.is_some() && is_known(loss, self.power())
        };
        match solution.stop {
            Stop::Event(index) => watched[index].0,
            Stop::FixedPoint if is_plateau() => Some(Reason::Plateau),
            _ => limit.map(|(_, reason)| reason),
        }
    }

    /// What is wanted of an integration that began at a time, without its end.
    fn recorded(
        &self,
        (from, solution): (f64, &Course),
        wanted: Wanted<'_>,
    ) -> Result<Vec<NetworkInstant>, StageError> {
        let mut times: Vec<f64> = match wanted {
            Wanted::Nothing => Vec::new(),
            Wanted::Spread(points) => {
                let times = spread_times(solution.end - from, points);
                times.iter().map(|t| from + t).collect()
            }
            Wanted::Times(all) => all.iter().copied().filter(|t| *t >= from).collect(),
        };
        times.retain(|t| *t < solution.end);
        let mut seen = Vec::new();
        let each = |at: f64, state: &[f64]| seen.push(self.instant(at, state));
        let (system, noise) = (&self.noisy(), &self.noise);
        noise.at_times(system, (solution, &times), &self.tolerances, each)?;
        seen.into_iter().collect()
    }

    /// What ends the integration.
    fn watched(&self, moved: bool) -> Vec<Watched<'_>> {
        let (system, until) = (&self.system, self.stage.until);
        let mut all: Vec<Watched<'_>> = Vec::new();
        if let Some(excess) = until.excess {
            let low = move |_: f64, state: &[f64]| {
                (excess / system.loss(state).max(f64::MIN_POSITIVE)).ln()
            };
            all.push((Some(Reason::Excess), Box::new(low)));
        }
        if let Some(least) = until.alignment {
            let aligned = move |_: f64, state: &[f64]| system.cosine(state) / least - 1.0;
            all.push((Some(Reason::Alignment), Box::new(aligned)));
        }
        match (until.plateau, moved) {
            (None, _) => {}
            (Some(change), true) => {
                let flat = move |part: f64, state: &[f64]| self.flatness(change, (part, state));
                all.push((Some(Reason::Plateau), Box::new(flat)));
            }
            (Some(change), false) => {
                let steep =
                    move |part: f64, state: &[f64]| -self.flatness(ABOVE * change, (part, state));
                all.push((None, Box::new(steep)));
            }
        }
        all
    }

    /// Logarithm of a relative change of the loss over that of the state with a part of the noise: at least 0 on a plateau.
    fn flatness(&self, change: f64, (part, state): (f64, &[f64])) -> f64 {
        let relative = relative_change(&*self.system, (part, state)).abs();
        let flat = (change / relative.max(f64::MIN_POSITIVE)).ln();
        flat_and_known(flat, self.system.loss(state), self.power())
    }

    /// Against which losses are rounding.
    fn power(&self) -> f64 {
        largest_loss(self.problem)
    }

    /// What a state leaves, in the space of all tasks.
    pub(super) fn left(&self, state: &[f64]) -> NetworkStudent {
        let readout = self.system.observe(state).readout;
        let told = (self.system.trained(state), readout);
        self.history.left_of(self.stage.task, self.problem, told)
    }

    pub(super) fn instant(&self, t: f64, state: &[f64]) -> Result<NetworkInstant, StageError> {
        let (left, mut losses) = (self.left(state), Vec::new());
        for task in 0..self.onlookers.len() {
            let loss = match task == self.stage.task {
                true => self.system.loss(state),
                false => self.history.loss(&self.onlookers, task, &left),
            };
            if !loss.is_finite() {
                let task = self.history.tasks[task].name.clone();
                return Err(StageError::NotFinite { task, t });
            }
            losses.push(loss);
        }
        let seen = (t, self.system.observe(state));
        Ok(self.history.instant_of(seen, &left, losses))
    }
}
