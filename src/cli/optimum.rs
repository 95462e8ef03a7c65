//! `lorode optimum`: the pre-training strength that makes fine-tuning shortest.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::emit::command_line;
use super::emit::{Failed, Format, Report, interrupted, kept, provenance, significant};
use super::front;
use super::options::{OutputOptions, PrecisionOptions};
use super::problem_file::{ProblemArguments, object};
use super::progress::Progress;
use crate::link::Link;
use crate::model::Model;
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel, Scale, Table, suggested_scale};
use crate::phase::{
    Optimum, OptimumGoal, PreTrainingCost, PreTrainingKind, Timed, find_optimum, optimum_curve,
};
use crate::problem::{Dynamics, Problem, ProblemError, ProblemOptions, Setup};
use crate::study::units::plain_unit;
use crate::study::units::unit;
use crate::sweep::time_factor;
use crate::trajectory::FlowError;
use crate::watch::{Finished, Watch};

/// Find the pre-training strength that minimises the time to exit or to learn
#[derive(Debug, clap::Args)]
pub(super) struct OptimumOf {
    #[command(flatten)]
    problem: ProblemArguments,
    /// What is to be short
    #[arg(long, value_enum, default_value_t, help_heading = "Optimum")]
    goal: OptimumGoal,
    /// Count the time in which training on a source task with this link reaches the strength
    #[arg(long, value_name = "LINK", help_heading = "Optimum")]
    pretrain_link: Option<String>,
    /// How the source task is trained
    #[arg(
        long,
        value_enum,
        default_value_t,
        help_heading = "Optimum",
        requires = "pretrain_link"
    )]
    pretrain_adapter: PreTrainingKind,
    #[command(flatten)]
    precision: PrecisionOptions,
    #[command(flatten)]
    output: OutputOptions,
}

/// What an optimum is of, where it goes, and how far its search has come.
struct Ended {
    options: ProblemOptions,
    pair: Model,
    parameters: Value,
    goal: OptimumGoal,
    factor: f64,
    folder: Option<PathBuf>,
    format: Format,
    curve: Finished<Timed>,
}

/// An optimum with what is drawn and written of it.
struct Found<'a> {
    optimum: Optimum,
    of: &'a Ended,
}

