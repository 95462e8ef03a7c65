//! `lorode merge`: the parts of a phase diagram, joined to the bytes of a single run.

use std::path::PathBuf;

use super::emit::Failed;
use super::options::OutputOptions;
use super::phase::build;
use super::phase_output::{Finished, deliver};
use crate::phase::merge;

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
        let path = place.join(format!(".lorode-merge-{}.cells", std::process::id()));
        let result = merge(&self.dir, &path)
            .map_err(Failed::failure)
            .and_then(|(made, file)| {
                let version = made["version"].as_str().unwrap_or_default();
                if version != env!("CARGO_PKG_VERSION") {
                    return Err(Failed::Failure(format!(
                        "the parts are of version {version}, this is {}: merge with that version",
                        env!("CARGO_PKG_VERSION")
                    )));
                }
                let parameters = made["parameters"].clone();
                let map = build(&parameters)?;
                let finished = Finished {
                    map: &map,
                    file: &file,
                    parameters: &parameters,
                    refinement: None,
                };
                deliver(&finished, folder.as_deref(), self.output.format)
            });
        let _gone = std::fs::remove_file(&path);
        result
    }
}
