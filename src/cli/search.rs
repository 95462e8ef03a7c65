//! `lorode search`: search time and exit time against the pre-training strength.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use super::emit::{
    Failed, Format, Report, held, interrupted, kept, list, message, provenance, require_rows,
    significant, with_parameters, word,
};
use super::options::{OutputOptions, SolverOptions};
use super::problem_file::{ProblemArguments, object};
use super::progress::Progress;
use super::{front, search_figure};
use crate::model::pair_label;
use crate::numeral::plain;
use crate::output::Table;
use crate::problem::{Adapter, Grid, ProblemOptions};
use crate::sweep::{SearchCurve, SearchPoint, SearchResults, SearchSweep};

/// Links of the main job.
pub(super) const DEFAULT_LINKS: [&str; 7] =
    ["linear", "erf", "relu", "sigmoid", "he2", "he3", "he5"];
/// Relative error of `A`, `B` and `tau` from which a warning is due; data promise 1e-10.
pub(super) const IMPRECISE: f64 = 1e-6;
/// Strengths of the main job.
const DEFAULT_STRENGTHS: &str = "0.005:0.995:200";

/// Search time tau and exit times against the pre-training strength mu
#[derive(Debug, clap::Args)]
pub(super) struct Search {
    #[command(flatten)]
    problem: ProblemArguments,
    #[command(flatten)]
    solver: SolverOptions,
    #[command(flatten)]
    output: OutputOptions,
}

impl Search {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let options = with_defaults(self.problem.options()?)?;
        let pairs = options.models(&[]).map_err(Failed::usage)?;
        let points = pairs.len() * options.mu.as_ref().map_or(1, |grid| grid.values().len());
        require_rows(points, "search", &object(&options)?.into())?;
        let sweep =
            SearchSweep::new(&options, pairs, strengths(&options)).map_err(Failed::usage)?;
        let tolerances = self.solver.tolerances()?;
        let folder = self.output.folder()?;
        let mut parameters = object(&options)?;
        parameters.extend(self.solver.parameters());
        let results = sweep.results();
        let ended = Arc::new(Ended {
            folder,
            format: self.output.format,
            parameters: Value::Object(parameters),
            options,
            results,
            sweep,
        });
        let keeper = Arc::clone(&ended);
        front::keep(move || keeper.deliver());
        let progress = Progress::new();
        ended.sweep.run(&tolerances, &progress, &ended.results);
        progress.end();
        ended.deliver()
    }
}

/// A sweep that has come to its end, or as far as it came.
struct Ended {
    folder: Option<PathBuf>,
    format: Format,
    parameters: Value,
    options: ProblemOptions,
    results: SearchResults,
    sweep: SearchSweep,
}

impl Ended {
    /// Writes and prints what is finished.
    fn deliver(&self) -> Result<(), Failed> {
        let (done, all) = (self.results.count(), self.sweep.len());
        let why = (!self.results.is_complete()).then(|| interrupted(done, all, "points"));
        let curves = self.sweep.curves(&self.results);
        let mut report = report(&self.options, &curves, &self.parameters);
        if let Some(why) = &why {
            report.mark_partial(why);
        }
        let mut printed = Ok(());
        if done > 0 {
            if let Some(folder) = &self.folder {
                let figure = search_figure::figure(&self.options, &curves);
                report.save(folder, "search", self.format, &figure, &[])?;
            }
            printed = report.print(self.format);
            curves.iter().for_each(warn);
        }
        let failures = failures(&curves);
        list(&failures);
        match why {
            Some(why) if done > 0 => Err(kept(&why, self.folder.as_deref(), "search")),
            Some(why) => Err(Failed::Failure(why)),
            None if failures.is_empty() => printed,
            None => Err(Failed::Failure(format!(
                "{} of {all} points failed; the others are kept",
                failures.len()
            ))),
        }
    }
}

