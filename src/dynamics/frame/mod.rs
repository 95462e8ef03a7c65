//! The same closed systems with weights known in a frame: an orthonormal frame of the task directions, `omega*` of the
//! trained task its first vector, and what lies outside, of which the length alone matters (docs/theory.md, section 3).
//!
//! With `g = alpha omega* + beta w` every adapter moves the components of its vector in the frame by its usual equation;
//! SGD noise has none there. So the overlaps with tasks that are not trained follow from the same integration.

mod lora;
mod whole;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ClosedSystem, FAINT, Training, shown};
use crate::expectation::Overlaps;
use crate::problem::{Adapter, Problem};

/// A vector of weights: components in a frame, and the square of what it has outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// Components in the frame.
    pub along: Vec<f64>,
    /// Square of what lies outside, at least 0.
    pub rest: f64,
}

/// `w = w0 + u v` in a frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adapted {
    /// Frozen weights; what they have outside the frame is a direction of its own.
    pub w0: Weights,
    /// Amplitude.
    pub u: f64,
    /// Components of `v` in the frame.
    pub along: Vec<f64>,
    /// Component of `v` along what `w0` has outside the frame.
    pub beside: f64,
    /// Square of what `v` has outside all these.
    pub rest: f64,
}

/// What is trained, in a frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Student {
    /// All of `w`.
    Whole(Weights),
    /// An adapter.
    Lora(Adapted),
}

impl Student {
    /// `w` itself: an adapter merged into its weights.
    pub fn merged(&self) -> Weights {
        match self {
            Self::Whole(weights) => weights.clone(),
            Self::Lora(lora) => {
                let sum = |(w0, v): (&f64, &f64)| w0 + lora.u * v;
                let outside = lora.w0.rest.sqrt() + lora.u * lora.beside;
                Weights {
                    along: lora.w0.along.iter().zip(&lora.along).map(sum).collect(),
                    rest: outside.mul_add(outside, lora.u * lora.u * lora.rest),
                }
            }
        }
    }

    /// Whether `adapter` trains such a student.
    pub fn is_of(&self, adapter: Adapter) -> bool {
        matches!(self, Self::Lora(_)) == adapter.is_lora()
    }
}

/// A closed system in a frame whose first vector is the trained task's direction.
pub trait FramedSystem: ClosedSystem {
    /// The student in a state.
    fn student(&self, state: &[f64]) -> Student;

    /// One step of SGD of size `eta > 0`, exact for any `eta` when `d -> infinity` at fixed `B/d` (docs/networks.md, "Finite
    /// steps"), the problem having `nu = eta d/B`.
    fn step(&self, eta: f64, state: &[f64], next: &mut [f64]);

    /// `dL/dt = -alpha dm/dt - (beta/2) dq/dt` of a state, with a part of the noise.
    fn loss_rate(&self, part: f64, state: &[f64]) -> f64;
}

/// The closed system of a problem from a student in the frame; of the problem count model, adapter, noise and rates.
pub fn framed_system(problem: &Problem, start: Student) -> Box<dyn FramedSystem> {
    let training = Training::new(problem, Arc::clone(problem.model().flow()));
    let on_sphere = problem.adapter().facts().on_sphere;
    match start {
        Student::Whole(start) => Box::new(whole::FramedWhole {
            training,
            on_sphere,
            start,
        }),
        Student::Lora(start) => Box::new(lora::FramedLora::new(training, on_sphere, start)),
    }
}

/// What a unit vector with these components has outside, squared.
pub fn outside(along: &[f64]) -> f64 {
    let first = along.first().copied().unwrap_or(0.0);
    let left = (1.0 - first) * (1.0 + first);
    along
        .iter()
        .skip(1)
        .fold(left, |left, x| left - x * x)
        .max(0.0)
}

/// Divides a vector by its length, of which `rest` is what it has outside these components, squared.
fn shorten(along: &mut [f64], rest: f64) {
    let length = along.iter().fold(rest, |sum, x| x.mul_add(*x, sum)).sqrt();
    along.iter_mut().for_each(|x| *x /= length);
}

/// Overlaps of weights with these components; without any, `v` itself is the direction.
fn overlaps(along: &[f64], rest: f64) -> Overlaps {
    let first = along.first().copied().unwrap_or(0.0);
    let add = |sum: f64, x: &f64| x.mul_add(*x, sum);
    Overlaps::from_residual(first, along.iter().skip(1).fold(rest.max(0.0), add))
}

/// The slope of the loss along these rates of the overlaps.
fn loss_slope(training: &Training, at: &Overlaps, (dm, dq): (f64, f64)) -> f64 {
    let drift = training.drift(at);
    -drift.alpha * dm - 0.5 * drift.beta * dq
}
