//! The course of one stage by its closed ODEs.

use super::begin::{Drawn, begun, mirrored, turned};
use super::by_map::{ByMap, Stepped};
use super::limits::ABOVE;
use super::seen::{Onlooker, StageInstant};
use super::staged::{Asked, StageRun, Staged};
use super::{Begin, Frame, History, Limits, Reason, Stage, StageError, TaskOverlaps};
use crate::dynamics::ClosedSystem;
use crate::dynamics::frame::{FramedSystem, Student, Weights, framed_system};
use crate::integrator::{Keep, Span, Stop, Tolerances};
use crate::model::Model;
use crate::problem::Dynamics;
use crate::trajectory::{
    Goal, Noise, NoisyEvent, Until, Wanted, flat_and_known, is_known, log_loss, spread_times,
};

/// The longest time of a stage that has no limit in time.
pub(super) const LONGEST: f64 = 1e30;

impl Staged for History {
    type Instant = StageInstant;
    type Student = Student;

    fn tasks(&self) -> Vec<(&str, &Model)> {
        let tasks = self.tasks.iter();
        tasks.map(|one| (one.name.as_str(), &one.model)).collect()
    }

    fn stages(&self) -> Vec<Asked<'_>> {
        let stages = self.stages.iter();
        let asked = stages.map(|stage| Asked {
            task: stage.task,
            adapter: stage.problem.adapter(),
            rank: None,
            scaling: stage.problem.scaling(),
            continues: matches!(stage.begin, Begin::On { .. }),
            until: stage.until,
        });
        asked.collect()
    }

    fn until(&self, stage: usize, until: Limits) -> Self {
        let mut history = self.clone();
        history.stages[stage].until = until;
        history
    }

    fn start(&self) -> Student {
        let along = self.directions.sum(&self.w0);
        Student::Whole(Weights { along, rest: 0.0 })
    }

    fn run(
        &self,
        stage: usize,
        before: &Student,
        (points, tolerances): (usize, &Tolerances),
    ) -> Result<(StageRun, Student), StageError> {
        self.run_at(stage, (before, None), (Wanted::Spread(points), tolerances))
    }

    fn overlaps(&self, of: &Student) -> Vec<TaskOverlaps> {
        let along = &of.merged().along;
        let own = |task| TaskOverlaps::Number(self.directions.frame(task).turn(along)[0]);
        (0..self.tasks.len()).map(own).collect()
    }

    fn seen(at: &StageInstant) -> (f64, &[f64]) {
        (at.t, &at.loss)
    }
}

impl History {
    /// Runs a stage with a fresh direction that was drawn, if there is one, recorded at what is wanted of it up to its end,
    /// and there.
    ///
    /// # Errors
    /// As [`Staged::run`].
    pub fn run_at(
        &self,
        stage: usize,
        (before, drawn): (&Student, Option<&Drawn>),
        (wanted, tolerances): (Wanted<'_>, &Tolerances),
    ) -> Result<(StageRun, Student), StageError> {
        let (all, stage) = (self, &self.stages[stage]);
        let frame = all.directions.frame(stage.task);
        let start = begun(stage, &turned(before, &frame), drawn)?;
        let look = Look::new(all, stage, frame, start);
        if stage.dynamics == Dynamics::Map {
            return look.by_map(wanted, tolerances);
        }
        let mut leg = Leg::new(stage, &look, tolerances)?;
        let mut course = Vec::new();
        loop {
            let ended = leg.go(&mut course, wanted)?;
            if let Some(reason) = ended {
                let t = leg.t;
                let left = turned(&look.system.student(&leg.state), &look.frame);
                return Ok((StageRun { reason, t, course }, left));
            }
        }
    }

    /// The same as [`History::run_at`], a run whose sign chance decides shown as SGD is.
    ///
    /// # Errors
    /// As [`Staged::run`].
    pub fn run_shown(
        &self,
        stage: usize,
        start: (&Student, Option<&Drawn>),
        how: (Wanted<'_>, &Tolerances),
    ) -> Result<(StageRun, Student), StageError> {
        let (mut run, mut left) = self.run_at(stage, start, how)?;
        let end = run.course.last().map(|end| end.seen);
        if end.is_some_and(|end| self.stages[stage].is_mirrored(&end)) {
            run.course.iter_mut().for_each(StageInstant::mirror);
            left = mirrored(left);
        }
        Ok((run, left))
    }
}

/// What is seen of the states of a stage.
struct Look<'a> {
    history: &'a History,
    stage: &'a Stage,
    frame: Frame,
    onlooker: Onlooker,
    system: Box<dyn FramedSystem>,
    noise: Noise,
}

impl<'a> Look<'a> {
    fn new(history: &'a History, stage: &'a Stage, frame: Frame, start: Student) -> Self {
        Self {
            onlooker: Onlooker::new(history),
            system: framed_system(&stage.problem, start),
            noise: Noise::of(stage.problem.scaling()),
            history,
            stage,
            frame,
        }
    }

