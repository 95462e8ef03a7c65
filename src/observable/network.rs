//! What the weights of a network are at one instant of a run, by the theory or by SGD.

use nalgebra::{DMatrix, SymmetricEigen};
use serde::{Deserialize, Serialize};

use super::BEYOND;

/// Directions of the adapter shorter than this, against the longest, squared, are rounding.
const ROUNDING: f64 = 1e-13;

/// The overlaps of a network of `K` units with `K*` teacher units (docs/theory.md, section 5); matrices are written
/// row by row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct NetworkObserved {
    /// Overlaps with the teachers `M = W T'`, `K x K*`.
    pub m: DMatrix<f64>,
    /// Overlaps of the units `Q = W W'`, `K x K`.
    pub q: DMatrix<f64>,
    /// LoRA amplitudes `U`, `K x r`; `None` without a LoRA adapter, as all of LoRA's.
    pub u: Option<DMatrix<f64>>,
    /// LoRA alignments `P = V T'`, `r x K*`.
    pub alignment: Option<DMatrix<f64>>,
    /// Overlaps of adapter and pre-trained weights `s = V W0'`, `r x K`.
    pub s: Option<DMatrix<f64>>,
    /// Overlaps of the adapter's directions `C = V V'`, `r x r`.
    pub c: Option<DMatrix<f64>>,
    /// Readouts `a`, `K` of them.
    pub readout: Vec<f64>,
    /// How far the search has come, in [0, 1]: the threshold is one of its values. By [`cosine_of_adapter`], without
    /// a LoRA adapter by [`cosine_of_units`].
    pub cosine: f64,
}

impl NetworkObserved {
    /// Whether every number is one that averages can be taken of: not NaN, and not beyond 1e100.
    pub fn is_finite(&self) -> bool {
        let optional = [&self.u, &self.alignment, &self.s, &self.c];
        let matrices = [&self.m, &self.q]
            .into_iter()
            .chain(optional.into_iter().flatten());
        let mut all = matrices
            .flatten()
            .chain(&self.readout)
            .chain([&self.cosine]);
        all.all(|x| x.abs() < BEYOND)
    }

    /// Entry by entry what `of` makes of the values that several networks of one size have there; `None` of none.
    pub fn of_each(all: &[&Self], mut of: impl FnMut(&mut [f64]) -> f64) -> Option<Self> {
        let first = *all.first()?;
        let mut values = vec![0.0; all.len()];
        let mut entry = |at: &dyn Fn(&Self) -> f64| {
            for (value, one) in values.iter_mut().zip(all) {
                *value = at(one);
            }
            of(&mut values)
        };
        let mut each = |size: &DMatrix<f64>, matrix: &dyn Fn(&Self) -> Option<&DMatrix<f64>>| {
            DMatrix::from_fn(size.nrows(), size.ncols(), |i, j| {
                entry(&|one| matrix(one).map_or(0.0, |matrix| matrix[(i, j)]))
            })
        };
        let m = each(&first.m, &|one| Some(&one.m));
        let q = each(&first.q, &|one| Some(&one.q));
        let u = first.u.as_ref().map(|own| each(own, &|one| one.u.as_ref()));
        let alignment = first.alignment.as_ref();
        let alignment = alignment.map(|own| each(own, &|one| one.alignment.as_ref()));
        let s = first.s.as_ref().map(|own| each(own, &|one| one.s.as_ref()));
        let c = first.c.as_ref().map(|own| each(own, &|one| one.c.as_ref()));
        let readout = (0..first.readout.len())
            .map(|i| entry(&|one| one.readout[i]))
            .collect();
        let cosine = entry(&|one| one.cosine);
        Some(Self {
            m,
            q,
            u,
            alignment,
            s,
            c,
            readout,
            cosine,
        })
    }
}

