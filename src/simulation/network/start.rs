//! The weights at step 0: what the problem gives exactly, the rest as SGD draws it.

use nalgebra::{DMatrix, SymmetricEigen};

use super::super::SimulationError;
use super::super::random::Stream;
use super::update::Weights;
use super::wishart::bartlett;
use crate::problem::ProblemError;
use crate::problem::network::{NetworkError, NetworkProblem, rounding_of};

/// How negative squared lengths may be, against 1, that the problem gives to its last digit.
const NEGATIVE: f64 = 1e-10;
/// What is rounding in those that it gives exactly.
const ROUNDING: f64 = 1e-14;

/// The law of the start, in the frame of teachers and pre-trained weights, of dimension `D`; of weights that are drawn, in
/// that of the teachers.
#[derive(Clone, Debug)]
pub(super) struct Start {
    u: DMatrix<f64>,
    readout: Vec<f64>,
    vectors: Vectors,
}

#[derive(Clone, Debug)]
enum Vectors {
    /// `W0'`, `D x K`.
    Given(DMatrix<f64>),
    /// Rows of `V`, in part; or of `W`.
    Drawn {
        /// An orthonormal frame of what the given overlaps tell of, `D x s`.
        seen: DMatrix<f64>,
        /// `V'` along it, `D x r`; 0 for `W'`.
        fixed: DMatrix<f64>,
        rest: Rest,
    },
}

/// The part of `V` at right angles to what is seen.
#[derive(Clone, Debug)]
enum Rest {
    /// Independent directions, with these lengths.
    Lengths(Vec<f64>),
    /// A random frame, combined by the columns of this factor of its Gram matrix, `r x r`, so that columns of 0 come
    /// last.
    Factor(DMatrix<f64>),
}

impl Start {
    /// Of a problem in `dim` dimensions.
    ///
    /// # Errors
    /// [`SimulationError`] for overlaps that no vectors have, or none in so few dimensions.
    pub(super) fn of(problem: &NetworkProblem, dim: f64) -> Result<Self, SimulationError> {
        let (setup, frame) = (problem.setup(), problem.frame());
        let readout = setup.readout.clone();
        if !setup.adapter.is_lora() {
            let vectors = if setup.draws_weights {
                Vectors::Drawn {
                    seen: DMatrix::zeros(frame.task(), 0),
                    fixed: DMatrix::zeros(frame.task(), frame.units()),
                    rest: Rest::Lengths(vec![1.0; frame.units()]),
                }
            } else {
                Vectors::Given(frame.weights().transpose())
            };
            return Ok(Self {
                u: DMatrix::zeros(0, 0),
                readout,
                vectors,
            });
        }
        let (asked, rank) = (&setup.start, setup.rank);
        let none = DMatrix::zeros(frame.dim(), 0);
        let (mut known, mut overlaps) = (none, DMatrix::zeros(rank, 0));
        let given = [
            (frame.teachers(), &asked.alignment),
            (frame.weights(), &asked.s),
        ];
        for (vectors, with) in given {
            if let Some(with) = with {
                known = beside(known, &vectors.transpose());
                overlaps = beside(overlaps, with);
            }
        }
        let (seen, fixed, combined) = along(&known, &overlaps);
        let room = dim - seen.ncols() as f64;
        let gram = fixed.tr_mul(&fixed);
        let rounding = rounding_of(&fixed, combined, (&known, &overlaps));
        let rounding = rounding.max(ROUNDING);
        let rest = match &asked.c {
            Some(c) => Rest::Factor(sorted_factor(&(c - gram), (room, rounding))?),
            None => Rest::Lengths(lengths(&gram, (room, rounding))?),
        };
        let u = asked.u.clone();
        Ok(Self {
            u: u.unwrap_or_else(|| DMatrix::zeros(frame.units(), rank)),
            readout,
            vectors: Vectors::Drawn { seen, fixed, rest },
        })
    }

    /// In coordinates of the projected method: `within` in a frame, then `rests` of what lies at right angles, of which
    /// `outside` dimensions are seen by their Gram matrix only.
    pub(super) fn in_frame(
        &self,
        (within, rests): (usize, usize),
        outside: f64,
        stream: &mut Stream,
    ) -> Weights {
        let normal = |columns| {
            let mut normal = DMatrix::zeros(within + rests, columns);
            for mut own in normal.column_iter_mut() {
                (0..within).for_each(|i| own[i] = stream.normal());
            }
            let factor = bartlett(columns, outside, stream);
            let drawn = factor.ncols();
            normal.rows_mut(within, drawn).tr_copy_from(&factor);
            normal
        };
        let embed = |vectors: &DMatrix<f64>| vectors.clone().resize_vertically(within + rests, 0.0);
        self.weights(normal, embed)
    }

    /// In all dimensions, the frame being the columns of `axes`.
    pub(super) fn in_space(&self, axes: &DMatrix<f64>, stream: &mut Stream) -> Weights {
        let normal = |columns| {
            let mut normal = DMatrix::zeros(axes.nrows(), columns);
            stream.fill(normal.as_mut_slice());
            normal
        };
        let embed = |vectors: &DMatrix<f64>| axes.columns(0, vectors.nrows()) * vectors;
        self.weights(normal, embed)
    }

    /// From independent standard normal vectors, the columns of `normal(columns)`, and vectors of the frame in the same
    /// coordinates.
    fn weights(
        &self,
        normal: impl FnOnce(usize) -> DMatrix<f64>,
        embed: impl Fn(&DMatrix<f64>) -> DMatrix<f64>,
    ) -> Weights {
        let trained = match &self.vectors {
            Vectors::Given(weights) => embed(weights),
            Vectors::Drawn { seen, fixed, rest } => {
                let mut drawn = normal(fixed.ncols());
                rest.put_into(&mut drawn, &embed(seen));
                drawn + embed(fixed)
            }
        };
        Weights {
            u: self.u.clone(),
            trained,
            readout: self.readout.clone(),
        }
    }
}

