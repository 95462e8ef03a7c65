//! `lorode solve`: one problem, its overlaps in time, its exit and its outcome.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use serde_json::{Value, json};

use super::emit::{Failed, Report, held, json_text, message, provenance, significant, stem, write};
use super::options::{OutputOptions, SolverOptions};
use super::problem_file::{ProblemArguments, object, one_problem};
use super::progress::Progress;
use super::search::{IMPRECISE, few_digits};
use super::{front, solve_figure};
use crate::model::Model;
use crate::output::Table;
use crate::problem::{Problem, ProblemOptions};
use crate::search::{CriticalStrength, SearchPhase, critical_strengths};
use crate::sweep::time_factor;
use crate::trajectory::{FlowError, Outcome, Run, Trajectory, partial, solve, trace};
use crate::watch::Watch;

/// Digits of times on the screen: as many as hold at the default tolerances.
const EXIT_DIGITS: usize = 9;
const END_DIGITS: usize = 8;

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
    pub(super) pair: Model,
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
        let (pair, problem) = one_problem(&options, "solve")?;
        let begun = Arc::new(Begun {
            time_factor: time_factor(&options, &problem).map_err(Failed::usage)?,
            parameters: self.parameters(&options)?,
            options,
            pair,
            problem,
            folder,
            trajectory: OnceLock::new(),
        });
        let keeper = Arc::clone(&begun);
        front::keep(move || keeper.interrupted());
        let progress = Progress::new();
        progress.begin("trajectories", 0);
        let solved = self.solve(&begun, &progress);
        progress.end();
        if progress.cancelled() {
            return begun.interrupted();
        }
        let solved = solved?;
        let mut report = report(&solved);
        if let Some(folder) = &begun.folder {
            let figure = solve_figure::figure(&solved);
            report.save(folder, "solve", self.output.format, &figure, &[])?;
        }
        // Wall time is for the reader, not for files that must not change from run to run.
        report.json["solver"]["seconds"] = json!(solved.seconds);
        report.print(self.output.format)?;
        let relative = solved.phase.map_or(0.0, |phase| phase.relative_error());
        if relative > IMPRECISE {
            let said = few_digits(relative);
            message(&format!("lorode: warning: {}: {said}", solved.pair.label()));
        }
        Ok(())
    }

    fn solve(&self, begun: &Begun, progress: &Progress) -> Result<Solved, Failed> {
        let problem = &begun.problem;
        let tolerances = self.solver.tolerances()?;
        let phase = SearchPhase::estimated(problem);
        let phase = phase.map(SearchPhase::checked).transpose();
        let phase = phase.map_err(Failed::failure)?;
        let clock = Instant::now();
        let run = solve(problem, &tolerances).map_err(|error| begun.failed(&error))?;
        let seconds = clock.elapsed().as_secs_f64();
        let trajectory = trace(problem, &tolerances, &run, self.points as usize)
            .map_err(|error| begun.failed(&error))?;
        let _once = begun.trajectory.set(trajectory.clone());
        progress.advance(1);
        let lora = problem.adapter().is_lora() && problem.pretraining().orthogonal() == 0.0;
        let critical = if lora {
            critical_strengths(problem.model(), (0.0, 1.0), problem.weight_decay())
        } else {
            Vec::new()
        };
        Ok(Solved {
            phase,
            options: begun.options.clone(),
            pair: begun.pair.clone(),
            problem: problem.clone(),
            run,
            trajectory,
            critical,
            parameters: begun.parameters.clone(),
            time_factor: begun.time_factor,
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
}

/// A problem that is being solved.
struct Begun {
    options: ProblemOptions,
    pair: Model,
    problem: Problem,
    parameters: Value,
    time_factor: f64,
    folder: Option<PathBuf>,
    /// Where it is finished or was broken off, the overlaps so far.
    trajectory: OnceLock<Trajectory>,
}

impl Begun {
    /// A failed integration says where it stood, and keeps the run so far.
    fn failed(&self, error: &FlowError) -> Failed {
        let why = match error {
            FlowError::Integration(inner) => format!(
                "{error}; the state there was {:?} after {} steps",
                inner.partial.last, inner.partial.work.steps
            ),
            _ => error.to_string(),
        };
        let so_far = partial(&self.problem, error);
        let _once = self.trajectory.set(so_far);
        // One that was interrupted is kept by who waits for it.
        match front::cancel().is_set() {
            true => Failed::Failure(why),
            false => self.keep(&why),
        }
    }

    fn interrupted(&self) -> Result<(), Failed> {
        Err(self.keep("interrupted"))
    }

    /// Writes the run so far, when there is a folder, and says so.
    fn keep(&self, why: &str) -> Failed {
        let so_far = self.trajectory.get().filter(|run| !run.t.is_empty());
        let (Some(run), Some(folder)) = (so_far, &self.folder) else {
            return Failed::failure(why);
        };
        let written = self.save(run, folder, why);
        Failed::Failure(match written {
            Ok(()) => format!(
                "{why}; the run so far is in '{}'",
                folder.join(stem("solve", true) + ".*").display()
            ),
            Err(error) => format!("{why}; the run so far is lost: {error}"),
        })
    }

    fn save(&self, run: &Trajectory, folder: &Path, why: &str) -> Result<(), Failed> {
        let mut json = provenance("solve", &self.parameters);
        json["trajectory"] = in_json(run, self.time_factor);
        let metadata = provenance("solve", &self.parameters);
        let mut report = Report {
            summary: String::new(),
            json,
            table: table(&self.pair, run, self.time_factor, metadata),
        };
        report.mark_partial(why);
        let write = |ending: &str, bytes: &[u8]| {
            write(folder, &format!("{}{ending}", stem("solve", true)), bytes)
        };
        write(".csv", &report.table.to_csv()?)?;
        write(".json", json_text(&report.json)?.as_bytes())?;
        Ok(())
    }
}

/// A trajectory with times in the unit asked for.
fn in_json(run: &Trajectory, factor: f64) -> Value {
    let mut json = json!(run);
    json["t"] = json!(in_unit(run, factor));
    json
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
        let trajectory = in_json(&solved.trajectory, solved.time_factor);
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

fn table(pair: &Model, run: &Trajectory, factor: f64, metadata: Value) -> Table {
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
        .text("teacher", vec![pair.teacher().name().to_owned(); rows])
        .text("student", vec![pair.student().name().to_owned(); rows])
        .text("version", vec![env!("CARGO_PKG_VERSION").to_owned(); rows])
        .text("command", vec![command; rows])
}

fn summary(solved: &Solved) -> String {
    let run = &solved.run;
    let unit = solve_figure::plain_unit(&solved.options);
    let exit = match run.exit_time {
        Some(t) => significant(t * solved.time_factor, EXIT_DIGITS),
        None => "none".to_owned(),
    };
    let end = run.end * solved.time_factor;
    let outcome = match run.outcome {
        Outcome::Learned => format!("learned at {}", significant(end, END_DIGITS)),
        Outcome::NoiseFloor | Outcome::Trapped => format!(
            "{}: at rest at alignment = {:.6}, m = {:.6}, q = {:.6}",
            run.outcome.word(),
            run.last.alignment,
            run.last.overlaps.m,
            run.last.overlaps.q
        ),
        Outcome::Unfinished => format!("unfinished: t-max reached at {end:.6e}"),
    };
    let mut text = format!(
        "{}\nexit time   {exit}  [{unit}; |alignment| = {}]\noutcome     {outcome}\n\
         loss        {:.9e} (excess {:.3e})\n",
        solved.pair.label(),
        solved.problem.threshold(),
        run.loss,
        run.excess,
    );
    if let Some(phase) = solved.phase {
        let factor = solved.time_factor;
        let tau = phase.tau.map_or("infinite".to_owned(), |t| {
            held(t * factor, 12, phase.tau_error().unwrap_or(0.0) * factor)
        });
        let errors = phase.errors.unwrap_or_default();
        text.push_str(&format!(
            "search      A = {}, B = {}, tau = {tau}\n",
            held(phase.gradient_norm, 10, errors.gradient_norm),
            held(phase.curvature, 10, errors.curvature)
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
