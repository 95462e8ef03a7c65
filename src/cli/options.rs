//! Options that several commands share.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::emit::{Failed, Format, writable_folder};
use crate::output::FileFormat;
use crate::study::standing::{Command, Destination};
use crate::study::{Batch, Picture};

/// Precision of a command that chooses the method itself.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Solver")]
pub(super) struct PrecisionOptions {
    /// Relative tolerance of the integration [default: 1e-8; 1e-12 for the times of optimum]
    #[arg(long, value_name = "X", allow_hyphen_values = true)]
    pub(super) rtol: Option<f64>,
}

/// Whether an earlier run is gone on with.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Resume {
    /// Go on with what an interrupted run left in the output directory
    #[arg(long, help_heading = "Output")]
    pub(super) resume: bool,
}

/// Files of results.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Files {
    /// Directory for the data files and figures [default: lorode-out; with --format other than
    /// human, none]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Replace the result of another problem in that directory
    #[arg(long, requires = "out")]
    pub(super) force: bool,
    /// Formats of these files: csv, json, npz, parquet, svg, png, pdf [default: csv,json,svg,png, of maps npz
    /// and parquet too; figures alone: svg,png]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(super) save: Vec<FileFormat>,
    #[command(flatten)]
    pub(super) picture: Picture,
}

/// Where results go.
#[derive(Debug, clap::Args)]
pub(super) struct OutputOptions {
    #[command(flatten)]
    pub(super) files: Files,
    /// What goes to standard output
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    pub(super) format: Format,
}

impl OutputOptions {
    /// Whether files are asked for, or how they are drawn.
    pub(super) fn asks_for_files(&self) -> bool {
        let Files { out, save, .. } = &self.files;
        out.is_some() || !save.is_empty() || !self.files.picture.flags().is_empty()
    }

    /// The formats to write, those of the list or else the `usual` ones.
    pub(super) fn saved(&self, usual: &[FileFormat]) -> Vec<FileFormat> {
        FileFormat::chosen(&self.files.save, usual, self.format.binary())
    }

    /// The line on the result that one of `command` replaces in a folder, which is refused before
    /// anything is computed.
    pub(super) fn claim(
        &self,
        folder: Option<&Path>,
        name: &str,
        formats: &[FileFormat],
        command: impl Into<Command>,
    ) -> Result<String, Failed> {
        let Some(folder) = folder else {
            return Ok(String::new());
        };
        let destination = Destination {
            folder,
            name,
            formats,
            command: command.into(),
            is_named: self.files.out.is_some(),
            force: self.files.force,
        };
        Ok(destination.claim()?)
    }

    /// The same for the files of a map.
    pub(super) fn claim_map(&self, folder: Option<&Path>, command: &str) -> Result<String, Failed> {
        self.claim(folder, "phase", &self.saved(&FileFormat::OF_MAPS), command)
    }

    /// Writes the Slurm script of a command, if one is asked for; what there is to say of it.
    pub(super) fn script(
        &self,
        batch: &Batch,
        command: (&str, &Value),
    ) -> Result<Option<String>, Failed> {
        let mut merge = self.files.picture.flags();
        if !self.files.save.is_empty() {
            let formats: Vec<&str> = self.files.save.iter().map(|format| format.name()).collect();
            merge.extend(["--save".to_owned(), formats.join(",")]);
        }
        merge.extend(self.files.force.then(|| "--force".to_owned()));
        Ok(batch.script(command, self.files.out.as_deref(), &merge)?)
    }

    /// The folder of parts, which are always kept, without files of results.
    pub(super) fn folder_of_parts(&self) -> Result<PathBuf, Failed> {
        if !self.files.save.is_empty() || !self.files.picture.flags().is_empty() {
            return Err(Failed::usage(
                "save, style, width, height and dpi are of the whole: give them to `lorode merge`, not to a part",
            ));
        }
        writable_folder(self.files.out.as_deref().unwrap_or(Path::new("lorode-out")))
    }

    /// The folder to write files into, if any, made and tried before anything is computed.
    pub(super) fn folder(&self) -> Result<Option<PathBuf>, Failed> {
        self.format.check()?;
        self.files.picture.style()?;
        if self.files.out.is_none() && self.format != Format::Human && !self.files.save.is_empty() {
            return Err(Failed::usage(
                "--save is about files: name their directory with --out, or leave --format away",
            ));
        }
        match (&self.files.out, self.format) {
            (Some(path), _) => writable_folder(path).map(Some),
            (None, Format::Human) => writable_folder(Path::new("lorode-out")).map(Some),
            (None, _) => Ok(None),
        }
    }
}
