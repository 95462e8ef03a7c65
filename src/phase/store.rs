//! Cells on disk: written where they belong as they come, so that a killed run loses nothing that
//! was finished, and a part of a map says by itself what it is a part of.
//!
//! The file: one line of JSON (format, program, version, parameters, shard) padded with spaces to
//! a whole number of pages; then the units of work of this shard, each its cells of nine bytes
//! (value, outcome; 0 while not computed); then, once all are done, a checksum.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::cell::{CELL_BYTES, Cell};
use super::error::PhaseError;
use super::shard::Shard;

/// Length of the first line is a multiple of this.
const PAGE: usize = 4096;
/// Cells of a unit of work.
pub(super) const UNIT: u64 = 512;
/// Format of the file.
const FORMAT: &str = "lorode cells 1";
/// Bytes of the seal at the end: a mark and the checksum.
const SEAL: usize = 8;
const SEAL_MARK: [u8; 4] = *b"DONE";

/// The file of a map or of a shard of it.
#[derive(Debug)]
pub struct CellFile {
    path: PathBuf,
    file: Mutex<File>,
    start: u64,
    cells: u64,
    shard: Shard,
}

impl CellFile {
    /// Bytes that a shard of `cells` cells takes.
    pub fn bytes(cells: u64, shard: Shard) -> u64 {
        let own = shard.units(cells.div_ceil(UNIT)).count() as u64;
        (own * UNIT * CELL_BYTES as u64).saturating_add((2 * PAGE + SEAL) as u64)
    }

