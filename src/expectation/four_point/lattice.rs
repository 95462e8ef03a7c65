//! Any two links: a shifted lattice rule in the dimensions that the units span.
//!
//! Coordinates are `x = s Phi^-1(u)` with `s > 1`, and the density of `x` goes into the weights: the integrand then vanishes
//! with all its derivatives at the faces of the cube, and a lattice rule converges as fast as the links are smooth. In many
//! dimensions weights vary more, so that `s` comes nearer to 1. The error is the standard deviation over other shifts.

use std::f64::consts::SQRT_2;

use super::{Ensemble, FourPoint, fill_from};
use crate::expectation::PairError;
use crate::link::Link;

/// Dimensions at most.
const MOST_DIMENSIONS: usize = 12;
/// Generating vector for 2^10 to 2^16 points, component by component: each of 240 odd numbers drawn that has the least mean
/// square error over functions of mixed smoothness 1, with weights `1/j`.
const GENERATOR: [u64; MOST_DIMENSIONS] = [
    1, 10391, 33837, 3543, 23713, 33185, 41055, 57453, 24941, 24081, 11295, 19957,
];
/// Sizes of the rule, as powers of 2.
const SIZES: [u32; 4] = [10, 12, 14, 16];
/// Shifts that tell the error.
const SHIFTS: u64 = 8;
/// `(s - 1)` times the number of dimensions.
const WIDER: f64 = 1.2;
/// Points that are looked at in one go.
const BLOCK: usize = 128;

/// Noise by a lattice rule.
#[derive(Debug)]
pub struct LatticeNoise {
    teacher: Link,
    student: Link,
    /// Whether vectors are reduced to as many components as there are units.
    reduced: bool,
    size: u32,
    rule: Rule,
}

/// Nodes, coordinate after coordinate, and weights.
#[derive(Debug)]
struct Rule {
    dim: usize,
    nodes: Vec<f64>,
    weights: Vec<f64>,
}

impl Rule {
    fn new(dim: usize, size: u32, shift: u64) -> Self {
        let count = 1_usize << size;
        let mut random = shift;
        let (wider, every) = (1.0 + WIDER / dim as f64, 1.0 / count as f64);
        let mut nodes = Vec::with_capacity(dim * count);
        let mut squares = vec![0.0; count];
        for generator in &GENERATOR[..dim] {
            let start = uniform(&mut random);
            for (i, square) in squares.iter_mut().enumerate() {
                let at = i as u64 * generator % count as u64;
                let u = (at as f64 * every + start).fract();
                // 1 - 2^-53 is the last number below 1, and 0 has no quantile.
                let x = -SQRT_2 * statrs::function::erf::erfc_inv(2.0 * u.max(f64::EPSILON));
                nodes.push(wider * x);
                *square += x * x;
            }
        }
        let scale = wider.powi(dim as i32) * every;
        let weight = |square: &f64| scale * (-0.5 * square * (wider * wider - 1.0)).exp();
        Self {
            dim,
            nodes,
            weights: squares.iter().map(weight).collect(),
        }
    }
}

/// A number in [0, 1) of the sequence of Steele, Lea and Flood (SplitMix64, 2014).
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 * 0.5_f64.powi(53)
}

