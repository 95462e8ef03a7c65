//! `lorode train`: a history of tasks and adapters.

use super::answer::answer_resuming;
use super::emit::Failed;
use super::options::{OutputOptions, Resume};
use crate::study::train;

/// Train in stages: pre-train, then fine-tune; the loss on every task along the way
#[derive(Debug, clap::Args)]
pub(super) struct Train {
    #[command(flatten)]
    study: train::Train,
    #[command(flatten)]
    resume: Resume,
    #[command(flatten)]
    output: OutputOptions,
}

impl Train {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let (resume, output) = (self.resume, &self.output);
        let file = self.study.file.as_deref().unwrap_or_default();
        let study = self.study.of_file(file.as_ref())?;
        match (study.history.is_network(), study.simulates()) {
            (true, true) => answer_resuming(&train::TrainNetworkSgd(study), resume, output),
            (true, false) => answer_resuming(&train::TrainNetwork(study), resume, output),
            (_, true) => answer_resuming(&train::TrainSgd(study), resume, output),
            _ => answer_resuming(&study, resume, output),
        }
    }
}
