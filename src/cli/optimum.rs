//! `lorode optimum`: the pre-training strength that makes fine-tuning shortest.

use super::answer::answer_resuming;
use super::emit::Failed;
use super::options::{OutputOptions, PrecisionOptions, Resume};
use super::problem_file::ProblemArguments;
use crate::study::optimum::{self, OptimumGoal, PreTrainingKind};

/// Find the pre-training strength that minimises the time to exit or to learn; of a file with stages, the length of
/// the first one that makes the whole history shortest
#[derive(Debug, clap::Args)]
pub(super) struct OptimumOf {
    #[command(flatten)]
    problem: ProblemArguments,
    /// What is to be short
    #[arg(long, value_enum, default_value_t, help_heading = "Optimum")]
    goal: OptimumGoal,
    /// Count the time in which training on a source task with this link reaches the strength; angle is then that of source and target
    #[arg(long, value_name = "LINK", help_heading = "Optimum")]
    pretrain_link: Option<String>,
    /// How the source task is trained
    #[arg(
        long,
        value_enum,
        default_value_t,
        help_heading = "Optimum",
        requires = "pretrain_link"
    )]
    pretrain_adapter: PreTrainingKind,
    #[command(flatten)]
    precision: PrecisionOptions,
    #[command(flatten)]
    resume: Resume,
    #[command(flatten)]
    output: OutputOptions,
}

impl OptimumOf {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let study = |problem| optimum::OptimumOf {
            problem,
            goal: self.goal,
            pretrain_link: self.pretrain_link.clone(),
            pretrain_adapter: self.pretrain_adapter,
            rtol: self.precision.rtol,
        };
        if let Some((file, flags)) = self.problem.history() {
            let study = optimum::OptimumOfHistory::of_file(file, &study(flags.clone()))?;
            return answer_resuming(&study, self.resume, &self.output);
        }
        answer_resuming(&study(self.problem.options()?), self.resume, &self.output)
    }
}
