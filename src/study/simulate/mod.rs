//! One-pass SGD for many seeds: overlaps, loss and exit steps with their spread.

mod figure;
mod network;
mod report;
mod table;
mod words;

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(crate) use figure::redrawn;
pub(crate) use network::network_figure;
pub use network::{SimulateNetwork, SimulateNetworkReport};
pub(crate) use table::{NUMBERS, Statistic};

pub use crate::simulation::{Checkpoint, Until};

use super::provenance::{Origin, object};
use super::sampling::{Sampling, require_of_sgd};
use super::words::interrupted;
use super::{Report, Resumable, Shared, Study, Work, made};
use crate::comparison::set_exact_losses;
use crate::error::Error;
use crate::numeral::counted;
use crate::observable::Observed;
use crate::problem::{Clock, Problem, ProblemOptions, Sgd};
use crate::shard::Shard;
use crate::simulation::{End, Ensemble, Goal, SeedRun, Seeded, Simulated, Simulation, Statistics};
use crate::storage::require_memory;
use crate::sweep::clock;
use crate::trajectory;
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

/// Seeds that are being simulated, of a single index unless it says otherwise.
pub struct SimulateWork<P: Simulated = Problem> {
    settings: Simulate,
    problem: P,
    sgd: Sgd,
    clock: Clock,
    simulation: Simulation<P>,
    seeds: Seeded<P::Seen>,
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
    /// Times in the unit asked for.
    pub clock: Clock,
    /// Each seed with its records, its exit and its end, at SGD steps.
    pub ensemble: Ensemble,
    /// Averages and quantiles over the seeds that did not diverge, one per recorded step.
    pub statistics: Statistics,
    loss_by: String,
    per_seed: bool,
    seconds: Option<f64>,
    origin: Origin,
}

impl SimulateReport {
    /// The time of a step, in the unit asked for.
    pub fn time(&self, step: u64) -> f64 {
        self.clock.at_step(step as f64)
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
}

impl Study for Simulate {
    const NAME: &'static str = "simulate";
    type Work = SimulateWork;

    fn begin(&self) -> Result<SimulateWork, Error> {
        require_of_sgd(&self.problem, Self::NAME)?;
        let problem = self.problem.one_problem(Self::NAME)?;
        let clock = clock(&self.problem, problem.scaling(), problem.model())?;
        SimulateWork::begin(self, problem, clock)
    }
}

/// What tells the simulations of one unit and of networks apart.
pub trait Subject: Simulated + Clone + 'static {
    /// What comes of them.
    type Report: Report;

    /// Tells whether a run has learned.
    ///
    /// # Errors
    /// A problem whose loss is not known.
    fn goal(&self) -> Result<Goal<Self::Seen>, Error>;

    /// Makes what the goal needs and what takes seconds; false when it was ended before.
    fn is_ready(&self, progress: &dyn Watch) -> bool;

    /// The seeds that are finished.
    fn report(work: &SimulateWork<Self>, ensemble: Ensemble<Self::Seen>) -> Self::Report;
}

impl<P: Subject> SimulateWork<P> {
    /// Checks what is to be simulated.
    fn begin(settings: &Simulate, problem: P, clock: Clock) -> Result<Self, Error> {
        let (sampling, until) = (&settings.sampling, settings.until);
        let steps = sampling.steps.ok_or_else(|| {
            Error::refused("steps", "is needed to simulate SGD, as in --steps=10000")
        })?;
        let mut simulation = Simulation::new(problem.clone(), sampling.settings(steps, until)?)?;
        if settings.per_seed {
            let records = simulation.records() as f64;
            let what = format!("writing {} with --per-seed", counted(records, "record"));
            let advice = "leave out --per-seed, or ask for fewer with --records or --every";
            require_memory(what, records * SEED_RECORD, advice)?;
        }
        if until == Until::Learned {
            simulation = simulation.with_goal(problem.goal()?);
        }
        Ok(Self {
            settings: settings.clone(),
            sgd: simulation.sgd(),
            problem,
            clock,
            seeds: simulation.seeds(None)?,
            simulation,
            is_resumed: false,
            seconds: OnceLock::new(),
        })
    }
}

impl Subject for Problem {
    type Report = SimulateReport;

    fn goal(&self) -> Result<Goal<Observed>, Error> {
        self.refuse_friction("with until learned: a heavy ball passes the best loss and goes on")?;
        let (problem, goal) = (self.clone(), OnceLock::new());
        Ok(Arc::new(move |seen| {
            let goal = goal.get_or_init(|| trajectory::Goal::of(&problem));
            goal.is_reached(seen)
        }))
    }

    /// The lowest loss takes seconds for some pairs, and is remembered.
    fn is_ready(&self, progress: &dyn Watch) -> bool {
        let best = self.model().best_unless(&|| progress.cancelled());
        best.is_some()
    }

    fn report(work: &SimulateWork, mut ensemble: Ensemble) -> SimulateReport {
        if work.settings.sampling.exact_loss {
            set_exact_losses(&mut ensemble, &work.problem);
        }
        SimulateReport {
            options: work.settings.problem.clone(),
            problem: work.problem.clone(),
            sgd: work.sgd,
            clock: work.clock.clone(),
            statistics: ensemble.statistics(),
            loss_by: work.settings.sampling.loss_by(),
            per_seed: work.settings.per_seed,
            seconds: work.seconds.get().copied(),
            origin: Origin::new(
                Simulate::NAME,
                work.parameters(),
                work.incomplete(&ensemble),
            ),
            ensemble,
        }
    }
}

impl<P: Subject> Shared for SimulateWork<P> {
    const ITEMS: &'static str = "seed";

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
        if self.settings.until == Until::Learned && !self.problem.is_ready(progress) {
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

impl<P: Subject> SimulateWork<P> {
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

    fn why(&self, ensemble: &Ensemble<P::Seen>) -> String {
        let seeds = self.simulation.settings().seeds.numbers().len();
        interrupted(ensemble.runs.len(), seeds, "seed")
    }

    fn incomplete(&self, ensemble: &Ensemble<P::Seen>) -> Option<String> {
        (!ensemble.is_finished).then(|| self.why(ensemble))
    }
}

impl<P: Subject> Work for SimulateWork<P> {
    type Report = P::Report;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        self.advance_part(Shard::WHOLE, progress)
    }

    fn parameters(&self) -> Value {
        self.flags().into()
    }

    fn report(&self) -> Option<P::Report> {
        let ensemble = self.simulation.ensemble(&self.seeds);
        (!ensemble.runs.is_empty()).then(|| P::report(self, ensemble))
    }

    fn missing(&self) -> Error {
        Error::Unfinished(self.why(&self.simulation.ensemble(&self.seeds)))
    }
}

impl<P: Subject> Resumable for SimulateWork<P> {
    type State = Checkpoint<P::Seen>;

    fn made(&self) -> Value {
        // What is printed of the seeds does not change them.
        made(&Simulate {
            per_seed: false,
            ..self.settings.clone()
        })
    }

    fn state(&self) -> Option<Self::State> {
        Some(self.seeds.checkpoint()).filter(|all| !all.is_empty())
    }

    fn resume(&mut self, state: Self::State) -> Result<(), Error> {
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
        assert_eq!(said, "interrupted: 0 of 3 seeds finished");
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
