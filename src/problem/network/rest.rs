//! What vectors have beyond a span, where it is known by their overlaps only: what is rounding of it is 0.

use nalgebra::{DMatrix, SymmetricEigen};

use super::NetworkError;
use super::frame::NEGATIVE;

/// Roundings of a sum of products, in units of the last place.
const FEW: f64 = 32.0;

/// What rounding makes of the squares of vectors `V` (rows) in the span of `seen` (rows), which are known by their
/// overlaps with it, beside those of their own lengths: with `V = X seen` an error of a last place in every overlap moves
/// them by `2 |X| |overlaps| + |X|^2 |seen|^2` such places, of which `combined` is `|X|`.
pub(crate) fn rounding_of(
    v: &DMatrix<f64>,
    combined: f64,
    (seen, overlaps): (&DMatrix<f64>, &DMatrix<f64>),
) -> f64 {
    if seen.is_empty() {
        return 0.0;
    }
    let own = v.norm_squared();
    let moved = 2.0 * combined * overlaps.norm() + (combined * seen.norm()).powi(2);
    FEW * f64::EPSILON * (own + moved)
}

/// `R = C - V V'` without what is rounding: of `C`, and `rounding` of `V V'`.
///
/// # Errors
/// [`NetworkError::NotGram`]: more than rounding below 0.
pub(super) fn rest_of(
    c: &DMatrix<f64>,
    v: &DMatrix<f64>,
    rounding: f64,
) -> Result<DMatrix<f64>, NetworkError> {
    let rest = c - v * v.transpose();
    let mut eigen = SymmetricEigen::new(rest.clone());
    let size = c.trace().abs() + v.norm_squared();
    let rounding = rounding + FEW * f64::EPSILON * c.norm();
    let eigenvalue = eigen.eigenvalues.min();
    if eigenvalue < -rounding.max(NEGATIVE * size) || c.trace() < 0.0 {
        return Err(NetworkError::NotGram {
            argument: "start: overlaps of V with teachers, weights and itself",
            eigenvalue,
        });
    }
    let mut is_clean = true;
    for square in eigen.eigenvalues.iter_mut() {
        if *square <= rounding && *square != 0.0 {
            *square = 0.0;
            is_clean = false;
        }
    }
    Ok(if is_clean { rest } else { eigen.recompose() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of vectors that are seen by their overlaps alone.
    fn rounding_of(v: &DMatrix<f64>, seen: &DMatrix<f64>, overlaps: &DMatrix<f64>) -> f64 {
        let inverse = seen.clone().svd(true, true).pseudo_inverse(1e-13);
        let combined = inverse.map_or(0.0, |inverse| (v * inverse).norm());
        super::rounding_of(v, combined, (seen, overlaps))
    }

    #[test]
    fn rounding_of_vectors_in_the_span_leaves_no_rest_and_other_rests_stay() {
        let third = 1.0 / 3.0_f64.sqrt();
        let v = DMatrix::from_row_slice(2, 3, &[third, third, third, 0.0, 0.6, -0.8]);
        let mut c = &v * v.transpose();
        (c[(0, 0)], c[(1, 1)]) = (1.0, 1.0);
        let seen = DMatrix::identity(3, 3);
        let rounding = rounding_of(&v, &seen, &v);
        assert!(rest_of(&c, &v, rounding).unwrap().amax() == 0.0);
        c[(0, 0)] -= 2e-15;
        assert!(rest_of(&c, &v, rounding).unwrap().amax() == 0.0);
        c[(0, 0)] = 1.0 + 1e-12;
        let rest = rest_of(&c, &v, rounding).unwrap();
        assert!((rest[(0, 0)] - 1e-12).abs() < 1e-14);
        c[(0, 0)] = 1.0 - 1e-9;
        let refused = rest_of(&c, &v, rounding);
        assert!(matches!(refused, Err(NetworkError::NotGram { .. })));
    }

    #[test]
    fn what_sees_nothing_has_no_rounding() {
        let none = DMatrix::zeros(0, 3);
        let (v, overlaps) = (DMatrix::zeros(2, 3), DMatrix::zeros(2, 0));
        let rounding = super::rounding_of(&v, 0.0, (&none, &overlaps));
        assert!(rounding == 0.0);
    }

    /// Vectors that are nearly parallel tell little of what lies along their difference.
    #[test]
    fn rounding_grows_with_what_has_to_be_combined() {
        let seen = DMatrix::from_row_slice(2, 2, &[1.0, 0.0, 1.0, 1e-5]);
        let v = DMatrix::from_row_slice(1, 2, &[0.0, 1.0]);
        let rounding = rounding_of(&v, &seen, &(&v * seen.transpose()));
        assert!((1e-6..1e-3).contains(&rounding), "{rounding}");
    }
}
