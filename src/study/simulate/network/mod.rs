//! One-pass SGD of a network for many seeds.

mod figure;
mod table;
mod words;

pub(crate) use figure::figure as network_figure;

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Simulate, SimulateWork, Subject};
use crate::comparison::set_exact_network_losses;
use crate::dynamics::network::NetworkLoss;
use crate::error::Error;
use crate::observable::NetworkObserved;
use crate::output::{Figure, Table};
use crate::problem::network::NetworkProblem;
use crate::problem::{Clock, ProblemError, ProblemOptions, Sgd};
use crate::simulation::{End, Goal, NetworkEnsemble, NetworkSeedRun, NetworkStatistics};
use crate::study::provenance::Origin;
use crate::study::sampling::require_of_sgd;
use crate::study::saved::drawn;
use crate::study::schema::of_tables;
use crate::study::{Report, Study};
use crate::sweep::clock;
use crate::trajectory::NetworkGoal;
use crate::watch::Watch;

/// One network, simulated for many seeds: settings as those of one unit.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct SimulateNetwork(pub Simulate);

/// Seeds of a network that came to their ends: all that were asked for, or those so far.
#[derive(Clone, Debug)]
pub struct SimulateNetworkReport {
    /// The problem as it was given.
    pub options: ProblemOptions,
    /// The problem that was simulated.
    pub problem: NetworkProblem,
    /// Its dimension, batch and step size.
    pub sgd: Sgd,
    /// Times in the unit asked for.
    pub clock: Clock,
    /// Each seed with its records, its exit and its end, at SGD steps.
    pub ensemble: NetworkEnsemble,
    /// Averages over the seeds that did not diverge, one per recorded step.
    pub statistics: NetworkStatistics,
    loss_by: String,
    per_seed: bool,
    seconds: Option<f64>,
    origin: Origin,
}

impl Study for SimulateNetwork {
    const NAME: &'static str = Simulate::NAME;
    type Work = SimulateWork<NetworkProblem>;

    fn begin(&self) -> Result<Self::Work, Error> {
        require_of_sgd(&self.0.problem, Self::NAME)?;
        let problem = self.0.problem.one_network(Self::NAME)?;
        if self.0.sampling.exact_loss {
            NetworkLoss::of(&problem).map_err(ProblemError::from)?;
        }
        let scaling = &problem.setup().scaling;
        let clock = clock(&self.0.problem, scaling, problem.model())?;
        SimulateWork::begin(&self.0, problem, clock)
    }
}

impl Subject for NetworkProblem {
    type Report = SimulateNetworkReport;

    fn goal(&self) -> Result<Goal<NetworkObserved>, Error> {
        let goal = NetworkGoal::of(self)?;
        Ok(Arc::new(move |seen| goal.is_reached(seen)))
    }

    fn is_ready(&self, _progress: &dyn Watch) -> bool {
        true
    }

    fn report(work: &SimulateWork<Self>, mut ensemble: NetworkEnsemble) -> SimulateNetworkReport {
        if work.settings.sampling.exact_loss {
            // That there are averages was checked before the first step.
            let _known = set_exact_network_losses(&mut ensemble, &work.problem);
        }
        SimulateNetworkReport {
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
                work.flags().into(),
                work.incomplete(&ensemble),
            ),
            ensemble,
        }
    }
}

impl SimulateNetworkReport {
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

    fn diverged(&self) -> impl Iterator<Item = &NetworkSeedRun> {
        let runs = self.ensemble.runs.iter();
        runs.filter(|run| run.end == Some(End::Diverged))
    }

    fn times(&self, steps: impl Iterator<Item = u64>) -> Vec<f64> {
        steps.map(|step| self.time(step)).collect()
    }

    /// Averages: of loss and cosine five numbers, of every entry mean and standard deviation.
    fn records(&self) -> Value {
        let statistics = &self.statistics;
        let mut map = Map::new();
        map.insert("step".into(), json!(statistics.step));
        let times = self.times(statistics.step.iter().copied());
        map.insert("t".into(), json!(times));
        map.insert("count".into(), json!(statistics.count));
        for (name, summaries) in [("loss", &statistics.loss), ("cosine", &statistics.cosine)] {
            let columns = super::table::NUMBERS.iter().map(|(word, number)| {
                let values: Vec<Option<f64>> = summaries.iter().map(number).collect();
                ((*word).to_owned(), json!(values))
            });
            map.insert(name.into(), Value::Object(columns.collect()));
        }
        for part in &table::PARTS {
            let of = |all: &[NetworkObserved]| -> Option<Vec<Value>> {
                all.iter().map(|seen| part.written(seen)).collect()
            };
            if let Some(mean) = of(&statistics.mean).filter(|all| !all.is_empty()) {
                let std = of(&statistics.std).filter(|all| !all.is_empty());
                map.insert(part.name.into(), json!({ "mean": mean, "std": std }));
            }
        }
        Value::Object(map)
    }

    fn seed(&self, run: &NetworkSeedRun) -> Value {
        let records = || run.records.iter();
        let mut seed = json!({
            "seed": run.seed,
            "end": run.end,
            "steps": run.steps,
            "exit_step": run.exit_step,
            "step": records().map(|r| r.step).collect::<Vec<u64>>(),
            "t": self.times(records().map(|r| r.step)),
            "loss": records().map(|r| r.loss).collect::<Vec<f64>>(),
            "cosine": records().map(|r| r.seen.cosine).collect::<Vec<f64>>(),
        });
        for part in &table::PARTS {
            let matrices: Option<Vec<Value>> = records().map(|r| part.written(&r.seen)).collect();
            if let Some(matrices) = matrices {
                seed[part.name] = json!(matrices);
            }
        }
        seed
    }
}

impl Report for SimulateNetworkReport {
    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }

    fn json(&self) -> Value {
        let runs = &self.ensemble.runs;
        let mut json = self.origin.made();
        let more = self.more_tables().into_iter().map(|(_, table)| table);
        json["schema"] = of_tables(self.table(), more.collect());
        json["loss_by"] = json!(self.loss_by);
        json["records"] = self.records();
        json["seed_numbers"] = runs.iter().map(|run| run.seed).collect();
        json["exit_steps"] = runs.iter().map(|run| json!(run.exit_step)).collect();
        json["ends"] = runs.iter().map(|run| json!(run.end)).collect();
        json["diverged"] = self.diverged().map(|run| run.seed).collect();
        if self.per_seed {
            json["seeds"] = runs.iter().map(|run| self.seed(run)).collect();
        }
        json
    }

    fn table(&self) -> Table {
        table::table(self)
    }

    fn finest_table(&self) -> Option<Table> {
        self.per_seed.then(|| table::seeds(self))
    }

    fn figure(&self) -> Option<Figure> {
        drawn(self, figure::figure)
    }

    fn summary(&self) -> String {
        words::summary(self)
    }

    fn failures(&self) -> Vec<String> {
        self.diverged().map(super::words::diverged).collect()
    }

    fn failed(&self) -> Option<String> {
        let all = self.diverged().count() == self.ensemble.runs.len();
        all.then(|| "every seed diverged: the step size lr is too large for this link".to_owned())
    }
}
