//! What a network at rest is: learned, trapped, on the noise, or none of these; and how well its noise is known.

use super::legs::NoisyEvent;
use super::network_flow::{Followed, followed};
use super::network_goal::is_low;
use super::{FlowError, Outcome};
use crate::dynamics::network::network_system;
use crate::integrator::{Drifts, Keep, Path, Span, Stop};
use crate::problem::network::NetworkProblem;

/// States before the end at which the error of the noise is taken.
const NOISE_LOOKS: usize = 3;

/// Part of the excess loss of a run at rest which, left without noise, shows the rest to be the noise's.
const PART: f64 = 1e-2;

impl Followed<'_> {
    /// States at the end and some before, at which the error of the noise is taken.
    pub(super) fn noisy_states<'s>(
        path: &'s Path,
        last: &'s [f64],
    ) -> impl Iterator<Item = &'s [f64]> {
        let every = (path.times().len() / NOISE_LOOKS).max(1);
        let some = path.states().skip(every / 2).step_by(every);
        some.take(NOISE_LOOKS).chain([last])
    }

    /// The largest error of the noise at some states.
    pub(super) fn noise_error<'s>(
        &self,
        states: impl Iterator<Item = &'s [f64]>,
    ) -> Result<Option<f64>, FlowError> {
        let mut largest = None;
        for state in states {
            let Some(error) = self.halt.noise_error(state)? else {
                return Ok(None);
            };
            largest = Some(error.max(largest.unwrap_or(0.0)));
        }
        Ok(largest)
    }

    /// The outcome of a state that no longer changes.
    pub(super) fn at_rest(
        &self,
        rest: &[f64],
        (excess, allowed): (f64, f64),
        has_exited: bool,
    ) -> Result<Outcome, FlowError> {
        if is_low(self.problem, excess, allowed) {
            return Ok(Outcome::Learned);
        }
        if !has_exited {
            return Ok(Outcome::Trapped);
        }
        Ok(match self.rests_on_noise(rest, (excess, allowed))? {
            true => Outcome::NoiseFloor,
            false => Outcome::Rest,
        })
    }

    /// Whether a state at rest owes its loss to the noise of SGD: without it the run goes on from there to learn. (Newton's
    /// method, as for one unit, would meet lines of fixed points.)
    fn rests_on_noise(
        &self,
        rest: &[f64],
        (excess, allowed): (f64, f64),
    ) -> Result<bool, FlowError> {
        let mut setup = self.problem.setup().clone();
        if setup.scaling.nu == 0.0 {
            return Ok(false);
        }
        setup.scaling.nu = 0.0;
        let problem = NetworkProblem::new(setup)?;
        let system = network_system(&problem)?;
        let low = allowed.max(PART * excess);
        let is_low = |_: f64, state: &[f64]| (low / system.loss(state).max(f64::MIN_POSITIVE)).ln();
        let event = NoisyEvent {
            function: &is_low,
            terminal: true,
        };
        let span = Span {
            end: problem.setup().t_max,
            keep: Keep::Nothing,
        };
        let quiet = followed(&problem, &*system, &self.tolerances);
        match quiet.integrate((0.0, rest), span, (&[event], Drifts::End)) {
            Ok(solution) => Ok(matches!(solution.stop, Stop::Event(_))),
            Err(error) if self.tolerances.cancel.is_set() => Err(error),
            Err(_) => Ok(false),
        }
    }
}
