//! One-pass SGD of networks without the dimension (docs/theory.md, end of section 5).
//!
//! A batch is seen through its coordinates in the frame of teachers and pre-trained weights, and along the rests of the
//! vectors that are trained, which span as many directions as there are. At right angles to all of these the gradient
//! has independent normal components of covariance `sum_b g_b g_b'`, and what they add to the trained vectors matters by
//! its Gram matrix only, which is Wishart's.

use nalgebra::DMatrix;

use super::super::random::{Purpose, Stream};
use super::super::student::Student;
use super::batch::Batch;
use super::columns;
use super::forward::Forward;
use super::start::Start;
use super::update::{Frozen, Update, Weights};
use super::wishart::{bartlett, factor, in_own_frame};
use crate::observable::NetworkObserved;
use crate::problem::Sgd;
use crate::problem::network::NetworkProblem;

/// A run of the projected simulator.
#[derive(Debug)]
pub(super) struct Projected {
    update: Update,
    frozen: Frozen,
    batch: Batch,
    /// Coordinates in the frame; the others are along the rests.
    within: usize,
    /// Dimensions at right angles to all coordinates.
    outside: f64,
    at: Weights,
    stream: Stream,
}

impl Projected {
    pub(super) fn new(problem: &NetworkProblem, sgd: Sgd, start: &Start, seed: u64) -> Self {
        let mut stream = Stream::new(seed, Purpose::Training);
        let frame = problem.frame();
        // Without LoRA the pre-trained weights are among what is trained.
        let within = if problem.setup().adapter.is_lora() {
            frame.dim()
        } else {
            frame.task()
        };
        let room = sgd.dim - within as f64;
        let rests = room.min(columns(problem) as f64);
        let coordinates = within + rests as usize;
        let beyond = coordinates - frame.dim();
        let at = start.in_frame(beyond, sgd.dim - frame.dim() as f64, &mut stream);
        let padded = |rows: &DMatrix<f64>| rows.transpose().insert_rows(frame.dim(), beyond, 0.0);
        let frozen = Frozen {
            teachers: padded(frame.teachers()),
            pretrained: padded(frame.weights()),
            span: DMatrix::identity(coordinates, frame.task()),
        };
        let update = Update::new(problem, sgd.step);
        let noise = problem.setup().label_noise.sqrt();
        let forward = Forward::new(problem, frozen.teachers.clone(), noise);
        Self {
            batch: Batch::new(forward, sgd.batch, update.trains_readout()),
            update,
            frozen,
            within,
            outside: room - rests,
            at,
            stream,
        }
    }

    /// Adds what lies at right angles to all coordinates, `pull' g_b x_b` summed: the new rests define new coordinates.
    fn add_outside(&mut self, pull: &DMatrix<f64>, squares: &DMatrix<f64>) {
        let count = pull.ncols();
        let covariance = pull.tr_mul(&(squares * pull));
        let added = factor(&covariance) * bartlett(count, self.outside, &mut self.stream);
        let mut vectors = DMatrix::zeros(count + added.ncols(), count);
        let mut rests = self.at.trained.rows_mut(self.within, count);
        vectors.rows_mut(0, count).copy_from(&rests);
        vectors.rows_mut(count, added.ncols()).tr_copy_from(&added);
        rests.copy_from(&in_own_frame(vectors));
    }
}

impl Student<NetworkObserved> for Projected {
    fn step(&mut self) {
        let w = self.update.weights(&self.frozen, &self.at);
        let sums = self.batch.sums(&w, &self.at.readout, &mut self.stream);
        let pull = self.update.pull(&self.at);
        self.update.advance(&mut self.at, &pull, &sums.gradient);
        if self.outside > 0.0 {
            self.add_outside(&pull, &sums.squares);
        }
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
