//! One seed, from its start to its end.

use serde::{Deserialize, Serialize};

use super::random::{Position, Purpose, Stream};
use super::slices::Walk;
use super::student::{Simulated, Student};
use super::{Plan, SimulationError, Until};
use crate::observable::{BEYOND, Instant, Observable, Observed};
use crate::watch::Cancel;

/// What was seen at one step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record<O = Observed> {
    /// Step of SGD.
    pub step: u64,
    /// The overlaps.
    #[serde(flatten)]
    pub seen: O,
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
    /// The alignment reached the threshold, as asked.
    Exit,
    /// The excess loss was low enough, as asked.
    Learned,
    /// The weights were no longer finite; the records end before that.
    Diverged,
}

/// The run of one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedRun<O = Observed> {
    /// The seed.
    pub seed: u64,
    /// What was seen, at ascending steps.
    pub records: Vec<Record<O>>,
    /// First step with |alignment| >= threshold; of a network its cosine.
    pub exit_step: Option<u64>,
    /// Steps done.
    pub steps: u64,
    /// How the run ended; `None` while it has not.
    pub end: Option<End>,
}

/// A run that can be gone on with.
#[derive(Debug)]
pub(super) struct Walker<'a, P: Simulated> {
    plan: &'a Plan<P>,
    student: Box<dyn Student<P::Seen>>,
    testing: Stream,
    run: SeedRun<P::Seen>,
    /// Next entry of the plan's steps to record.
    next: usize,
}

/// A run in the middle, as kept in a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Saved<O> {
    pub(super) run: SeedRun<O>,
    /// `None` for a run that has ended.
    place: Option<Place>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Place {
    /// All numbers that are trained.
    trained: Vec<f64>,
    training: Position,
    testing: Position,
}

impl<'a, P: Simulated> Walker<'a, P> {
    pub(super) fn new(plan: &'a Plan<P>, seed: u64) -> Result<Self, SimulationError> {
        let method = plan.settings.method;
        Ok(Self {
            plan,
            student: plan.problem.student(plan.sgd, method, seed)?,
            testing: Stream::new(seed, Purpose::Testing),
            run: SeedRun {
                seed,
                records: Vec::new(),
                exit_step: None,
                steps: 0,
                end: None,
            },
            next: 0,
        })
    }

    /// A run taken up where it was left.
    pub(super) fn resumed(
        plan: &'a Plan<P>,
        saved: Saved<P::Seen>,
    ) -> Result<Self, SimulationError> {
        let mut walker = Self::new(plan, saved.run.seed)?;
        let fits = saved.run.steps <= plan.settings.steps
            && match &saved.place {
                Some(place) => walker.put(saved.run.seed, place).is_some(),
                None => saved.run.end.is_some(),
            };
        if !fits {
            return Err(SimulationError::Foreign);
        }
        let last = saved.run.records.last().map(|record| record.step);
        walker.next = plan
            .record_steps
            .partition_point(|step| last.is_some_and(|last| *step <= last));
        walker.run = saved.run;
        Ok(walker)
    }

    /// Puts weights and random numbers where they were; `None` when they are not of this run.
    fn put(&mut self, seed: u64, place: &Place) -> Option<()> {
        *self.student.stream_mut() = Stream::at(seed, Purpose::Training, &place.training)?;
        self.testing = Stream::at(seed, Purpose::Testing, &place.testing)?;
        self.student.restore(&place.trained)
    }

    /// The run as it stands.
    pub(super) fn save(&self) -> Saved<P::Seen> {
        let place = || Place {
            trained: self.student.trained(),
            training: self.student.stream().position(),
            testing: self.testing.position(),
        };
        Saved {
            run: self.run.clone(),
            place: self.run.end.is_none().then(place),
        }
    }

    /// Notes what is to be noted before the next step, and whether there is one.
    fn look(&mut self) {
        let step = self.run.steps;
        let finite = self.student.is_finite();
        let Some(outside) = self.student.has_exited().filter(|_| finite) else {
            self.run.end = Some(End::Diverged);
            return;
        };
        if self.run.exit_step.is_none() && outside {
            self.run.exit_step = Some(step);
        }
        let last = step >= self.plan.settings.steps;
        let end = match self.plan.settings.until {
            Until::Exit if self.run.exit_step.is_some() => Some(End::Exit),
            Until::Learned if self.plan.is_learned(&self.student.see()) => Some(End::Learned),
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

    /// Notes the overlaps and the loss; false when they are not finite.
    fn record(&mut self) -> bool {
        let (problem, seen) = (&self.plan.problem, self.student.see());
        let loss = problem.test_loss(&seen, self.plan.settings.test_batch, &mut self.testing);
        let finite = P::is_finite(&seen) && loss < BEYOND;
        if finite {
            let step = self.run.steps;
            self.run.records.push(Record { step, seen, loss });
        }
        finite
    }
}

impl<P: Simulated> Walk for Walker<'_, P> {
    fn advance(&mut self, steps: u64, cancel: Cancel) -> bool {
        // Every state is looked at when it is reached, so that one that is set aside is finite.
        if self.run.records.is_empty() && self.run.end.is_none() {
            self.look();
        }
        for _ in 0..steps {
            if self.run.end.is_some() || cancel.is_set() {
                break;
            }
            self.student.step(self.plan.factor(self.run.steps));
            self.run.steps += 1;
            self.look();
        }
        self.run.end.is_some()
    }

    fn done(&self) -> u64 {
        self.run.steps
    }

    fn left(&self) -> u64 {
        self.plan.settings.steps.saturating_sub(self.run.steps)
    }
}