    /// The loss that ends the stage, if one does.
    fn goal(&self, tolerances: &Tolerances) -> Result<Option<Goal>, StageError> {
        let state = self.system.start();
        let seen = (self.system.observe(&state), self.system.loss(&state));
        let goal = |excess| {
            let until = Until::Excess(excess);
            Goal::until(until, &self.stage.problem, seen, tolerances.cancel)
        };
        Ok(self.stage.until.excess.map(goal).transpose()?)
    }

    /// By the finite-step map.
    fn by_map(
        &self,
        wanted: Wanted<'_>,
        tolerances: &Tolerances,
    ) -> Result<(StageRun, Student), StageError> {
        let map = Map {
            look: self,
            goal: self.goal(tolerances)?,
        };
        let by_map = ByMap {
            map: &map,
            scaling: self.stage.problem.scaling(),
            until: &self.stage.until,
            cancel: tolerances.cancel,
        };
        let (run, state) = by_map.run(wanted, |t, state| self.instant(t, state))?;
        let left = turned(&self.system.student(&state), &self.frame);
        Ok((run, left))
    }

    fn instant(&self, t: f64, state: &[f64]) -> Result<StageInstant, StageError> {
        let weights = self.system.student(state).merged();
        let known = Weights {
            along: self.frame.turn(&weights.along),
            rest: weights.rest,
        };
        let own = (self.stage.task, self.system.observe(state));
        let instant = self.onlooker.instant(t, own, &known);
        instant.map_err(|task| {
            let task = self.history.tasks[task].name.clone();
            StageError::NotFinite { task, t }
        })
    }

    /// Logarithm of a relative change of the loss over that of the state with a part of the noise: at least 0 on a plateau.
    fn flatness(&self, change: f64, (part, state): (f64, &[f64])) -> f64 {
        let loss = self.system.loss(state);
        let relative = (self.system.loss_rate(part, state) / loss).abs();
        let flat = (change / relative.max(f64::MIN_POSITIVE)).ln();
        flat_and_known(flat, loss, self.power())
    }

    /// Of the target.
    fn power(&self) -> f64 {
        self.stage.problem.model().target_power()
    }

    /// Whether a state at rest is on a plateau: what is left of its loss is no rounding.
    fn is_plateau(&self, state: &[f64]) -> bool {
        is_known(self.system.loss(state), self.power())
    }
}

/// The finite-step map of a stage.
struct Map<'a> {
    look: &'a Look<'a>,
    goal: Option<Goal>,
}

impl Stepped for Map<'_> {
    fn start(&self) -> Vec<f64> {
        self.look.system.start()
    }

    fn step(&self, size: f64, state: &[f64], next: &mut [f64]) {
        self.look.system.step(size, state, next);
    }

    fn loss(&self, state: &[f64]) -> f64 {
        self.look.system.loss(state)
    }

    fn met(&self, state: &[f64]) -> Option<Reason> {
        let seen = self.look.system.observe(state);
        let is_low = |goal: &Goal| goal.margin((seen, self.loss(state))) >= 0.0;
        if self.goal.as_ref().is_some_and(is_low) {
            return Some(Reason::Excess);
        }
        let least = self.look.stage.until.alignment;
        let least = least.filter(|least| seen.alignment.abs() >= *least);
        least.map(|_| Reason::Alignment)
    }
}

/// A function of the state that ends an integration at 0, and the limit that it is.
type Watched<'a> = (Option<Reason>, Box<dyn Fn(f64, &[f64]) -> f64 + 'a>);

fn events<'a>(watched: &'a [Watched<'a>]) -> Vec<NoisyEvent<'a>> {
    let event = |one: &'a Watched<'a>| NoisyEvent {
        function: &*one.1,
        terminal: true,
    };
    watched.iter().map(event).collect()
}

/// A stage, or the part of it before its loss changes.
struct Leg<'a> {
    look: &'a Look<'a>,
    tolerances: &'a Tolerances,
    goal: Option<Goal>,
    limit: Option<(f64, Reason)>,
    /// Whether the loss has changed by more than the limit of a plateau.
    moved: bool,
    t: f64,
    state: Vec<f64>,
}

