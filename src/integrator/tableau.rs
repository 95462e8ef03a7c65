//! The coefficients of Radau IIA of order 5, and what is made of them alone.

// As published, digit by digit.
#![allow(clippy::excessive_precision)]

use nalgebra::Complex;

use super::jacobian::Matrix;
use super::linear::Lu;

/// `sqrt(6)`.
const R: f64 = 2.449_489_742_783_178;
/// Nodes.
pub(super) const C: [f64; 3] = [(4.0 - R) / 10.0, (4.0 + R) / 10.0, 1.0];
/// `Z = T W`, and back; the eigenvalues of `A^-1` (the complex pair by one of the two).
pub(super) const T: [[f64; 3]; 3] = [
    [
        0.094_438_762_488_975_24,
        -0.141_255_295_020_954_21,
        0.030_029_194_105_147_42,
    ],
    [
        0.250_213_122_965_333_32,
        0.204_129_352_293_799_94,
        -0.382_942_112_757_261_92,
    ],
    [1.0, 1.0, 0.0],
];
pub(super) const BACK: [[f64; 3]; 3] = [
    [
        4.178_718_591_551_904_28,
        0.327_682_820_761_062_37,
        0.523_376_445_499_449_51,
    ],
    [
        -4.178_718_591_551_904_28,
        -0.327_682_820_761_062_37,
        0.476_623_554_500_550_44,
    ],
    [
        0.502_872_634_945_786_82,
        -2.571_926_949_855_605_22,
        0.596_039_204_828_224_92,
    ],
];
pub(super) const REAL: f64 = 3.637_834_252_744_495_6;
pub(super) const PAIR: Complex<f64> =
    Complex::new(2.681_082_873_627_752_1, -3.050_430_199_247_410_5);
/// Error estimate: `(REAL/h - J)^-1 (f(y) + E . Z / h)`.
pub(super) const E: [f64; 3] = [(-13.0 - 7.0 * R) / 3.0, (-13.0 + 7.0 * R) / 3.0, -1.0 / 3.0];
/// Powers of the collocation polynomial `Z . P`.
const P: [[f64; 3]; 3] = [
    [
        13.0 / 3.0 + 7.0 * R / 3.0,
        -23.0 / 3.0 - 22.0 * R / 3.0,
        10.0 / 3.0 + 5.0 * R,
    ],
    [
        13.0 / 3.0 - 7.0 * R / 3.0,
        -23.0 / 3.0 + 22.0 * R / 3.0,
        10.0 / 3.0 - 5.0 * R,
    ],
    [1.0 / 3.0, -8.0 / 3.0, 10.0 / 3.0],
];

/// A vector for each of the three stages.
pub(super) type Stages<const N: usize> = [[f64; N]; 3];

/// The factors that belong to a step size and a Jacobian.
pub(super) struct Factors<const N: usize> {
    pub(super) step: f64,
    pub(super) real: Lu<f64, N>,
    pub(super) pair: Lu<Complex<f64>, N>,
}

/// A 3 by 3 matrix times the stages.
pub(super) fn multiply<const N: usize>(m: &[[f64; 3]; 3], z: &Stages<N>) -> Stages<N> {
    m.map(|row| std::array::from_fn(|i| row[0] * z[0][i] + row[1] * z[1][i] + row[2] * z[2][i]))
}

/// The powers of the collocation polynomial.
pub(super) fn polynomial<const N: usize>(z: &Stages<N>) -> Stages<N> {
    std::array::from_fn(|power| {
        std::array::from_fn(|i| {
            z[0][i] * P[0][power] + z[1][i] * P[1][power] + z[2][i] * P[2][power]
        })
    })
}

/// `None` when a matrix is singular.
pub(super) fn factorize<const N: usize>(jacobian: &Matrix<N>, step: f64) -> Option<Factors<N>> {
    let shifted = |row: usize, column: usize, shift: f64| {
        if row == column {
            shift - jacobian[row][column]
        } else {
            -jacobian[row][column]
        }
    };
    let real = std::array::from_fn(|i| std::array::from_fn(|j| shifted(i, j, REAL / step)));
    let pair = std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            let imaginary = if i == j { PAIR.im / step } else { 0.0 };
            Complex::new(shifted(i, j, PAIR.re / step), imaginary)
        })
    });
    Some(Factors {
        step,
        real: Lu::new(real, f64::abs)?,
        pair: Lu::new(pair, |x: Complex<f64>| x.l1_norm())?,
    })
}
