//! Where a flow is at rest.

use nalgebra::{Complex, DMatrix, DVector, Schur};

use super::Field;
use super::driver::{Knot, Place};
use super::jacobian::{Differences, Scale};
use super::numbers::Lu;

type Matrix = Vec<Vec<f64>>;

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
/// What is smaller against the field's grain is rounding, if its rate is.
const DUST: f64 = 1e-10;
/// Sizes up to which derivatives are worth their cost: beyond, a run is at rest when rounding hides its rates.
const LARGE_MATRIX: usize = 100;

/// The point of rest of a flow that has arrived: a stable fixed point next to the state, or the state
/// itself where the rates are 0 as far as rounding can tell. A slow flow is not at rest: its rates are
/// small numbers, not small differences of larger ones, and no fixed point is near against what is
/// still to grow.
pub(super) fn at_rest(
    field: Field<'_>,
    before: Place<'_>,
    at: Place<'_>,
    atol: f64,
) -> Option<Vec<f64>> {
    // What has decayed below the absolute tolerance, and still decays, is gone.
    // By signs: a product may underflow.
    let grows = |i: usize| at.y[i] != 0.0 && at.f[i] != 0.0 && (at.y[i] > 0.0) == (at.f[i] > 0.0);
    let is_gone = |i: usize| at.y[i].abs() <= atol && !grows(i);
    let is_dust = |i: usize| at.y[i].abs() <= DUST * field.grain;
    let slow = |i: usize| {
        is_gone(i) || is_dust(i) || (at.y[i] - before.y[i]).abs() <= SLOW * at.y[i].abs()
    };
    if !(0..field.dim).all(slow) {
        return None;
    }
    let at = Knot {
        t: at.t,
        y: at.y.to_vec(),
        f: at.f.to_vec(),
    };
    let mut differences = Differences::room(field.dim);
    let mut noise = vec![0.0; field.dim];
    if field.grain > 0.0 || field.dim > LARGE_MATRIX {
        differences.rounding(field, &at, &mut noise);
        let is_loud = |i: usize| is_dust(i) && at.f[i].abs() > SHAKEN * noise[i];
        if (0..field.dim).any(is_loud) {
            return None;
        }
    }
    let gone: Vec<bool> = (0..field.dim).map(|i| is_gone(i) || is_dust(i)).collect();
    let hidden = |i: usize, noise: &[f64]| {
        let rate = at.f[i].abs();
        rate <= SHAKEN * noise[i] && rate * at.t <= STANDING * at.y[i].abs()
    };
    if field.dim > LARGE_MATRIX {
        return (0..field.dim)
            .all(|i| gone[i] || hidden(i, &noise))
            .then_some(at.y);
    }
    let matrix = slopes(field, &at);
    let small = |i: usize| {
        // What is gone drives nothing any more.
        let terms = (0..field.dim).map(|j| {
            let unknown = if gone[j] {
                atol
            } else {
                ROUNDING * at.y[j].abs()
            };
            matrix[i][j].abs() * unknown
        });
        gone[i] || at.f[i].abs() <= terms.sum::<f64>()
    };
    if (0..field.dim).all(small) {
        return Some(at.y);
    }
    if let Some(point) = arrived(field, &at, &matrix, &gone) {
        return Some(point);
    }
    if field.grain <= 0.0 {
        differences.rounding(field, &at, &mut noise);
    }
    (0..field.dim)
        .all(|i| small(i) || hidden(i, &noise))
        .then_some(at.y)
}

/// The Jacobian at a state.
fn slopes(field: Field<'_>, at: &Knot<Vec<f64>>) -> Matrix {
    let mut matrix = vec![vec![0.0; field.dim]; field.dim];
    let mut differences = Differences::room(field.dim);
    differences.jacobian(field, at, Scale::State, &mut matrix);
    matrix
}

/// Iterations for an eigenvalue; a few are usual, and some matrices take no end of them.
const ITERATIONS: usize = 100;

fn eigenvalues(matrix: DMatrix<f64>) -> Option<DVector<Complex<f64>>> {
    let limit = ITERATIONS * matrix.nrows();
    let schur = Schur::try_new(matrix, f64::EPSILON, limit)?;
    Some(schur.complex_eigenvalues())
}

/// The stable fixed point within [`ARRIVED`] of a state, if there is one.
fn arrived(
    field: Field<'_>,
    at: &Knot<Vec<f64>>,
    matrix: &Matrix,
    gone: &[bool],
) -> Option<Vec<f64>> {
    let dim = field.dim;
    let left = |i: usize, j: usize| match (gone[i] || gone[j], i == j) {
        (true, true) => -1.0,
        (true, false) => 0.0,
        (false, _) => matrix[i][j],
    };
    let rows = (0..dim).map(|i| (0..dim).map(|j| left(i, j)).collect());
    let lu = Lu::<Vec<f64>>::of(rows.collect())?;
    let step = lu.solution(&at.f);
    let near = (0..dim).all(|i| gone[i] || step[i].abs() <= ARRIVED * at.y[i].abs());
    if !near {
        return None;
    }
    let plain = DMatrix::from_fn(dim, dim, left);
    // Units in which every component is 1, so that no size hides another.
    let scaled = DMatrix::from_fn(dim, dim, |i, j| {
        if gone[i] || gone[j] {
            left(i, j)
        } else {
            left(i, j) * at.y[j] / at.y[i]
        }
    });
    let rates = eigenvalues(scaled).or_else(|| eigenvalues(plain))?;
    let stable = rates.iter().all(|rate| rate.re < 0.0);
    let beyond = |y: &[f64], step: &[f64]| -> Vec<f64> {
        let left = |i: usize| y[i] - if gone[i] { 0.0 } else { step[i] };
        (0..dim).map(left).collect()
    };
    let point = beyond(&at.y, &step);
    let last = lu.solution(&Knot::<Vec<f64>>::at(field, at.t, &point).f);
    stable.then(|| beyond(&point, &last))
}

const NEWTON_STEPS: usize = 30;
/// Change of every component, against itself or the field's grain, at which Newton's method has converged.
const CONVERGED: f64 = 1e-10;

/// The fixed point that Newton's method finds from `guess`, stable or not; `None` when there is none
/// near by.
pub(crate) fn fixed_point(field: Field<'_>, guess: &[f64]) -> Option<Vec<f64>> {
    let mut y = guess.to_vec();
    for _ in 0..NEWTON_STEPS {
        let knot = Knot::<Vec<f64>>::at(field, 0.0, &y);
        if knot.f.iter().all(|rate| *rate == 0.0) {
            return Some(y);
        }
        let step = Lu::<Vec<f64>>::of(slopes(field, &knot))?.solution(&knot.f);
        let mut moved = false;
        for (y, step) in y.iter_mut().zip(step) {
            moved |= !(step.abs() <= CONVERGED * y.abs().max(field.grain));
            *y -= step;
        }
        if y.iter().any(|y| !y.is_finite()) {
            return None;
        }
        if !moved {
            return Some(y);
        }
    }
    None
}