impl<'a> Leg<'a> {
    fn new(
        stage: &'a Stage,
        look: &'a Look<'a>,
        tolerances: &'a Tolerances,
    ) -> Result<Self, StageError> {
        let state = look.system.start();
        let flat = |change| look.flatness(change, (look.noise.part_at(0.0), &state)) >= 0.0;
        Ok(Self {
            goal: look.goal(tolerances)?,
            limit: stage.until.time(stage.problem.scaling())?,
            moved: !stage.until.plateau.is_some_and(flat),
            t: 0.0,
            look,
            tolerances,
            state,
        })
    }

    /// Goes on to a limit, or to where the loss changes at last: then `None`.
    fn go(
        &mut self,
        course: &mut Vec<StageInstant>,
        wanted: Wanted<'_>,
    ) -> Result<Option<Reason>, StageError> {
        let (system, noise): (&dyn ClosedSystem, _) = (&*self.look.system, &self.look.noise);
        let watched = self.watched();
        let mut events = events(&watched);
        let loss =
            |_: f64, state: &[f64]| log_loss(self.look.system.loss(state), self.look.power());
        events.push(NoisyEvent::watched(&loss));
        let longest = LONGEST.min(self.look.stage.problem.scaling().last_time());
        let span = Span {
            end: self.limit.map_or(longest, |(end, _)| end),
            keep: Keep::Steps,
        };
        let start = (self.t, &*self.state);
        let solution = noise.integrate(system, start, span, self.tolerances, &events)?;
        let resting = solution.stop == Stop::FixedPoint;
        let stopped = match solution.stop {
            Stop::Event(index) => watched[index].0,
            _ => self.at_the_end(resting, &solution.last, solution.end)?,
        };
        if let (Some(goal), Some(Reason::Excess)) = (&self.goal, stopped) {
            let seen = (system.observe(&solution.last), system.loss(&solution.last));
            goal.check(goal.excess(seen), solution.end)?;
        }
        // A run at rest stays there for the rest of its time.
        let stays = resting && stopped != Some(Reason::Plateau);
        let end = if stays { span.end } else { solution.end };
        let mut instants = Vec::new();
        let mut record = |t: f64, state: &[f64]| instants.push(self.look.instant(t, state));
        let mut times: Vec<f64> = match wanted {
            Wanted::Nothing => Vec::new(),
            Wanted::Spread(points) => {
                let length = solution.end - self.t;
                spread_times(length, points)
                    .iter()
                    .map(|t| self.t + t)
                    .collect()
            }
            Wanted::Times(all) => all.iter().copied().filter(|t| *t >= self.t).collect(),
        };
        times.retain(|t| *t < solution.end);
        noise.at_times(system, (&solution, &times), self.tolerances, &mut record)?;
        record(end, &solution.last);
        for instant in instants {
            course.push(instant?);
        }
        drop(watched);
        self.t = end;
        self.state = solution.last;
        self.moved = true;
        Ok(stopped)
    }

    /// What ends the integration, and the limits that this means.
    fn watched(&self) -> Vec<Watched<'_>> {
        let (look, until) = (self.look, self.look.stage.until);
        let mut watched: Vec<Watched<'_>> = Vec::new();
        if let Some(goal) = &self.goal {
            let excess = |_: f64, state: &[f64]| {
                let seen = (look.system.observe(state), look.system.loss(state));
                goal.margin(seen)
            };
            watched.push((Some(Reason::Excess), Box::new(excess)));
        }
        if let Some(least) = until.alignment {
            let aligned = move |_: f64, state: &[f64]| {
                look.system.observe(state).alignment.abs() / least - 1.0
            };
            watched.push((Some(Reason::Alignment), Box::new(aligned)));
        }
        match (until.plateau, self.moved) {
            (None, _) => {}
            (Some(change), true) => {
                let flat = move |part: f64, state: &[f64]| look.flatness(change, (part, state));
                watched.push((Some(Reason::Plateau), Box::new(flat)));
            }
            (Some(change), false) => {
                let steep =
                    move |part: f64, state: &[f64]| -look.flatness(ABOVE * change, (part, state));
                watched.push((None, Box::new(steep)));
            }
        }
        watched
    }

    /// The limit met by a run that no event ended.
    fn at_the_end(
        &self,
        resting: bool,
        state: &[f64],
        end: f64,
    ) -> Result<Option<Reason>, StageError> {
        let t = end;
        if resting && self.look.stage.until.plateau.is_some() && self.look.is_plateau(state) {
            return Ok(Some(Reason::Plateau));
        }
        match (self.limit, resting) {
            (Some((_, reason)), _) => Ok(Some(reason)),
            (None, true) => Err(StageError::AtRest {
                t,
                loss: self.look.system.loss(state),
            }),
            (None, false) => Err(StageError::Endless { t }),
        }
    }
}
