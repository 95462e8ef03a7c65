//! One seed through all stages.

use serde::{Deserialize, Serialize};

use super::super::begin::{Drawn, mirrored, turned};
use super::super::{Reason, StageInstant, Staged};
use super::judge::next_look;
use super::plan::{Plan, PlannedStage};
use super::start::{start, student};
use crate::dynamics::frame::Student;
use crate::simulation::{FramedSgd, FramedWeights, Position, Purpose, Stream, Walk};
use crate::watch::Cancel;

/// What was seen of a seed at one step of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedRecord {
    /// Step of the stage.
    pub step: u64,
    /// The student there; the loss is the population's at the seed's weights.
    #[serde(flatten)]
    pub at: StageInstant,
}

/// A stage of a seed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SeedStage {
    /// The direction that was drawn for it, if one was; as it was drawn.
    pub drawn: Option<Drawn>,
    /// What was seen, at ascending steps, start and end among them.
    pub records: Vec<SeedRecord>,
    /// Steps done.
    pub steps: u64,
    /// The limit that ended it; `None` while it goes on.
    pub reason: Option<Reason>,
}

/// A seed through all stages, as far as it came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedHistory {
    /// The seed.
    pub seed: u64,
    /// The stages that it has begun.
    pub stages: Vec<SeedStage>,
    /// Why it did not come to its end, if it failed.
    pub failure: Option<String>,
}

/// A seed in the middle, as kept in a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedSeed {
    pub(super) run: SeedHistory,
    /// `None` for one that has ended.
    place: Option<Place>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Place {
    at: FramedWeights,
    stream: Position,
    moved: f64,
    look: u64,
}

impl SavedSeed {
    pub(super) fn has_ended(&self) -> bool {
        self.place.is_none()
    }
}

/// A seed that goes on.
#[derive(Debug)]
pub(super) struct Walker<'a> {
    plan: &'a Plan,
    stream: Stream,
    /// `None` before the first stage, and once it has ended.
    sgd: Option<FramedSgd>,
    /// See [`Judge::met`](super::judge::Judge::met).
    moved: f64,
    /// Step of the next look at the limits.
    look: u64,
    /// Next entry of the stage's steps to record.
    next: usize,
    run: SeedHistory,
}

impl<'a> Walker<'a> {
    pub(super) fn new(plan: &'a Plan, seed: u64) -> Self {
        Self {
            plan,
            stream: Stream::new(seed, Purpose::Training),
            sgd: None,
            moved: 0.0,
            look: 0,
            next: 0,
            run: SeedHistory {
                seed,
                stages: Vec::new(),
                failure: None,
            },
        }
    }

    /// One taken up where it was left; `None` for a state that is not of this history.
    pub(super) fn resumed(plan: &'a Plan, saved: SavedSeed) -> Option<Self> {
        let mut walker = Self::new(plan, saved.run.seed);
        let begun = saved.run.stages.len();
        let last = saved.run.stages.last();
        let recorded = last.and_then(|stage| stage.records.last());
        if begun > plan.stages.len() || last.is_none() && saved.run.failure.is_none() {
            return None;
        }
        if let Some(place) = saved.place {
            let (stage, planned) = (plan.history.stages.get(begun - 1)?, &plan.stages[begun - 1]);
            let lora = usize::from(stage.problem.adapter().is_lora());
            let frame = plan.history.directions.dim();
            let fits = place.at.trained.len() == frame + 1 + lora
                && place.at.w0.len() == lora * (frame + 1);
            walker.stream = Stream::at(saved.run.seed, Purpose::Training, &place.stream)?;
            if !fits {
                return None;
            }
            let sgd = FramedSgd::new(&stage.problem, planned.sgd, place.at);
            walker.sgd = Some(sgd);
            (walker.moved, walker.look) = (place.moved, place.look);
            let done = recorded.map_or(0, |record| record.step + 1);
            walker.next = planned.records.partition_point(|step| *step < done);
        }
        walker.run = saved.run;
        Some(walker)
    }

    /// The seed as it stands.
    pub(super) fn save(&self) -> SavedSeed {
        let place = |sgd: &FramedSgd| Place {
            at: sgd.at.clone(),
            stream: self.stream.position(),
            moved: self.moved,
            look: self.look,
        };
        SavedSeed {
            run: self.run.clone(),
            place: self.sgd.as_ref().map(place),
        }
    }

    /// The stage that goes on: its number, how SGD goes through it, and what the seed has of it.
    fn stage(&mut self) -> Option<(usize, &'a PlannedStage, &mut SeedStage)> {
        let place = self.run.stages.len().checked_sub(1)?;
        let own = self.run.stages.last_mut()?;
        Some((place, &self.plan.stages[place], own))
    }

