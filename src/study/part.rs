//! Parts of a work in files of a folder, each done on a machine of its own, and joined.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::search::{Search, SearchNetwork};
use super::simulate::{Simulate, SimulateNetwork};
use super::words::interrupted;
use super::{Resumable as _, Shared, Shelf, Study};
use crate::error::Error;
use crate::numeral::counted;
use crate::output::printable::shown_path;
use crate::phase::Parts;
use crate::problem::ProblemOptions;
use crate::shard::{Shard, all_there};
use crate::storage::{FolderLock, made_of_checkpoint, open_file, read_checkpoint};
use crate::watch::Watch;

/// Name of a part's file.
pub(crate) fn part_name(command: &str, shard: Shard) -> String {
    let digits = shard.count.to_string().len();
    format!("{command}-{:0digits$}-of-{}.part", shard.index, shard.count)
}

/// What the file of a part says of it.
fn made_of_part(work: &impl Shared, shard: Shard) -> Value {
    let mut made = work.made();
    made["settings"] = work.settings();
    made["shard"] = json!(shard.to_string());
    made
}

/// A part that is being done. One that is there is kept, one that was broken off goes on.
pub(crate) struct Part<W> {
    work: Arc<W>,
    shard: Shard,
    path: PathBuf,
    shelf: Shelf,
    _lock: FolderLock,
}

/// What to do about a part of other work.
const OTHERWISE: &str = "another --out for this part";

impl<W: Shared> Part<W> {
    /// Takes up what is there of a part of `work`; with what there is to say of it.
    ///
    /// # Errors
    /// The part of other work, one that another process does, a folder that cannot be written to.
    pub(crate) fn begin(
        mut work: W,
        command: &str,
        shard: Shard,
        folder: &Path,
    ) -> Result<(Self, Option<String>), Error> {
        let refused = |error: &dyn std::fmt::Display| Error::Setting(error.to_string());
        let name = part_name(command, shard);
        let lock = FolderLock::take(folder, &name).map_err(|error| refused(&error))?;
        let (path, made) = (folder.join(name), made_of_part(&work, shard));
        let mut said = None;
        if path.symlink_metadata().is_ok() {
            match read_checkpoint(&path, &made, OTHERWISE) {
                Ok(state) => work.resume(state)?,
                Err(error) if error.is_foreign => return Err(refused(&error)),
                Err(_) => {
                    let path = shown_path(&path);
                    said = Some(format!("'{path}' is damaged: the part is computed again"));
                }
            }
        }
        let work = Arc::new(work);
        let part = Self {
            shelf: Shelf::of_part(&work, path.clone(), made),
            work,
            shard,
            path,
            _lock: lock,
        };
        Ok((part, said))
    }

    /// Does what is missing of it, and keeps it.
    ///
    /// # Errors
    /// What failed; when it was ended before it was finished.
    pub(crate) fn advance(&self, watch: &dyn Watch, always: bool) -> Result<(), Error> {
        let keeping = self.shelf.keeping(watch, always);
        self.work.advance_part(self.shard, &keeping)
    }

    /// Keeps what is finished, and says where it is.
    ///
    /// # Errors
    /// A file that cannot be written; a part that is not finished.
    pub(crate) fn keep(&self) -> Result<String, Error> {
        self.shelf.store()?;
        let (done, all) = self.work.progress(self.shard);
        let path = shown_path(&self.path);
        if done < all {
            let why = interrupted(done, all, W::ITEMS);
            let how = "the same command goes on";
            return Err(Error::Unfinished(format!(
                "{why} and kept in '{path}'; {how}"
            )));
        }
        let (items, whole) = (W::ITEMS, self.work.progress(Shard::WHOLE).1);
        Ok(format!(
            "part {} of {}: {path}\n",
            self.shard,
            counted(whole, items)
        ))
    }
}

/// Work joined of its parts.
pub(crate) enum Joined {
    /// Not of these: a map has parts of its own.
    Map,
    /// Points.
    Search(Box<<Search as Study>::Work>),
    /// Points of networks.
    SearchNetwork(Box<<SearchNetwork as Study>::Work>),
    /// Seeds.
    Simulate(Box<<Simulate as Study>::Work>),
    /// Seeds of a network.
    SimulateNetwork(Box<<SimulateNetwork as Study>::Work>),
}

/// A part found in a folder.
struct Found {
    shard: Shard,
    path: PathBuf,
    /// What it says of the work, and of the part.
    made: Value,
}

