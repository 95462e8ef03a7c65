//! A table of named columns and its file formats.

mod csv;
#[cfg(feature = "npz")]
pub(super) mod npz;
#[cfg(feature = "parquet")]
mod parquet;

use super::OutputError;
use super::error::finite;
use std::collections::BTreeSet;

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
    /// How the table was made, as JSON.
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
}
