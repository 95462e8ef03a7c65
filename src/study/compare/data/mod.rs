//! Runs of SGD that the user measured, against the theory.

mod file;
mod measured;

use std::sync::OnceLock;

use serde_json::{Value, json};

#[cfg(feature = "system")]
pub use file::open;
pub use file::read;

use super::{Compare, NAME, PathsReport};
use crate::comparison::{ComparisonError, FEWEST_SEEDS, Measured, Starts, compare_measured};
use crate::error::Error;
use crate::integrator::Tolerances;
use crate::model::Model;
use crate::output::Table;
use crate::problem::{Clock, Problem, ProblemOptions, Sgd};
use crate::study::provenance::{Origin, object};
use crate::study::sampling::require_of_sgd;
use crate::study::{Study, Work};
use crate::sweep::clock;
use crate::watch::Watch;

/// Measured runs of SGD held against the closed ODEs, with the verdict that [`Compare`] gives of its own.
///
/// The table has a column of times (`step`, or `t` = eta * steps, or `samples`), any of `loss`, `alignment`, `m`, `q`, `u`,
/// `s`, and `seed`, with at least four seeds, all recorded at the same times.
///
/// ```
/// use lorode::study::compare::CompareData;
/// use lorode::study::{Report, Study, simulate::Simulate};
/// use lorode::watch::Cancel;
///
/// let mut sgd = Simulate::default();
/// sgd.problem.link = vec!["erf".into()];
/// (sgd.problem.mu, sgd.problem.alignment0) = (Some(0.5.into()), Some(0.1.into()));
/// (sgd.problem.dim, sgd.problem.batch) = (Some(1000.0.into()), Some(100.0.into()));
/// (sgd.problem.lr, sgd.sampling.steps) = (Some(0.2.into()), Some(500));
/// sgd.per_seed = true;
/// let seeds = sgd.run(&Cancel::default())?.finest_table().ok_or("seeds")?;
/// let compare = CompareData { problem: sgd.problem, ..CompareData::new("seeds", seeds) };
/// let report = compare.run(&Cancel::default())?;
/// assert!(report.compared.verdict.follows, "{}", report.compared.verdict.text);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CompareData {
    /// The problem that the runs were of, with step size and batch.
    pub problem: ProblemOptions,
    /// Where the runs started: where the problem says, or at random, as their first records say.
    pub starts: Starts,
    /// Relative tolerance of the theory's integration; `None`: 1e-8.
    pub rtol: Option<f64>,
    /// What the runs are called, the name of their file.
    pub name: String,
    /// The runs.
    pub data: Table,
}

/// Measured runs that are being compared.
pub struct DataWork {
    settings: CompareData,
    problem: Problem,
    sgd: Sgd,
    clock: Clock,
    measured: Measured,
    report: OnceLock<PathsReport>,
}

impl CompareData {
    /// These runs, of a problem that is still to be said.
    pub fn new(name: impl Into<String>, data: Table) -> Self {
        Self {
            problem: ProblemOptions::default(),
            starts: Starts::default(),
            rtol: None,
            name: name.into(),
            data,
        }
    }

    /// The same settings without the runs.
    fn plain(&self) -> Compare {
        Compare {
            problem: self.problem.clone(),
            starts: self.starts,
            rtol: self.rtol,
            ..Compare::default()
        }
    }

    fn parameters(&self) -> Value {
        let mut all = object(&self.problem);
        all.insert("data".into(), json!(self.name));
        if let Some(rtol) = self.rtol {
            all.insert("rtol".into(), json!(rtol));
        }
        if self.starts != Starts::default() {
            all.insert("starts".into(), json!(self.starts));
        }
        all.into()
    }
}

impl Study for CompareData {
    const NAME: &'static str = NAME;
    type Work = DataWork;

    fn begin(&self) -> Result<DataWork, Error> {
        require_of_sgd(&self.problem, NAME)?;
        let problem = self.problem.one_problem(NAME)?;
        let sgd = problem.sgd()?;
        let measured = measured::of(&self.name, &self.data, problem.scaling())?;
        let seeds = measured.values.first().map_or(0, |(_, runs)| runs.len());
        if seeds < FEWEST_SEEDS {
            let why = ComparisonError::FewSeeds { seeds };
            return Err(Error::Setting(format!(
                "data '{}': {why}, told apart by a column seed",
                self.name
            )));
        }
        self.plain().tolerances(crate::watch::Cancel::default())?;
        Ok(DataWork {
            clock: clock(&self.problem, problem.scaling(), problem.model())?,
            settings: self.clone(),
            problem,
            sgd,
            measured,
            report: OnceLock::new(),
        })
    }
}

impl Work for DataWork {
    type Report = PathsReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        let settings = &self.settings;
        let tolerances: Tolerances = settings.plain().tolerances(progress.cancel())?;
        let starts = (settings.starts, &tolerances);
        let compared = match compare_measured(&self.problem, self.measured.clone(), starts) {
            Err(_) if progress.cancelled() => return Ok(()),
            other => other?,
        };
        let _once = self.report.set(PathsReport {
            options: settings.problem.clone(),
            problem: self.problem.clone(),
            sgd: self.sgd,
            clock: self.clock.clone(),
            compared,
            starts: settings.starts,
            loss_by: format!("measured, in '{}'", settings.name),
            origin: Origin::new(NAME, self.parameters(), None),
        });
        Ok(())
    }

    fn models(&self) -> Vec<Model> {
        vec![self.problem.model().clone()]
    }

    fn parameters(&self) -> Value {
        self.settings.parameters()
    }

    fn report(&self) -> Option<PathsReport> {
        self.report.get().cloned()
    }
}
