//! One-pass SGD of one unit in a frame of any number of directions: the law of its overlaps with all of them is exactly
//! that of the full run, at O(B) time a step whatever `d` is (docs/theory.md, section 6).
//!
//! Coordinates: the frame, `omega*` of the labels its first vector; with LoRA one axis along what `w0` has outside; last
//! one along the rest of the trained vector `p` (`v`, or `w` without LoRA). A batch is seen through `<omega*, x>` and
//! `<w, x>` alone. Given these, the gradient `sum_b g_b x_b` has, at right angles to `omega*` and `w`, independent normal
//! components of variance `sum_b g_b^2`, of which those outside the coordinates matter by their squared length only.

use serde::{Deserialize, Serialize};

use super::batch::Batch;
use super::random::Stream;
use super::rolling::{Framed, Memory};
use super::update::Update;
use crate::observable::{BEYOND, Observed};
use crate::problem::{Problem, Sgd};

/// Samples looked at together: a few arrays of this length stay in the first-level cache.
const CHUNK: usize = 512;

/// What SGD trains, in these coordinates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FramedWeights {
    /// Frozen weights, last what they have outside the frame; empty without LoRA.
    pub w0: Vec<f64>,
    /// LoRA amplitude; 0 without LoRA.
    pub u: f64,
    /// `v`, or `w` without LoRA; last the length of its rest.
    pub trained: Vec<f64>,
    /// With momentum what the last step of a stage added, as it is kept in a checkpoint; else nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub last: Vec<f64>,
}

impl FramedWeights {
    /// The student's weights.
    fn weights(&self) -> Vec<f64> {
        if self.w0.is_empty() {
            return self.trained.clone();
        }
        let frozen = self.w0.iter().chain(std::iter::once(&0.0));
        let both = frozen.zip(&self.trained);
        both.map(|(w0, v)| w0 + self.u * v).collect()
    }

    /// The overlaps with the labels' direction.
    pub fn see(&self) -> Observed {
        let w = self.weights();
        let residual = w[1..].iter().map(|x| x * x).sum();
        if self.w0.is_empty() {
            return Observed::of_weights(w[0], residual);
        }
        Observed {
            u: Some(self.u),
            alignment: self.trained[0],
            s: Some(dot(&self.w0, &self.trained)),
            m: w[0],
            residual,
        }
    }

    /// Whether all numbers are finite, and averages can be taken of them.
    pub fn is_finite(&self) -> bool {
        let mut all = self.trained.iter().chain([&self.u]);
        all.all(|x| x.abs() < BEYOND) && self.see().is_finite()
    }
}

/// SGD on one kind of labels.
#[derive(Debug)]
pub struct FramedSgd {
    update: Update,
    batch: Batch,
    /// `d` minus the number of coordinates.
    outside: f64,
    /// What is trained.
    pub at: FramedWeights,
    memory: Option<Memory<Framed>>,
}

impl FramedSgd {
    /// SGD from these weights; `sgd.dim` is at least the number of their coordinates. Of the problem count model, adapter,
    /// noise and rates.
    pub fn new(problem: &Problem, sgd: Sgd, at: FramedWeights) -> Self {
        let memory = sgd.kept().map(|theta| {
            let mut memory = Memory::<Framed>::in_frame(theta, at.trained.len());
            // At the start of a stage there was no step.
            let _is_first = memory.restore(&at.last);
            memory
        });
        Self {
            memory,
            update: Update::new(problem, sgd.step),
            batch: Batch::new(problem, sgd, CHUNK),
            outside: sgd.dim - at.trained.len() as f64,
            at,
        }
    }

    /// As it is kept: with all that the next steps depend on.
    pub(crate) fn saved(&self) -> FramedWeights {
        let memory = self.memory.iter();
        FramedWeights {
            last: memory.flat_map(Memory::<Framed>::numbers).collect(),
            ..self.at.clone()
        }
    }

