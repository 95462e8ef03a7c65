//! One batch, seen through the two pre-activations of each sample.

use pulp::{Arch, Simd, WithSimd};

use super::random::Stream;
use super::vector::dot;
use crate::link::Link;
use crate::problem::{Problem, Sgd};

/// Draws batches and adds up their gradients.
#[derive(Debug)]
pub(super) struct Batch {
    teacher: Link,
    student: Link,
    size: u64,
    /// Standard deviation of the label noise.
    noise: f64,
    chunk: usize,
    /// Six arrays of `chunk` numbers: lambda*, aside, noise, z, error, slope.
    room: Vec<f64>,
    arch: Arch,
}

/// Sums over a batch, `g_b = (y_b - sigma(z_b)) sigma'(z_b) / B`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    /// `sum_b g_b <omega*, x_b>`.
    pub(super) along: f64,
    /// `sum_b g_b <e, x_b>`, `e` along the part of `w` orthogonal to `omega*`.
    pub(super) across: f64,
    /// `sum_b g_b^2`.
    pub(super) squares: f64,
}

/// Partial sums kept side by side, so that the additions need not wait for each other.
const SIDE: usize = 8;

impl Batch {
    pub(super) fn new(problem: &Problem, sgd: Sgd, chunk: usize) -> Self {
        let size = sgd.batch as u64;
        Self {
            teacher: problem.model().teacher().clone(),
            student: problem.model().student().clone(),
            size,
            noise: problem.label_noise().sqrt(),
            chunk: chunk.min(usize::try_from(size).unwrap_or(chunk)),
            room: Vec::new(),
            arch: Arch::new(),
        }
    }

    /// The sums of a fresh batch for weights with component `m` along `omega*` and a rest of
    /// length `across`.
    pub(super) fn sums(&mut self, m: f64, across: f64, stream: &mut Stream) -> Sums {
        let mut total = Sums::default();
        let mut left = self.size;
        self.room.resize(6 * self.chunk, 0.0);
        while left > 0 {
            let count = self.chunk.min(usize::try_from(left).unwrap_or(self.chunk));
            left -= count as u64;
            let part = self.chunk_sums(count, m, across, stream);
            total.along += part.along;
            total.across += part.across;
            total.squares += part.squares;
        }
        let scale = 1.0 / self.size as f64;
        Sums {
            along: total.along * scale,
            across: total.across * scale,
            squares: total.squares * scale * scale,
        }
    }

    fn chunk_sums(&mut self, count: usize, m: f64, across: f64, stream: &mut Stream) -> Sums {
        let noisy = self.noise > 0.0;
        let (drawn, rest) = self.room.split_at_mut(3 * self.chunk);
        let drawn = &mut drawn[..(2 + usize::from(noisy)) * count];
        stream.fill(drawn);
        let (lambda, others) = drawn.split_at(count);
        let (aside, noise) = others.split_at(count);
        let (z, rest) = rest.split_at_mut(self.chunk);
        let (weight, slope) = rest.split_at_mut(self.chunk);
        let (z, weight, slope) = (&mut z[..count], &mut weight[..count], &mut slope[..count]);
        for ((z, &l), &e) in z.iter_mut().zip(lambda).zip(aside) {
            *z = m * l + across * e;
        }
        let (target, output) = (weight, slope);
        self.teacher.values(lambda, target);
        self.student.values(z, output);
        for (y, yhat) in target.iter_mut().zip(output.iter()) {
            *y -= yhat;
        }
        for (y, xi) in target.iter_mut().zip(noise) {
            *y += self.noise * xi;
        }
        let (error, slope) = (target, output);
        self.student.derivatives(z, slope);
        self.arch.dispatch(GradientSums {
            error,
            slope,
            lambda,
            aside,
        })
    }
}

/// Sums of `error * slope` times what it is to be summed with.
struct GradientSums<'a> {
    error: &'a [f64],
    slope: &'a [f64],
    lambda: &'a [f64],
    aside: &'a [f64],
}

impl WithSimd for GradientSums<'_> {
    type Output = Sums;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> Sums {
        let (error, error_rest) = self.error.as_chunks::<SIDE>();
        let (slope, slope_rest) = self.slope.as_chunks::<SIDE>();
        let (lambda, lambda_rest) = self.lambda.as_chunks::<SIDE>();
        let (aside, aside_rest) = self.aside.as_chunks::<SIDE>();
        let mut sums = [[0.0; SIDE]; 3];
        for (((error, slope), lambda), aside) in error.iter().zip(slope).zip(lambda).zip(aside) {
            for i in 0..SIDE {
                let g = error[i] * slope[i];
                sums[0][i] = g.mul_add(lambda[i], sums[0][i]);
                sums[1][i] = g.mul_add(aside[i], sums[1][i]);
                sums[2][i] = g.mul_add(g, sums[2][i]);
            }
        }
        let mut total = sums.map(|parts| parts.iter().sum::<f64>());
        let rest = error_rest.iter().zip(slope_rest).zip(lambda_rest);
        for (((error, slope), lambda), aside) in rest.zip(aside_rest) {
            let g = error * slope;
            total[0] += g * lambda;
            total[1] += g * aside;
            total[2] += g * g;
        }
        Sums {
            along: total[0],
            across: total[1],
            squares: total[2],
        }
    }
}

/// Mean of `(sigma*(lambda*) - sigma(z))^2 / 2` over a fresh test batch at the given overlaps.
pub(super) fn test_loss(
    (teacher, student): (&Link, &Link),
    (m, across): (f64, f64),
    size: usize,
    stream: &mut Stream,
) -> f64 {
    const CHUNK: usize = 4096;
    let (mut total, mut left) = (0.0, size);
    let mut numbers = vec![0.0; 3 * CHUNK.min(size)];
    while left > 0 {
        let count = left.min(CHUNK);
        left -= count;
        stream.fill(&mut numbers[..2 * count]);
        let (lambda, rest) = numbers.split_at_mut(count);
        let (z, rest) = rest.split_at_mut(count);
        let values = &mut rest[..count];
        for (z, &l) in z.iter_mut().zip(lambda.iter()) {
            *z = m * l + across * *z;
        }
        student.values(z, values);
        teacher.values(lambda, z);
        for (y, yhat) in z.iter_mut().zip(values.iter()) {
            *y -= yhat;
        }
        total += dot(Arch::new(), z, z);
    }
    0.5 * total / size as f64
}
