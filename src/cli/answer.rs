//! From a study to files, standard output and messages: the same way for every command.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::checkpoint::Shelf;
use super::emit::{self, Failed, Format, list, message, stem};
use super::front;
use super::options::OutputOptions;
use super::progress::Progress;
use crate::error::Error;
use crate::output::FileFormat;
use crate::study::{Report, Study, Work, announce};

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        match error.is_refusal() {
            true => Failed::usage(error),
            false => Failed::failure(error),
        }
    }
}

/// Does the work of a study and delivers what comes of it, whole or as far as it came.
pub(super) fn answer<S: Study>(study: &S, output: &OutputOptions) -> Result<(), Failed> {
    let work = Arc::new(study.begin()?);
    let place = Place::new(S::FILES, output)?;
    finish(work, place, |work, progress| work.advance(progress))
}

/// Does work that was begun, by `advance`, and delivers what comes of it.
pub(super) fn finish<W: Work>(
    work: Arc<W>,
    place: Place,
    advance: impl FnOnce(&W, &Progress) -> Result<(), Error>,
) -> Result<(), Failed> {
    let keeper = (Arc::clone(&work), place.clone());
    front::keep(move || keeper.1.deliver(&*keeper.0, None));
    let progress = Progress::new();
    if progress.is_watched() {
        announce(&work.models(), &progress);
    }
    let ended = advance(&work, &progress);
    progress.end();
    place.deliver(&*work, ended.err())
}

/// Does the work of a study and prints what comes of it.
pub(super) fn print<S: Study>(study: &S, format: Format) -> Result<(), Failed> {
    let work = study.begin()?;
    let (command, folder, shelf) = (S::FILES, None, None);
    let place = Place {
        command,
        folder,
        format,
        formats: Vec::new(),
        shelf,
    };
    let ended = work.advance(&Progress::new());
    place.deliver(&work, ended.err())
}

/// Where the parts of a report go.
#[derive(Clone)]
pub(super) struct Place {
    command: &'static str,
    folder: Option<PathBuf>,
    format: Format,
    /// Of the files.
    formats: Vec<FileFormat>,
    /// Where the work keeps how far it came.
    shelf: Option<Arc<Shelf>>,
}

impl Place {
    /// The folder of a command, made and tried.
    pub(super) fn new(command: &'static str, output: &OutputOptions) -> Result<Self, Failed> {
        Ok(Self {
            command,
            folder: output.folder()?,
            format: output.format,
            formats: output.saved(&FileFormat::USUAL),
            shelf: None,
        })
    }

    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    pub(super) fn with_shelf(self, shelf: Arc<Shelf>) -> Self {
        Self {
            shelf: Some(shelf),
            ..self
        }
    }

    fn deliver(&self, work: &impl Work, failure: Option<Error>) -> Result<(), Failed> {
        let failure = match failure {
            Some(error) if error.is_refusal() => return Err(error.into()),
            other => other,
        };
        if let Some(shelf) = &self.shelf {
            shelf.store()?;
        }
        let Some(report) = work.report() else {
            let why = failure.unwrap_or_else(|| work.missing());
            return Err(match &self.shelf {
                Some(shelf) => Failed::Failure(format!("{why}; {}", shelf.how())),
                None => why.into(),
            });
        };
        let mut shown = emit::Report {
            summary: report.summary(),
            json: report.json(),
            table: report.table(),
        };
        let incomplete = report.incomplete();
        if let Some(why) = &incomplete {
            shown.summary.push_str(&format!("\n{why}\n"));
        }
        if let Some(folder) = &self.folder {
            let (more, figure) = (report.more_tables(), report.figure());
            shown.save(folder, self.command, &self.formats, figure.as_ref(), &more)?;
        }
        if incomplete.is_none() {
            shown.json = report.printed_json();
        }
        if let Some(finest) = report.finest_table() {
            shown.table = finest;
        }
        let printed = match failure {
            None => shown.print(self.format),
            // What is known of a failure is in the files and the message.
            Some(_) => Ok(()),
        };
        if let (Some(shelf), None, Ok(())) = (&self.shelf, &incomplete, &printed) {
            shelf.clear();
        }
        for warning in report.warnings() {
            message(&format!("lorode: warning: {warning}"));
        }
        list(&report.failures());
        if incomplete.is_some() {
            return Err(Failed::Failure(self.kept(&report)));
        }
        match report.failed() {
            Some(why) => Err(Failed::Failure(why)),
            None => printed,
        }
    }

    /// What is said of a report that is not the whole answer.
    fn kept(&self, report: &impl Report) -> String {
        if let Some(shelf) = &self.shelf {
            let why = report.incomplete().unwrap_or_default();
            return format!("{why}; {}", shelf.how());
        }
        let files = |folder: &PathBuf| folder.join(stem(self.command, true) + ".*");
        let files = self.folder.as_ref().map(files);
        report.kept(files.map(|files| files.display().to_string()).as_deref())
    }
}
