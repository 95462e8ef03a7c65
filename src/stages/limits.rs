//! When a stage ends.

use serde::{Deserialize, Serialize};

use crate::numeral::plain;
use crate::problem::{Adapter, ProblemError, Scaling};

/// How far above its limit the change of the loss has been before a plateau counts.
pub(super) const ABOVE: f64 = 1.0 + 1e-6;

/// Limits of a stage, counted from its start; it ends with the first that is met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// ODE time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t: Option<f64>,
    /// SGD steps; needs the step size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<f64>,
    /// Samples seen; needs step size and batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<f64>,
    /// Loss on the stage's task above the best of the student.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excess: Option<f64>,
    /// `|alignment|`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alignment: Option<f64>,
    /// Relative change of the loss in a unit of time: met when it has fallen to this after having been larger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plateau: Option<f64>,
}

/// Which limit ended a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Time.
    T,
    /// Steps.
    Steps,
    /// Samples.
    Samples,
    /// Excess loss.
    Excess,
    /// Alignment.
    Alignment,
    /// A loss that no longer changes.
    Plateau,
}

impl Reason {
    /// The word used in data files: the key of the limit.
    pub fn word(self) -> &'static str {
        match self {
            Self::T => "t",
            Self::Steps => "steps",
            Self::Samples => "samples",
            Self::Excess => "excess",
            Self::Alignment => "alignment",
            Self::Plateau => "plateau",
        }
    }

    /// Whether the end is given beforehand: `t`, `steps` or `samples`.
    pub fn is_a_time(self) -> bool {
        matches!(self, Self::T | Self::Steps | Self::Samples)
    }
}

impl Limits {
    /// All by their names.
    pub fn all(&self) -> [(&'static str, Option<f64>); 6] {
        [
            ("t", self.t),
            ("steps", self.steps),
            ("samples", self.samples),
            ("excess", self.excess),
            ("alignment", self.alignment),
            ("plateau", self.plateau),
        ]
    }

    /// Refuses limits that have no meaning for what is trained, an alignment that is a cosine beyond 1 among them.
    ///
    /// # Errors
    /// A sentence: which limit, what it was, what is allowed.
    pub fn check(&self, adapter: Adapter, scaling: &Scaling) -> Result<(), String> {
        let all = self.all();
        let given = all
            .iter()
            .filter_map(|(name, limit)| limit.map(|x| (*name, x)));
        if given.clone().count() == 0 {
            return Err(
                "until is needed: it never ends without a limit, as in until = { t = 100 }"
                    .to_owned(),
            );
        }
        for (name, x) in given {
            if !(x > 0.0 && x.is_finite()) {
                return Err(format!(
                    "until {name} = {} is not allowed: a finite number > 0",
                    plain(x)
                ));
            }
        }
        let facts = adapter.facts();
        let is_cosine = facts.on_sphere || !facts.is_lora;
        if let Some(x) = self.alignment.filter(|x| is_cosine && *x >= 1.0) {
            let x = plain(x);
            return Err(format!(
                "until alignment = {x} is not allowed: it is a cosine, a number in (0, 1)"
            ));
        }
        let longest = self.time(scaling).map_err(|error| error.to_string())?;
        let last = scaling.last_time();
        let steps = scaling.steps(last).unwrap_or(f64::INFINITY);
        let samples = scaling.batch.map_or(f64::INFINITY, |batch| steps * batch);
        for (name, limit, most) in [
            ("t", self.t, last),
            ("steps", self.steps, steps),
            ("samples", self.samples, samples),
        ] {
            // By more than rounding.
            if let Some(limit) =
                limit.filter(|limit| last.is_finite() && *limit > most * (1.0 + 1e-9))
            {
                return Err(format!(
                    "until {name} = {} is not allowed: the step sizes of lr-schedule come to an end at {name} = {}",
                    plain(limit),
                    plain(most)
                ));
            }
        }
        let end = longest.map_or(f64::INFINITY, |(end, _)| end);
        scaling.check_until(end).map_err(|error| error.to_string())
    }

    /// The first limit that is a time, in ODE time.
    ///
    /// # Errors
    /// The step size or the batch that it needs.
    pub fn time(&self, scaling: &Scaling) -> Result<Option<(f64, Reason)>, ProblemError> {
        let mut all: Vec<(f64, Reason)> = self.t.map(|t| (t, Reason::T)).into_iter().collect();
        let units = [
            (self.steps, crate::problem::TimeUnit::Steps, Reason::Steps),
            (
                self.samples,
                crate::problem::TimeUnit::Samples,
                Reason::Samples,
            ),
        ];
        for (limit, unit, reason) in units {
            if let Some(limit) = limit {
                all.push((scaling.clock(unit)?.time(limit), reason));
            }
        }
        Ok(all
            .into_iter()
            .min_by(|one, other| one.0.total_cmp(&other.0)))
    }
}

/// Whether a relative change of the loss has fallen to a limit after having been larger, when `moved` was its sign.
pub(super) fn is_flat(limit: f64, change: f64, moved: &mut f64) -> bool {
    if *moved == 0.0 {
        if change.abs() >= ABOVE * limit {
            *moved = change.signum();
        }
        return false;
    }
    // A change of the other sign has gone through 0.
    *moved * change <= limit
}
