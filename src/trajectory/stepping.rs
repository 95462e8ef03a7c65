//! Runs of finite-step maps: one step after the other, to an outcome.

use super::evolution::{Until, Wanted, spread_times};
use super::{FlowError, Outcome};
use crate::watch::Cancel;

/// Steps between two looks at whether the state still changes.
const LOOK: u64 = 1000;
/// Most steps of one run: minutes of work for one unit.
const MAX_STEPS: f64 = 1e10;
/// States kept of a run, and the numbers in them; beyond, every other one is dropped.
const MAX_KEPT: usize = 20_000;
const MAX_NUMBERS: usize = 2_000_000;

/// A map of states, and what is asked of them on the way.
pub(super) trait Stepping {
    /// The state at step 0.
    fn start(&self) -> Vec<f64>;
    /// One step.
    fn step(&self, state: &[f64], next: &mut [f64]);
    /// `eta`.
    fn size(&self) -> f64;
    /// The run ends here at the latest, in ODE time.
    fn t_max(&self) -> f64;
    /// The population loss, without label noise.
    fn loss(&self, state: &[f64]) -> f64;
    /// Whether the alignment has reached the threshold.
    fn has_exited(&self, state: &[f64]) -> bool;
    /// Whether it has learned, at this loss.
    fn has_learned(&self, state: &[f64], loss: f64) -> bool;
    /// Whether a state is that of many steps before.
    fn is_still(&self, state: &[f64], before: &[f64]) -> bool;
    /// The outcome of a state that no longer changes.
    ///
    /// # Errors
    /// [`FlowError`]: a caller who ended it.
    fn at_rest(&self, state: &[f64], has_exited: bool) -> Result<Outcome, FlowError>;
}

/// A step and its state.
pub(super) type At = (u64, Vec<f64>);

/// A run that came to its end.
pub(super) struct Stepped {
    pub(super) outcome: Outcome,
    /// The step of the exit.
    pub(super) exit: Option<u64>,
    pub(super) last: At,
    kept: Kept,
}

/// Goes from a step and its state on to another step.
///
/// # Errors
/// A state that is not finite, a caller who ended it.
pub(super) fn go(
    map: &impl Stepping,
    (mut step, mut state): At,
    to: u64,
    cancel: Cancel,
) -> Result<At, FlowError> {
    let mut next = state.clone();
    while step < to {
        if cancel.is_set() {
            return Err(FlowError::Cancelled);
        }
        map.step(&state, &mut next);
        std::mem::swap(&mut state, &mut next);
        step += 1;
        if state.iter().any(|x| !x.is_finite()) {
            return Err(FlowError::Diverged { step });
        }
    }
    Ok((step, state))
}

/// The steps nearest to some times, once each.
pub(super) fn steps(map: &impl Stepping, times: &[f64]) -> Vec<u64> {
    let nearest = |t: &f64| (t / map.size()).round() as u64;
    let mut steps: Vec<u64> = times.iter().map(nearest).collect();
    steps.dedup();
    steps
}

/// Runs a map to its end, and shows the states at the steps wanted.
///
/// # Errors
/// A state or a loss that is not finite, a caller who ended it.
pub(super) fn follow(
    map: &impl Stepping,
    (until, wanted): (Until, Wanted<'_>),
    cancel: Cancel,
    see: &mut dyn FnMut(u64, &[f64]),
) -> Result<Stepped, FlowError> {
    let given = match wanted {
        Wanted::Times(times) => steps(map, times),
        Wanted::Nothing | Wanted::Spread(_) => Vec::new(),
    };
    let mut given = given.into_iter().peekable();
    let mut at: At = (0, map.start());
    let mut kept = Kept::of(at.1.clone());
    let mut looked_at = at.1.clone();
    let mut exit = None;
    let last_step = (map.t_max() / map.size()).min(MAX_STEPS) as u64;
    let outcome = loop {
        let (step, state) = (at.0, &at.1);
        if given.next_if_eq(&step).is_some() {
            see(step, state);
        }
        if let Wanted::Spread(_) = wanted {
            kept.keep(step, state);
        }
        let loss = map.loss(state);
        if !loss.is_finite() {
            return Err(FlowError::Diverged { step });
        }
        if exit.is_none() && map.has_exited(state) {
            exit = Some(step);
            if until == Until::Exit {
                break Outcome::Unfinished;
            }
        }
        if until != Until::Exit && map.has_learned(state, loss) {
            break Outcome::Learned;
        }
        if step > 0 && step.is_multiple_of(LOOK) {
            if map.is_still(state, &looked_at) {
                break map.at_rest(state, exit.is_some())?;
            }
            looked_at.clone_from(state);
        }
        if step >= last_step {
            break Outcome::Unfinished;
        }
        at = go(map, at, step + 1, cancel)?;
    };
    let last = at.clone();
    for step in given {
        at = go(map, at, step, cancel)?;
        see(step, &at.1);
    }
    let stepped = Stepped {
        outcome,
        exit,
        last,
        kept,
    };
    if let Wanted::Spread(points) = wanted {
        stepped.show(map, points, cancel, see)?;
    }
    Ok(stepped)
}

impl Stepped {
    /// Shows about so many states up to the end, that of the exit among them.
    fn show(
        &self,
        map: &impl Stepping,
        points: usize,
        cancel: Cancel,
        see: &mut dyn FnMut(u64, &[f64]),
    ) -> Result<(), FlowError> {
        let time = |step: u64| step as f64 * map.size();
        let mut times = spread_times(time(self.last.0), points);
        times.extend(self.exit.map(time));
        times.sort_by(f64::total_cmp);
        for step in steps(map, &times) {
            see(step, &self.state(map, step, cancel)?);
        }
        Ok(())
    }

    /// The steps whose states were kept.
    pub(super) fn kept_steps(&self) -> impl Iterator<Item = u64> {
        let (every, all) = (self.kept.every, self.kept.states.len());
        (0..all as u64).map(move |i| i * every)
    }

    /// The state at a step.
    ///
    /// # Errors
    /// As [`go`].
    pub(super) fn state(
        &self,
        map: &impl Stepping,
        step: u64,
        cancel: Cancel,
    ) -> Result<Vec<f64>, FlowError> {
        self.kept.go(map, step, cancel)
    }
}

/// Every so many-th state of a run, the first at least.
struct Kept {
    every: u64,
    most: usize,
    states: Vec<Vec<f64>>,
}

impl Kept {
    fn of(start: Vec<f64>) -> Self {
        let most = (MAX_NUMBERS / start.len().max(1)).clamp(100, MAX_KEPT);
        Self {
            every: 1,
            most,
            states: vec![start],
        }
    }

    fn keep(&mut self, step: u64, state: &[f64]) {
        if step > 0 && step.is_multiple_of(self.every) {
            self.states.push(state.to_vec());
        }
        if self.states.len() >= self.most {
            self.every *= 2;
            let mut index = 0;
            self.states.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
    }

    /// Goes to a step from the last state before it that was kept.
    fn go(&self, map: &impl Stepping, step: u64, cancel: Cancel) -> Result<Vec<f64>, FlowError> {
        let last = self.states.len() - 1;
        let index = ((step / self.every) as usize).min(last);
        let from = (index as u64 * self.every, self.states[index].clone());
        go(map, from, step, cancel).map(|(_, state)| state)
    }
}
