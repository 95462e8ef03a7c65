//! Where work keeps what is finished while it goes on: a file in its output folder.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde::Serialize;
use serde_json::Value;

use super::Resumable;
use crate::error::Error;
use crate::output::printable::shown_path;
use crate::output::write_atomically;
use crate::storage::{CheckpointError, checkpoint, read_checkpoint};
use crate::watch::{Cancel, Watch};

/// Seconds between two checkpoints; more when writing one takes long.
const INTERVAL: f64 = 5.0;
/// Largest share of the time that checkpoints may take, as its inverse.
const SHARE: f64 = 20.0;

/// The bytes of the file, or why there are none; `None` while nothing is finished.
type Encode = dyn Fn() -> Option<Result<Vec<u8>, Error>> + Send + Sync;

/// The checkpoint of some work, in a file where there is one for it.
pub struct Shelf {
    path: Option<PathBuf>,
    encode: Box<Encode>,
}

impl Shelf {
    /// Takes up the checkpoint of `work` under the name of its command in `folder`, if it is to be gone on
    /// with. Without `resume` an old one is set aside, not lost. What there is to say of it comes back.
    ///
    /// # Errors
    /// A checkpoint of other work, or a damaged one; `resume` without a folder.
    pub fn take_up<W: Resumable>(
        work: &mut W,
        command: &str,
        folder: Option<&Path>,
        resume: bool,
    ) -> Result<Option<String>, Error> {
        let Some(path) = folder.map(|folder| name(folder, command)) else {
            return match resume {
                true => Err(Error::refused(
                    "resume",
                    "needs the directory of the checkpoint: give it with --out",
                )),
                false => Ok(None),
            };
        };
        match (resume, path.exists()) {
            (true, true) => {
                let read = read_checkpoint(&path, &work.made(), "run without --resume");
                work.resume(read.map_err(refused)?)?;
                Ok(None)
            }
            (true, false) => Ok(Some(format!(
                "no checkpoint in '{}': starting anew",
                shown_path(&path)
            ))),
            (false, true) => set_aside(&path).map(Some),
            (false, false) => Ok(None),
        }
    }

    /// Where `work` is kept in `folder` from now on; without a folder nowhere.
    pub fn new<W: Resumable>(work: &Arc<W>, command: &str, folder: Option<&Path>) -> Self {
        let path = folder.map(|folder| name(folder, command));
        let (work, made) = (Arc::clone(work), work.made());
        let encode = move || Some(encoded(&made, &work.state()?));
        Self {
            path,
            encode: Box::new(encode),
        }
    }

    /// The file of a part, `made` of which there is one even where nothing is finished.
    pub(super) fn of_part<W: Resumable>(work: &Arc<W>, path: PathBuf, made: Value) -> Self {
        let work = Arc::clone(work);
        let encode = move || Some(encoded(&made, &work.state().unwrap_or_default()));
        Self {
            path: Some(path),
            encode: Box::new(encode),
        }
    }

    /// Keeps all there is now: before the results are written, a full disk must not cost the run. Whether
    /// there is anything in the file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn store(&self) -> Result<bool, Error> {
        let (Some(path), Some(bytes)) = (&self.path, (self.encode)()) else {
            return Ok(false);
        };
        write_atomically(path, &bytes?)?;
        Ok(true)
    }

    /// How an interrupted run goes on, in words; one that failed by itself would fail again.
    pub fn how(&self, failure: Option<&Error>) -> Option<String> {
        let path = self.path.as_ref()?;
        if matches!(failure, Some(Error::Unfinished(_))) {
            return None;
        }
        Some(format!("--resume goes on from '{}'", shown_path(path)))
    }

    /// Removes the checkpoint of a run whose results are written.
    pub fn clear(&self) {
        if let Some(path) = &self.path {
            let _none = std::fs::remove_file(path);
        }
    }

    /// Shows progress to `watch`, and keeps what there is every few seconds of its clock; after every piece
    /// of work where that may be the `last`.
    pub fn keeping<'a>(&'a self, watch: &'a dyn Watch, always: bool) -> impl Watch + 'a {
        Keeping {
            shelf: self,
            watch,
            always,
            due: Mutex::new(watch.clock().map(|now| now + INTERVAL)),
        }
    }
}

/// Work that is watched, and kept meanwhile.
struct Keeping<'a> {
    shelf: &'a Shelf,
    watch: &'a dyn Watch,
    always: bool,
    /// When to write the next checkpoint, by the clock of the one who watches.
    due: Mutex<Option<f64>>,
}

impl Keeping<'_> {
    /// Writes a checkpoint when it is time and no other thread is at it.
    fn keep(&self) {
        let Ok(mut due) = self.due.try_lock() else {
            return;
        };
        let now = self.watch.clock();
        let is_time = now.zip(*due).is_some_and(|(now, due)| now >= due);
        if !is_time && !self.always {
            return;
        }
        if let Err(error) = self.shelf.store() {
            self.watch
                .message(&format!("lorode: no checkpoint: {error}"));
        }
        let took = self.watch.clock().zip(now).map(|(end, now)| end - now);
        let pause = INTERVAL.max(took.unwrap_or(0.0) * SHARE);
        *due = self.watch.clock().map(|end| end + pause);
    }
}

impl Watch for Keeping<'_> {
    fn begin(&self, what: &str, length: u64) {
        self.watch.begin(what, length);
    }

    fn advance(&self, units: u64) {
        self.keep();
        self.watch.advance(units);
    }

    fn recall(&self, units: u64) {
        self.watch.recall(units);
    }

    fn message(&self, line: &str) {
        self.watch.message(line);
    }

    fn clock(&self) -> Option<f64> {
        self.watch.clock()
    }

    fn cancel(&self) -> Cancel {
        self.watch.cancel()
    }
}

fn encoded<S: Serialize>(made: &Value, state: &S) -> Result<Vec<u8>, Error> {
    checkpoint(made, state).map_err(|error| Error::Unfinished(error.to_string()))
}

fn name(folder: &Path, command: &str) -> PathBuf {
    folder.join(format!("{command}.checkpoint"))
}

fn refused(error: CheckpointError) -> Error {
    Error::Setting(error.to_string())
}

/// Renames an old checkpoint, and says how.
fn set_aside(path: &Path) -> Result<String, Error> {
    let free = |n: &u32| !path.with_extension(format!("checkpoint.old{n}")).exists();
    let number = (1..).find(free).unwrap_or(1);
    let aside = path.with_extension(format!("checkpoint.old{number}"));
    let moved = std::fs::rename(path, &aside);
    moved.map_err(|error| Error::Unfinished(format!("'{}': {error}", shown_path(path))))?;
    Ok(format!(
        "an unfinished run was here (--resume goes on with it); it is now '{}'",
        shown_path(&aside)
    ))
}
