//! `lorode check`: reads a problem file and says what it asks, without running it.

use std::path::PathBuf;

use super::emit::{Failed, say};
use super::progress::Progress;
use crate::output::printable::shown_path;
use crate::study::check::check_file;

/// Check a problem file, or one of tasks and stages, and say what it asks
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// Problem file (TOML), or one of `lorode train`
    file: PathBuf,
}

impl Check {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let asked = check_file(&self.file, &Progress::new()).map_err(Failed::usage)?;
        say(&format!("{}: in order\n{asked}", shown_path(&self.file)))
    }
}
