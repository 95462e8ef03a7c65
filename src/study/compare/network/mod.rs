//! Theory and SGD along the run of a network.

mod figure;
mod table;
mod words;

pub(crate) use figure::figure;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::running::{PathsWork, Subject};
use super::{Compare, NAME, starts_in_words, with_steps};
use crate::comparison::{
    NetworkCompared, NetworkNumber, NumberCompared, Starts, compare_network_ensemble,
    simulation_for_network,
};
use crate::error::Error;
use crate::integrator::Tolerances;
use crate::model::Model;
use crate::output::{Figure, Table};
use crate::problem::network::NetworkProblem;
use crate::problem::{Clock, ProblemOptions, Scaling, Sgd};
use crate::simulation::{NetworkEnsemble, NetworkSimulation, Settings};
use crate::study::provenance::Origin;
use crate::study::saved::drawn;
use crate::study::schema::of_tables;
use crate::study::solve::notes;
use crate::study::{Report, Study};
use crate::sweep::clock;
use crate::trajectory::network::{NetworkTrajectory, follow_network};
use crate::trajectory::{Outcome, Wanted};

/// One network, solved and simulated: settings as those of one unit.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct CompareNetwork(pub Compare);

/// One network, solved and simulated.
#[derive(Clone, Debug)]
pub struct CompareNetworkReport {
    /// The problem as it was given.
    pub options: ProblemOptions,
    /// The problem that was solved and simulated.
    pub problem: NetworkProblem,
    /// Its dimension, batch and step size.
    pub sgd: Sgd,
    /// Times in the unit asked for.
    pub clock: Clock,
    /// Theory and SGD number by number, and the verdict.
    pub compared: NetworkCompared,
    /// Where both started.
    pub starts: Starts,
    loss_by: String,
    origin: Origin,
}

impl Study for CompareNetwork {
    const NAME: &'static str = NAME;
    type Work = PathsWork<NetworkProblem>;

    fn begin(&self) -> Result<Self::Work, Error> {
        self.0.check()?;
        let problem = self.0.problem.one_network(NAME)?;
        let scaling = &problem.setup().scaling;
        let clock = clock(&self.0.problem, scaling, problem.model())?;
        PathsWork::begin(&self.0, problem, clock)
    }
}

impl Subject for NetworkProblem {
    type Report = CompareNetworkReport;

    fn model(&self) -> &Model {
        NetworkProblem::model(self)
    }

    fn scaling(&self) -> &Scaling {
        &self.setup().scaling
    }

    fn simulation(&self, settings: Settings, starts: Starts) -> Result<NetworkSimulation, Error> {
        Ok(simulation_for_network(self, settings, starts)?)
    }

    fn settled(&self, tolerances: &Tolerances) -> Result<(f64, bool), Error> {
        let (run, seen) = follow_network(self, Wanted::Spread(POINTS), tolerances)?;
        let settled = match run.outcome.is_at_rest() {
            true => settled(&seen, self.setup().scaling.dim),
            false => run.settled,
        };
        Ok((settled, run.outcome != Outcome::Unfinished))
    }

    fn report(
        work: &PathsWork<Self>,
        seeds: (&NetworkSimulation, NetworkEnsemble),
        tolerances: &Tolerances,
        incomplete: Option<String>,
    ) -> Result<CompareNetworkReport, Error> {
        let settings = &work.settings;
        let how = (settings.starts, tolerances);
        let compared = compare_network_ensemble(seeds, how, settings.sampling.exact_loss)?;
        Ok(CompareNetworkReport {
            options: settings.problem.clone(),
            problem: work.problem.clone(),
            sgd: work.sgd,
            clock: work.clock.clone(),
            compared,
            starts: settings.starts,
            loss_by: settings.sampling.loss_by(),
            origin: Origin::new(NAME, settings.parameters(), incomplete),
        })
    }
}

/// Times of the theory's run among which it is seen to settle.
const POINTS: usize = 200;
/// What is left of a number when a run has settled, against its range over sqrt(d), which SGD does not tell from 0.
const LEFT: f64 = 0.1;

/// When the numbers that are compared have come to their rest, as far as SGD in `dim` dimensions can tell.
fn settled(seen: &NetworkTrajectory, dim: f64) -> f64 {
    let (units, stars) = seen.m.first().map_or((0, 0), |m| m.shape());
    let away = NetworkNumber::all(units, stars).filter_map(|number| {
        let values = number.of_trajectory(seen);
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (last, near) = (*values.last()?, LEFT * (high - low) / dim.sqrt());
        values.iter().rposition(|x| (x - last).abs() > near)
    });
    let from = away.max().map_or(0, |row| row + 1);
    seen.t.get(from).copied().unwrap_or_default()
}

impl CompareNetworkReport {
    /// Times of the records in the unit asked for.
    pub fn times(&self) -> Vec<f64> {
        let steps = self.compared.step.iter();
        steps.map(|step| self.clock.at_step(*step as f64)).collect()
    }

    fn made(&self) -> Value {
        with_steps(self.origin.made(), &self.compared.step)
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
    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }

    fn json(&self) -> Value {
        let compared = &self.compared;
        let name = |one: &NumberCompared| one.number.to_string();
        let all = || compared.numbers.iter();
        let deviation: Map<String, Value> =
            all().map(|one| (name(one), json!(one.deviation))).collect();
        let from_map: Map<String, Value> = all()
            .filter_map(|one| Some((name(one), json!(one.map.as_ref()?.1))))
            .collect();
        let mut json = self.made();
        json["schema"] = of_tables(self.table(), Vec::new());
        json["starts"] = json!(starts_in_words(self.starts));
        json["loss_by"] = json!(self.loss_by);
        json["seeds_counted"] = json!(compared.seeds);
        json["verdict"] = json!(compared.verdict.text);
        json["follows"] = json!(compared.verdict.follows);
        json["deviation"] = deviation.into();
        if !from_map.is_empty() {
            json["deviation_from_map"] = from_map.into();
        }
        json["is_step_large"] = json!(compared.is_step_large);
        json["records"] = self.records();
        json
    }

    fn table(&self) -> Table {
        table::table(self)
    }

    fn figure(&self) -> Option<Figure> {
        drawn(self, figure)
    }

    fn summary(&self) -> String {
        words::summary(self)
    }

    fn warnings(&self) -> Vec<String> {
        match self.starts {
            Starts::Fixed => notes(&self.problem),
            // Random starts tell all units apart.
            Starts::Random => Vec::new(),
        }
    }

    fn failures(&self) -> Vec<String> {
        let (all, counted) = (self.compared.ensemble.runs.len(), self.compared.seeds);
        super::left_out(all, counted).into_iter().collect()
    }
}
