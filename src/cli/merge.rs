//! `lorode merge`: the parts of a phase diagram, joined to the bytes of a single run.

use std::path::PathBuf;

use super::emit::Failed;
use super::front;
use super::map_answer::deliver;
use super::options::OutputOptions;
use crate::output::FileFormat;
use crate::phase::Parts;
use crate::study::phase::{Finished, map_of_parts};
use crate::study::provenance::command_line;

/// Join the parts that `lorode phase --shard` computed
#[derive(Debug, clap::Args)]
pub(super) struct Merge {
    /// Directory with all parts of one map (files *.part)
    dir: PathBuf,
    #[command(flatten)]
    output: OutputOptions,
}

impl Merge {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let folder = self.output.folder()?;
        let place = folder.clone().unwrap_or_else(std::env::temp_dir);
        let parts = Parts::find(&self.dir).map_err(Failed::failure)?;
        let map = map_of_parts(&parts, &self.dir)?;
        map.ended_by(front::cancel());
        let parameters = &parts.made()["parameters"];
        let (formats, line) = (
            self.output.saved(&FileFormat::OF_MAPS),
            command_line("phase", parameters),
        );
        let replaced = self
            .output
            .claim(folder.as_deref(), "phase", &formats, &line)?;
        let file = parts.join(&place).map_err(Failed::failure)?;
        let finished = Finished {
            map: &map,
            file: &file,
            parameters,
            refinement: None,
        };
        deliver(&finished, (folder.as_deref(), &replaced), &self.output)
    }
}
