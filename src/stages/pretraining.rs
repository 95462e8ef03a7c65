//! How long the first stage of a history should be: the cost of the whole against the length of its pre-training.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Limits, Reason, StageError, Staged, TaskOverlaps};
use crate::integrator::Tolerances;
use crate::problem::TimeUnit;
use crate::root::minimum;

/// A length of the first stage, and what the history comes to with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreTrained {
    /// Length of the first stage in ODE time; 0 without it.
    pub t: f64,
    /// The same in the unit that is counted.
    pub length: f64,
    /// Overlaps with every task where the stage ends.
    pub m: Vec<TaskOverlaps>,
    /// Length of the whole history in the unit that is counted; `None` where it comes to no end, or not to the goal.
    pub total: Option<f64>,
}

/// Lengths of pre-training, the shortest history among them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pretraining {
    /// Lengths up to that of the history as it is given, ascending.
    pub curve: Vec<PreTrained>,
    /// Without the first stage.
    pub without: PreTrained,
    /// The length with the shortest history; `None` where no length, and none at all, comes to the goal.
    pub best: Option<PreTrained>,
    /// Whether the best is the longest that was looked at.
    pub is_at_end: bool,
}

/// Lengths that are looked at first, about.
pub const LENGTHS: usize = 160;
/// Local minima that are followed, and how closely, as a fraction of the interval.
const CANDIDATES: usize = 3;
const PRECISION: f64 = 1e-6;
/// Instants kept of a stage of which the end alone is wanted.
const FEW: usize = 4;

impl Pretraining {
    /// Whether no pre-training is best.
    pub fn is_never(&self) -> bool {
        self.best.as_ref().is_some_and(|best| best.t == 0.0)
    }

    /// The cost of the history against the length of its first stage, from nothing to the length that it has as given:
    /// the sum of the lengths of all stages, in `unit`, up to where the last one meets a limit that is no time.
    ///
    /// # Errors
    /// A unit that a stage has no step size or batch for, a first stage that comes to no end, a step that fails.
    pub fn of<H: Staged>(
        history: &H,
        unit: TimeUnit,
        tolerances: &Tolerances,
    ) -> Result<Self, StageError> {
        let stages = history.stages().into_iter();
        let rates = stages.map(|stage| stage.scaling.per_unit_time(unit));
        let asked = Cut {
            history,
            rates: rates.collect::<Result<_, _>>()?,
            tolerances,
        };
        let (longest, _) = history.run(0, &history.start(), (LENGTHS, tolerances))?;
        let times = longest.course.iter().map(|at| H::seen(at).0);
        let times: Vec<f64> = times.filter(|t| *t > 0.0).collect();
        let curve = times.par_iter().map(|t| asked.after(*t));
        let curve: Vec<PreTrained> = curve.collect::<Result<_, StageError>>()?;
        let without = asked.without()?;
        let mut best = without.clone();
        for place in lowest(&curve) {
            let found = asked.follow(&curve, place)?;
            if shorter(&found, &best) {
                best = found;
            }
        }
        let end = curve.last().map_or(0.0, |last| last.t);
        Ok(Self {
            is_at_end: best.t > 0.0 && best.t >= end * (1.0 - PRECISION),
            best: best.total.is_some().then_some(best),
            curve,
            without,
        })
    }
}

/// Whether one history is shorter than another; one that has no end is not.
fn shorter(one: &PreTrained, other: &PreTrained) -> bool {
    let time = |of: &PreTrained| of.total.unwrap_or(f64::INFINITY);
    time(one) < time(other)
}

/// Places of the lowest local minima of a curve.
fn lowest(curve: &[PreTrained]) -> Vec<usize> {
    let is_lowest = |i: &usize| {
        let beside = [i.checked_sub(1), i.checked_add(1)].into_iter().flatten();
        let mut beside = beside.filter_map(|j| curve.get(j));
        curve[*i].total.is_some() && !beside.any(|other| shorter(other, &curve[*i]))
    };
    let mut found: Vec<usize> = (0..curve.len()).filter(is_lowest).collect();
    let time = |i: &usize| curve[*i].total.unwrap_or(f64::INFINITY);
    found.sort_by(|one, other| time(one).total_cmp(&time(other)));
    found.truncate(CANDIDATES);
    found
}

/// A history of which the first stage is cut.
struct Cut<'a, H> {
    history: &'a H,
    /// From ODE time to the unit that is counted, for every stage.
    rates: Vec<f64>,
    tolerances: &'a Tolerances,
}

impl<H: Staged> Cut<'_, H> {
    /// The history whose first stage ends at a time.
    fn after(&self, t: f64) -> Result<PreTrained, StageError> {
        let until = Limits {
            t: Some(t),
            ..Limits::default()
        };
        self.ended(&self.history.until(0, until), 0)
    }

    /// The history without its first stage.
    fn without(&self) -> Result<PreTrained, StageError> {
        self.ended(self.history, 1)
    }

    /// Runs the stages from a place on.
    fn ended(&self, history: &H, from: usize) -> Result<PreTrained, StageError> {
        let (mut student, stages) = (history.start(), history.stages().len());
        let mut seen = PreTrained {
            t: 0.0,
            length: 0.0,
            m: history.overlaps(&student),
            total: None,
        };
        let mut total = 0.0;
        for stage in from..stages {
            let (run, left) = match history.run(stage, &student, (FEW, self.tolerances)) {
                Ok(ended) => ended,
                Err(StageError::AtRest { .. } | StageError::Endless { .. }) => return Ok(seen),
                Err(error) => return Err(error),
            };
            student = left;
            total += run.t * self.rates[stage];
            if stage == 0 {
                seen.t = run.t;
                seen.length = total;
                seen.m = history.overlaps(&student);
            }
            let is_last = stage + 1 == stages;
            if is_last && !matches!(run.reason, Reason::T | Reason::Steps | Reason::Samples) {
                seen.total = Some(total);
            }
        }
        Ok(seen)
    }

    /// The minimum about a place of the curve.
    fn follow(&self, curve: &[PreTrained], place: usize) -> Result<PreTrained, StageError> {
        let mut best = curve[place].clone();
        let low = place.checked_sub(1).map_or(0.0, |i| curve[i].t);
        let high = curve.get(place + 1).map_or(best.t, |next| next.t);
        let mut failed = None;
        let tried = |t: f64| match self.after(t) {
            Ok(at) => {
                let time = at.total.unwrap_or(f64::INFINITY);
                if shorter(&at, &best) {
                    best = at;
                }
                time
            }
            Err(error) => {
                failed = Some(error);
                f64::NAN
            }
        };
        minimum(tried, (low, high), PRECISION * (high - low));
        failed.map_or(Ok(best), Err)
    }
}
