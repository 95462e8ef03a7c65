//! `lorode optimum`: the pre-training strength that makes fine-tuning shortest.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::emit::command_line;
use super::emit::{Failed, Format, Report, json_text, provenance, significant, write};
use super::options::OutputOptions;
use super::problem_file::{ProblemArguments, object};
use super::search::written;
use super::search_figure::unit;
use super::solve_figure::plain_unit;
use crate::expectation::PairAverages;
use crate::link::Link;
use crate::output::{Axis, Curve, CurveStyle, Figure, Mark, Panel, Scale, Table, suggested_scale};
use crate::phase::{Optimum, OptimumGoal, PreTrainingCost, PreTrainingKind, find_optimum};
use crate::problem::{Dynamics, LinkPair, Problem, ProblemError, ProblemOptions, Setup};
use crate::sweep::time_factor;
use crate::trajectory::FlowError;

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
    output: OutputOptions,
}

/// An optimum with what is drawn and written of it.
struct Found {
    options: ProblemOptions,
    pair: LinkPair,
    optimum: Optimum,
    parameters: Value,
    goal: OptimumGoal,
    factor: f64,
}

impl OptimumOf {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let options = self.problem.options()?;
        if options.mu.is_some() || options.rho.is_some() || options.kappa.is_some() {
            return Err(Failed::usage(
                "optimum finds the strength: leave out mu, rho and kappa",
            ));
        }
        let mut pairs = options.link_pairs(&[]).map_err(Failed::usage)?;
        let (Some(pair), true) = (pairs.pop(), pairs.is_empty()) else {
            return Err(Failed::usage(
                "optimum takes one link pair: give one --link, or one --teacher and --student",
            ));
        };
        let folder = self.output.folder()?;
        let sample = options.problem(&pair, Some(0.5)).map_err(Failed::usage)?;
        if sample.dynamics == Dynamics::Map {
            return Err(Failed::usage(
                "optimum is of the flow: leave out dynamics map",
            ));
        }
        if !sample.adapter.is_lora() {
            return Err(Failed::usage(
                "optimum needs a LoRA adapter (spherical or free)",
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
                    ..problem.into_setup()
                }),
            }
        };
        let averages = PairAverages::new(&pair.teacher, &pair.student);
        let found = find_optimum(&family, &averages, self.goal, cost.as_ref());
        let optimum = found.map_err(|error| match error {
            FlowError::Problem(_) => Failed::usage(error),
            _ => Failed::failure(error),
        })?;
        let found = Found {
            parameters: self.parameters(&options)?,
            optimum: optimum.ok_or_else(|| {
                Failed::failure(
                    "at no strength in [0, 1) do pre-training and fine-tuning come to their end",
                )
            })?,
            options,
            pair,
            goal: self.goal,
            factor,
        };
        let mut report = report(&found);
        if let Some(folder) = folder {
            let files = self.save(&folder, &found, &report)?;
            report.summary.push_str(&written(&files));
        }
        report.print(self.output.format)
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
        let link = Link::parse(text).map_err(Failed::usage)?;
        PreTrainingCost::new(&link, self.pretrain_adapter, problem.scaling.dim)
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
        Ok(Value::Object(all))
    }

    fn save(&self, folder: &Path, found: &Found, report: &Report) -> Result<Vec<PathBuf>, Failed> {
        let figure = figure(found);
        let mut files = vec![
            write(folder, "optimum.csv", &report.table.to_csv()?)?,
            write(folder, "optimum.json", json_text(&report.json)?.as_bytes())?,
        ];
        if self.output.format == Format::Npz {
            files.push(write(folder, "optimum.npz", &report.table.to_npz()?)?);
        }
        files.push(write(folder, "optimum.svg", figure.to_svg()?.as_bytes())?);
        files.push(write(folder, "optimum.png", &figure.to_png()?)?);
        Ok(files)
    }
}

fn report(found: &Found) -> Report {
    let (optimum, factor) = (&found.optimum, found.factor);
    let scaled = |t: Option<f64>| t.map(|t| t * factor);
    let gain = |other: Option<f64>| other.map(|other| other / optimum.value);
    let mut json = provenance("optimum", &found.parameters);
    if let Some(map) = json.as_object_mut() {
        let (mus, times): (Vec<f64>, Vec<Option<f64>>) = optimum
            .curve
            .iter()
            .map(|(mu, t)| (*mu, scaled(*t)))
            .unzip();
        map.insert("goal".into(), json!(found.goal));
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
        map.insert("curve".into(), json!({ "mu": mus, "value": times }));
    }
    let rows = optimum.curve.len();
    let made = provenance("optimum", &found.parameters);
    let command = made["command"].as_str().unwrap_or_default().to_owned();
    let table = Table::new(made)
        .numbers(
            "mu",
            optimum.curve.iter().map(|(mu, _)| Some(*mu)).collect(),
        )
        .numbers(
            "value",
            optimum.curve.iter().map(|(_, t)| scaled(*t)).collect(),
        )
        .text("version", vec![env!("CARGO_PKG_VERSION").to_owned(); rows])
        .text("command", vec![command; rows]);
    Report {
        summary: summary(found),
        json,
        table,
    }
}

fn goal_in_words(goal: OptimumGoal) -> &'static str {
    match goal {
        OptimumGoal::Exit => "time to the exit",
        OptimumGoal::Learn => "time to learn",
    }
}

fn summary(found: &Found) -> String {
    let (optimum, factor) = (&found.optimum, found.factor);
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
        found.pair.label(),
        goal_in_words(found.goal),
        plain_unit(&found.options),
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

fn figure(found: &Found) -> Figure {
    let points: Vec<(f64, Option<f64>)> = found
        .optimum
        .curve
        .iter()
        .map(|(mu, t)| (*mu, t.map(|t| t * found.factor)))
        .collect();
    let scale = suggested_scale(points.iter().filter_map(|p| p.1));
    let what = goal_in_words(found.goal);
    let panel = Panel::new(
        format!("{}: {what}", found.pair.label()),
        Axis {
            label: "pre-training strength μ".to_owned(),
            scale: Scale::Linear,
            range: None,
        },
        Axis {
            label: format!("{what} [{}]", unit(&found.options)),
            scale,
            range: None,
        },
    )
    .with_curve(Curve::new("", points, CurveStyle::Line).with_colour(0))
    .with_mark(Mark::Vertical {
        at: found.optimum.mu,
        label: format!("best μ = {:.4}", found.optimum.mu),
        colour: Some(1),
    });
    Figure::new(vec![panel], 1).with_provenance(format!(
        "{}, lorode {}",
        command_line("optimum", &found.parameters),
        env!("CARGO_PKG_VERSION")
    ))
}
