//! Steps, samples and ODE time: the only place that converts between them.

use serde::{Deserialize, Serialize};

use super::error::{ProblemError, require};
use super::{Momentum, StepSizes};

/// By how much a time may pass the end of the step sizes and be that end, against it.
const END: f64 = 1e-12;

/// Dimension, batch and step size of one-pass SGD, as far as they are known.
///
/// Time is `t = eta * steps`; samples seen are `B * steps`; the noise strength is
/// `nu = eta d / B` (docs/theory.md, sections 1 and 3). Where the step size changes, `eta` and `nu` are
/// those at a factor of 1, and time is the sum of the step sizes (docs/step-sizes.md).
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// Input dimension `d >= 2`.
    pub dim: f64,
    /// Batch size `B >= 1`.
    pub batch: Option<f64>,
    /// Step size `eta > 0`.
    pub step: Option<f64>,
    /// Noise strength `nu = eta d / B >= 0`; 0 is population gradient flow.
    pub nu: f64,
    /// How the step size changes along the run; `None`: it does not.
    pub sizes: Option<StepSizes>,
    /// What a step keeps of the one before; it makes steps longer in time, and the noise stronger.
    pub momentum: Momentum,
}

/// What SGD cannot run without: [`Problem::sgd`](super::Problem::sgd) gives it, or says what is
/// missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// Input dimension `d >= 2`, a whole number.
    pub dim: f64,
    /// Batch size `B >= 1`, a whole number.
    pub batch: f64,
    /// Step size `eta > 0`.
    pub step: f64,
    /// What a step keeps of the one before.
    pub momentum: Momentum,
}

impl Sgd {
    /// The part of the last step that SGD keeps; `None` of plain SGD.
    pub fn kept(self) -> Option<f64> {
        let kept = self.momentum.kept(self.step);
        (self.momentum != Momentum::None).then_some(kept)
    }

    /// Samples seen in a unit of ODE time, `B / eta` without momentum.
    pub fn samples_per_time(self) -> f64 {
        self.batch / self.momentum.pace(self.step)
    }
}

/// Unit in which times are reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum TimeUnit {
    /// ODE time `t = eta * steps`.
    #[default]
    T,
    /// SGD steps, `t / eta`; needs the step size.
    Steps,
    /// Samples seen, `B t / eta`; needs step size and batch.
    Samples,
}

impl Scaling {
    /// Checks the numbers and derives `nu`, which is either given or follows from `eta` and
    /// `B` (0 if one of them is missing).
    ///
    /// # Errors
    /// When a number is out of range, or `nu` is given beside `eta` and `B`.
    pub fn new(
        dim: f64,
        batch: Option<f64>,
        step: Option<f64>,
        nu: Option<f64>,
    ) -> Result<Self, ProblemError> {
        let whole = |x: f64| x.is_finite() && x.fract() == 0.0;
        require(
            dim >= 2.0 && whole(dim),
            "dim",
            dim,
            "the input dimension is a whole number >= 2",
        )?;
        if let Some(batch) = batch {
            let allowed = "the batch size is a whole number >= 1";
            require(batch >= 1.0 && whole(batch), "batch", batch, allowed)?;
        }
        if let Some(step) = step {
            let allowed = "the step size is a finite number > 0";
            require(step > 0.0 && step.is_finite(), "lr", step, allowed)?;
        }
        if let Some(nu) = nu {
            let allowed = "the noise strength is a finite number >= 0";
            require(nu >= 0.0 && nu.is_finite(), "nu", nu, allowed)?;
        }
        let derived = step.zip(batch).map(|(eta, b)| eta * dim / b);
        if nu.is_some() && derived.is_some() {
            return Err(ProblemError::Conflict {
                first: "nu",
                second: "lr with batch",
                reason: "nu = lr * dim / batch follows from them; leave one out",
            });
        }
        Ok(Self {
            dim,
            batch,
            step,
            nu: nu.or(derived).unwrap_or(0.0),
            sizes: None,
            momentum: Momentum::None,
        })
    }

    /// The same with momentum.
    ///
    /// # Errors
    /// When there is no step size that a fixed part belongs to, friction is too large for it, or the step size of a heavy
    /// ball changes.
    pub fn with_momentum(mut self, momentum: Momentum) -> Result<Self, ProblemError> {
        if let (Momentum::Fixed(_), None) = (momentum, self.step) {
            let (argument, reason) = (
                "lr",
                "with momentum, which changes what a step of its size does",
            );
            return Err(ProblemError::Missing { argument, reason });
        }
        if let (Momentum::HeavyBall(_), Some(_)) = (momentum, &self.sizes) {
            return Err(ProblemError::Conflict {
                first: "friction",
                second: "lr-schedule",
                reason: "the clock of a heavy ball is sqrt(lr) steps of one size; use momentum",
            });
        }
        if let (Momentum::HeavyBall(gamma), Some(eta)) = (momentum, self.step) {
            let allowed = "momentum is 1 - friction sqrt(lr), at least 0";
            require(momentum.kept(eta) >= 0.0, "friction", gamma, allowed)?;
        }
        self.momentum = momentum;
        if let (Some(pace), Some(batch), true) =
            (self.pace(), self.batch, momentum != Momentum::None)
        {
            self.nu = pace * self.dim / batch;
        }
        Ok(self)
    }

