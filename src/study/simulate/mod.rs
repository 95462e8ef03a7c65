//! One-pass SGD for many seeds: overlaps, loss and exit steps with their spread.

mod figure;
mod report;
mod table;
mod words;

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(crate) use figure::redrawn;

pub use crate::simulation::{Checkpoint, Until};

use super::provenance::{object, provenance};
use super::sampling::{Sampling, require_of_sgd};
use super::words::interrupted;
use super::{Resumable, Shared, Study, Work, made};
use crate::comparison::set_exact_losses;
use crate::error::Error;
use crate::problem::{Problem, ProblemOptions, Sgd};
use crate::shard::Shard;
use crate::simulation::{End, Ensemble, SeedRun, Seeded, Simulation, Statistics};
use crate::storage::require_memory;
use crate::sweep::time_factor;
use crate::trajectory::Goal;
use crate::watch::Watch;

/// Bytes that a record of a single seed takes in tables and JSON.
const SEED_RECORD: f64 = 1500.0;

/// One problem, simulated for many seeds; by default 64 of them.
///
/// ```
/// use lorode::study::{Study, simulate::Simulate};
///
/// let mut simulate = Simulate::default();
/// simulate.problem.link = vec!["erf".into()];
/// simulate.problem.mu = Some("0.5".parse()?);
/// (simulate.problem.dim, simulate.problem.batch) = (Some(100.0.into()), Some(100.0.into()));
/// (simulate.problem.lr, simulate.sampling.steps) = (Some(0.2.into()), Some(1000));
/// let report = simulate.run(&lorode::watch::Cancel::default())?;
/// assert_eq!(report.ensemble.runs.len(), 64);
/// assert!(report.exits().iter().flatten().count() > 60);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Simulate {
    /// The problem: one pair of links, at most one strength, with step size and batch.
    pub problem: ProblemOptions,
    /// How many steps and seeds, and what is recorded; `steps` must be given.
    pub sampling: Sampling,
    /// When a seed stops before its last step.
    pub until: Until,
    /// Whether the records of every seed are among the data.
    pub per_seed: bool,
}

/// Seeds that are being simulated.
pub struct SimulateWork {
    settings: Simulate,
    problem: Problem,
    sgd: Sgd,
    time_factor: f64,
    simulation: Simulation,
    seeds: Seeded,
    is_resumed: bool,
    seconds: OnceLock<f64>,
}

/// Seeds that came to their ends: all that were asked for, or those so far.
#[derive(Clone, Debug)]
pub struct SimulateReport {
    /// The problem as it was given.
    pub options: ProblemOptions,
    /// The problem that was simulated.
    pub problem: Problem,
    /// Its dimension, batch and step size.
    pub sgd: Sgd,
    /// From ODE time to the unit asked for.
    pub time_factor: f64,
    /// Each seed with its records, its exit and its end, at SGD steps.
    pub ensemble: Ensemble,
    /// Averages and quantiles over the seeds that did not diverge, one per recorded step.
    pub statistics: Statistics,
    loss_by: String,
    per_seed: bool,
    seconds: Option<f64>,
    parameters: Value,
    incomplete: Option<String>,
}

impl SimulateReport {
    /// The time of a step, in the unit asked for.
    pub fn time(&self, step: u64) -> f64 {
        step as f64 * self.sgd.step * self.time_factor
    }

    /// Exit steps of the seeds that did not diverge; `None` of one that did not exit.
    pub fn exits(&self) -> Vec<Option<f64>> {
        let runs = self.ensemble.runs.iter();
        let whole = runs.filter(|run| run.end != Some(End::Diverged));
        whole.map(|run| run.exit_step.map(|s| s as f64)).collect()
    }

    /// Seeds whose weights were no longer finite.
    fn diverged(&self) -> impl Iterator<Item = &SeedRun> {
        let runs = self.ensemble.runs.iter();
        runs.filter(|run| run.end == Some(End::Diverged))
    }

    /// How it was made.
    fn made(&self) -> Value {
        provenance(Simulate::NAME, &self.parameters, self.incomplete.as_deref())
    }
}

impl Study for Simulate {
    const NAME: &'static str = "simulate";
    type Work = SimulateWork;

    fn begin(&self) -> Result<SimulateWork, Error> {
        require_of_sgd(&self.problem, Self::NAME)?;
        let problem = self.problem.one_problem(Self::NAME)?;
        let steps = self.sampling.steps.ok_or_else(|| {
            Error::Setting("steps is needed to simulate SGD, as in --steps 10000".to_owned())
        })?;
        let time_factor = time_factor(&self.problem, &problem)?;
        let settings = self.sampling.settings(steps, self.until)?;
        let simulation = Simulation::new(problem.clone(), settings)?;
        if self.per_seed {
            let records = simulation.records() as f64;
            let what = format!("writing {records} records with --per-seed");
            let advice = "leave out --per-seed, or ask for fewer with --records or --every";
            require_memory(what, records * SEED_RECORD, advice)?;
        }
        let simulation = with_goal(simulation, self.until);
        Ok(SimulateWork {
            settings: self.clone(),
            sgd: simulation.sgd(),
            problem,
            time_factor,
            seeds: simulation.seeds(None)?,
            simulation,
            is_resumed: false,
            seconds: OnceLock::new(),
        })
    }
}

/// The simulation with the goal of the theory, when it is asked to stop there.
fn with_goal(simulation: Simulation, until: Until) -> Simulation {
    if until != Until::Learned {
        return simulation;
    }
    let (problem, goal) = (simulation.problem().clone(), OnceLock::new());
    simulation.with_goal(Arc::new(move |seen| {
        let goal = goal.get_or_init(|| Goal::of(&problem));
        goal.is_reached(seen)
    }))
}

