//! Teachers and student weights in an orthonormal frame of their span.

use nalgebra::{DMatrix, SymmetricEigen};

use super::NetworkError;

/// What a squared length may be, against the largest, before it counts: overlaps are rounded.
const ROUNDING: f64 = 1e-14;
/// How negative an eigenvalue of a Gram matrix may be, against its trace.
pub(super) const NEGATIVE: f64 = 1e-12;

/// Components of the teachers `T` and of weights `W0` in an orthonormal frame, whose first vectors span the teachers.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    teachers: DMatrix<f64>,
    weights: DMatrix<f64>,
    task: usize,
    /// Of the task's vectors those that the teachers themselves span.
    span: usize,
}

impl Frame {
    /// From overlaps: `teachers = T T'` (`K* x K*`), `m = W0 T'` (`K x K*`), `q = W0 W0'` (`K x K`).
    ///
    /// # Errors
    /// [`NetworkError`]: sizes that do not fit, numbers that are not finite, and overlaps that no vectors have, with the
    /// eigenvalue that shows it.
    pub fn of_overlaps(
        teachers: &DMatrix<f64>,
        m: &DMatrix<f64>,
        q: &DMatrix<f64>,
    ) -> Result<Self, NetworkError> {
        let (stars, units) = (teachers.nrows(), q.nrows());
        check_square("teacher overlaps", teachers)?;
        check_square("q", q)?;
        let sides = "a row for each student unit, a column for each teacher unit";
        check_size("m", m, (units, stars), sides)?;
        let gram = DMatrix::from_fn(stars + units, stars + units, |i, j| {
            match (i < stars, j < stars) {
                (true, true) => teachers[(i, j)],
                (true, false) => m[(j - stars, i)],
                (false, true) => m[(i - stars, j)],
                (false, false) => q[(i - stars, j - stars)],
            }
        });
        check_gram("overlaps of teachers and weights", &gram)?;
        let (vectors, task) = components(&gram, stars);
        Ok(Self {
            teachers: vectors.rows(0, stars).into_owned(),
            weights: vectors.rows(stars, units).into_owned(),
            task,
            span: task,
        })
    }

    /// From components: `teachers` (`K* x D`) with 0 beyond the first `task` columns, `weights` (`K x D`).
    ///
    /// # Errors
    /// [`NetworkError`]: sizes that do not fit, or numbers that are not finite.
    pub fn of_components(
        teachers: DMatrix<f64>,
        weights: DMatrix<f64>,
        task: usize,
    ) -> Result<Self, NetworkError> {
        let dim = weights.ncols();
        let meaning = "components in one frame";
        check_size("teacher", &teachers, (teachers.nrows(), dim), meaning)?;
        check_size("weights", &weights, (weights.nrows(), dim), meaning)?;
        Ok(Self {
            teachers,
            weights,
            task,
            span: task,
        })
    }

    /// From components in a space of several tasks (training in stages): `teachers` (`K* x S`) of one of them, which span
    /// the first `span` vectors, `weights` (`K x S`, or more columns: of directions outside), and the Gram matrix `rest`
    /// (`K x K`) of what they have beyond all these. The space counts as the task, so that all of it is followed.
    ///
    /// # Errors
    /// As [`Frame::of_components`].
    pub fn in_space(
        (teachers, span): (&DMatrix<f64>, usize),
        weights: &DMatrix<f64>,
        rest: &DMatrix<f64>,
    ) -> Result<Self, NetworkError> {
        let (space, known) = (teachers.ncols(), weights.ncols());
        let (beyond, _) = components(rest, 0);
        let dim = known + beyond.ncols();
        let mut all = weights.clone().resize_horizontally(dim, 0.0);
        all.columns_mut(known, beyond.ncols()).copy_from(&beyond);
        let teachers = teachers.clone().resize_horizontally(dim, 0.0);
        let frame = Self::of_components(teachers, all, space)?;
        Ok(Self { span, ..frame })
    }

    /// `T_f`, `K* x D`.
    pub fn teachers(&self) -> &DMatrix<f64> {
        &self.teachers
    }

    /// `W0_f`, `K x D`.
    pub fn weights(&self) -> &DMatrix<f64> {
        &self.weights
    }

    /// Whether a unit has no pre-trained weights.
    pub(crate) fn has_bare_units(&self) -> bool {
        let mut rows = self.weights.row_iter();
        rows.any(|row| row.iter().all(|w| *w == 0.0))
    }

    /// `K*`.
    pub fn teacher_units(&self) -> usize {
        self.teachers.nrows()
    }

    /// `K`.
    pub fn units(&self) -> usize {
        self.weights.nrows()
    }

    /// `D`, the dimension of the span of teachers and weights.
    pub fn dim(&self) -> usize {
        self.teachers.ncols()
    }

    /// How many of the first vectors of the frame hold the teachers; those of other tasks are among them where there are
    /// several.
    pub fn task(&self) -> usize {
        self.task
    }

    /// The dimension of the span of the teachers: of the first vectors of the frame.
    pub fn span(&self) -> usize {
        self.span
    }
}

