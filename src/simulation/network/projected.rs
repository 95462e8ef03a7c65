//! One-pass SGD of networks without the dimension (docs/simulation.md, "Networks").
//!
//! A batch is seen through its coordinates in the frame of teachers and pre-trained weights, and along the rests of the
//! vectors that are trained, which span as many directions as there are. At right angles to all of these the gradient
//! has independent normal components of covariance `sum_b g_b g_b'`, and what they add to the trained vectors matters by
//! its Gram matrix only, which is Wishart's. With momentum the rests are also those of what the last step added.

use nalgebra::DMatrix;

use super::super::random::{Purpose, Stream};
use super::batch::Batch;
use super::columns;
use super::forward::Forward;
use super::start::Start;
use super::training::{Method, Trained, Training};
use super::update::{Frozen, Update, Weights};
use super::wishart::{bartlett, factor, in_own_frame};
use crate::problem::Sgd;
use crate::problem::network::NetworkProblem;

/// The projected method.
#[derive(Debug)]
pub(super) struct Projected {
    batch: Batch,
    /// Coordinates in the frame; the others are along the rests.
    within: usize,
    /// Dimensions at right angles to all coordinates.
    outside: f64,
}

impl Projected {
    /// The method with what stays as it is, and the constants of a step.
    pub(super) fn new(problem: &NetworkProblem, sgd: Sgd) -> (Self, Frozen, Update) {
        let frame = problem.frame();
        // Without LoRA the pre-trained weights are among what is trained.
        let within = if problem.setup().adapter.is_lora() {
            frame.dim()
        } else {
            frame.task()
        };
        let room = sgd.dim - within as f64;
        let vectors = match sgd.kept() {
            Some(_) => 2 * columns(problem),
            None => columns(problem),
        };
        let rests = room.min(vectors as f64);
        let coordinates = within + rests as usize;
        let padded = |rows: &DMatrix<f64>| rows.transpose().resize_vertically(coordinates, 0.0);
        let frozen = Frozen {
            teachers: padded(frame.teachers()),
            pretrained: padded(frame.weights()),
            span: DMatrix::identity(coordinates, frame.span()),
        };
        let update = Update::new(problem, sgd.step);
        let noise = problem.setup().label_noise.sqrt();
        let forward = Forward::new(problem, frozen.teachers.clone(), noise);
        let method = Self {
            batch: Batch::new(forward, sgd.batch, update.trains_readout()),
            within,
            outside: room - rests,
        };
        (method, frozen, update)
    }

    /// Weights drawn in its coordinates, of which there are so many.
    pub(super) fn drawn(&self, start: &Start, coordinates: usize, stream: &mut Stream) -> Weights {
        let rests = coordinates - self.within;
        let room = self.outside + rests as f64;
        start.in_frame((self.within, rests), room, stream)
    }

    /// How many of the coordinates are in the frame.
    pub(super) fn within(&self) -> usize {
        self.within
    }

    pub(super) fn student(
        problem: &NetworkProblem,
        sgd: Sgd,
        start: &Start,
        seed: u64,
    ) -> Trained<Self> {
        let mut stream = Stream::new(seed, Purpose::Training);
        let (method, frozen, update) = Self::new(problem, sgd);
        let at = method.drawn(start, frozen.teachers.nrows(), &mut stream);
        let training = Training::new(update, frozen, at, sgd.kept());
        Trained {
            method,
            training,
            stream,
        }
    }

    /// Adds what lies at right angles to all coordinates, `pull' g_b x_b` summed: the new rests define new coordinates.
    fn add_outside(
        &self,
        training: &mut Training,
        (pull, squares): (&DMatrix<f64>, &DMatrix<f64>),
        stream: &mut Stream,
    ) {
        let count = pull.ncols();
        let covariance = pull.tr_mul(&(squares * pull));
        let added = factor(&covariance) * bartlett(count, self.outside, stream);
        let within = self.within;
        let rests = training.at.trained.nrows() - within;
        let grown = |trained: &DMatrix<f64>| {
            let mut vectors = DMatrix::zeros(rests + added.ncols(), count);
            let mut own = vectors.rows_mut(0, rests);
            own.copy_from(&trained.rows(within, rests));
            vectors.rows_mut(rests, added.ncols()).tr_copy_from(&added);
            vectors
        };
        let mut vectors = grown(&training.at.trained);
        if let Some(last) = training.memory() {
            let last = grown(last);
            vectors = vectors.resize_horizontally(2 * count, 0.0);
            vectors.columns_mut(count, count).copy_from(&last);
        }
        let turned = in_own_frame(vectors);
        let put = |into: &mut DMatrix<f64>, from: usize| {
            let mut rows = into.rows_mut(within, rests);
            rows.copy_from(&turned.columns(from, count));
        };
        put(&mut training.at.trained, 0);
        if let Some(last) = training.memory() {
            put(last, count);
        }
    }
}

impl Method for Projected {
    fn step(&mut self, training: &mut Training, stream: &mut Stream) {
        let update = training.update;
        let w = update.weights(&training.frozen, &training.at);
        let readout = &training.at.readout;
        let sums = self.batch.sums(&w, readout, stream);
        let pull = update.pull(&training.at);
        training.advance(&pull, &sums.gradient);
        if self.outside > 0.0 {
            self.add_outside(training, (&pull, &sums.squares), stream);
        }
        update.normalise(&mut training.at);
    }
}
