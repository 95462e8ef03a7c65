//! One seed, from its start to its end.

use serde::{Deserialize, Serialize};

use super::batch::test_loss;
use super::full::Full;
use super::projected::Projected;
use super::random::{Position, Purpose, Stream};
use super::update::Update;
use super::{Method, Plan, Until};
use crate::observable::{BEYOND, Instant, Observable, Observed};
use crate::watch::Cancel;

/// What was seen at one step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Step of SGD.
    pub step: u64,
    /// The overlaps.
    #[serde(flatten)]
    pub seen: Observed,
    /// Population loss estimated on a fresh test batch, label noise included.
    pub loss: f64,
}

impl Record {
    /// A number of the run at this step, if it has it.
    pub fn value(&self, observable: &Observable) -> Option<f64> {
        let (seen, loss) = (self.seen, self.loss);
        (observable.of)(&Instant { seen, loss })
    }
}

/// Why a seed stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// All steps were done.
    Steps,
    /// |alignment| reached the threshold, as asked.
    Exit,
    /// The excess loss was low enough, as asked.
    Learned,
    /// The weights were no longer finite; the records end before that.
    Diverged,
}

/// The run of one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedRun {
    /// The seed.
    pub seed: u64,
    /// What was seen, at ascending steps.
    pub records: Vec<Record>,
    /// First step with |alignment| >= threshold.
    pub exit_step: Option<u64>,
    /// Steps done.
    pub steps: u64,
    /// How the run ended; `None` while it has not.
    pub end: Option<End>,
}

/// A run that can be gone on with.
#[derive(Debug)]
pub(super) struct Walker<'a> {
    plan: &'a Plan,
    state: State,
    testing: Stream,
    pub(super) run: SeedRun,
    /// Next entry of the plan's steps to record.
    next: usize,
}

/// The weights, by method.
#[derive(Debug)]
enum State {
    Projected(Box<Projected>),
    Full(Box<Full>),
}

/// A run in the middle, as kept in a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Saved {
    pub(super) run: SeedRun,
    /// `None` for a run that has ended.
    place: Option<Place>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Place {
    u: f64,
    trained: Vec<f64>,
    training: Position,
    testing: Position,
}

impl<'a> Walker<'a> {
    pub(super) fn new(plan: &'a Plan, seed: u64) -> Self {
        let problem = &plan.problem;
        let update = Update::new(problem, plan.sgd.step);
        let state = match plan.settings.method {
            Method::Projected => {
                State::Projected(Box::new(Projected::new(problem, plan.sgd, update, seed)))
            }
            Method::Full => State::Full(Box::new(Full::new(problem, plan.sgd, update, seed))),
        };
        Self {
            plan,
            state,
            testing: Stream::new(seed, Purpose::Testing),
            run: SeedRun {
                seed,
                records: Vec::new(),
                exit_step: None,
                steps: 0,
                end: None,
            },
            next: 0,
        }
    }

    /// A run taken up where it was left; `None` when it does not fit the plan.
    pub(super) fn resumed(plan: &'a Plan, saved: Saved) -> Option<Self> {
        let mut walker = Self::new(plan, saved.run.seed);
        if let Some(place) = saved.place {
            let training = Stream::at(saved.run.seed, Purpose::Training, &place.training)?;
            walker.testing = Stream::at(saved.run.seed, Purpose::Testing, &place.testing)?;
            match &mut walker.state {
                State::Projected(state) => {
                    state.trained = place.trained.try_into().ok()?;
                    (state.u, state.stream) = (place.u, training);
                }
                State::Full(state) => {
                    if place.trained.len() != state.trained.len() {
                        return None;
                    }
                    state.trained = place.trained;
                    (state.u, state.stream) = (place.u, training);
                    state.rebuild();
                }
            }
        } else if saved.run.end.is_none() {
            return None;
        }
        if saved.run.steps > plan.settings.steps {
            return None;
        }
        let last = saved.run.records.last().map(|record| record.step);
        walker.next = plan
            .record_steps
            .partition_point(|step| last.is_some_and(|last| *step <= last));
        walker.run = saved.run;
        Some(walker)
    }

    /// The run as it stands.
    pub(super) fn save(&self) -> Saved {
        let place = |u, trained: &[f64], stream: &Stream| Place {
            u,
            trained: trained.to_vec(),
            training: stream.position(),
            testing: self.testing.position(),
        };
        Saved {
            run: self.run.clone(),
            place: self.run.end.is_none().then(|| match &self.state {
                State::Projected(state) => place(state.u, &state.trained, &state.stream),
                State::Full(state) => place(state.u, &state.trained, &state.stream),
            }),
        }
    }

    /// Goes on for at most so many steps, or until it is cancelled; true once the run has ended.
    pub(super) fn advance(&mut self, steps: u64, cancel: Cancel) -> bool {
        // Every state is looked at when it is reached, so that one that is set aside is finite.
        if self.run.records.is_empty() && self.run.end.is_none() {
            self.look();
        }
        for _ in 0..steps {
            if self.run.end.is_some() || cancel.is_set() {
                break;
            }
            match &mut self.state {
                State::Projected(state) => state.step(),
                State::Full(state) => state.step(),
            }
            self.run.steps += 1;
            self.look();
        }
        self.run.end.is_some()
    }

    /// Notes what is to be noted before the next step, and whether there is one.
    fn look(&mut self) {
        let step = self.run.steps;
        let alignment = self.alignment();
        if !(alignment.is_finite() && self.is_finite()) {
            self.run.end = Some(End::Diverged);
            return;
        }
        if self.run.exit_step.is_none() && alignment.abs() >= self.plan.problem.threshold() {
            self.run.exit_step = Some(step);
        }
        let last = step >= self.plan.settings.steps;
        let end = match self.plan.settings.until {
            Until::Exit if self.run.exit_step.is_some() => Some(End::Exit),
            Until::Learned if self.plan.is_learned(&self.see()) => Some(End::Learned),
            _ => last.then_some(End::Steps),
        };
        let due = self.plan.record_steps.get(self.next) == Some(&step);
        self.next += usize::from(due);
        if (due || end.is_some()) && !self.record() {
            self.run.end = Some(End::Diverged);
            return;
        }
        self.run.end = end;
    }

    /// Whether the weights are numbers.
    fn is_finite(&self) -> bool {
        match &self.state {
            State::Projected(state) => {
                state.u.is_finite() && state.trained.iter().all(|v| v.is_finite())
            }
            State::Full(state) => {
                state.u.is_finite() && state.trained.iter().all(|v| v.is_finite())
            }
        }
    }

    /// Notes the overlaps and the loss; false when they are not finite.
    fn record(&mut self) -> bool {
        let (problem, seen) = (&self.plan.problem, self.see());
        let at = (seen.m, seen.residual.sqrt());
        let links = (problem.model().teacher(), problem.model().student());
        let loss = test_loss(links, at, self.plan.settings.test_batch, &mut self.testing);
        let record = Record {
            step: self.run.steps,
            seen,
            loss: loss + 0.5 * problem.label_noise(),
        };
        let finite = seen.is_finite() && record.loss < BEYOND;
        if finite {
            self.run.records.push(record);
        }
        finite
    }

    fn alignment(&self) -> f64 {
        match &self.state {
            State::Projected(state) => state.see().alignment,
            State::Full(state) => state.alignment(),
        }
    }

    fn see(&self) -> Observed {
        match &self.state {
            State::Projected(state) => state.see(),
            State::Full(state) => state.see(),
        }
    }
}