impl LatticeNoise {
    /// The smallest rule whose error at both ensembles is at most half of `allowed`, or the largest whose error is at most
    /// that; an error is relative to the largest entry of `N`.
    ///
    /// # Errors
    /// [`PairError::NoiseDimensions`] beyond 12 dimensions, [`PairError::NoiseError`] where no rule is good enough.
    pub fn fitted(
        (teacher, student): (&Link, &Link),
        ensembles: [Ensemble<'_>; 2],
        allowed: f64,
    ) -> Result<Self, PairError> {
        let [first, _] = &ensembles;
        let (reduced, dim) = (first.all() < first.dim, first.all().min(first.dim));
        let names = || (teacher.name().to_owned(), student.name().to_owned());
        if dim > MOST_DIMENSIONS {
            let (teacher, student) = names();
            return Err(PairError::NoiseDimensions {
                teacher,
                student,
                dim,
                most: MOST_DIMENSIONS,
            });
        }
        let mut found = f64::NAN;
        for size in SIZES {
            let made = Self {
                teacher: teacher.clone(),
                student: student.clone(),
                reduced,
                size,
                rule: Rule::new(dim, size, 0),
            };
            found = ensembles
                .iter()
                .map(|units| made.spread(units))
                .fold(0.0, f64::max);
            let last = Some(&size) == SIZES.last();
            if found <= if last { allowed } else { 0.5 * allowed } {
                return Ok(made);
            }
        }
        let (teacher, student) = names();
        Err(PairError::NoiseError {
            teacher,
            student,
            error: found,
            allowed,
        })
    }

    /// Points of the rule.
    pub fn points(&self) -> usize {
        self.rule.weights.len()
    }

    /// Standard deviation of the largest entry of `N` over shifts, relative to the largest entry.
    fn spread(&self, units: &Ensemble<'_>) -> f64 {
        let students = units.all() - units.teachers;
        let entries = students * students;
        let (mut mean, mut square) = (vec![0.0; entries], vec![0.0; entries]);
        let (mut out, mut room) = (vec![0.0; entries], Vec::new());
        for shift in 1..=SHIFTS {
            let rule = Rule::new(self.rule.dim, self.size, shift);
            self.by(&rule, units, &mut room, &mut out);
            for ((mean, square), value) in mean.iter_mut().zip(&mut square).zip(&out) {
                // Welford's update.
                let (off, count) = (value - *mean, shift as f64);
                *mean += off / count;
                *square += off * (value - *mean);
            }
        }
        let largest = |values: &[f64]| values.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
        let size = largest(&mean);
        // Without noise there is no error: a student without readouts, or the answer itself.
        if size == 0.0 {
            0.0
        } else {
            (largest(&square) / (SHIFTS - 1) as f64).sqrt() / size
        }
    }

    fn by(&self, rule: &Rule, units: &Ensemble<'_>, room: &mut Vec<f64>, out: &mut [f64]) {
        let (all, dim, teachers) = (units.all(), rule.dim, units.teachers);
        let students = all - teachers;
        room.resize(
            all * dim + students * students + (students + 3) * BLOCK,
            0.0,
        );
        let (factor, rest) = room.split_at_mut(all * dim);
        let (sums, rest) = rest.split_at_mut(students * students);
        let (slopes, rest) = rest.split_at_mut(students * BLOCK);
        let (z, rest) = rest.split_at_mut(BLOCK);
        let (value, weight) = rest.split_at_mut(BLOCK);
        if self.reduced {
            triangle(units, factor);
        } else {
            factor.copy_from_slice(units.vectors);
        }
        sums.fill(0.0);
        let count = rule.weights.len();
        for from in (0..count).step_by(BLOCK) {
            weight.fill(0.0);
            for m in 0..all {
                z.fill(0.0);
                for (c, a) in factor[m * dim..(m + 1) * dim].iter().enumerate() {
                    let nodes = &rule.nodes[c * count + from..][..BLOCK];
                    z.iter_mut().zip(nodes).for_each(|(z, x)| *z += a * x);
                }
                let link = if m < teachers {
                    &self.teacher
                } else {
                    &self.student
                };
                link.values(z, value);
                let b = units.weights[m];
                weight
                    .iter_mut()
                    .zip(&*value)
                    .for_each(|(e, f)| *e += b * f);
                if m >= teachers {
                    let place = (m - teachers) * BLOCK;
                    link.derivatives(z, &mut slopes[place..place + BLOCK]);
                }
            }
            for (error, w) in weight.iter_mut().zip(&rule.weights[from..]) {
                *error = w * (*error * *error + units.label_noise);
            }
            for k in 0..students {
                let one = &slopes[k * BLOCK..][..BLOCK];
                value
                    .iter_mut()
                    .zip(&*weight)
                    .zip(one)
                    .for_each(|((v, w), d)| *v = w * d);
                for l in 0..=k {
                    let other = &slopes[l * BLOCK..][..BLOCK];
                    sums[k * students + l] +=
                        value.iter().zip(other).map(|(v, d)| v * d).sum::<f64>();
                }
            }
        }
        fill_from(units, out, sums);
    }
}

/// Components of the units in an orthonormal frame of themselves, teachers first.
fn triangle(units: &Ensemble<'_>, out: &mut [f64]) {
    let (all, dim) = (units.all(), units.dim);
    let mut rests = units.vectors.to_vec();
    out.fill(0.0);
    for i in 0..all {
        let (before, own) = rests.split_at_mut(i * dim);
        let own = &mut own[..dim];
        for (j, axis) in before.chunks_exact(dim).enumerate() {
            let c: f64 = own.iter().zip(axis).map(|(x, y)| x * y).sum();
            out[i * all + j] = c;
            own.iter_mut().zip(axis).for_each(|(x, y)| *x -= c * y);
        }
        let length = own.iter().map(|x| x * x).sum::<f64>().sqrt();
        out[i * all + i] = length;
        let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
        own.iter_mut().for_each(|x| *x *= scale);
    }
}

impl FourPoint for LatticeNoise {
    fn noise(&self, units: Ensemble<'_>, room: &mut Vec<f64>, out: &mut [f64]) {
        self.by(&self.rule, &units, room, out);
    }

    fn needs_vectors(&self) -> bool {
        true
    }

    fn error(&self, units: Ensemble<'_>) -> Option<f64> {
        Some(self.spread(&units))
    }
}
