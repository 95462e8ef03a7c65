//! The pre-training strength that makes fine-tuning shortest.

use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::pretraining::PreTrainingCost;
use crate::integrator::Tolerances;
use crate::problem::network::NetworkProblem;
use crate::problem::{Problem, ProblemError};
use crate::root::{minimum, zero};
use crate::search::SearchPhase;
use crate::trajectory::network::run_network_until;
use crate::trajectory::{FlowError, Outcome, Until, run_until};
use crate::watch::Watch;

/// What is to be short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum OptimumGoal {
    /// The time to the exit.
    #[default]
    Exit,
    /// The time to learn: excess loss at the loss tolerance of its initial value.
    Learn,
}

/// The best strength, with what it is better than.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Optimum {
    /// The strength, in [0, 1).
    pub mu: f64,
    /// The time there, in ODE time, that of pre-training included.
    pub value: f64,
    /// The time without pre-training; `None` when it never ends.
    pub value_at_zero: Option<f64>,
    /// Strength and time of a nearly perfect pre-training; aligned, the time diverges as (1 - mu)^-2.
    pub near_one: (f64, Option<f64>),
    /// Whether it is the largest strength looked at, so that the time may fall further.
    pub is_at_end: bool,
    /// How many of the strengths of the curve have a time.
    pub reached: usize,
    /// The time at strengths from 0 to 0.999.
    pub curve: Vec<Timed>,
}

/// Strengths looked at first.
const SAMPLES: usize = 160;
/// The largest of them.
const NEAR_ONE: f64 = 0.999;
/// Relative tolerance of the last digits.
const RTOL: f64 = 1e-12;
/// Local minima that are followed, and to what.
const CANDIDATES: usize = 3;
const PRECISION: f64 = 1e-6;
/// Half-width of the last fit, and its degree: a polynomial through values good to 1e-12 places
/// the minimum much better than comparing values could.
const FIT_WIDTH: f64 = 5e-3;
const FIT_DEGREE: usize = 8;

/// A strength and its time, if it has one.
pub type Timed = (f64, Option<f64>);

/// A strength that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The strength.
    pub mu: f64,
    /// Relative tolerance of the run.
    pub rtol: f64,
    /// The time, if it has one, in ODE time.
    pub time: Option<f64>,
}

/// All strengths tried, in their order: readable while the search goes on, which asks none of them
/// again when it is begun anew.
#[derive(Debug, Default)]
pub struct Trials(Mutex<Vec<Trial>>);

impl Trials {
    /// Those of an earlier search for the same.
    pub fn new(known: Vec<Trial>) -> Self {
        Self(Mutex::new(known))
    }

    /// All of them.
    pub fn all(&self) -> Vec<Trial> {
        self.lock().clone()
    }

    /// The strengths that are looked at first, with their times.
    pub fn curve(&self) -> Vec<Timed> {
        let all = self.lock();
        all.iter().take(SAMPLES).map(|t| (t.mu, t.time)).collect()
    }

    /// How many strengths are looked at first.
    pub const FIRST: usize = SAMPLES;

    /// The trial at a place, if it is of these numbers; others are forgotten, with all later ones.
    fn known(&self, place: usize, mu: f64, rtol: f64) -> Option<Trial> {
        let bits = |x: f64, y: f64| (x.to_bits(), y.to_bits());
        let mut all = self.lock();
        let found = all.get(place).copied();
        let same = found.filter(|trial| bits(trial.mu, trial.rtol) == bits(mu, rtol));
        if same.is_none() {
            all.truncate(place);
        }
        same
    }

