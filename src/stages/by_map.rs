//! The course of a stage by the finite-step map: one step of SGD after the other, each looked at, exact for any step size
//! when `d -> infinity` at fixed `B/d` (docs/networks.md, "Finite steps").

use super::limits::is_flat;
use super::{Limits, Reason, StageError, StageRun};
use crate::problem::Scaling;
use crate::trajectory::{FlowError, Wanted, spread_times};
use crate::watch::Cancel;

/// Steps between two looks at whether the state still changes.
const LOOK: u64 = 1000;
/// Change of a number, against it, that is rounding.
const ROUNDING: f64 = 16.0 * f64::EPSILON;
/// Most steps of a stage that has no limit in time: minutes of work for one unit.
const MOST_STEPS: f64 = 1e9;

/// A map of states.
pub(super) trait Stepped {
    /// The state at step 0.
    fn start(&self) -> Vec<f64>;
    /// One step of a size.
    fn step(&self, size: f64, state: &[f64], next: &mut [f64]);
    /// The population loss, without label noise.
    fn loss(&self, state: &[f64]) -> f64;
    /// Which limit of the loss or the alignment a state meets.
    fn met(&self, state: &[f64]) -> Option<Reason>;
}

/// A stage that is gone through by a map.
pub(super) struct ByMap<'a> {
    pub(super) map: &'a dyn Stepped,
    pub(super) scaling: &'a Scaling,
    pub(super) until: &'a Limits,
    pub(super) cancel: Cancel,
}

/// Looks at a step and its state.
type Look<'a> = dyn FnMut(u64, &[f64]) -> Result<(), StageError> + 'a;

/// Where a walk ended.
struct End {
    reason: Reason,
    step: u64,
    state: Vec<f64>,
}

impl ByMap<'_> {
    /// Goes to the first limit that is met, and tells the instants wanted on the way and the last one by `see`; a time of a
    /// list is that of the nearest step.
    ///
    /// # Errors
    /// A stage that comes to no end, numbers that grow beyond double precision, a caller who ended it, and what `see` says.
    pub(super) fn run<I>(
        &self,
        wanted: Wanted<'_>,
        see: impl Fn(f64, &[f64]) -> Result<I, StageError>,
    ) -> Result<(StageRun<I>, Vec<f64>), StageError> {
        let size = self.scaling.sgd(["for the finite-step map"; 2])?.step;
        let times = match wanted {
            Wanted::Nothing => Vec::new(),
            Wanted::Times(times) => times.to_vec(),
            Wanted::Spread(points) => {
                let end = self.walk(size, &mut |_, _| Ok(()))?;
                spread_times(end.step as f64 * size, points)
            }
        };
        let nearest = |t: &f64| (t / size).round() as u64;
        let mut due: Vec<u64> = times.iter().map(nearest).collect();
        due.dedup();
        let (mut due, mut course) = (due.into_iter().peekable(), Vec::new());
        let mut look = |step: u64, state: &[f64]| {
            if due.next_if_eq(&step).is_some() {
                course.push(see(step as f64 * size, state)?);
            }
            Ok(())
        };
        let End {
            reason,
            step,
            state,
        } = self.walk(size, &mut look)?;
        let t = step as f64 * size;
        course.push(see(t, &state)?);
        Ok((StageRun { reason, t, course }, state))
    }

    /// One step after the other, each but the last shown.
    fn walk(&self, size: f64, look: &mut Look<'_>) -> Result<End, StageError> {
        let limit = self.until.time(self.scaling)?;
        // As SGD does: the first step at or beyond the limit.
        let steps = |t: f64| (t / size * (1.0 - 4.0 * f64::EPSILON)).ceil().max(1.0) as u64;
        let limit = limit.map(|(t, reason)| (steps(t), reason));
        let (mut step, mut state, mut moved) = (0, self.map.start(), 0.0);
        let (mut next, mut before) = (state.clone(), state.clone());
        loop {
            let loss = self.map.loss(&state);
            if !(loss.is_finite() && state.iter().all(|x| x.is_finite())) {
                return Err(FlowError::Diverged { step }.into());
            }
            self.map.step(size, &state, &mut next);
            let by_time = limit.filter(|(last, _)| step >= *last);
            let reason = self.map.met(&state).or_else(|| {
                let change = |loss_then: f64| (loss_then / loss - 1.0) / size;
                let flat = self.until.plateau;
                let flat =
                    flat.filter(|flat| is_flat(*flat, change(self.map.loss(&next)), &mut moved));
                flat.map(|_| Reason::Plateau)
            });
            if let Some(reason) = reason.or(by_time.map(|(_, reason)| reason)) {
                return Ok(End {
                    reason,
                    step,
                    state,
                });
            }
            look(step, &state)?;
            // Steps of networks whose noise is a rule take milliseconds.
            if self.cancel.is_set() {
                return Err(FlowError::Cancelled.into());
            }
            if step > 0 && step.is_multiple_of(LOOK) {
                if is_still(&state, &before) {
                    return match limit {
                        // A run at rest stays there for the rest of its time.
                        Some((step, reason)) => Ok(End {
                            reason,
                            step,
                            state,
                        }),
                        None => Err(StageError::AtRest {
                            t: step as f64 * size,
                            loss,
                        }),
                    };
                }
                before.clone_from(&state);
            }
            if step as f64 >= MOST_STEPS {
                return Err(StageError::Endless {
                    t: step as f64 * size,
                });
            }
            std::mem::swap(&mut state, &mut next);
            step += 1;
        }
    }
}

/// Whether a state is that of many steps before, but for rounding.
fn is_still(state: &[f64], before: &[f64]) -> bool {
    let mut pairs = state.iter().zip(before);
    pairs.all(|(x, y)| (x - y).abs() <= ROUNDING * x.abs())
}
