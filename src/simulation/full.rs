//! The literal loop in `d` dimensions, `O(B d)` a step: the control of the projected simulator.
//!
//! Nothing here knows of frames: inputs, weights and gradients are vectors, and the overlaps are
//! scalar products taken when somebody looks.

use pulp::Arch;

use super::random::{Purpose, Stream};
use super::rolling::Memory;
use super::student::Student;
use super::update::Update;
use super::vector::{add_scaled, dot, two_dots};
use crate::link::Link;
use crate::observable::Observed;
use crate::problem::{Problem, Sgd};

/// Vectors of `d` numbers that a run holds at once, one more with momentum.
pub(super) const VECTORS: f64 = 6.0;

/// A run of the full simulator.
#[derive(Debug)]
pub(super) struct Full {
    update: Update,
    teacher: Link,
    student: Link,
    batch: u64,
    noise: f64,
    /// `omega*`.
    target: Vec<f64>,
    /// Pre-trained weights `w0`, 0 without LoRA.
    frozen: Vec<f64>,
    /// The student's weights `w`.
    weights: Vec<f64>,
    input: Vec<f64>,
    gradient: Vec<f64>,
    arch: Arch,
    threshold: f64,
    stream: Stream,
    u: f64,
    /// The trained vector: `v`, or `w` without LoRA.
    trained: Vec<f64>,
    memory: Option<Memory<Vec<f64>>>,
}

impl Full {
    pub(super) fn new(problem: &Problem, sgd: Sgd, update: Update, seed: u64) -> Self {
        let dim = sgd.dim as usize;
        let arch = Arch::new();
        let mut stream = Stream::new(seed, Purpose::Training);
        let target = direction(dim, &[], arch, &mut stream);
        let second = if update.orthogonal == 0.0 {
            vec![0.0; dim]
        } else {
            direction(dim, &[&target], arch, &mut stream)
        };
        let mut pretrained = vec![0.0; dim];
        add_scaled(arch, update.rho, &target, &mut pretrained);
        add_scaled(arch, update.orthogonal, &second, &mut pretrained);
        let trained = if problem.adapter().facts().has_direction {
            start(problem, [&target, &second], arch, &mut stream)
        } else {
            pretrained.clone()
        };
        let frozen = if update.is_lora {
            pretrained
        } else {
            vec![0.0; dim]
        };
        let mut run = Self {
            update,
            teacher: problem.model().teacher().clone(),
            student: problem.model().student().clone(),
            batch: sgd.batch as u64,
            noise: problem.label_noise().sqrt(),
            target,
            frozen,
            weights: vec![0.0; dim],
            input: vec![0.0; dim],
            gradient: vec![0.0; dim],
            arch,
            threshold: problem.threshold(),
            stream,
            u: if update.is_lora {
                problem.setup().u0
            } else {
                0.0
            },
            trained,
            memory: sgd.kept().map(|theta| Memory::in_space(theta, dim)),
        };
        run.rebuild();
        run
    }

    /// `w` from the trained vector.
    fn rebuild(&mut self) {
        self.weights.copy_from_slice(&self.frozen);
        let amount = if self.update.is_lora { self.u } else { 1.0 };
        add_scaled(self.arch, amount, &self.trained, &mut self.weights);
    }

    fn alignment(&self) -> f64 {
        let cosine = dot(self.arch, &self.trained, &self.target);
        if self.update.is_lora || self.update.on_sphere {
            cosine
        } else {
            self.see().alignment
        }
    }
}

impl Student<Observed> for Full {
    fn see(&self) -> Observed {
        let m = dot(self.arch, &self.weights, &self.target);
        let both = self.weights.iter().zip(&self.target);
        let residual = both.map(|(w, e)| (w - m * e).powi(2)).sum();
        if !self.update.is_lora {
            return Observed::of_weights(m, residual);
        }
        let (alignment, s) = two_dots(self.arch, &self.trained, &self.target, &self.frozen);
        Observed {
            u: Some(self.u),
            alignment,
            s: Some(s),
            m,
            residual,
        }
    }

