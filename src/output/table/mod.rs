//! A table of named columns and its two file formats.

mod csv;
pub(super) mod npz;

use super::error::finite;
use super::{OutputError, extension_among, write_atomically};
use std::collections::BTreeSet;
use std::path::Path;

/// Extensions [`Table::save`] understands.
const EXTENSIONS: &[&str] = &["csv", "npz"];

/// One named column.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers; `None` is a missing value. NaN and infinities are refused on writing.
    Numbers {
        /// Column name, unique in its table.
        name: String,
        /// One entry per row.
        values: Vec<Option<f64>>,
    },
    /// Whole numbers, each exact: counts, steps, seeds.
    Whole {
        /// Column name, unique in its table.
        name: String,
        /// One entry per row.
        values: Vec<u64>,
    },
    /// Words.
    Text {
        /// Column name, unique in its table.
        name: String,
        /// One entry per row.
        values: Vec<String>,
    },
}

impl Column {
    /// The column name.
    pub fn name(&self) -> &str {
        match self {
            Self::Numbers { name, .. } | Self::Whole { name, .. } | Self::Text { name, .. } => name,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Numbers { values, .. } => values.len(),
            Self::Whole { values, .. } => values.len(),
            Self::Text { values, .. } => values.len(),
        }
    }
}

/// Columns of equal length and a description of the run.
///
/// A CSV file holds the columns only (parameters that must travel with the data are constant
/// columns which the caller adds); an NPZ file holds the metadata too.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// The columns in the order of the file.
    pub columns: Vec<Column>,
    /// How the table was made, as JSON; see [`Table::to_npz`].
    pub metadata: serde_json::Value,
}

impl Table {
    /// A table without columns.
    pub fn new(metadata: serde_json::Value) -> Self {
        Self {
            columns: Vec::new(),
            metadata,
        }
    }

    /// This table with a column of numbers more.
    #[must_use]
    pub fn numbers(mut self, name: impl Into<String>, values: Vec<Option<f64>>) -> Self {
        self.columns.push(Column::Numbers {
            name: name.into(),
            values,
        });
        self
    }

    /// This table with a column of whole numbers more.
    #[must_use]
    pub fn whole(mut self, name: impl Into<String>, values: Vec<u64>) -> Self {
        self.columns.push(Column::Whole {
            name: name.into(),
            values,
        });
        self
    }

    /// This table with a column of words more.
    #[must_use]
    pub fn text(mut self, name: impl Into<String>, values: Vec<String>) -> Self {
        self.columns.push(Column::Text {
            name: name.into(),
            values,
        });
        self
    }

    /// The table as CSV (UTF-8): a header row, then one line per row.
    ///
    /// Numbers have the fewest digits that read back to the same `f64`, whole numbers all of theirs; a
    /// missing value is an empty field. `pandas.read_csv(path)` needs no options.
    ///
    /// # Errors
    ///
    /// [`OutputError::NonFinite`], [`OutputError::UnequalLengths`] or [`OutputError::NameTaken`].
    pub fn to_csv(&self) -> Result<Vec<u8>, OutputError> {
        self.check()?;
        csv::encode(&self.columns)
    }

    /// The table as a compressed NPZ archive, with one array per column.
    ///
    /// - numbers: `<f8`, shape `(rows,)`, a missing value is NaN;
    /// - whole numbers: `<i8`, shape `(rows,)`, or `<u8` (64 bits without a sign) where one needs it;
    /// - words: `<U…` (fixed-width unicode), shape `(rows,)`;
    /// - `metadata`: `|u1`, shape `(bytes,)`, UTF-8 JSON, read by
    ///   `json.loads(archive["metadata"].tobytes())`.
    ///
    /// `numpy.load(path)` needs no `allow_pickle`. Time stamps in the archive are constant, so equal
    /// tables give equal bytes.
    ///
    /// # Errors
    ///
    /// Those of [`Table::to_csv`]; a column must not be called `metadata`.
    pub fn to_npz(&self) -> Result<Vec<u8>, OutputError> {
        self.check()?;
        npz::encode(&self.columns, &self.metadata)
    }

    /// Write the table in the format of the extension, `.csv` or `.npz`, replacing the file in one step.
    ///
    /// # Errors
    ///
    /// [`OutputError::UnsupportedExtension`], [`OutputError::Unwritable`] and those of
    /// [`Table::to_csv`].
    pub fn save(&self, path: &Path) -> Result<(), OutputError> {
        let bytes = match extension_among(path, EXTENSIONS)? {
            "npz" => self.to_npz()?,
            _ => self.to_csv()?,
        };
        write_atomically(path, &bytes)
    }

    fn check(&self) -> Result<(), OutputError> {
        let rows = self.columns.first().map_or(0, Column::len);
        let mut names = BTreeSet::new();
        for column in &self.columns {
            if column.len() != rows {
                return Err(OutputError::UnequalLengths {
                    name: column.name().to_owned(),
                    expected: rows,
                    actual: column.len(),
                });
            }
            if !names.insert(column.name()) {
                return Err(OutputError::NameTaken {
                    name: column.name().to_owned(),
                });
            }
            if let Column::Numbers { name, values } = column {
                for (row, value) in values.iter().enumerate() {
                    value.map_or(Ok(0.0), |value| finite(value, name, row))?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_not_a_number() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let table = Table::default().numbers("tau", vec![Some(1.0), None, Some(bad)]);
            for result in [table.to_csv(), table.to_npz()] {
                let text = result.unwrap_err().to_string();
                assert!(text.contains("\"tau\"") && text.contains("row 2"), "{text}");
            }
        }
    }

    #[test]
    fn refuses_ragged_columns_and_equal_names() {
        let ragged = Table::default().numbers("a", vec![None]).text("b", vec![]);
        assert!(matches!(
            ragged.to_csv(),
            Err(OutputError::UnequalLengths {
                expected: 1,
                actual: 0,
                ..
            })
        ));
        let twice = Table::default().numbers("a", vec![]).text("a", vec![]);
        assert!(matches!(twice.to_csv(), Err(OutputError::NameTaken { .. })));
    }

    #[test]
    fn the_extension_decides_and_unknown_ones_list_the_allowed() {
        let error = Table::default().save(Path::new("/tmp/a.xlsx")).unwrap_err();
        assert!(error.to_string().contains(".csv, .npz"), "{error}");
    }
}
