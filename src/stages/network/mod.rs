//! Histories of networks: any number of units on either side, LoRA of any rank (docs/stages.md).
//!
//! ```text
//! tasks, stages (NetworkHistory) -> course of one stage after the other (StageRun), the student between them
//! ```

mod begin;
mod by_map;
mod course;
mod sgd;
mod space;
mod student;

use nalgebra::DMatrix;

pub use course::NetworkInstant;
pub use sgd::{NetworkTrainee, SavedNetwork};
pub use space::TaskSpace;
pub use student::NetworkStudent;

use super::Limits;
use crate::model::Model;
use crate::problem::network::NetworkSetup;

/// Something to learn: the units of a teacher.
#[derive(Clone, Debug)]
pub struct NetworkTask {
    /// Its name.
    pub name: String,
    /// The link of its units, and that of the student.
    pub model: Model,
    /// Readouts `a*` of its units.
    pub readout: Vec<f64>,
}

/// Training on one task.
#[derive(Clone, Debug)]
pub struct NetworkStage {
    /// Place of its task among the tasks.
    pub task: usize,
    /// Adapter, rank, noise, rates and start; its frame holds the teachers of the task, and from scratch the weights at the
    /// start; pre-trained weights and readouts are those that the stage finds.
    pub setup: NetworkSetup,
    /// Whether it goes on with what the stage before trained, on any task; else an adapter is merged, and a fresh one drawn.
    pub continues: bool,
    /// Whether the amplitudes begin with the other sign; of LoRA that goes on.
    pub flip: bool,
    /// When it ends: the first that is met. `excess` is the loss on labels without noise.
    pub until: Limits,
}

/// Tasks and stages.
#[derive(Clone, Debug)]
pub struct NetworkHistory {
    /// The tasks.
    pub tasks: Vec<NetworkTask>,
    /// Their units.
    pub space: TaskSpace,
    /// Weights before the first stage: `K x` the dimension of the space.
    pub w0: DMatrix<f64>,
    /// Readouts of the student before the first stage.
    pub readout: Vec<f64>,
    /// The stages in their order.
    pub stages: Vec<NetworkStage>,
}
