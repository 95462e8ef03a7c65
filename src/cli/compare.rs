//! `lorode compare`: does SGD follow the theory? Trajectories at one strength, exit times at many.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use serde_json::{Map, Value, json};

use super::emit::{Failed, Format, Report, json_text, message, write};
use super::options::OutputOptions;
use super::problem_file::{ProblemArguments, object, one_problem};
use super::search::written;
use super::simulation_options::SimulationOptions;
use super::{compare_figure, compare_report, interrupt};
use crate::comparison::{
    Compared, ComparisonError, ExitCurve, FEWEST_SEEDS, Starts, compare_exits, compare_paths,
};
use crate::expectation::PairAverages;
use crate::integrator::Tolerances;
use crate::output::Figure;
use crate::problem::{Grid, LinkPair, Problem, ProblemOptions};
use crate::simulation::{Simulation, Until, Watch};
use crate::sweep::time_factor;
use crate::trajectory::{Outcome, solve};

/// Steps beyond the end of the theory's run, against its length.
const BEYOND_END: f64 = 1.3;
/// Most steps that are simulated without being asked for.
const MOST_STEPS: f64 = 1e7;

/// Hold simulated SGD against the closed ODEs: trajectories, or exit times over a grid of mu
#[derive(Debug, clap::Args)]
pub(super) struct Compare {
    #[command(flatten)]
    problem: ProblemArguments,
    #[command(flatten)]
    simulation: SimulationOptions,
    /// Start both at the same alignment, or SGD at random and average the theory over its starts
    #[arg(long, value_enum, default_value_t, help_heading = "Simulation")]
    starts: Starts,
    #[command(flatten)]
    output: OutputOptions,
}

/// One problem, solved and simulated.
pub(super) struct Paths {
    pub(super) options: ProblemOptions,
    pub(super) pair: LinkPair,
    pub(super) problem: Problem,
    pub(super) compared: Compared,
    pub(super) starts: Starts,
    pub(super) parameters: Value,
    pub(super) time_factor: f64,
    pub(super) loss_by: String,
}

/// Exit times of several link pairs at several strengths.
pub(super) struct Exits {
    pub(super) options: ProblemOptions,
    pub(super) curves: Vec<ExitCurve>,
    pub(super) starts: Starts,
    pub(super) parameters: Value,
    pub(super) threshold: f64,
}

