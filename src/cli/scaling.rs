//! `lorode scaling`: how the exit time grows with the dimension.

use super::answer::answer_resuming;
use super::emit::Failed;
use super::options::{OutputOptions, Resume};
use super::problem_file::ProblemArguments;
use crate::problem::Grid;
use crate::study::{Precision, scaling};

/// How the exit time grows with the dimension: constant, logarithm or power, and which
#[derive(Debug, clap::Args)]
pub(super) struct Scaling {
    #[command(flatten)]
    problem: ProblemArguments,
    /// Dimensions, rounded to whole numbers
    #[arg(
        long,
        value_name = "GRID",
        default_value = scaling::DEFAULT_DIMS,
        help_heading = "Scaling",
        allow_hyphen_values = true
    )]
    dims: Grid,
    /// The run at dimension d starts from u = d^-X [default: u0 at every dimension]
    #[arg(
        long,
        value_name = "X",
        help_heading = "Scaling",
        allow_hyphen_values = true
    )]
    u0_exponent: Option<f64>,
    #[command(flatten)]
    precision: Precision,
    #[command(flatten)]
    resume: Resume,
    #[command(flatten)]
    output: OutputOptions,
}

impl Scaling {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let study = scaling::Scaling {
            problem: self.problem.over_dimensions("scaling")?,
            dims: Some(self.dims.clone()),
            u0_exponent: self.u0_exponent,
            precision: self.precision.clone(),
        };
        answer_resuming(&study, self.resume, &self.output)
    }
}
