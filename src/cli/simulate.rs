//! `lorode simulate`: one-pass SGD for many seeds, with averages, quantiles and a figure.

use super::answer::answer_sharing;
use super::emit::Failed;
use super::options::{OutputOptions, Resume};
use super::problem_file::ProblemArguments;
use crate::study::simulate::{self, Until};
use crate::study::{Batch, Sampling};

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
    #[command(flatten)]
    batch: Batch,
    #[command(flatten)]
    resume: Resume,
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
        if study.problem.is_network() {
            let study = simulate::SimulateNetwork(study);
            return answer_sharing(&study, &self.batch, self.resume, &self.output);
        }
        answer_sharing(&study, &self.batch, self.resume, &self.output)
    }
}
