//! One run: its overlaps in time, its exit and its outcome.

mod figure;
mod network;
mod source;
mod strengths;
mod table;
mod times;
mod words;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::provenance::{Origin, object};
use super::schema::of_tables;
use super::words::{IMPRECISE, few_digits, few_digits_later};
use super::{Precision, Report, Study, Work};
use crate::error::Error;
use crate::model::Model;
use crate::numeral::json_number;
use crate::observable::Observed;
use crate::output::{Figure, Table};
use crate::problem::{Clock, Grid, Problem, ProblemOptions};
use crate::search::{CriticalStrengths, SearchPhase, critical_strengths};
use crate::sweep::clock;
use crate::trajectory::{FlowError, Run, Trajectory, Until, Wanted, drift, evolution, partial};
use crate::watch::Watch;

pub(crate) use figure::redrawn;
pub use network::{
    NetworkEnded, NetworksReport, NetworksWork, SolveNetwork, SolveNetworkReport, SolveNetworkWork,
    SolveNetworks,
};
pub(crate) use network::{networks_figure, redrawn as network_redrawn};
pub(crate) use network::{notes, sizes};
pub(crate) use strengths::figure as strengths_figure;
pub use strengths::{SolveStrengths, StrengthsReport, StrengthsWork};
use table::in_unit;
pub use times::SolveAt;

/// Times in a trajectory.
pub const DEFAULT_POINTS: u32 = 400;

/// Most times in a trajectory that is spread over a run.
pub const MOST_POINTS: u32 = 1_000_000;

/// One problem, from its start to its outcome.
///
/// ```
/// use lorode::observable::ALIGNMENT;
/// use lorode::study::{Study, solve::Solve};
///
/// let mut solve = Solve::default();
/// solve.problem.link = vec!["erf".into()];
/// solve.problem.mu = Some("0.5".parse()?);
/// let report = solve.run(&lorode::watch::Cancel::default())?;
/// let (t, alignment) = (&report.trajectory.t, report.trajectory.of(&ALIGNMENT));
/// assert!(t.len() == alignment.len() && alignment.last() > Some(&Some(0.99)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Solve {
    /// The problem: one pair of links, at most one strength.
    pub problem: ProblemOptions,
    /// Times in the trajectory, about; 4 to [`MOST_POINTS`].
    pub points: u32,
    /// The times of the trajectory, in the unit of time asked for, each landed on exactly (the
    /// finite-step map: at the nearest step); replaces `points`.
    pub times: Option<Grid>,
    /// How to integrate.
    pub precision: Precision,
}

impl Default for Solve {
    fn default() -> Self {
        Self {
            problem: ProblemOptions::default(),
            points: DEFAULT_POINTS,
            times: None,
            precision: Precision::default(),
        }
    }
}

/// A problem that is being solved.
pub struct SolveWork {
    settings: Solve,
    problem: Problem,
    clock: Clock,
    /// Whether rows stand in the order of the times asked for.
    is_as_asked: bool,
    trajectory: OnceLock<Trajectory>,
    ended: OnceLock<Ended>,
    failure: OnceLock<String>,
}

/// What is known of a run that came to its end.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Exit, outcome, last state; in ODE time.
    pub run: Run,
    /// Its search phase, for LoRA.
    pub phase: Option<SearchPhase>,
    /// Strengths at which the gradient at `w0` vanishes, for aligned LoRA.
    pub critical: CriticalStrengths,
    /// What the integration took, where the front has a clock.
    pub seconds: Option<f64>,
}

/// A run, whole or as far as it came.
#[derive(Clone, Debug)]
pub struct SolveReport {
    /// The problem as it was given.
    pub options: ProblemOptions,
    /// The problem that was solved.
    pub problem: Problem,
    /// Times in the unit asked for.
    pub clock: Clock,
    /// The overlaps and the loss in ODE time.
    pub trajectory: Trajectory,
    /// Exit and outcome; `None` of a run that was broken off.
    pub ended: Option<Ended>,
    origin: Origin,
}

impl Solve {
    /// What was given, in the order of the flags.
    fn parameters(&self) -> Value {
        let mut all = object(&self.problem);
        if self.points != DEFAULT_POINTS {
            all.insert("points".into(), json!(self.points));
        }
        if let Some(times) = &self.times {
            all.insert("times".into(), json!(times));
        }
        all.extend(self.precision.parameters());
        all.into()
    }
}

impl Study for Solve {
    const NAME: &'static str = "solve";
    type Work = SolveWork;

    fn begin(&self) -> Result<SolveWork, Error> {
        self.check_times()?;
        let problem = self.problem.one_problem(Self::NAME)?;
        self.precision.tolerances(Default::default())?;
        let clock = clock(&self.problem, problem.scaling(), problem.model())?;
        self.check_against(&problem, &clock)?;
        Ok(SolveWork {
            clock,
            settings: self.clone(),
            problem,
            is_as_asked: false,
            trajectory: OnceLock::new(),
            ended: OnceLock::new(),
            failure: OnceLock::new(),
        })
    }
}

impl SolveWork {
    /// A failed integration says where it stood, and keeps the run so far.
    fn failed(&self, error: &FlowError) -> Error {
        let why = match error {
            FlowError::Integration(inner) => {
                let drift = drift(&self.problem, inner);
                format!(
                    "{error}; the state there was {:?} after {} steps{}{}",
                    inner.partial.last,
                    inner.partial.work.steps,
                    if drift.is_some() { "; " } else { "" },
                    drift.unwrap_or_default()
                )
            }
            _ => error.to_string(),
        };
        let _once = self.trajectory.set(partial(&self.problem, error));
        let _once = self.failure.set(why.clone());
        Error::Unfinished(why)
    }
}