    /// One step, of so many times the step size.
    pub(crate) fn step(&mut self, factor: f64, stream: &mut Stream) {
        let gradient = self.gradient(stream);
        let update = self.update.sized(factor);
        let at = &mut self.at;
        let (pull, keep) = (update.pull(at.u), update.keep());
        let force = dot(&gradient.along, &at.trained);
        if let Some(memory) = &mut self.memory {
            let outside = match self.outside >= 1.0 {
                true => [
                    stream.normal(),
                    stream.squared_length(self.outside - 1.0).sqrt(),
                ],
                false => [0.0; 2],
            };
            let outside = outside.map(|x| pull * gradient.spread * x);
            let delta = gradient.along.iter().zip(&at.trained);
            let delta: Vec<f64> = delta.map(|(g, p)| pull * g - (1.0 - keep) * p).collect();
            let delta = (update.added_u(at.u, force), &*delta, outside);
            memory.advance((&mut at.u, &mut at.trained), delta);
        } else {
            let beyond = gradient.spread * stream.squared_length(self.outside).sqrt();
            at.u = update.next_u(at.u, force);
            for (p, g) in at.trained.iter_mut().zip(&gradient.along) {
                *p = keep * *p + pull * g;
            }
            // The new rest defines the new last axis.
            if let Some(rest) = at.trained.last_mut() {
                *rest = rest.hypot(pull * beyond);
            }
        }
        if self.update.on_sphere {
            let length = dot(&at.trained, &at.trained).sqrt();
            at.trained.iter_mut().for_each(|p| *p /= length);
        }
    }

    /// The gradient of a fresh batch.
    fn gradient(&mut self, stream: &mut Stream) -> Gradient {
        let mut across = self.at.weights();
        let m = std::mem::replace(&mut across[0], 0.0);
        let length = dot(&across, &across).sqrt();
        if length > 0.0 {
            across.iter_mut().for_each(|x| *x /= length);
        } else if let Some(last) = across.last_mut() {
            // Where `w` has no rest any direction will do.
            *last = 1.0;
        }
        let sums = self.batch.sums(m, length, stream);
        let spread = sums.squares.sqrt();
        let aside = |stream: &mut Stream| spread * stream.normal();
        let mut along = vec![0.0];
        along.extend((1..across.len()).map(|_| aside(stream)));
        let part = sums.across - dot(&along, &across);
        for (g, e) in along.iter_mut().zip(&across) {
            *g += part * e;
        }
        along[0] = sums.along;
        Gradient { along, spread }
    }
}

/// A batch gradient: in the coordinates, and the deviation of each component outside.
struct Gradient {
    along: Vec<f64>,
    spread: f64,
}

/// A uniform unit vector in `dim` dimensions with given components along some orthonormal ones, in so many coordinates;
/// last the length of its rest. Each of `given` is a direction in these coordinates and the component along it.
pub(crate) fn direction(
    given: &[(Vec<f64>, f64)],
    coordinates: usize,
    dim: f64,
    stream: &mut Stream,
) -> Vec<f64> {
    let mut vector: Vec<f64> = (0..coordinates).map(|_| stream.normal()).collect();
    // Twice: the second pass removes what rounding left.
    for (one, _) in given.iter().chain(given) {
        let part = dot(&vector, one);
        vector.iter_mut().zip(one).for_each(|(x, e)| *x -= part * e);
    }
    let rest = stream.squared_length(dim - coordinates as f64);
    vector.push(rest.sqrt());
    let left = 1.0 - given.iter().map(|(_, part)| part * part).sum::<f64>();
    let scale = (left.max(0.0) / dot(&vector, &vector)).sqrt();
    vector.iter_mut().for_each(|x| *x *= scale);
    for (one, part) in given {
        vector.iter_mut().zip(one).for_each(|(x, e)| *x += part * e);
    }
    vector
}

/// The sum of products, as far as both go.
fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::super::random::Purpose;
    use super::*;

    /// Components along what is given are exact, others have mean 0 and the variance of a uniform direction.
    #[test]
    fn directions_keep_what_is_given_and_draw_the_rest() {
        let mut stream = Stream::new(5, Purpose::Training);
        let given = [(vec![1.0, 0.0, 0.0], 0.3), (vec![0.0, 0.6, 0.8], -0.2)];
        let (dim, draws) = (50.0, 20_000);
        let left = 1.0 - 0.3_f64.powi(2) - 0.2_f64.powi(2);
        let expected = left / (dim - 2.0);
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..draws {
            let v = direction(&given, 3, dim, &mut stream);
            assert!((v[0] - 0.3).abs() < 1e-14 && (0.6 * v[1] + 0.8 * v[2] + 0.2).abs() < 1e-14);
            assert!((dot(&v, &v) - 1.0).abs() < 1e-14 && v[3] >= 0.0);
            let free = 0.8 * v[1] - 0.6 * v[2];
            sum += free;
            squares += free * free;
        }
        let n = f64::from(draws);
        // Five standard errors.
        assert!((sum / n).abs() < 5.0 * (expected / n).sqrt());
        assert!((squares / n / expected - 1.0).abs() < 5.0 * (2.0 / n).sqrt());
    }
}
