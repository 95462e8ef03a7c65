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
    /// Teacher's link function
    #[arg(
        long,
        value_name = "LINK",
        requires = "student",
        allow_hyphen_values = true
    )]
    teacher: Option<String>,
    /// Student's link function
    #[arg(
        long,
        value_name = "LINK",
        requires = "teacher",
        allow_hyphen_values = true
    )]
    student: Option<String>,
    /// Student-teacher overlap m
    #[arg(long, value_name = "M", allow_hyphen_values = true)]
    m: f64,
    /// Student self-overlap q > 0, at least m^2 over the teacher's variance
    #[arg(long, value_name = "Q", allow_hyphen_values = true)]
    q: f64,
    /// Variance of the teacher's pre-activation, above 0 (default 1)
    #[arg(long, value_name = "V", allow_hyphen_values = true)]
    teacher_variance: Option<f64>,
    /// Label-noise variance Delta
    #[arg(
        long,
        value_name = "D",
        default_value_t = 0.0,
        allow_hyphen_values = true
    )]
    noise: f64,
    /// What goes to standard output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl KernelAt {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let one = |own: &Option<String>| own.clone().or_else(|| self.link.clone());
        let (Some(teacher), Some(student)) = (one(&self.teacher), one(&self.student)) else {
            return Err(Failed::usage("give --link, or --teacher with --student"));
        };
        let study = kernel::KernelAt {
            teacher,
            student,
            m: self.m,
            q: self.q,
            teacher_variance: self.teacher_variance,
            noise: self.noise,
        };
        print(&study, self.format)
    }
}