    fn put(&self, trial: Trial) {
        self.lock().push(trial);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Trial>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Minimises the time over the strengths of `family(mu)`; `None` when no strength has one. The
/// strengths tried are put into `trials` as they come, and those that are there are not run again.
///
/// Curves may have several minima and may diverge (at critical strengths): the best three of 160
/// samples are followed to 1e-6. The times of the result are good to a relative tolerance of 1e-12, or
/// the one that is asked for.
///
/// # Errors
/// When a problem is refused or a run fails.
pub fn find_optimum<P: FineTuned>(
    family: &dyn Fn(f64) -> Result<P, ProblemError>,
    goal: OptimumGoal,
    cost: Option<&PreTrainingCost>,
    (watch, trials): (&dyn Watch, &Trials),
    asked: Option<f64>,
) -> Result<Option<Optimum>, FlowError> {
    let place = Cell::new(0);
    let time = |mu: f64, rtol: f64| -> Result<Option<f64>, FlowError> {
        let rtol = match (asked, goal) {
            // A time to learn is as much more sensitive as the loss must fall.
            (None, OptimumGoal::Learn) => rtol.min(1e-11),
            (None, OptimumGoal::Exit) => rtol,
            (Some(asked), OptimumGoal::Exit) if rtol > RTOL => rtol.max(asked),
            (Some(asked), _) => asked,
        };
        if let Some(known) = trials.known(place.replace(place.get() + 1), mu, rtol) {
            watch.recall(1);
            return Ok(known.time);
        }
        let tolerances = Tolerances {
            rtol,
            max_steps: Some(100_000),
            cancel: watch.cancel(),
            ..Tolerances::default()
        };
        let own = family(mu)?.duration(goal, &tolerances)?;
        let whole = match (own, cost) {
            (Some(own), Some(cost)) => cost.time(mu, &tolerances)?.map(|t| t + own),
            (own, _) => own,
        };
        trials.put(Trial {
            mu,
            rtol,
            time: whole,
        });
        watch.advance(1);
        Ok(whole)
    };
    let strength = |i: usize| NEAR_ONE * i as f64 / (SAMPLES - 1) as f64;
    watch.begin("strengths", SAMPLES as u64);
    for i in 0..SAMPLES {
        time(strength(i), 1e-8)?;
    }
    let curve = trials.curve();
    watch.begin("trials", 0);
    let mut best: Option<(f64, f64)> = None;
    for index in candidates(&curve) {
        let low = curve[index.saturating_sub(1)].0;
        let high = curve[(index + 1).min(SAMPLES - 1)].0;
        let found = follow(&time, low, high)?;
        best = match (best, found) {
            (Some(best), Some(found)) if best.1 <= found.1 => Some(best),
            (best, found) => found.or(best),
        };
    }
    let Some((mu, value)) = best else {
        return Ok(None);
    };
    // To the last digits as well, so that gains compare like with like.
    Ok(Some(Optimum {
        mu,
        value: time(mu, RTOL)?.unwrap_or(value),
        value_at_zero: time(0.0, RTOL)?,
        near_one: (NEAR_ONE, time(NEAR_ONE, RTOL)?),
        is_at_end: mu >= NEAR_ONE,
        reached: curve.iter().filter(|(_, t)| t.is_some()).count(),
        curve,
    }))
}

/// What takes a time to fine-tune.
pub trait FineTuned {
    /// The time to the goal, in ODE time; `None` where it is not reached.
    ///
    /// # Errors
    /// A run that fails.
    fn duration(
        &self,
        goal: OptimumGoal,
        tolerances: &Tolerances,
    ) -> Result<Option<f64>, FlowError>;
}

impl FineTuned for Problem {
    fn duration(
        &self,
        goal: OptimumGoal,
        tolerances: &Tolerances,
    ) -> Result<Option<f64>, FlowError> {
        if let Some(phase) = SearchPhase::estimated(self) {
            phase.checked()?;
        }
        let run = run_until(self, tolerances, goal.end())?;
        Ok(goal.time((run.exit_time, run.outcome, run.end)))
    }
}

impl FineTuned for NetworkProblem {
    fn duration(
        &self,
        goal: OptimumGoal,
        tolerances: &Tolerances,
    ) -> Result<Option<f64>, FlowError> {
        let run = run_network_until(self, goal.end(), tolerances)?;
        Ok(goal.time((run.exit_time, run.outcome, run.end)))
    }
}

impl OptimumGoal {
    fn end(self) -> Until {
        match self {
            Self::Exit => Until::Exit,
            Self::Learn => Until::Outcome,
        }
    }

    /// The time of a run with this exit, outcome and end.
    fn time(self, (exit, outcome, end): (Option<f64>, Outcome, f64)) -> Option<f64> {
        match self {
            Self::Exit => exit,
            Self::Learn => (outcome == Outcome::Learned).then_some(end),
        }
    }
}

/// Indices of the lowest local minima of the samples.
fn candidates(curve: &[Timed]) -> Vec<usize> {
    let at = |i: Option<usize>| i.and_then(|i| curve.get(i)).and_then(|p| p.1);
    let mut found: Vec<(usize, f64)> = (0..curve.len())
        .filter_map(|i| {
            let here = at(Some(i))?;
            let lower = |other: Option<f64>| other.is_some_and(|other| other < here);
            let hidden = lower(at(i.checked_sub(1))) || lower(at(i.checked_add(1)));
            (!hidden).then_some((i, here))
        })
        .collect();
    found.sort_by(|a, b| a.1.total_cmp(&b.1));
    found.into_iter().take(CANDIDATES).map(|(i, _)| i).collect()
}

/// A time at a strength, to a relative tolerance.
type Time<'a> = dyn Fn(f64, f64) -> Result<Option<f64>, FlowError> + 'a;

/// The minimum between two strengths: to [`PRECISION`], then that of a polynomial.
fn follow(time: &Time<'_>, low: f64, high: f64) -> Result<Option<(f64, f64)>, FlowError> {
    let value =
        |mu: f64| -> Result<f64, FlowError> { Ok(time(mu, 1e-10)?.unwrap_or(f64::INFINITY)) };
    let mut failed = None;
    let tried = |mu| {
        value(mu).unwrap_or_else(|error| {
            failed = Some(error);
            f64::NAN
        })
    };
    let mut best = minimum(tried, (low, high), PRECISION);
    if let Some(error) = failed {
        return Err(error);
    }
    // An end of the range may be lower than anything inside.
    for end in [low, high] {
        let there = value(end)?;
        if there <= best.1 {
            best = (end, there);
        }
    }
    if let Some(polished) = polish(time, best.0)? {
        best = polished;
    }
    Ok(best.1.is_finite().then_some(best))
}

/// The minimum of the polynomial through Chebyshev nodes around `mu`; `None` when it is not
/// inside, or the times are no polynomial there.
fn polish(time: &Time<'_>, mu: f64) -> Result<Option<(f64, f64)>, FlowError> {
    let width = FIT_WIDTH.min(mu).min(1.0 - mu);
    if width < 0.1 * FIT_WIDTH {
        return Ok(None);
    }
    let nodes = FIT_DEGREE + 1;
    let angle = |k: usize| std::f64::consts::PI * (k as f64 + 0.5) / nodes as f64;
    let mut values = Vec::with_capacity(nodes);
    for k in 0..nodes {
        match time(mu + width * angle(k).cos(), RTOL)? {
            Some(value) => values.push(value),
            None => return Ok(None),
        }
    }
    let coefficient = |j: usize| {
        let sum: f64 = (0..nodes)
            .map(|k| values[k] * (j as f64 * angle(k)).cos())
            .sum();
        sum * if j == 0 { 1.0 } else { 2.0 } / nodes as f64
    };
    let series: Vec<f64> = (0..nodes).map(coefficient).collect();
    let last = series[FIT_DEGREE].abs() + series[FIT_DEGREE - 1].abs();
    if last > 1e-9 * series[0].abs() {
        return Ok(None);
    }
    // d/dx of sum c_j cos(j theta), x = cos(theta): sum j c_j sin(j theta) / sin(theta).
    let slope = |x: f64| {
        let theta = x.acos();
        let terms = series.iter().enumerate().skip(1);
        terms
            .map(|(j, c)| j as f64 * c * (j as f64 * theta).sin() / theta.sin())
            .sum::<f64>()
    };
    let (a, b) = (-0.99, 0.99);
    let (fa, fb) = (slope(a), slope(b));
    if fa >= 0.0 || fb <= 0.0 {
        return Ok(None);
    }
    let at = mu + width * zero(slope, ((a, fa), (b, fb)), 0.0);
    Ok(time(at, RTOL)?.map(|value| (at, value)))
}
