//! Options that several commands share.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::emit::{Failed, Format};
use super::front;
use crate::integrator::Tolerances;

/// Precision of a command that chooses the method itself.
#[derive(Debug, clap::Args)]
pub(super) struct PrecisionOptions {
    /// Relative tolerance of the integration [default: 1e-8; 1e-12 for the times of optimum]
    #[arg(
        long,
        value_name = "X",
        help_heading = "Solver",
        allow_hyphen_values = true
    )]
    rtol: Option<f64>,
}

impl PrecisionOptions {
    /// The tolerance that is asked for.
    pub(super) fn checked(&self) -> Result<Option<f64>, Failed> {
        let usual = Tolerances::default();
        let asked = Tolerances {
            rtol: self.rtol.unwrap_or(usual.rtol),
            ..usual
        };
        asked.checked().map_err(Failed::usage)?;
        Ok(self.rtol)
    }

    /// What is asked for, to say how a result was made.
    pub(super) fn parameters(&self) -> Map<String, Value> {
        let asked = self.rtol.map(|rtol| ("rtol".to_owned(), json!(rtol)));
        asked.into_iter().collect()
    }
}

/// Relative tolerance of the cells of a map: exit times good to about 1e-8, at two thirds of the time.
const MAP_RTOL: f64 = 1e-7;

/// Tolerances of a map, from what [`SolverOptions::parameters`] said.
pub(super) fn tolerances_of(parameters: &[(&str, Option<Value>)]) -> Result<Tolerances, Failed> {
    let given = |key: &str| {
        let found = parameters.iter().find(|(name, _)| *name == key);
        found.and_then(|(_, value)| value.clone())
    };
    let usual = Tolerances::default();
    let method = match given("method") {
        Some(value) => serde_json::from_value(value).map_err(Failed::failure)?,
        None => usual.method,
    };
    let number = |key: &str| given(key).and_then(|value| value.as_f64());
    let steps = given("max-steps").and_then(|value| value.as_u64());
    let asked = Tolerances {
        method,
        rtol: number("rtol").unwrap_or(MAP_RTOL),
        atol: number("atol"),
        max_steps: steps.and_then(|s| usize::try_from(s).ok()),
        cancel: front::cancel(),
    };
    asked.checked().map_err(Failed::usage)
}

/// Where results go.
#[derive(Debug, clap::Args)]
pub(super) struct OutputOptions {
    /// Directory for the data files and figures [default: lorode-out; with --format other than
    /// human, none]
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(super) out: Option<PathBuf>,
    /// What goes to standard output
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    pub(super) format: Format,
}

impl OutputOptions {
    /// The folder to write files into, if any, made and tried before anything is computed.
    pub(super) fn folder(&self) -> Result<Option<PathBuf>, Failed> {
        self.format.check()?;
        match (&self.out, self.format) {
            (Some(path), _) => super::emit::writable_folder(path).map(Some),
            (None, Format::Human) => {
                super::emit::writable_folder(&PathBuf::from("lorode-out")).map(Some)
            }
            (None, _) => Ok(None),
        }
    }
}
