//! Search time and exit time against the pre-training strength, for several link pairs.

use rayon::prelude::*;
use serde::{Deserialize, Serialize, Serializer};

use super::{LawTimes, time_factor};
use crate::integrator::Tolerances;
use crate::model::{Model, pair_label};
use crate::numeral::{infinite_back, infinite_too, json_number, json_whole, plain};
use crate::problem::{Problem, ProblemError, ProblemOptions, go_on, single};
use crate::search::{CriticalStrength, CriticalStrengths, SearchPhase, critical_strengths};
use crate::shard::Shard;
use crate::trajectory::{Outcome, Until, run_until, solve};
use crate::watch::{Cancel, Finished, Watch};

/// What is known at one strength; times in the unit asked for, `None` where there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SearchPoint {
    /// Pre-training strength; `None` when the pre-training is given by rho and kappa.
    pub mu: Option<f64>,
    /// `A`, signed when aligned.
    pub gradient_norm: Option<f64>,
    /// `B`.
    pub curvature: Option<f64>,
    /// Absolute error to expect of `A`.
    pub gradient_error: Option<f64>,
    /// Absolute error to expect of `B`.
    pub curvature_error: Option<f64>,
    /// `lambda_+`, per unit of time.
    pub growth_rate: Option<f64>,
    /// `1 / lambda_+`; infinite where nothing grows towards the target.
    #[serde(serialize_with = "infinite_too", deserialize_with = "infinite_back")]
    pub tau: Option<f64>,
    /// Absolute error to expect of `tau`, from those of the averages.
    pub tau_error: Option<f64>,
    /// Relative error of the worst of `A`, `B` and `tau`.
    #[serde(skip)]
    pub relative_error: f64,
    /// Exit time of the deterministic run.
    pub exit_time: Option<f64>,
    /// Its linear estimate.
    pub exit_linear: Option<f64>,
    /// The finite-size law of the exit time.
    #[serde(flatten)]
    pub law: LawTimes,
    /// How the run ended; `None` where it failed or was not asked for.
    pub outcome: Option<Outcome>,
    /// Why the run failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// A finished point as it is kept: its number in the sweep, itself, and what it does not write of itself,
/// its [`relative_error`](SearchPoint::relative_error).
pub type KeptPoint = (usize, SearchPoint, f64);

/// A further number of the problem, the same along a curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Along {
    /// Its name, that of the flag or of the letter in the links.
    pub key: String,
    /// Its value.
    pub value: f64,
    /// Whether it is a whole number by nature.
    pub is_whole: bool,
}

/// `{ key: value }`, the key as columns are called.
impl Serialize for Along {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = match self.is_whole {
            true => json_whole(self.value),
            false => json_number(Some(self.value)),
        };
        serializer.collect_map([(self.key.replace('-', "_"), value)])
    }
}

/// All points of one link pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SearchCurve {
    /// Teacher's link, as typed.
    pub teacher: String,
    /// Student's link, as typed.
    pub student: String,
    /// The number that tells curves of the same links apart, if one does.
    #[serde(flatten)]
    pub also: Option<Along>,
    /// One per strength.
    pub points: Vec<SearchPoint>,
    /// Strengths in the grid's range at which the gradient vanishes (aligned pre-training).
    pub critical_strengths: Vec<CriticalStrength>,
    /// The part of the grid's range in which they were not looked for, as the averages there cost too much.
    pub critical_unsearched: Option<(f64, f64)>,
    /// Stretches of strengths on which `A` is below the smallest double, and critical ones cannot be placed.
    pub critical_underflow: Vec<(f64, f64)>,
}

impl SearchCurve {
    /// Its links, and what tells it from other curves of theirs.
    pub fn label(&self) -> String {
        label((&self.teacher, &self.student), self.also.as_ref())
    }
}

/// Links, and what tells a curve from others of theirs.
pub(super) fn label((teacher, student): (&str, &str), also: Option<&Along>) -> String {
    let links = pair_label(teacher, student);
    match also {
        Some(also) => format!("{links}, {} = {}", also.key, plain(also.value)),
        None => links,
    }
}