impl Rest {
    /// Makes the rests of normal vectors, at right angles to the orthonormal columns of `seen`.
    fn put_into(&self, normal: &mut DMatrix<f64>, seen: &DMatrix<f64>) {
        // Twice: the second pass removes what rounding left.
        for _ in 0..2 {
            let part = seen.tr_mul(normal);
            normal.gemm(-1.0, seen, &part, 1.0);
        }
        match self {
            Self::Lengths(lengths) => {
                for (mut column, length) in normal.column_iter_mut().zip(lengths) {
                    let own = column.norm();
                    column.scale_mut(if own > 0.0 { length / own } else { 0.0 });
                }
            }
            Self::Factor(factor) => {
                let used = factor.column_iter().filter(|c| c.amax() > 0.0).count();
                orthonormalise(normal, used);
                let frame = normal.columns(0, used).into_owned();
                normal.gemm(1.0, &frame, &factor.columns(0, used).transpose(), 0.0);
            }
        }
    }
}

/// Gram and Schmidt's frame of the first columns, twice for the sake of rounding.
fn orthonormalise(vectors: &mut DMatrix<f64>, columns: usize) {
    for i in 0..columns {
        let mut own = vectors.column(i).into_owned();
        for j in (0..i).chain(0..i) {
            let before = vectors.column(j);
            own.axpy(-own.dot(&before), &before, 1.0);
        }
        own.unscale_mut(own.norm());
        vectors.set_column(i, &own);
    }
}

/// Columns of the second matrix after those of the first.
fn beside(first: DMatrix<f64>, second: &DMatrix<f64>) -> DMatrix<f64> {
    let columns = first.ncols();
    let mut both = first.insert_columns(columns, second.ncols(), 0.0);
    both.columns_mut(columns, second.ncols()).copy_from(second);
    both
}

/// An orthonormal frame of the columns of `known`, the shortest vectors (columns) with these overlaps with them, and the size
/// of the coefficients by which they are combined of these columns.
fn along(known: &DMatrix<f64>, overlaps: &DMatrix<f64>) -> (DMatrix<f64>, DMatrix<f64>, f64) {
    let dim = known.nrows();
    let fixed = DMatrix::zeros(dim, overlaps.nrows());
    let none = (DMatrix::zeros(dim, 0), fixed, 0.0);
    if known.ncols() == 0 || dim == 0 {
        return none;
    }
    let svd = known.clone().svd(true, true);
    let largest = svd.singular_values.max();
    let kept: Vec<usize> = (0..svd.singular_values.len())
        .filter(|i| svd.singular_values[*i] > 1e-13 * largest)
        .collect();
    let (Some(left), Some(right)) = (&svd.u, &svd.v_t) else {
        return none;
    };
    let seen = left.select_columns(&kept);
    let mut components = right.select_rows(&kept) * overlaps.transpose();
    for (mut row, i) in components.row_iter_mut().zip(&kept) {
        row.unscale_mut(svd.singular_values[*i]);
    }
    let fixed = &seen * &components;
    for (mut row, i) in components.row_iter_mut().zip(&kept) {
        row.unscale_mut(svd.singular_values[*i]);
    }
    (seen, fixed, components.norm())
}

/// Lengths of the rests of unit vectors, of which `gram` belongs to what is fixed.
fn lengths(gram: &DMatrix<f64>, (room, rounding): (f64, f64)) -> Result<Vec<f64>, SimulationError> {
    let squares: Vec<f64> = (0..gram.nrows()).map(|i| 1.0 - gram[(i, i)]).collect();
    let lowest = squares.iter().copied().fold(f64::INFINITY, f64::min);
    if lowest < -rounding.max(NEGATIVE) {
        return Err(no_vectors(lowest));
    }
    let counts = |square: &f64| *square > rounding;
    require_room(usize::from(squares.iter().any(counts)), room)?;
    let length = |square: &f64| if counts(square) { square.sqrt() } else { 0.0 };
    Ok(squares.iter().map(length).collect())
}

/// A factor of a Gram matrix, the longest column first.
fn sorted_factor(
    gram: &DMatrix<f64>,
    (room, rounding): (f64, f64),
) -> Result<DMatrix<f64>, SimulationError> {
    let SymmetricEigen {
        eigenvalues,
        eigenvectors,
    } = SymmetricEigen::new(gram.clone());
    let mut order: Vec<usize> = (0..eigenvalues.len()).collect();
    order.sort_by(|a, b| eigenvalues[*b].total_cmp(&eigenvalues[*a]));
    let size = eigenvalues.amax().max(1.0);
    if eigenvalues.min() < -rounding.max(NEGATIVE * size) {
        return Err(no_vectors(eigenvalues.min()));
    }
    let mut factor = eigenvectors.select_columns(&order);
    let mut used = 0;
    for (mut column, i) in factor.column_iter_mut().zip(&order) {
        let counts = eigenvalues[*i] > rounding.max(ROUNDING * size);
        used += usize::from(counts);
        column.scale_mut(if counts { eigenvalues[*i].sqrt() } else { 0.0 });
    }
    require_room(used, room)?;
    Ok(factor)
}

fn no_vectors(eigenvalue: f64) -> SimulationError {
    let argument = "start: overlaps of V with teachers, weights and itself";
    let error = NetworkError::NotGram {
        argument,
        eigenvalue,
    };
    ProblemError::from(error).into()
}

fn require_room(needed: usize, room: f64) -> Result<(), SimulationError> {
    if needed as f64 > room {
        return Err(SimulationError::Room { needed, room });
    }
    Ok(())
}
