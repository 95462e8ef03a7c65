//! One-pass SGD without the dimension: the law of the overlaps is exactly that of the full run, at
//! O(B) time a step whatever `d` is (docs/theory.md, section 6).
//!
//! In the orthonormal frame `e1 = omega*`, `e2` along the rest of `w0` (absent when `w0` is
//! parallel to `omega*`), `e3` along the rest of the trained vector `p` (`v`, or `w` without
//! LoRA), a batch is seen through `lambda* = <omega*, x>` and `z = <w, x>` alone. Given these,
//! the gradient `sum_b g_b x_b` has, at right angles to `omega*` and `w`, independent normal
//! components of variance `sum_b g_b^2`: one of them inside the frame when there are three axes,
//! the others enter through their squared length only, which is chi-squared.

use super::batch::Batch;
use super::random::{Purpose, Stream};
use super::rolling::{Framed, Memory};
use super::student::Student;
use super::update::Update;
use crate::observable::Observed;
use crate::problem::{Problem, Sgd};

/// Samples looked at together: a few arrays of this length stay in the first-level cache.
const CHUNK: usize = 512;

/// A run of the projected simulator.
#[derive(Debug)]
pub(super) struct Projected {
    update: Update,
    batch: Batch,
    /// `d` minus the number of axes of the frame.
    outside: f64,
    threshold: f64,
    stream: Stream,
    u: f64,
    /// The trained vector in the frame.
    trained: [f64; 3],
    memory: Option<Memory<Framed>>,
}

/// Axes of the frame of a problem, the least dimension it can have: 2 when `w0` is parallel to `omega*`, else 3.
pub(super) fn axes(problem: &Problem) -> u8 {
    if problem.pretraining().orthogonal() == 0.0 {
        2
    } else {
        3
    }
}

impl Projected {
    pub(super) fn new(problem: &Problem, sgd: Sgd, update: Update, seed: u64) -> Self {
        let mut stream = Stream::new(seed, Purpose::Training);
        let outside = sgd.dim - f64::from(axes(problem));
        let trained = start(problem, outside, &mut stream);
        Self {
            batch: Batch::new(problem, sgd, CHUNK),
            u: if update.is_lora {
                problem.setup().u0
            } else {
                0.0
            },
            update,
            outside,
            threshold: problem.threshold(),
            stream,
            trained,
            memory: sgd
                .kept()
                .map(|theta| Memory::in_frame(theta, trained.len())),
        }
    }

    /// The student's weights `w` in the frame.
    fn weights(&self) -> [f64; 3] {
        self.update.weights(self.u, self.trained)
    }

    /// The batch gradient in the frame from its components along `omega*` and along the rest of `w`.
    fn in_frame(&mut self, w: [f64; 3], across: f64, g1: f64, g2: f64, spread: f64) -> [f64; 3] {
        // Where `w` has no rest any direction will do.
        let (cosine, sine) = if across == 0.0 {
            (0.0, 1.0)
        } else {
            (w[1] / across, w[2] / across)
        };
        if self.update.orthogonal == 0.0 {
            return [g1, 0.0, g2 * sine];
        }
        let aside = spread * self.stream.normal();
        [g1, cosine * g2 - sine * aside, sine * g2 + cosine * aside]
    }
}

impl Projected {
    /// A step with momentum: the gradient also has a component along what the last step added at right angles to the frame.
    fn roll(&mut self, update: Update, (gradient, force): ([f64; 3], f64), squares: f64) {
        let (aside, beyond) = match self.outside >= 1.0 {
            true => (
                squares.sqrt() * self.stream.normal(),
                squares * self.stream.squared_length(self.outside - 1.0),
            ),
            false => (0.0, 0.0),
        };
        let (pull, shrink) = (update.pull(self.u), 1.0 - update.keep());
        let delta: [f64; 3] =
            std::array::from_fn(|i| pull * gradient[i] - shrink * self.trained[i]);
        let outside = [pull * aside, pull * beyond.sqrt()];
        let delta_u = update.added_u(self.u, force);
        if let Some(memory) = &mut self.memory {
            memory.advance((&mut self.u, &mut self.trained), (delta_u, &delta, outside));
        }
    }
}

impl Student<Observed> for Projected {
    fn step(&mut self, factor: f64) {
        let update = self.update.sized(factor);
        let w = self.weights();
        let across = w[1].hypot(w[2]);
        let sums = self.batch.sums(w[0], across, &mut self.stream);
        let gradient = self.in_frame(w, across, sums.along, sums.across, sums.squares.sqrt());
        let force = dot(gradient, self.trained);
        if self.memory.is_some() {
            self.roll(update, (gradient, force), sums.squares);
        } else {
            let beyond = sums.squares * self.stream.squared_length(self.outside);
            let (u, pull) = (self.u, update.pull(self.u));
            self.u = update.next_u(u, force);
            let keep = update.keep();
            for (p, g) in self.trained.iter_mut().zip(gradient) {
                *p = keep * *p + pull * g;
            }
            // The new rest of `p` defines the new third axis.
            self.trained[2] = self.trained[2].hypot(pull * beyond.sqrt());
        }
        if self.update.on_sphere {
            let length = dot(self.trained, self.trained).sqrt();
            self.trained = self.trained.map(|p| p / length);
        }
    }

    fn see(&self) -> Observed {
        let w = self.weights();
        let residual = w[1] * w[1] + w[2] * w[2];
        if !self.update.is_lora {
            return Observed::of_weights(w[0], residual);
        }
        let [a, b, _] = self.trained;
        Observed {
            u: Some(self.u),
            alignment: a,
            s: Some(self.update.rho * a + self.update.orthogonal * b),
            m: w[0],
            residual,
        }
    }

    fn has_exited(&self) -> Option<bool> {
        let alignment = self.see().alignment;
        (alignment.is_finite()).then_some(alignment.abs() >= self.threshold)
    }

    fn is_finite(&self) -> bool {
        self.u.is_finite() && self.trained.iter().all(|v| v.is_finite())
    }

    fn trained(&self) -> Vec<f64> {
        let mut all = vec![self.u];
        all.extend(&self.trained);
        all.extend(self.memory.iter().flat_map(Memory::<Framed>::numbers));
        all
    }

    fn restore(&mut self, trained: &[f64]) -> Option<()> {
        let (own, memory) = trained.split_at_checked(4)?;
        let (u, rest) = own.split_first()?;
        (self.u, self.trained) = (*u, rest.try_into().ok()?);
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

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// The trained vector at step 0: `w0` for full fine-tuning, else as given or uniform on the
/// unit sphere.
fn start(problem: &Problem, outside: f64, stream: &mut Stream) -> [f64; 3] {
    let orthogonal = problem.pretraining().orthogonal();
    if !problem.adapter().facts().has_direction {
        return [problem.pretraining().rho(), orthogonal, 0.0];
    }
    if problem.setup().alignment0.is_some() {
        let start = problem.start();
        let rest = 1.0 - start.alignment.powi(2) - start.transverse.powi(2);
        return [start.alignment, start.transverse, rest.max(0.0).sqrt()];
    }
    let a = stream.normal();
    let b = if orthogonal == 0.0 {
        0.0
    } else {
        stream.normal()
    };
    // The third axis counts among the directions of the rest.
    let rest2 = stream.squared_length(outside + 1.0);
    let length = (a * a + b * b + rest2).sqrt();
    [a / length, b / length, rest2.sqrt() / length]
}