impl OptimumOf {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let options = self.problem.options()?;
        if options.mu.is_some() || options.rho.is_some() || options.kappa.is_some() {
            return Err(Failed::usage(
                "optimum finds the strength: leave out mu, rho and kappa",
            ));
        }
        let mut pairs = options.models(&[]).map_err(Failed::usage)?;
        let (Some(pair), true) = (pairs.pop(), pairs.is_empty()) else {
            return Err(Failed::usage(
                "optimum takes one link pair: give one --link, or one --teacher and --student",
            ));
        };
        let rtol = self.precision.checked()?;
        let folder = self.output.folder()?;
        let sample = options.problem(&pair, Some(0.5)).map_err(Failed::usage)?;
        if sample.dynamics() == Dynamics::Map {
            return Err(Failed::usage(
                "optimum is of the flow: leave out dynamics map",
            ));
        }
        if !sample.adapter().is_lora() {
            return Err(Failed::usage(
                "adapter: optimum needs a LoRA adapter (spherical or free)",
            ));
        }
        let factor = time_factor(&options, &sample).map_err(Failed::usage)?;
        let cost = self.cost(&sample, &options)?;
        let family = |mu: f64| -> Result<Problem, ProblemError> {
            let problem = options.problem(&pair, Some(mu))?;
            match &cost {
                None => Ok(problem),
                Some(cost) => Problem::new(Setup {
                    pretraining: cost.weights(mu)?,
                    ..problem.setup().clone()
                }),
            }
        };
        let ended = Arc::new(Ended {
            parameters: self.parameters(&options)?,
            options: options.clone(),
            pair: pair.clone(),
            goal: self.goal,
            factor,
            folder,
            format: self.output.format,
            curve: optimum_curve(),
        });
        let keeper = Arc::clone(&ended);
        front::keep(move || keeper.keep());
        let progress = Progress::new();
        let watched: (&dyn Watch, _) = (&progress, &ended.curve);
        let found = find_optimum(&family, self.goal, cost.as_ref(), watched, rtol);
        progress.end();
        if progress.cancelled() {
            return ended.keep();
        }
        let optimum = found.map_err(|error| match error {
            FlowError::Problem(_) => Failed::usage(error),
            _ => Failed::failure(error),
        })?;
        let found = Found {
            optimum: optimum.ok_or_else(|| {
                Failed::failure(
                    "goal: at no mu in [0, 1) do pre-training and fine-tuning come to their end; try the other goal, or another noise or step size",
                )
            })?,
            of: &ended,
        };
        let mut report = report(&found);
        if let Some(folder) = &ended.folder {
            let figure = figure(&ended, &found.optimum.curve, Some(found.optimum.mu));
            report.save(folder, "optimum", ended.format, &figure, &[])?;
        }
        report.print(ended.format)
    }

    fn cost(
        &self,
        problem: &Problem,
        options: &ProblemOptions,
    ) -> Result<Option<PreTrainingCost>, Failed> {
        let Some(text) = &self.pretrain_link else {
            return Ok(None);
        };
        if options.angle.is_some() || options.mixture {
            return Err(Failed::usage(
                "pretrain-link says what the pre-trained weights are: leave out angle and mixture",
            ));
        }
        let link =
            Link::parse(text).map_err(|error| Failed::Usage(format!("pretrain-link: {error}")))?;
        PreTrainingCost::new(&link, self.pretrain_adapter, problem.scaling().dim)
            .map(Some)
            .map_err(Failed::usage)
    }

    fn parameters(&self, options: &ProblemOptions) -> Result<Value, Failed> {
        let mut all: Map<String, Value> = object(options)?;
        if self.goal != OptimumGoal::default() {
            all.insert("goal".into(), json!(self.goal));
        }
        if let Some(link) = &self.pretrain_link {
            all.insert("pretrain-link".into(), json!(link));
            if self.pretrain_adapter != PreTrainingKind::default() {
                all.insert("pretrain-adapter".into(), json!(self.pretrain_adapter));
            }
        }
        all.extend(self.precision.parameters());
        Ok(Value::Object(all))
    }
}

impl Ended {
    /// Writes and prints the strengths that were looked at.
    fn keep(&self) -> Result<(), Failed> {
        let all = self.curve.len();
        let curve: Vec<Timed> = (0..all)
            .filter_map(|i| self.curve.get(i).copied())
            .collect();
        let why = format!(
            "{}, the best is not located",
            interrupted(curve.len(), all, "strengths")
        );
        if curve.is_empty() {
            return Err(Failed::Failure(why));
        }
        let mut json = provenance("optimum", &self.parameters);
        if let Some(map) = json.as_object_mut() {
            map.insert("goal".into(), json!(self.goal));
            map.insert("curve".into(), self.curve_json(&curve));
        }
        let mut report = Report {
            summary: format!("{}: {}\n", self.pair.label(), goal_in_words(self.goal)),
            json,
            table: self.table(&curve),
        };
        report.mark_partial(&why);
        if let Some(folder) = &self.folder {
            let figure = figure(self, &curve, None);
            report.save(folder, "optimum", self.format, &figure, &[])?;
        }
        let _closed = report.print(self.format);
        Err(kept(&why, self.folder.as_deref(), "optimum"))
    }

    fn curve_json(&self, curve: &[Timed]) -> Value {
        let scaled = |(mu, time): &Timed| (*mu, time.map(|t| t * self.factor));
        let (mus, times): (Vec<f64>, Vec<Option<f64>>) = curve.iter().map(scaled).unzip();
        json!({ "mu": mus, "value": times })
    }

    /// One row per strength.
    fn table(&self, curve: &[Timed]) -> Table {
        let made = provenance("optimum", &self.parameters);
        let command = made["command"].as_str().unwrap_or_default().to_owned();
        let rows = curve.len();
        let value = |(_, time): &Timed| time.map(|t| t * self.factor);
        Table::new(made)
            .numbers("mu", curve.iter().map(|(mu, _)| Some(*mu)).collect())
            .numbers("value", curve.iter().map(value).collect())
            .text("version", vec![env!("CARGO_PKG_VERSION").to_owned(); rows])
            .text("command", vec![command; rows])
    }
}

