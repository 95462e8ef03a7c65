//! `lorode simulate`: one-pass SGD for many seeds, with averages, quantiles and a figure.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::emit::{Failed, Format, Report, json_text, message, provenance, write};
use super::options::OutputOptions;
use super::problem_file::{ProblemArguments, object, one_problem};
use super::search::written;
use super::simulation_options::SimulationOptions;
use super::{interrupt, simulate_figure, simulate_report};
use crate::comparison::{observed, set_exact_losses};
use crate::expectation::PairAverages;
use crate::output::write_atomically;
use crate::problem::{LinkPair, Problem, ProblemOptions};
use crate::simulation::{Checkpoint, End, Ensemble, Simulation, Until, Watch};
use crate::sweep::time_factor;
use crate::trajectory::Goal;

/// Name of the checkpoint in the output folder.
const CHECKPOINT: &str = "simulate.checkpoint";

/// Simulate one-pass SGD for many seeds: overlaps, loss and exit steps with their spread
#[derive(Debug, clap::Args)]
pub(super) struct Simulate {
    #[command(flatten)]
    problem: ProblemArguments,
    #[command(flatten)]
    simulation: SimulationOptions,
    /// Stop a seed before its last step: when |alignment| reaches the threshold, or when learned
    #[arg(long, value_enum, default_value_t, help_heading = "Simulation")]
    until: Until,
    /// Add the records of every seed to the output
    #[arg(long, help_heading = "Output")]
    per_seed: bool,
    /// Go on from the checkpoint in the output directory
    #[arg(long, help_heading = "Output")]
    resume: bool,
    #[command(flatten)]
    output: OutputOptions,
}

/// A simulated problem with what is drawn and written of it.
pub(super) struct Simulated {
    pub(super) options: ProblemOptions,
    pub(super) pair: LinkPair,
    pub(super) problem: Problem,
    pub(super) ensemble: Ensemble,
    pub(super) parameters: Value,
    pub(super) time_factor: f64,
    pub(super) loss_by: String,
    pub(super) per_seed: bool,
    pub(super) seconds: f64,
}

