//! The cells of a map as the writers read them, piece by piece.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::error::Error;
use crate::output::{Lattice, LatticeAxis, LatticeCell, NO_CELL};
use crate::phase::{Axis, Boundary, BoundaryKind, Cell, Cells, PhaseMap, Refinement, read_cells};
use crate::study::provenance::provenance;
use crate::study::schema::of_map;

/// A map with its cells.
pub(crate) struct Finished<'a> {
    pub(crate) map: &'a PhaseMap,
    pub(crate) file: &'a dyn Cells,
    pub(crate) parameters: &'a Value,
    pub(crate) refinement: Option<Refinement>,
}

impl Finished<'_> {
    /// What files say of themselves: how the map was made, and what its columns are; `incomplete` is why it is not whole.
    pub(crate) fn metadata(&self, incomplete: Option<&str>) -> Value {
        let mut made = provenance("phase", self.parameters, incomplete);
        made["schema"] = of_map(&named(self.map), self.map.value().number.name, &made);
        made
    }

    /// Some cells of a sheet, row by row, without reading all of it.
    pub(crate) fn sampled_cells(
        &self,
        sheet: usize,
        columns: &[usize],
        rows: &[usize],
    ) -> Result<Vec<Cell>, Error> {
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
            let row = read_cells(self.map, self.file, first, nx as u64)?;
            let missing = || Error::Unfinished("a cell was not computed".to_owned());
            for i in columns {
                shown.push(row[*i].ok_or_else(missing)?);
            }
        }
        Ok(shown)
    }

    /// All cells of one value of the third axis.
    pub(crate) fn sheet_cells(&self, index: usize) -> Result<Vec<Cell>, Error> {
        let length = |i: usize| {
            self.map
                .axes()
                .get(i)
                .map_or(1, |a| a.values().len() as u64)
        };
        let count = length(0) * length(1);
        let cells = read_cells(self.map, self.file, index as u64 * count, count);
        let all: Option<Vec<Cell>> = cells?.into_iter().collect();
        all.ok_or_else(|| Error::Unfinished("a cell was not computed".to_owned()))
    }

    /// Cells for the writers, some of which may be missing.
    pub(crate) fn some_cells(&self, first: u64, count: u64) -> io::Result<Vec<LatticeCell>> {
        let cells = read_cells(self.map, self.file, first, count).map_err(io::Error::other)?;
        Ok(cells.into_iter().map(in_lattice).collect())
    }

    /// Cells for the writers.
    pub(crate) fn cells(&self, first: u64, count: u64) -> io::Result<Vec<LatticeCell>> {
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

/// A cell for the writers.
pub(crate) fn in_lattice(cell: Option<Cell>) -> LatticeCell {
    LatticeCell {
        value: cell.and_then(|c| c.value.or(c.infinite.then_some(f64::INFINITY))),
        word: cell.map_or(NO_CELL, |cell| cell.outcome as usize),
        solved: cell.is_some_and(|cell| !cell.inferred),
    }
}

/// The axes for the writers.
pub(crate) fn named(map: &PhaseMap) -> Vec<LatticeAxis<'_>> {
    let axis = |axis| LatticeAxis {
        name: Axis::name(axis),
        values: axis.values(),
        is_whole: axis.is_whole(),
    };
    map.axes().iter().map(axis).collect()
}

/// One object: provenance, axes, value, outcome, boundaries.
pub(crate) fn write_json(
    out: &mut dyn Write,
    finished: &Finished<'_>,
    lattice: &Lattice<'_>,
    lines: &[Boundary],
) -> io::Result<()> {
    let mut head = lattice.metadata.clone();
    if let Some(map) = head.as_object_mut() {
        for (key, axis) in ["x", "y", "z"].iter().zip(&lattice.axes) {
            let axis = json!({ "name": axis.name, "values": axis.json() });
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
