//! The questions that lorode answers, one folder each: settings as plain data, the work, and a
//! report with data, table, figure and words.
//!
//! A front (command line, Python, page) turns arguments into settings and a report into bytes, and
//! nothing else: defaults, units, figures and sentences are here.
//!
//! ```text
//! settings (Study) -> work, with progress (Work) -> report (Report) -> front
//! ```

mod along_run;
mod axes;
pub mod check;
pub(crate) mod command_words;
pub mod compare;
mod cost;
pub mod derive;
pub(crate) mod estimate;
#[cfg(feature = "cli")]
pub(crate) mod files;
#[cfg(feature = "cli")]
mod found;
pub(crate) mod in_force;
pub mod kernel;
pub mod links;
pub(crate) mod many;
pub mod optimum;
mod other_problem;
pub mod parameters;
#[cfg(feature = "cli")]
pub(crate) mod part;
pub mod phase;
mod picture;
pub mod plot;
mod precision;
#[cfg(feature = "cli")]
pub(crate) mod problem_file;
pub(crate) mod provenance;
pub mod read;
mod resume;
pub(crate) mod rows;
mod sampling;
#[cfg(feature = "cli")]
mod save;
pub(crate) mod saved;
pub mod scaling;
pub mod schema;
pub mod search;
#[cfg(feature = "system")]
mod shelf;
pub mod simulate;
#[cfg(feature = "cli")]
mod slurm;
pub mod solve;
#[cfg(feature = "cli")]
pub(crate) mod standing;
pub mod train;
pub(crate) mod units;
pub(crate) mod words;

use serde_json::Value;

pub(crate) use cost::announce;
pub use picture::Picture;
pub use precision::Precision;
#[doc(hidden)]
pub use provenance::Origin;
pub(crate) use resume::made;
pub use resume::{Resumable, Shared};
pub use sampling::Sampling;
#[cfg(feature = "cli")]
pub use save::save;
#[cfg(feature = "system")]
pub use shelf::Shelf;
#[cfg(feature = "cli")]
pub(crate) use slurm::Batch;

use crate::error::Error;
use crate::model::Model;
use crate::output::{Figure, Table};
use crate::watch::Watch;

/// A question with its settings.
pub trait Study {
    /// The name of the command.
    const NAME: &'static str;
    /// What the names of its files begin with.
    const FILES: &'static str = Self::NAME;
    /// The work it takes.
    type Work: Work;

    /// Checks the settings; computes nothing that takes time.
    ///
    /// # Errors
    /// Which setting is refused, what it was, what is allowed.
    fn begin(&self) -> Result<Self::Work, Error>;

    /// Does the whole work. Ended early by `progress`, the report holds what is finished and says
    /// that it is not complete.
    ///
    /// # Errors
    /// As [`begin`](Study::begin), a setting that turns out on the way to be refused, and what fails
    /// with nothing finished.
    fn run(&self, progress: &dyn Watch) -> Result<<Self::Work as Work>::Report, Error> {
        let work = progress.cancel().during(|| self.begin())?;
        announce(&work.models(), progress);
        match work.advance(progress).err() {
            Some(error) if error.is_refusal() => Err(error),
            failure => {
                let why = || failure.unwrap_or_else(|| work.missing());
                work.report().ok_or_else(why)
            }
        }
    }
}

/// Work that others may look at while it goes on.
pub trait Work: Send + Sync + 'static {
    /// What comes of it.
    type Report: Report;

    /// Does the work, or goes on until `progress` is cancelled.
    ///
    /// # Errors
    /// What failed; what was finished before is in the [`report`](Work::report).
    fn advance(&self, progress: &dyn Watch) -> Result<(), Error>;

    /// The models along whose flows it integrates, of which it may be said beforehand that they take long.
    fn models(&self) -> Vec<Model> {
        Vec::new()
    }

    /// How it is made: the flags that repeat it, in their order.
    fn parameters(&self) -> Value;

    /// What is finished, at any time; `None` while that is nothing.
    fn report(&self) -> Option<Self::Report>;

    /// Why there is no report.
    fn missing(&self) -> Error {
        nothing()
    }
}

/// What is said of work that was ended too early.
pub(crate) fn nothing() -> Error {
    Error::Unfinished("interrupted before anything was finished".to_owned())
}

/// An answer in the forms that every front shows.
pub trait Report {
    /// How it was made, and whether it is whole, where it may be a part: what [`incomplete`](Report::incomplete) is read from.
    #[doc(hidden)]
    fn origin(&self) -> Option<&Origin> {
        None
    }

    /// Why it is not the whole answer, if it is not.
    fn incomplete(&self) -> Option<String> {
        self.origin()?.incomplete.clone()
    }

    /// The same sentence with the files in which the part is kept, if there are any.
    fn kept(&self, files: Option<&str>) -> String {
        let why = self.incomplete().unwrap_or_default();
        match files {
            Some(files) => format!("{why}; what is finished is in '{files}'"),
            None => format!("{why}; with --out what is finished would be in files"),
        }
    }

    /// All data, with how it was made.
    fn json(&self) -> Value;

    /// The data for a reader who waits: with what must not stand in a file.
    fn printed_json(&self) -> Value {
        self.json()
    }

    /// The data with one row a point, with how it was made.
    fn table(&self) -> Table;

    /// Further tables, each with the ending of its file's stem.
    fn more_tables(&self) -> Vec<(&'static str, Table)> {
        let finest = self.finest_table().map(|seeds| ("-seeds", seeds));
        finest.into_iter().collect()
    }

    /// The table of single seeds, where they are kept: the one for a reader who waits.
    fn finest_table(&self) -> Option<Table> {
        None
    }

    /// The picture, where there is one to draw.
    fn figure(&self) -> Option<Figure>;

    /// A few lines to read.
    fn summary(&self) -> String;

    /// What the reader must know before using the numbers.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// The points that failed, and why.
    fn failures(&self) -> Vec<String> {
        Vec::new()
    }

    /// One sentence on a complete report some of whose points failed.
    fn failed(&self) -> Option<String> {
        None
    }
}