/// The points that failed, and why.
fn failures(curves: &[SearchCurve]) -> Vec<String> {
    let of = |curve: &SearchCurve, point: &SearchPoint| {
        let failure = point.failure.as_ref()?;
        let links = pair_label(&curve.teacher, &curve.student);
        let mu = point
            .mu
            .map_or(String::new(), |mu| format!(" at mu = {}", plain(mu)));
        Some(format!("{links}{mu}: {failure}"))
    };
    let all = curves
        .iter()
        .flat_map(|c| c.points.iter().map(move |p| (c, p)));
    all.filter_map(|(curve, point)| of(curve, point)).collect()
}

/// One line for a pair some of whose points are known to fewer digits than data promise.
fn warn(curve: &SearchCurve) {
    let off = |p: &&SearchPoint| p.relative_error > IMPRECISE;
    let worst = curve.points.iter().map(|p| p.relative_error);
    let worst = worst.fold(0.0, f64::max);
    let count = curve.points.iter().filter(off).count();
    if count > 0 {
        message(&format!(
            "lorode: warning: {}: {} at {count} of {} points",
            pair_label(&curve.teacher, &curve.student),
            few_digits(worst),
            curve.points.len()
        ));
    }
}

/// What is said where A, B and tau are off by more than [`IMPRECISE`].
pub(super) fn few_digits(relative: f64) -> String {
    format!(
        "the averages at w0 leave A, B or tau with a relative error of up to {relative:.0e}, and times with as much"
    )
}

/// Fills in the links and strengths of the main job where none are given.
pub(super) fn with_defaults(mut options: ProblemOptions) -> Result<ProblemOptions, Failed> {
    if options.link.is_empty() && options.teacher.is_empty() && options.student.is_empty() {
        options.link = DEFAULT_LINKS.map(str::to_owned).to_vec();
    }
    let has_strength = options.rho.is_none()
        && options.kappa.is_none()
        && options.adapter != Some(Adapter::Scratch);
    if options.mu.is_none() && has_strength {
        if options.angle.is_some() || options.mixture {
            // An angle without a strength is more likely a mistake than a wish for the default.
            options.pretraining(None).map_err(Failed::usage)?;
        }
        options.mu = Some(DEFAULT_STRENGTHS.parse::<Grid>().map_err(Failed::usage)?);
    }
    Ok(options)
}

/// The strengths asked for; `[None]` when the pre-training has none.
pub(super) fn strengths(options: &ProblemOptions) -> Vec<Option<f64>> {
    match &options.mu {
        Some(grid) => grid.values().iter().copied().map(Some).collect(),
        None => vec![None],
    }
}

fn report(options: &ProblemOptions, curves: &[SearchCurve], parameters: &Value) -> Report {
    let mut json = provenance("search", parameters);
    if let Some(map) = json.as_object_mut() {
        map.insert("curves".to_owned(), json!(curves));
    }
    Report {
        summary: summary(options, curves),
        json,
        table: table(options, curves, provenance("search", parameters)),
    }
}

/// One row per point; the parameters are constant columns, so that a CSV file says how it was
/// made and loads without options.
fn table(options: &ProblemOptions, curves: &[SearchCurve], metadata: Value) -> Table {
    let points = || {
        curves
            .iter()
            .flat_map(|c| c.points.iter().map(move |p| (c, p)))
    };
    let text = |f: &dyn Fn(&SearchCurve, &SearchPoint) -> String| -> Vec<String> {
        points().map(|(c, p)| f(c, p)).collect()
    };
    let number = |f: fn(&SearchPoint) -> Option<f64>| -> Vec<Option<f64>> {
        points().map(|(_, p)| f(p)).collect()
    };
    let outcome = |p: &SearchPoint| p.outcome.map_or("failed", |o| o.word()).to_owned();
    let failure = |p: &SearchPoint| p.failure.clone().unwrap_or_default();
    let mut table = Table::new(metadata)
        .text("teacher", text(&|c, _| c.teacher.clone()))
        .text("student", text(&|c, _| c.student.clone()))
        .numbers("mu", number(|p| p.mu))
        .numbers("gradient_norm", number(|p| p.gradient_norm))
        .numbers("curvature", number(|p| p.curvature))
        .numbers("growth_rate", number(|p| p.growth_rate))
        .numbers("tau", number(|p| p.tau))
        .numbers("gradient_error", number(|p| p.gradient_error))
        .numbers("curvature_error", number(|p| p.curvature_error))
        .numbers("tau_error", number(|p| p.tau_error))
        .numbers("exit_time", number(|p| p.exit_time))
        .numbers("exit_linear", number(|p| p.exit_linear))
        .numbers("exit_mean", number(|p| p.law.exit_mean))
        .numbers("exit_median", number(|p| p.law.exit_median))
        .numbers("exit_q05", number(|p| p.law.exit_q05))
        .numbers("exit_q95", number(|p| p.law.exit_q95))
        .numbers("exit_median_linear", number(|p| p.law.exit_median_linear))
        .text("outcome", text(&|_, p| outcome(p)));
    if points().any(|(_, p)| p.failure.is_some()) {
        table = table.text("failure", text(&|_, p| failure(p)));
    }
    let rows = points().count();
    if options.dim.is_none() {
        table = table.numbers("dim", vec![Some(1000.0); rows]);
    }
    with_parameters(table, rows, &["link", "teacher", "student", "mu"])
}

