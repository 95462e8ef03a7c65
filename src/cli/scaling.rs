//! `lorode scaling`: how the exit time grows with the dimension.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::emit::{Failed, Format, interrupted, kept, list, require_rows};
use super::options::OutputOptions;
use super::problem_file::{ProblemArguments, object};
use super::progress::Progress;
use super::{front, scaling_figure, scaling_output};
use crate::model::pair_label;
use crate::numeral::plain;
use crate::problem::{Grid, ProblemOptions};
use crate::scaling::{FEWEST_POINTS, ScalingCurve, ScalingPoint, ScalingResults, ScalingSweep};
use crate::study::Precision;

/// Dimensions of the main job.
const DEFAULT_DIMS: &str = "log:1e2:1e12:21";

/// How the exit time grows with the dimension: constant, logarithm or power, and which
#[derive(Debug, clap::Args)]
pub(super) struct Scaling {
    #[command(flatten)]
    problem: ProblemArguments,
    /// Dimensions, rounded to whole numbers
    #[arg(
        long,
        value_name = "GRID",
        default_value = DEFAULT_DIMS,
        help_heading = "Scaling",
        allow_hyphen_values = true
    )]
    dims: Grid,
    /// The run at dimension d starts from u = d^-X [default: u0 at every dimension]
    #[arg(
        long,
        value_name = "X",
        help_heading = "Scaling",
        allow_hyphen_values = true
    )]
    u0_exponent: Option<f64>,
    #[command(flatten)]
    solver: Precision,
    #[command(flatten)]
    output: OutputOptions,
}

/// The runs of all pairs with what is drawn and written of them.
pub(super) struct Scaled {
    pub(super) options: ProblemOptions,
    pub(super) curves: Vec<ScalingCurve>,
    pub(super) parameters: Value,
}

impl Scaling {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let options = self.problem.over_dimensions("scaling")?;
        let sweep = self.sweep(&options)?;
        let tolerances = self
            .solver
            .tolerances(front::cancel())
            .map_err(Failed::usage)?;
        let folder = self.output.folder()?;
        let ended = Arc::new(Ended {
            folder,
            format: self.output.format,
            parameters: self.parameters(&options)?,
            options,
            results: sweep.results(),
            sweep,
        });
        let keeper = Arc::clone(&ended);
        front::keep(move || keeper.deliver());
        let progress = Progress::new();
        ended.sweep.run(&tolerances, &progress, &ended.results);
        progress.end();
        ended.deliver()
    }

    fn sweep(&self, options: &ProblemOptions) -> Result<ScalingSweep, Failed> {
        let pairs = options.models(&[]).map_err(Failed::usage)?;
        if pairs.is_empty() {
            return Err(Failed::usage("link is needed, as in --link erf"));
        }
        let mu = match &options.mu {
            None => None,
            Some(grid) => Some(grid.single().ok_or_else(|| {
                Failed::Usage(format!(
                    "scaling takes one mu, not {grid}; see `lorode phase` with an axis dim"
                ))
            })?),
        };
        let dims = self.dims()?;
        require_rows(
            pairs.len() * dims.len(),
            "scaling",
            &object(options)?.into(),
        )?;
        ScalingSweep::new(options, pairs, mu, &dims, self.u0_exponent).map_err(Failed::usage)
    }

    /// Whole numbers, ascending, once each.
    fn dims(&self) -> Result<Vec<f64>, Failed> {
        let mut dims: Vec<f64> = self.dims.values().iter().map(|d| d.round()).collect();
        dims.sort_by(f64::total_cmp);
        dims.dedup();
        if let Some(small) = dims.first().filter(|d| **d < 2.0) {
            return Err(Failed::Usage(format!(
                "dims = {small} is not allowed: a dimension is a whole number >= 2"
            )));
        }
        if dims.len() < FEWEST_POINTS {
            return Err(Failed::Usage(format!(
                "dims has {} distinct dimensions: a law is fitted to at least {FEWEST_POINTS}, as in \
                 {DEFAULT_DIMS}",
                dims.len()
            )));
        }
        Ok(dims)
    }

    /// How the result was made: problem, dimensions, precision.
    fn parameters(&self, options: &ProblemOptions) -> Result<Value, Failed> {
        let mut all: Map<String, Value> = object(options)?;
        let dims = json!(self.dims);
        if dims != json!(DEFAULT_DIMS) {
            all.insert("dims".into(), dims);
        }
        if let Some(exponent) = self.u0_exponent {
            all.insert("u0-exponent".into(), json!(exponent));
        }
        all.extend(self.solver.parameters());
        Ok(Value::Object(all))
    }
}

/// Runs that have come to their end, or as far as they came.
struct Ended {
    folder: Option<PathBuf>,
    format: Format,
    parameters: Value,
    options: ProblemOptions,
    results: ScalingResults,
    sweep: ScalingSweep,
}

impl Ended {
    /// Writes and prints what is finished.
    fn deliver(&self) -> Result<(), Failed> {
        let (done, all) = (self.results.count(), self.sweep.len());
        let why = (!self.results.is_complete()).then(|| interrupted(done, all, "runs"));
        let scaled = Scaled {
            options: self.options.clone(),
            curves: self.sweep.curves(&self.results),
            parameters: self.parameters.clone(),
        };
        let mut report = scaling_output::report(&scaled);
        if let Some(why) = &why {
            report.mark_partial(why);
        }
        let mut printed = Ok(());
        if done > 0 {
            if let Some(folder) = &self.folder {
                let figure = scaling_figure::figure(&scaled);
                report.save(folder, "scaling", self.format, &figure, &[])?;
            }
            printed = report.print(self.format);
        }
        let failures = failures(&scaled.curves);
        list(&failures);
        match why {
            Some(why) if done > 0 => Err(kept(&why, self.folder.as_deref(), "scaling")),
            Some(why) => Err(Failed::Failure(why)),
            None if failures.is_empty() => printed,
            None => Err(Failed::Failure(format!(
                "{} of {all} runs failed; the others are kept",
                failures.len()
            ))),
        }
    }
}

/// The runs that failed, and why.
fn failures(curves: &[ScalingCurve]) -> Vec<String> {
    let of = |curve: &ScalingCurve, point: &ScalingPoint| {
        let failure = point.failure.as_ref()?;
        let links = pair_label(&curve.teacher, &curve.student);
        Some(format!("{links} at d = {}: {failure}", plain(point.dim)))
    };
    let all = curves
        .iter()
        .flat_map(|c| c.points.iter().map(move |p| (c, p)));
    all.filter_map(|(curve, point)| of(curve, point)).collect()
}