impl Shared for SimulateWork {
    const ITEMS: &'static str = "seeds";

    fn settings(&self) -> Value {
        json!(self.settings)
    }

    fn progress(&self, shard: Shard) -> (usize, usize) {
        let all = self.simulation.settings().seeds.numbers().len();
        let own = (0..all).filter(|seed| shard.holds(*seed)).count();
        (self.simulation.ended(&self.seeds, shard), own)
    }

    fn advance_part(&self, shard: Shard, progress: &dyn Watch) -> Result<(), Error> {
        let begun = progress.clock();
        // The lowest loss takes seconds for some pairs, and is remembered.
        let model = self.problem.model();
        if self.settings.until == Until::Learned
            && model.best_unless(&|| progress.cancelled()).is_none()
        {
            return Ok(());
        }
        self.simulation.walk_all(&self.seeds, progress, shard)?;
        // Of steps that an earlier run did it is not known how long they took.
        if let (Some((now, then)), false) = (progress.clock().zip(begun), self.is_resumed) {
            let _once = self.seconds.set(now - then);
        }
        Ok(())
    }
}

impl SimulateWork {
    fn flags(&self) -> Map<String, Value> {
        let mut all = object(&self.settings.problem);
        all.extend(self.settings.sampling.parameters());
        if self.settings.until != Until::default() {
            all.insert("until".into(), json!(self.settings.until));
        }
        if self.settings.per_seed {
            all.insert("per-seed".into(), json!(true));
        }
        all
    }

    fn why(&self, ensemble: &Ensemble) -> String {
        let seeds = self.simulation.settings().seeds.numbers().len();
        interrupted(ensemble.runs.len(), seeds, "seeds")
    }
}

impl Work for SimulateWork {
    type Report = SimulateReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        self.advance_part(Shard::WHOLE, progress)
    }

    fn parameters(&self) -> Value {
        self.flags().into()
    }

    fn report(&self) -> Option<SimulateReport> {
        let mut ensemble = self.simulation.ensemble(&self.seeds);
        if ensemble.runs.is_empty() {
            return None;
        }
        if self.settings.sampling.exact_loss {
            set_exact_losses(&mut ensemble, &self.problem);
        }
        Some(SimulateReport {
            options: self.settings.problem.clone(),
            problem: self.problem.clone(),
            sgd: self.sgd,
            time_factor: self.time_factor,
            statistics: ensemble.statistics(),
            loss_by: self.settings.sampling.loss_by(),
            per_seed: self.settings.per_seed,
            seconds: self.seconds.get().copied(),
            parameters: self.parameters(),
            incomplete: (!ensemble.is_finished).then(|| self.why(&ensemble)),
            ensemble,
        })
    }

    fn missing(&self) -> Error {
        Error::Unfinished(self.why(&self.simulation.ensemble(&self.seeds)))
    }
}

impl Resumable for SimulateWork {
    type State = Checkpoint;

    fn made(&self) -> Value {
        // What is printed of the seeds does not change them.
        made(&Simulate {
            per_seed: false,
            ..self.settings.clone()
        })
    }

    fn state(&self) -> Option<Checkpoint> {
        Some(self.seeds.checkpoint()).filter(|all| !all.is_empty())
    }

    fn resume(&mut self, state: Checkpoint) -> Result<(), Error> {
        self.is_resumed = true;
        Ok(self.simulation.take_up(&self.seeds, state)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Cancel;

    /// Ends work at the first step of any seed.
    struct UntilStep(Cancel);

    impl Watch for UntilStep {
        fn advance(&self, units: u64) {
            if units > 0 {
                self.0.set();
            }
        }

        fn cancel(&self) -> Cancel {
            self.0
        }
    }

    fn short() -> Simulate {
        let mut simulate = Simulate::default();
        simulate.problem.link = vec!["erf".into()];
        simulate.problem.mu = Some("0.5".parse().unwrap());
        (simulate.problem.dim, simulate.problem.batch) = (Some(50.0.into()), Some(5.0.into()));
        (simulate.problem.lr, simulate.sampling.steps) = (Some(0.1.into()), Some(20));
        simulate.sampling.seeds = "3".parse().unwrap();
        simulate
    }

    #[test]
    fn a_checkpoint_in_memory_is_gone_on_with() {
        let whole = short().run(&Cancel::default()).unwrap();
        let work = short().begin().unwrap();
        work.advance(&UntilStep(Cancel::new())).unwrap();
        let begun = work.state().unwrap();
        assert!(work.report().is_none());
        let said = work.missing().to_string();
        assert_eq!(said, "interrupted: 0 of 3 seeds are finished");
        let mut rest = short().begin().unwrap();
        rest.resume(begun).unwrap();
        rest.advance(&Cancel::default()).unwrap();
        assert_eq!(rest.report().unwrap().ensemble.runs, whole.ensemble.runs);
    }

    #[test]
    fn what_sgd_needs_is_asked_for() {
        let asked = |change: fn(&mut Simulate)| {
            let mut simulate = short();
            change(&mut simulate);
            let error = simulate.run(&Cancel::default()).unwrap_err();
            assert!(error.is_refusal());
            error.to_string()
        };
        assert!(asked(|s| s.problem.lr = None).starts_with("lr is needed"));
        assert!(asked(|s| s.problem.batch = None).starts_with("batch is needed"));
        assert!(asked(|s| s.sampling.steps = None).starts_with("steps is needed"));
        assert!(asked(|s| s.problem.t_max = Some(1.0)).starts_with("t-max has no meaning"));
    }
}
