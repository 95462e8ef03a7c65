//! Cells on disk: written where they belong as they come, so that a killed run loses nothing that
//! was finished, and a part of a map says by itself what it is a part of.
//!
//! The file: one line of JSON (format, program, version, parameters, shard) padded with spaces to
//! a whole number of pages, its checksum at the end; then the cells of this shard's units of work,
//! each its nine bytes (value, outcome) and a checksum over them, its place and the first line; all
//! 0 while not computed. A torn, cut or damaged file thus loses the cells that were hit and no
//! other, and one cell more or less is what tells a finished file from an unfinished one.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::cell::{CELL_BYTES, Cell};
use super::cells::Cells;
use super::diagram::MOST_CELLS;
use super::error::PhaseError;
use super::units::UNIT;
use crate::shard::Shard;
use crate::storage::{Temporary, open_file};

/// Length of the first line is a multiple of this.
const PAGE: usize = 4096;
/// Pages of the longest first line.
const MOST_PAGES: usize = 512;
/// Checksum of the first line in hexadecimal, and the end of the line.
const HEAD_END: usize = 9;
/// Format of the file.
const FORMAT: &str = "lorode cells 2";
/// How files of version 0.1 begin.
const OLD: &[u8] = b"{\"format\":\"lorode cells 1\"";
/// Bytes of a cell with its checksum.
const RECORD: usize = CELL_BYTES + 4;
/// Cells read at a time.
const BLOCK: u64 = 1 << 16;

/// The file of a map or of a shard of it, held by this process alone.
#[derive(Debug)]
pub struct CellFile {
    path: PathBuf,
    file: Mutex<File>,
    start: u64,
    cells: u64,
    shard: Shard,
    /// Checksum of the first line: cells of another file are not taken for cells of this one.
    key: u32,
    /// Removes a file that is for this process only.
    _scratch: Option<Temporary>,
}

/// What a file lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Cells that were not computed.
    pub missing: u64,
    /// Cells that are neither whole nor empty.
    pub damaged: u64,
}

impl CellFile {
    /// Bytes that a shard of `cells` cells takes.
    pub fn bytes(cells: u64, shard: Shard) -> u64 {
        shard
            .cells(cells)
            .saturating_mul(RECORD as u64)
            .saturating_add(2 * PAGE as u64)
    }