    fn step(&mut self, factor: f64) {
        let update = self.update.sized(factor);
        self.gradient.fill(0.0);
        for _ in 0..self.batch {
            self.stream.fill(&mut self.input);
            let (lambda, z) = two_dots(self.arch, &self.input, &self.target, &self.weights);
            let mut error = self.teacher.value(lambda) - self.student.value(z);
            if self.noise > 0.0 {
                error += self.noise * self.stream.normal();
            }
            let g = error * self.student.derivative(z) / self.batch as f64;
            add_scaled(self.arch, g, &self.input, &mut self.gradient);
        }
        let pull = update.pull(self.u);
        let force = dot(self.arch, &self.gradient, &self.trained);
        let keep = update.keep();
        if let Some(memory) = &mut self.memory {
            let delta_u = update.added_u(self.u, force);
            let own = (&mut self.u, &mut *self.trained);
            memory.advance(self.arch, own, delta_u, (pull, &self.gradient, keep));
        } else {
            self.u = update.next_u(self.u, force);
            self.trained.iter_mut().for_each(|v| *v *= keep);
            add_scaled(self.arch, pull, &self.gradient, &mut self.trained);
        }
        if self.update.on_sphere {
            let length = dot(self.arch, &self.trained, &self.trained).sqrt();
            self.trained.iter_mut().for_each(|v| *v /= length);
        }
        self.rebuild();
    }

    fn has_exited(&self) -> Option<bool> {
        let alignment = self.alignment();
        (alignment.is_finite()).then_some(alignment.abs() >= self.threshold)
    }

    fn is_finite(&self) -> bool {
        self.u.is_finite() && self.trained.iter().all(|v| v.is_finite())
    }

    fn trained(&self) -> Vec<f64> {
        let mut all = vec![self.u];
        all.extend(&self.trained);
        all.extend(self.memory.iter().flat_map(Memory::<Vec<f64>>::numbers));
        all
    }

    fn restore(&mut self, trained: &[f64]) -> Option<()> {
        let [u, rest @ ..] = trained else {
            return None;
        };
        let (own, memory) = rest.split_at_checked(self.trained.len())?;
        self.u = *u;
        self.trained.copy_from_slice(own);
        self.rebuild();
        match &mut self.memory {
            Some(own) => own.restore(memory),
            None => memory.is_empty().then_some(()),
        }
    }

    fn stream(&self) -> &Stream {
        &self.stream
    }

    fn stream_mut(&mut self) -> &mut Stream {
        &mut self.stream
    }
}

/// A uniform unit vector at right angles to others, which are orthonormal.
pub(super) fn direction(
    dim: usize,
    others: &[&[f64]],
    arch: Arch,
    stream: &mut Stream,
) -> Vec<f64> {
    let mut v = vec![0.0; dim];
    stream.fill(&mut v);
    // Twice: the second pass removes what rounding left.
    for other in others.iter().chain(others) {
        let part = dot(arch, &v, other);
        add_scaled(arch, -part, other, &mut v);
    }
    let length = dot(arch, &v, &v).sqrt();
    v.iter_mut().for_each(|v| *v /= length);
    v
}

/// `v` at step 0: uniform on the sphere, or with the components given.
fn start(problem: &Problem, axes: [&[f64]; 2], arch: Arch, stream: &mut Stream) -> Vec<f64> {
    let dim = axes[0].len();
    if problem.setup().alignment0.is_none() {
        return direction(dim, &[], arch, stream);
    }
    let start = problem.start();
    let rest2 = 1.0 - start.alignment.powi(2) - start.transverse.powi(2);
    let mut v = if rest2 > 0.0 {
        let mut rest = direction(dim, &axes, arch, stream);
        rest.iter_mut().for_each(|r| *r *= rest2.sqrt());
        rest
    } else {
        vec![0.0; dim]
    };
    add_scaled(arch, start.alignment, axes[0], &mut v);
    add_scaled(arch, start.transverse, axes[1], &mut v);
    v
}
