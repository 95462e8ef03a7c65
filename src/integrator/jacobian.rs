//! Derivatives of the rates by differences.

use super::Field;
use super::driver::Knot;

/// `matrix[i][j] = d rate_i / d y_j`.
pub(super) type Matrix<const N: usize> = [[f64; N]; N];

/// Move of a component against itself: differences of rounding, and of curvature, are small.
const MOVE: f64 = 1e-5;
/// The same where differences are of the second order, and how much the rates may bend over it.
const FAR_MOVE: f64 = 3e-4;
const STRAIGHT: f64 = 1e-3;
/// Part of the expected change of a component by which it is moved, and the least against itself.
const OF_CHANGE: f64 = 1e-4;
const LEAST: f64 = 3e-8;

/// How far the components are moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scale {
    /// A small part of each.
    State,
    /// A small part of what each moves in a step of this length: next to a bound, where rates may
    /// bend on the scale of what is left.
    Change(f64),
    /// A larger part of each, twice, for differences of the second order: rounding of the rates
    /// hides less of them. Where the rates bend, as before.
    Twice(f64),
}

/// The Jacobian at a knot. Components are moved towards 0, from 0 upwards: overlaps are bounded, and
/// at their bounds one side is not defined.
pub(super) fn differences<const N: usize>(
    field: Field<'_>,
    at: &Knot<N>,
    scale: Scale,
) -> Matrix<N> {
    let smallest = at.y.iter().map(|y| y.abs()).filter(|y| *y > 0.0);
    let smallest = smallest.fold(f64::INFINITY, f64::min);
    let mut matrix = [[0.0; N]; N];
    for column in 0..N {
        let y = at.y[column].abs();
        let by_change = |step: f64| {
            let change = OF_CHANGE * at.f[column].abs() * step;
            change.clamp(LEAST * y, MOVE * y)
        };
        let slope = |size: f64| derivative(field, at, column, size);
        let slopes = match scale {
            _ if y == 0.0 && smallest.is_finite() => slope(MOVE * smallest),
            _ if y == 0.0 => slope(MOVE),
            Scale::State => slope(MOVE * y),
            Scale::Change(step) => slope(by_change(step)),
            Scale::Twice(step) => {
                let (near, far) = (slope(FAR_MOVE * y), slope(2.0 * FAR_MOVE * y));
                let straight = (0..N).all(|row| {
                    let size = near[row].abs().max(at.f[row].abs() / y);
                    (near[row] - far[row]).abs() <= STRAIGHT * size
                });
                if straight {
                    std::array::from_fn(|row| 2.0 * near[row] - far[row])
                } else {
                    slope(by_change(step))
                }
            }
        };
        for row in 0..N {
            matrix[row][column] = slopes[row];
        }
    }
    matrix
}

/// Differences of the rates over a move of one component.
fn derivative<const N: usize>(
    field: Field<'_>,
    at: &Knot<N>,
    column: usize,
    size: f64,
) -> [f64; N] {
    let y = at.y[column];
    let mut moved = at.y;
    // Squares are bounded by 0 from below.
    let side = if y > 0.0 { -1.0 } else { 1.0 };
    moved[column] += side * size.max(f64::MIN_POSITIVE);
    let shift = moved[column] - y;
    let there = Knot::at(field, at.t, moved).f;
    std::array::from_fn(|row| (there[row] - at.f[row]) / shift)
}

/// Evaluations of [`rounding`].
pub(super) const LOOKS: usize = 4;
/// Relative changes of the components at which the rounding of the rates is looked at, in units of
/// `f64::EPSILON`.
const SHAKEN: [[f64; 4]; LOOKS] = [
    [1.0, -1.0, 2.0, -2.0],
    [-2.0, -1.0, 1.0, 2.0],
    [2.0, 2.0, -1.0, 1.0],
    [-1.0, 1.0, -2.0, -1.0],
];

/// How well the rates are known: their largest change when the state is changed in its last digits.
pub(super) fn rounding<const N: usize>(field: Field<'_>, at: &Knot<N>) -> [f64; N] {
    let mut largest = [0.0_f64; N];
    for shaken in SHAKEN {
        let near: [f64; N] = std::array::from_fn(|i| at.y[i] * (1.0 + shaken[i] * f64::EPSILON));
        let there = Knot::at(field, at.t, near);
        for i in 0..N {
            largest[i] = largest[i].max((there.f[i] - at.f[i]).abs());
        }
    }
    largest
}

/// The fastest rate of a system: largest of `|J_ii|` and `sqrt(|J_ij J_ji|)`, which do not depend
/// on the units of the components.
fn rate<const N: usize>(matrix: &Matrix<N>) -> f64 {
    let mut fastest = 0.0_f64;
    for i in 0..N {
        for j in 0..=i {
            let product = matrix[i][j].abs().sqrt() * matrix[j][i].abs().sqrt();
            if product.is_finite() {
                fastest = fastest.max(product);
            }
        }
    }
    fastest
}

/// The first step against the fastest scale.
const FIRST: f64 = 0.05;

/// A first step well inside the fastest scale of the system, and of every component that is not 0.
pub(super) fn first_step<const N: usize>(matrix: &Matrix<N>, at: &Knot<N>, length: f64) -> f64 {
    let own = (0..N).filter(|i| at.y[*i] != 0.0);
    let own = own.map(|i| (at.f[i] / at.y[i]).abs());
    let fastest = own.fold(rate(matrix), f64::max);
    if fastest > 0.0 {
        (FIRST / fastest).min(length)
    } else {
        length
    }
}
