//! Links that are a line on each side of 0 (ReLU, leaky ReLU, |x|, sign of a teacher, x itself): moments of signs.
//!
//! With `sigma(x) = (A_0 + A_1 sgn x) + x (B_0 + B_1 sgn x)` every average is one of at most two variables times signs `s_i` of
//! a set `S` of units. Stein's identity gives
//!
//! ```text
//! E[z_a s_S]     = sum_{i in S} sqrt(2/pi) C_ai / |i|  E[s_(S - i) | z_i = 0]
//! E[z_a z_b s_S] = C_ab E[s_S] + sum_{i != j in S} (2/pi) C_ai / |i| <b, j'>  E[s_(S - i - j) | z_i = z_j = 0]
//! ```
//!
//! with `|i|^2 = C_ii` and `j'` the unit vector along what `j` has at right angles to `i`. Two signs are an arcsine; four of
//! them one integral (`signs.rs`).

mod directions;
mod signs;

use std::f64::consts::FRAC_2_PI;

use self::directions::Directions;
use self::signs::mean_of_signs;
use super::{Ensemble, FourPoint, fill};
use crate::link::{Form, Link};

/// A line on each side of 0, as even and odd parts: entry 1 multiplies the sign.
#[derive(Clone, Copy, Debug)]
struct Lines {
    levels: [f64; 2],
    slopes: [f64; 2],
}

impl Lines {
    /// Of a link of this kind.
    fn of(link: &Link) -> Option<Self> {
        let part = |p: &[f64], k: usize| p.get(k).copied().unwrap_or(0.0);
        let mixed = |l: f64, r: f64| [0.5 * (r + l), 0.5 * (r - l)];
        match link.form() {
            // He_0 = 1 and He_1 = x.
            Form::Polynomial(p) if p.len() <= 2 => Some(Self {
                levels: [part(p, 0), 0.0],
                slopes: [part(p, 1), 0.0],
            }),
            Form::HalfPolynomial { left, right } if left.len().max(right.len()) <= 2 => {
                Some(Self {
                    levels: mixed(part(left, 0), part(right, 0)),
                    slopes: mixed(part(left, 1), part(right, 1)),
                })
            }
            _ => None,
        }
    }
}

/// Both links made of lines; the student's is continuous.
#[derive(Clone, Copy, Debug)]
pub(super) struct HalfLinearFourPoint {
    teacher: Lines,
    student: Lines,
}

impl HalfLinearFourPoint {
    /// `None` for other links.
    pub(super) fn new(teacher: &Link, student: &Link) -> Option<Self> {
        Some(Self {
            teacher: Lines::of(teacher)?,
            student: Lines::of(student)?,
        })
    }

    /// `E[phi_m phi_n sigma'(z_k) sigma'(z_l)]`.
    fn average(&self, at: &Directions<'_>, teachers: usize, [m, n, k, l]: [usize; 4]) -> f64 {
        let link = |unit: usize| {
            if unit < teachers {
                &self.teacher
            } else {
                &self.student
            }
        };
        let ([first, second], slopes) = ([link(m), link(n)], &self.student.slopes);
        let mut sum = 0.0;
        for which in 0..16_usize {
            let sign = |bit: usize| which >> bit & 1;
            let slope = slopes[sign(2)] * slopes[sign(3)];
            let [a, b] = [first, second].map(|lines| (lines.levels, lines.slopes));
            let (a, b) = ((a.0[sign(0)], a.1[sign(0)]), (b.0[sign(1)], b.1[sign(1)]));
            if slope == 0.0 || (a == (0.0, 0.0)) || (b == (0.0, 0.0)) {
                continue;
            }
            let signs = Signs::of([m, n, k, l], which);
            let weights = [a.0 * b.0, a.0 * b.1, a.1 * b.0, a.1 * b.1];
            sum += slope * signs.moment(at, (m, n), weights);
        }
        sum
    }
}

/// The units whose signs are multiplied: a unit met twice is not among them.
struct Signs {
    units: [usize; 4],
    count: usize,
}

