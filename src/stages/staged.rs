//! What a history of one unit and one of networks have in common.

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Limits, Reason, StageError, StageInstant, TaskOverlaps};
use crate::integrator::Tolerances;
use crate::model::Model;
use crate::problem::{Adapter, Scaling};

/// A stage that came to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageRun<I = StageInstant> {
    /// The limit that ended it.
    pub reason: Reason,
    /// Its length in ODE time.
    pub t: f64,
    /// Instants from its start to its end, both among them.
    pub course: Vec<I>,
}

/// What a stage asks for, of whatever student.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Place of its task among the tasks.
    pub task: usize,
    /// What is trained.
    pub adapter: Adapter,
    /// Rank of a LoRA adapter of networks.
    pub rank: Option<usize>,
    /// Dimension, batch and step size.
    pub scaling: &'a Scaling,
    /// Whether it goes on with what the stage before trained.
    pub continues: bool,
    /// When it ends.
    pub until: Limits,
}

/// A stage as it ran, and what it leaves to the next.
pub type Ended<H> = (StageRun<<H as Staged>::Instant>, <H as Staged>::Student);

/// Tasks and stages: a [`History`](super::History) of one unit, a [`NetworkHistory`](super::network::NetworkHistory).
pub trait Staged: Clone + fmt::Debug + Send + Sync + 'static {
    /// What is seen of the student at one instant of a stage.
    type Instant: Clone + fmt::Debug + Serialize + DeserializeOwned + Send + Sync;
    /// What one stage leaves to the next.
    type Student: Clone + fmt::Debug + Serialize + DeserializeOwned + Send + Sync;

    /// The tasks by their names, and their links.
    fn tasks(&self) -> Vec<(&str, &Model)>;

    /// The stages in their order.
    fn stages(&self) -> Vec<Asked<'_>>;

    /// The same with a stage that ends otherwise.
    fn until(&self, stage: usize, until: Limits) -> Self;

    /// What is there before the first stage.
    fn start(&self) -> Self::Student;

    /// Runs a stage by its closed ODEs from what the one before left, about so many instants of it recorded.
    ///
    /// # Errors
    /// A stage that comes to no end, or a step that fails.
    fn run(
        &self,
        stage: usize,
        before: &Self::Student,
        how: (usize, &Tolerances),
    ) -> Result<Ended<Self>, StageError>;

    /// The overlaps of a student with every task.
    fn overlaps(&self, of: &Self::Student) -> Vec<TaskOverlaps>;

    /// ODE time from the start of the stage, and the population loss on every task.
    fn seen(at: &Self::Instant) -> (f64, &[f64]);
}
