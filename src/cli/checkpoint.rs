//! The checkpoint of a simulation in its output folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::emit::{Failed, message};
use super::front;
use super::progress::Progress;
use crate::error::Error;
use crate::output::write_atomically;
use crate::study::simulate::{Checkpoint, Keep, SimulateWork};

/// Name of the checkpoint in the output folder.
const CHECKPOINT: &str = "simulate.checkpoint";

/// Where a simulation keeps how far it came, if it has a folder.
pub(super) struct Shelf {
    path: Option<PathBuf>,
    work: Arc<SimulateWork>,
}

impl Shelf {
    pub(super) fn new(folder: Option<&Path>, work: &Arc<SimulateWork>) -> Self {
        Self {
            path: folder.map(|folder| folder.join(CHECKPOINT)),
            work: Arc::clone(work),
        }
    }

    /// Does the work, with a checkpoint every few seconds.
    pub(super) fn advance(&self, progress: &Progress) -> Result<(), Error> {
        let made = self.work.made();
        let keep = |checkpoint: &Checkpoint| {
            let path = self.path.as_deref();
            let kept = path.map(|path| write(path, checkpoint, &made));
            if let Some(Err(error)) = kept {
                message(&format!("lorode: no checkpoint: {error}"));
            }
        };
        let keep = self.path.is_some().then_some(Keep {
            store: &keep,
            always: progress.is_held(),
        });
        self.work.advance_keeping(progress, keep)
    }

    /// Keeps all there is before the results are written: a full disk must not cost the run.
    pub(super) fn store(&self) -> Result<(), Failed> {
        front::writing();
        let Some(path) = &self.path else {
            return Ok(());
        };
        write(path, &self.work.checkpoint(), &self.work.made())
    }

    /// How an interrupted run goes on.
    pub(super) fn how(&self) -> String {
        match &self.path {
            Some(path) => format!("--resume goes on from '{}'", path.display()),
            None => "with --out a checkpoint would have been kept".to_owned(),
        }
    }

    /// Removes the checkpoint of a run whose results are written.
    pub(super) fn clear(&self) {
        if let Some(path) = &self.path {
            let _none = std::fs::remove_file(path);
        }
    }
}

fn write(path: &Path, checkpoint: &Checkpoint, made: &Value) -> Result<(), Failed> {
    let bytes = checkpoint.to_bytes(made).map_err(Failed::failure)?;
    Ok(write_atomically(path, &bytes)?)
}

/// The checkpoint to go on from. Without --resume an old one is set aside, not lost.
pub(super) fn found(
    folder: Option<&Path>,
    resume: bool,
    made: &Value,
) -> Result<Option<Checkpoint>, Failed> {
    let Some(path) = folder.map(|folder| folder.join(CHECKPOINT)) else {
        return match resume {
            true => Err(Failed::usage(
                "resume needs the directory of the checkpoint: give it with --out",
            )),
            false => Ok(None),
        };
    };
    match (resume, path.exists()) {
        (true, true) => {
            let found = Checkpoint::read(&path, made);
            found.map(Some).map_err(Failed::usage)
        }
        (true, false) => {
            message(&format!(
                "lorode: no checkpoint in '{}': starting from step 0",
                path.display()
            ));
            Ok(None)
        }
        (false, true) => set_aside(&path).map(|()| None),
        (false, false) => Ok(None),
    }
}

fn set_aside(path: &Path) -> Result<(), Failed> {
    let free = |n: &u32| !path.with_extension(format!("checkpoint.old{n}")).exists();
    let number = (1..).find(free).unwrap_or(1);
    let aside = path.with_extension(format!("checkpoint.old{number}"));
    std::fs::rename(path, &aside).map_err(Failed::failure)?;
    message(&format!(
        "lorode: an unfinished run was here (--resume goes on with it); it is now '{}'",
        aside.display()
    ));
    Ok(())
}
