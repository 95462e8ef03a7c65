//! Precision of the integration: no physics.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::integrator::{Method, ToleranceError, Tolerances};
use crate::watch::Cancel;

/// How to integrate, as far as it is asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
#[cfg_attr(feature = "cli", command(next_help_heading = "Solver"))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Precision {
    /// Integration method
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub method: Method,
    /// Relative tolerance [default: 1e-8; 1e-7 for phase]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "X", allow_hyphen_values = true)
    )]
    pub rtol: Option<f64>,
    /// Absolute tolerance; keep it far below 1/sqrt(d) [default: 1e-20 of the smallest number of
    /// the start]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "X", allow_hyphen_values = true)
    )]
    pub atol: Option<f64>,
    /// Steps of one run before it gives up [default: 20000; 100000000 with --method rk45]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "N", allow_hyphen_values = true)
    )]
    pub max_steps: Option<usize>,
}

impl Precision {
    /// The tolerances, with `rtol` where none is asked for.
    ///
    /// # Errors
    /// The tolerance that is out of range.
    pub fn tolerances_with(&self, rtol: f64, cancel: Cancel) -> Result<Tolerances, ToleranceError> {
        let asked = Tolerances {
            method: self.method,
            rtol: self.rtol.unwrap_or(rtol),
            atol: self.atol,
            max_steps: self.max_steps,
            cancel,
        };
        asked.checked()
    }

    /// The tolerances with the usual defaults.
    ///
    /// # Errors
    /// The tolerance that is out of range.
    pub fn tolerances(&self, cancel: Cancel) -> Result<Tolerances, ToleranceError> {
        self.tolerances_with(Tolerances::default().rtol, cancel)
    }

    /// What differs from the defaults, to say how a result was made.
    pub(crate) fn parameters(&self) -> Map<String, Value> {
        let usual = Tolerances::default();
        let mut all = Map::new();
        if self.method != usual.method {
            all.insert("method".into(), json!(self.method));
        }
        if let Some(rtol) = self.rtol {
            all.insert("rtol".into(), json!(rtol));
        }
        if let Some(atol) = self.atol {
            all.insert("atol".into(), json!(atol));
        }
        if let Some(steps) = self.max_steps {
            all.insert("max-steps".into(), json!(steps));
        }
        all
    }
}
