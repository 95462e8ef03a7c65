//! What `lorode phase` and `lorode merge` print and write, read from the file of cells piece by
//! piece.

use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::emit::{
    Failed, Format, data, provenance, remove_partial, say, significant, stem, written,
};
use super::progress::Progress;
use super::{front, phase_figure};
use crate::output::{Lattice, LatticeCell, NO_CELL, stream_atomically, write_atomically};
use crate::phase::{
    Boundary, BoundaryKind, Cell, CellFile, CellOutcome, OUTCOMES, PhaseMap, Refinement,
    boundaries, read_cells,
};

/// A map whose cells are all there.
pub(super) struct Finished<'a> {
    pub(super) map: &'a PhaseMap,
    pub(super) file: &'a CellFile,
    pub(super) parameters: &'a Value,
    pub(super) refinement: Option<Refinement>,
}

/// What is said of all cells together.
#[derive(Default)]
struct Overview {
    lowest: Option<(f64, u64)>,
    highest: Option<(f64, u64)>,
    outcomes: [u64; OUTCOMES.len()],
    first_failed: Option<u64>,
}

/// Writes all files and prints what was asked for.
pub(super) fn deliver(
    finished: &Finished<'_>,
    folder: Option<&Path>,
    format: Format,
) -> Result<(), Failed> {
    let progress = Progress::new();
    let lines = boundaries(finished.map, finished.file, &progress).map_err(Failed::failure)?;
    progress.end();
    let metadata = provenance("phase", finished.parameters);
    let words = OUTCOMES.map(CellOutcome::word);
    let read = |first: u64, count: u64| finished.cells(first, count);
    let lattice = Lattice {
        axes: named(finished.map),
        name: finished.map.value().name,
        words: &words,
        metadata: &metadata,
        read: &read,
    };
    let mut files = Vec::new();
    if let Some(folder) = folder {
        files = save(finished, &lattice, &lines, folder)?;
    }
    match format {
        Format::Human => say(&(summary(finished, &lines)? + &written(&files))),
        Format::Json => to_stdout(|out| write_json(out, finished, &lattice, &lines)),
        Format::Csv => to_stdout(|out| lattice.write_csv(out)),
        Format::Npz => {
            let mut bytes = io::Cursor::new(Vec::new());
            lattice.write_npz(&mut bytes).map_err(Failed::failure)?;
            to_stdout(|out| out.write_all(bytes.get_ref()))
        }
    }
}

/// Largest map whose finished part is written beside its file of cells.
const LARGEST_PART: u64 = 100_000;

/// Writes the cells that are finished, for reading: CSV with their rows, JSON with nulls elsewhere.
/// A large map has them in its file of cells only.
pub(super) fn save_part(finished: &Finished<'_>, folder: &Path, why: &str) -> Result<(), Failed> {
    let map = finished.map;
    if map.cells() > LARGEST_PART {
        return Ok(());
    }
    let mut metadata = provenance("phase", finished.parameters);
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.insert("complete".into(), json!(false));
        metadata.insert("why".into(), json!(why));
    }
    let words = OUTCOMES.map(CellOutcome::word);
    let read = |first: u64, count: u64| {
        let cells = read_cells(map, finished.file, first, count).map_err(io::Error::other)?;
        Ok(cells.into_iter().map(in_lattice).collect())
    };
    let lattice = Lattice {
        axes: named(map),
        name: map.value().name,
        words: &words,
        metadata: &metadata,
        read: &read,
    };
    front::writing();
    let path = |name: &str| folder.join(format!("{}.{name}", stem("phase", true)));
    stream_atomically(&path("csv"), |out| lattice.write_csv(out))?;
    stream_atomically(&path("json"), |out| {
        write_json(out, finished, &lattice, &[])
    })?;
    Ok(())
}

/// A cell for the writers.
fn in_lattice(cell: Option<Cell>) -> LatticeCell {
    LatticeCell {
        value: cell.and_then(|cell| cell.value),
        word: cell.map_or(NO_CELL, |cell| cell.outcome as usize),
        solved: cell.is_some_and(|cell| !cell.inferred),
    }
}

/// Names and values of the axes.
fn named(map: &PhaseMap) -> Vec<(&str, &[f64])> {
    let axes = map.axes().iter();
    axes.map(|axis| (axis.name(), axis.values())).collect()
}

