//! `lorode compare`: does SGD follow the theory? Trajectories at one strength, exit times at many.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::emit::{Failed, Format, Report, interrupted, kept, list, message, require_rows};
use super::options::{OutputOptions, PrecisionOptions};
use super::problem_file::{ProblemArguments, object, one_problem};
use super::progress::Progress;
use super::simulation_options::SimulationOptions;
use super::{compare_figure, compare_report, front};
use crate::comparison::{
    Compared, ComparisonError, ExitCurve, ExitPoint, FEWEST_SEEDS, Starts, compare_ensemble,
    compare_exits, simulation_for_paths,
};
use crate::integrator::Tolerances;
use crate::model::Model;
use crate::output::Figure;
use crate::problem::{Grid, Problem, ProblemOptions};
use crate::simulation::{Seeded, Simulation, Until};
use crate::sweep::time_factor;
use crate::trajectory::{Outcome, solve};
use crate::watch::{Finished, Watch};

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
    precision: PrecisionOptions,
    #[command(flatten)]
    output: OutputOptions,
}

/// One problem, solved and simulated.
pub(super) struct Paths {
    pub(super) options: ProblemOptions,
    pub(super) pair: Model,
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
        self.precision.checked()?;
        let seeds = self.simulation.seeds.numbers().len();
        if seeds < FEWEST_SEEDS {
            return Err(Failed::Usage(format!(
                "{seeds} seeds cannot tell chance from a wrong theory: give at least {FEWEST_SEEDS}"
            )));
        }
        let many = options.mu.as_ref().filter(|grid| grid.single().is_none());
        let target = Target {
            folder: self.output.folder()?,
            format: self.output.format,
        };
        match many.cloned() {
            None => self.paths(options, target),
            Some(grid) => self.exits(options, &grid, target),
        }
    }

    /// Trajectories of one problem.
    fn paths(&self, options: ProblemOptions, target: Target) -> Result<(), Failed> {
        let (pair, problem) = one_problem(&options, "compare")?;
        let time_factor = time_factor(&options, &problem).map_err(Failed::usage)?;
        let parameters = self.parameters(&options)?;
        // Refused before the theory is integrated for its length.
        let trial = self
            .simulation
            .settings(self.simulation.steps.unwrap_or(1), Until::Steps);
        Simulation::new(problem.clone(), trial).map_err(Failed::usage)?;
        let steps = match self.simulation.steps {
            Some(steps) => steps,
            None => steps_of_theory(&problem, self.rtol()?)?,
        };
        let settings = self.simulation.settings(steps, Until::Steps);
        let simulation = simulation_for_paths(&problem, settings, self.starts).map_err(failed)?;
        let ended = Arc::new(EndedPaths {
            target,
            options,
            pair,
            problem,
            seeds: simulation.seeds(None).map_err(Failed::usage)?,
            simulation,
            starts: self.starts,
            exact_loss: self.simulation.exact_loss,
            rtol: self.rtol()?,
            parameters,
            time_factor,
            loss_by: self.simulation.loss_by(),
        });
        let keeper = Arc::clone(&ended);
        front::keep(move || keeper.deliver());
        let progress = Progress::new();
        let walked = ended.simulation.walk_all(&ended.seeds, &progress, None);
        progress.end();
        walked.map_err(Failed::usage)?;
        ended.deliver()
    }

    /// Exit times at many strengths.
    fn exits(&self, options: ProblemOptions, grid: &Grid, target: Target) -> Result<(), Failed> {
        if self.simulation.exact_loss {
            return Err(Failed::usage(
                "exact-loss has no meaning over a grid of mu, where exit times are compared",
            ));
        }
        let pairs = options.models(&[]).map_err(Failed::usage)?;
        if pairs.is_empty() {
            return Err(Failed::usage("link is needed, as in --link erf"));
        }
        let parameters = self.parameters(&options)?;
        require_rows(pairs.len() * grid.values().len(), "compare", &parameters)?;
        let settings = self
            .simulation
            .settings(self.simulation.steps.unwrap_or(1), Until::Exit);
        let mut prepared = Vec::new();
        for pair in pairs {
            let posed = |mu: &f64| {
                let problem = options.problem(&pair, Some(*mu)).map_err(Failed::usage)?;
                Simulation::new(problem.clone(), settings.clone()).map_err(Failed::usage)?;
                Ok((*mu, problem))
            };
            let problems = grid.values().iter().map(posed);
            let problems = problems.collect::<Result<Vec<_>, Failed>>()?;
            prepared.push(PreparedExits {
                // Each student has its own factor with --hermite-time.
                factor: time_factor(&options, &problems[0].1).map_err(Failed::usage)?,
                points: Finished::new(problems.len()),
                problems,
                pair,
            });
        }
        let ended = Arc::new(EndedExits {
            target,
            threshold: prepared[0].problems[0].1.threshold(),
            prepared,
            options,
            starts: self.starts,
            parameters,
        });
        let keeper = Arc::clone(&ended);
        front::keep(move || keeper.deliver());
        let progress = Progress::new();
        progress.begin("points", ended.all() as u64);
        let asked = (self.simulation.steps, self.starts, self.rtol()?);
        for PreparedExits {
            problems, points, ..
        } in &ended.prepared
        {
            let compared = compare_exits(problems, &settings, asked, &progress, points);
            compared.map_err(failed)?;
        }
        progress.end();
        ended.deliver()
    }

    fn rtol(&self) -> Result<f64, Failed> {
        let asked = self.precision.checked()?;
        Ok(asked.unwrap_or(Tolerances::default().rtol))
    }

    fn parameters(&self, options: &ProblemOptions) -> Result<Value, Failed> {
        let mut all: Map<String, Value> = object(options)?;
        all.extend(self.simulation.parameters());
        all.extend(self.precision.parameters());
        if self.starts != Starts::default() {
            all.insert("starts".into(), json!(self.starts));
        }
        Ok(Value::Object(all))
    }
}

