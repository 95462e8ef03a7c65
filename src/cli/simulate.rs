//! `lorode simulate`: one-pass SGD for many seeds, with averages, quantiles and a figure.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::emit::{Failed, Format, interrupted, list, message, provenance};
use super::options::OutputOptions;
use super::problem_file::{ProblemArguments, object, one_problem};
use super::progress::Progress;
use super::simulation_options::SimulationOptions;
use super::{front, simulate_figure, simulate_report};
use crate::comparison::{observed, set_exact_losses};
use crate::model::Model;
use crate::output::write_atomically;
use crate::problem::{Problem, ProblemOptions};
use crate::simulation::{Checkpoint, End, Ensemble, Keep, Seeded, Simulation, Until};
use crate::storage::{FolderLock, require_memory};
use crate::sweep::time_factor;
use crate::trajectory::Goal;

/// Name of the checkpoint in the output folder.
const CHECKPOINT: &str = "simulate.checkpoint";
/// Bytes that a record of a single seed takes in tables and JSON.
const SEED_RECORD: f64 = 1500.0;

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
    pub(super) pair: Model,
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
        if self.per_seed {
            let records = simulation.records() as f64;
            let what = format!("writing {records} records with --per-seed");
            let advice = "leave out --per-seed, or ask for fewer with --records or --every";
            require_memory(what, records * SEED_RECORD, advice).map_err(Failed::usage)?;
        }
        let folder = self.output.folder()?;
        // Until everything is written: two runs would replace each other's checkpoints.
        let lock = folder.as_deref().map(|f| FolderLock::take(f, "simulate"));
        let _held = lock.transpose().map_err(Failed::usage)?;
        let parameters = self.parameters(&options)?;
        let simulation = with_goal(simulation, self.until);
        let made = made(&parameters);
        let path = folder.as_ref().map(|folder| folder.join(CHECKPOINT));
        let resumed = self.checkpoint(path.as_deref(), &made)?;
        let running = Arc::new(Running {
            seeds: simulation.seeds(resumed).map_err(Failed::usage)?,
            simulation,
            options,
            pair,
            problem,
            parameters,
            time_factor,
            loss_by: self.simulation.loss_by(),
            exact_loss: self.simulation.exact_loss,
            per_seed: self.per_seed,
            made,
            folder,
            format: self.output.format,
            clock: Instant::now(),
        });
        let keeper = Arc::clone(&running);
        front::keep(move || keeper.deliver());
        let store = |checkpoint: &Checkpoint| {
            if let Some(Err(error)) = running.store(checkpoint) {
                message(&format!("lorode: no checkpoint: {error}"));
            }
        };
        let progress = Progress::new();
        let keep = running.folder.is_some().then_some(Keep {
            store: &store,
            always: progress.is_held(),
        });
        let walked = running.simulation.walk_all(&running.seeds, &progress, keep);
        progress.end();
        walked.map_err(Failed::usage)?;
        running.deliver()
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
            let free = |n: &u32| !path.with_extension(format!("checkpoint.old{n}")).exists();
            let number = (1..).find(free).unwrap_or(1);
            let aside = path.with_extension(format!("checkpoint.old{number}"));
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
}

/// An ensemble that has come to its end, or as far as it came.
struct Running {
    simulation: Simulation,
    seeds: Seeded,
    options: ProblemOptions,
    pair: Model,
    problem: Problem,
    parameters: Value,
    time_factor: f64,
    loss_by: String,
    exact_loss: bool,
    per_seed: bool,
    /// How the checkpoint was made.
    made: Value,
    folder: Option<PathBuf>,
    format: Format,
    clock: Instant,
}

impl Running {
    /// Writes a checkpoint, where there is a folder for it.
    fn store(&self, checkpoint: &Checkpoint) -> Option<Result<(), Failed>> {
        let path = self.folder.as_ref()?.join(CHECKPOINT);
        Some(store(&path, checkpoint, &self.made))
    }

