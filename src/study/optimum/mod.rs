//! Which strength of pre-training makes fine-tuning shortest?

mod figure;
mod history;
mod table;
mod words;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use figure::figure;
pub(crate) use history::figure as history_figure;
pub use history::{HistoryCurve, OptimumOfHistory, OptimumOfHistoryReport};

use super::provenance::{Origin, object};
use super::saved::drawn;
use super::schema::of_tables;
use super::words::interrupted;
use super::{Report, Resumable, Study, Work, made};
use crate::dynamics::network::network_system;
use crate::error::Error;
use crate::integrator::Tolerances;
use crate::model::Model;
use crate::output::{Figure, Table};
pub use crate::phase::{Optimum, OptimumGoal, PreTrainingKind};
use crate::phase::{PreTrainingCost, Timed, Trial, Trials, find_optimum};
use crate::problem::{Dynamics, Grid, LORA, Problem, ProblemError, ProblemOptions, Setup, pinned};
use crate::sweep::time_factor;
use crate::trajectory::FlowError;
use crate::watch::Watch;

/// The pre-training strength in [0, 1) that minimises the time to exit or to learn.
///
/// ```
/// use lorode::study::{Study, optimum::OptimumOf};
///
/// let mut question = OptimumOf::default();
/// question.problem.link = vec!["erf".into()];
/// let report = question.run(&lorode::watch::Cancel::default())?;
/// let optimum = report.optimum.ok_or("found")?;
/// assert!(optimum.value <= optimum.value_at_zero.ok_or("it exits")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OptimumOf {
    /// The problem, LoRA, without its strength; of a network with matrices of its pre-training it is that of `x W0`.
    pub problem: ProblemOptions,
    /// What is to be short.
    pub goal: OptimumGoal,
    /// Count the time in which training on a source task with this link reaches the strength; angle is then that of source and target.
    pub pretrain_link: Option<String>,
    /// How the source task is trained.
    pub pretrain_adapter: PreTrainingKind,
    /// Relative tolerance of the integration; by default 1e-8, and 1e-12 for the times of the result.
    pub rtol: Option<f64>,
}

/// A search for the best strength.
pub struct OptimumWork {
    settings: OptimumOf,
    model: Model,
    cost: Option<PreTrainingCost>,
    time_factor: f64,
    trials: Trials,
    optimum: OnceLock<Optimum>,
    failure: OnceLock<String>,
}

/// The best strength, or the strengths that were looked at until then.
#[derive(Clone, Debug)]
pub struct OptimumReport {
    /// The problem as it was given.
    pub options: ProblemOptions,
    /// Teacher and student.
    pub model: Model,
    /// What is to be short.
    pub goal: OptimumGoal,
    /// The optimum, in ODE time; `None` where the search was broken off.
    pub optimum: Option<Optimum>,
    /// Strengths with their times, in ODE time.
    pub curve: Vec<Timed>,
    /// From ODE time to the unit asked for.
    pub time_factor: f64,
    origin: Origin,
}

impl OptimumOf {
    fn checked_rtol(&self) -> Result<(), Error> {
        let usual = Tolerances::default();
        let rtol = self.rtol.unwrap_or(usual.rtol);
        Tolerances { rtol, ..usual }.checked()?;
        Ok(())
    }

    fn cost(&self, problem: &Problem) -> Result<Option<PreTrainingCost>, Error> {
        let Some(text) = &self.pretrain_link else {
            return Ok(None);
        };
        if self.problem.mixture {
            return Err(refused(
                "pretrain-link says what the pre-trained weights are: leave out mixture; angle is that of source and target",
            ));
        }
        let link = self.problem.read("pretrain-link", text)?;
        let angle = self.problem.angle.as_ref().and_then(Grid::single);
        let source = (self.pretrain_adapter, angle.unwrap_or(0.0));
        let cost = PreTrainingCost::new(&link, source, problem.scaling().dim)?;
        Ok(Some(cost))
    }

    fn parameters(&self) -> Value {
        let mut all = object(&self.problem);
        if self.goal != OptimumGoal::default() {
            all.insert("goal".into(), json!(self.goal));
        }
        if let Some(link) = &self.pretrain_link {
            let link = pinned(link, &self.problem.own_links);
            all.insert("pretrain-link".into(), json!(link));
            if self.pretrain_adapter != PreTrainingKind::default() {
                all.insert("pretrain-adapter".into(), json!(self.pretrain_adapter));
            }
        }
        if let Some(rtol) = self.rtol {
            all.insert("rtol".into(), json!(rtol));
        }
        all.into()
    }
}

fn refused(why: &str) -> Error {
    Error::Setting(why.to_owned())
}

impl Study for OptimumOf {
    const NAME: &'static str = "optimum";
    type Work = OptimumWork;