impl Work for SolveWork {
    type Report = SolveReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        progress.begin("trajectories", 0);
        let problem = &self.problem;
        let tolerances = self.settings.precision.tolerances(progress.cancel())?;
        let phase = SearchPhase::estimated(problem);
        let phase = phase.map(SearchPhase::checked).transpose()?;
        let begun = progress.clock();
        let times = self.settings.times_in(|t| self.clock.time(t));
        let wanted = match &times {
            None => Wanted::Spread(self.settings.points as usize),
            Some(times) => Wanted::Times(times),
        };
        let followed = evolution(problem)
            .and_then(|course| course.follow(Until::Outcome, wanted, &tolerances));
        let (run, trajectory) = followed.map_err(|error| self.failed(&error))?;
        let seconds = progress.clock().zip(begun).map(|(now, then)| now - then);
        let _once = self.trajectory.set(trajectory);
        progress.advance(1);
        let aligned = problem.pretraining().orthogonal() == 0.0;
        let critical = if problem.adapter().is_lora() && aligned {
            let (decay, cancel) = (problem.weight_decay(), progress.cancel());
            critical_strengths(problem.model(), (0.0, 1.0), decay, cancel)
        } else {
            CriticalStrengths::default()
        };
        if !progress.cancelled() {
            let _once = self.ended.set(Ended {
                run,
                phase,
                critical,
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

    fn report(&self) -> Option<SolveReport> {
        let trajectory = self.trajectory.get().filter(|run| !run.t.is_empty())?;
        let ended = self.ended.get().cloned();
        let why = || {
            let failure = self.failure.get().cloned();
            failure.unwrap_or_else(|| "interrupted".to_owned())
        };
        Some(SolveReport {
            options: self.settings.problem.clone(),
            problem: self.problem.clone(),
            clock: self.clock.clone(),
            trajectory: match self.is_as_asked {
                true => self.as_asked(trajectory),
                false => trajectory.clone(),
            },
            origin: Origin::new(Solve::NAME, self.parameters(), ended.is_none().then(why)),
            ended,
        })
    }
}

impl SolveReport {
    /// What the JSON has of the run but for its course, and of how it was made; null of one that was broken off.
    pub fn facts(&self) -> Value {
        let ended = self.ended.as_ref();
        ended.map_or(Value::Null, |ended| self.results(ended).into())
    }

    /// What is known of a run that came to its end, but for its course; times in the unit asked for.
    fn results(&self, ended: &Ended) -> Map<String, Value> {
        let (run, rate) = (&ended.run, self.clock.rate());
        let scaled = |t: f64| self.clock.at(t);
        // A search time is one of a constant rate.
        let constant = |t: f64| rate.map(|rate| t * rate);
        let phase = ended.phase.as_ref();
        let errors = phase.and_then(|p| p.errors);
        let last = |of: fn(&Observed) -> f64| of(&run.last);
        let source = source::source(self, ended);
        let all = [
            ("exit_time", json!(run.exit_time.map(scaled))),
            ("outcome", json!(run.outcome)),
            ("end_time", json!(scaled(run.end))),
            ("final_alignment", json!(last(|at| at.alignment))),
            ("final_m", json!(last(|at| at.m))),
            ("final_q", json!(last(Observed::q))),
            ("final_loss", json!(run.loss)),
            ("excess_loss", json!(run.excess)),
            ("gradient_norm", json!(phase.map(|p| p.gradient_norm))),
            ("curvature", json!(phase.map(|p| p.curvature))),
            (
                "growth_rate",
                json!(phase.and_then(|p| Some(p.growth_rate / rate?))),
            ),
            (
                "tau",
                json_number(phase.and_then(SearchPhase::search_time).and_then(constant)),
            ),
            ("gradient_error", json!(errors.map(|e| e.gradient_norm))),
            ("curvature_error", json!(errors.map(|e| e.curvature))),
            (
                "tau_error",
                json!(phase.and_then(SearchPhase::tau_error).and_then(constant)),
            ),
            ("critical_strengths", json!(ended.critical.strengths)),
            ("critical_unsearched", json!(ended.critical.unsearched)),
            ("critical_underflow", json!(ended.critical.underflow)),
            (
                "source_overlap",
                json!(source.as_ref().map(|one| one.overlap)),
            ),
            ("source_loss", json!(source.as_ref().map(|one| one.loss))),
        ];
        let named = all.map(|(name, value)| (name.to_owned(), value));
        named.into_iter().collect()
    }
}

impl Report for SolveReport {
    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }

    fn kept(&self, files: Option<&str>) -> String {
        words::kept(self.origin.incomplete.as_deref(), files)
    }

    fn json(&self) -> Value {
        let mut json = self.origin.made();
        json["schema"] = of_tables(self.table(), Vec::new());
        let mut trajectory = json!({ "t": in_unit(&self.trajectory, &self.clock) });
        for (observable, values) in self.trajectory.columns.iter() {
            trajectory[observable.name] = json!(values);
        }
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
        let model = self.problem.model();
        table::table(model, &self.trajectory, &self.clock, made)
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
        let phase = self.ended.as_ref().and_then(|ended| ended.phase);
        let relative = phase.map_or(0.0, |phase| phase.relative_error());
        let later = self
            .ended
            .as_ref()
            .map_or(0.0, |ended| ended.run.imprecision);
        let [at_w0, later] = [
            (relative > IMPRECISE).then(|| few_digits(relative)),
            (later > IMPRECISE).then(|| few_digits_later(later)),
        ];
        let said = at_w0.or(later);
        let label = self.problem.model().label();
        said.map(|said| format!("{label}: {said}"))
            .into_iter()
            .collect()
    }
}
