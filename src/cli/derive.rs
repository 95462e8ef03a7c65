//! `lorode derive`: the closed ODEs written out.

use super::emit::{Failed, data, print};
use super::problem_file::ProblemArguments;
use super::progress::Progress;
use crate::derivation::FORMATS;
use crate::study::command_words::one_of;
use crate::study::derive::{self, DEFAULT_FORMAT};

/// Write down the closed ODEs, their kernels and the search phase as formulas or as a program
#[derive(Debug, clap::Args)]
pub(super) struct Derive {
    #[command(flatten)]
    problem: ProblemArguments,
    /// How they are written
    #[arg(long, value_name = "FORMAT", default_value = DEFAULT_FORMAT, help_heading = "Output",
        value_parser = one_of(FORMATS.iter().map(|f| (f.name, f.about))))]
    format: String,
    /// Show the derivation in steps
    #[arg(long, help_heading = "Output")]
    explain: bool,
    /// Only closed forms: fail where there are none
    #[arg(long, help_heading = "Output")]
    exact: bool,
}

impl Derive {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let study = derive::Derive {
            problem: self.problem.options()?,
            format: self.format.clone(),
            explain: self.explain,
            exact: self.exact,
        };
        let derived = study.run(&Progress::new())?;
        match self.format == DEFAULT_FORMAT {
            true => print(&derived.text),
            false => data(print(&derived.text)),
        }
    }
}
