//! The finite-step map of networks: exact for any step size when `d -> infinity` at fixed `B/d` (docs/networks.md, "Finite
//! steps").

use super::evolution::{Until, Wanted};
use super::network_flow::{Followed, NetworkRun, followed};
use super::network_trajectory::NetworkTrajectory;
use super::plateau::{Plateau, Sample, plateaus};
use super::stepping::{Stepped, Stepping, follow, go};
use super::{FlowError, Outcome, Solver};
use crate::dynamics::network::network_system;
use crate::integrator::{Tolerances, Work};
use crate::problem::network::NetworkProblem;
use crate::watch::Cancel;

/// Change of a number, against it, that is rounding of the steps of a run at rest.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

/// Most steps of a run to its outcome: a minute or two of closed forms. Noise may move free networks for ever.
const MOST_STEPS: f64 = 1e7;

/// The map of a problem, on the way to having learned.
struct Steps<'a> {
    followed: &'a Followed<'a>,
    /// `eta`.
    size: f64,
    /// The loss above `Delta/2` at which it has learned.
    allowed: f64,
}

impl<'a> Steps<'a> {
    /// # Errors
    /// When the step size or the batch is not known.
    fn of(followed: &'a Followed<'a>, until: Until) -> Result<Self, FlowError> {
        let scaling = &followed.problem.setup().scaling;
        let sgd = scaling.sgd(["for the finite-step map"; 2])?;
        Ok(Self {
            size: sgd.step,
            allowed: followed.allowed(until),
            followed,
        })
    }

    fn time(&self, step: u64) -> f64 {
        step as f64 * self.size
    }

    /// The plateaus of a run, whose ends are good to a step.
    fn plateaus(&self, stepped: &Stepped, cancel: Cancel) -> Result<Vec<Plateau>, FlowError> {
        let loss = |state: &[f64]| self.loss(state);
        let rates = |state: &[f64], out: &mut [f64]| {
            self.step(state, out);
            let changes = out.iter_mut().zip(state);
            changes.for_each(|(next, now)| *next = (*next - now) / self.size);
        };
        let last = stepped.last.0;
        let at = |times: &[f64]| -> Result<Vec<Sample>, FlowError> {
            let sample = |t: &f64| {
                let step = ((t / self.size).round() as u64).min(last);
                let state = stepped.state(self, step, cancel)?;
                Ok(Sample::of((*t, &state), &loss, &rates))
            };
            times.iter().map(sample).collect()
        };
        let times: Vec<f64> = stepped.kept_steps().map(|step| self.time(step)).collect();
        let label_noise = self.followed.problem.setup().label_noise;
        plateaus(&times, &at, 0.5 * label_noise)
    }

    fn concluded(&self, stepped: &Stepped) -> Result<NetworkRun, FlowError> {
        let followed = self.followed;
        let (step, state) = &stepped.last;
        let (end, excess) = (self.time(*step), self.loss(state));
        Ok(NetworkRun {
            exit_time: stepped.exit.map(|step| self.time(step)),
            outcome: stepped.outcome,
            end,
            settled: end,
            plateaus: Vec::new(),
            last: followed.system.observe(state),
            loss: excess + 0.5 * followed.problem.setup().label_noise,
            excess,
            noise_error: followed.noise_error([&followed.start[..], state].into_iter())?,
            growth: None,
            solver: Solver {
                method: "map",
                work: Work {
                    steps: *step as usize,
                    rhs_evaluations: *step as usize,
                },
            },
        })
    }
}

impl Stepping for Steps<'_> {
    fn start(&self) -> Vec<f64> {
        self.followed.start.clone()
    }

    fn step(&self, state: &[f64], next: &mut [f64]) {
        self.followed.system.step(state, self.size, next);
    }

    fn size(&self) -> f64 {
        self.size
    }

    fn t_max(&self) -> f64 {
        let longest = MOST_STEPS * self.size;
        self.followed.problem.setup().t_max.min(longest)
    }

    fn loss(&self, state: &[f64]) -> f64 {
        self.followed.system.loss(state)
    }

    fn has_exited(&self, state: &[f64]) -> bool {
        self.followed.system.cosine(state) >= self.followed.problem.setup().threshold
    }

    fn has_learned(&self, _: &[f64], loss: f64) -> bool {
        loss <= self.allowed
    }

    /// To rounding: numbers that are below the absolute tolerance do not count.
    fn is_still(&self, state: &[f64], before: &[f64]) -> bool {
        let small = self.followed.tolerances.atol.unwrap_or_default();
        let mut pairs = state.iter().zip(before);
        pairs.all(|(x, y)| x.abs() <= small || (x - y).abs() <= ROUNDING * x.abs())
    }

    fn at_rest(&self, state: &[f64], has_exited: bool) -> Result<Outcome, FlowError> {
        let losses = (self.loss(state), self.allowed);
        self.followed.at_rest(state, losses, has_exited)
    }
}

/// Runs a problem up to `until`, and gives the overlaps at the steps nearest to the times wanted.
///
/// # Errors
/// As [`follow_network`](super::network::follow_network), and no step size or batch.
pub(super) fn follow_by_map(
    followed: &Followed<'_>,
    until: Until,
    wanted: Wanted<'_>,
) -> Result<(NetworkRun, NetworkTrajectory), FlowError> {
    let (map, cancel) = (Steps::of(followed, until)?, followed.tolerances.cancel);
    let mut seen = NetworkTrajectory::default();
    let mut see = |step: u64, state: &[f64]| followed.look(map.time(step), state, &mut seen);
    let stepped = follow(&map, (until, wanted), cancel, &mut see)?;
    let mut run = map.concluded(&stepped)?;
    if let Wanted::Spread(_) = wanted {
        run.plateaus = map.plateaus(&stepped, cancel)?;
    }
    Ok((run, seen))
}

/// The overlaps of a network after some steps of SGD of size `eta`, ascending, by the finite-step map.
///
/// # Errors
/// [`FlowError`]: no step size or batch, links without averages, numbers that grow beyond double precision, a caller who
/// ended it.
pub fn network_map(
    problem: &NetworkProblem,
    steps: &[u64],
    cancel: Cancel,
) -> Result<NetworkTrajectory, FlowError> {
    let system = network_system(problem)?;
    let followed = followed(problem, &*system, &Tolerances::default());
    let map = Steps::of(&followed, Until::Exit)?;
    let mut at = (0, map.start());
    let mut seen = NetworkTrajectory::default();
    for &step in steps {
        at = go(&map, at, step, cancel)?;
        if !map.loss(&at.1).is_finite() {
            return Err(FlowError::Diverged { step });
        }
        followed.look(map.time(step), &at.1, &mut seen);
    }
    Ok(seen)
}
