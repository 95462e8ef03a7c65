//! One run of a network: its matrices in time, its exit and its outcome.

mod figure;
mod many;
mod table;
mod words;

use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Solve;
use super::words::kept;
use crate::dynamics::network::network_system;
use crate::error::Error;
use crate::model::Model;
use crate::numeral::json_number;
use crate::observable::network::rows;
use crate::output::{Figure, Table};
use crate::problem::network::NetworkProblem;
use crate::problem::{Clock, ProblemError, ProblemOptions};
use crate::search::network::{NetworkSearch, network_search};
use crate::study::provenance::Origin;
use crate::study::schema::of_tables;
use crate::study::{Report, Study, Work};
use crate::sweep::clock;
use crate::trajectory::network::{
    NetworkRun, NetworkTrajectory, Plateau, follow_network, partial_network,
};
use crate::trajectory::{FlowError, Wanted};
use crate::watch::Watch;

pub(crate) use figure::redrawn;
pub(crate) use many::networks_figure;
pub use many::{NetworksReport, NetworksWork, SolveNetworks};
pub(crate) use words::{notes, sizes};

/// One network, from its start to its outcome: settings as those of one unit.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct SolveNetwork(pub Solve);

/// A network that is being solved.
pub struct SolveNetworkWork {
    settings: Solve,
    problem: NetworkProblem,
    clock: Clock,
    trajectory: OnceLock<NetworkTrajectory>,
    ended: OnceLock<NetworkEnded>,
    failure: OnceLock<String>,
}

/// What is known of a run that came to its end.
#[derive(Clone, Debug)]
pub struct NetworkEnded {
    /// Exit, outcome, last state; in ODE time.
    pub run: NetworkRun,
    /// Its search phase, for LoRA.
    pub phase: Option<NetworkSearch>,
    /// What the integration took, where the front has a clock.
    pub seconds: Option<f64>,
}

/// A run of a network, whole or as far as it came.
#[derive(Clone, Debug)]
pub struct SolveNetworkReport {
    /// The problem as it was given.
    pub options: ProblemOptions,
    /// The problem that was solved.
    pub problem: NetworkProblem,
    /// Times in the unit asked for.
    pub clock: Clock,
    /// The matrices and the loss in ODE time.
    pub trajectory: NetworkTrajectory,
    /// Exit and outcome; `None` of a run that was broken off.
    pub ended: Option<NetworkEnded>,
    /// Where the loss stands still on the way, in ODE time.
    pub plateaus: Vec<Plateau>,
    origin: Origin,
}

impl Study for SolveNetwork {
    const NAME: &'static str = Solve::NAME;
    type Work = SolveNetworkWork;

    fn begin(&self) -> Result<SolveNetworkWork, Error> {
        self.0.check_times()?;
        let problem = self.0.problem.one_network(Self::NAME)?;
        self.0.precision.tolerances(Default::default())?;
        // Links without averages are refused before anything runs.
        network_system(&problem).map_err(ProblemError::from)?;
        let scaling = &problem.setup().scaling;
        let clock = clock(&self.0.problem, scaling, problem.model())?;
        self.0
            .check_steps((scaling, problem.setup().t_max), &clock)?;
        Ok(SolveNetworkWork {
            clock,
            settings: self.0.clone(),
            problem,
            trajectory: OnceLock::new(),
            ended: OnceLock::new(),
            failure: OnceLock::new(),
        })
    }
}

impl SolveNetworkWork {
    /// A failed integration keeps the run so far.
    fn failed(&self, error: &FlowError) -> Error {
        let why = error.to_string();
        let _once = self.trajectory.set(partial_network(&self.problem, error));
        let _once = self.failure.set(why.clone());
        Error::Unfinished(why)
    }
}

impl Work for SolveNetworkWork {
    type Report = SolveNetworkReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        progress.begin("trajectories", 0);
        let tolerances = self.settings.precision.tolerances(progress.cancel())?;
        let phase = network_search(&self.problem).map_err(ProblemError::from)?;
        let begun = progress.clock();
        let times = self.settings.times_in(|t| self.clock.time(t));
        let wanted = match &times {
            None => Wanted::Spread(self.settings.points as usize),
            Some(times) => Wanted::Times(times),
        };
        let followed = follow_network(&self.problem, wanted, &tolerances);
        let (mut run, trajectory) = followed.map_err(|error| self.failed(&error))?;
        if times.is_some() {
            // Plateaus are those of the run, whatever times are wanted.
            let whole = follow_network(&self.problem, Wanted::Spread(0), &tolerances);
            run.plateaus = whole.map_err(|error| self.failed(&error))?.0.plateaus;
        }
        let seconds = progress.clock().zip(begun).map(|(now, then)| now - then);
        let _once = self.trajectory.set(trajectory);
        progress.advance(1);
        if !progress.cancelled() {
            let _once = self.ended.set(NetworkEnded {
                run,
                phase,
                seconds,
            });
        }
        Ok(())
    }

    fn models(&self) -> Vec<Model> {
        vec![self.problem.model().clone()]
    }

    fn parameters(&self) -> Value {
        self.settings.parameters()
    }

    fn report(&self) -> Option<SolveNetworkReport> {
        let trajectory = self.trajectory.get().filter(|run| !run.t.is_empty())?;
        let ended = self.ended.get().cloned();
        let why = || {
            let failure = self.failure.get().cloned();
            failure.unwrap_or_else(|| "interrupted".to_owned())
        };
        let plateaus = ended.as_ref().map(|ended| ended.run.plateaus.clone());
        Some(SolveNetworkReport {
            options: self.settings.problem.clone(),
            problem: self.problem.clone(),
            clock: self.clock.clone(),
            plateaus: plateaus.unwrap_or_default(),
            trajectory: trajectory.clone(),
            origin: Origin::new(Solve::NAME, self.parameters(), ended.is_none().then(why)),
            ended,
        })
    }
}

