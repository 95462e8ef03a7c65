//! `lorode solve`: one problem, its overlaps in time, its exit and its outcome.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use super::emit::{Failed, Format, Report, json_text, provenance, significant, write};
use super::options::{OutputOptions, SolverOptions};
use super::problem_file::{ProblemArguments, object, one_problem};
use super::search::written;
use super::solve_figure;
use crate::expectation::PairAverages;
use crate::output::Table;
use crate::problem::{LinkPair, Problem, ProblemOptions};
use crate::search::{CriticalStrength, SearchPhase, critical_strengths};
use crate::sweep::time_factor;
use crate::trajectory::{FlowError, Outcome, Run, Trajectory, partial, solve, trace};

/// Times in a trajectory.
const DEFAULT_POINTS: u32 = 400;

/// Solve one problem: overlaps and loss in time, exit, outcome
#[derive(Debug, clap::Args)]
pub(super) struct Solve {
    #[command(flatten)]
    problem: ProblemArguments,
    /// Times in the trajectory, about
    #[arg(long, value_name = "N", default_value_t = DEFAULT_POINTS, help_heading = "Output",
          allow_hyphen_values = true, value_parser = clap::value_parser!(u32).range(4..=1_000_000))]
    points: u32,
    #[command(flatten)]
    solver: SolverOptions,
    #[command(flatten)]
    output: OutputOptions,
}

/// A solved problem with what is drawn and written of it.
pub(super) struct Solved {
    pub(super) options: ProblemOptions,
    pub(super) pair: LinkPair,
    pub(super) problem: Problem,
    pub(super) run: Run,
    pub(super) trajectory: Trajectory,
    pub(super) critical: Vec<CriticalStrength>,
    pub(super) phase: Option<SearchPhase>,
    pub(super) parameters: Value,
    pub(super) time_factor: f64,
    seconds: f64,
}

impl Solve {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let options = self.problem.options()?;
        let folder = self.output.folder()?;
        let solved = self.solve(options, folder.as_deref())?;
        let mut report = report(&solved);
        if let Some(folder) = folder {
            let files = self.save(&folder, &solved, &report)?;
            report.summary.push_str(&written(&files));
        }
        // Wall time is for the reader, not for files that must not change from run to run.
        report.json["solver"]["seconds"] = json!(solved.seconds);
        report.print(self.output.format)
    }

    fn solve(&self, options: ProblemOptions, folder: Option<&Path>) -> Result<Solved, Failed> {
        let (pair, problem) = one_problem(&options, "solve")?;
        let time_factor = time_factor(&options, &problem).map_err(Failed::usage)?;
        let tolerances = self.solver.tolerances()?;
        let averages = PairAverages::new(&pair.teacher, &pair.student);
        let clock = Instant::now();
        let parameters = self.parameters(&options)?;
        let run = match solve(&problem, &averages, &tolerances) {
            Ok(run) => run,
            Err(error) => {
                let so_far = partial(&problem, &averages, &error);
                let table = table(
                    &pair,
                    &so_far,
                    time_factor,
                    provenance("solve", &parameters),
                );
                let folder = folder.filter(|_| !so_far.t.is_empty());
                return Err(keep(&error, folder, &table)?);
            }
        };
        let seconds = clock.elapsed().as_secs_f64();
        let trajectory = trace(&problem, &averages, &tolerances, &run, self.points as usize)
            .map_err(|e| explain(&e))?;
        let lora = problem.adapter.is_lora() && problem.pretraining.orthogonal() == 0.0;
        let critical = if lora {
            let best = averages.best().loss;
            critical_strengths(
                &*averages.flow,
                (0.0, 1.0),
                best,
                averages.target_power,
                problem.weight_decay,
            )
        } else {
            Vec::new()
        };
        Ok(Solved {
            phase: SearchPhase::of(&problem, &*averages.exact),
            options,
            pair,
            problem,
            run,
            trajectory,
            critical,
            parameters,
            time_factor,
            seconds,
        })
    }

    /// How the result was made: problem, precision, number of points.
    fn parameters(&self, options: &ProblemOptions) -> Result<Value, Failed> {
        let mut all = object(options)?;
        if self.points != DEFAULT_POINTS {
            all.insert("points".into(), json!(self.points));
        }
        all.extend(self.solver.parameters());
        Ok(Value::Object(all))
    }

    fn save(
        &self,
        folder: &Path,
        solved: &Solved,
        report: &Report,
    ) -> Result<Vec<PathBuf>, Failed> {
        let figure = solve_figure::figure(solved);
        let mut files = vec![
            write(folder, "solve.csv", &report.table.to_csv()?)?,
            write(folder, "solve.json", json_text(&report.json)?.as_bytes())?,
        ];
        if self.output.format == Format::Npz {
            files.push(write(folder, "solve.npz", &report.table.to_npz()?)?);
        }
        files.push(write(folder, "solve.svg", figure.to_svg()?.as_bytes())?);
        files.push(write(folder, "solve.png", &figure.to_png()?)?);
        Ok(files)
    }
}

