//! A table of named columns and its file formats.

pub(super) mod csv;
#[cfg(feature = "npz")]
pub(super) mod npz;
#[cfg(feature = "parquet")]
pub(super) mod parquet;

use super::OutputError;
use std::collections::BTreeSet;

/// One named column.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Real numbers; `None` is a missing value. They may be infinite; NaN is refused on writing.
    Numbers {
        /// Column name, unique in its table.
        name: String,
        /// One entry per row.
        values: Vec<Option<f64>>,
    },
    /// Whole numbers, each exact: counts, steps, seeds. `None` is a missing value.
    Whole {
        /// Column name, unique in its table.
        name: String,
        /// One entry per row.
        values: Vec<Option<u64>>,
    },
    /// True or false.
    Truths {
        /// Column name, unique in its table.
        name: String,
        /// One entry per row.
        values: Vec<bool>,
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
            Self::Numbers { name, .. }
            | Self::Whole { name, .. }
            | Self::Truths { name, .. }
            | Self::Text { name, .. } => name,
        }
    }

    /// The word for what it holds: `real`, `integer`, `boolean` or `text`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Numbers { .. } => "real",
            Self::Whole { .. } => "integer",
            Self::Truths { .. } => "boolean",
            Self::Text { .. } => "text",
        }
    }

    /// Whole numbers of any size: integers where 64 bits hold them all, else real numbers.
    pub fn of_whole(name: impl Into<String>, values: &[Option<f64>]) -> Self {
        let exact =
            |x: f64| (x >= 0.0 && x < u64::MAX as f64 && x.fract() == 0.0).then_some(x as u64);
        let name = name.into();
        if values.iter().flatten().all(|x| exact(*x).is_some()) {
            let values = values.iter().map(|x| x.and_then(exact)).collect();
            return Self::Whole { name, values };
        }
        let values = values.to_vec();
        Self::Numbers { name, values }
    }

    /// A column of some of its rows, in this order.
    #[must_use]
    pub(super) fn rows(&self, places: &[usize]) -> Self {
        fn of<T: Clone>(values: &[T], places: &[usize]) -> Vec<T> {
            let some = places.iter().filter_map(|i| values.get(*i).cloned());
            some.collect()
        }
        let name = self.name().to_owned();
        match self {
            Self::Numbers { values, .. } => {
                let values = of(values, places);
                Self::Numbers { name, values }
            }
            Self::Whole { values, .. } => {
                let values = of(values, places);
                Self::Whole { name, values }
            }
            Self::Truths { values, .. } => {
                let values = of(values, places);
                Self::Truths { name, values }
            }
            Self::Text { values, .. } => {
                let values = of(values, places);
                Self::Text { name, values }
            }
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers { values, .. } => values.len(),
            Self::Whole { values, .. } => values.len(),
            Self::Truths { values, .. } => values.len(),
            Self::Text { values, .. } => values.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Columns of equal length and a description of the run.
///
/// NPZ and Parquet files hold the columns and the metadata. A CSV file has no place for these: it holds the constants
/// instead, as columns with the same value in every row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// The columns in the order of the file.
    pub columns: Vec<Column>,
    /// What is the same in every row, as columns of one value: parameters, version, command.
    pub constants: Vec<Column>,
    /// How the table was made, as JSON.
    pub metadata: serde_json::Value,
}

impl Table {
    /// A table without columns.
    pub fn new(metadata: serde_json::Value) -> Self {
        Self {
            metadata,
            ..Self::default()
        }
    }

    /// This table with a column more.
    #[must_use]
    pub fn with(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// This table with one more constant, a column of one value.
    #[must_use]
    pub fn constant(mut self, column: Column) -> Self {
        self.constants.push(column);
        self
    }

    /// This table with a constant word more.
    #[must_use]
    pub fn constant_text(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.constant(Column::Text {
            name: name.into(),
            values: vec![value.into()],
        })
    }

    /// This table with a column of real numbers more.
    #[must_use]
    pub fn numbers(self, name: impl Into<String>, values: Vec<Option<f64>>) -> Self {
        self.with(Column::Numbers {
            name: name.into(),
            values,
        })
    }

    /// This table with a column of whole numbers more.
    #[must_use]
    pub fn whole<T: Into<Option<u64>>>(
        self,
        name: impl Into<String>,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        self.with(Column::Whole {
            name: name.into(),
            values: values.into_iter().map(Into::into).collect(),
        })
    }

    /// This table with a column of true or false more.
    #[must_use]
    pub fn truths(self, name: impl Into<String>, values: Vec<bool>) -> Self {
        self.with(Column::Truths {
            name: name.into(),
            values,
        })
    }

    /// This table with a column of words more.
    #[must_use]
    pub fn text(self, name: impl Into<String>, values: Vec<String>) -> Self {
        self.with(Column::Text {
            name: name.into(),
            values,
        })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Column::len)
    }

    /// The table as CSV (UTF-8): a header row, then one line per row.
    ///
    /// Real numbers have the fewest digits that read back to the same `f64`, and a point or an exponent (`1.0`); whole
    /// numbers all of theirs. A missing value is an empty field, an infinite one `inf` or `-inf`. The constants follow
    /// the columns. `pandas.read_csv(path)` needs no options.
    ///
    /// # Errors
    ///
    /// [`OutputError::NotANumber`], [`OutputError::UnequalLengths`] or [`OutputError::NameTaken`].
    pub fn to_csv(&self) -> Result<Vec<u8>, OutputError> {
        self.check()?;
        csv::encode(self)
    }

    fn check(&self) -> Result<(), OutputError> {
        let all = self.columns.iter().map(|column| (column, self.rows()));
        let all = all.chain(self.constants.iter().map(|constant| (constant, 1)));
        let mut names = BTreeSet::new();
        for (column, rows) in all {
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
                let none = |value: &Option<f64>| value.is_some_and(f64::is_nan);
                if let Some(row) = values.iter().position(none) {
                    return Err(OutputError::NotANumber {
                        column: name.clone(),
                        row,
                    });
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
        let table = Table::default().numbers("tau", vec![Some(1.0), None, Some(f64::NAN)]);
        for result in [table.to_csv(), table.to_npz(), table.to_parquet()] {
            let text = result.unwrap_err().to_string();
            assert!(text.contains("\"tau\"") && text.contains("row 2"), "{text}");
        }
    }

    #[test]
    fn whole_numbers_beyond_64_bits_are_real() {
        let column = |values: &[Option<f64>]| Column::of_whole("dim", values);
        let small = column(&[Some(2.0), None]);
        assert!(matches!(small, Column::Whole { values, .. } if values == [Some(2), None]));
        let large = [Some(2.0), Some(18_446_744_073_709_551_616.0)];
        assert!(matches!(column(&large), Column::Numbers { values, .. } if values == large));
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
        let again = Table::default().numbers("a", vec![]).constant_text("a", "");
        assert!(matches!(again.to_csv(), Err(OutputError::NameTaken { .. })));
    }
}
