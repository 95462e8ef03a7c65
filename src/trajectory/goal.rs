//! When a run has learned.

use crate::dynamics::closed_system;
use crate::expectation::{BestLoss, NEAR_LOSS, Overlaps, excess_near};
use crate::model::Model;
use crate::observable::Observed;
use crate::problem::Problem;

use super::{FlowError, Outcome, Until};
use crate::watch::Cancel;

/// Excess loss, against the target's power, that rounding cannot tell from 0.
pub(super) const ROUNDING_FLOOR: f64 = 1e-13;
/// Excess loss, against the target's power, below which its decrease drowns in rounding: of the
/// loss itself, or, where the lowest loss is exactly 0, of the overlaps.
const RESOLUTION: f64 = 1e-14;
const FINE_RESOLUTION: f64 = 1e-24;
/// Excess loss below 0, against the target's power, that no error of the averages of a run explains.
const BELOW: f64 = 1e-8;

/// Loss, against the target's power, down to which its fall is followed.
const FOLLOWED: f64 = 1e-16;

/// What is watched of a run whose loss is told: below 0, and changing as minus the logarithm of the loss does as far as
/// rounding leaves it a digit, so that steps keep the loss and a run that loses more of it is not at rest. NaN of a loss
/// that is NaN.
pub(crate) fn log_loss(loss: f64, power: f64) -> f64 {
    let least = FOLLOWED * power;
    match loss.is_nan() {
        true => f64::NAN,
        false => (least / loss.max(least)).ln() - 1.0,
    }
}

/// Whether a loss is no rounding.
pub(crate) fn is_known(loss: f64, power: f64) -> bool {
    loss >= ROUNDING_FLOOR * power
}

/// What a plateau by the relative change of a loss is where that loss may be rounding: at least 0 where `flat` is and the
/// loss is known.
pub(crate) fn flat_and_known(flat: f64, loss: f64, power: f64) -> f64 {
    let least = ROUNDING_FLOOR * power;
    flat.min((loss.max(0.1 * least) / least).ln())
}

/// When a run counts as learned: its excess loss, the loss above the lowest one that the student
/// can reach, has fallen to the problem's loss tolerance times its value at the start.
#[derive(Clone, Debug)]
pub struct Goal {
    model: Model,
    best: BestLoss,
    /// The lowest loss is also reached at `-m`.
    mirrored: bool,
    /// Excess loss allowed; `None` when rounding hides it (nearly perfect pre-training).
    allowed: Option<f64>,
    tolerance: f64,
}

impl Goal {
    /// The goal of a problem started where its flow starts.
    pub fn of(problem: &Problem) -> Self {
        let system = closed_system(problem);
        let start = system.start();
        let start = (system.observe(&start), system.loss(&start));
        Self::with(problem, start, problem.model().best())
    }

    /// Whether a state has reached it.
    pub fn is_reached(&self, seen: &Observed) -> bool {
        let loss = self.model.flow().loss(&seen.into());
        self.margin((*seen, loss)) >= 0.0
    }

    /// The goal of a run up to `until`, from a start.
    pub(crate) fn until(
        until: Until,
        problem: &Problem,
        start: (Observed, f64),
        cancel: Cancel,
    ) -> Result<Self, FlowError> {
        let best = problem.model().best_unless(&|| cancel.is_set());
        let best = best.ok_or(FlowError::Cancelled)?;
        if best.loss.is_nan() {
            let pair = problem.model().label();
            return Err(FlowError::NoBest { pair });
        }
        let Until::Excess(allowed) = until else {
            return Ok(Self::with(problem, start, best));
        };
        Ok(Self {
            allowed: Some(allowed),
            ..Self::bare(problem, best)
        })
    }

    fn with(problem: &Problem, start: (Observed, f64), best: BestLoss) -> Self {
        let bare = Self::bare(problem, best);
        let allowed = problem.loss_tolerance() * bare.excess(start);
        let resolution = if bare.best.loss == 0.0 {
            FINE_RESOLUTION
        } else {
            RESOLUTION
        };
        Self {
            allowed: (allowed > resolution * problem.model().target_power()).then_some(allowed),
            ..bare
        }
    }

    fn bare(problem: &Problem, best: BestLoss) -> Self {
        let opposite = Overlaps::from_residual(-best.at.m, best.at.residual);
        let gap = problem.model().flow().loss(&opposite) - best.loss;
        Self {
            model: problem.model().clone(),
            best,
            mirrored: gap <= RESOLUTION * problem.model().target_power(),
            allowed: None,
            tolerance: problem.loss_tolerance(),
        }
    }

