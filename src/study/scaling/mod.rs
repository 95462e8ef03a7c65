//! How does the exit time grow with the dimension: constant, logarithm or power, and which?

mod figure;
mod table;
mod words;

pub(crate) use figure::figure;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::provenance::{Origin, object, require_rows};
use super::saved::drawn;
use super::schema::of_tables;
use super::words::{failed_of, interrupted};
use super::{Precision, Report, Resumable, Study, Work, made};
use crate::error::Error;
use crate::model::Model;
use crate::numeral::{counted, json_number};
use crate::output::{Figure, Table};
use crate::problem::{Grid, ProblemOptions};
use crate::scaling::{FEWEST_POINTS, ScalingCurve, ScalingPoint, ScalingResults, ScalingSweep};
use crate::watch::Watch;

/// Dimensions of the main job.
pub const DEFAULT_DIMS: &str = "log:1e2:1e12:21";

/// Exit times of one problem for one or several pairs of links over a grid of dimensions, and the
/// law fitted to them.
///
/// ```
/// use lorode::scaling::Law;
/// use lorode::study::{Study, scaling::Scaling};
///
/// let mut scaling = Scaling::default();
/// scaling.problem.link = vec!["erf".into()];
/// scaling.problem.mu = Some("0.5".parse()?);
/// let report = scaling.run(&lorode::watch::Cancel::default())?;
/// assert!(matches!(report.curves[0].fit.law, Law::Logarithmic { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scaling {
    /// The problem, one strength; its dimension is not used.
    pub problem: ProblemOptions,
    /// Dimensions, rounded to whole numbers; by default 21 from 1e2 to 1e12.
    pub dims: Option<Grid>,
    /// The run at dimension `d` starts from `u = d^-X`; by default from `u0` at every dimension.
    pub u0_exponent: Option<f64>,
    /// How to integrate.
    pub precision: Precision,
}

/// Runs at all dimensions, and what came of them.
pub struct ScalingWork {
    settings: Scaling,
    sweep: ScalingSweep,
    results: ScalingResults,
}

/// Runs and laws, pair by pair.
#[derive(Clone, Debug)]
pub struct ScalingReport {
    /// The problem as it was given.
    pub options: ProblemOptions,
    /// One per pair of links; times in the unit asked for.
    pub curves: Vec<ScalingCurve>,
    origin: Origin,
    runs: usize,
}

impl Scaling {
    fn sweep(&self) -> Result<ScalingSweep, Error> {
        let models = self.problem.models(&[])?;
        if models.is_empty() {
            return Err(Error::refused("link", "is needed, as in --link=erf"));
        }
        let single = |grid: &Grid| {
            let why =
                || format!("scaling takes one mu, not {grid}; see `lorode phase` with an axis dim");
            grid.single().ok_or_else(|| Error::Setting(why()))
        };
        let mu = self.problem.mu.as_ref().map(single).transpose()?;
        let dims = self.dims()?;
        let rows = models.len() * dims.len();
        require_rows(rows, Self::NAME, &object(&self.problem).into())?;
        let exponent = self.u0_exponent;
        Ok(ScalingSweep::new(
            &self.problem,
            models,
            mu,
            &dims,
            exponent,
        )?)
    }

    /// Whole numbers, ascending, once each.
    fn dims(&self) -> Result<Vec<f64>, Error> {
        let grid = match &self.dims {
            Some(grid) => grid.clone(),
            None => DEFAULT_DIMS.parse()?,
        };
        let mut dims: Vec<f64> = grid.values().iter().map(|d| d.round()).collect();
        dims.sort_by(f64::total_cmp);
        dims.dedup();
        if let Some(small) = dims.first().filter(|d| **d < 2.0) {
            let why = format!("= {small} is not allowed: a dimension is a whole number >= 2");
            return Err(Error::refused("dims", why));
        }
        if dims.len() < FEWEST_POINTS {
            let dims = counted(dims.len(), "distinct dimension");
            let why = format!(
                "has {dims}: a law is fitted to at least {FEWEST_POINTS}, as in {DEFAULT_DIMS}"
            );
            return Err(Error::refused("dims", why));
        }
        Ok(dims)
    }

    /// How the result was made: problem, dimensions, precision.
    fn parameters(&self) -> Value {
        let mut all = object(&self.problem);
        if let Some(dims) = self
            .dims
            .as_ref()
            .filter(|d| json!(d) != json!(DEFAULT_DIMS))
        {
            all.insert("dims".into(), json!(dims));
        }
        if let Some(exponent) = self.u0_exponent {
            all.insert("u0-exponent".into(), json!(exponent));
        }
        all.extend(self.precision.parameters());
        all.into()
    }
}

impl Study for Scaling {
    const NAME: &'static str = "scaling";
    type Work = ScalingWork;

    fn begin(&self) -> Result<ScalingWork, Error> {
        let sweep = self.sweep()?;
        self.precision.tolerances(Default::default())?;
        Ok(ScalingWork {
            results: sweep.results(),
            sweep,
            settings: self.clone(),
        })
    }
}

impl Work for ScalingWork {
    type Report = ScalingReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        let tolerances = self.settings.precision.tolerances(progress.cancel())?;
        self.sweep.run(&tolerances, progress, &self.results);
        Ok(())
    }

    fn models(&self) -> Vec<Model> {
        self.sweep.models()
    }

    fn parameters(&self) -> Value {
        self.settings.parameters()
    }

    fn report(&self) -> Option<ScalingReport> {
        let (done, all) = (self.results.count(), self.sweep.len());
        let why = (!self.results.is_complete()).then(|| interrupted(done, all, "run"));
        (done > 0).then(|| ScalingReport {
            options: self.settings.problem.clone(),
            curves: self.sweep.curves(&self.results),
            origin: Origin::new(Scaling::NAME, self.parameters(), why),
            runs: all,
        })
    }
}

impl Resumable for ScalingWork {
    type State = Vec<(usize, ScalingPoint)>;

    fn made(&self) -> Value {
        made(&self.settings)
    }

    fn state(&self) -> Option<Self::State> {
        Some(self.results.kept()).filter(|kept| !kept.is_empty())
    }

    fn resume(&mut self, state: Self::State) -> Result<(), Error> {
        self.results.take_up(state);
        Ok(())
    }
}

impl Report for ScalingReport {
    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }

    fn json(&self) -> Value {
        let mut json = self.origin.made();
        json["schema"] = of_tables(self.table(), Vec::new());
        let named = |c: &ScalingCurve, key: &str, what: Value| json!({ "teacher": c.teacher, "student": c.student, "tau": json_number(c.tau), "predicted": c.predicted, key: what });
        let fit = |c: &ScalingCurve| flattened(named(c, "fit", json!(c.fit)));
        let fits: Vec<Value> = self.curves.iter().map(fit).collect();
        let points = |c: &ScalingCurve| named(c, "points", json!(c.points));
        let runs: Vec<Value> = self.curves.iter().map(points).collect();
        json["fits"] = json!(fits);
        json["curves"] = json!(runs);
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

    fn failures(&self) -> Vec<String> {
        words::failures(&self.curves)
    }

    fn failed(&self) -> Option<String> {
        let failed = self.failures().len();
        failed_of(failed, self.runs, "run")
    }
}

/// The keys of `fit` beside those of its curve; the local exponents are with the points.
fn flattened(mut curve: Value) -> Value {
    if let Some(map) = curve.as_object_mut() {
        let fit = map.remove("fit");
        for (key, value) in fit.iter().filter_map(Value::as_object).flatten() {
            if key != "local_exponents" {
                map.insert(key.clone(), value.clone());
            }
        }
    }
    curve
}
