//! The units of several teachers in the space that they span, seen from each of them.

use nalgebra::DMatrix;

use crate::problem::network::{Frame, NetworkError};

/// Units of several teachers in an orthonormal frame of their span, and for each teacher the same frame turned so that its
/// first vectors span its own units.
#[derive(Clone, Debug)]
pub struct TaskSpace {
    dim: usize,
    units: Vec<DMatrix<f64>>,
    views: Vec<View>,
}

/// The space as it is seen from one of the teachers.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// `T`, `K* x` the dimension of the space.
    pub(super) teachers: DMatrix<f64>,
    /// How many of the first vectors span them.
    pub(super) span: usize,
    /// Vectors of the space, in the turned frame: `x` becomes `x rotation`.
    pub(super) rotation: DMatrix<f64>,
}

impl TaskSpace {
    /// From the Gram matrix of all units, those of the first teacher before those of the second and so on, `sizes` of them.
    ///
    /// # Errors
    /// [`NetworkError`]: sizes that do not fit, and a Gram matrix that no vectors have, with its eigenvalue.
    pub fn of_overlaps(sizes: &[usize], gram: &DMatrix<f64>) -> Result<Self, NetworkError> {
        let all = gram.nrows();
        let nothing = DMatrix::zeros(1, all);
        let frame = Frame::of_overlaps(gram, &nothing, &DMatrix::zeros(1, 1))?;
        let dim = frame.task();
        let mut units = Vec::new();
        let mut views = Vec::new();
        let mut from = 0;
        for &size in sizes {
            let own = frame.teachers().view((from, 0), (size, dim)).into_owned();
            let overlaps = gram.view((from, from), (size, size)).into_owned();
            views.push(View::of(&own, &overlaps)?);
            units.push(own);
            from += size;
        }
        Ok(Self { dim, units, views })
    }

    /// Its dimension.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The units of a teacher, rows of `K* x` the dimension.
    pub fn units(&self, task: usize) -> &DMatrix<f64> {
        &self.units[task]
    }

    pub(super) fn view(&self, task: usize) -> &View {
        &self.views[task]
    }
}

impl View {
    /// The axes of the space in a frame that begins with the units: both are told by their overlaps.
    fn of(units: &DMatrix<f64>, overlaps: &DMatrix<f64>) -> Result<Self, NetworkError> {
        let axes = DMatrix::identity(units.ncols(), units.ncols());
        let turned = Frame::of_overlaps(overlaps, &units.transpose(), &axes)?;
        Ok(Self {
            teachers: turned.teachers().clone(),
            span: turned.task(),
            rotation: turned.weights().clone(),
        })
    }

    /// Rows with components in the space, and perhaps further ones that stay as they are, in the turned frame.
    pub(super) fn turn(&self, rows: &DMatrix<f64>) -> DMatrix<f64> {
        self.turned(rows, &self.rotation)
    }

    /// The other way.
    pub(super) fn turn_back(&self, rows: &DMatrix<f64>) -> DMatrix<f64> {
        self.turned(rows, &self.rotation.transpose())
    }

    fn turned(&self, rows: &DMatrix<f64>, by: &DMatrix<f64>) -> DMatrix<f64> {
        let dim = by.nrows();
        let mut out = rows.clone();
        out.columns_mut(0, dim)
            .copy_from(&(rows.columns(0, dim) * by));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_teacher_sees_the_overlaps_that_were_given() {
        // Two units each, pairs at cosine 0.6, the second teacher's two at 0.3.
        let gram = DMatrix::from_row_slice(
            4,
            4,
            &[
                1.0, 0.0, 0.6, 0.0, 0.0, 1.0, 0.0, 0.6, 0.6, 0.0, 1.0, 0.3, 0.0, 0.6, 0.3, 1.0,
            ],
        );
        let space = TaskSpace::of_overlaps(&[2, 2], &gram).unwrap();
        assert_eq!(space.dim(), 4);
        let close = |a: DMatrix<f64>, b: &DMatrix<f64>| assert!((a - b).amax() < 1e-15);
        for task in 0..2 {
            let view = space.view(task);
            assert_eq!(view.span, 2);
            assert!(view.teachers.columns(2, 2).amax() == 0.0);
            close(view.turn(space.units(task)), &view.teachers);
            let other = space.units(1 - task);
            let cross = view.turn(other) * view.teachers.transpose();
            close(
                cross,
                &gram.view((2 - 2 * task, 2 * task), (2, 2)).into_owned(),
            );
            close(view.turn_back(&view.turn(other)), other);
        }
    }

    #[test]
    fn units_that_are_shared_add_no_direction_and_impossible_overlaps_are_refused() {
        let same = DMatrix::from_element(2, 2, 1.0);
        assert_eq!(TaskSpace::of_overlaps(&[1, 1], &same).unwrap().dim(), 1);
        let mut far = same;
        (far[(0, 1)], far[(1, 0)]) = (1.5, 1.5);
        let refused = TaskSpace::of_overlaps(&[1, 1], &far);
        assert!(matches!(refused, Err(NetworkError::NotGram { .. })));
    }
}