/// Where the result goes.
struct Target {
    folder: Option<PathBuf>,
    format: Format,
}

impl Target {
    /// Writes and prints a result, or the part of it that `why` says.
    fn deliver(
        &self,
        mut report: Report,
        figure: &Figure,
        why: Option<String>,
    ) -> Result<(), Failed> {
        if let Some(why) = &why {
            report.mark_partial(why);
        }
        if let Some(folder) = &self.folder {
            report.save(folder, "compare", self.format, Some(figure), &[])?;
        }
        let printed = report.print(self.format);
        match why {
            Some(why) => Err(kept(&why, self.folder.as_deref(), "compare")),
            None => printed,
        }
    }
}

/// One problem whose seeds have come to their ends, or as far as they came.
struct EndedPaths {
    target: Target,
    options: ProblemOptions,
    pair: Model,
    problem: Problem,
    simulation: Simulation,
    seeds: Seeded,
    starts: Starts,
    exact_loss: bool,
    rtol: f64,
    parameters: Value,
    time_factor: f64,
    loss_by: String,
}

impl EndedPaths {
    /// Compares the seeds that are finished with the theory.
    fn deliver(&self) -> Result<(), Failed> {
        let ensemble = self.simulation.ensemble(&self.seeds);
        let (done, all) = (
            ensemble.runs.len(),
            self.simulation.settings().seeds.numbers().len(),
        );
        let why = (!ensemble.is_finished).then(|| interrupted(done, all, "seeds"));
        if let Some(why) = why.as_ref().filter(|_| done < FEWEST_SEEDS) {
            return Err(Failed::Failure(format!("{why}, too few to compare")));
        }
        let simulated = (&self.simulation, ensemble);
        let compared = compare_ensemble(
            &self.problem,
            simulated,
            (self.starts, self.rtol),
            self.exact_loss,
        );
        let paths = Paths {
            options: self.options.clone(),
            pair: self.pair.clone(),
            problem: self.problem.clone(),
            compared: compared.map_err(failed)?,
            starts: self.starts,
            parameters: self.parameters.clone(),
            time_factor: self.time_factor,
            loss_by: self.loss_by.clone(),
        };
        diverged(&paths.compared);
        let (report, figure) = (compare_report::paths(&paths), compare_figure::paths(&paths));
        self.target.deliver(report, &figure, why)
    }
}

/// The problems of one link pair and what is found of them.
struct PreparedExits {
    pair: Model,
    problems: Vec<(f64, Problem)>,
    factor: f64,
    points: Finished<ExitPoint>,
}

/// Exit times that are all there, or as far as they came.
struct EndedExits {
    target: Target,
    prepared: Vec<PreparedExits>,
    options: ProblemOptions,
    starts: Starts,
    parameters: Value,
    threshold: f64,
}

impl EndedExits {
    /// Points there will be.
    fn all(&self) -> usize {
        self.prepared.iter().map(|p| p.points.len()).sum()
    }

    /// Writes and prints the strengths that are finished.
    fn deliver(&self) -> Result<(), Failed> {
        let all = self.all();
        let curves: Vec<ExitCurve> = self
            .prepared
            .iter()
            .filter_map(PreparedExits::curve)
            .collect();
        let done: usize = curves.iter().map(|c| c.points.len()).sum();
        let why = (done < all).then(|| interrupted(done, all, "points"));
        if let (Some(why), 0) = (&why, done) {
            return Err(Failed::Failure(why.clone()));
        }
        list(&curves.iter().flat_map(left_out).collect::<Vec<_>>());
        let exits = Exits {
            options: self.options.clone(),
            curves,
            starts: self.starts,
            parameters: self.parameters.clone(),
            threshold: self.threshold,
        };
        let (report, figure) = (compare_report::exits(&exits), compare_figure::exits(&exits));
        self.target.deliver(report, &figure, why)
    }
}

impl PreparedExits {
    /// The points that are finished, times in the unit asked for.
    fn curve(&self) -> Option<ExitCurve> {
        let points: Vec<ExitPoint> = (0..self.points.len())
            .filter_map(|i| self.points.get(i).cloned())
            .collect();
        let curve = ExitCurve {
            teacher: self.pair.teacher().name().to_owned(),
            student: self.pair.student().name().to_owned(),
            points,
        };
        (!curve.points.is_empty()).then(|| curve.scaled(self.factor))
    }
}

/// What is missing of a curve, and why.
fn left_out(curve: &ExitCurve) -> Vec<String> {
    let at = |p: &ExitPoint| format!("{}, mu = {}", curve.student, crate::numeral::plain(p.mu));
    let diverged = curve.points.iter().filter(|p| p.diverged > 0).map(|p| {
        let (out, all) = (p.diverged, p.seeds);
        format!("{}: {out} of {all} seeds diverged and are left out", at(p))
    });
    let failed = curve.points.iter().filter_map(|p| {
        let failure = p.failure.as_ref()?;
        Some(format!("{}: {failure}", at(p)))
    });
    diverged.chain(failed).collect()
}

/// Steps in which the theory comes to its end, and some more.
fn steps_of_theory(problem: &Problem, rtol: f64) -> Result<u64, Failed> {
    let tolerances = Tolerances {
        rtol,
        cancel: front::cancel(),
        ..Tolerances::default()
    };
    let run = solve(problem, &tolerances).map_err(Failed::failure)?;
    let step_size = problem.scaling().step.unwrap_or(1.0);
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
