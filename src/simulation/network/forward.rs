//! Teacher and student on samples that are given by their coordinates.

use nalgebra::DMatrix;
use pulp::Arch;

use super::super::random::Stream;
use super::rows::combine;
use crate::link::Link;
use crate::problem::network::NetworkProblem;

/// Evaluates samples, at most so many together; what it makes stays in it until the next ones.
#[derive(Debug)]
pub(super) struct Forward {
    teacher: Link,
    student: Link,
    teacher_readout: Vec<f64>,
    /// `T'`, coordinates x `K*`.
    teachers: DMatrix<f64>,
    /// Standard deviation of the label noise.
    noise: f64,
    arch: Arch,
    count: usize,
    /// Standard normal coordinates, then the label noise if there is any, row by row.
    drawn: Vec<f64>,
    /// `<t_j, x>`, then `<w_i, x>`.
    activations: Vec<f64>,
    /// Values of the links there.
    values: Vec<f64>,
    coefficients: Vec<f64>,
    /// `y - yhat`.
    error: Vec<f64>,
}

impl Forward {
    pub(super) fn new(problem: &NetworkProblem, teachers: DMatrix<f64>, noise: f64) -> Self {
        Self {
            teacher: problem.model().teacher().clone(),
            student: problem.model().student().clone(),
            teacher_readout: problem.setup().teacher_readout.clone(),
            teachers,
            noise,
            arch: Arch::new(),
            count: 0,
            drawn: Vec::new(),
            activations: Vec::new(),
            values: Vec::new(),
            coefficients: Vec::new(),
            error: Vec::new(),
        }
    }

    /// Draws `count` samples and evaluates them for weights `W'` (coordinates x `K`) and readouts.
    pub(super) fn draw(
        &mut self,
        count: usize,
        (weights, readout): (&DMatrix<f64>, &[f64]),
        stream: &mut Stream,
    ) {
        let (coordinates, stars) = self.teachers.shape();
        let noisy = usize::from(self.noise > 0.0);
        self.count = count;
        self.drawn.resize((coordinates + noisy) * count, 0.0);
        stream.fill(&mut self.drawn);
        let (units, arch) = (stars + weights.ncols(), self.arch);
        self.activations.resize(units * count, 0.0);
        self.values.resize(units * count, 0.0);
        let vectors = self.teachers.as_slice().chunks_exact(coordinates);
        let vectors = vectors.chain(weights.as_slice().chunks_exact(coordinates));
        let x = &self.drawn[..coordinates * count];
        for (vector, out) in vectors.zip(self.activations.chunks_exact_mut(count)) {
            combine(arch, vector, x, out);
        }
        let (lambda, z) = self.activations.split_at(stars * count);
        let (target, output) = self.values.split_at_mut(stars * count);
        self.teacher.values(lambda, target);
        self.student.values(z, output);
        self.coefficients.clear();
        self.coefficients.extend(&self.teacher_readout);
        self.coefficients.extend(readout.iter().map(|a| -a));
        self.error.resize(count, 0.0);
        combine(arch, &self.coefficients, &self.values, &mut self.error);
        for (error, xi) in self
            .error
            .iter_mut()
            .zip(&self.drawn[coordinates * count..])
        {
            *error += self.noise * xi;
        }
    }

    /// The coordinates, row by row.
    pub(super) fn coordinates(&self) -> &[f64] {
        &self.drawn[..self.teachers.nrows() * self.count]
    }

    /// `y - yhat`.
    pub(super) fn error(&self) -> &[f64] {
        &self.error
    }

    /// `sigma(z_i)`, unit by unit.
    pub(super) fn outputs(&self) -> &[f64] {
        &self.values[self.teachers.ncols() * self.count..]
    }

    /// Writes `sigma'(z_i)`, unit by unit.
    pub(super) fn slopes(&self, out: &mut Vec<f64>) {
        let z = &self.activations[self.teachers.ncols() * self.count..];
        out.resize(z.len(), 0.0);
        self.student.derivatives(z, out);
    }
}
