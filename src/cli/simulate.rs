//! `lorode simulate`: one-pass SGD for many seeds, with averages, quantiles and a figure.

use std::sync::Arc;

use super::answer::{Place, finish};
use super::checkpoint::{self, Shelf};
use super::emit::Failed;
use super::options::OutputOptions;
use super::problem_file::ProblemArguments;
use crate::storage::FolderLock;
use crate::study::simulate::{self, Until};
use crate::study::{Sampling, Study as _};

/// Simulate one-pass SGD for many seeds: overlaps, loss and exit steps with their spread
#[derive(Debug, clap::Args)]
pub(super) struct Simulate {
    #[command(flatten)]
    problem: ProblemArguments,
    #[command(flatten)]
    sampling: Sampling,
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

impl Simulate {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let study = simulate::Simulate {
            problem: self.problem.of_sgd()?,
            sampling: self.sampling.clone(),
            until: self.until,
            per_seed: self.per_seed,
        };
        let mut work = study.begin()?;
        let place = Place::new(simulate::Simulate::NAME, &self.output)?;
        let folder = place.folder();
        // Until everything is written: two runs would replace each other's checkpoints.
        let lock = folder.map(|folder| FolderLock::take(folder, simulate::Simulate::NAME));
        let _held = lock.transpose().map_err(Failed::usage)?;
        if let Some(checkpoint) = checkpoint::found(folder, self.resume, &work.made())? {
            work.resume(checkpoint)?;
        }
        let work = Arc::new(work);
        let shelf = Arc::new(Shelf::new(folder, &work));
        let place = place.with_shelf(Arc::clone(&shelf));
        finish(work, place, |_, progress| shelf.advance(progress))
    }
}