impl Signs {
    fn of(units: [usize; 4], which: usize) -> Self {
        let mut signs = Self {
            units: [0; 4],
            count: 0,
        };
        for (bit, unit) in units.into_iter().enumerate() {
            if which >> bit & 1 == 0 {
                continue;
            }
            let known = signs.units[..signs.count].iter().position(|u| *u == unit);
            match known {
                Some(place) => {
                    signs.count -= 1;
                    signs.units.swap(place, signs.count);
                }
                None => {
                    signs.units[signs.count] = unit;
                    signs.count += 1;
                }
            }
        }
        signs
    }

    /// `E[(w_0 + w_1 z_n + w_2 z_m + w_3 z_m z_n) s_S]`.
    fn moment(&self, at: &Directions<'_>, (m, n): (usize, usize), w: [f64; 4]) -> f64 {
        let units = &self.units[..self.count];
        if !self.count.is_multiple_of(2) {
            let one = |w: f64, a: usize| {
                if w == 0.0 {
                    0.0
                } else {
                    w * first(at, units, a)
                }
            };
            return one(w[1], n) + one(w[2], m);
        }
        let mut sum = 0.0;
        let level = w[0] + w[3] * at.covariance(m, n);
        if level != 0.0 {
            sum += level * mean_of_signs(at, units);
        }
        if w[3] != 0.0 {
            sum += w[3] * second(at, units, m, n);
        }
        sum
    }
}

/// `E[z_a s_S]` of an odd number of signs.
fn first(at: &Directions<'_>, units: &[usize], a: usize) -> f64 {
    let others = |i: usize| match *units {
        [x, y, z] if i == x => at.signs_beside(x, y, z),
        [x, y, z] if i == y => at.signs_beside(y, x, z),
        [x, y, z] => at.signs_beside(z, x, y),
        _ => 1.0,
    };
    let of = |i: &usize| at.along(a, *i) * others(*i);
    FRAC_2_PI.sqrt() * units.iter().map(of).sum::<f64>()
}

/// `E[z_a z_b s_S] - C_ab E[s_S]` of an even number of signs.
fn second(at: &Directions<'_>, units: &[usize], a: usize, b: usize) -> f64 {
    // The lines z_i = z_j = 0 of both orders.
    let crossing = |i: usize, j: usize| {
        at.along(a, i) * at.beside(b, i, j) + at.along(a, j) * at.beside(b, j, i)
    };
    let sum = match *units {
        [i, j] => crossing(i, j),
        [i, j, k, l] => {
            let both = |i: usize, j: usize, rest: (usize, usize)| match crossing(i, j) {
                0.0 => 0.0,
                size => size * at.signs_across((i, j), rest),
            };
            both(i, j, (k, l))
                + both(i, k, (j, l))
                + both(i, l, (j, k))
                + both(j, k, (i, l))
                + both(j, l, (i, k))
                + both(k, l, (i, j))
        }
        _ => 0.0,
    };
    FRAC_2_PI * sum
}

impl FourPoint for HalfLinearFourPoint {
    fn noise(&self, units: Ensemble<'_>, room: &mut Vec<f64>, out: &mut [f64]) {
        let all = units.all();
        let at = Directions::of(&units, room);
        let slopes = self.student.slopes;
        fill(&units, out, |k, l| {
            // E[sigma'(z_k) sigma'(z_l)].
            let bends = if k == l { 1.0 } else { at.mean_of_two(k, l) };
            let flat = slopes[0] * slopes[0] + slopes[1] * slopes[1] * bends;
            let mut sum = units.label_noise * flat;
            for m in 0..all {
                for n in 0..=m {
                    let weight = units.weights[m] * units.weights[n];
                    if weight != 0.0 {
                        let twice = if m == n { weight } else { 2.0 * weight };
                        sum += twice * self.average(&at, units.teachers, [m, n, k, l]);
                    }
                }
            }
            // Rounding may leave a little less than 0 of the diagonal, which is no average of a square.
            if k == l && sum < 0.0 { 0.0 } else { sum }
        });
    }

    fn needs_vectors(&self) -> bool {
        true
    }
}
