//! `lorode merge`: the parts of a search, a simulation or a map, joined to the bytes of a single run.

use std::path::PathBuf;

use super::answer::answer_joined;
use super::emit::Failed;
use super::front;
use super::map_answer::deliver;
use super::options::OutputOptions;
use crate::phase::Parts;
use crate::study::part::Joined;
use crate::study::phase::{Finished, map_of_parts};
use crate::study::provenance::command_line;
use crate::study::search::{Search, SearchNetwork};
use crate::study::simulate::{Simulate, SimulateNetwork};

/// Join the parts that `lorode search`, `simulate` or `phase` did with --shard
#[derive(Debug, clap::Args)]
pub(super) struct Merge {
    /// Directory with all parts of one work (files *.part)
    dir: PathBuf,
    #[command(flatten)]
    output: OutputOptions,
}

impl Merge {
    pub(super) fn run(&self) -> Result<(), Failed> {
        match Joined::of(&self.dir)? {
            Joined::Search(work) => return answer_joined::<Search>(*work, &self.output),
            Joined::SearchNetwork(work) => {
                return answer_joined::<SearchNetwork>(*work, &self.output);
            }
            Joined::SimulateNetwork(work) => {
                return answer_joined::<SimulateNetwork>(*work, &self.output);
            }
            Joined::Simulate(work) => return answer_joined::<Simulate>(*work, &self.output),
            Joined::Map => {}
        }
        let folder = self.output.folder()?;
        let place = folder.clone().unwrap_or_else(std::env::temp_dir);
        let parts = Parts::find(&self.dir).map_err(Failed::failure)?;
        let map = map_of_parts(&parts, &self.dir)?;
        map.ended_by(front::cancel());
        let parameters = &parts.made()["parameters"];
        let line = command_line("phase", parameters);
        let replaced = self.output.claim_map(folder.as_deref(), &line)?;
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
