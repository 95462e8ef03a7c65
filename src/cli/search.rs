//! `lorode search`: search time and exit time against the pre-training strength.

use super::answer::answer;
use super::emit::Failed;
use super::options::OutputOptions;
use super::problem_file::ProblemArguments;
use crate::study::{Precision, search};

/// Search time tau and exit times against the pre-training strength mu
#[derive(Debug, clap::Args)]
pub(super) struct Search {
    #[command(flatten)]
    problem: ProblemArguments,
    #[command(flatten)]
    precision: Precision,
    #[command(flatten)]
    output: OutputOptions,
}

impl Search {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let study = search::Search {
            problem: self.problem.options()?,
            precision: self.precision.clone(),
        };
        answer(&study, &self.output)
    }
}
