//! Why a network was refused.

use thiserror::Error;

use crate::numeral::{counted, plain};

/// The studies that take networks.
const ANSWERED: &str = "solve, search, phase, simulate, compare, derive and check";

/// Matrices or readouts that no network has.
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum NetworkError {
    /// A number of readouts that is not the number of units.
    #[error("{argument}: {} for {}: give one for each", counted(*given, "number"), counted(*units, "unit"))]
    Readouts {
        /// Of teacher or student.
        argument: &'static str,
        /// How many there are.
        given: usize,
        /// How many there should be.
        units: usize,
    },
    /// A number of units that a matrix does not have.
    #[error(
        "{argument} = {units} does not agree with {matrix}, which has {}, one for each unit: leave {argument} out, or give \
         matrices of this size", counted(*count, side)
    )]
    Sizes {
        /// The number of units.
        argument: &'static str,
        /// What it was.
        units: usize,
        /// The matrix.
        matrix: &'static str,
        /// Its rows or columns.
        count: usize,
        /// Which of them.
        side: &'static str,
    },
    /// A matrix whose size does not fit.
    #[error(
        "{argument} is {} x {}: {} x {} is needed ({meaning}){}", given.0, given.1, needed.0, needed.1,
        if *given == (needed.1, needed.0) { "; it is transposed" } else { "" }
    )]
    Size {
        /// Which matrix.
        argument: &'static str,
        /// Its rows and columns.
        given: (usize, usize),
        /// Those that are needed.
        needed: (usize, usize),
        /// What rows and columns are.
        meaning: &'static str,
    },
    /// A number that is not finite.
    #[error("{argument}: row {} has {}: a finite number is needed", row + 1, plain(*value))]
    NotFinite {
        /// Which matrix.
        argument: &'static str,
        /// Its row, from 0.
        row: usize,
        /// The number.
        value: f64,
    },
    /// A matrix of overlaps that is not symmetric.
    #[error(
        "{argument} is not symmetric: row {}, column {} is {}, the other way round {}", at.0 + 1, at.1 + 1,
        plain(*value), plain(*other)
    )]
    Asymmetric {
        /// Which matrix.
        argument: &'static str,
        /// Where, from 0.
        at: (usize, usize),
        /// The value there.
        value: f64,
        /// The value on the other side.
        other: f64,
    },
    /// Overlaps that no vectors have.
    #[error(
        "{argument}: no vectors have these overlaps: their Gram matrix has the eigenvalue {} < 0", plain(*eigenvalue)
    )]
    NotGram {
        /// Which matrices.
        argument: &'static str,
        /// The lowest eigenvalue.
        eigenvalue: f64,
    },
    /// Overlaps of the adapter with teachers and weights that contradict each other.
    #[error(
        "start: alignment and s belong to no vectors: they contradict the overlaps of teachers and weights by {}",
        plain(*by)
    )]
    Contradiction {
        /// By how much, at most.
        by: f64,
    },
    /// The overlaps that are taken where none are given, with teachers that depend on each other.
    #[error(
        "start: alignment is left out, and what is taken then (1/sqrt(dim) of row i with teacher unit i mod K*, 0 with the \
         others) no vectors have here: the teacher units depend on each other, or one has length 0; give alignment \
         (start-alignment)"
    )]
    NoTypicalStart,
    /// Rows of `V` or of `W` that do not have the length 1.
    #[error("{argument}: row {} has the squared length {}: on the sphere it is 1", row + 1, plain(*square))]
    NotUnit {
        /// Which vectors.
        argument: &'static str,
        /// Which row, from 0.
        row: usize,
        /// Its square.
        square: f64,
    },
    /// No unit at all.
    #[error("{argument} has no unit: at least one is needed")]
    Empty {
        /// Teacher or student.
        argument: &'static str,
    },
    /// A network where a question is about one unit.
    #[error(
        "{argument} makes this a network, which this study does not answer: {ANSWERED} do (docs/networks.md); for one unit \
         leave it out"
    )]
    Unanswered {
        /// What makes it one.
        argument: &'static str,
    },
    /// More independent vectors than dimensions.
    #[error("dim = {} is not allowed: teachers and weights span {span} dimensions", plain(*dim))]
    Dimension {
        /// What they span.
        span: usize,
        /// What there is.
        dim: f64,
    },
}