    /// The same with step sizes that change; a constant factor goes into step size and noise.
    ///
    /// # Errors
    /// When there is no step size that they change, or the factor is no number at the first step.
    pub fn with_sizes(mut self, sizes: Option<StepSizes>) -> Result<Self, ProblemError> {
        let Some(sizes) = sizes else {
            return Ok(self);
        };
        let reason = "with lr-schedule, which says by what it is multiplied at each step";
        self.step.ok_or(ProblemError::Missing {
            argument: "lr",
            reason,
        })?;
        sizes.check(1.0)?;
        if !sizes.is_constant() {
            self.sizes = Some(sizes);
            return Ok(self);
        }
        let factor = sizes.factor(0.0);
        let scaled = |x: f64| x * factor;
        Self::new(self.dim, self.batch, self.step.map(scaled), None)?;
        (self.step, self.nu) = (self.step.map(scaled), scaled(self.nu));
        Ok(self)
    }

    /// Whether the strength of the noise changes along the run.
    pub fn changes_noise(&self) -> bool {
        self.sizes.is_some() && self.nu > 0.0
    }

    /// The part of the noise that a step has.
    pub(crate) fn noise_of_step(&self, step: u64) -> f64 {
        let sizes = self.sizes.as_ref().filter(|_| self.changes_noise());
        sizes.map_or(1.0, |sizes| sizes.factor_of_step(step))
    }

    /// ODE time of one step at a factor of 1.
    pub(crate) fn pace(&self) -> Option<f64> {
        self.step.map(|eta| self.momentum.pace(eta))
    }

    /// ODE time after so many steps; `None` without a step size.
    pub fn time(&self, steps: f64) -> Option<f64> {
        let pace = self.pace()?;
        Some(match &self.sizes {
            Some(sizes) => pace * sizes.sum(steps),
            None => steps * pace,
        })
    }

    /// Steps up to an ODE time; `None` without a step size.
    pub fn steps(&self, t: f64) -> Option<f64> {
        let pace = self.pace()?;
        Some(match &self.sizes {
            Some(sizes) => sizes.steps(t / pace),
            None => t / pace,
        })
    }

    /// The last ODE time that the step sizes come to, infinite where they do not shrink.
    pub fn last_time(&self) -> f64 {
        let pace = self.pace().filter(|_| self.sizes.is_some());
        let whole = self.sizes.as_ref().map(StepSizes::whole);
        pace.zip(whole)
            .map_or(f64::INFINITY, |(pace, whole)| pace * whole)
    }

    /// Refuses step sizes that are none at a step before an ODE time; their own end is none.
    ///
    /// # Errors
    /// [`ProblemError::StepSizes`] names the first one.
    pub fn check_until(&self, t: f64) -> Result<(), ProblemError> {
        match (&self.sizes, self.pace()) {
            (Some(sizes), Some(pace)) if t / pace > sizes.whole() * (1.0 + END) => {
                Ok(sizes.check(f64::INFINITY)?)
            }
            _ => Ok(()),
        }
    }

    /// All three numbers, or the one that is missing with the reason for it: first that for the step
    /// size, then that for the batch.
    pub(crate) fn sgd(
        &self,
        [for_step, for_batch]: [&'static str; 2],
    ) -> Result<Sgd, ProblemError> {
        let missing = |argument, reason| ProblemError::Missing { argument, reason };
        Ok(Sgd {
            dim: self.dim,
            step: self.step.ok_or(missing("lr", for_step))?,
            batch: self.batch.ok_or(missing("batch", for_batch))?,
            momentum: self.momentum,
        })
    }

    /// Times of the problem in `unit`.
    ///
    /// # Errors
    /// When the step size or the batch that the unit needs is not known.
    pub fn clock(&self, unit: TimeUnit) -> Result<Clock, ProblemError> {
        let missing = |argument, reason| ProblemError::Missing { argument, reason };
        let pace = || {
            self.pace()
                .ok_or(missing("lr", "to give times in steps or samples"))
        };
        let batch = || {
            self.batch
                .ok_or(missing("batch", "to give times in samples"))
        };
        let (rate, per_step) = match unit {
            TimeUnit::T => (1.0, None),
            TimeUnit::Steps => (1.0 / pace()?, Some(1.0)),
            TimeUnit::Samples => (batch()? / pace()?, Some(batch()?)),
        };
        Ok(Clock {
            rate,
            per_step: per_step.filter(|_| self.sizes.is_some()),
            scaling: self.clone(),
        })
    }

    /// Factor from ODE time to `unit`, where it is the same at all times.
    ///
    /// # Errors
    /// When the step size or the batch that the unit needs is not known, or the step size changes.
    pub fn per_unit_time(&self, unit: TimeUnit) -> Result<f64, ProblemError> {
        self.clock(unit)?.rate().ok_or(ProblemError::Changing {
            reason: "steps and samples do not pass at a constant rate, so that a search time has no value in them",
        })
    }
}

/// From ODE time to the unit in which times are told, and back.
#[derive(Clone, Debug, PartialEq)]
pub struct Clock {
    /// Units in a unit of ODE time, at a factor of the step size of 1.
    rate: f64,
    /// Units in a step, of a unit that counts steps where these take different times.
    per_step: Option<f64>,
    scaling: Scaling,
}

impl Clock {
    /// The same with its units so many times smaller.
    #[must_use]
    pub fn times(mut self, factor: f64) -> Self {
        self.rate *= factor;
        self.per_step = self.per_step.map(|per_step| per_step * factor);
        self
    }

