//! `lorode merge`: the parts of a phase diagram, joined to the bytes of a single run.

use std::path::PathBuf;

use super::emit::Failed;
use super::front;
use super::options::OutputOptions;
use super::phase_output::deliver;
use crate::phase::Parts;
use crate::study::phase::{Finished, Phase};

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
        let version = parts.made()["version"].as_str().unwrap_or_default();
        if version != env!("CARGO_PKG_VERSION") {
            return Err(Failed::Failure(format!(
                "the parts in '{}' are of version {version}, this is {}: merge with that version",
                self.dir.display(),
                env!("CARGO_PKG_VERSION")
            )));
        }
        let parameters = &parts.made()["parameters"];
        let map = Phase::from_parameters(parameters)?
            .map()
            .map_err(Failed::usage)?;
        map.ended_by(front::cancel());
        if map.cells() != parts.cells() {
            return Err(Failed::Failure(format!(
                "the parts in '{}' are of {} cells and their axes have {}: compute them again",
                self.dir.display(),
                parts.cells(),
                map.cells()
            )));
        }
        let file = parts.join(&place).map_err(Failed::failure)?;
        let finished = Finished {
            map: &map,
            file: &file,
            parameters,
            refinement: None,
        };
        deliver(&finished, folder.as_deref(), self.output.format)
    }
}
