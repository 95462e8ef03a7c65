//! Search phases and exit times of networks against the strength of pre-training.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::search_curve::{Along, Asked, label};
use super::times::time_factor;
use crate::dynamics::network::network_system;
use crate::integrator::Tolerances;
use crate::model::Model;
use crate::numeral::{infinite_back, infinite_too};
use crate::problem::network::NetworkProblem;
use crate::problem::{ProblemError, go_on};
use crate::search::network::{RateMinimum, loss_at_weights, network_search, rate_minima};
use crate::shard::Shard;
use crate::trajectory::network::run_network_until;
use crate::trajectory::{Outcome, Until};
use crate::watch::{Finished, Watch};

/// What is known of a network at one strength; times in the unit asked for, `None` where there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NetworkPoint {
    /// Pre-training strength, or what `W0` is multiplied by; `None` when neither was given.
    pub mu: Option<f64>,
    /// The largest growth rate, per unit of time; without LoRA there is no search phase.
    pub growth_rate: Option<f64>,
    /// All of them, descending.
    pub growth_rates: Vec<f64>,
    /// Singular values of the gradient at `W0`, descending.
    pub gradient_singular_values: Vec<f64>,
    /// `beta` at `W0`, row by row.
    pub curvature_matrix: Vec<Vec<f64>>,
    /// `1 / growth_rate`; infinite where nothing grows towards the target.
    #[serde(serialize_with = "infinite_too", deserialize_with = "infinite_back")]
    pub tau: Option<f64>,
    /// Loss at `W0`, label noise included.
    pub loss: Option<f64>,
    /// Exit time of the deterministic run.
    pub exit_time: Option<f64>,
    /// How the run ended; `None` where it failed or was not asked for.
    pub outcome: Option<Outcome>,
    /// Why the point failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// All points of one pair of links.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NetworkCurve {
    /// Teacher's link, as typed.
    pub teacher: String,
    /// Student's link, as typed.
    pub student: String,
    /// The number that tells curves of the same links apart, if one does.
    #[serde(flatten)]
    pub also: Option<Along>,
    /// One per strength.
    pub points: Vec<NetworkPoint>,
    /// Where the largest growth rate is least along the ray `W0 -> x W0`, of a grid of strengths.
    pub minima: Vec<RateMinimum>,
}

impl NetworkCurve {
    /// Its links, and what tells it from other curves of theirs.
    pub fn label(&self) -> String {
        label((&self.teacher, &self.student), self.also.as_ref())
    }
}

/// A checked sweep over networks: every problem in it is valid.
pub struct NetworkSweep {
    curves: Vec<Prepared>,
    strengths: Vec<Option<f64>>,
    /// How far the runs are integrated, beside the search phase, if they are.
    runs: Option<Until>,
}

struct Prepared {
    model: Model,
    also: Option<Along>,
    /// Whether the strength is what `W0` is multiplied by.
    is_ray: bool,
    problems: Vec<NetworkProblem>,
    /// From ODE time to the unit asked for.
    time_factor: f64,
}

impl NetworkSweep {
    /// Checks all problems of a sweep over `strengths`; without `runs` their search phases alone are asked for.
    ///
    /// # Errors
    /// The first problem that is refused.
    pub fn new(
        curves: Vec<Asked>,
        strengths: Vec<Option<f64>>,
        runs: Option<Until>,
    ) -> Result<Self, ProblemError> {
        let prepare = |asked: Asked| -> Result<Prepared, ProblemError> {
            let (options, model) = (&asked.options, asked.model);
            let problems = strengths
                .iter()
                .map(|mu| go_on().and_then(|()| options.network_problem(&model, *mu)));
            let problems: Vec<NetworkProblem> = problems.collect::<Result<_, _>>()?;
            // What averages there are hardly depends on the strength, and to find a rule for the noise takes time.
            for problem in problems.iter().take(usize::from(runs.is_some())) {
                network_system(problem)?;
            }
            let time_factor = match problems.first() {
                Some(problem) => time_factor(options, (&problem.setup().scaling, &model))?,
                None => 1.0,
            };
            Ok(Prepared {
                is_ray: !options.mixture,
                also: asked.also,
                model,
                problems,
                time_factor,
            })
        };
        let curves = curves.into_iter().map(prepare).collect::<Result<_, _>>()?;
        Ok(Self {
            curves,
            strengths,
            runs,
        })
    }

