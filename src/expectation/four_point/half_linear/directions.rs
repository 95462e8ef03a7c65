//! Directions of units and of what one has at right angles to another, from their components: angles keep their digits
//! where units are nearly parallel.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

use super::super::Ensemble;

/// What a unit has beside others that is no more than rounding, against its length.
const ROUNDING: f64 = 1e-13;
/// Most components of a vector.
const MOST: usize = 32;

/// Directions of all units.
pub(super) struct Directions<'a> {
    all: usize,
    dim: usize,
    gram: &'a [f64],
    /// `1 / |i|`.
    lengths: &'a [f64],
    /// `i / |i|`.
    units: &'a [f64],
    /// `j'` for `i`, `j`: along what `j` has at right angles to `i`; 0 where that is rounding.
    beside: &'a [f64],
    /// `<n, j'>` for `n`, `i`, `j`.
    along_beside: &'a [f64],
    /// `E[s_i s_j]`.
    signs: &'a [f64],
}

impl<'a> Directions<'a> {
    pub(super) fn of(units: &'a Ensemble<'_>, room: &'a mut Vec<f64>) -> Self {
        let (all, dim) = (units.all(), units.dim);
        room.resize(all * (2 + dim + all * (dim + all + 1)), 0.0);
        let (lengths, rest) = room.split_at_mut(all);
        let (directions, rest) = rest.split_at_mut(all * dim);
        let (beside, rest) = rest.split_at_mut(all * all * dim);
        let (along_beside, rest) = rest.split_at_mut(all * all * all);
        let signs = &mut rest[..all * all];
        let vector = |i: usize| &units.vectors[i * dim..(i + 1) * dim];
        for i in 0..all {
            let length = dot(vector(i), vector(i)).sqrt();
            lengths[i] = if length > 0.0 { 1.0 / length } else { 0.0 };
            for (out, x) in directions[i * dim..(i + 1) * dim].iter_mut().zip(vector(i)) {
                *out = x * lengths[i];
            }
        }
        let unit = |i: usize| &directions[i * dim..(i + 1) * dim];
        for i in 0..all {
            for j in 0..all {
                let out = &mut beside[(i * all + j) * dim..][..dim];
                remove(unit(j), &[unit(i)], out);
                signs[i * all + j] = arcsine(unit(i), unit(j));
            }
        }
        for n in 0..all {
            for pair in 0..all * all {
                let other = &beside[pair * dim..(pair + 1) * dim];
                along_beside[n * all * all + pair] = dot(vector(n), other);
            }
        }
        Self {
            all,
            dim,
            gram: units.gram,
            lengths,
            units: directions,
            beside,
            along_beside,
            signs,
        }
    }

    pub(super) fn covariance(&self, a: usize, b: usize) -> f64 {
        self.gram[a * self.all + b]
    }

    /// `C_ai / |i|`.
    pub(super) fn along(&self, a: usize, i: usize) -> f64 {
        self.covariance(a, i) * self.lengths[i]
    }

    /// `<n, j'>`, `j'` at right angles to `i`.
    pub(super) fn beside(&self, n: usize, i: usize, j: usize) -> f64 {
        self.along_beside[(n * self.all + i) * self.all + j]
    }

    /// `i / |i|`.
    pub(super) fn unit(&self, i: usize) -> &[f64] {
        &self.units[i * self.dim..(i + 1) * self.dim]
    }

    /// `j'`, at right angles to `i`.
    pub(super) fn rest(&self, i: usize, j: usize) -> &[f64] {
        &self.beside[(i * self.all + j) * self.dim..][..self.dim]
    }

    /// `1 / |i|`.
    pub(super) fn inverse_length(&self, i: usize) -> f64 {
        self.lengths[i]
    }

    /// `E[s_i s_j]`.
    pub(super) fn mean_of_two(&self, i: usize, j: usize) -> f64 {
        self.signs[i * self.all + j]
    }

    /// `E[s_j s_k | z_i = 0]`.
    pub(super) fn signs_beside(&self, i: usize, j: usize, k: usize) -> f64 {
        arcsine(self.rest(i, j), self.rest(i, k))
    }

    /// `E[s_k s_l | z_i = z_j = 0]`; 0 where one of them is then 0: such terms cancel each other.
    pub(super) fn signs_across(&self, (i, j): (usize, usize), (k, l): (usize, usize)) -> f64 {
        let (mut one, mut other) = ([0.0; MOST], [0.0; MOST]);
        let (one, other) = (&mut one[..self.dim], &mut other[..self.dim]);
        let plane = [self.unit(i), self.rest(i, j)];
        remove(self.unit(k), &plane, one);
        remove(self.unit(l), &plane, other);
        arcsine(one, other)
    }
}

/// The direction of what `x`, of length 1, has at right angles to orthonormal vectors; 0 where that is rounding.
fn remove(x: &[f64], vectors: &[&[f64]], out: &mut [f64]) {
    out.copy_from_slice(x);
    for vector in vectors {
        let c = dot(out, vector);
        for (out, y) in out.iter_mut().zip(*vector) {
            *out -= c * y;
        }
    }
    let length = dot(out, out).sqrt();
    let scale = if length > ROUNDING { 1.0 / length } else { 0.0 };
    out.iter_mut().for_each(|x| *x *= scale);
}

/// `(2/pi) asin <x, y>` of vectors of length 1, by the half angle; 0 where one is 0.
fn arcsine(x: &[f64], y: &[f64]) -> f64 {
    let (mut minus, mut plus) = (0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        minus += (x - y) * (x - y);
        plus += (x + y) * (x + y);
    }
    // Of two vectors of length 1 both sums make 4.
    if minus + plus < 3.0 {
        return 0.0;
    }
    FRAC_2_PI * (FRAC_PI_2 - 2.0 * minus.sqrt().atan2(plus.sqrt()))
}

pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}