    /// A new file, replacing any other.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path, made: &Value, cells: u64, shard: Shard) -> Result<Self, PhaseError> {
        let fail =
            |error: std::io::Error| PhaseError::file(path, format!("cannot be written: {error}"));
        let mut hidden = path.as_os_str().to_owned();
        hidden.push(format!(".{}.new", std::process::id()));
        let hidden = PathBuf::from(hidden);
        let mut header = header(made, cells, shard).into_bytes();
        header.resize(header.len().div_ceil(PAGE) * PAGE - 1, b' ');
        header.push(b'\n');
        let options = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&hidden);
        let mut file = options.map_err(fail)?;
        file.write_all(&header).map_err(fail)?;
        let this = Self {
            path: path.to_owned(),
            file: Mutex::new(file),
            start: header.len() as u64,
            cells,
            shard,
        };
        // Zeros, not written out by most file systems until there is something to write.
        this.lock().set_len(this.end()).map_err(fail)?;
        // Under its name only when it can be gone on with.
        std::fs::rename(&hidden, path).map_err(fail)?;
        Ok(this)
    }

    /// An existing file, which must be of this map and shard.
    ///
    /// # Errors
    /// [`PhaseError::File`] says what is wrong with it; it is not touched.
    pub fn open(path: &Path, made: &Value, cells: u64, shard: Shard) -> Result<Self, PhaseError> {
        let (this, theirs) = Self::read_only_header(path, true)?;
        let ours: Value = serde_json::from_str(&header(made, cells, shard)).unwrap_or_default();
        if theirs != ours {
            return Err(PhaseError::file(
                path,
                "belongs to another map, version or shard: give the same options, or another --out",
            ));
        }
        // A file without a seal was broken off, and its cells are whole; one with a wrong seal is
        // damaged, nobody knows where.
        match this.check_seal() {
            Err(_) if this.has_seal_mark() => Err(PhaseError::file(
                path,
                "is damaged (its checksum does not fit): remove it to compute it again",
            )),
            _ => Ok(this),
        }
    }

    fn has_seal_mark(&self) -> bool {
        let mut mark = [0; 4];
        let mut file = self.lock();
        let read = file
            .seek(SeekFrom::Start(self.end()))
            .and_then(|_| file.read_exact(&mut mark));
        read.is_ok() && mark == SEAL_MARK
    }

    /// Opens a file for what its first line says.
    fn read_only_header(path: &Path, write: bool) -> Result<(Self, Value), PhaseError> {
        let fail = |reason: String| PhaseError::file(path, reason);
        let mut file = OpenOptions::new()
            .read(true)
            .write(write)
            .open(path)
            .map_err(|e| fail(format!("cannot be opened: {e}")))?;
        let mut line = Vec::new();
        let mut page = [0; PAGE];
        loop {
            let whole = file.read_exact(&mut page);
            whole.map_err(|_| fail("is no file of cells, or truncated".into()))?;
            line.extend_from_slice(&page);
            if page[PAGE - 1] == b'\n' {
                break;
            }
            if line.len() > 64 * PAGE {
                return Err(fail("is no file of cells".into()));
            }
        }
        let theirs: Value = serde_json::from_slice(&line)
            .map_err(|_| fail("is no file of cells (its first line is damaged)".into()))?;
        let number = |key: &str| theirs[key].as_u64();
        let shard = theirs["shard"].as_str().and_then(|text| text.parse().ok());
        let (Some(cells), Some(shard), Some(FORMAT)) =
            (number("cells"), shard, theirs["format"].as_str())
        else {
            return Err(fail("is no file of cells of this version".into()));
        };
        let this = Self {
            path: path.to_owned(),
            start: line.len() as u64,
            file: Mutex::new(file),
            cells,
            shard,
        };
        let length = this.lock().metadata().map(|m| m.len()).unwrap_or(0);
        if length < this.end() {
            return Err(fail(format!(
                "is truncated: {length} bytes of {}",
                this.end()
            )));
        }
        Ok((this, theirs))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Units of the whole map.
    pub(super) fn units_of_map(&self) -> u64 {
        self.cells.div_ceil(UNIT)
    }

    /// Which part this is.
    pub fn shard(&self) -> Shard {
        self.shard
    }

    /// Cells of the whole map.
    pub fn cells(&self) -> u64 {
        self.cells
    }

    /// Cells of this part.
    pub fn own_cells(&self) -> u64 {
        let units = self.shard.units(self.units_of_map());
        units.map(|unit| self.length(unit)).sum()
    }

    /// Where the cells of this file end.
    fn end(&self) -> u64 {
        let own = self.shard.units(self.units_of_map()).count() as u64;
        self.start + own * UNIT * CELL_BYTES as u64
    }

    /// Places `first .. first + count` of a unit.
    fn offset(&self, unit: u64, first: u64) -> u64 {
        let own = unit / self.shard.count;
        self.start + (own * UNIT + first) * CELL_BYTES as u64
    }

    /// Cells that a unit has: the last one may be short.
    pub(super) fn length(&self, unit: u64) -> u64 {
        UNIT.min(self.cells - unit * UNIT)
    }

    /// Writes cells of a unit, from place `first` on.
    pub(super) fn write(&self, unit: u64, first: u64, cells: &[Cell]) -> Result<(), PhaseError> {
        let bytes: Vec<u8> = cells.iter().flat_map(|cell| cell.to_bytes()).collect();
        let mut file = self.lock();
        file.seek(SeekFrom::Start(self.offset(unit, first)))
            .and_then(|_| file.write_all(&bytes))
            .map_err(|e| PhaseError::file(&self.path, format!("cannot be written: {e}")))
    }

    /// The cells of a unit; `None` for those not computed.
    pub(super) fn read(&self, unit: u64) -> Result<Vec<Option<Cell>>, PhaseError> {
        let mut bytes = vec![0; self.length(unit) as usize * CELL_BYTES];
        let mut file = self.lock();
        file.seek(SeekFrom::Start(self.offset(unit, 0)))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|e| PhaseError::file(&self.path, format!("cannot be read: {e}")))?;
        Ok(bytes
            .chunks_exact(CELL_BYTES)
            .map(Cell::from_bytes)
            .collect())
    }

    /// Checksum of all that stands before the seal.
    fn checksum(&self) -> Result<u32, PhaseError> {
        let fail = |e: std::io::Error| PhaseError::file(&self.path, format!("cannot be read: {e}"));
        let mut file = self.lock();
        file.seek(SeekFrom::Start(0)).map_err(fail)?;
        let (mut left, mut buffer) = (self.end(), vec![0; 1 << 20]);
        let mut hasher = crc32fast::Hasher::new();
        while left > 0 {
            let count = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(buffer.len());
            file.read_exact(&mut buffer[..count]).map_err(fail)?;
            hasher.update(&buffer[..count]);
            left -= count as u64;
        }
        Ok(hasher.finalize())
    }

    /// Puts the checksum behind the cells: the file is complete.
    pub(super) fn seal(&self) -> Result<(), PhaseError> {
        let sum = self.checksum()?;
        let mut seal = SEAL_MARK.to_vec();
        seal.extend(sum.to_le_bytes());
        let mut file = self.lock();
        file.seek(SeekFrom::Start(self.end()))
            .and_then(|_| file.write_all(&seal))
            .and_then(|()| file.sync_all())
            .map_err(|e| PhaseError::file(&self.path, format!("cannot be written: {e}")))
    }

    /// Whether the file is complete and undamaged.
    fn check_seal(&self) -> Result<(), PhaseError> {
        let mut seal = [0; SEAL];
        let read = {
            let mut file = self.lock();
            file.seek(SeekFrom::Start(self.end()))
                .and_then(|_| file.read_exact(&mut seal))
        };
        if read.is_err() || seal[..4] != SEAL_MARK {
            return Err(PhaseError::file(
                &self.path,
                "is not finished: run its command again with --resume",
            ));
        }
        if seal[4..] != self.checksum()?.to_le_bytes() {
            return Err(PhaseError::file(
                &self.path,
                "is damaged (its checksum does not fit): compute this part again",
            ));
        }
        Ok(())
    }
}