    /// Writes and prints the seeds that have ended.
    fn deliver(&self) -> Result<(), Failed> {
        front::writing();
        let mut ensemble = self.simulation.ensemble(&self.seeds);
        // Kept until the results are written: a full disk must not cost the run.
        self.store(&ensemble.checkpoint).transpose()?;
        if self.exact_loss {
            set_exact_losses(&mut ensemble, &self.problem);
        }
        let simulated = Simulated {
            options: self.options.clone(),
            pair: self.pair.clone(),
            problem: self.problem.clone(),
            ensemble,
            parameters: self.parameters.clone(),
            time_factor: self.time_factor,
            loss_by: self.loss_by.clone(),
            per_seed: self.per_seed,
            seconds: self.clock.elapsed().as_secs_f64(),
        };
        let (is_finished, done) = (
            simulated.ensemble.is_finished,
            simulated.ensemble.runs.len(),
        );
        if done == 0 {
            return self.conclude(&simulated);
        }
        let mut report = simulate_report::report(&simulated);
        if !is_finished {
            report.mark_partial(&self.why(&simulated));
        }
        if let Some(folder) = &self.folder {
            let figure = simulate_figure::figure(&simulated);
            let seeds = self.seeds_files(&simulated)?;
            report.save(folder, "simulate", self.format, Some(&figure), &seeds)?;
        }
        if self.per_seed {
            // Averages are one line of any data frame away; single seeds are not.
            report.table = simulate_report::seeds_table(&simulated);
        }
        let printed = report.print(self.format);
        if let (Some(folder), true, true) = (&self.folder, printed.is_ok(), is_finished) {
            let _none = std::fs::remove_file(folder.join(CHECKPOINT));
        }
        let concluded = self.conclude(&simulated);
        concluded.and(printed)
    }

    /// Endings and bytes of the files of single seeds, if they were asked for.
    fn seeds_files(&self, simulated: &Simulated) -> Result<Vec<(&'static str, Vec<u8>)>, Failed> {
        if !self.per_seed {
            return Ok(Vec::new());
        }
        let seeds = simulate_report::seeds_table(simulated);
        let mut files = vec![("-seeds.csv", seeds.to_csv()?)];
        if self.format == Format::Npz {
            files.push(("-seeds.npz", seeds.to_npz()?));
        }
        Ok(files)
    }

    fn why(&self, simulated: &Simulated) -> String {
        let seeds = self.simulation.settings().seeds.numbers().len();
        interrupted(simulated.ensemble.runs.len(), seeds, "seeds")
    }

    /// Says what did not go to its end, after what there is has been written.
    fn conclude(&self, simulated: &Simulated) -> Result<(), Failed> {
        let runs = &simulated.ensemble.runs;
        let diverged: Vec<String> = runs
            .iter()
            .filter(|run| run.end == Some(End::Diverged))
            .map(|run| {
                format!(
                    "seed {} diverged at step {}; its records up to there are kept, the averages \
                     leave it out",
                    run.seed, run.steps
                )
            })
            .collect();
        list(&diverged);
        if !simulated.ensemble.is_finished {
            let how = match &self.folder {
                Some(folder) => format!(
                    "--resume goes on from '{}'",
                    folder.join(CHECKPOINT).display()
                ),
                None => "with --out a checkpoint would have been kept".to_owned(),
            };
            return Err(Failed::Failure(format!("{}; {how}", self.why(simulated))));
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
fn with_goal(simulation: Simulation, until: Until) -> Simulation {
    if until != Until::Learned {
        return simulation;
    }
    let goal = Goal::of(simulation.problem());
    simulation.with_goal(Arc::new(move |seen| goal.is_reached(&observed(seen))))
}

/// What a checkpoint says of how it was made.
fn made(parameters: &Value) -> Value {
    let mut parameters = parameters.clone();
    if let Some(map) = parameters.as_object_mut() {
        // What is printed of the seeds does not change them.
        map.remove("per-seed");
    }
    json!({ "version": env!("CARGO_PKG_VERSION"), "parameters": parameters })
}

fn store(path: &Path, checkpoint: &Checkpoint, made: &Value) -> Result<(), Failed> {
    let bytes = checkpoint.to_bytes(made).map_err(Failed::failure)?;
    Ok(write_atomically(path, &bytes)?)
}

/// How a simulation was made.
pub(super) fn made_by(simulated: &Simulated) -> Value {
    provenance("simulate", &simulated.parameters)
}
