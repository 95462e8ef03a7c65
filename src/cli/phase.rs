//! `lorode phase`: one value of a problem over a grid of its parameters.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::emit::{Failed, Format, interrupted, message, writable_folder};
use super::map_answer::deliver;
use super::options::{OutputOptions, Resume, words};
use super::problem_file::ProblemArguments;
use super::progress::Progress;
use super::{front, slurm};
use crate::error::Error;
use crate::output::FileFormat;
use crate::output::printable::shown_path;
use crate::phase::{CellFile, Cells, PhaseError, PhaseMap, Refinement, Unwritten, VALUES, compute};
use crate::shard::Shard;
use crate::study::phase::{
    DEFAULT_VALUE, Finished, check_memory, check_room, made, part_name, save_part,
};
use crate::study::provenance::command_line;
use crate::study::{Precision, phase};

/// Cells on disk while a map is computed.
const CELLS: &str = "phase.cells";

/// A phase diagram: one value of the problem over one, two or three of its parameters
#[derive(Debug, clap::Args)]
pub(super) struct Phase {
    #[command(flatten)]
    problem: ProblemArguments,
    #[command(flatten)]
    diagram: Diagram,
    #[command(flatten)]
    precision: Precision,
    /// Compute one part of the map, K of N, for `lorode merge`
    #[arg(long, value_name = "K/N", help_heading = "Scale")]
    shard: Option<String>,
    #[command(flatten)]
    resume: Resume,
    /// Write a Slurm script that computes the map as an array of jobs, and do nothing else
    #[arg(long, value_name = "FILE", help_heading = "Scale")]
    slurm: Option<PathBuf>,
    /// Jobs of the array in the Slurm script
    #[arg(long, value_name = "N", default_value_t = 16, help_heading = "Scale",
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    slurm_jobs: u32,
    #[command(flatten)]
    output: OutputOptions,
}

/// What is shown over what.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Diagram")]
struct Diagram {
    /// First axis, NAME=GRID: mu, angle, rho, kappa, nu, noise, lr, batch, dim, threshold, chi, decay,
    /// alignment0, u0, or a letter in a link expression
    #[arg(long, value_name = "AXIS", allow_hyphen_values = true)]
    x: String,
    /// Second axis
    #[arg(long, value_name = "AXIS", allow_hyphen_values = true)]
    y: Option<String>,
    /// Third axis: a diagram per value
    #[arg(long, value_name = "AXIS", allow_hyphen_values = true)]
    z: Option<String>,
    /// What is shown
    #[arg(long, value_name = "NAME", default_value = DEFAULT_VALUE,
        value_parser = words(VALUES.iter().map(|v| (v.number.name, v.number.about))))]
    value: String,
    /// Solve only near boundaries and steep changes; fill in the rest
    #[arg(long)]
    refine: bool,
}

