//! `lorode train`: a history of tasks and adapters.

use std::path::Path;

use super::answer::answer;
use super::emit::Failed;
use super::options::OutputOptions;
use crate::study::train;

/// Train in stages: pre-train, then fine-tune; the loss on every task along the way
#[derive(Debug, clap::Args)]
pub(super) struct Train {
    #[command(flatten)]
    study: train::Train,
    #[command(flatten)]
    output: OutputOptions,
}

impl Train {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let file = self.study.file.as_deref().unwrap_or_default();
        answer(&self.study.of_file(Path::new(file))?, &self.output)
    }
}
