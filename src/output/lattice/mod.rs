//! Values on a grid, too many to be in memory at once: CSV, JSON, NPZ and Parquet written as they
//! are read.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::table::csv::Fields;
use super::{Column, Table};
use crate::numeral::json_number;

#[cfg(feature = "npz")]
mod npz;
#[cfg(feature = "parquet")]
mod parquet;

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatticeCell {
    /// Its number, if it has one.
    pub value: Option<f64>,
    /// The index of its word.
    pub word: usize,
    /// Whether it was solved itself, not filled in between others.
    pub solved: bool,
}

/// The word of a cell that is not there: no row in CSV, `null` in JSON.
pub const NO_CELL: usize = usize::MAX;

/// Cells read, or bytes of text written, at a time.
const BLOCK: u64 = 1 << 16;

/// Values of one number along a lattice.
#[derive(Clone, Copy, Debug)]
pub struct LatticeAxis<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its values.
    pub values: &'a [f64],
    /// Whether they are whole numbers by nature.
    pub is_whole: bool,
}

impl LatticeAxis<'_> {
    /// The values, as integers where they are whole and 64 bits hold them.
    pub fn column(&self) -> Column {
        let values: Vec<Option<f64>> = self.values.iter().copied().map(Some).collect();
        let name = self.name.to_owned();
        match self.is_whole {
            true => Column::of_whole(name, &values),
            false => Column::Numbers { name, values },
        }
    }

    /// The values in JSON.
    pub fn json(&self) -> Value {
        match self.column() {
            Column::Whole { values, .. } => json!(values),
            _ => json!(self.values),
        }
    }
}

/// Reads cells `first .. first + count`, x running fastest.
type Reader<'a> = dyn Fn(u64, u64) -> io::Result<Vec<LatticeCell>> + 'a;

/// Name of a value in tables, where the words have the name `outcome`.
pub fn value_column(name: &str) -> &str {
    match name {
        "outcome" => "outcome_code",
        other => other,
    }
}

/// A value over up to three axes, with a word per cell.
pub struct Lattice<'a> {
    /// The axes, the first running fastest.
    pub axes: Vec<LatticeAxis<'a>>,
    /// Name of the value.
    pub name: &'a str,
    /// The words that cells refer to.
    pub words: &'a [&'a str],
    /// How it was made.
    pub metadata: &'a Value,
    /// Gives the cells.
    pub read: &'a Reader<'a>,
}

