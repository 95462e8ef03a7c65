//! Theory and SGD along one run, while it is simulated: of one unit, and of networks.

use std::sync::OnceLock;

use serde_json::Value;

use super::Compare;
use crate::comparison::{FEWEST_SEEDS, Starts};
use crate::error::Error;
use crate::integrator::Tolerances;
use crate::model::Model;
use crate::problem::{Clock, Problem, Scaling, Sgd};
use crate::shard::Shard;
use crate::simulation::{Checkpoint, Ensemble, Seeded, Settings, Simulated, Simulation, Until};
use crate::study::words::interrupted;
use crate::study::{Report, Resumable, Work, made, nothing};
use crate::watch::{Cancel, Watch};

/// Steps beyond the end of the theory's run, against its length.
const BEYOND_END: f64 = 1.3;
/// Most steps that are simulated without being asked for.
const MOST_STEPS: f64 = 1e7;

/// What tells the comparisons of one unit and of networks apart.
pub trait Subject: Simulated + Clone + 'static {
    /// What comes of them.
    type Report: Report + Clone + Send + Sync + 'static;

    /// Links and their averages.
    fn model(&self) -> &Model;

    /// Steps and samples in ODE time.
    fn scaling(&self) -> &Scaling;

    /// SGD from these starts.
    ///
    /// # Errors
    /// What cannot be simulated.
    fn simulation(&self, settings: Settings, starts: Starts) -> Result<Simulation<Self>, Error>;

    /// When the theory's run has settled, in ODE time; whether it came to an end.
    ///
    /// # Errors
    /// A run that fails.
    fn settled(&self, tolerances: &Tolerances) -> Result<(f64, bool), Error>;

    /// The seeds that are finished, against the theory; `incomplete` says why these are not all.
    ///
    /// # Errors
    /// A theory that fails, and seeds of which none came to an end.
    fn report(
        work: &PathsWork<Self>,
        seeds: (&Simulation<Self>, Ensemble<Self::Seen>),
        tolerances: &Tolerances,
        incomplete: Option<String>,
    ) -> Result<Self::Report, Error>;
}

/// One problem that is being simulated, of a single index unless it says otherwise.
pub struct PathsWork<P: Subject = Problem> {
    pub(super) settings: Compare,
    pub(super) problem: P,
    pub(super) sgd: Sgd,
    pub(super) clock: Clock,
    /// Where an earlier run left the seeds.
    begun_before: Option<Checkpoint<P::Seen>>,
    /// Once it is known for how many steps.
    begun: OnceLock<(Simulation<P>, Seeded<P::Seen>)>,
    /// Of all seeds.
    whole: OnceLock<P::Report>,
}

impl<P: Subject> PathsWork<P> {
    /// Checks what is to be compared, before the theory is integrated for its length.
    pub(super) fn begin(settings: &Compare, problem: P, clock: Clock) -> Result<Self, Error> {
        let steps = settings.sampling.steps.unwrap_or(1);
        let trial = settings.sampling.settings(steps, Until::Steps)?;
        Simulation::new(problem.clone(), trial.clone())?;
        problem.simulation(trial, settings.starts)?;
        Ok(Self {
            sgd: problem.sgd()?,
            settings: settings.clone(),
            problem,
            clock,
            begun_before: None,
            begun: OnceLock::new(),
            whole: OnceLock::new(),
        })
    }

    /// Steps in which the theory comes to its end, and some more.
    fn steps_of_theory(&self, progress: &dyn Watch) -> Result<u64, Error> {
        progress.begin("theory", 0);
        let tolerances = self.settings.tolerances(progress.cancel())?;
        let (settled, is_ended) = self.problem.settled(&tolerances)?;
        let scaling = self.problem.scaling();
        let steps = scaling.steps(BEYOND_END * settled).unwrap_or(0.0).ceil();
        if !is_ended || steps > MOST_STEPS {
            return Err(Error::Setting(format!(
                "the theory takes {steps:.3e} steps to its end: say how many to simulate with --steps"
            )));
        }
        Ok(steps.max(1.0) as u64)
    }

    /// The seeds that are finished, against the theory.
    fn compared(&self, cancel: Cancel) -> Result<P::Report, Error> {
        let (simulation, seeds) = self.begun.get().ok_or_else(nothing)?;
        let ensemble = simulation.ensemble(seeds);
        let all = simulation.settings().seeds.numbers().len();
        let done = ensemble.runs.len();
        let incomplete = (!ensemble.is_finished).then(|| interrupted(done, all, "seed"));
        if let Some(why) = incomplete.as_ref().filter(|_| done < FEWEST_SEEDS) {
            return Err(Error::Unfinished(format!("{why}, too few to compare")));
        }
        let tolerances = self.settings.tolerances(cancel)?;
        P::report(self, (simulation, ensemble), &tolerances, incomplete)
    }
}

impl<P: Subject> Work for PathsWork<P> {
    type Report = P::Report;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        let sampling = &self.settings.sampling;
        let steps = match sampling.steps {
            Some(steps) => steps,
            None => self.steps_of_theory(progress)?,
        };
        let settings = sampling.settings(steps, Until::Steps)?;
        let simulation = self.problem.simulation(settings, self.settings.starts)?;
        let seeds = simulation.seeds(self.begun_before.clone())?;
        let (simulation, seeds) = self.begun.get_or_init(|| (simulation, seeds));
        simulation.walk_all(seeds, progress, Shard::WHOLE)?;
        if simulation.ensemble(seeds).is_finished {
            match self.compared(progress.cancel()) {
                Ok(whole) => drop(self.whole.set(whole)),
                Err(_) if progress.cancelled() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn models(&self) -> Vec<Model> {
        vec![self.problem.model().clone()]
    }

    fn parameters(&self) -> Value {
        self.settings.parameters()
    }

    fn report(&self) -> Option<P::Report> {
        let (simulation, seeds) = self.begun.get()?;
        match simulation.ensemble(seeds).is_finished {
            true => self.whole.get().cloned(),
            false => self.compared(Cancel::default()).ok(),
        }
    }

    fn missing(&self) -> Error {
        match self.begun.get() {
            Some((simulation, seeds)) if simulation.ensemble(seeds).is_finished => {
                let all = simulation.settings().seeds.numbers().len();
                let why = interrupted(all, all, "seed");
                Error::Unfinished(format!("{why}, the theory is not"))
            }
            _ => {
                let why = self.compared(Cancel::default()).err();
                why.unwrap_or_else(nothing)
            }
        }
    }
}

impl<P: Subject> Resumable for PathsWork<P> {
    type State = Checkpoint<P::Seen>;

    fn made(&self) -> Value {
        made(&self.settings)
    }

    fn state(&self) -> Option<Self::State> {
        match self.begun.get() {
            Some((_, seeds)) => Some(seeds.checkpoint()).filter(|all| !all.is_empty()),
            None => self.begun_before.clone(),
        }
    }

    fn resume(&mut self, state: Self::State) -> Result<(), Error> {
        self.begun_before = Some(state);
        Ok(())
    }
}