    /// At least 0 once the loss is low enough: the logarithm of the excess allowed over that of the
    /// state, so that its error is a relative one. Where rounding hides the loss, `w0` is within
    /// rounding of the target and the excess falls like `1 - alignment^2`, `u` being slaved.
    pub(crate) fn margin(&self, (seen, loss): (Observed, f64)) -> f64 {
        if self.is_best(&seen) {
            return f64::MAX;
        }
        let (allowed, excess) = match self.allowed {
            Some(allowed) => (allowed, self.excess((seen, loss))),
            None => (
                self.tolerance,
                (1.0 - seen.alignment) * (1.0 + seen.alignment),
            ),
        };
        if excess.is_nan() {
            return f64::NAN;
        }
        (allowed / excess.max(f64::MIN_POSITIVE)).ln()
    }

    /// Refuses the end of a run, at `t`, that is clearly below the loss which it is held against: then nobody knows whether
    /// it has learned. At the largest weights that were searched a student may go on to learn.
    pub(crate) fn check(&self, excess: f64, t: f64) -> Result<(), FlowError> {
        let allowed = self.allowed.unwrap_or(0.0);
        let clearly = allowed.max(BELOW * self.model.target_power());
        if excess < -clearly && !self.best.is_at_the_end() {
            return Err(FlowError::BelowBest {
                t,
                below: -excess,
                best: self.best.loss,
            });
        }
        Ok(())
    }

    /// The same of the energy of velocities alone, with which a run that passes the best loss goes on.
    pub(crate) fn margin_of_energy(&self, kinetic: f64) -> f64 {
        let allowed = self.allowed.unwrap_or(self.tolerance);
        match kinetic > 0.0 {
            true => (allowed / kinetic).ln(),
            false => f64::MAX,
        }
    }

    /// The excess loss of a state and its loss. Close to the best one it is the integral of the loss's slope from
    /// there, in which nothing cancels; that of equal links is their loss, which comes from such an integral.
    pub(crate) fn excess(&self, (seen, loss): (Observed, f64)) -> f64 {
        let plain = loss - self.best.loss;
        if self.best.loss != 0.0 && plain < NEAR_LOSS * self.model.target_power() {
            self.near(&Overlaps::from(&seen)).unwrap_or(plain)
        } else {
            plain
        }
    }

    /// [`excess_near`] the best overlaps.
    fn near(&self, at: &Overlaps) -> Option<f64> {
        let best = self.nearer_best(at);
        excess_near(&**self.model.flow(), &best, at)
    }

    /// Whether a state has the best overlaps themselves: nothing is left to learn.
    pub(super) fn is_best(&self, seen: &Observed) -> bool {
        let at = Overlaps::from(seen);
        let best = self.nearer_best(&at);
        (at.m - best.m).abs() <= 0.0 && (at.residual - best.residual).abs() <= 0.0
    }

    /// The nearer of the best overlaps.
    fn nearer_best(&self, at: &Overlaps) -> Overlaps {
        let best = self.best.at;
        let flip = self.mirrored && at.m * best.m < 0.0;
        let m = if flip { -best.m } else { best.m };
        Overlaps { m, ..best }
    }

    /// How a run ended whose state no longer changes; `is_noise_floor` is asked of one that has not
    /// learned.
    pub(super) fn at_rest(
        &self,
        excess: f64,
        is_noise_floor: impl FnOnce(&Self) -> bool,
    ) -> Outcome {
        if self.is_low(excess) {
            Outcome::Learned
        } else if is_noise_floor(self) {
            Outcome::NoiseFloor
        } else {
            Outcome::Trapped
        }
    }

    /// Whether an excess loss is one of a run that learned, or rounding.
    pub(super) fn is_low(&self, excess: f64) -> bool {
        excess
            <= self
                .allowed
                .unwrap_or(0.0)
                .max(ROUNDING_FLOOR * self.model.target_power())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrator::Tolerances;
    use crate::problem::{PreTraining, Setup};
    use crate::trajectory::run_until;

    /// Nobody has learned who is clearly better than the best: the best is wrong, or the loss.
    #[test]
    fn a_loss_clearly_below_the_lowest_is_refused() {
        let [teacher, student] = ["erf", "tanh"].map(|text| text.parse().unwrap());
        let model = Model::new(teacher, student);
        let mixed = PreTraining::aligned(0.5).unwrap();
        let problem = Problem::new(Setup::new(model, mixed)).unwrap();
        let run = run_until(&problem, &Tolerances::default(), Until::Outcome).unwrap();
        let goal = Goal::of(&problem);
        let check = |excess: f64| goal.check(excess, run.end);
        assert!(check(run.excess).is_ok() && check(-1e-11).is_ok());
        let refused = check(-1e-3).unwrap_err();
        assert!(matches!(refused, FlowError::BelowBest { .. }), "{refused}");
        assert!(goal.margin((run.last, f64::NAN)).is_nan());
        assert!(log_loss(f64::NAN, 1.0).is_nan() && log_loss(0.0, 1.0) < 0.0);
    }
}
