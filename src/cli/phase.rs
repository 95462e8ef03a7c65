//! `lorode phase`: one value of a problem over a grid of its parameters.

use std::sync::Arc;

use serde_json::Value;

use super::emit::{Failed, Format, list, say};
use super::front;
use super::map_answer::deliver;
use super::options::{OutputOptions, Resume, words};
use super::problem_file::ProblemArguments;
use super::progress::Progress;
use crate::error::Error;
use crate::phase::{PhaseError, VALUES};
use crate::shard::Shard;
use crate::study::phase::{DEFAULT_VALUE, Running, check_memory};
use crate::study::provenance::command_line;
use crate::study::{Batch, Precision, phase};

/// A phase diagram: one value of the problem over one, two or three of its parameters
#[derive(Debug, clap::Args)]
pub(super) struct Phase {
    #[command(flatten)]
    problem: ProblemArguments,
    #[command(flatten)]
    diagram: Diagram,
    #[command(flatten)]
    precision: Precision,
    #[command(flatten)]
    batch: Batch,
    #[command(flatten)]
    resume: Resume,
    #[command(flatten)]
    output: OutputOptions,
}

/// What is shown over what.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Diagram")]
struct Diagram {
    /// First axis, NAME=GRID: mu, angle, rho, kappa, nu, noise, lr, batch, dim, threshold, chi, decay,
    /// alignment0, u0, or a letter in a link expression
    #[arg(long, value_name = "AXIS", allow_hyphen_values = true)]
    x: String,
    /// Second axis
    #[arg(long, value_name = "AXIS", allow_hyphen_values = true)]
    y: Option<String>,
    /// Third axis: a diagram per value
    #[arg(long, value_name = "AXIS", allow_hyphen_values = true)]
    z: Option<String>,
    /// What is shown
    #[arg(long, value_name = "NAME", default_value = DEFAULT_VALUE,
        value_parser = words(VALUES.iter().map(|v| (v.number.name, v.number.about))))]
    value: String,
    /// Solve only near boundaries and steep changes; fill in the rest
    #[arg(long)]
    refine: bool,
}

impl Phase {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let study = self.study()?;
        let map = study.map()?;
        let parameters = Value::Object(study.parameters());
        let shard = self.shard()?;
        if let Some(said) = self.output.script(&self.batch, ("phase", &parameters))? {
            return say(&said);
        }
        map.ended_by(front::cancel());
        let folder = match shard {
            Some(_) => Some(self.output.folder_of_parts()?),
            None => self.output.folder()?,
        };
        if self.resume.resume && folder.is_none() {
            return Err(Failed::usage(
                "resume needs the directory of the unfinished map: give it with --out",
            ));
        }
        let mut replaced = String::new();
        if shard.is_none() {
            let line = command_line("phase", &parameters);
            replaced = self.output.claim_map(folder.as_deref(), &line)?;
        }
        check_memory(&map, self.diagram.refine, self.output.format == Format::Npz)?;
        let resume = self.resume.resume;
        let (running, said) = Running::begin(map, parameters, shard, (folder, resume))?;
        list(said.as_slice());
        let running = Arc::new(running);
        let keeper = Arc::clone(&running);
        front::keep(move || Err(kept(&keeper)));
        let progress = Progress::new();
        let computed = running.compute(self.diagram.refine, &progress);
        progress.end();
        let refinement = match computed {
            Err(PhaseError::Interrupted { .. }) => return Err(kept(&running)),
            other => other.map_err(Error::from)?,
        };
        if let Some(said) = running.part_in_words() {
            return say(&said);
        }
        let finished = running.finished(refinement);
        let result = deliver(&finished, (running.folder(), &replaced), &self.output);
        if result.is_ok() {
            running.clear();
        }
        result
    }

    /// The part of the map that is asked for.
    fn shard(&self) -> Result<Option<Shard>, Failed> {
        if self.diagram.refine && self.batch.divides() {
            return Err(Failed::usage(
                "refine cannot be given together with shard or slurm: a refined map decides where to look \
                 from what it has seen",
            ));
        }
        Ok(self.batch.shard()?)
    }

    fn study(&self) -> Result<phase::Phase, Failed> {
        let diagram = &self.diagram;
        Ok(phase::Phase {
            problem: self.problem.options()?,
            x: diagram.x.clone(),
            y: diagram.y.clone(),
            z: diagram.z.clone(),
            value: diagram.value.clone(),
            refine: diagram.refine,
            precision: self.precision.clone(),
            cache: None,
        })
    }
}

/// Keeps what is finished of a map that is broken off, and says where.
fn kept(running: &Running) -> Failed {
    front::writing();
    running.keep().into()
}
