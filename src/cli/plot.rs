//! `lorode plot`: saved results drawn again, alone or together.

use std::path::PathBuf;

use super::emit::{Failed, Format, say, written};
use super::front;
use super::options::OutputOptions;
use crate::output::FileFormat;
use crate::study::Picture;
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
    /// Directory for the figure [default: lorode-out]
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Replace another figure in that directory
    #[arg(long, requires = "out", help_heading = "Output")]
    force: bool,
    /// Its formats: svg, png, pdf [default: svg,png]
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        help_heading = "Output"
    )]
    save: Vec<FileFormat>,
    #[command(flatten)]
    picture: Picture,
}

impl PlotOf {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let output = OutputOptions {
            out: self.out.clone(),
            force: self.force,
            save: self.save.clone(),
            format: Format::Human,
            picture: self.picture.clone(),
        };
        FileFormat::of_figures(&self.save).map_err(Failed::usage)?;
        let mut plot = Plot::open(&self.files)?;
        plot.choice.clone_from(&self.choice);
        let figure = self.picture.on(plot.figure()?)?;
        let formats = output.saved(&FileFormat::OF_PLOTS);
        let Some(folder) = output.folder()? else {
            return Ok(());
        };
        let replaced = output.claim(Some(&folder), "plot", &formats, &plot.command())?;
        front::writing();
        let files = save_figure(&folder, "plot", &formats, &figure)?;
        say(&(written(&files).trim_start().to_owned() + &replaced))
    }
}