    /// A new file, where there is none.
    ///
    /// # Errors
    /// When it cannot be written, or there is one.
    pub fn create(path: &Path, made: &Value, cells: u64, shard: Shard) -> Result<Self, PhaseError> {
        let new = Self::filled(path, made, cells, shard, |head| {
            let temporary = Temporary::beside(path)?;
            head(temporary.file())?;
            // Under its name only when it is held and can be gone on with.
            Ok((temporary.keep_as_new(path)?, None))
        });
        new.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => PhaseError::file(path, BUSY),
            _ => PhaseError::file(path, format!("cannot be written: {error}")),
        })
    }

    /// A new file in a folder, which goes with the value.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn scratch(
        folder: &Path,
        made: &Value,
        cells: u64,
        shard: Shard,
    ) -> Result<Self, PhaseError> {
        let new = Self::filled(folder, made, cells, shard, |head| {
            let temporary = Temporary::in_folder(folder)?;
            head(temporary.file())?;
            // Where an open file needs no name, it goes with the process however that ends.
            let _named = std::fs::remove_file(temporary.path());
            Ok((temporary.file().try_clone()?, Some(temporary)))
        });
        new.map_err(|error| PhaseError::file(folder, format!("cannot be written to: {error}")))
    }

    fn filled(
        path: &Path,
        made: &Value,
        cells: u64,
        shard: Shard,
        make: impl FnOnce(&dyn Fn(&File) -> io::Result<()>) -> io::Result<(File, Option<Temporary>)>,
    ) -> io::Result<Self> {
        let (head, key) = head(made, cells, shard);
        let (file, scratch) = make(&|mut file| {
            file.write_all(&head)?;
            // Zeros, not written out by most file systems until there is something to write.
            file.set_len(head.len() as u64 + shard.cells(cells) * RECORD as u64)?;
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => Err(io::ErrorKind::AlreadyExists.into()),
                _ => Ok(()),
            }
        })?;
        Ok(Self {
            path: path.to_owned(),
            file: Mutex::new(file),
            start: head.len() as u64,
            cells,
            shard,
            key,
            _scratch: scratch,
        })
    }

    /// An existing file, which must be of this map and shard; what it lacks at its end it is given.
    ///
    /// # Errors
    /// [`PhaseError::File`] says what is wrong with it, or that another process has it; it is not
    /// touched.
    pub fn open(path: &Path, made: &Value, cells: u64, shard: Shard) -> Result<Self, PhaseError> {
        let fail = |error: io::Error| PhaseError::file(path, format!("cannot be written: {error}"));
        let (this, theirs) = Self::with_head(path, true)?;
        if theirs["made"] != *made || this.cells != cells || this.shard != shard {
            return Err(PhaseError::file(
                path,
                "belongs to another map, version or shard: give the same options, or another --out",
            ));
        }
        if matches!(this.lock().try_lock(), Err(TryLockError::WouldBlock)) {
            return Err(PhaseError::file(path, BUSY));
        }
        this.lock().set_len(this.end()).map_err(fail)?;
        Ok(this)
    }

    /// Whether another process computes the cells of this file.
    pub fn is_busy(path: &Path) -> bool {
        let file = open_file(path, true);
        file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// Opens a file for what its first line says.
    pub(super) fn with_head(path: &Path, write: bool) -> Result<(Self, Value), PhaseError> {
        let fail = |reason: &str| PhaseError::file(path, reason);
        let mut file = open_file(path, write)
            .map_err(|error| PhaseError::file(path, format!("cannot be opened: {error}")))?;
        let (mut line, mut page) = (Vec::new(), [0; PAGE]);
        while line.last() != Some(&b'\n') {
            if line.len() >= MOST_PAGES * PAGE {
                return Err(fail("is no file of cells"));
            }
            file.read_exact(&mut page)
                .map_err(|_| fail("is no file of cells, or cut off in its first line"))?;
            line.extend_from_slice(&page);
            if line.starts_with(OLD) {
                return Err(fail(
                    "was made by lorode 0.1, whose cells have no checksums: remove it to compute \
                     it again, or go on with that version",
                ));
            }
        }
        let (text, sum) = line.split_at(line.len() - HEAD_END);
        let key = crc32fast::hash(text);
        let theirs = match format!("{key:08x}\n").as_bytes() == sum {
            true => serde_json::from_slice::<Value>(text).ok(),
            false => None,
        };
        let damaged =
            "is no file of cells, or damaged in its first line: remove it to compute it again";
        let theirs = theirs.ok_or_else(|| fail(damaged))?;
        let shard = theirs["shard"].as_str().and_then(|text| text.parse().ok());
        let (Some(cells @ 1..=MOST_CELLS), Some(shard), Some(FORMAT)) =
            (theirs["cells"].as_u64(), shard, theirs["format"].as_str())
        else {
            return Err(fail("is no file of cells of this version"));
        };
        let this = Self {
            path: path.to_owned(),
            start: line.len() as u64,
            file: Mutex::new(file),
            cells,
            shard,
            key,
            _scratch: None,
        };
        Ok((this, theirs))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the cells of this file end.
    fn end(&self) -> u64 {
        self.start + self.own_cells() * RECORD as u64
    }

    /// Number of a cell among those of this part.
    fn place(&self, unit: u64, index: u64) -> u64 {
        unit / self.shard.count * UNIT + index
    }

    /// Cells that a unit has: the last one may be short.
    pub(super) fn length(&self, unit: u64) -> u64 {
        UNIT.min(self.cells - unit * UNIT)
    }

    fn checksum(&self, place: u64, cell: &[u8]) -> [u8; 4] {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.key.to_le_bytes());
        hasher.update(&place.to_le_bytes());
        hasher.update(cell);
        hasher.finalize().to_le_bytes()
    }

    fn cell(&self, record: &[u8], place: u64) -> Option<Cell> {
        let (cell, sum) = record.split_at_checked(CELL_BYTES)?;
        (sum == self.checksum(place, cell)).then(|| Cell::from_bytes(cell))?
    }

    /// The bytes of cells; what lies beyond the end of the file is 0.
    fn records(&self, first: u64, count: u64) -> Result<Vec<u8>, PhaseError> {
        let mut bytes = Vec::new();
        let file = &mut *self.lock();
        file.seek(SeekFrom::Start(self.start + first * RECORD as u64))
            .and_then(|_| file.take(count * RECORD as u64).read_to_end(&mut bytes))
            .map_err(|e| self.unreadable(&e))?;
        bytes.resize(count as usize * RECORD, 0);
        Ok(bytes)
    }

    fn unreadable(&self, error: &io::Error) -> PhaseError {
        PhaseError::file(&self.path, format!("cannot be read: {error}"))
    }

    /// What the file lacks of its cells.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn faults(&self) -> Result<Faults, PhaseError> {
        let length = self.lock().metadata().map(|file| file.len());
        let length = length.map_err(|e| self.unreadable(&e))?;
        // What lies beyond the end of the file is missing, however much that is: it is not read.
        let (all, cells) = (self.own_cells(), length.saturating_sub(self.start));
        let there = cells.div_ceil(RECORD as u64).min(all);
        let mut found = Faults {
            missing: all - there,
            damaged: 0,
        };
        for first in (0..there).step_by(BLOCK as usize) {
            let bytes = self.records(first, BLOCK.min(there - first))?;
            for (record, place) in bytes.chunks_exact(RECORD).zip(first..) {
                if record.iter().all(|byte| *byte == 0) {
                    found.missing += 1;
                } else if self.cell(record, place).is_none() {
                    found.damaged += 1;
                }
            }
        }
        Ok(found)
    }
}

