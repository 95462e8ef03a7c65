//! `lorode kernel`: the Gaussian averages at one pair of overlaps.

use super::answer::{answer, print};
use super::emit::Failed;
use super::options::OutputOptions;
use crate::study::kernel;

/// alpha, beta, noise kernel and loss at given overlaps m, q, with an error estimate
#[derive(Debug, clap::Args)]
pub(super) struct KernelAt {
    #[command(flatten)]
    study: kernel::KernelAt,
    #[command(flatten)]
    output: OutputOptions,
}

impl KernelAt {
    pub(super) fn run(&self) -> Result<(), Failed> {
        // One line of numbers: into files only where that is asked for.
        match self.output.asks_for_files() {
            true => answer(&self.study, &self.output),
            false => print(&self.study, self.output.format),
        }
    }
}
