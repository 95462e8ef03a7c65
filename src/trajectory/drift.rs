//! What a run does that used up its steps: the loss may have settled while the state drifts, slowly or
//! for ever.

use super::Flow;
use crate::integrator::{IntegrationError, StepFailure};
use crate::problem::Problem;

/// Change of the loss over a doubling of time, against itself, below which it has settled.
const SETTLED: f64 = 1e-6;

/// A sentence on a run whose loss has settled while the state still moves, when the budget of steps is
/// used up: noise makes a free `v` grow like `t^(1/4)` without end, and `u` shrinks as much; within 1e-8 of a
/// critical strength a search takes 1e16 units of time. The powers are those of the last doubling of time.
pub fn drift(problem: &Problem, error: &IntegrationError) -> Option<String> {
    if !matches!(error.failure, StepFailure::Budget { .. }) {
        return None;
    }
    let path = &error.partial.path;
    let end = *path.times().last()?;
    let half = path.times().partition_point(|t| *t < 0.5 * end);
    let (from, early) = (*path.times().get(half)?, path.states().nth(half)?);
    let flow = Flow::new(problem);
    let (then, loss_then) = flow.look(early);
    let (now, loss_now) = flow.look(path.states().last()?);
    let change = (loss_now / loss_then - 1.0).abs();
    let power = |then: f64, now: f64| (now / then).ln() / (end / from).ln();
    let alignment = power(then.alignment, now.alignment);
    if !(from > 0.0 && change < SETTLED && alignment.is_finite()) {
        return None;
    }
    let amplitude = then.u.zip(now.u).map(|(then, now)| power(then, now));
    let amplitude = amplitude.map_or(String::new(), |power| format!(", u like t^{power:.2}"));
    Some(format!(
        "since t = {from:.1e} the loss changed by {change:.0e} of itself, the alignment like \
         t^{alignment:.2}{amplitude}"
    ))
}
