//! Steps, samples and ODE time: the only place that converts between them.

use serde::{Deserialize, Serialize};

use super::error::{ProblemError, require};

/// Dimension, batch and step size of one-pass SGD, as far as they are known.
///
/// Time is `t = eta * steps`; samples seen are `B * steps`; the noise strength is
/// `nu = eta d / B` (docs/theory.md, sections 1 and 3).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// Input dimension `d >= 2`.
    pub dim: f64,
    /// Batch size `B >= 1`.
    pub batch: Option<f64>,
    /// Step size `eta > 0`.
    pub step: Option<f64>,
    /// Noise strength `nu = eta d / B >= 0`; 0 is population gradient flow.
    pub nu: f64,
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
}

impl Sgd {
    /// Samples seen in a unit of ODE time, `B / eta`.
    pub fn samples_per_time(self) -> f64 {
        self.batch / self.step
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
        })
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
        })
    }

    /// Factor from ODE time to `unit`.
    ///
    /// # Errors
    /// When the step size or the batch that the unit needs is not known.
    pub fn per_unit_time(&self, unit: TimeUnit) -> Result<f64, ProblemError> {
        let missing = |argument, reason| ProblemError::Missing { argument, reason };
        let step = || {
            self.step
                .ok_or(missing("lr", "to give times in steps or samples"))
        };
        match unit {
            TimeUnit::T => Ok(1.0),
            TimeUnit::Steps => Ok(1.0 / step()?),
            TimeUnit::Samples => {
                let batch = self
                    .batch
                    .ok_or(missing("batch", "to give times in samples"))?;
                Ok(batch / step()?)
            }
        }
    }
}