/// The largest cosine between a vector spanned by the rows of `V` and one spanned by the teachers: the largest singular
/// value of `P (TT')^(-1/2)` with the rows of `V` made orthonormal, at most 1. For one row `|<v, t>| / (|v| |t|)`.
///
/// `along` holds the components of `V` in an orthonormal frame of the teachers, `c = V V'`. Rows that are parallel up
/// to rounding count as one; 0 for `V = 0`.
pub fn cosine_of_adapter(along: &DMatrix<f64>, c: &DMatrix<f64>) -> f64 {
    let eigen = SymmetricEigen::new(c.clone());
    let smallest = ROUNDING * eigen.eigenvalues.max();
    let mut rows = eigen.eigenvectors.transpose() * along;
    for (mut row, square) in rows.row_iter_mut().zip(&eigen.eigenvalues) {
        row *= if *square > smallest {
            square.sqrt().recip()
        } else {
            0.0
        };
    }
    // The smaller of the two products has the same largest eigenvalue.
    let squares = if rows.nrows() <= rows.ncols() {
        &rows * rows.transpose()
    } else {
        rows.tr_mul(&rows)
    };
    let largest = squares.symmetric_eigenvalues().max();
    largest.clamp(0.0, 1.0).sqrt()
}

/// The largest cosine of a unit with the teachers' span: `along` holds the components of `W` in an orthonormal frame of
/// the teachers, `q = W W'`. Units that are 0 count as 0.
pub fn cosine_of_units(along: &DMatrix<f64>, q: &DMatrix<f64>) -> f64 {
    let cosine = |unit: usize| {
        let (seen, square) = (along.row(unit).norm_squared(), q[(unit, unit)]);
        let share = if square > 0.0 { seen / square } else { 0.0 };
        share.min(1.0).sqrt()
    };
    (0..along.nrows()).map(cosine).fold(0.0, f64::max)
}

/// The numbers of a matrix row by row, as they stand in files.
pub fn rows(matrix: &DMatrix<f64>) -> Vec<Vec<f64>> {
    let rows = matrix.row_iter();
    rows.map(|row| row.iter().copied().collect()).collect()
}

/// The matrix of such rows; `None` when they are not of one length.
pub fn of_rows(rows: &[Vec<f64>]) -> Option<DMatrix<f64>> {
    let columns = rows.first().map_or(0, Vec::len);
    let even = rows.iter().all(|row| row.len() == columns);
    even.then(|| DMatrix::from_fn(rows.len(), columns, |i, j| rows[i][j]))
}

/// As it stands in files.
#[derive(Serialize, Deserialize)]
struct Written {
    m: Vec<Vec<f64>>,
    q: Vec<Vec<f64>>,
    u: Option<Vec<Vec<f64>>>,
    alignment: Option<Vec<Vec<f64>>>,
    s: Option<Vec<Vec<f64>>>,
    c: Option<Vec<Vec<f64>>>,
    readout: Vec<f64>,
    cosine: f64,
}

impl From<NetworkObserved> for Written {
    fn from(seen: NetworkObserved) -> Self {
        let optional = |matrix: &Option<DMatrix<f64>>| matrix.as_ref().map(rows);
        Self {
            m: rows(&seen.m),
            q: rows(&seen.q),
            u: optional(&seen.u),
            alignment: optional(&seen.alignment),
            s: optional(&seen.s),
            c: optional(&seen.c),
            readout: seen.readout,
            cosine: seen.cosine,
        }
    }
}