/// Every format, and the figure.
fn save(
    finished: &Finished<'_>,
    lattice: &Lattice<'_>,
    lines: &[Boundary],
    folder: &Path,
) -> Result<Vec<PathBuf>, Failed> {
    front::writing();
    let path = |name: &str| folder.join(format!("phase.{name}"));
    stream_atomically(&path("csv"), |out| lattice.write_csv(out))?;
    stream_atomically(&path("json"), |out| {
        write_json(out, finished, lattice, lines)
    })?;
    stream_atomically(&path("npz"), |out| lattice.write_npz(out))?;
    stream_atomically(&path("parquet"), |out| lattice.write_parquet(out))?;
    let figure = phase_figure::figure(finished, lines)?;
    write_atomically(&path("svg"), figure.to_svg()?.as_bytes())?;
    write_atomically(&path("png"), &figure.to_png()?)?;
    remove_partial(folder, "phase");
    Ok(["csv", "json", "npz", "parquet", "svg", "png"]
        .map(path)
        .to_vec())
}

impl Finished<'_> {
    /// Some cells of a sheet, row by row, without reading all of it.
    pub(super) fn sampled_cells(
        &self,
        sheet: usize,
        columns: &[usize],
        rows: &[usize],
    ) -> Result<Vec<Cell>, Failed> {
        let length = |i: usize| self.map.axes().get(i).map_or(1, |a| a.values().len());
        let (nx, ny) = (length(0), length(1));
        if self.map.is_column_wise() {
            // Any row of such a map is spread over the whole file.
            let cells = self.sheet_cells(sheet)?;
            let all = rows
                .iter()
                .flat_map(|j| columns.iter().map(move |i| j * nx + i));
            return Ok(all.map(|index| cells[index]).collect());
        }
        let mut shown = Vec::with_capacity(columns.len() * rows.len());
        for j in rows {
            let first = ((sheet * ny + j) * nx) as u64;
            let row = read_cells(self.map, self.file, first, nx as u64).map_err(Failed::failure)?;
            let missing = || Failed::failure("a cell was not computed");
            for i in columns {
                shown.push(row[*i].ok_or_else(missing)?);
            }
        }
        Ok(shown)
    }

    /// All cells of one value of the third axis.
    pub(super) fn sheet_cells(&self, index: usize) -> Result<Vec<Cell>, Failed> {
        let length = |i: usize| {
            self.map
                .axes()
                .get(i)
                .map_or(1, |a| a.values().len() as u64)
        };
        let count = length(0) * length(1);
        let cells = read_cells(self.map, self.file, index as u64 * count, count);
        let all: Option<Vec<Cell>> = cells.map_err(Failed::failure)?.into_iter().collect();
        all.ok_or_else(|| Failed::failure("a cell was not computed"))
    }

    /// Cells for the writers.
    fn cells(&self, first: u64, count: u64) -> io::Result<Vec<LatticeCell>> {
        let cells = read_cells(self.map, self.file, first, count).map_err(io::Error::other)?;
        cells
            .into_iter()
            .map(|cell| {
                let cell = cell.ok_or_else(|| io::Error::other("a cell was not computed"))?;
                Ok(in_lattice(Some(cell)))
            })
            .collect()
    }
}

/// One object: provenance, axes, value, outcome, boundaries.
fn write_json(
    out: &mut dyn Write,
    finished: &Finished<'_>,
    lattice: &Lattice<'_>,
    lines: &[Boundary],
) -> io::Result<()> {
    let mut head = lattice.metadata.clone();
    if let Some(map) = head.as_object_mut() {
        for (key, axis) in ["x", "y", "z"].iter().zip(finished.map.axes()) {
            let axis = json!({ "name": axis.name(), "values": axis.values() });
            map.insert((*key).to_owned(), axis);
        }
        map.insert(
            "boundaries".into(),
            json!(lines.iter().map(in_json).collect::<Vec<_>>()),
        );
        if let Some(refinement) = finished.refinement {
            map.insert(
                "refinement".into(),
                json!({
                    "solved": refinement.solved,
                    "inferred": refinement.inferred,
                    "largest_relative_deviation": refinement.error,
                }),
            );
        }
    }
    let text = serde_json::to_string_pretty(&head)?;
    let open = text.strip_suffix("\n}").unwrap_or(&text);
    out.write_all(open.as_bytes())?;
    out.write_all(b",\n")?;
    lattice.write_json_members(out)?;
    out.write_all(b"\n}\n")
}