    fn begin(&self) -> Result<OptimumWork, Error> {
        let options = &self.problem;
        let given = [&options.mu, &options.gap, &options.rho, &options.kappa];
        if given.iter().any(|number| number.is_some()) {
            return Err(refused(
                "optimum finds the strength: leave out mu, gap, rho and kappa",
            ));
        }
        let model = options.one_model(Self::NAME)?;
        self.checked_rtol()?;
        if options.dynamics == Some(Dynamics::Map) {
            return Err(refused("optimum is of the flow: leave out dynamics map"));
        }
        if !options.adapter.unwrap_or_default().is_lora() {
            return Err(refused(&format!("adapter: optimum needs {LORA}")));
        }
        let (time_factor, cost) = match options.is_network() {
            true if self.pretrain_link.is_some() => {
                return Err(refused(
                    "pretrain-link has no meaning with a network: its source task is one unit's",
                ));
            }
            true => {
                let sample = options.network_problem(&model, Some(0.5))?;
                network_system(&sample).map_err(ProblemError::from)?;
                let scaling = &sample.setup().scaling;
                (time_factor(options, (scaling, &model))?, None)
            }
            false => {
                let sample = options.problem(&model, Some(0.5))?;
                sample.refuse_friction("in optimum, which is of gradient flow")?;
                let factor = time_factor(options, (sample.scaling(), &model))?;
                (factor, self.cost(&sample)?)
            }
        };
        Ok(OptimumWork {
            time_factor,
            cost,
            settings: self.clone(),
            model,
            trials: Trials::default(),
            optimum: OnceLock::new(),
            failure: OnceLock::new(),
        })
    }
}

impl OptimumWork {
    /// The error, which is also why the report is not the whole answer.
    fn failed(&self, error: Error) -> Error {
        let _once = self.failure.set(error.to_string());
        error
    }

    fn problem(&self, mu: f64) -> Result<Problem, ProblemError> {
        let problem = self.settings.problem.problem(&self.model, Some(mu))?;
        match &self.cost {
            None => Ok(problem),
            Some(cost) => Problem::new(Setup {
                pretraining: cost.weights(mu)?,
                ..problem.setup().clone()
            }),
        }
    }
}

impl Work for OptimumWork {
    type Report = OptimumReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        let (goal, cost) = (self.settings.goal, self.cost.as_ref());
        let (watched, rtol) = ((progress, &self.trials), self.settings.rtol);
        let options = &self.settings.problem;
        let found = match options.is_network() {
            true => {
                let family = |mu: f64| options.network_problem(&self.model, Some(mu));
                find_optimum(&family, goal, cost, watched, rtol)
            }
            false => find_optimum(&|mu: f64| self.problem(mu), goal, cost, watched, rtol),
        };
        if progress.cancelled() {
            return Ok(());
        }
        let optimum = found.map_err(|error| match error {
            FlowError::Problem(refusal) => Error::from(refusal),
            other => self.failed(Error::from(other)),
        })?;
        let optimum = optimum.ok_or_else(|| {
            self.failed(Error::Unfinished(
                "goal: at no mu in [0, 1) do pre-training and fine-tuning come to their end; try the other goal, or another noise or step size"
                    .to_owned(),
            ))
        })?;
        let _once = self.optimum.set(optimum);
        Ok(())
    }

    fn models(&self) -> Vec<Model> {
        vec![self.model.clone()]
    }

    fn parameters(&self) -> Value {
        self.settings.parameters()
    }

    fn report(&self) -> Option<OptimumReport> {
        let optimum = self.optimum.get().cloned();
        let curve = self.trials.curve();
        let done = interrupted(curve.len(), Trials::FIRST, "strength");
        let why = || {
            let failure = self.failure.get().cloned();
            failure.unwrap_or_else(|| format!("{done}, the best is not located"))
        };
        (!curve.is_empty()).then(|| OptimumReport {
            options: self.settings.problem.clone(),
            model: self.model.clone(),
            goal: self.settings.goal,
            origin: Origin::new(
                OptimumOf::NAME,
                self.parameters(),
                optimum.is_none().then(why),
            ),
            optimum,
            time_factor: self.time_factor,
            curve,
        })
    }
}

impl Resumable for OptimumWork {
    type State = Vec<Trial>;

    fn made(&self) -> Value {
        made(&self.settings)
    }

    fn state(&self) -> Option<Vec<Trial>> {
        Some(self.trials.all()).filter(|all| !all.is_empty())
    }

    fn resume(&mut self, state: Vec<Trial>) -> Result<(), Error> {
        self.trials = Trials::new(state);
        Ok(())
    }
}

impl OptimumReport {
    /// The curve with times in the unit asked for.
    fn scaled_curve(&self) -> Vec<Timed> {
        let scaled = |(mu, time): &Timed| (*mu, time.map(|t| t * self.time_factor));
        self.curve.iter().map(scaled).collect()
    }
}

impl Report for OptimumReport {
    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }

    fn json(&self) -> Value {
        let mut json = self.origin.made();
        json["schema"] = of_tables(self.table(), Vec::new());
        json["goal"] = json!(self.goal);
        if let Some(optimum) = &self.optimum {
            let factor = self.time_factor;
            let scaled = |t: Option<f64>| t.map(|t| t * factor);
            let gain = |other: Option<f64>| other.map(|other| other / optimum.value);
            json["mu"] = json!(optimum.mu);
            json["value"] = json!(optimum.value * factor);
            json["value_at_zero"] = json!(scaled(optimum.value_at_zero));
            json["gain_over_zero"] = json!(gain(optimum.value_at_zero));
            json["near_one"] = json!({
                "mu": optimum.near_one.0,
                "value": scaled(optimum.near_one.1),
                "gain": gain(optimum.near_one.1),
            });
            json["is_at_end"] = json!(optimum.is_at_end);
            json["strengths_with_a_time"] = json!(optimum.reached);
        }
        let (mus, times): (Vec<f64>, Vec<Option<f64>>) = self.scaled_curve().into_iter().unzip();
        json["curve"] = json!({ "mu": mus, "value": times });
        json
    }

    fn table(&self) -> Table {
        table::table(self, self.origin.made())
    }

    fn figure(&self) -> Option<Figure> {
        drawn(self, figure)
    }

    fn summary(&self) -> String {
        words::summary(self)
    }
}