/// A failed integration says where it stood.
fn explain(error: &FlowError) -> Failed {
    match error {
        FlowError::Integration(inner) => Failed::Failure(format!(
            "{error}; the state there was {:?} after {} steps",
            inner.partial.last, inner.partial.work.steps
        )),
        _ => Failed::failure(error),
    }
}

/// Writes the run so far, when there is a folder, and says so.
fn keep(error: &FlowError, folder: Option<&Path>, table: &Table) -> Result<Failed, Failed> {
    let failed = explain(error);
    let Some(folder) = folder else {
        return Ok(failed);
    };
    let path = write(folder, "solve.csv", &table.to_csv()?)?;
    Ok(Failed::Failure(format!(
        "{failed}; the run so far is in {}",
        path.display()
    )))
}

/// Times in the unit asked for.
fn in_unit(trajectory: &Trajectory, factor: f64) -> Vec<f64> {
    trajectory.t.iter().map(|t| t * factor).collect()
}

fn report(solved: &Solved) -> Report {
    let mut json = provenance("solve", &solved.parameters);
    let run = &solved.run;
    let scaled = |t: f64| t * solved.time_factor;
    if let Some(map) = json.as_object_mut() {
        let mut trajectory = json!(solved.trajectory);
        trajectory["t"] = json!(in_unit(&solved.trajectory, solved.time_factor));
        map.insert("exit_time".into(), json!(run.exit_time.map(scaled)));
        map.insert("outcome".into(), json!(run.outcome));
        map.insert("end_time".into(), json!(scaled(run.end)));
        map.insert("final_loss".into(), json!(run.loss));
        map.insert("excess_loss".into(), json!(run.excess));
        map.insert(
            "tau".into(),
            json!(solved.phase.and_then(|p| p.tau).map(scaled)),
        );
        map.insert("critical_strengths".into(), json!(solved.critical));
        map.insert("trajectory".into(), trajectory);
        map.insert("solver".into(), json!(run.solver));
    }
    let metadata = provenance("solve", &solved.parameters);
    Report {
        summary: summary(solved),
        json,
        table: table(
            &solved.pair,
            &solved.trajectory,
            solved.time_factor,
            metadata,
        ),
    }
}

fn table(pair: &LinkPair, run: &Trajectory, factor: f64, metadata: Value) -> Table {
    let all = |values: &[f64]| values.iter().copied().map(Some).collect::<Vec<_>>();
    let command = metadata["command"].as_str().unwrap_or_default().to_owned();
    let rows = run.t.len();
    Table::new(metadata)
        .numbers("t", all(&in_unit(run, factor)))
        .numbers("u", run.u.clone())
        .numbers("alignment", all(&run.alignment))
        .numbers("s", run.s.clone())
        .numbers("m", all(&run.m))
        .numbers("q", all(&run.q))
        .numbers("loss", all(&run.loss))
        .text("teacher", vec![pair.teacher.name().to_owned(); rows])
        .text("student", vec![pair.student.name().to_owned(); rows])
        .text("version", vec![env!("CARGO_PKG_VERSION").to_owned(); rows])
        .text("command", vec![command; rows])
}

fn summary(solved: &Solved) -> String {
    let run = &solved.run;
    let unit = solve_figure::plain_unit(&solved.options);
    let exit = match run.exit_time {
        Some(t) => significant(t * solved.time_factor, 12),
        None => "none".to_owned(),
    };
    let end = run.end * solved.time_factor;
    let outcome = match run.outcome {
        Outcome::Learned => format!("learned at {end:.6e}"),
        Outcome::Trapped => {
            let kind = if solved.problem.scaling.nu > 0.0 && run.exit_time.is_some() {
                "noise floor"
            } else {
                "fixed point"
            };
            format!(
                "trapped: {kind} at alignment = {:.6}, m = {:.6}, q = {:.6}",
                run.last.alignment, run.last.overlaps.m, run.last.overlaps.q
            )
        }
        Outcome::Unfinished => format!("unfinished: t-max reached at {end:.6e}"),
    };
    let mut text = format!(
        "{}\nexit time   {exit}  [{unit}; |alignment| = {}]\noutcome     {outcome}\n\
         loss        {:.9e} (excess {:.3e})\n",
        solved.pair.label(),
        solved.problem.threshold,
        run.loss,
        run.excess,
    );
    if let Some(phase) = solved.phase {
        let tau = phase.tau.map_or("infinite".to_owned(), |t| {
            significant(t * solved.time_factor, 12)
        });
        text.push_str(&format!(
            "search      A = {}, B = {}, tau = {tau}\n",
            significant(phase.gradient_norm, 10),
            significant(phase.curvature, 10)
        ));
    }
    text.push_str(&format!(
        "solver      {}, {} steps, {} right-hand sides, {:.3} ms\n",
        run.solver.method,
        run.solver.work.steps,
        run.solver.work.rhs_evaluations,
        1e3 * solved.seconds
    ));
    text
}
