//! `lorode plot`: saved results drawn again, alone or together.

use std::path::PathBuf;

use super::emit::{Failed, Format, list, say};
use super::front;
use super::options::{Files, OutputOptions};
use crate::output::FileFormat;
use crate::study::files::save_figure;
use crate::study::plot::{Choice, Plot};

/// Draw saved results again, alone or several in the same panels
#[derive(Debug, clap::Args)]
pub(super) struct PlotOf {
    /// Results in JSON, NPZ, Parquet or CSV
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    output: Files,
}

impl PlotOf {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let output = OutputOptions {
            files: self.output.clone(),
            format: Format::Human,
        };
        FileFormat::of_figures(&self.output.save).map_err(Failed::usage)?;
        let mut plot = Plot::open(&self.files)?;
        plot.choice.clone_from(&self.choice);
        let figure = self.output.picture.on(plot.figure()?)?;
        let formats = output.saved(&FileFormat::OF_PLOTS);
        let Some(folder) = output.folder()? else {
            return Ok(());
        };
        let replaced = output.claim(Some(&folder), "plot", &formats, plot.command().as_str())?;
        front::writing();
        let files = save_figure(&folder, "plot", &formats, &figure)?;
        list(&files.notes);
        say(&(files.said().trim_start().to_owned() + &replaced))
    }
}