impl Phase {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let study = self.study()?;
        let map = study.map()?;
        let parameters = Value::Object(study.parameters());
        let shard = self.shard()?;
        if let Some(path) = &self.slurm {
            let out = self.output.out.as_deref();
            return slurm::write_script(path, &parameters, self.slurm_jobs, out);
        }
        let (running, path) = self.begin(map, parameters, shard)?;
        let keeper = Arc::clone(&running);
        front::keep(move || Err(keeper.keep()));
        let refinement = self.compute(&running)?;
        if let (Some(path), Some(_)) = (&path, &self.shard) {
            let (cells, path) = (running.map.cells(), shown_path(path));
            return super::emit::say(&format!("part {shard} of {cells} cells: {path}\n"));
        }
        let finished = Finished {
            map: &running.map,
            file: &running.file,
            parameters: &running.parameters,
            refinement,
        };
        let result = deliver(
            &finished,
            (running.folder.as_deref(), &running.replaced),
            &self.output,
        );
        if let (Ok(()), Some(path)) = (&result, &path) {
            let _gone = std::fs::remove_file(path);
        }
        result
    }

    /// The part of the map that is asked for.
    fn shard(&self) -> Result<Shard, Failed> {
        if self.diagram.refine && (self.shard.is_some() || self.slurm.is_some()) {
            return Err(Failed::usage(
                "refine cannot be given together with shard or slurm: a refined map decides where to look \
                 from what it has seen",
            ));
        }
        match &self.shard {
            Some(text) => Ok(text.parse::<Shard>().map_err(Error::from)?),
            None => Ok(Shard::WHOLE),
        }
    }

    /// The map with the file of its cells, which has a path where something is to be kept.
    fn begin(
        &self,
        map: PhaseMap,
        parameters: Value,
        shard: Shard,
    ) -> Result<(Arc<Running>, Option<PathBuf>), Failed> {
        map.ended_by(front::cancel());
        let folder = match (&self.output.out, self.shard.is_some()) {
            (None, true) => Some(writable_folder(Path::new("lorode-out"))?),
            _ => self.output.folder()?,
        };
        if self.resume.resume && folder.is_none() {
            return Err(Failed::usage(
                "resume needs the directory of the unfinished map: give it with --out",
            ));
        }
        let mut replaced = String::new();
        if self.shard.is_none() {
            let line = command_line("phase", &parameters);
            let formats = self.output.saved(&FileFormat::OF_MAPS);
            replaced = self
                .output
                .claim(folder.as_deref(), "phase", &formats, &line)?;
        }
        let place = folder.clone().unwrap_or_else(std::env::temp_dir);
        check_room(&map, shard, &place)?;
        check_memory(&map, self.diagram.refine, self.output.format == Format::Npz)?;
        let made = made(&parameters);
        let path = folder.as_ref().map(|folder| match &self.shard {
            Some(_) => folder.join(part_name(shard)),
            None => folder.join(CELLS),
        });
        let file = match &path {
            Some(path) => self.file(path, &made, &map, shard)?,
            None => CellFile::scratch(&place, &made, map.cells(), shard).map_err(Error::from)?,
        };
        let running = Running {
            file,
            map,
            unwritten: Unwritten::default(),
            folder,
            replaced,
            is_part: self.shard.is_some(),
            parameters,
        };
        Ok((Arc::new(running), path))
    }

    /// The file of the cells: taken up or new.
    fn file(
        &self,
        path: &Path,
        made: &Value,
        map: &PhaseMap,
        shard: Shard,
    ) -> Result<CellFile, Failed> {
        let is_there = path.symlink_metadata().is_ok();
        if !is_there {
            return CellFile::create(path, made, map.cells(), shard).map_err(Failed::usage);
        }
        if !self.resume.resume && self.shard.is_none() && !CellFile::is_busy(path) {
            return Err(Failed::Usage(format!(
                "an unfinished map is in '{}': go on with it by --resume, or remove it",
                path.display()
            )));
        }
        // A part that is there already is not computed twice.
        let file = CellFile::open(path, made, map.cells(), shard).map_err(Failed::usage)?;
        let damaged = file.faults().map_err(Error::from)?.damaged;
        if damaged > 0 {
            message(&format!(
                "lorode: '{}' is damaged: cells that do not fit their checksums are computed again \
                 ({damaged})",
                path.display()
            ));
        }
        Ok(file)
    }

    fn compute(&self, running: &Running) -> Result<Option<Refinement>, Failed> {
        let Running {
            map,
            file,
            unwritten,
            ..
        } = running;
        let progress = Progress::new();
        let result = if self.diagram.refine {
            let refined = map.compute_refined(file, &progress, unwritten);
            refined.map(Some)
        } else {
            compute(map, file, &progress, unwritten).map(|()| None)
        };
        progress.end();
        result.map_err(|error| match error {
            PhaseError::Interrupted { .. } => running.keep(),
            error => Error::from(error).into(),
        })
    }

    fn study(&self) -> Result<phase::Phase, Failed> {
        let diagram = &self.diagram;
        Ok(phase::Phase {
            problem: self.problem.options()?,
            x: diagram.x.clone(),
            y: diagram.y.clone(),
            z: diagram.z.clone(),
            value: diagram.value.clone(),
            refine: diagram.refine,
            precision: self.precision.clone(),
        })
    }
}

/// A map that is being computed.
struct Running {
    map: PhaseMap,
    file: CellFile,
    unwritten: Unwritten,
    /// Where its results go; without one its cells are kept only while it is computed.
    folder: Option<PathBuf>,
    /// The line on what they replace.
    replaced: String,
    is_part: bool,
    parameters: Value,
}

impl Running {
    /// Keeps what is finished of an interrupted map, and says where.
    fn keep(&self) -> Failed {
        let why = interrupted(
            usize::try_from(self.unwritten.done()).unwrap_or(usize::MAX),
            usize::try_from(self.file.own_cells()).unwrap_or(usize::MAX),
            "cells",
        );
        let Some(folder) = &self.folder else {
            return Failed::Failure(format!("{why}; without --out nothing is kept"));
        };
        front::writing();
        let finished = Finished {
            map: &self.map,
            file: &self.file,
            parameters: &self.parameters,
            refinement: None,
        };
        let mut kept = self.unwritten.write(&self.file).map_err(Failed::failure);
        if !self.is_part && self.unwritten.done() > 0 {
            kept = kept.and_then(|()| Ok(save_part(&finished, folder, &why)?));
        }
        match kept {
            Ok(()) => Failed::Failure(format!("{why} and kept; --resume goes on with them")),
            Err(error) => Failed::Failure(format!("{why}; {error}")),
        }
    }
}