fn summary(options: &ProblemOptions, curves: &[SearchCurve]) -> String {
    let unit = match options.time.unwrap_or_default() {
        crate::problem::TimeUnit::T => "t = eta * steps",
        crate::problem::TimeUnit::Steps => "SGD steps",
        crate::problem::TimeUnit::Samples => "samples",
    };
    let mut text = format!("search time tau and exit time, in {unit}\n\n");
    let label = |c: &SearchCurve| pair_label(&c.teacher, &c.student);
    let width = curves
        .iter()
        .map(|c| label(c).chars().count())
        .max()
        .unwrap_or(0)
        .max(4);
    let mut header = format!("{:width$}  {:>8}", "link", "mu");
    for name in ["A", "B", "tau", "exit", "median", "outcome"] {
        let _infallible = write!(header, "  {name:>11}");
    }
    text.push_str(&header);
    text.push('\n');
    for curve in curves {
        for (i, row) in shown_rows(curve.points.len()).into_iter().enumerate() {
            let name = if i == 0 { label(curve) } else { String::new() };
            let p = &curve.points[row];
            let relative = |t: Option<f64>| t.map(|t| t * p.relative_error);
            let _infallible = write!(text, "{name:width$}  {:>8}", cell(p.mu, 4));
            for (value, error) in [
                (p.gradient_norm, p.gradient_error),
                (p.curvature, p.curvature_error),
                (p.tau, p.tau_error),
                // Times are as many tau as the logarithm of the start, whose digits are those of tau.
                (p.exit_time, relative(p.exit_time)),
                (p.law.exit_median, relative(p.law.exit_median)),
            ] {
                let digits = value.map(|x| held(x, 6, error.unwrap_or(0.0)));
                let digits = digits.unwrap_or_else(|| "-".to_owned());
                let _infallible = write!(text, "  {digits:>11}");
            }
            let outcome = p.outcome.map_or("failed", |o| o.word());
            let _infallible = writeln!(text, "  {outcome:>11}");
        }
    }
    text.push_str(&critical_lines(curves, &label));
    text
}

fn critical_lines(curves: &[SearchCurve], label: &dyn Fn(&SearchCurve) -> String) -> String {
    let mut text = String::new();
    for curve in curves {
        for critical in &curve.critical_strengths {
            let place = match critical.within {
                None => String::new(),
                Some(width) => format!(", double, or none, within {width:.0e}"),
            };
            let _infallible = writeln!(
                text,
                "{}: critical strength mu = {:.9}{place} ({}, B = {})",
                label(curve),
                critical.mu,
                word(&critical.kind),
                significant(critical.curvature, 6)
            );
        }
    }
    if text.is_empty() {
        text
    } else {
        format!("\n{text}")
    }
}

/// At most five rows of a curve, the ends among them.
fn shown_rows(count: usize) -> Vec<usize> {
    const SHOWN: usize = 5;
    if count <= SHOWN {
        return (0..count).collect();
    }
    (0..SHOWN).map(|i| i * (count - 1) / (SHOWN - 1)).collect()
}

fn cell(value: Option<f64>, digits: usize) -> String {
    value.map_or("-".to_owned(), |x| significant(x, digits))
}
