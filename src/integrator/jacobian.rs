//! Derivatives of the rates by differences.

use super::driver::Knot;
use super::numbers::Numbers;
use super::{Event, Field};

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

/// Takes differences of the rates; room for them.
pub(super) struct Differences<V> {
    moved: V,
    there: V,
    near: V,
    far: V,
}

impl<V: Numbers> Differences<V> {
    pub(super) fn room(dim: usize) -> Self {
        Self {
            moved: V::zeros(dim),
            there: V::zeros(dim),
            near: V::zeros(dim),
            far: V::zeros(dim),
        }
    }

    /// The Jacobian at a knot, `matrix[i][j] = d rate_i / d y_j`. Components are moved towards 0, from
    /// 0 upwards: overlaps are bounded, and at their bounds one side is not defined.
    pub(super) fn jacobian(
        &mut self,
        field: Field<'_>,
        at: &Knot<V>,
        scale: Scale,
        matrix: &mut V::Rows,
    ) {
        let state = at.y.as_ref();
        let mut smallest = f64::INFINITY;
        for y in state {
            if *y != 0.0 {
                smallest = smallest.min(y.abs());
            }
        }
        for column in 0..state.len() {
            let (y, f) = (
                state[column].abs().max(field.grain),
                at.f.as_ref()[column].abs(),
            );
            let by_change = |step: f64| (OF_CHANGE * f * step).clamp(LEAST * y, MOVE * y);
            match scale {
                _ if y == 0.0 && smallest.is_finite() => {
                    self.slope(field, at, column, MOVE * smallest)
                }
                _ if y == 0.0 => self.slope(field, at, column, MOVE),
                Scale::State => self.slope(field, at, column, MOVE * y),
                Scale::Change(step) => self.slope(field, at, column, by_change(step)),
                Scale::Twice(step) => {
                    if !self.second_order(field, at, column) {
                        self.slope(field, at, column, by_change(step));
                    }
                }
            }
            for (row, slope) in matrix.as_mut().iter_mut().zip(self.near.as_ref()) {
                row.as_mut()[column] = *slope;
            }
        }
    }

    /// Differences of the second order; `false` where the rates bend.
    fn second_order(&mut self, field: Field<'_>, at: &Knot<V>, column: usize) -> bool {
        let y = at.y.as_ref()[column].abs().max(field.grain);
        self.slope(field, at, column, 2.0 * FAR_MOVE * y);
        std::mem::swap(&mut self.near, &mut self.far);
        self.slope(field, at, column, FAR_MOVE * y);
        let (near, far) = (self.near.as_mut(), self.far.as_ref());
        let straight = (0..near.len()).all(|row| {
            let size = near[row].abs().max(at.f.as_ref()[row].abs() / y);
            (near[row] - far[row]).abs() <= STRAIGHT * size
        });
        for row in 0..near.len() {
            near[row] = 2.0 * near[row] - far[row];
        }
        straight
    }

    /// Differences of the rates over a move of one component, into `near`.
    fn slope(&mut self, field: Field<'_>, at: &Knot<V>, column: usize, size: f64) {
        let y = at.y.as_ref()[column];
        self.moved.clone_from(&at.y);
        // Squares are bounded by 0 from below.
        let side = if y > size { -1.0 } else { 1.0 };
        let there = y + side * size.max(f64::MIN_POSITIVE);
        self.moved.as_mut()[column] = there;
        let shift = there - y;
        (field.rates)(self.moved.as_ref(), self.there.as_mut());
        let (near, f) = (self.near.as_mut(), at.f.as_ref());
        for row in 0..near.len() {
            near[row] = (self.there.as_ref()[row] - f[row]) / shift;
        }
    }

    /// How well the rates are known: their largest change when the state is changed in its last
    /// digits.
    pub(super) fn rounding(&mut self, field: Field<'_>, at: &Knot<V>, largest: &mut V) {
        largest.as_mut().fill(0.0);
        for look in 0..LOOKS {
            shake(look, &at.y, &mut self.moved);
            (field.rates)(self.moved.as_ref(), self.there.as_mut());
            let pairs = self.there.as_ref().iter().zip(at.f.as_ref());
            for (largest, (there, here)) in largest.as_mut().iter_mut().zip(pairs) {
                *largest = largest.max((there - here).abs());
            }
        }
    }
}

/// A state changed in its last digits.
fn shake<V: Numbers>(look: usize, state: &V, shaken: &mut V) {
    shaken.clone_from(state);
    for (i, y) in shaken.as_mut().iter_mut().enumerate() {
        *y *= 1.0 + SHAKEN[look][i % SHAKEN[look].len()] * f64::EPSILON;
    }
}

/// How much the last digits of a state change the value of an event there: what is left of a loss may be known much less
/// well than the state.
pub(super) fn rounding_of<V: Numbers>(
    event: &Event<'_>,
    (state, value): (&V, f64),
    shaken: &mut V,
) -> f64 {
    let mut largest = 0.0_f64;
    for look in 0..LOOKS {
        shake(look, state, shaken);
        largest = largest.max((value - (event.function)(shaken.as_ref())).abs());
    }
    largest
}

/// Evaluations of [`Differences::rounding`].
pub(super) const LOOKS: usize = 4;
/// Relative changes of the components, from the first on, at which rounding is looked
/// at, in units of `f64::EPSILON`.
const SHAKEN: [[f64; 4]; LOOKS] = [
    [1.0, -1.0, 2.0, -2.0],
    [-2.0, -1.0, 1.0, 2.0],
    [2.0, 2.0, -1.0, 1.0],
    [-1.0, 1.0, -2.0, -1.0],
];

/// The fastest rate of a system: largest of `|J_ii|` and `sqrt(|J_ij J_ji|)`, which do not depend
/// on the units of the components.
fn rate<V: Numbers>(matrix: &[V]) -> f64 {
    let mut fastest = 0.0_f64;
    for i in 0..matrix.len() {
        for j in 0..=i {
            let (one, other) = (matrix[i].as_ref()[j], matrix[j].as_ref()[i]);
            let product = one.abs().sqrt() * other.abs().sqrt();
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
pub(super) fn first_step<V: Numbers>(matrix: &V::Rows, at: &Knot<V>, length: f64) -> f64 {
    let own = at.y.as_ref().iter().zip(at.f.as_ref());
    let own = own.filter(|(y, _)| **y != 0.0).map(|(y, f)| (f / y).abs());
    let fastest = own.fold(rate(matrix.as_ref()), f64::max);
    if fastest > 0.0 {
        (FIRST / fastest).min(length)
    } else {
        length
    }
}
