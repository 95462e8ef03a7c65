//! Exit times of runs at many dimensions.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::fit::ScalingFit;
use super::prediction::Prediction;
use crate::derivation::Escape;
use crate::dynamics::network::network_system;
use crate::integrator::Tolerances;
use crate::model::Model;
use crate::numeral::{infinite_too, whole};
use crate::problem::network::NetworkProblem;
use crate::problem::{Dynamics, Problem, ProblemError, ProblemOptions, go_on};
use crate::search::SearchPhase;
use crate::search::network::network_search;
use crate::shard::Shard;
use crate::sweep::{LawTimes, time_factor};
use crate::trajectory::network::follow_network;
use crate::trajectory::{Outcome, Wanted, solve};
use crate::watch::{Cancel, Finished, Watch};

/// A run at one dimension; times in the unit asked for, `None` where there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScalingPoint {
    /// Dimension `d`.
    #[serde(serialize_with = "whole")]
    pub dim: f64,
    /// LoRA amplitude at the start; `None` without a LoRA adapter.
    pub u0: Option<f64>,
    /// Exit time of the run.
    pub exit_time: Option<f64>,
    /// The finite-size law of the exit time.
    #[serde(flatten)]
    pub law: LawTimes,
    /// `d ln t / d ln d` from the dimension before that has an exit.
    pub local_exponent: Option<f64>,
    /// How the run ended; `None` where it failed.
    pub outcome: Option<Outcome>,
    /// Why the run failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// The runs of one link pair and the law of their exit times.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScalingCurve {
    /// Teacher's link, as typed.
    pub teacher: String,
    /// Student's link, as typed.
    pub student: String,
    /// Search time `tau`, which the dimension does not enter; infinite where nothing grows towards the target.
    #[serde(serialize_with = "infinite_too")]
    pub tau: Option<f64>,
    /// One per dimension, ascending.
    pub points: Vec<ScalingPoint>,
    /// The law of the exit times.
    pub fit: ScalingFit,
    /// The law expected from the expansion near the start; `None` where it does not decide.
    pub predicted: Option<Prediction>,
}

/// What a sweep over dimensions has found, readable while it runs.
pub struct ScalingResults {
    /// Curve by curve.
    points: Finished<ScalingPoint>,
    expected: Finished<Expected>,
}

/// What theory says of a curve, without any run.
struct Expected {
    tau: Option<f64>,
    law: Option<Prediction>,
}

impl ScalingResults {
    /// Runs that are finished, failed ones among them.
    pub fn count(&self) -> usize {
        self.points.count()
    }

    /// These runs, each with its number, to be kept.
    pub fn kept(&self) -> Vec<(usize, ScalingPoint)> {
        self.points.all()
    }

    /// Sets down runs that were kept.
    pub fn take_up(&self, kept: Vec<(usize, ScalingPoint)>) {
        for (i, point) in kept {
            self.points.put(i, point);
        }
    }

    /// Whether there is nothing more to compute.
    pub fn is_complete(&self) -> bool {
        self.points.is_complete() && self.expected.is_complete()
    }
}

/// A checked set of runs: every problem in it is valid.
pub struct ScalingSweep {
    curves: Vec<Prepared>,
    dims: usize,
}

struct Prepared {
    pair: Model,
    u0_exponent: Option<f64>,
    problems: Vec<Subject>,
    /// From ODE time to the unit asked for.
    time_factor: f64,
}

/// A problem of one unit, or of networks.
enum Subject {
    Unit(Box<Problem>),
    Network(Box<NetworkProblem>),
}

impl Subject {
    fn unit(&self) -> Option<&Problem> {
        match self {
            Self::Unit(problem) => Some(problem),
            Self::Network(_) => None,
        }
    }
}

impl ScalingSweep {
    /// The models that runs are integrated with, pair by pair.
    pub fn models(&self) -> Vec<Model> {
        self.curves.iter().map(|curve| curve.pair.clone()).collect()
    }