impl Joined {
    /// The work whose parts stand in a folder.
    ///
    /// # Errors
    /// A part that is missing, there twice, unfinished, damaged, of other work or of another version.
    pub(crate) fn of(folder: &Path) -> Result<Self, Error> {
        let mut parts = parts(folder)?;
        parts.sort_by(|a, b| (a.shard.index, &a.path).cmp(&(b.shard.index, &b.path)));
        let Some(first) = parts.first() else {
            return Ok(Self::Map);
        };
        for part in &parts {
            agree(part, first)?;
        }
        if Parts::find(folder).is_ok() {
            return Err(unfit(
                folder,
                "holds the parts of a map as well: put them into directories of their own",
            ));
        }
        let all: Vec<(Shard, &Path)> = parts.iter().map(|p| (p.shard, &*p.path)).collect();
        all_there(folder, &all).map_err(|(path, why)| unfit(&path, &why))?;
        match first.made["command"].as_str() {
            Some(Search::NAME) if of_network(first) => {
                Ok(Self::SearchNetwork(Box::new(joined::<SearchNetwork>(
                    &parts,
                )?)))
            }
            Some(Search::NAME) => Ok(Self::Search(Box::new(joined::<Search>(&parts)?))),
            Some(Simulate::NAME) if of_network(first) => Ok(Self::SimulateNetwork(Box::new(
                joined::<SimulateNetwork>(&parts)?,
            ))),
            Some(Simulate::NAME) => Ok(Self::Simulate(Box::new(joined::<Simulate>(&parts)?))),
            _ => Err(unfit(
                &first.path,
                "is no part of a search or of a simulation",
            )),
        }
    }
}

fn unfit(path: &Path, why: &str) -> Error {
    Error::Unfinished(format!("'{}' {why}", shown_path(path)))
}

/// The parts in a folder that are checkpoints.
fn parts(folder: &Path) -> Result<Vec<Found>, Error> {
    let entries = std::fs::read_dir(folder);
    let entries = entries.map_err(|error| {
        let folder = shown_path(folder);
        Error::Setting(format!("'{folder}' cannot be read: {error}"))
    })?;
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        // Not the companions `._*` of some systems.
        if !name.ends_with(".part") || name.starts_with('.') || !is_checkpoint(&path) {
            continue;
        }
        let made = made_of_checkpoint(&path).map_err(|error| damaged(&path, &error.reason))?;
        let shard = made["shard"].as_str().and_then(|text| text.parse().ok());
        let shard = shard.ok_or_else(|| unfit(&path, "does not say which part it is"))?;
        found.push(Found { shard, path, made });
    }
    Ok(found)
}

fn damaged(path: &Path, why: &str) -> Error {
    let why = why.split(':').next().unwrap_or_default();
    unfit(
        path,
        &format!("{why}: run its command again, which computes what it lacks"),
    )
}

fn is_checkpoint(path: &Path) -> bool {
    const BEGINNING: &[u8] = b"lorode checkpoint ";
    let mut bytes = [0; BEGINNING.len()];
    let file = open_file(path, false);
    file.is_ok_and(|mut file| file.read_exact(&mut bytes).is_ok()) && bytes == BEGINNING
}

/// Refuses a part of other work than the first, and of another version than this.
fn agree(part: &Found, first: &Found) -> Result<(), Error> {
    let (own, theirs) = (env!("CARGO_PKG_VERSION"), &part.made["version"]);
    if theirs.as_str() != Some(own) {
        let theirs = theirs.as_str().unwrap_or_default();
        let why = format!("is of version {theirs}, this is {own}: merge with that version");
        return Err(unfit(&part.path, &why));
    }
    let same = |key: &str| part.made[key] == first.made[key];
    if same("command") && same("settings") {
        return Ok(());
    }
    let than = shown_path(&first.path);
    Err(unfit(
        &part.path,
        &format!("is of other settings than '{than}'"),
    ))
}

/// Whether the part is of a network.
fn of_network(part: &Found) -> bool {
    let problem = part.made["settings"]["problem"].clone();
    let problem = serde_json::from_value::<ProblemOptions>(problem);
    problem.is_ok_and(|problem| problem.is_network())
}

/// The work of a study with all that its parts hold.
fn joined<S>(parts: &[Found]) -> Result<S::Work, Error>
where
    S: Study<Work: Shared> + DeserializeOwned,
{
    let unreadable = |error: serde_json::Error| Error::Unfinished(error.to_string());
    let settings = parts
        .first()
        .map_or(&Value::Null, |part| &part.made["settings"]);
    let study: S = serde_json::from_value(settings.clone()).map_err(unreadable)?;
    let mut work = study.begin()?;
    for part in parts {
        let state = read_checkpoint(&part.path, &part.made, OTHERWISE);
        work.resume(state.map_err(|error| damaged(&part.path, &error.reason))?)?;
        let (done, all) = work.progress(part.shard);
        if done < all {
            let missing = counted(all - done, <S::Work as Shared>::ITEMS);
            let why = format!("is not finished ({missing} missing)");
            return Err(damaged(&part.path, &why));
        }
    }
    Ok(work)
}