/// What a sweep has found, readable while it runs.
pub struct SearchResults {
    /// Curve by curve.
    points: Finished<SearchPoint>,
    critical: Finished<CriticalStrengths>,
}

impl SearchResults {
    /// Points that are finished, failed ones among them.
    pub fn count(&self) -> usize {
        self.points.count()
    }

    /// Whether a point is finished.
    pub fn has(&self, point: usize) -> bool {
        self.points.get(point).is_some()
    }

    /// These points, to be kept.
    pub fn kept(&self) -> Vec<KeptPoint> {
        let all = self.points.all().into_iter();
        all.map(|(i, point)| {
            let relative_error = point.relative_error;
            (i, point, relative_error)
        })
        .collect()
    }

    /// Sets down points that were kept.
    pub fn take_up(&self, kept: Vec<KeptPoint>) {
        for (i, point, relative_error) in kept {
            let point = SearchPoint {
                relative_error,
                ..point
            };
            self.points.put(i, point);
        }
    }

    /// Whether there is nothing more to compute.
    pub fn is_complete(&self) -> bool {
        self.points.is_complete() && self.critical.is_complete()
    }
}

/// A checked sweep: every problem in it is valid.
pub struct SearchSweep {
    curves: Vec<Prepared>,
    /// Strengths of all curves; `[None]` when the pre-training has no strength.
    strengths: Vec<Option<f64>>,
    /// How far the runs are integrated, beside the search phase, if they are.
    runs: Option<Until>,
}

/// A curve that is asked for.
pub struct Asked {
    /// The problem, but for its links and its strength.
    pub options: ProblemOptions,
    /// The links.
    pub model: Model,
    /// What tells it from other curves of these links.
    pub also: Option<Along>,
}

struct Prepared {
    model: Model,
    also: Option<Along>,
    /// Whether `w0` is along `omega*` at every strength.
    aligned: bool,
    problems: Vec<Problem>,
    /// `1 - mu`, where it is given instead of mu.
    gap: Option<f64>,
    /// From ODE time to the unit asked for.
    time_factor: f64,
}

