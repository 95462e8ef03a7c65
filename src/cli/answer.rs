//! From a study to files, standard output and messages: the same way for every command.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::emit::{self, Failed, Format, list, message, stem};
use super::front;
use super::options::OutputOptions;
use super::progress::Progress;
use crate::error::Error;
use crate::study::{Report, Study, Work};

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
    let place = Place {
        command: S::FILES,
        folder: output.folder()?,
        format: output.format,
    };
    let keeper = (Arc::clone(&work), place.clone());
    front::keep(move || keeper.1.deliver(keeper.0.report(), None));
    let progress = Progress::new();
    let ended = work.advance(&progress);
    progress.end();
    place.deliver(work.report(), ended.err())
}

/// Does the work of a study and prints what comes of it.
pub(super) fn print<S: Study>(study: &S, format: Format) -> Result<(), Failed> {
    let work = Arc::new(study.begin()?);
    let place = Place {
        command: S::FILES,
        folder: None,
        format,
    };
    let ended = work.advance(&Progress::new());
    place.deliver(work.report(), ended.err())
}

/// Where the parts of a report go.
#[derive(Clone)]
struct Place {
    command: &'static str,
    folder: Option<PathBuf>,
    format: Format,
}

impl Place {
    fn deliver(&self, report: Option<impl Report>, failure: Option<Error>) -> Result<(), Failed> {
        let Some(report) = report else {
            return Err(failure.map_or_else(front::nothing_kept, Failed::failure));
        };
        let mut shown = emit::Report {
            summary: report.summary(),
            json: report.json(),
            table: report.table(),
        };
        let incomplete = report.incomplete();
        if let Some(why) = &incomplete {
            shown.mark_partial(why);
        }
        if let Some(folder) = &self.folder {
            shown.save(
                folder,
                self.command,
                self.format,
                report.figure().as_ref(),
                &[],
            )?;
        }
        if incomplete.is_none() {
            shown.json = report.printed_json();
        }
        let printed = match failure {
            None => shown.print(self.format),
            // What is known of a failure is in the files and the message.
            Some(_) => Ok(()),
        };
        for warning in report.warnings() {
            message(&format!("lorode: warning: {warning}"));
        }
        list(&report.failures());
        if incomplete.is_some() {
            let files = self.folder.as_deref().map(|folder| self.files(folder));
            return Err(Failed::Failure(report.kept(files.as_deref())));
        }
        match report.failed() {
            Some(why) => Err(Failed::Failure(why)),
            None => printed,
        }
    }

    fn files(&self, folder: &Path) -> String {
        let files = folder.join(stem(self.command, true) + ".*");
        files.display().to_string()
    }
}