impl Cells for CellFile {
    fn shard(&self) -> Shard {
        self.shard
    }

    fn cells(&self) -> u64 {
        self.cells
    }

    fn read(&self, unit: u64) -> Result<Vec<Option<Cell>>, PhaseError> {
        let first = self.place(unit, 0);
        let bytes = self.records(first, self.length(unit))?;
        let records = bytes.chunks_exact(RECORD).zip(first..);
        Ok(records
            .map(|(record, place)| self.cell(record, place))
            .collect())
    }

    fn write(&self, unit: u64, first: u64, cells: &[Cell]) -> Result<(), PhaseError> {
        let from = self.place(unit, first);
        let record = |(cell, place): (&Cell, u64)| {
            let cell = cell.to_bytes();
            cell.into_iter().chain(self.checksum(place, &cell))
        };
        let bytes: Vec<u8> = cells.iter().zip(from..).flat_map(record).collect();
        let mut file = self.lock();
        file.seek(SeekFrom::Start(self.start + from * RECORD as u64))
            .and_then(|_| file.write_all(&bytes))
            .map_err(|e| PhaseError::file(&self.path, format!("cannot be written: {e}")))
    }

    fn sync(&self) -> Result<(), PhaseError> {
        let synced = self.lock().sync_all();
        synced.map_err(|e| PhaseError::file(&self.path, format!("cannot be written: {e}")))
    }
}

const BUSY: &str =
    "is being computed by another run: wait until that has ended, or give another --out";

/// The first line, and its checksum.
fn head(made: &Value, cells: u64, shard: Shard) -> (Vec<u8>, u32) {
    let mut head = json!({
        "format": FORMAT,
        "made": made,
        "cells": cells,
        "shard": shard.to_string(),
    })
    .to_string()
    .into_bytes();
    let length = (head.len() + HEAD_END).next_multiple_of(PAGE);
    head.resize(length - HEAD_END, b' ');
    let key = crc32fast::hash(&head);
    head.extend(format!("{key:08x}\n").bytes());
    (head, key)
}
