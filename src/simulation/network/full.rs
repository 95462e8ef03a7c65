//! The literal loop of a network in `d` dimensions, `O(B d (K + K*))` a step: the control of the projected simulator.

use nalgebra::DMatrix;
use pulp::Arch;

use super::super::full::direction;
use super::super::random::{Purpose, Stream};
use super::super::student::Student;
use super::super::vector::{add_scaled, dot};
use super::start::Start;
use super::update::{Frozen, Gradient, Update, Weights};
use crate::link::Link;
use crate::observable::NetworkObserved;
use crate::problem::Sgd;
use crate::problem::network::NetworkProblem;

/// A run of the full simulator.
#[derive(Debug)]
pub(super) struct Full {
    update: Update,
    teacher: Link,
    student: Link,
    teacher_readout: Vec<f64>,
    batch: u64,
    noise: f64,
    frozen: Frozen,
    at: Weights,
    arch: Arch,
    stream: Stream,
}

impl Full {
    pub(super) fn new(problem: &NetworkProblem, sgd: Sgd, start: &Start, seed: u64) -> Self {
        let (arch, frame) = (Arch::new(), problem.frame());
        let mut stream = Stream::new(seed, Purpose::Training);
        let axes = axes(sgd.dim as usize, frame.dim(), arch, &mut stream);
        let at = start.in_space(&axes, &mut stream);
        Self {
            update: Update::new(problem, sgd.step),
            teacher: problem.model().teacher().clone(),
            student: problem.model().student().clone(),
            teacher_readout: problem.setup().teacher_readout.clone(),
            batch: sgd.batch as u64,
            noise: problem.setup().label_noise.sqrt(),
            frozen: Frozen {
                teachers: &axes * frame.teachers().transpose(),
                pretrained: &axes * frame.weights().transpose(),
                span: axes.columns(0, frame.task()).into_owned(),
            },
            at,
            arch,
            stream,
        }
    }

    /// Minus the gradient of a fresh batch, sample by sample.
    fn gradient(&mut self) -> Gradient {
        let w = self.update.weights(&self.frozen, &self.at);
        let (dim, units) = w.shape();
        let mut gradient = Gradient {
            weights: DMatrix::zeros(dim, units),
            readout: vec![0.0; units],
        };
        let mut x = vec![0.0; dim];
        let arch = self.arch;
        for _ in 0..self.batch {
            self.stream.fill(&mut x);
            let activations = |vectors: &DMatrix<f64>| -> Vec<f64> {
                let vectors = vectors.as_slice().chunks_exact(dim);
                vectors.map(|vector| dot(arch, vector, &x)).collect()
            };
            let (lambda, z) = (activations(&self.frozen.teachers), activations(&w));
            let targets = lambda.iter().map(|l| self.teacher.value(*l));
            let outputs: Vec<f64> = z.iter().map(|z| self.student.value(*z)).collect();
            let mut error = sum_of_products(&self.teacher_readout, targets)
                - sum_of_products(&self.at.readout, outputs.iter().copied());
            if self.noise > 0.0 {
                error += self.noise * self.stream.normal();
            }
            error /= self.batch as f64;
            let each = gradient.weights.as_mut_slice().chunks_exact_mut(dim);
            for (i, sum) in each.enumerate() {
                let g = self.at.readout[i] * error * self.student.derivative(z[i]);
                add_scaled(arch, g, &x, sum);
                gradient.readout[i] += error * outputs[i];
            }
        }
        gradient
    }
}

impl Student<NetworkObserved> for Full {
    fn step(&mut self) {
        let gradient = self.gradient();
        let pull = self.update.pull(&self.at);
        self.update.advance(&mut self.at, &pull, &gradient);
        self.update.normalise(&mut self.at);
    }

    fn see(&self) -> NetworkObserved {
        self.update.see(&self.frozen, &self.at)
    }

    fn has_exited(&self) -> Option<bool> {
        self.update.has_exited(&self.frozen, &self.at)
    }

    fn is_finite(&self) -> bool {
        self.at.numbers().all(|x| x.is_finite())
    }

    fn trained(&self) -> Vec<f64> {
        self.at.numbers().copied().collect()
    }

    fn restore(&mut self, trained: &[f64]) -> Option<()> {
        self.at.restore(trained)
    }

    fn stream(&self) -> &Stream {
        &self.stream
    }

    fn stream_mut(&mut self) -> &mut Stream {
        &mut self.stream
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
