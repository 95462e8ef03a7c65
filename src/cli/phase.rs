//! `lorode phase`: one value of a problem over a grid of its parameters.

use std::sync::Arc;

use serde_json::Value;

use super::emit::{Failed, list, say};
use super::front;
use super::map_answer::deliver;
use super::options::{OutputOptions, Resume};
use super::problem_file::ProblemArguments;
use super::progress::Progress;
use crate::error::Error;
use crate::phase::PhaseError;
use crate::shard::Shard;
use crate::study::phase::{Running, check_memory};
use crate::study::provenance::command_line;
use crate::study::{Batch, phase};

/// A phase diagram: one value of the problem over one, two or three of its parameters
#[derive(Debug, clap::Args)]
pub(super) struct Phase {
    #[command(flatten)]
    problem: ProblemArguments,
    #[command(flatten)]
    study: phase::Phase,
    #[command(flatten)]
    batch: Batch,
    #[command(flatten)]
    resume: Resume,
    #[command(flatten)]
    output: OutputOptions,
}

impl Phase {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let study = phase::Phase {
            problem: self.problem.options()?,
            ..self.study.clone()
        };
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
        check_memory(&map, study.refine, self.output.format.binary().is_some())?;
        let resume = self.resume.resume;
        let (running, said) = Running::begin(map, parameters, shard, (folder, resume))?;
        list(said.as_slice());
        let running = Arc::new(running);
        let keeper = Arc::clone(&running);
        front::keep(move || Err(kept(&keeper)));
        let progress = Progress::new();
        let computed = running.compute(study.refine, &progress);
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
        if self.study.refine && self.batch.divides() {
            return Err(Failed::usage(
                "refine cannot be given together with shard or slurm: a refined map decides where to look \
                 from what it has seen",
            ));
        }
        Ok(self.batch.shard()?)
    }
}

/// Keeps what is finished of a map that is broken off, and says where.
fn kept(running: &Running) -> Failed {
    front::writing();
    running.keep().into()
}
