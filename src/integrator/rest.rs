//! Where a flow is at rest.

use nalgebra::DMatrix;

use super::Field;
use super::driver::Knot;
use super::jacobian::{self, Matrix, Scale};
use super::linear::Lu;

/// Movement in a step, against a component, below which a closer look is taken.
const SLOW: f64 = 1e-4;
/// Distance to a stable fixed point, against every component, at which a run has arrived.
const ARRIVED: f64 = 1e-6;
/// Relative change of every component that rounding cannot exclude: a rate is 0 when a change of
/// the state this small would make it so.
const ROUNDING: f64 = 1e-13;
/// Rates are 0 below this many times what the last digits of the state change them by.
const SHAKEN: f64 = 8.0;
/// Movement over the whole run so far, against a component, of what stands still but for noise.
const STANDING: f64 = 1e-3;

/// The point of rest of a flow that has arrived: a stable fixed point next to the state, or the state
/// itself where the rates are 0 as far as rounding can tell. A slow flow is not at rest: its rates are
/// small numbers, not small differences of larger ones, and no fixed point is near against what is
/// still to grow.
pub(super) fn at_rest<const N: usize>(
    field: Field<'_>,
    before: &Knot<N>,
    at: &Knot<N>,
    atol: f64,
) -> Option<[f64; N]> {
    // What has decayed below the absolute tolerance, and still decays, is gone.
    let gone: [bool; N] =
        std::array::from_fn(|i| at.y[i].abs() <= atol && at.y[i] * at.f[i] <= 0.0);
    let slow = |i: usize| gone[i] || (at.y[i] - before.y[i]).abs() <= SLOW * at.y[i].abs();
    if !(0..N).all(slow) {
        return None;
    }
    let matrix = jacobian::differences(field, at, Scale::State);
    let small = |i: usize| {
        // What is gone drives nothing any more.
        let terms = (0..N).map(|j| {
            let unknown = if gone[j] {
                atol
            } else {
                ROUNDING * at.y[j].abs()
            };
            matrix[i][j].abs() * unknown
        });
        gone[i] || at.f[i].abs() <= terms.sum::<f64>()
    };
    if (0..N).all(small) {
        return Some(at.y);
    }
    if let Some(point) = arrived(field, at, &matrix, &gone) {
        return Some(point);
    }
    let noise = jacobian::rounding(field, at);
    let noisy = |i: usize| {
        let rate = at.f[i].abs();
        small(i) || (rate <= SHAKEN * noise[i] && rate * at.t <= STANDING * at.y[i].abs())
    };
    (0..N).all(noisy).then_some(at.y)
}

/// The stable fixed point within [`ARRIVED`] of a state, if there is one.
fn arrived<const N: usize>(
    field: Field<'_>,
    at: &Knot<N>,
    matrix: &Matrix<N>,
    gone: &[bool; N],
) -> Option<[f64; N]> {
    let left: Matrix<N> = std::array::from_fn(|i| {
        std::array::from_fn(|j| match (gone[i] || gone[j], i == j) {
            (true, true) => -1.0,
            (true, false) => 0.0,
            (false, _) => matrix[i][j],
        })
    });
    let lu = Lu::new(left)?;
    let step = lu.solve(at.f);
    let near = (0..N).all(|i| gone[i] || step[i].abs() <= ARRIVED * at.y[i].abs());
    if !near {
        return None;
    }
    // Units in which every component is 1, so that no size hides another.
    let scaled = DMatrix::from_fn(N, N, |i, j| {
        if gone[i] || gone[j] {
            left[i][j]
        } else {
            left[i][j] * at.y[j] / at.y[i]
        }
    });
    let rates = scaled.complex_eigenvalues();
    let stable = rates.iter().all(|rate| rate.re < 0.0);
    let beyond = |y: &[f64; N], step: [f64; N]| -> [f64; N] {
        std::array::from_fn(|i| y[i] - if gone[i] { 0.0 } else { step[i] })
    };
    let point = beyond(&at.y, step);
    let last = lu.solve(Knot::at(field, at.t, point).f);
    stable.then(|| beyond(&point, last))
}

const NEWTON_STEPS: usize = 30;
/// Relative change of every component at which Newton's method has converged.
const CONVERGED: f64 = 1e-10;

/// The fixed point that Newton's method finds from `guess`, stable or not; `None` when there is none
/// near by, or for more than four variables.
pub(crate) fn fixed_point(field: Field<'_>, guess: &[f64]) -> Option<Vec<f64>> {
    match field.dim {
        1 => newton::<1>(field, guess),
        2 => newton::<2>(field, guess),
        3 => newton::<3>(field, guess),
        4 => newton::<4>(field, guess),
        _ => None,
    }
}

fn newton<const N: usize>(field: Field<'_>, guess: &[f64]) -> Option<Vec<f64>> {
    let mut y = [0.0; N];
    y.copy_from_slice(guess);
    for _ in 0..NEWTON_STEPS {
        let knot = Knot::at(field, 0.0, y);
        if knot.f.iter().all(|rate| *rate == 0.0) {
            return Some(y.to_vec());
        }
        let lu = Lu::new(jacobian::differences(field, &knot, Scale::State))?;
        let step = lu.solve(knot.f);
        let mut moved = false;
        for (y, step) in y.iter_mut().zip(step) {
            moved |= !(step.abs() <= CONVERGED * y.abs());
            *y -= step;
        }
        if y.iter().any(|y| !y.is_finite()) {
            return None;
        }
        if !moved {
            return Some(y.to_vec());
        }
    }
    None
}