fn header(made: &Value, cells: u64, shard: Shard) -> String {
    json!({
        "format": FORMAT,
        "made": made,
        "cells": cells,
        "shard": shard.to_string(),
    })
    .to_string()
}

/// Joins the parts of a map in a folder into one file of the whole map.
///
/// # Errors
/// A missing, unfinished, damaged or foreign part is named, and nothing is written.
pub fn merge(folder: &Path, into: &Path) -> Result<(Value, CellFile), PhaseError> {
    let mut parts: Vec<Part> = Vec::new();
    let entries = std::fs::read_dir(folder)
        .map_err(|e| PhaseError::file(folder, format!("cannot be read: {e}")))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|ext| ext == "part") {
            // Closed again: there may be more parts than a process may open.
            let (file, line) = CellFile::read_only_header(&path, false)?;
            parts.push(Part {
                path,
                shard: file.shard,
                cells: file.cells,
                made: line["made"].clone(),
            });
        }
    }
    parts.sort_by_key(|part| part.shard.index);
    let Some(first) = parts.first() else {
        return Err(PhaseError::file(
            folder,
            "holds no parts (files *.part of phase --shard)",
        ));
    };
    for part in &parts {
        if part.made != first.made || part.cells != first.cells {
            let than = first.path.display();
            let reason = format!("is of another map or version than '{than}'");
            return Err(PhaseError::file(&part.path, reason));
        }
        if part.shard.count != first.shard.count {
            let (own, other) = (part.shard.count, first.shard.count);
            let reason = format!("is a part of {own}, others are of {other}");
            return Err(PhaseError::file(&part.path, reason));
        }
    }
    let count = first.shard.count;
    for index in 1..=count {
        // Sorted, so that the first one out of place tells which is missing or twice.
        let here = parts.get(index as usize - 1).map(|part| part.shard.index);
        if here != Some(index) {
            let twice = here.is_some_and(|here| here < index);
            let what = if twice {
                format!("part {} of {count} is there twice", index - 1)
            } else {
                format!("part {index} of {count} is missing")
            };
            return Err(PhaseError::file(folder, format!("is not complete: {what}")));
        }
    }
    for part in &parts {
        CellFile::read_only_header(&part.path, false)?
            .0
            .check_seal()?;
    }
    let whole = CellFile::create(into, &first.made, first.cells, Shard::WHOLE)?;
    for part in &parts {
        let file = CellFile::read_only_header(&part.path, false)?.0;
        for unit in file.shard.units(file.units_of_map()) {
            let cells: Option<Vec<Cell>> = file.read(unit)?.into_iter().collect();
            let missing = || PhaseError::file(&part.path, "lacks cells: compute this part again");
            whole.write(unit, 0, &cells.ok_or_else(missing)?)?;
        }
    }
    whole.seal()?;
    Ok((first.made.clone(), whole))
}

/// A part, as its first line describes it.
struct Part {
    path: PathBuf,
    shard: Shard,
    cells: u64,
    made: Value,
}