impl Compare {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let options = self.problem.of_sgd("compare")?;
        let seeds = self.simulation.seeds.numbers().len();
        if seeds < FEWEST_SEEDS {
            return Err(Failed::Usage(format!(
                "{seeds} seeds cannot tell chance from a wrong theory: give at least {FEWEST_SEEDS}"
            )));
        }
        let many = options.mu.as_ref().filter(|grid| grid.single().is_none());
        let folder = self.output.folder()?;
        let (mut report, figure) = match many.cloned() {
            None => self.paths(options)?,
            Some(grid) => self.exits(options, &grid)?,
        };
        if let Some(folder) = &folder {
            let files = self.save(folder, &report, &figure)?;
            report.summary.push_str(&written(&files));
        }
        report.print(self.output.format)?;
        if interrupt::flag().load(Ordering::Relaxed) {
            return Err(Failed::failure("interrupted; what was finished is kept"));
        }
        Ok(())
    }

    /// Trajectories of one problem.
    fn paths(&self, options: ProblemOptions) -> Result<(Report, Figure), Failed> {
        let (pair, problem) = one_problem(&options, "compare")?;
        let time_factor = time_factor(&options, &problem).map_err(Failed::usage)?;
        let averages = PairAverages::new(&pair.teacher, &pair.student);
        let parameters = self.parameters(&options)?;
        // Refused before the theory is integrated for its length.
        let trial = self
            .simulation
            .settings(self.simulation.steps.unwrap_or(1), Until::Steps);
        Simulation::new(problem.clone(), trial).map_err(Failed::usage)?;
        let steps = match self.simulation.steps {
            Some(steps) => steps,
            None => steps_of_theory(&problem, &averages)?,
        };
        let settings = self.simulation.settings(steps, Until::Steps);
        let seeds = settings.seeds.numbers().len() as u64;
        let bar = interrupt::progress(seeds.saturating_mul(steps), "steps");
        let watch = Watch {
            interrupted: interrupt::flag(),
            advanced: &|steps| bar.inc(steps),
            keep: None,
        };
        let exact_loss = self.simulation.exact_loss;
        let compared = compare_paths(
            &problem,
            &averages,
            settings,
            self.starts,
            exact_loss,
            &watch,
        );
        bar.finish_and_clear();
        let paths = Paths {
            options,
            pair,
            problem,
            compared: compared.map_err(failed)?,
            starts: self.starts,
            parameters,
            time_factor,
            loss_by: self.simulation.loss_by(),
        };
        diverged(&paths.compared);
        Ok((compare_report::paths(&paths), compare_figure::paths(&paths)))
    }

    /// Exit times at many strengths.
    fn exits(&self, options: ProblemOptions, grid: &Grid) -> Result<(Report, Figure), Failed> {
        if self.simulation.exact_loss {
            return Err(Failed::usage(
                "exact-loss has no meaning over a grid of mu, where exit times are compared",
            ));
        }
        let pairs = options.link_pairs(&[]).map_err(Failed::usage)?;
        if pairs.is_empty() {
            return Err(Failed::usage("link is needed, as in --link erf"));
        }
        let parameters = self.parameters(&options)?;
        let settings = self
            .simulation
            .settings(self.simulation.steps.unwrap_or(1), Until::Exit);
        let mut prepared = Vec::new();
        for pair in pairs {
            let problems = grid
                .values()
                .iter()
                .map(|mu| {
                    let problem = options.problem(&pair, Some(*mu)).map_err(Failed::usage)?;
                    Simulation::new(problem.clone(), settings.clone()).map_err(Failed::usage)?;
                    Ok((*mu, problem))
                })
                .collect::<Result<Vec<_>, Failed>>()?;
            prepared.push((pair, problems));
        }
        let first = &prepared[0].1[0].1;
        let threshold = first.threshold;
        let length = prepared.len() * grid.values().len();
        let bar = interrupt::progress(length as u64, "points");
        let watch = Watch {
            interrupted: interrupt::flag(),
            advanced: &|_| {},
            keep: None,
        };
        let mut curves = Vec::new();
        for (pair, problems) in &prepared {
            let tick = || bar.inc(1);
            let steps = self.simulation.steps;
            let curve = compare_exits(pair, problems, &settings, steps, self.starts, &watch, &tick);
            let curve = curve.map_err(failed)?;
            for p in &curve.points {
                if p.diverged > 0 {
                    message(&format!(
                        "lorode: {}, mu = {}: {} of {} seeds diverged and are left out",
                        curve.student, p.mu, p.diverged, p.seeds
                    ));
                }
                if let Some(failure) = &p.failure {
                    message(&format!(
                        "lorode: {}, mu = {}: {failure}",
                        curve.student, p.mu
                    ));
                }
            }
            // Each student has its own factor with --hermite-time.
            let factor = time_factor(&options, &problems[0].1).map_err(Failed::usage)?;
            curves.push(curve.scaled(factor));
        }
        bar.finish_and_clear();
        let exits = Exits {
            options,
            curves,
            starts: self.starts,
            parameters,
            threshold,
        };
        Ok((compare_report::exits(&exits), compare_figure::exits(&exits)))
    }

    fn parameters(&self, options: &ProblemOptions) -> Result<Value, Failed> {
        let mut all: Map<String, Value> = object(options)?;
        all.extend(self.simulation.parameters());
        if self.starts != Starts::default() {
            all.insert("starts".into(), json!(self.starts));
        }
        Ok(Value::Object(all))
    }

    fn save(
        &self,
        folder: &Path,
        report: &Report,
        figure: &Figure,
    ) -> Result<Vec<PathBuf>, Failed> {
        let mut files = vec![
            write(folder, "compare.csv", &report.table.to_csv()?)?,
            write(folder, "compare.json", json_text(&report.json)?.as_bytes())?,
        ];
        if self.output.format == Format::Npz {
            files.push(write(folder, "compare.npz", &report.table.to_npz()?)?);
        }
        files.push(write(folder, "compare.svg", figure.to_svg()?.as_bytes())?);
        files.push(write(folder, "compare.png", &figure.to_png()?)?);
        Ok(files)
    }
}

/// Steps in which the theory comes to its end, and some more.
fn steps_of_theory(problem: &Problem, averages: &PairAverages) -> Result<u64, Failed> {
    let run = solve(problem, averages, &Tolerances::default()).map_err(Failed::failure)?;
    let step_size = problem.scaling.step.unwrap_or(1.0);
    let steps = (BEYOND_END * run.settled / step_size).ceil();
    if run.outcome == Outcome::Unfinished || steps > MOST_STEPS {
        return Err(Failed::Usage(format!(
            "the theory takes {steps:.3e} steps to its end: say how many to simulate with --steps"
        )));
    }
    Ok(steps.max(1.0) as u64)
}

fn failed(error: ComparisonError) -> Failed {
    match error {
        ComparisonError::Simulation(_)
        | ComparisonError::Problem(_)
        | ComparisonError::TooLong { .. } => Failed::usage(error),
        _ => Failed::failure(error),
    }
}

/// Says which seeds were left out.
fn diverged(compared: &Compared) {
    let out = compared.ensemble.runs.len() - compared.seeds;
    if out > 0 {
        message(&format!(
            "lorode: {out} of {} seeds diverged or were not finished; the averages leave them out",
            compared.ensemble.runs.len()
        ));
    }
}
