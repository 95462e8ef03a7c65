//! Matrices as they are written: rows in problem files, `1,0.3;0.3,1` on the command line.

use crate::numeral::counted;
use std::fmt;
use std::str::FromStr;

use nalgebra::DMatrix;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

/// A matrix of finite numbers with at least one row and one column.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix(DMatrix<f64>);

/// Why a matrix was refused.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum MatrixError {
    /// No row, or rows without a number.
    #[error(
        "the matrix is empty: there is no unit without a number; write rows as in [[1, 0], [0, 1]]"
    )]
    Empty,
    /// Rows of different lengths.
    #[error("the rows of the matrix differ: row {row} has {}, row 1 has {first}", counted(*given, "number"))]
    Ragged {
        /// Which row, from 1.
        row: usize,
        /// How many numbers it has.
        given: usize,
        /// How many the first has.
        first: usize,
    },
    /// Not a number.
    #[error(
        "'{text}' in row {row} of the matrix is not a finite number: write 1,0.3;0.3,1, rows apart by semicolons"
    )]
    Number {
        /// Which row, from 1.
        row: usize,
        /// What was written.
        text: String,
    },
}

impl Matrix {
    /// From rows.
    ///
    /// # Errors
    /// Rows of different lengths, no number at all, one that is not finite.
    pub fn of_rows(rows: &[Vec<f64>]) -> Result<Self, MatrixError> {
        let first = rows.first().map_or(0, Vec::len);
        if first == 0 {
            return Err(MatrixError::Empty);
        }
        for (row, numbers) in (1..).zip(rows) {
            let given = numbers.len();
            if given != first {
                return Err(MatrixError::Ragged { row, given, first });
            }
            if let Some(odd) = numbers.iter().find(|x| !x.is_finite()) {
                let text = odd.to_string();
                return Err(MatrixError::Number { row, text });
            }
        }
        let at = |i: usize, j: usize| rows[i][j];
        Ok(Self(DMatrix::from_fn(rows.len(), first, at)))
    }

    /// Its numbers.
    pub fn numbers(&self) -> &DMatrix<f64> {
        &self.0
    }
}

impl FromStr for Matrix {
    type Err = MatrixError;

    fn from_str(text: &str) -> Result<Self, MatrixError> {
        if text.trim().is_empty() {
            return Err(MatrixError::Empty);
        }
        let mut rows = Vec::new();
        for (row, numbers) in (1..).zip(text.split(';')) {
            let number = |part: &str| {
                let text = part.trim().to_owned();
                text.parse().map_err(|_| MatrixError::Number { row, text })
            };
            let numbers = numbers.split(',').map(number);
            rows.push(numbers.collect::<Result<Vec<f64>, _>>()?);
        }
        Self::of_rows(&rows)
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |i: usize| {
            let numbers = self.0.row(i);
            let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
            numbers.join(",")
        };
        let rows: Vec<String> = (0..self.0.nrows()).map(row).collect();
        f.write_str(&rows.join(";"))
    }
}

/// As on the command line, so that every result says in one line how it was made.
impl Serialize for Matrix {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Rows of numbers, or text as on the command line.
impl<'de> Deserialize<'de> for Matrix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rows;
        impl<'de> Visitor<'de> for Rows {
            type Value = Matrix;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "the rows of a matrix, as in [[1, 0], [0, 1]], or text such as \"1,0;0,1\"",
                )
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Matrix, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Matrix, A::Error> {
                let mut rows: Vec<Vec<f64>> = Vec::new();
                while let Some(row) = seq.next_element()? {
                    rows.push(row);
                }
                Matrix::of_rows(&rows).map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_any(Rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_read_from_rows_and_from_text_and_written_as_it_was() {
        let rows: Matrix =
            serde_json::from_str("[[1, 0.30000000000000004], [-2e-300, 1]]").unwrap();
        let text = rows.to_string();
        assert_eq!(text.parse(), Ok(rows.clone()));
        let json = serde_json::to_string(&rows).unwrap();
        assert_eq!(serde_json::from_str::<Matrix>(&json).unwrap(), rows);
    }

    #[test]
    fn what_is_no_matrix_is_refused_with_the_row() {
        let refused = |text: &str| text.parse::<Matrix>().unwrap_err();
        assert_eq!(refused(" "), MatrixError::Empty);
        let (row, given, first) = (2, 1, 2);
        assert_eq!(refused("1,2;3"), MatrixError::Ragged { row, given, first });
        for text in ["1,2;x,3", "1,2;inf,3", "1,2;,3"] {
            assert!(matches!(refused(text), MatrixError::Number { row: 2, .. }));
        }
        assert!(serde_json::from_str::<Matrix>("[]").is_err());
        assert!(serde_json::from_str::<Matrix>("[[]]").is_err());
    }
}
