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
use crate::simulation::{
    Checkpoint, End, Ensemble, Keep, Simulation, Until, Watch, require_memory,
};
use crate::sweep::time_factor;
use crate::trajectory::Goal;

/// Name of the checkpoint in the output folder.
const CHECKPOINT: &str = "simulate.checkpoint";
/// Stem of the files of an interrupted ensemble.
const PARTIAL: &str = "simulate-partial";
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
        if self.per_seed {
            let records = simulation.records() as f64;
            let what = format!("writing {records} records with --per-seed");
            let advice = "leave out --per-seed, or ask for fewer with --records or --every";
            require_memory(what, records * SEED_RECORD, advice).map_err(Failed::usage)?;
        }
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
        if simulated.ensemble.runs.is_empty() {
            return self.conclude(&simulated, folder.as_deref());
        }
        let mut report = simulate_report::report(&simulated);
        if let Some(folder) = &folder {
            let files = self.save(folder, &simulated, &report)?;
            report.summary.push_str(&written(&files));
        }
        if self.per_seed {
            // Averages are one line of any data frame away; single seeds are not.
            report.table = simulate_report::seeds_table(&simulated);
        }
        let printed = report.print(self.output.format);
        if let (Some(folder), true, true) =
            (&folder, printed.is_ok(), simulated.ensemble.is_finished)
        {
            tidy(folder);
        }
        let concluded = self.conclude(&simulated, folder.as_deref());
        printed.and(concluded)
    }

    /// Runs the ensemble with progress, Ctrl-C and checkpoints.
    fn simulate(
        &self,
        simulation: &Simulation,
        folder: Option<&Path>,
        parameters: &Value,
    ) -> Result<Ensemble, Failed> {
        let mut parameters = parameters.clone();
        if let Some(map) = parameters.as_object_mut() {
            // What is printed of the seeds does not change them.
            map.remove("per-seed");
        }
        let made = json!({ "version": env!("CARGO_PKG_VERSION"), "parameters": parameters });
        let path = folder.map(|folder| folder.join(CHECKPOINT));
        let resumed = self.checkpoint(path.as_deref(), &made)?;
        let seeds = simulation.settings().seeds.numbers().len() as u64;
        let length = seeds.saturating_mul(simulation.settings().steps);
        let bar = interrupt::progress(length, "steps");
        let kept = |checkpoint: &Checkpoint| {
            if let Some(path) = &path
                && let Err(error) = store(path, checkpoint, &made)
            {
                message(&format!("lorode: no checkpoint: {error}"));
            }
        };
        let watch = Watch {
            interrupted: interrupt::flag(),
            advanced: &|steps| bar.inc(steps),
            keep: path.is_some().then_some(Keep {
                store: &kept,
                always: bar.is_held(),
            }),
        };
        let ensemble = simulation.run(&watch, resumed).map_err(Failed::usage)?;
        bar.finish_and_clear();
        if let Some(path) = &path {
            // Kept until the results are written: a full disk must not cost the run.
            store(path, &ensemble.checkpoint, &made)?;
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

    fn save(
        &self,
        folder: &Path,
        simulated: &Simulated,
        report: &Report,
    ) -> Result<Vec<PathBuf>, Failed> {
        let figure = simulate_figure::figure(simulated);
        // Part of an ensemble does not replace a whole one.
        let stem = match simulated.ensemble.is_finished {
            true => "simulate",
            false => PARTIAL,
        };
        let put = |ending: &str, bytes: &[u8]| write(folder, &format!("{stem}{ending}"), bytes);
        let mut files = vec![
            put(".csv", &report.table.to_csv()?)?,
            put(".json", json_text(&report.json)?.as_bytes())?,
        ];
        let npz = self.output.format == Format::Npz;
        if npz {
            files.push(put(".npz", &report.table.to_npz()?)?);
        }
        if self.per_seed {
            let seeds = simulate_report::seeds_table(simulated);
            files.push(put("-seeds.csv", &seeds.to_csv()?)?);
            if npz {
                files.push(put("-seeds.npz", &seeds.to_npz()?)?);
            }
        }
        files.push(put(".svg", figure.to_svg()?.as_bytes())?);
        files.push(put(".png", &figure.to_png()?)?);
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
        if !simulated.ensemble.is_finished {
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
                runs.len()
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

/// Removes what a complete run makes superfluous: its checkpoint and partial results.
fn tidy(folder: &Path) {
    let _none = std::fs::remove_file(folder.join(CHECKPOINT));
    for ending in [
        ".csv",
        ".json",
        ".npz",
        "-seeds.csv",
        "-seeds.npz",
        ".svg",
        ".png",
    ] {
        let _none = std::fs::remove_file(folder.join(format!("{PARTIAL}{ending}")));
    }
}

fn store(path: &Path, checkpoint: &Checkpoint, made: &Value) -> Result<(), Failed> {
    let bytes = checkpoint.to_bytes(made).map_err(Failed::failure)?;
    Ok(write_atomically(path, &bytes)?)
}

/// How a simulation was made.
pub(super) fn made_by(simulated: &Simulated) -> Value {
    provenance("simulate", &simulated.parameters)
}
