//! `lorode train`: a history of tasks and adapters.

use std::path::PathBuf;

use super::answer::answer;
use super::emit::Failed;
use super::options::OutputOptions;
use crate::study::{Precision, problem_file, train};

/// Train in stages: pre-train, then fine-tune; the loss on every task along the way
#[derive(Debug, clap::Args)]
pub(super) struct Train {
    /// File (TOML) with [tasks.NAME] and [[stage]], see docs/stages.md
    file: PathBuf,
    /// Instants recorded of a stage, about
    #[arg(long, value_name = "N", default_value_t = train::DEFAULT_POINTS, help_heading = "Output",
          allow_hyphen_values = true, value_parser = clap::value_parser!(u32).range(4..=1_000_000))]
    points: u32,
    #[command(flatten)]
    precision: Precision,
    #[command(flatten)]
    output: OutputOptions,
}

impl Train {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let study = train::Train {
            history: problem_file::read_history(&self.file)?,
            file: Some(self.file.display().to_string()),
            points: self.points,
            precision: self.precision.clone(),
        };
        answer(&study, &self.output)
    }
}