/// Rows with these overlaps, components beyond rounding only; and how many columns the first `first` rows need.
///
/// Cholesky's method with the largest rest as the next pivot, the first rows before the others.
fn components(gram: &DMatrix<f64>, first: usize) -> (DMatrix<f64>, usize) {
    let all = gram.nrows();
    let mut rest = gram.clone();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    let mut task = 0;
    for rows in [0..first, first..all] {
        for _ in rows.clone() {
            let larger = |a: &usize, b: &usize| {
                let relative = |i: usize| rest[(i, i)] / gram[(i, i)].max(f64::MIN_POSITIVE);
                relative(*a).total_cmp(&relative(*b))
            };
            let Some(pivot) = rows.clone().max_by(larger) else {
                continue;
            };
            let square = rest[(pivot, pivot)];
            if square <= ROUNDING * gram[(pivot, pivot)] {
                break;
            }
            let length = square.sqrt();
            let column: Vec<f64> = (0..all).map(|i| rest[(i, pivot)] / length).collect();
            for i in 0..all {
                for j in 0..all {
                    rest[(i, j)] -= column[i] * column[j];
                }
            }
            // What is within the span so far stays there.
            (0..all).for_each(|i| {
                rest[(i, pivot)] = 0.0;
                rest[(pivot, i)] = 0.0;
            });
            columns.push(column);
        }
        if rows.start == 0 {
            task = columns.len();
        }
    }
    let vectors = DMatrix::from_fn(all, columns.len(), |i, k| columns[k][i]);
    (vectors, task)
}

/// The size of a matrix, and that its numbers are finite.
pub(super) fn check_size(
    argument: &'static str,
    matrix: &DMatrix<f64>,
    needed: (usize, usize),
    meaning: &'static str,
) -> Result<(), NetworkError> {
    let given = matrix.shape();
    if given != needed {
        return Err(NetworkError::Size {
            argument,
            given,
            needed,
            meaning,
        });
    }
    if needed.0 == 0 {
        return Err(NetworkError::Empty { argument });
    }
    for row in 0..needed.0 {
        if let Some(value) = matrix.row(row).iter().find(|x| !x.is_finite()) {
            let value = *value;
            return Err(NetworkError::NotFinite {
                argument,
                row,
                value,
            });
        }
    }
    Ok(())
}

/// A symmetric matrix.
pub(super) fn check_square(
    argument: &'static str,
    matrix: &DMatrix<f64>,
) -> Result<(), NetworkError> {
    let units = matrix.nrows();
    check_size(
        argument,
        matrix,
        (units, units),
        "a row and a column for each unit",
    )?;
    for i in 0..units {
        for j in 0..i {
            let (value, other) = (matrix[(i, j)], matrix[(j, i)]);
            let size = (matrix[(i, i)] * matrix[(j, j)]).abs().sqrt();
            if (value - other).abs() > NEGATIVE * size.max(value.abs()) {
                let at = (i, j);
                return Err(NetworkError::Asymmetric {
                    argument,
                    at,
                    value,
                    other,
                });
            }
        }
    }
    Ok(())
}

/// Refuses a symmetric matrix that is no Gram matrix, by more than rounding.
fn check_gram(argument: &'static str, gram: &DMatrix<f64>) -> Result<(), NetworkError> {
    let eigenvalue = SymmetricEigen::new(gram.clone()).eigenvalues.min();
    if eigenvalue < -NEGATIVE * gram.trace().abs() || gram.trace() < 0.0 {
        return Err(NetworkError::NotGram {
            argument,
            eigenvalue,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gram_of(frame: &Frame) -> DMatrix<f64> {
        frame.weights() * frame.weights().transpose()
    }

    #[test]
    fn a_frame_has_the_overlaps_it_was_made_of() {
        let teachers = DMatrix::from_row_slice(2, 2, &[1.0, 0.3, 0.3, 1.0]);
        let m = DMatrix::from_row_slice(3, 2, &[0.5, 0.1, -0.2, 0.4, 0.1, 0.1]);
        let mut q = &m * m.transpose() * 1.3;
        (0..3).for_each(|i| q[(i, i)] += 0.2);
        let frame = Frame::of_overlaps(&teachers, &m, &q).unwrap();
        assert_eq!((frame.task(), frame.dim()), (2, 5));
        let close = |a: DMatrix<f64>, b: &DMatrix<f64>| assert!((a - b).amax() < 1e-15);
        close(frame.teachers() * frame.teachers().transpose(), &teachers);
        close(frame.weights() * frame.teachers().transpose(), &m);
        close(gram_of(&frame), &q);
        assert!(frame.teachers().columns(2, 3).amax() == 0.0);
    }

    #[test]
    fn weights_within_the_span_of_the_teachers_and_equal_units_add_no_direction() {
        let teachers = DMatrix::identity(2, 2);
        let m = DMatrix::from_row_slice(3, 2, &[0.7, 0.1, 0.7, 0.1, 0.0, 0.3]);
        let q = &m * m.transpose();
        let frame = Frame::of_overlaps(&teachers, &m, &q).unwrap();
        assert_eq!((frame.task(), frame.dim()), (2, 2));
        assert!((gram_of(&frame) - q).amax() < 1e-15);
    }

    #[test]
    fn overlaps_that_no_vectors_have_are_refused_with_the_eigenvalue() {
        let teachers = DMatrix::identity(1, 1);
        let m = DMatrix::from_element(1, 1, 2.0);
        let refused = Frame::of_overlaps(&teachers, &m, &teachers).unwrap_err();
        assert_eq!(
            refused,
            NetworkError::NotGram {
                argument: "overlaps of teachers and weights",
                eigenvalue: -1.0
            }
        );
    }
}