    /// Checks the problems of `pairs` at strength `mu` (`None` when pre-training has none) and at
    /// every dimension of `dims` (whole numbers >= 2; taken in ascending order, once each). With `u0_exponent` `X` > 0 the run
    /// at dimension `d` starts from `u = d^-X` instead of the options' `u0`.
    ///
    /// # Errors
    /// The first problem that is refused; the finite-step map, whose runs would take as many steps
    /// as the dimension asks for; an `alignment0` that makes all runs start alike; `u0` beside
    /// `u0_exponent`, or an exponent that is not > 0 or takes `d^-X` below 1e-290.
    pub fn new(
        options: &ProblemOptions,
        pairs: Vec<Model>,
        mu: Option<f64>,
        dims: &[f64],
        u0_exponent: Option<f64>,
    ) -> Result<Self, ProblemError> {
        let mut ascending = dims.to_vec();
        ascending.sort_by(f64::total_cmp);
        ascending.dedup();
        check(options, &ascending, u0_exponent)?;
        let at = |pair: &Model, dim: f64| {
            go_on()?;
            let varied = ProblemOptions {
                dim: Some(dim.into()),
                u0: match u0_exponent {
                    Some(x) => Some(dim.powf(-x).into()),
                    None => options.u0.clone(),
                },
                ..options.clone()
            };
            match varied.is_network() {
                true => {
                    let problem = varied.network_problem(pair, mu)?;
                    network_system(&problem)?;
                    Ok(Subject::Network(Box::new(problem)))
                }
                false => varied
                    .problem(pair, mu)
                    .map(|one| Subject::Unit(Box::new(one))),
            }
        };
        let prepare = |pair: Model| -> Result<Prepared, ProblemError> {
            let problems: Vec<Subject> = ascending
                .iter()
                .map(|dim| at(&pair, *dim))
                .collect::<Result<_, _>>()?;
            let time_factor = match problems.first() {
                Some(Subject::Unit(problem)) => {
                    problem.refuse_friction("in scaling, whose law is of gradient flow")?;
                    time_factor(options, (problem.scaling(), &pair))?
                }
                Some(Subject::Network(problem)) => {
                    time_factor(options, (&problem.setup().scaling, &pair))?
                }
                None => 1.0,
            };
            Ok(Prepared {
                pair,
                u0_exponent,
                problems,
                time_factor,
            })
        };
        Ok(Self {
            curves: pairs.into_iter().map(prepare).collect::<Result<_, _>>()?,
            dims: ascending.len(),
        })
    }