fn report(found: &Found<'_>) -> Report {
    let (optimum, of) = (&found.optimum, found.of);
    let factor = of.factor;
    let scaled = |t: Option<f64>| t.map(|t| t * factor);
    let gain = |other: Option<f64>| other.map(|other| other / optimum.value);
    let mut json = provenance("optimum", &of.parameters);
    if let Some(map) = json.as_object_mut() {
        map.insert("goal".into(), json!(of.goal));
        map.insert("mu".into(), json!(optimum.mu));
        map.insert("value".into(), json!(optimum.value * factor));
        map.insert("value_at_zero".into(), json!(scaled(optimum.value_at_zero)));
        map.insert("gain_over_zero".into(), json!(gain(optimum.value_at_zero)));
        map.insert(
            "near_one".into(),
            json!({
                "mu": optimum.near_one.0,
                "value": scaled(optimum.near_one.1),
                "gain": gain(optimum.near_one.1),
            }),
        );
        map.insert("is_at_end".into(), json!(optimum.is_at_end));
        map.insert("strengths_with_a_time".into(), json!(optimum.reached));
        map.insert("curve".into(), of.curve_json(&optimum.curve));
    }
    Report {
        summary: summary(found),
        json,
        table: of.table(&optimum.curve),
    }
}

fn goal_in_words(goal: OptimumGoal) -> &'static str {
    match goal {
        OptimumGoal::Exit => "time to the exit",
        OptimumGoal::Learn => "time to learn",
    }
}

fn summary(found: &Found<'_>) -> String {
    let (optimum, of) = (&found.optimum, found.of);
    let factor = of.factor;
    let compared = |name: &str, other: Option<f64>| match other {
        Some(other) => format!(
            "{name:<13} {}  ({} times the optimum's)\n",
            significant(other * factor, 9),
            significant(other / optimum.value, 5)
        ),
        None => format!("{name:<13} never\n"),
    };
    format!(
        "{}: {}, in {}\nbest mu       {}\nvalue         {}\n{}{}",
        of.pair.label(),
        goal_in_words(of.goal),
        plain_unit(&of.options),
        significant(optimum.mu, 8)
            + match (optimum.is_at_end, optimum.reached < optimum.curve.len()) {
                (true, _) => "  (the end of the range: the time may fall further)",
                (_, true) => "  (among the strengths that have a time)",
                _ => "",
            },
        significant(optimum.value * factor, 10),
        compared("at mu = 0", optimum.value_at_zero),
        compared(
            &format!("at mu = {}", optimum.near_one.0),
            optimum.near_one.1
        )
    )
}

fn figure(of: &Ended, curve: &[Timed], best: Option<f64>) -> Figure {
    let points: Vec<Timed> = curve
        .iter()
        .map(|(mu, t)| (*mu, t.map(|t| t * of.factor)))
        .collect();
    let scale = suggested_scale(points.iter().filter_map(|p| p.1));
    let what = goal_in_words(of.goal);
    let mut panel = Panel::new(
        format!("{}: {what}", of.pair.label()),
        Axis {
            label: "pre-training strength μ".to_owned(),
            scale: Scale::Linear,
            range: None,
        },
        Axis {
            label: format!("{what} [{}]", unit(&of.options)),
            scale,
            range: None,
        },
    )
    .with_curve(Curve::new("", points, CurveStyle::Line).with_colour(0));
    if let Some(mu) = best {
        panel = panel.with_mark(Mark::Vertical {
            at: mu,
            label: format!("best μ = {mu:.4}"),
            colour: Some(1),
        });
    }
    Figure::new(vec![panel], 1).with_provenance(format!(
        "{}, lorode {}",
        command_line("optimum", &of.parameters),
        env!("CARGO_PKG_VERSION")
    ))
}
