//! `lorode search`: search time and exit time against the pre-training strength.

use super::answer::answer_sharing;
use super::emit::Failed;
use super::options::{OutputOptions, Resume};
use super::problem_file::ProblemArguments;
use crate::study::search::{self, What};
use crate::study::{Batch, Precision};

/// Search time tau and exit times against the pre-training strength mu
#[derive(Debug, clap::Args)]
pub(super) struct Search {
    #[command(flatten)]
    problem: ProblemArguments,
    /// A grid of a letter in the links, or of a number as in angle=0:60:4, the same as --angle 0:60:4: a curve
    /// for each value
    #[arg(long, value_name = "KEY=GRID", help_heading = "Search")]
    also: Option<String>,
    /// What is wanted; tau alone integrates nothing [default: tau,exit_time]
    #[arg(
        long,
        value_name = "LIST",
        value_enum,
        value_delimiter = ',',
        help_heading = "Search"
    )]
    what: Vec<What>,
    #[command(flatten)]
    precision: Precision,
    #[command(flatten)]
    batch: Batch,
    #[command(flatten)]
    resume: Resume,
    #[command(flatten)]
    output: OutputOptions,
}

impl Search {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let study = search::Search {
            problem: self.problem.options()?,
            also: self.also.clone(),
            what: self.what.clone(),
            precision: self.precision.clone(),
        };
        if study.problem.is_network() {
            let study = search::SearchNetwork(study);
            return answer_sharing(&study, &self.batch, self.resume, &self.output);
        }
        answer_sharing(&study, &self.batch, self.resume, &self.output)
    }
}