impl SearchSweep {
    /// Checks all problems of a sweep over `strengths`; without `runs` their search phases alone are
    /// asked for, and nothing is integrated. Runs that end before their outcome have none, and no law of exit times.
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
            let problems: Vec<Problem> = strengths
                .iter()
                .map(|mu| go_on().and_then(|()| options.problem(&model, *mu)))
                .collect::<Result<_, _>>()?;
            let time_factor = match problems.first() {
                Some(problem) => time_factor(options, (problem.scaling(), problem.model()))?,
                None => 1.0,
            };
            let tilted = single("angle", &options.angle)?.is_some_and(|angle| angle != 0.0);
            Ok(Prepared {
                aligned: !tilted && !options.mixture && options.rho.is_none(),
                gap: single("gap", &options.gap)?,
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

    /// Where its results go.
    pub fn results(&self) -> SearchResults {
        SearchResults {
            points: Finished::new(self.len()),
            critical: Finished::new(self.curves.len()),
        }
    }

    /// Computes all points on all cores; the result does not depend on how many there are. Ended
    /// early, it leaves in `results` what is finished.
    pub fn run(&self, tolerances: &Tolerances, watch: &dyn Watch, results: &SearchResults) {
        self.run_part(Shard::WHOLE, tolerances, watch, results);
        watch.begin(
            "curves searched for critical strengths",
            self.curves.len() as u64,
        );
        let curves = self.curves.par_iter().enumerate();
        curves.for_each(|(i, prepared)| {
            let find = || self.critical(prepared, watch.cancel());
            results.critical.find(i, watch, find);
        });
    }

    /// Computes the points of a part that are not in `results`; what belongs to a whole curve is left
    /// to [`run`](Self::run).
    pub fn run_part(
        &self,
        shard: Shard,
        tolerances: &Tolerances,
        watch: &dyn Watch,
        results: &SearchResults,
    ) {
        let own = shard.spread(self.len());
        watch.begin("points", own.len() as u64);
        own.into_par_iter()
            .for_each(|i| results.points.find(i, watch, || self.point(i, tolerances)));
    }

    fn point(&self, point: usize, tolerances: &Tolerances) -> SearchPoint {
        let (curve, index) = (point / self.strengths.len(), point % self.strengths.len());
        let prepared = &self.curves[curve];
        let (problem, factor) = (&prepared.problems[index], prepared.time_factor);
        let scaled = |t: Option<f64>| t.map(|t| t * factor).filter(|t| t.is_finite());
        let mut point = SearchPoint {
            mu: self.strengths[index].or(prepared.gap.map(|gap| 1.0 - gap)),
            ..SearchPoint::default()
        };
        let mut failure = None;
        let phase = SearchPhase::estimated(problem);
        let phase = match phase.map(SearchPhase::checked).transpose() {
            Ok(phase) => phase,
            Err(imprecise) => {
                point.failure = Some(imprecise.to_string());
                return point;
            }
        };
        if let Some(phase) = phase {
            point.gradient_error = phase.errors.map(|e| e.gradient_norm);
            point.curvature_error = phase.errors.map(|e| e.curvature);
            point.tau_error = scaled(phase.tau_error());
            point.relative_error = phase.relative_error();
            point.gradient_norm = Some(phase.gradient_norm);
            point.curvature = Some(phase.curvature);
            point.growth_rate = Some(phase.growth_rate / factor);
            point.tau = phase.search_time().map(|t| t * factor);
            point.exit_linear = scaled(phase.exit_linear(problem));
            if self.runs == Some(Until::Outcome) {
                (point.law, failure) = LawTimes::of(problem, &phase, tolerances, factor);
            }
        }
        let run = match self.runs {
            None => return point,
            Some(Until::Outcome) => solve(problem, tolerances),
            Some(until) => run_until(problem, tolerances, until),
        };
        match run {
            Ok(run) => {
                point.exit_time = scaled(run.exit_time);
                // An exit has none: the run did not go on.
                let has_outcome = self.runs == Some(Until::Outcome) || run.exit_time.is_none();
                point.outcome = has_outcome.then_some(run.outcome);
            }
            Err(error) => {
                // What fails on its way to the end may have left the search long before.
                point.exit_time = scaled(error.exit_before());
                failure = Some(error);
            }
        }
        point.failure = failure.map(|error| error.to_string());
        point
    }

    /// The curves as far as they are finished: points in the order of the strengths; none of a pair
    /// without a finished point.
    pub fn curves(&self, results: &SearchResults) -> Vec<SearchCurve> {
        let per_curve = self.strengths.len();
        let curve = |(i, prepared): (usize, &Prepared)| {
            let critical = results.critical.get(i).cloned().unwrap_or_default();
            SearchCurve {
                teacher: prepared.model.teacher().name().to_owned(),
                student: prepared.model.student().name().to_owned(),
                also: prepared.also.clone(),
                points: (i * per_curve..(i + 1) * per_curve)
                    .filter_map(|point| results.points.get(point).cloned())
                    .collect(),
                critical_strengths: critical.strengths,
                critical_unsearched: critical.unsearched,
                critical_underflow: critical.underflow,
            }
        };
        let all = self.curves.iter().enumerate().map(curve);
        all.filter(|curve| !curve.points.is_empty()).collect()
    }

    fn critical(&self, prepared: &Prepared, cancel: Cancel) -> CriticalStrengths {
        let mus = self.strengths.iter().flatten();
        let (low, high) = mus.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &mu| {
            (low.min(mu), high.max(mu))
        });
        let lora = prepared.problems.first().filter(|p| p.adapter().is_lora());
        let Some(problem) = lora.filter(|_| prepared.aligned && low < high) else {
            return CriticalStrengths::default();
        };
        critical_strengths(problem.model(), (low, high), problem.weight_decay(), cancel)
    }
}