impl SolveNetworkReport {
    /// What the JSON has of the run but for its course, and of how it was made; null of one that was broken off.
    pub fn facts(&self) -> Value {
        let ended = self.ended.as_ref();
        ended.map_or(Value::Null, |ended| self.results(ended).into())
    }

    /// What is known of a run that came to its end, but for its course; times in the unit asked for.
    fn results(&self, ended: &NetworkEnded) -> Map<String, Value> {
        let (run, rate) = (&ended.run, self.clock.rate());
        let scaled = |t: f64| self.clock.at(t);
        // Rates, and a search time, are those of a constant one.
        let constant = |t: f64| rate.map(|rate| t * rate);
        let phase = ended.phase.as_ref();
        let rates = |p: &NetworkSearch| -> Option<Vec<f64>> {
            p.growth_rates.iter().map(|one| Some(one / rate?)).collect()
        };
        let plateau =
            |p: &Plateau| json!({"from": scaled(p.from), "to": scaled(p.to), "loss": p.loss});
        let all = [
            ("exit_time", json!(run.exit_time.map(scaled))),
            ("outcome", json!(run.outcome)),
            ("end_time", json!(scaled(run.end))),
            ("final_alignment", json!(run.last.cosine)),
            ("final_loss", json!(run.loss)),
            ("excess_loss", json!(run.excess)),
            ("noise_error", json!(run.noise_error)),
            (
                "growth_rate",
                json!(phase.and_then(|p| Some(p.growth_rate / rate?))),
            ),
            ("growth_rates", json!(phase.and_then(rates))),
            (
                "gradient_singular_values",
                json!(phase.map(|p| &p.gradient_singular_values)),
            ),
            (
                "curvature_matrix",
                json!(phase.map(|p| rows(&p.curvature_matrix))),
            ),
            (
                "tau",
                json_number(
                    phase
                        .and_then(NetworkSearch::search_time)
                        .and_then(constant),
                ),
            ),
            ("growth", json!(run.growth)),
            ("plateaus", self.plateaus.iter().map(plateau).collect()),
        ];
        let named = all.map(|(name, value)| (name.to_owned(), value));
        named.into_iter().collect()
    }
}

impl Report for SolveNetworkReport {
    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }

    fn kept(&self, files: Option<&str>) -> String {
        kept(self.origin.incomplete.as_deref(), files)
    }

    fn json(&self) -> Value {
        let mut json = self.origin.made();
        json["schema"] = of_tables(self.table(), Vec::new());
        let run = &self.trajectory;
        let t: Vec<f64> = run.t.iter().map(|t| self.clock.at(*t)).collect();
        let mut trajectory = json!({ "t": t, "loss": run.loss });
        for (name, matrices) in table::matrices(run) {
            let matrices: Vec<_> = matrices.iter().map(rows).collect();
            trajectory[name] = json!(matrices);
        }
        trajectory["readout"] = json!(run.readout);
        trajectory["cosine"] = json!(run.cosine);
        if let (Some(json), Some(ended)) = (json.as_object_mut(), &self.ended) {
            json.extend(self.results(ended));
        }
        json["trajectory"] = trajectory;
        if let Some(ended) = &self.ended {
            json["solver"] = json!(ended.run.solver);
        }
        json
    }

    /// Wall time is for the reader, not for files that must not change from run to run.
    fn printed_json(&self) -> Value {
        let mut json = self.json();
        if let Some(seconds) = self.ended.as_ref().and_then(|ended| ended.seconds) {
            json["solver"]["seconds"] = json!(seconds);
        }
        json
    }

    fn table(&self) -> Table {
        let mut made = self.origin.made();
        if let (Some(made), Some(ended)) = (made.as_object_mut(), &self.ended) {
            made.extend(self.results(ended));
        }
        table::table(self.problem.model(), &self.trajectory, &self.clock, made)
    }

    fn figure(&self) -> Option<Figure> {
        Some(figure::figure(self))
    }

    fn summary(&self) -> String {
        match &self.ended {
            Some(ended) => words::summary(self, ended),
            None => String::new(),
        }
    }

    fn warnings(&self) -> Vec<String> {
        words::notes(&self.problem)
    }
}