fn in_json(boundary: &Boundary) -> Value {
    json!({
        "kind": boundary.kind,
        "what": in_words(boundary.kind),
        "sheet": boundary.sheet,
        "polylines": boundary.polylines,
    })
}

/// What a line is, for people.
pub(super) fn in_words(kind: BoundaryKind) -> &'static str {
    match kind {
        BoundaryKind::CriticalStrength => "critical strength: A = 0",
        BoundaryKind::RatioOne => "ratio 1",
        BoundaryKind::Learned => "border of the runs that learn",
    }
}

fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failed> {
    front::printing();
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => data(Err(Failed::ClosedPipe)),
        Err(error) => Err(Failed::Failure(format!(
            "cannot write to standard output: {error}"
        ))),
    }
}

fn overview(finished: &Finished<'_>) -> Result<Overview, Failed> {
    const BLOCK: u64 = 1 << 16;
    let (mut found, all) = (Overview::default(), finished.map.cells());
    let mut first = 0;
    while first < all {
        let count = BLOCK.min(all - first);
        let cells = finished.cells(first, count).map_err(Failed::failure)?;
        for (i, cell) in cells.into_iter().enumerate() {
            let at = first + i as u64;
            found.outcomes[cell.word] += 1;
            if OUTCOMES[cell.word] == CellOutcome::Failed {
                found.first_failed.get_or_insert(at);
            }
            let Some(value) = cell.value else { continue };
            if found.lowest.is_none_or(|(low, _)| value < low) {
                found.lowest = Some((value, at));
            }
            if found.highest.is_none_or(|(high, _)| value > high) {
                found.highest = Some((value, at));
            }
        }
        first += count;
    }
    Ok(found)
}

/// The coordinates of a cell in words.
fn place(map: &PhaseMap, cell: u64) -> String {
    let coordinates = map.coordinates(cell);
    let words = map.axes().iter().zip(&coordinates);
    words
        .map(|(axis, value)| format!("{} = {}", axis.name(), significant(*value, 6)))
        .collect::<Vec<_>>()
        .join(", ")
}

fn summary(finished: &Finished<'_>, lines: &[Boundary]) -> Result<String, Failed> {
    let map = finished.map;
    let found = overview(finished)?;
    let names: Vec<String> = map
        .axes()
        .iter()
        .map(|axis| format!("{} ({})", axis.name(), axis.values().len()))
        .collect();
    let mut text = format!("{} over {}\n", map.value().name, names.join(" x "));
    let mut line = |name: &str, value: String| {
        let _written = writeln!(text, "{name:<10} {value}");
    };
    for (name, extreme) in [("lowest", found.lowest), ("highest", found.highest)] {
        if let Some((value, at)) = extreme {
            line(
                name,
                format!("{} at {}", significant(value, 9), place(map, at)),
            );
        }
    }
    let counts: Vec<String> = OUTCOMES
        .iter()
        .zip(found.outcomes)
        .filter(|(_, count)| *count > 0)
        .map(|(outcome, count)| format!("{count} {}", outcome.word()))
        .collect();
    line("cells", counts.join(", "));
    if let Some(at) = found.first_failed {
        let reason = map.failure(&map.coordinates(at));
        let reason = reason.unwrap_or_else(|| "its value is not finite".to_owned());
        line("failed", format!("first at {}: {reason}", place(map, at)));
    }
    for boundary in lines {
        let points: usize = boundary.polylines.iter().map(Vec::len).sum();
        let sheet = boundary.sheet.map_or(String::new(), |z| format!(" at {z}"));
        let count = boundary.polylines.len();
        let what = in_words(boundary.kind);
        let text = match (&boundary.polylines[..], map.axes().len()) {
            (roots, 1) => {
                let roots = roots.iter().flatten();
                roots
                    .map(|(x, _)| significant(*x, 9))
                    .collect::<Vec<_>>()
                    .join(", ")
            }
            _ => format!("{count} lines, {points} points"),
        };
        line("boundary", format!("{what}{sheet}: {text}"));
    }
    if let Some(refinement) = finished.refinement {
        line(
            "refined",
            format!(
                "{} cells solved, {} filled in (solved = false in the data; largest deviation seen {:.1e})",
                refinement.solved, refinement.inferred, refinement.error
            ),
        );
    }
    Ok(text)
}
