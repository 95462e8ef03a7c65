//! `lorode kernel`: the Gaussian averages at one pair of overlaps.

use super::answer::print;
use super::emit::{Failed, Format};
use crate::study::kernel;

/// alpha, beta, noise kernel and loss at given overlaps m, q, with an error estimate
#[derive(Debug, clap::Args)]
pub(super) struct KernelAt {
    /// Link function of teacher and student
    #[arg(long, value_name = "LINK", conflicts_with_all = ["teacher", "student"], required_unless_present = "teacher", allow_hyphen_values = true)]
    link: Option<String>,
    #[command(flatten)]
    study: kernel::KernelAt,
    /// What goes to standard output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl KernelAt {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let mut study = self.study.clone();
        if let Some(link) = &self.link {
            (study.teacher, study.student) = (link.clone(), link.clone());
        }
        print(&study, self.format)
    }
}
