//! `lorode compare`: does SGD follow the theory? Trajectories at one strength, exit times at many.

use super::answer::{answer, answer_resuming};
use super::emit::Failed;
use super::options::{OutputOptions, PrecisionOptions, Resume};
use super::problem_file::ProblemArguments;
use crate::study::Sampling;
use crate::study::compare::{self, Starts};

/// Hold simulated SGD against the closed ODEs: trajectories, or exit times over a grid of mu
#[derive(Debug, clap::Args)]
pub(super) struct Compare {
    #[command(flatten)]
    problem: ProblemArguments,
    #[command(flatten)]
    sampling: Sampling,
    /// Start both at the same alignment, or SGD at random and average the theory over its starts
    #[arg(long, value_enum, default_value_t, help_heading = "Simulation")]
    starts: Starts,
    /// Runs that were measured, instead of simulated ones: CSV, JSON or NPZ with columns step (or t, samples), seed,
    /// and any of loss, alignment, m, q, u, s
    #[arg(long, value_name = "FILE", help_heading = "Simulation",
        conflicts_with_all = ["steps", "seeds", "method", "records", "every", "test_batch", "exact_loss", "resume"])]
    data: Option<std::path::PathBuf>,
    #[command(flatten)]
    precision: PrecisionOptions,
    #[command(flatten)]
    resume: Resume,
    #[command(flatten)]
    output: OutputOptions,
}

impl Compare {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let study = compare::Compare {
            problem: self.problem.of_sgd()?,
            sampling: self.sampling.clone(),
            starts: self.starts,
            rtol: self.precision.rtol,
        };
        if let Some(path) = &self.data {
            return answer(&study.of_file(path)?, &self.output);
        }
        if study.problem.is_network() {
            return answer_resuming(&compare::CompareNetwork(study), self.resume, &self.output);
        }
        let many = study.problem.mu.as_ref();
        if many.is_some_and(|grid| grid.single().is_none()) {
            return answer_resuming(&compare::CompareExits(study), self.resume, &self.output);
        }
        answer_resuming(&study, self.resume, &self.output)
    }
}