    /// The models that runs are integrated with, curve by curve.
    pub fn models(&self) -> Vec<Model> {
        let curves = self.curves.iter().filter(|_| self.runs.is_some());
        curves.map(|curve| curve.model.clone()).collect()
    }

    /// Number of points in all curves.
    pub fn len(&self) -> usize {
        self.curves.len() * self.strengths.len()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Computes the points of a part that are not in `results`, on all cores; what it finds does not depend on how
    /// many there are. Ended early, it leaves what is finished.
    pub fn run_part(
        &self,
        shard: Shard,
        tolerances: &Tolerances,
        watch: &dyn Watch,
        results: &Finished<NetworkPoint>,
    ) {
        let own = shard.spread(self.len());
        watch.begin("points", own.len() as u64);
        own.into_par_iter()
            .for_each(|i| results.find(i, watch, || self.point(i, tolerances)));
    }

    fn point(&self, point: usize, tolerances: &Tolerances) -> NetworkPoint {
        let (curve, index) = (point / self.strengths.len(), point % self.strengths.len());
        let prepared = &self.curves[curve];
        let (problem, factor) = (&prepared.problems[index], prepared.time_factor);
        let mut point = NetworkPoint {
            mu: self.strengths[index],
            ..NetworkPoint::default()
        };
        match network_search(problem) {
            Ok(Some(phase)) => {
                let rates = phase.growth_rates.iter();
                let rows = phase.curvature_matrix.row_iter();
                point.tau = phase.search_time().map(|tau| tau * factor);
                point.growth_rate = Some(phase.growth_rate / factor);
                point.growth_rates = rates.map(|rate| rate / factor).collect();
                point.gradient_singular_values = phase.gradient_singular_values;
                point.curvature_matrix = rows.map(|row| row.iter().copied().collect()).collect();
                point.loss = Some(phase.loss);
            }
            Ok(None) if problem.setup().adapter.is_lora() => {
                point.loss = loss_at_weights(problem).ok();
            }
            Ok(None) => {}
            Err(error) => {
                point.failure = Some(error.to_string());
                return point;
            }
        }
        if let Some(until) = self.runs {
            match run_network_until(problem, until, tolerances) {
                Ok(run) => {
                    point.exit_time = run.exit_time.map(|t| t * factor);
                    // An exit has none: the run did not go on.
                    let has_outcome = until == Until::Outcome || run.exit_time.is_none();
                    point.outcome = has_outcome.then_some(run.outcome);
                }
                Err(error) => point.failure = Some(error.to_string()),
            }
        }
        point
    }

    /// The curves as far as they are finished: points in the order of the strengths; none of a pair without a finished
    /// point.
    pub fn curves(&self, results: &Finished<NetworkPoint>) -> Vec<NetworkCurve> {
        let per_curve = self.strengths.len();
        let curve = |(i, prepared): (usize, &Prepared)| NetworkCurve {
            teacher: prepared.model.teacher().name().to_owned(),
            student: prepared.model.student().name().to_owned(),
            also: prepared.also.clone(),
            points: (i * per_curve..(i + 1) * per_curve)
                .filter_map(|point| results.get(point).cloned())
                .collect(),
            minima: self.minima(prepared),
        };
        let all = self.curves.iter().enumerate().map(curve);
        all.filter(|curve| !curve.points.is_empty()).collect()
    }

    /// The minima of the largest rate between the smallest strength above 0 and the largest; none where they cannot be
    /// found, which the points say.
    fn minima(&self, prepared: &Prepared) -> Vec<RateMinimum> {
        let known = self.strengths.iter().zip(&prepared.problems);
        let known = known.filter_map(|(mu, problem)| Some(((*mu)?, problem)));
        let positive = known.filter(|(mu, _)| *mu > 0.0);
        let ends = positive.fold(
            None,
            |ends: Option<(f64, f64, &NetworkProblem)>, (mu, problem)| {
                let (low, high, last) = ends.unwrap_or((mu, mu, problem));
                let last = if mu >= high { problem } else { last };
                Some((low.min(mu), high.max(mu), last))
            },
        );
        let Some((low, high, problem)) = ends.filter(|(low, high, _)| low < high) else {
            return Vec::new();
        };
        if !prepared.is_ray {
            return Vec::new();
        }
        let found = rate_minima(problem, (low / high, 1.0)).unwrap_or_default();
        let scaled = |one: RateMinimum| RateMinimum {
            strength: one.strength * high,
            growth_rate: one.growth_rate / prepared.time_factor,
            ..one
        };
        found.into_iter().map(scaled).collect()
    }
}
