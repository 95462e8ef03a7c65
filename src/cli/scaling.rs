//! `lorode scaling`: how the exit time grows with the dimension.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use serde_json::{Map, Value, json};

use super::emit::{Failed, Format, Report, json_text, message, write};
use super::options::{OutputOptions, SolverOptions};
use super::problem_file::{ProblemArguments, object};
use super::search::written;
use super::{interrupt, scaling_figure, scaling_output};
use crate::problem::{Grid, ProblemOptions};
use crate::scaling::{FEWEST_POINTS, ScalingCurve, ScalingSweep};
use crate::sweep::Watch;

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
    solver: SolverOptions,
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
        let tolerances = self.solver.tolerances()?;
        let folder = self.output.folder()?;
        let bar = interrupt::progress(sweep.len() as u64, "runs");
        let watch = Watch {
            interrupted: interrupt::flag(),
            finished: &|| bar.inc(1),
        };
        let (curves, failures) = sweep.run(&tolerances, self.solver.atol.is_none(), &watch);
        bar.finish_and_clear();
        let scaled = Scaled {
            parameters: self.parameters(&options)?,
            options,
            curves,
        };
        let mut report = scaling_output::report(&scaled);
        if let Some(folder) = folder {
            let files = self.save(&folder, &scaled, &report)?;
            report.summary.push_str(&written(&files));
        }
        report.print(self.output.format)?;
        for failure in &failures {
            message(&format!(
                "lorode: {} at d = {}: {}",
                failure.links, failure.dim, failure.error
            ));
        }
        if interrupt::flag().load(Ordering::Relaxed) {
            return Err(Failed::failure("interrupted; what was finished is kept"));
        }
        if failures.is_empty() {
            return Ok(());
        }
        Err(Failed::Failure(format!(
            "{} of {} runs failed; the others are kept",
            failures.len(),
            sweep.len()
        )))
    }

    fn sweep(&self, options: &ProblemOptions) -> Result<ScalingSweep, Failed> {
        let pairs = options.link_pairs(&[]).map_err(Failed::usage)?;
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
        ScalingSweep::new(options, pairs, mu, &self.dims()?, self.u0_exponent)
            .map_err(Failed::usage)
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

    fn save(
        &self,
        folder: &Path,
        scaled: &Scaled,
        report: &Report,
    ) -> Result<Vec<PathBuf>, Failed> {
        let figure = scaling_figure::figure(scaled);
        let mut files = vec![
            write(folder, "scaling.csv", &report.table.to_csv()?)?,
            write(folder, "scaling.json", json_text(&report.json)?.as_bytes())?,
        ];
        if self.output.format == Format::Npz {
            files.push(write(folder, "scaling.npz", &report.table.to_npz()?)?);
        }
        files.push(write(folder, "scaling.svg", figure.to_svg()?.as_bytes())?);
        files.push(write(folder, "scaling.png", &figure.to_png()?)?);
        Ok(files)
    }
}