    /// Number of runs.
    pub fn len(&self) -> usize {
        self.curves.len() * self.dims
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where its results go.
    pub fn results(&self) -> ScalingResults {
        ScalingResults {
            points: Finished::new(self.len()),
            expected: Finished::new(self.curves.len()),
        }
    }

    /// Runs all problems on all cores; the result does not depend on how many there are. Ended
    /// early, it leaves in `results` what is finished.
    pub fn run(&self, tolerances: &Tolerances, watch: &dyn Watch, results: &ScalingResults) {
        watch.begin("runs", self.len() as u64);
        let runs = Shard::WHOLE.spread(self.len());
        let run = |i: usize| {
            let prepared = &self.curves[i / self.dims];
            match &prepared.problems[i % self.dims] {
                Subject::Unit(problem) => point(problem, tolerances, prepared.time_factor),
                Subject::Network(problem) => network(problem, tolerances, prepared.time_factor),
            }
        };
        runs.into_par_iter()
            .for_each(|i| results.points.find(i, watch, || run(i)));
        for (i, prepared) in self.curves.iter().enumerate() {
            // They are no runs, and soon found: nobody is told.
            let (quiet, find) = (watch.cancel(), || expected(prepared, watch.cancel()));
            results.expected.find(i, &quiet, find);
        }
    }

    /// The curves as far as they are finished, with the law of the runs there are; none of a pair
    /// without a finished run.
    pub fn curves(&self, results: &ScalingResults) -> Vec<ScalingCurve> {
        let curve = |(i, prepared): (usize, &Prepared)| {
            let runs = (i * self.dims..(i + 1) * self.dims)
                .filter_map(|run| results.points.get(run).cloned());
            curve(prepared, results.expected.get(i), runs.collect())
        };
        let all = self.curves.iter().enumerate().map(curve);
        all.filter(|curve| !curve.points.is_empty()).collect()
    }
}

/// Smallest `u0`: its absolute tolerance is still a normal number.
const SMALLEST_START: f64 = 1e-290;

fn check(
    options: &ProblemOptions,
    dims: &[f64],
    exponent: Option<f64>,
) -> Result<(), ProblemError> {
    let meaningless = |argument, context| Err(ProblemError::Meaningless { argument, context });
    if options.dynamics == Some(Dynamics::Map) {
        return meaningless("dynamics map", "in scaling, whose runs are of the flow");
    }
    let noise_follows = options.lr.is_some() && options.batch.is_some();
    let context = "over dimensions, which would all start alike (without u0-exponent)";
    if options.alignment0.is_some() && exponent.is_none() && !noise_follows {
        return meaningless("alignment0", context);
    }
    if options.start_alignment.is_some() && !noise_follows {
        return meaningless("start-alignment", context);
    }
    let Some(exponent) = exponent else {
        return Ok(());
    };
    if options.u0.is_some() {
        return Err(ProblemError::Conflict {
            first: "u0",
            second: "u0-exponent",
            reason: "the run at dimension d starts from u0, or from d^-X",
        });
    }
    let smallest = dims.last().map_or(1.0, |d| d.powf(-exponent));
    if exponent > 0.0 && smallest >= SMALLEST_START {
        return Ok(());
    }
    Err(ProblemError::Range {
        argument: "u0-exponent",
        value: exponent,
        allowed: "an exponent X > 0 for which d^-X stays above 1e-290 at every dimension",
    })
}

fn point(problem: &Problem, tolerances: &Tolerances, time_factor: f64) -> ScalingPoint {
    let phase = SearchPhase::estimated(problem).map(SearchPhase::checked);
    let (law, failure) = match phase {
        None => Default::default(),
        Some(Ok(phase)) => LawTimes::of(problem, &phase, tolerances, time_factor),
        Some(Err(imprecise)) => (LawTimes::default(), Some(imprecise.into())),
    };
    let run = solve(problem, tolerances);
    let exit = run.as_ref().ok().and_then(|run| run.exit_time);
    ScalingPoint {
        dim: problem.scaling().dim,
        u0: problem.adapter().is_lora().then_some(problem.start().u),
        exit_time: exit.map(|t| t * time_factor).filter(|t| t.is_finite()),
        law,
        local_exponent: None,
        outcome: run.as_ref().ok().map(|run| run.outcome),
        failure: run.err().or(failure).map(|error| error.to_string()),
    }
}

/// A network has neither a law of its exit times over chance nor an expansion near the start.
fn network(problem: &NetworkProblem, tolerances: &Tolerances, time_factor: f64) -> ScalingPoint {
    let run = follow_network(problem, Wanted::Nothing, tolerances);
    let run = run.map(|(run, _)| run);
    ScalingPoint {
        dim: problem.setup().scaling.dim,
        u0: None,
        exit_time: run
            .as_ref()
            .ok()
            .and_then(|run| Some(run.exit_time? * time_factor)),
        law: LawTimes::default(),
        local_exponent: None,
        outcome: run.as_ref().ok().map(|run| run.outcome),
        failure: run.err().map(|error| error.to_string()),
    }
}

fn expected(prepared: &Prepared, cancel: Cancel) -> Expected {
    if let Some(Subject::Network(problem)) = prepared.problems.first() {
        let phase = network_search(problem).ok().flatten();
        return Expected {
            tau: phase
                .and_then(|phase| phase.search_time())
                .map(|t| t * prepared.time_factor),
            law: None,
        };
    }
    let problem = prepared.problems.first().and_then(Subject::unit);
    let phase = problem.and_then(SearchPhase::of);
    // The expansion is that of population gradient flow.
    let noiseless = problem.filter(|problem| problem.scaling().nu == 0.0);
    let law = noiseless.and_then(|problem| {
        let escape = Escape::of(problem, cancel);
        let u0 = problem.start().u;
        Prediction::of(escape, u0, prepared.u0_exponent, prepared.time_factor)
    });
    Expected {
        tau: phase
            .and_then(|p| p.search_time())
            .map(|t| t * prepared.time_factor),
        law,
    }
}

fn curve(
    prepared: &Prepared,
    expected: Option<&Expected>,
    mut points: Vec<ScalingPoint>,
) -> ScalingCurve {
    let exits: Vec<(f64, f64)> = points
        .iter()
        .filter_map(|p| Some((p.dim, p.exit_time?)))
        .collect();
    let fit = ScalingFit::of_checked(&exits);
    let with_exit = points.iter_mut().filter(|p| p.exit_time.is_some());
    for (point, exponent) in with_exit.zip(&fit.local_exponents) {
        point.local_exponent = *exponent;
    }
    ScalingCurve {
        teacher: prepared.pair.teacher().name().to_owned(),
        student: prepared.pair.student().name().to_owned(),
        tau: expected.and_then(|e| e.tau),
        points,
        fit,
        predicted: expected.and_then(|e| e.law),
    }
}
