//! Theory and SGD along the run of a network.

mod figure;
mod table;
mod words;

use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Compare, NAME, starts_in_words};
use crate::comparison::{
    FEWEST_SEEDS, NetworkCompared, Starts, compare_network_ensemble, simulation_for_network,
};
use crate::error::Error;
use crate::model::Model;
use crate::observable::NetworkObserved;
use crate::output::{Figure, Table};
use crate::problem::network::NetworkProblem;
use crate::problem::{ProblemOptions, Sgd};
use crate::shard::Shard;
use crate::simulation::{Checkpoint, NetworkSimulation, Seeded, Until};
use crate::study::provenance::provenance;
use crate::study::schema::of_tables;
use crate::study::words::interrupted;
use crate::study::{Report, Resumable, Study, Work, made, nothing};
use crate::sweep::time_factor_of;
use crate::trajectory::Wanted;
use crate::trajectory::network::{NetworkOutcome, follow_network};
use crate::watch::{Cancel, Watch};

/// Steps beyond the end of the theory's run, against its length.
const BEYOND_END: f64 = 1.3;
/// Points of the theory's run: when it settled is all that is wanted of it.
const FEW_POINTS: usize = 4;
/// Most steps that are simulated without being asked for.
const MOST_STEPS: f64 = 1e7;

/// One network, solved and simulated: settings as those of one unit.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct CompareNetwork(pub Compare);

/// One network that is being simulated.
pub struct CompareNetworkWork {
    settings: Compare,
    problem: NetworkProblem,
    sgd: Sgd,
    time_factor: f64,
    /// Where an earlier run left the seeds.
    begun_before: Option<Checkpoint<NetworkObserved>>,
    /// Once it is known for how many steps.
    begun: OnceLock<(NetworkSimulation, Seeded<NetworkObserved>)>,
    /// Of all seeds.
    whole: OnceLock<CompareNetworkReport>,
}

/// One network, solved and simulated.
#[derive(Clone, Debug)]
pub struct CompareNetworkReport {
    /// The problem as it was given.
    pub options: ProblemOptions,
    /// The problem that was solved and simulated.
    pub problem: NetworkProblem,
    /// Its dimension, batch and step size.
    pub sgd: Sgd,
    /// From ODE time to the unit asked for.
    pub time_factor: f64,
    /// Theory and SGD number by number, and the verdict.
    pub compared: NetworkCompared,
    /// Where both started.
    pub starts: Starts,
    loss_by: String,
    parameters: Value,
    incomplete: Option<String>,
}

impl Study for CompareNetwork {
    const NAME: &'static str = NAME;
    type Work = CompareNetworkWork;

    fn begin(&self) -> Result<CompareNetworkWork, Error> {
        self.0.check()?;
        let problem = self.0.problem.one_network(NAME)?;
        let scaling = &problem.setup().scaling;
        let time_factor = time_factor_of(&self.0.problem, scaling, problem.model())?;
        // Refused before the theory is integrated for its length.
        let steps = self.0.sampling.steps.unwrap_or(1);
        let trial = self.0.sampling.settings(steps, Until::Steps)?;
        simulation_for_network(&problem, trial, self.0.starts)?;
        Ok(CompareNetworkWork {
            sgd: problem.sgd()?,
            settings: self.0.clone(),
            problem,
            time_factor,
            begun_before: None,
            begun: OnceLock::new(),
            whole: OnceLock::new(),
        })
    }
}

impl CompareNetworkWork {
    /// Steps in which the theory comes to its end, and some more.
    fn steps_of_theory(&self, progress: &dyn Watch) -> Result<u64, Error> {
        let tolerances = self.settings.tolerances(progress.cancel())?;
        let (run, _) = follow_network(&self.problem, Wanted::Spread(FEW_POINTS), &tolerances)?;
        let steps = (BEYOND_END * run.settled / self.sgd.step).ceil();
        if run.outcome == NetworkOutcome::Unfinished || steps > MOST_STEPS {
            return Err(Error::Setting(format!(
                "the theory takes {steps:.3e} steps to its end: say how many to simulate with --steps"
            )));
        }
        Ok(steps.max(1.0) as u64)
    }

