//! One seed through all stages.

use serde::{Deserialize, Serialize};

use super::super::begin::Drawn;
use super::super::{StageInstant, Staged};
use super::by_sgd::{BySgd, Trainee};
use super::judge::next_look;
use super::plan::{Plan, PlannedStage};
use super::record::{SeedHistory, SeedRecord, SeedStage};
use crate::simulation::{FramedWeights, Position, Purpose, Stream, Walk};
use crate::watch::Cancel;

/// A seed in the middle, as kept in a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedSeed<I = StageInstant, D = Drawn, S = FramedWeights> {
    pub(super) run: SeedHistory<I, D>,
    /// `None` for one that has ended.
    place: Option<Place<S>>,
}

/// A stage of a seed of a history.
type Own<H> = SeedStage<<H as Staged>::Instant, <H as BySgd>::Drawn>;

/// A seed of a history, as far as it came.
pub type RunOf<H> = SeedHistory<<H as Staged>::Instant, <H as BySgd>::Drawn>;

/// A seed of a history, as kept in a checkpoint.
pub type SavedOf<H> = SavedSeed<
    <H as Staged>::Instant,
    <H as BySgd>::Drawn,
    <<H as BySgd>::Trainee as Trainee>::Saved,
>;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Place<S> {
    at: S,
    stream: Position,
    moved: f64,
    look: u64,
}

impl<I, D, S> SavedSeed<I, D, S> {
    pub(super) fn has_ended(&self) -> bool {
        self.place.is_none()
    }
}

/// A seed that goes on.
pub(super) struct Walker<'a, H: BySgd> {
    plan: &'a Plan<H>,
    stream: Stream,
    /// `None` before the first stage, and once it has ended.
    sgd: Option<H::Trainee>,
    /// See [`BySgd::met`].
    moved: f64,
    /// Step of the next look at the limits.
    look: u64,
    /// Next entry of the stage's steps to record.
    next: usize,
    run: RunOf<H>,
}

impl<'a, H: BySgd> Walker<'a, H> {
    pub(super) fn new(plan: &'a Plan<H>, seed: u64) -> Self {
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
    pub(super) fn resumed(plan: &'a Plan<H>, saved: SavedOf<H>) -> Option<Self> {
        let mut walker = Self::new(plan, saved.run.seed);
        let begun = saved.run.stages.len();
        let last = saved.run.stages.last();
        let recorded = last.and_then(|stage| stage.records.last());
        if begun > plan.stages.len() || last.is_none() && saved.run.failure.is_none() {
            return None;
        }
        if let Some(place) = saved.place {
            let stage = begun.checked_sub(1)?;
            let planned = &plan.stages[stage];
            walker.stream = Stream::at(saved.run.seed, Purpose::Training, &place.stream)?;
            walker.sgd = Some(plan.history.restored(stage, planned.sgd, place.at)?);
            (walker.moved, walker.look) = (place.moved, place.look);
            let done = recorded.map_or(0, |record| record.step + 1);
            walker.next = planned.records.partition_point(|step| *step < done);
        }
        walker.run = saved.run;
        Some(walker)
    }

    /// The seed as it stands.
    pub(super) fn save(&self) -> SavedOf<H> {
        let place = |sgd: &H::Trainee| Place {
            at: sgd.save(),
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
    fn stage(&mut self) -> Option<(usize, &'a PlannedStage, &mut Own<H>)> {
        let place = self.run.stages.len().checked_sub(1)?;
        let own = self.run.stages.last_mut()?;
        Some((place, &self.plan.stages[place], own))
    }

    /// Begins the next stage with what the last one left; ends the seed where there is none.
    fn begin(&mut self, before: &H::Student) {
        (self.moved, self.look, self.next) = (0.0, 0, 0);
        let (plan, place) = (self.plan, self.run.stages.len());
        let Some(planned) = plan.stages.get(place) else {
            self.sgd = None;
            return;
        };
        let how = (planned.sgd, &mut self.stream);
        match plan.history.begin(place, before, how) {
            Ok((at, drawn)) => {
                self.sgd = Some(at);
                self.run.stages.push(SeedStage {
                    drawn,
                    records: Vec::new(),
                    steps: 0,
                    reason: None,
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
        let stages = self.plan.history.stages();
        let sizes = stages
            .get(place)
            .and_then(|stage| stage.scaling.sizes.as_ref());
        let done = self.run.stages.last().map_or(0, |own| own.steps);
        sizes.map_or(1.0, |sizes| sizes.factor_of_step(done))
    }

    /// Notes what is to be noted before the next step, and whether there is one in this stage.
    fn look(&mut self) {
        let (history, shared) = (&self.plan.history, self.plan.shared());
        let (mut moved, looked, next) = (self.moved, self.look, self.next);
        let (Some(stage), Some(at)) = (self.run.stages.len().checked_sub(1), &self.sgd) else {
            return;
        };
        let (planned, step) = (&self.plan.stages[stage], self.run.stages[stage].steps);
        if !at.is_finite() {
            return self.fail(&format!("stage {}: diverged at step {step}", stage + 1));
        }
        let due = planned.records.get(next) == Some(&step);
        let last = (step >= planned.most).then_some(planned.by);
        let looks = step >= looked || last.is_some();
        let met = shared
            .filter(|_| looks)
            .and_then(|shared| history.met(shared, (stage, step, at), &mut moved))
            .or(last);
        let mut noted = None;
        if due || met.is_some() {
            let left = history.left(stage, at);
            let scaling = history.stages()[stage].scaling;
            let t = scaling.time(step as f64).unwrap_or_default();
            let seen = shared.and_then(|one| history.instant(one, (stage, t, at), &left));
            let Some(seen) = seen else {
                return self.fail(&format!("stage {}: diverged at step {step}", stage + 1));
            };
            noted = Some((SeedRecord { step, at: seen }, left));
        }
        self.moved = moved;
        if looks {
            self.look = next_look(step);
        }
        self.next += usize::from(due);
        let (Some((record, left)), Some((_, _, own))) = (noted, self.stage()) else {
            return;
        };
        own.records.push(record);
        own.reason = met;
        if met.is_some() {
            let left = history.shown(stage, &mut own.records, left);
            self.begin(&left);
        }
    }
}

impl<H: BySgd> Walk for Walker<'_, H> {
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