    /// Begins the next stage with what the last one left; ends the seed where there is none.
    fn begin(&mut self, before: &Student) {
        (self.moved, self.look, self.next) = (0.0, 0, 0);
        let place = self.run.stages.len();
        let (Some(stage), Some(planned)) = (
            self.plan.history.stages.get(place),
            self.plan.stages.get(place),
        ) else {
            self.sgd = None;
            return;
        };
        match start(&self.plan.history, stage, before, &mut self.stream) {
            Ok((at, drawn)) => {
                self.sgd = Some(FramedSgd::new(&stage.problem, planned.sgd, at));
                self.run.stages.push(SeedStage {
                    drawn,
                    ..SeedStage::default()
                });
                self.look();
            }
            Err(error) => self.fail(&format!("stage {}: {error}", place + 1)),
        }
    }

    fn fail(&mut self, why: &str) {
        self.run.failure = Some(why.to_owned());
        self.sgd = None;
    }

    /// By what the step size of the stage is multiplied in its next step.
    fn factor(&self) -> f64 {
        let place = self.run.stages.len().saturating_sub(1);
        let stage = self.plan.history.stages.get(place);
        let sizes = stage.and_then(|stage| stage.problem.scaling().sizes.as_ref());
        let done = self.run.stages.last().map_or(0, |own| own.steps);
        sizes.map_or(1.0, |sizes| sizes.factor_of_step(done))
    }

    /// Notes what is to be noted before the next step, and whether there is one in this stage.
    fn look(&mut self) {
        let history = &self.plan.history;
        let Some(at) = self.sgd.as_ref().map(|sgd| sgd.at.clone()) else {
            return;
        };
        let (mut moved, looked, next) = (self.moved, self.look, self.next);
        let Some((place, planned, own)) = self.stage() else {
            return;
        };
        let (stage, step) = (&history.stages[place], own.steps);
        if !at.is_finite() {
            return self.fail(&format!("stage {}: diverged at step {step}", place + 1));
        }
        let frame = history.directions.dim();
        let due = planned.records.get(next) == Some(&step);
        let last = (step >= planned.most).then_some(planned.by);
        let looks = step >= looked || last.is_some();
        let seen = at.see();
        let judge = planned.judge().filter(|_| looks);
        let met = judge
            .and_then(|judge| judge.met(stage, (step, &seen), || student(&at, frame), &mut moved))
            .or(last);
        self.moved = moved;
        if looks {
            self.look = next_look(step);
        }
        self.next += usize::from(due);
        if !due && met.is_none() {
            return;
        }
        let turn = history.directions.frame(stage.task);
        let left = turned(&student(&at, frame), &turn);
        let scaling = stage.problem.scaling();
        let t = scaling.time(step as f64).unwrap_or_default();
        let instant = self
            .plan
            .onlooker
            .instant(t, (stage.task, seen), &left.merged());
        let Ok(at) = instant else {
            return self.fail(&format!("stage {}: diverged at step {step}", place + 1));
        };
        let is_mirrored = met.is_some() && stage.is_mirrored(&seen);
        if let Some((_, _, own)) = self.stage() {
            own.records.push(SeedRecord { step, at });
            own.reason = met;
            if is_mirrored {
                own.records.iter_mut().for_each(|one| one.at.mirror());
            }
        }
        match met {
            Some(_) if is_mirrored => self.begin(&mirrored(left)),
            Some(_) => self.begin(&left),
            None => {}
        }
    }
}

impl Walk for Walker<'_> {
    fn advance(&mut self, steps: u64, cancel: Cancel) -> bool {
        if self.run.stages.is_empty() && self.run.failure.is_none() {
            self.begin(&self.plan.history.start());
        }
        for _ in 0..steps {
            if cancel.is_set() {
                break;
            }
            let factor = self.factor();
            let Some(sgd) = &mut self.sgd else {
                return true;
            };
            sgd.step(factor, &mut self.stream);
            if let Some((_, _, own)) = self.stage() {
                own.steps += 1;
            }
            self.look();
        }
        self.sgd.is_none()
    }

    fn done(&self) -> u64 {
        let stages = self.run.stages.iter().zip(&self.plan.stages);
        // Steps that an early end of a stage saved are done, as far as progress goes.
        let done = stages.map(|(own, planned)| match own.reason {
            Some(_) => planned.most,
            None => own.steps,
        });
        done.fold(0, u64::saturating_add)
    }

    fn left(&self) -> u64 {
        self.plan.most().saturating_sub(self.done())
    }
}