impl TryFrom<Written> for NetworkObserved {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let matrix = |rows: &Vec<Vec<f64>>| of_rows(rows).ok_or("rows of different lengths");
        let optional = |rows: &Option<Vec<Vec<f64>>>| rows.as_ref().map(matrix).transpose();
        Ok(Self {
            m: matrix(&written.m)?,
            q: matrix(&written.q)?,
            u: optional(&written.u)?,
            alignment: optional(&written.alignment)?,
            s: optional(&written.s)?,
            c: optional(&written.c)?,
            readout: written.readout,
            cosine: written.cosine,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_its_cosine_and_a_plane_the_smallest_angle() {
        // v = (0.3, 0.4, 1.2) and the plane of the first two axes.
        let along = DMatrix::from_row_slice(1, 2, &[0.3, 0.4]);
        let square = DMatrix::from_element(1, 1, 1.69);
        for cosine in [
            cosine_of_adapter(&along, &square),
            cosine_of_units(&along, &square),
        ] {
            assert!((cosine - 0.5 / 1.3).abs() < 1e-15);
        }
        // Rows (1, 0, 2) and (1, 1, 1) span the plane with the normal (2, -1, -1)/sqrt(6): e1 makes an angle with it
        // whose sine is 2/sqrt(6).
        let v = DMatrix::from_row_slice(2, 3, &[1.0, 0.0, 2.0, 1.0, 1.0, 1.0]);
        let along = v.columns(0, 1).into_owned();
        let cosine = cosine_of_adapter(&along, &(&v * v.transpose()));
        assert!((cosine - (1.0_f64 / 3.0).sqrt()).abs() < 1e-14, "{cosine}");
        // Within the span of two teachers at least one direction of the plane lies.
        let along = v.columns(0, 2).into_owned();
        let cosine = cosine_of_adapter(&along, &(&v * v.transpose()));
        assert!((cosine - 1.0).abs() < 1e-14, "{cosine}");
        // Units one by one: 1/sqrt 5 and sqrt(2/3).
        let cosine = cosine_of_units(&along, &(&v * v.transpose()));
        assert!((cosine - (2.0_f64 / 3.0).sqrt()).abs() < 1e-15);
    }

    #[test]
    fn parallel_rows_count_as_one_and_nothing_has_the_cosine_0() {
        let v = DMatrix::from_row_slice(2, 2, &[0.6, 0.8, -1.2, -1.6]);
        let along = v.columns(0, 1).into_owned();
        assert!((cosine_of_adapter(&along, &(&v * v.transpose())) - 0.6).abs() < 1e-14);
        let (none, zero) = (DMatrix::zeros(2, 1), DMatrix::zeros(2, 2));
        assert_eq!(cosine_of_adapter(&none, &zero).to_bits(), 0);
        assert_eq!(cosine_of_units(&none, &zero).to_bits(), 0);
    }

    #[test]
    fn matrices_are_written_row_by_row_and_read_again() {
        let seen = NetworkObserved {
            m: DMatrix::from_row_slice(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
            q: DMatrix::identity(2, 2),
            u: None,
            alignment: Some(DMatrix::from_row_slice(1, 3, &[0.1, 0.2, 0.3])),
            s: None,
            c: None,
            readout: vec![0.5, 0.5],
            cosine: 0.25,
        };
        let text = serde_json::to_string(&seen).unwrap();
        assert!(
            text.starts_with(r#"{"m":[[1.0,2.0,3.0],[4.0,5.0,6.0]],"q""#),
            "{text}"
        );
        assert_eq!(
            serde_json::from_str::<NetworkObserved>(&text).unwrap(),
            seen
        );
        let ragged = text.replace("[4.0,5.0,6.0]", "[4.0]");
        assert!(serde_json::from_str::<NetworkObserved>(&ragged).is_err());
        assert!(seen.is_finite());
        let twice = NetworkObserved {
            m: &seen.m * 3.0,
            cosine: 0.75,
            ..seen.clone()
        };
        let mean = |values: &mut [f64]| values.iter().sum::<f64>() / values.len() as f64;
        let mean = NetworkObserved::of_each(&[&seen, &twice], mean).unwrap();
        assert_eq!((mean.m, mean.cosine), (&seen.m * 2.0, 0.5));
        assert_eq!((mean.alignment, mean.s), (seen.alignment.clone(), None));
        assert!(NetworkObserved::of_each(&[], |values| values[0]).is_none());
        let lost = NetworkObserved {
            cosine: f64::NAN,
            ..seen
        };
        assert!(!lost.is_finite());
    }
}
