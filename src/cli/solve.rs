//! `lorode solve`: one problem, its overlaps in time, its exit and its outcome.

use super::answer::answer;
use super::emit::Failed;
use super::options::OutputOptions;
use super::problem_file::ProblemArguments;
use crate::problem::Grid;
use crate::study::{Precision, solve};

/// Solve one problem, or one for each strength (of networks also rank, ...) of a grid: overlaps and loss in time, exit, outcome
#[derive(Debug, clap::Args)]
pub(super) struct Solve {
    #[command(flatten)]
    problem: ProblemArguments,
    /// Times in the trajectory, about
    #[arg(long, value_name = "N", default_value_t = solve::DEFAULT_POINTS, help_heading = "Output",
          allow_hyphen_values = true, value_parser = clap::value_parser!(u32).range(4..=i64::from(solve::MOST_POINTS)))]
    points: u32,
    /// Times of the trajectory, each landed on exactly, in the unit of --time; instead of --points
    #[arg(
        long,
        value_name = "GRID",
        help_heading = "Output",
        conflicts_with = "points",
        allow_hyphen_values = true
    )]
    times: Option<Grid>,
    #[command(flatten)]
    precision: Precision,
    #[command(flatten)]
    output: OutputOptions,
}

impl Solve {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let study = solve::Solve {
            problem: self.problem.options()?,
            points: self.points,
            times: self.times.clone(),
            precision: self.precision.clone(),
        };
        match (study.problem.is_network(), study.is_of_many()) {
            (true, true) => answer(&solve::SolveNetworks(study), &self.output),
            (true, false) => answer(&solve::SolveNetwork(study), &self.output),
            (false, true) => answer(&solve::SolveStrengths(study), &self.output),
            (false, false) => answer(&study, &self.output),
        }
    }
}
