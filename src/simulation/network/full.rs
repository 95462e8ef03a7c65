//! The literal loop of a network in `d` dimensions, `O(B d (K + K*))` a step: the control of the projected simulator.

use nalgebra::DMatrix;
use pulp::Arch;

use super::super::full::direction;
use super::super::random::{Purpose, Stream};
use super::super::vector::{add_scaled, dot};
use super::start::Start;
use super::training::{Method, Trained, Training};
use super::update::{Frozen, Gradient, Update};
use crate::link::Link;
use crate::problem::Sgd;
use crate::problem::network::NetworkProblem;

/// The full method.
#[derive(Debug)]
pub(super) struct Full {
    teacher: Link,
    student: Link,
    teacher_readout: Vec<f64>,
    batch: u64,
    noise: f64,
    arch: Arch,
}

impl Full {
    pub(super) fn student(
        problem: &NetworkProblem,
        sgd: Sgd,
        start: &Start,
        seed: u64,
    ) -> Trained<Self> {
        let (arch, frame) = (Arch::new(), problem.frame());
        let mut stream = Stream::new(seed, Purpose::Training);
        // Weights that are drawn may have fewer dimensions than typical ones: these are in no vector then.
        let seen = frame.dim().min(sgd.dim as usize);
        let axes = axes(sgd.dim as usize, seen, arch, &mut stream);
        let at = start.in_space(&axes, &mut stream);
        Trained {
            method: Self {
                teacher: problem.model().teacher().clone(),
                student: problem.model().student().clone(),
                teacher_readout: problem.setup().teacher_readout.clone(),
                batch: sgd.batch as u64,
                noise: problem.setup().label_noise.sqrt(),
                arch,
            },
            training: Training::new(
                Update::new(problem, sgd.step),
                Frozen {
                    teachers: &axes * frame.teachers().columns(0, seen).transpose(),
                    pretrained: &axes * frame.weights().columns(0, seen).transpose(),
                    span: axes.columns(0, frame.span()).into_owned(),
                },
                at,
                sgd.kept(),
            ),
            stream,
        }
    }

    /// Minus the gradient of a fresh batch, sample by sample.
    fn gradient(&self, training: &Training, stream: &mut Stream) -> Gradient {
        let Training {
            update, frozen, at, ..
        } = training;
        let w = update.weights(frozen, at);
        let (dim, units) = w.shape();
        let mut gradient = Gradient {
            weights: DMatrix::zeros(dim, units),
            readout: vec![0.0; units],
        };
        let mut x = vec![0.0; dim];
        let arch = self.arch;
        for _ in 0..self.batch {
            stream.fill(&mut x);
            let activations = |vectors: &DMatrix<f64>| -> Vec<f64> {
                let vectors = vectors.as_slice().chunks_exact(dim);
                vectors.map(|vector| dot(arch, vector, &x)).collect()
            };
            let (lambda, z) = (activations(&frozen.teachers), activations(&w));
            let targets = lambda.iter().map(|l| self.teacher.value(*l));
            let outputs: Vec<f64> = z.iter().map(|z| self.student.value(*z)).collect();
            let mut error = sum_of_products(&self.teacher_readout, targets)
                - sum_of_products(&at.readout, outputs.iter().copied());
            if self.noise > 0.0 {
                error += self.noise * stream.normal();
            }
            error /= self.batch as f64;
            let each = gradient.weights.as_mut_slice().chunks_exact_mut(dim);
            for (i, sum) in each.enumerate() {
                let g = at.readout[i] * error * self.student.derivative(z[i]);
                add_scaled(arch, g, &x, sum);
                gradient.readout[i] += error * outputs[i];
            }
        }
        gradient
    }
}

impl Method for Full {
    fn step(&mut self, training: &mut Training, stream: &mut Stream) {
        let gradient = self.gradient(training, stream);
        let update = training.update;
        let pull = update.pull(&training.at);
        training.advance(&pull, &gradient);
        update.normalise(&mut training.at);
    }
}

fn sum_of_products(a: &[f64], b: impl Iterator<Item = f64>) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Random orthonormal directions.
fn axes(dim: usize, count: usize, arch: Arch, stream: &mut Stream) -> DMatrix<f64> {
    let mut found: Vec<Vec<f64>> = Vec::new();
    for _ in 0..count {
        let others: Vec<&[f64]> = found.iter().map(Vec::as_slice).collect();
        found.push(direction(dim, &others, arch, stream));
    }
    DMatrix::from_vec(dim, count, found.concat())
}