impl Simulate {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let options = self.problem.of_sgd("simulate")?;
        let (pair, problem) = one_problem(&options, "simulate")?;
        let steps = self
            .simulation
            .steps
            .ok_or_else(|| Failed::usage("steps is needed to simulate SGD, as in --steps 10000"))?;
        let time_factor = time_factor(&options, &problem).map_err(Failed::usage)?;
        let settings = self.simulation.settings(steps, self.until);
        let simulation = Simulation::new(problem.clone(), settings).map_err(Failed::usage)?;
        let folder = self.output.folder()?;
        let parameters = self.parameters(&options)?;
        let averages = PairAverages::new(&pair.teacher, &pair.student);
        let averages = Arc::new(averages);
        let simulation = with_goal(simulation, self.until, &averages);
        let clock = Instant::now();
        let mut ensemble = self.simulate(&simulation, folder.as_deref(), &parameters)?;
        if self.simulation.exact_loss {
            set_exact_losses(&mut ensemble, &averages, &problem);
        }
        let simulated = Simulated {
            options,
            pair,
            problem,
            ensemble,
            parameters,
            time_factor,
            loss_by: self.simulation.loss_by(),
            per_seed: self.per_seed,
            seconds: clock.elapsed().as_secs_f64(),
        };
        let mut report = simulate_report::report(&simulated);
        if let Some(folder) = &folder {
            let files = self.save(folder, &simulated, &report)?;
            report.summary.push_str(&written(&files));
        }
        if self.per_seed {
            // Averages are one line of any data frame away; single seeds are not.
            report.table = simulate_report::seeds_table(&simulated);
        }
        report.print(self.output.format)?;
        self.conclude(&simulated, folder.as_deref())
    }

    /// Runs the ensemble with progress, Ctrl-C and checkpoints.
    fn simulate(
        &self,
        simulation: &Simulation,
        folder: Option<&Path>,
        parameters: &Value,
    ) -> Result<Ensemble, Failed> {
        let made = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "parameters": parameters,
        });
        let path = folder.map(|folder| folder.join(CHECKPOINT));
        let resumed = self.checkpoint(path.as_deref(), &made)?;
        let seeds = simulation.settings().seeds.numbers().len() as u64;
        let length = seeds.saturating_mul(simulation.settings().steps);
        let bar = interrupt::progress(length, "steps");
        let keep = |checkpoint: &Checkpoint| {
            if let Some(path) = &path
                && let Err(error) = store(path, checkpoint, &made)
            {
                message(&format!("lorode: no checkpoint: {error}"));
            }
        };
        let watch = Watch {
            interrupted: interrupt::flag(),
            advanced: &|steps| bar.inc(steps),
            keep: path
                .is_some()
                .then_some(&keep as &(dyn Fn(&Checkpoint) + Sync)),
        };
        let ensemble = simulation.run(&watch, resumed).map_err(Failed::usage)?;
        bar.finish_and_clear();
        if let Some(path) = &path {
            match &ensemble.unfinished {
                Some(unfinished) => store(path, unfinished, &made)?,
                None if path.exists() => std::fs::remove_file(path).map_err(Failed::failure)?,
                None => {}
            }
        }
        Ok(ensemble)
    }

    /// The checkpoint to go on from. Without --resume an old one is set aside, not lost.
    fn checkpoint(&self, path: Option<&Path>, made: &Value) -> Result<Option<Checkpoint>, Failed> {
        let Some(path) = path else {
            return if self.resume {
                Err(Failed::usage(
                    "resume needs the directory of the checkpoint: give it with --out",
                ))
            } else {
                Ok(None)
            };
        };
        if self.resume && !path.exists() {
            message(&format!(
                "lorode: no checkpoint in '{}': starting from step 0",
                path.display()
            ));
            return Ok(None);
        }
        if self.resume {
            return Checkpoint::read(path, made)
                .map(Some)
                .map_err(Failed::usage);
        }
        if path.exists() {
            let aside = path.with_extension("checkpoint.old");
            std::fs::rename(path, &aside).map_err(Failed::failure)?;
            message(&format!(
                "lorode: an unfinished run was here (--resume goes on with it); it is now '{}'",
                aside.display()
            ));
        }
        Ok(None)
    }

    fn parameters(&self, options: &ProblemOptions) -> Result<Value, Failed> {
        let mut all: Map<String, Value> = object(options)?;
        all.extend(self.simulation.parameters());
        if self.until != Until::default() {
            all.insert("until".into(), json!(self.until));
        }
        if self.per_seed {
            all.insert("per-seed".into(), json!(true));
        }
        Ok(Value::Object(all))
    }

    fn save(
        &self,
        folder: &Path,
        simulated: &Simulated,
        report: &Report,
    ) -> Result<Vec<PathBuf>, Failed> {
        let figure = simulate_figure::figure(simulated);
        let mut files = vec![
            write(folder, "simulate.csv", &report.table.to_csv()?)?,
            write(folder, "simulate.json", json_text(&report.json)?.as_bytes())?,
        ];
        let npz = self.output.format == Format::Npz;
        if npz {
            files.push(write(folder, "simulate.npz", &report.table.to_npz()?)?);
        }
        if self.per_seed {
            let seeds = simulate_report::seeds_table(simulated);
            files.push(write(folder, "simulate-seeds.csv", &seeds.to_csv()?)?);
            if npz {
                files.push(write(folder, "simulate-seeds.npz", &seeds.to_npz()?)?);
            }
        }
        files.push(write(folder, "simulate.svg", figure.to_svg()?.as_bytes())?);
        files.push(write(folder, "simulate.png", &figure.to_png()?)?);
        Ok(files)
    }

    /// Says what did not go to its end, after what there is has been written.
    fn conclude(&self, simulated: &Simulated, folder: Option<&Path>) -> Result<(), Failed> {
        let runs = &simulated.ensemble.runs;
        let diverged: Vec<&_> = runs
            .iter()
            .filter(|run| run.end == Some(End::Diverged))
            .collect();
        for run in diverged.iter().take(5) {
            message(&format!(
                "lorode: seed {} diverged at step {}; its records up to there are kept, the \
                 averages leave it out",
                run.seed, run.steps
            ));
        }
        if diverged.len() > 5 {
            message(&format!("lorode: so did {} more", diverged.len() - 5));
        }
        if let Some(unfinished) = &simulated.ensemble.unfinished {
            let seeds = self.simulation.seeds.numbers().len();
            let how = match folder {
                Some(folder) => format!(
                    "--resume goes on from '{}'",
                    folder.join(CHECKPOINT).display()
                ),
                None => "with --out a checkpoint would have been kept".to_owned(),
            };
            return Err(Failed::Failure(format!(
                "interrupted: {} of {seeds} seeds are finished and kept; {how}",
                unfinished.finished()
            )));
        }
        if !runs.is_empty() && diverged.len() == runs.len() {
            return Err(Failed::failure(
                "every seed diverged: the step size lr is too large for this link",
            ));
        }
        Ok(())
    }
}

/// The simulation with the goal of the theory, when it is asked to stop there.
fn with_goal(simulation: Simulation, until: Until, averages: &Arc<PairAverages>) -> Simulation {
    if until != Until::Learned {
        return simulation;
    }
    let goal = Goal::of(simulation.problem(), averages);
    let averages = Arc::clone(averages);
    simulation.with_goal(Arc::new(move |seen| {
        goal.is_reached(&averages, &observed(seen))
    }))
}

fn store(path: &Path, checkpoint: &Checkpoint, made: &Value) -> Result<(), Failed> {
    let bytes = checkpoint.to_bytes(made).map_err(Failed::failure)?;
    Ok(write_atomically(path, &bytes)?)
}

/// How a simulation was made.
pub(super) fn made_by(simulated: &Simulated) -> Value {
    provenance("simulate", &simulated.parameters)
}