impl Lattice<'_> {
    fn cells(&self) -> u64 {
        self.axes.iter().map(|a| a.values.len() as u64).product()
    }

    /// Calls `work` with every cell and its number, in order.
    fn each(&self, mut work: impl FnMut(u64, LatticeCell) -> io::Result<()>) -> io::Result<()> {
        let (mut first, all) = (0, self.cells());
        while first < all {
            let count = BLOCK.min(all - first);
            for (i, cell) in (self.read)(first, count)?.into_iter().enumerate() {
                work(first + i as u64, cell)?;
            }
            first += count;
        }
        Ok(())
    }

    fn column(&self) -> &str {
        value_column(self.name)
    }

    fn word(&self, cell: LatticeCell) -> &str {
        self.words.get(cell.word).copied().unwrap_or_default()
    }

    /// One row per cell: coordinates, value (empty where there is none), word, whether it was solved;
    /// the command that made it stands in the first row, so that the file says so and stays small.
    ///
    /// # Errors
    /// When cells cannot be read or bytes not written.
    pub fn write_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        for axis in &self.axes {
            write!(out, "{},", axis.name)?;
        }
        writeln!(out, "{},outcome,solved,version,command", self.column())?;
        let text = |key: &str| {
            let text = self.metadata[key].as_str().unwrap_or_default();
            format!("\"{}\"", text.replace('"', "\"\""))
        };
        let made = format!(",{},{}\n", text("version"), text("command"));
        let columns = self.axes.iter().map(LatticeAxis::column);
        let axes: Vec<Fields> = columns.map(|c| Fields::of(c, BLOCK as usize)).collect();
        let (mut is_first, mut rows) = (true, Vec::new());
        self.each(|number, cell| {
            if cell.word == NO_CELL {
                return Ok(());
            }
            let mut rest = number;
            for axis in &axes {
                let length = axis.len() as u64;
                axis.write(&mut rows, (rest % length) as usize);
                rest /= length;
            }
            if let Some(value) = cell.value {
                write!(rows, "{value:?}")?;
            }
            for part in [
                ",",
                self.word(cell),
                ",",
                if cell.solved { "true" } else { "false" },
            ] {
                rows.extend(part.as_bytes());
            }
            rows.extend(if std::mem::take(&mut is_first) {
                made.as_bytes()
            } else {
                b",,\n"
            });
            if rows.len() as u64 > BLOCK {
                out.write_all(&rows)?;
                rows.clear();
            }
            Ok(())
        })?;
        out.write_all(&rows)
    }

    /// The rows of [`write_csv`](Self::write_csv) as a table.
    ///
    /// # Errors
    /// When cells cannot be read.
    pub fn table(&self) -> io::Result<Table> {
        let mut places = vec![Vec::new(); self.axes.len()];
        let (mut values, mut words, mut solved) = (Vec::new(), Vec::new(), Vec::new());
        self.each(|number, cell| {
            if cell.word == NO_CELL {
                return Ok(());
            }
            let mut rest = number;
            for (axis, column) in self.axes.iter().zip(&mut places) {
                let length = axis.values.len() as u64;
                column.push((rest % length) as usize);
                rest /= length;
            }
            values.push(cell.value);
            words.push(self.word(cell).to_owned());
            solved.push(cell.solved);
            Ok(())
        })?;
        let mut table = Table::new(self.metadata.clone());
        for (axis, places) in self.axes.iter().zip(places) {
            table = table.with(axis.column().rows(&places));
        }
        let text = |key: &str| self.metadata[key].as_str().unwrap_or_default().to_owned();
        Ok(table
            .numbers(self.column(), values)
            .text("outcome", words)
            .truths("solved", solved)
            .constant_text("version", text("version"))
            .constant_text("command", text("command")))
    }

    /// The members `value`, `outcome` and `solved` of a JSON object (matrices, rows along the second axis;
    /// for three axes a list of them), without braces around.
    ///
    /// # Errors
    /// When cells cannot be read or bytes not written.
    pub fn write_json_members(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(
            out,
            "  \"value\": {{\"name\": {}, \"matrix\": ",
            json!(self.name)
        )?;
        // serde_json's shortest form reads back to the same bits.
        self.matrix(out, |out, cell| write!(out, "{}", json_number(cell.value)))?;
        out.write_all(b"},\n  \"outcome\": ")?;
        self.matrix(out, |out, cell| match cell.word {
            NO_CELL => out.write_all(b"null"),
            _ => write!(out, "\"{}\"", self.word(cell)),
        })?;
        out.write_all(b",\n  \"solved\": ")?;
        self.matrix(out, |out, cell| match cell.word {
            NO_CELL => out.write_all(b"null"),
            _ => write!(out, "{}", cell.solved),
        })
    }

    fn matrix(
        &self,
        out: &mut dyn Write,
        mut write: impl FnMut(&mut dyn Write, LatticeCell) -> io::Result<()>,
    ) -> io::Result<()> {
        // Row length first, then the row count of a sheet.
        let mut sizes = Vec::new();
        let mut size = 1;
        for axis in &self.axes {
            size *= axis.values.len() as u64;
            sizes.push(size);
        }
        self.each(|number, cell| {
            if number > 0 {
                out.write_all(b",")?;
            }
            for size in sizes.iter().rev() {
                if number % size == 0 {
                    out.write_all(if *size == sizes[0] { b"\n    [" } else { b"[" })?;
                }
            }
            write(out, cell)?;
            for size in &sizes {
                if (number + 1) % size == 0 {
                    out.write_all(b"]")?;
                }
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<T>(axes: usize, work: impl FnOnce(&Lattice<'_>) -> T) -> T {
        let (x, y, z) = ([0.0, 0.5, 1.0], [10.0, 20.0], [7.0, 8.0]);
        let axis = |name, values, is_whole| LatticeAxis {
            name,
            values,
            is_whole,
        };
        let all = [
            axis("mu", &x[..], false),
            axis("dim", &y, true),
            axis("nu", &z, false),
        ];
        let read = |first: u64, count: u64| {
            let cell = |i: u64| LatticeCell {
                value: (i != 4).then_some(if i == 2 {
                    f64::INFINITY
                } else {
                    i as f64 + 0.25
                }),
                word: (i % 2) as usize,
                solved: i.is_multiple_of(3),
            };
            Ok((first..first + count).map(cell).collect())
        };
        work(&Lattice {
            axes: all[..axes].to_vec(),
            name: "tau",
            words: &["learned", "trapped"],
            metadata: &json!({"command": "lorode phase --x 'a,b'", "version": "9"}),
            read: &read,
        })
    }

    #[test]
    fn csv_has_a_row_per_cell() {
        let mut bytes = Vec::new();
        with(2, |lattice| lattice.write_csv(&mut bytes)).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "mu,dim,tau,outcome,solved,version,command");
        assert_eq!(
            lines[1],
            "0.0,10,0.25,learned,true,\"9\",\"lorode phase --x 'a,b'\""
        );
        assert_eq!(lines[3], "1.0,10,inf,learned,false,,");
        assert_eq!(lines[5], "0.5,20,,learned,false,,");
        assert_eq!(lines.len(), 7);
    }

    #[test]
    fn json_matrices_have_rows_along_y() {
        for (axes, expected) in [
            (1, json!([0.25, 1.25, "inf"])),
            (2, json!([[0.25, 1.25, "inf"], [3.25, null, 5.25]])),
            (
                3,
                json!([
                    [[0.25, 1.25, "inf"], [3.25, null, 5.25]],
                    [[6.25, 7.25, 8.25], [9.25, 10.25, 11.25]]
                ]),
            ),
        ] {
            let mut bytes = b"{".to_vec();
            with(axes, |lattice| lattice.write_json_members(&mut bytes)).unwrap();
            bytes.push(b'}');
            let value: Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(value["value"]["matrix"], expected);
            assert_eq!(value["value"]["name"], "tau");
            let first = (0..axes).fold(&value["solved"], |part, _| &part[0]);
            assert_eq!(*first, json!(true));
        }
    }

    #[test]
    fn parquet_reads_back() {
        use ::parquet::file::reader::{FileReader, SerializedFileReader};
        use ::parquet::record::RowAccessor;
        let mut bytes = Vec::new();
        with(2, |lattice| lattice.write_parquet(&mut bytes)).unwrap();
        let file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut &file, &bytes).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let rows: Vec<_> = reader
            .get_row_iter(None)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(rows.len(), 6);
        assert_eq!(
            (
                rows[5].get_double(0).unwrap(),
                rows[5].get_ulong(1).unwrap()
            ),
            (1.0, 20)
        );
        assert_eq!(rows[5].get_double(2).unwrap().to_bits(), 5.25_f64.to_bits());
        assert!(rows[4].get_double(2).is_err());
        assert_eq!(rows[3].get_string(3).unwrap(), "trapped");
        let solved: Vec<bool> = rows.iter().map(|row| row.get_bool(4).unwrap()).collect();
        assert_eq!(solved, [true, false, false, true, false, false]);
        let made = reader
            .metadata()
            .file_metadata()
            .key_value_metadata()
            .unwrap();
        assert!(made[0].value.as_ref().unwrap().contains("lorode phase"));
    }

    #[test]
    fn npz_holds_arrays_in_the_shape_of_the_map() {
        let mut bytes = io::Cursor::new(Vec::new());
        with(2, |lattice| lattice.write_npz(&mut bytes)).unwrap();
        let mut archive = zip::ZipArchive::new(bytes).unwrap();
        let names: Vec<String> = archive.file_names().map(str::to_owned).collect();
        assert_eq!(
            names,
            [
                "mu",
                "dim",
                "tau",
                "outcome",
                "solved",
                "outcome_words",
                "metadata"
            ]
            .map(|n| format!("{n}.npy"))
        );
        let mut dim = Vec::new();
        io::Read::read_to_end(&mut archive.by_name("dim.npy").unwrap(), &mut dim).unwrap();
        assert_eq!(dim[dim.len() - 8..], 20i64.to_le_bytes());
        let mut tau = Vec::new();
        io::Read::read_to_end(&mut archive.by_name("tau.npy").unwrap(), &mut tau).unwrap();
        assert!(String::from_utf8_lossy(&tau).contains("'shape': (2, 3,)"));
        assert_eq!(tau[tau.len() - 8..], 5.25_f64.to_le_bytes());
    }
}