    /// Units in a unit of ODE time, where that does not change.
    pub fn rate(&self) -> Option<f64> {
        self.per_step.is_none().then_some(self.rate)
    }

    /// What the clock shows at ODE time `t`.
    pub fn at(&self, t: f64) -> f64 {
        let steps = self.per_step.zip(self.scaling.steps(t));
        steps.map_or(t * self.rate, |(per_step, steps)| per_step * steps)
    }

    /// What it shows after so many steps; of a scaling without a step size 0, as no step is done.
    pub fn at_step(&self, steps: f64) -> f64 {
        match self.per_step {
            Some(per_step) => per_step * steps,
            None => self.scaling.time(steps).unwrap_or(0.0) * self.rate,
        }
    }

    /// The ODE time at which it shows this.
    pub fn time(&self, shown: f64) -> f64 {
        let steps = self.per_step.map(|per_step| shown / per_step);
        let time = steps.and_then(|steps| self.scaling.time(steps));
        time.unwrap_or(shown / self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaling(sizes: &str) -> Scaling {
        let scaling = Scaling::new(1000.0, Some(50.0), Some(0.25), None).unwrap();
        scaling.with_sizes(Some(sizes.parse().unwrap())).unwrap()
    }

    #[test]
    fn all_clocks_show_the_same_moment() {
        for sizes in ["constant", "steps(100: 0.5)", "1/t(40)", "warmup(30)"] {
            let scaling = scaling(sizes);
            let t = scaling.time(160.0).unwrap();
            let shown = |unit| scaling.clock(unit).unwrap().times(2.0);
            for (unit, expected) in [
                (TimeUnit::T, 2.0 * t),
                (TimeUnit::Steps, 320.0),
                (TimeUnit::Samples, 16_000.0),
            ] {
                let clock = shown(unit);
                let close = |x: f64, y: f64| (x - y).abs() <= 1e-12 * y;
                assert!(
                    close(clock.at(t), expected),
                    "{sizes} {unit:?} {}",
                    clock.at(t)
                );
                assert!(close(clock.at_step(160.0), expected));
                assert!(close(clock.time(expected), t));
                let is_even = unit == TimeUnit::T || sizes == "constant";
                assert_eq!(clock.rate().is_some(), is_even);
            }
        }
        assert!((scaling("steps(100: 0.5)").time(160.0).unwrap() - 32.5).abs() < 1e-12);
    }

    #[test]
    fn a_constant_factor_is_another_step_size() {
        let halved = scaling("0.5");
        let plain = Scaling::new(1000.0, Some(50.0), Some(0.125), None).unwrap();
        assert_eq!(halved, plain);
        assert!(!halved.changes_noise() && scaling("1/t(5)").changes_noise());
        let none = Scaling::new(1000.0, None, Some(0.1), None).unwrap();
        assert!(
            none.clone().with_sizes("0".parse().ok()).is_err(),
            "a step of 0"
        );
        let needs = Scaling::new(1000.0, None, None, Some(0.1)).unwrap();
        let said = needs
            .with_sizes("1/t(5)".parse().ok())
            .unwrap_err()
            .to_string();
        assert!(said.starts_with("lr is needed with lr-schedule"), "{said}");
    }

    #[test]
    fn a_size_that_is_none_is_refused_where_a_run_may_come_to_it() {
        let falling = scaling("1 - step/100");
        assert!((falling.last_time() - 12.5).abs() < 1e-9);
        assert!(falling.check_until(12.0).is_ok());
        assert!(falling.check_until(12.5).is_ok());
        assert!(falling.check_until(12.5 * (1.0 + 1e-14)).is_ok());
        let said = falling.check_until(13.0).unwrap_err().to_string();
        assert!(said.contains("is -0.005 during step 100"), "{said}");
        assert!(scaling("cosine(100)").check_until(1e30).is_ok());
        assert!(scaling("constant").last_time().is_infinite());
    }
}