    /// The seeds that are finished, against the theory.
    fn compared(&self, cancel: Cancel) -> Result<CompareNetworkReport, Error> {
        let (simulation, seeds) = self.begun.get().ok_or_else(nothing)?;
        let ensemble = simulation.ensemble(seeds);
        let all = simulation.settings().seeds.numbers().len();
        let done = ensemble.runs.len();
        let incomplete = (!ensemble.is_finished).then(|| interrupted(done, all, "seeds"));
        if let Some(why) = incomplete.as_ref().filter(|_| done < FEWEST_SEEDS) {
            return Err(Error::Unfinished(format!("{why}, too few to compare")));
        }
        let settings = &self.settings;
        let tolerances = settings.tolerances(cancel)?;
        let compared = compare_network_ensemble(
            (simulation, ensemble),
            (settings.starts, &tolerances),
            settings.sampling.exact_loss,
        )?;
        Ok(CompareNetworkReport {
            options: settings.problem.clone(),
            problem: self.problem.clone(),
            sgd: self.sgd,
            time_factor: self.time_factor,
            compared,
            starts: settings.starts,
            loss_by: settings.sampling.loss_by(),
            parameters: settings.parameters(),
            incomplete,
        })
    }
}

impl Work for CompareNetworkWork {
    type Report = CompareNetworkReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        let sampling = &self.settings.sampling;
        let steps = match sampling.steps {
            Some(steps) => steps,
            None => self.steps_of_theory(progress)?,
        };
        let settings = sampling.settings(steps, Until::Steps)?;
        let simulation = simulation_for_network(&self.problem, settings, self.settings.starts)?;
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

    fn report(&self) -> Option<CompareNetworkReport> {
        let (simulation, seeds) = self.begun.get()?;
        match simulation.ensemble(seeds).is_finished {
            true => self.whole.get().cloned(),
            false => self.compared(Cancel::default()).ok(),
        }
    }

    fn missing(&self) -> Error {
        let why = self.compared(Cancel::default()).err();
        why.unwrap_or_else(nothing)
    }
}

impl Resumable for CompareNetworkWork {
    type State = Checkpoint<NetworkObserved>;

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

impl CompareNetworkReport {
    /// Times of the records in the unit asked for.
    pub fn times(&self) -> Vec<f64> {
        let time = |step: &u64| *step as f64 * self.sgd.step * self.time_factor;
        self.compared.step.iter().map(time).collect()
    }

    fn made(&self) -> Value {
        provenance(NAME, &self.parameters, self.incomplete.as_deref())
    }

    fn records(&self) -> Value {
        let mut map = Map::new();
        map.insert("step".into(), json!(self.compared.step));
        map.insert("t".into(), json!(self.times()));
        for one in &self.compared.numbers {
            let columns = table::columns(one).into_iter();
            let named = columns.map(|(name, values)| (name.to_owned(), json!(values)));
            map.insert(one.number.to_string(), Value::Object(named.collect()));
        }
        Value::Object(map)
    }
}

impl Report for CompareNetworkReport {
    fn incomplete(&self) -> Option<String> {
        self.incomplete.clone()
    }

    fn json(&self) -> Value {
        let compared = &self.compared;
        let deviation = compared.numbers.iter();
        let deviation: Map<String, Value> = deviation
            .map(|one| (one.number.to_string(), json!(one.deviation)))
            .collect();
        let mut json = self.made();
        json["schema"] = of_tables(self.table(), Vec::new());
        json["starts"] = json!(starts_in_words(self.starts));
        json["loss_by"] = json!(self.loss_by);
        json["seeds_counted"] = json!(compared.seeds);
        json["verdict"] = json!(compared.verdict.text);
        json["follows"] = json!(compared.verdict.follows);
        json["deviation"] = deviation.into();
        json["records"] = self.records();
        json
    }

    fn table(&self) -> Table {
        table::table(self)
    }

    fn figure(&self) -> Option<Figure> {
        Some(figure::figure(self))
    }

    fn summary(&self) -> String {
        words::summary(self)
    }

    fn failures(&self) -> Vec<String> {
        let (all, counted) = (self.compared.ensemble.runs.len(), self.compared.seeds);
        super::left_out(all, counted).into_iter().collect()
    }
}
