//! What a batch adds to the trained vectors outside the frame, by its Gram matrix only.

use nalgebra::DMatrix;

use super::super::random::Stream;

/// Pivots below this share of their diagonal are rounding.
const ROUNDING: f64 = 1e-14;

/// `A` with `A A'` distributed as Wishart's matrix of `size` variables with `freedom` degrees of freedom, a whole number
/// >= 0 (Bartlett, 1933): lower triangular, or its trapezoid with `freedom` columns where these are fewer.
pub(super) fn bartlett(size: usize, freedom: f64, stream: &mut Stream) -> DMatrix<f64> {
    let columns = size.min(freedom as usize);
    let mut factor = DMatrix::zeros(size, columns);
    for i in 0..size {
        for j in 0..columns.min(i) {
            factor[(i, j)] = stream.normal();
        }
        if i < columns {
            factor[(i, i)] = stream.squared_length(freedom - i as f64).sqrt();
        }
    }
    factor
}

/// Lower triangular `F` with `F F'` equal to a positive semidefinite matrix; 0 in columns without a pivot beyond
/// rounding.
pub(super) fn factor(gram: &DMatrix<f64>) -> DMatrix<f64> {
    let size = gram.nrows();
    let mut lower: DMatrix<f64> = DMatrix::zeros(size, size);
    for j in 0..size {
        let before = lower.row(j).columns(0, j).norm_squared();
        let pivot = gram[(j, j)] - before;
        if pivot <= ROUNDING * gram[(j, j)] {
            continue;
        }
        let length = pivot.sqrt();
        lower[(j, j)] = length;
        for i in j + 1..size {
            let before = lower.row(i).columns(0, j).dot(&lower.row(j).columns(0, j));
            lower[(i, j)] = (gram[(i, j)] - before) / length;
        }
    }
    lower
}

/// Vectors with the same Gram matrix in as many dimensions as there are vectors: the columns of the triangle of a QR
/// decomposition, without squaring anything.
pub(super) fn in_own_frame(vectors: DMatrix<f64>) -> DMatrix<f64> {
    vectors.qr().unpack_r()
}

#[cfg(test)]
mod tests {
    use super::super::super::random::Purpose;
    use super::*;

    /// Moments of Wishart's law: mean `f I`, variances `2 f` on the diagonal and `f` off it, and trace-determinant
    /// facts where the matrix is singular.
    #[test]
    fn wishart_has_its_mean_its_variance_and_its_rank() {
        let mut stream = Stream::new(3, Purpose::Training);
        for (size, freedom) in [(3, 1.0), (3, 2.0), (3, 3.0), (2, 7.0), (2, 1e9), (1, 4.0)] {
            const DRAWS: usize = 4000;
            let mut sum = DMatrix::zeros(size, size);
            let mut squares = DMatrix::zeros(size, size);
            for _ in 0..DRAWS {
                let factor = bartlett(size, freedom, &mut stream);
                assert_eq!(factor.ncols(), size.min(freedom as usize));
                let gram = &factor * factor.transpose();
                let off = &gram - DMatrix::from_diagonal_element(size, size, freedom);
                squares += off.map(|x| x * x);
                sum += gram;
            }
            for i in 0..size {
                for j in 0..size {
                    let same = f64::from(u8::from(i == j));
                    let variance = freedom * (1.0 + same);
                    let mean = sum[(i, j)] / DRAWS as f64;
                    // Five standard errors; fourth moments are below 15 variances squared even at f = 1.
                    let error = (variance / DRAWS as f64).sqrt();
                    assert!(
                        (mean - freedom * same).abs() < 5.0 * error,
                        "{size} {freedom}"
                    );
                    let ratio = squares[(i, j)] / DRAWS as f64 / variance;
                    assert!(
                        (ratio - 1.0).abs() < 5.0 * (14.0 / DRAWS as f64).sqrt(),
                        "{ratio}"
                    );
                }
            }
        }
        assert_eq!(bartlett(3, 0.0, &mut stream).ncols(), 0);
    }

    #[test]
    fn factors_and_frames_keep_the_gram_matrix() {
        let vectors =
            DMatrix::from_row_slice(3, 4, &[1., 2., 0., 1., 2., 4., 0., 2., 0., 1., 3., 1.]);
        // The second row is twice the first: the matrix is singular.
        let gram = &vectors * vectors.transpose();
        let lower = factor(&gram);
        assert!((&lower * lower.transpose() - &gram).amax() < 1e-14 * gram.amax());
        assert_eq!(lower.column(1).amax().to_bits(), 0);
        let own = in_own_frame(vectors.transpose());
        assert_eq!(own.shape(), (3, 3));
        assert!((own.tr_mul(&own) - &gram).amax() < 1e-14 * gram.amax());
    }
}
