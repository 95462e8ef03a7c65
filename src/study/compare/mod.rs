//! Does SGD follow the theory? Trajectories at one strength ([`Compare`]), exit times at many
//! ([`CompareExits`]).

pub mod data;
mod exits;
mod network;
mod paths;
mod running;
mod words;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use crate::comparison::Starts;
pub use data::CompareData;
pub use exits::{CompareExits, ExitsReport, ExitsWork};
pub use network::{CompareNetwork, CompareNetworkReport};
pub use paths::PathsReport;
pub use running::{PathsWork, Subject};

pub(crate) use exits::figure as exits_figure;
pub(crate) use network::figure as network_figure;
pub(crate) use paths::figure;
pub(crate) use words::deviations;
use words::left_out;

use super::provenance::object;
use super::read::Saved;
use super::sampling::{Sampling, require_of_sgd};
use crate::comparison::{ComparisonError, FEWEST_SEEDS};
use crate::error::Error;
use crate::integrator::Tolerances;
use crate::problem::ProblemOptions;
use crate::watch::Cancel;

/// Name of the command of both.
const NAME: &str = "compare";

/// The mean of SGD held against the closed ODEs along the run of one problem, with a verdict.
///
/// Without a number of steps SGD goes on for 1.3 times as long as the theory takes to its end.
///
/// ```
/// use lorode::observable::ALIGNMENT;
/// use lorode::study::{Study, compare::Compare};
///
/// let mut compare = Compare::default();
/// compare.problem.link = vec!["erf".into()];
/// compare.problem.mu = Some("0.5".parse()?);
/// (compare.problem.dim, compare.problem.batch) = (Some(1000.0.into()), Some(100.0.into()));
/// compare.problem.lr = Some(0.2.into());
/// let report = compare.run(&lorode::watch::Cancel::default())?;
/// assert!(report.compared.verdict.follows, "{}", report.compared.verdict.text);
/// assert_eq!(report.compared.flow.of(&ALIGNMENT).len(), report.times().len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Compare {
    /// The problem, with step size and batch.
    pub problem: ProblemOptions,
    /// How many steps and seeds, and what is recorded.
    pub sampling: Sampling,
    /// Where theory and SGD start.
    pub starts: Starts,
    /// Relative tolerance of the theory's integration; `None`: 1e-8.
    pub rtol: Option<f64>,
}

impl Compare {
    /// Checks what both forms need.
    fn check(&self) -> Result<(), Error> {
        require_of_sgd(&self.problem, NAME)?;
        self.tolerances(Cancel::default())?;
        let seeds = self.sampling.seeds.numbers().len();
        if seeds < FEWEST_SEEDS {
            let why = ComparisonError::FewSeeds { seeds };
            return Err(Error::Setting(why.to_string()));
        }
        Ok(())
    }

    /// The same with runs in a file instead of simulated ones.
    ///
    /// # Errors
    /// What cannot be read, and what is no table.
    #[cfg(feature = "system")]
    pub fn of_file(&self, path: &std::path::Path) -> Result<CompareData, Error> {
        Ok(CompareData {
            problem: self.problem.clone(),
            starts: self.starts,
            rtol: self.rtol,
            ..CompareData::new(path.display().to_string(), data::open(path)?)
        })
    }

    fn tolerances(&self, cancel: Cancel) -> Result<Tolerances, Error> {
        let usual = Tolerances::default();
        let asked = Tolerances {
            rtol: self.rtol.unwrap_or(usual.rtol),
            cancel,
            ..usual
        };
        Ok(asked.checked()?)
    }

    fn parameters(&self) -> Value {
        let mut all = object(&self.problem);
        all.extend(self.sampling.parameters());
        if let Some(rtol) = self.rtol {
            all.insert("rtol".into(), json!(rtol));
        }
        if self.starts != Starts::default() {
            all.insert("starts".into(), json!(self.starts));
        }
        all.into()
    }
}

/// Where theory and SGD started, in words.
fn starts_in_words(starts: Starts) -> &'static str {
    match starts {
        Starts::Fixed => "theory and SGD start at the same alignment",
        Starts::Random => "random starts; the theory is averaged over those of SGD",
    }
}

/// How a run was made, with the number of its steps where the theory said how many.
fn with_steps(mut made: Value, steps: &[u64]) -> Value {
    let in_force = &mut made["parameters"]["steps"];
    if in_force.is_string() {
        *in_force = json!(steps.last());
    }
    made
}

/// What stands below a figure.
fn caption(saved: &Saved) -> Result<String, Error> {
    let starts = starts_in_words(saved.parameter("starts")?);
    Ok(format!("{}; {starts}", saved.caption()))
}
