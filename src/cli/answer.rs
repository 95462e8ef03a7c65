//! From a study to files, standard output and messages: the same way for every command.

use std::path::PathBuf;
use std::sync::Arc;

use super::emit::{self, Failed, Format, list, message, say, stem};
use super::front;
use super::options::{OutputOptions, Resume};
use super::progress::Progress;
use crate::error::Error;
use crate::output::FileFormat;
use crate::shard::Shard;
use crate::storage::FolderLock;
use crate::study::part::Part;
use crate::study::standing::Command;
use crate::study::{Batch, Picture, Report, Resumable, Shared, Shelf, Study, Work, announce};

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
    let place = Place::of::<S>(&work, output)?;
    finish(work, place)
}

/// The same for work that goes on where an interrupted run left it, if it is asked to.
pub(super) fn answer_resuming<S>(
    study: &S,
    resume: Resume,
    output: &OutputOptions,
) -> Result<(), Failed>
where
    S: Study<Work: Resumable>,
{
    let mut work = study.begin()?;
    let mut place = Place::of::<S>(&work, output)?;
    let folder = place.folder.as_deref();
    // Until everything is written: two runs would replace each other's checkpoints.
    let lock = folder.map(|folder| FolderLock::take(folder, S::FILES));
    let _held = lock.transpose().map_err(Failed::usage)?;
    if let Some(said) = Shelf::take_up(&mut work, S::FILES, folder, resume.resume)? {
        message(&format!("lorode: {said}"));
    }
    let work = Arc::new(work);
    place.shelf = Some(Arc::new(Shelf::new(&work, S::FILES, folder)));
    finish(work, place)
}

/// The same for work that may be done in parts: writes the script that does so, or does one of them.
pub(super) fn answer_sharing<S>(
    study: &S,
    batch: &Batch,
    resume: Resume,
    output: &OutputOptions,
) -> Result<(), Failed>
where
    S: Study<Work: Shared>,
{
    if !batch.divides() {
        return answer_resuming(study, resume, output);
    }
    let work = study.begin()?;
    if let Some(said) = output.script(batch, (S::NAME, &work.parameters()))? {
        return say(&said);
    }
    let shard = batch.shard()?.unwrap_or(Shard::WHOLE);
    let (part, said) = Part::begin(work, S::FILES, shard, &output.folder_of_parts()?)?;
    list(said.as_slice());
    let part = Arc::new(part);
    let keeper = Arc::clone(&part);
    front::keep(move || {
        front::writing();
        Err(keeper.keep().map_or_else(Failed::from, Failed::Failure))
    });
    let progress = Progress::new();
    let ended = part.advance(&progress, progress.is_held());
    progress.end();
    ended?;
    front::writing();
    say(&part.keep()?)
}

/// Delivers work that was joined of its parts.
pub(super) fn answer_joined<S: Study>(work: S::Work, output: &OutputOptions) -> Result<(), Failed> {
    let place = Place::of::<S>(&work, output)?;
    finish(Arc::new(work), place)
}

/// Does work that was begun, and delivers what comes of it.
fn finish<W: Work>(work: Arc<W>, place: Place) -> Result<(), Failed> {
    let keeper = (Arc::clone(&work), place.clone());
    front::keep(move || keeper.1.deliver(&*keeper.0, None));
    let progress = Progress::new();
    if progress.is_watched() {
        announce(&work.models(), &progress);
    }
    let ended = match &place.shelf {
        Some(shelf) => work.advance(&shelf.keeping(&progress, progress.is_held())),
        None => work.advance(&progress),
    };
    progress.end();
    place.deliver(&*work, ended.err())
}

/// Does the work of a study and prints what comes of it.
pub(super) fn print<S: Study>(study: &S, format: Format) -> Result<(), Failed> {
    let work = study.begin()?;
    let place = Place {
        command: S::FILES,
        format,
        ..Place::default()
    };
    let ended = work.advance(&Progress::new());
    place.deliver(&work, ended.err())
}

/// Where the parts of a report go.
#[derive(Clone, Default)]
struct Place {
    command: &'static str,
    folder: Option<PathBuf>,
    format: Format,
    /// Of the files.
    formats: Vec<FileFormat>,
    picture: Picture,
    /// The line on what they replace.
    replaced: String,
    /// Where the work keeps how far it came.
    shelf: Option<Arc<Shelf>>,
}

impl Place {
    /// The folder of a command, made and tried.
    fn of<S: Study>(work: &S::Work, output: &OutputOptions) -> Result<Self, Failed> {
        let (command, folder) = (S::FILES, output.folder()?);
        let formats = output.saved(&FileFormat::USUAL);
        let line = Command::new(S::NAME, &work.parameters());
        let replaced = output.claim(folder.as_deref(), command, &formats, line)?;
        Ok(Self {
            command,
            folder,
            format: output.format,
            formats,
            picture: output.files.picture.clone(),
            replaced,
            shelf: None,
        })
    }

    fn deliver(&self, work: &impl Work, failure: Option<Error>) -> Result<(), Failed> {
        let failure = match failure {
            Some(error) if error.is_refusal() => return Err(error.into()),
            other => other,
        };
        let mut resume = String::new();
        if let Some(shelf) = &self.shelf {
            front::writing();
            let how = shelf
                .store()?
                .then(|| shelf.how(failure.as_ref()))
                .flatten();
            resume = how.map_or(resume, |how| format!("; {how}"));
        }
        let with_resume = |why: String| Failed::Failure(why + &resume);
        let Some(report) = work.report() else {
            let why = failure.unwrap_or_else(|| work.missing());
            return Err(with_resume(why.to_string()));
        };
        let mut shown = emit::Report {
            summary: report.summary(),
            json: report.json(),
            table: report.table(),
            replaced: String::new(),
        };
        let incomplete = report.incomplete();
        if let Some(why) = &incomplete {
            shown.summary.push_str(&format!("\n{why}\n"));
        }
        if let Some(folder) = &self.folder {
            let figure = report.figure().map(|figure| self.picture.on(figure));
            let (more, figure) = (report.more_tables(), figure.transpose()?);
            let names = (self.command, self.replaced.as_str());
            shown.save(folder, names, &self.formats, figure.as_ref(), &more)?;
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
            return Err(with_resume(self.kept(&report)));
        }
        match report.failed() {
            Some(why) => Err(Failed::Failure(why)),
            None => printed,
        }
    }

    /// What is said of a report that is not the whole answer.
    fn kept(&self, report: &impl Report) -> String {
        let files = |folder: &PathBuf| folder.join(stem(self.command, true) + ".*");
        let files = self.folder.as_ref().map(files);
        report.kept(files.map(|files| files.display().to_string()).as_deref())
    }
}
