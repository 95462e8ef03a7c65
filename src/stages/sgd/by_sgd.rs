//! What SGD needs of a history, beside what its ODEs do.

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};

use super::super::{Ended, Number, Reason, StageError, Staged};
use super::record::SeedRecord;
use crate::integrator::Tolerances;
use crate::problem::{ProblemError, Sgd};
use crate::simulation::Stream;
use crate::trajectory::Wanted;
use crate::watch::Cancel;

/// A student that SGD trains in a stage.
pub trait Trainee: fmt::Debug + Send {
    /// As it is kept in a checkpoint.
    type Saved: Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send;

    /// One step, of so many times the step size.
    fn step(&mut self, factor: f64, stream: &mut Stream);

    /// Whether all numbers are finite, and averages can be taken of them.
    fn is_finite(&self) -> bool;

    /// As it stands.
    fn save(&self) -> Self::Saved;
}

/// What was seen of a seed of a history.
pub type Records<H> = [SeedRecord<<H as Staged>::Instant>];

/// A history that SGD can go through.
pub trait BySgd: Staged {
    /// What is drawn at the start of a stage: a fresh adapter, or weights from scratch.
    type Drawn: Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync;
    /// What SGD trains in a stage.
    type Trainee: Trainee;
    /// What all seeds need and takes time to find: the losses on all tasks, the goals of the stages.
    type Shared: fmt::Debug + Send + Sync;

    /// Dimension, batch and step size of a stage.
    ///
    /// # Errors
    /// [`ProblemError::Missing`] when one of them is not known.
    fn sgd(&self, stage: usize) -> Result<Sgd, ProblemError>;

    /// The fewest dimensions in which a stage can be simulated.
    fn least(&self, stage: usize) -> usize;

    /// What all seeds need.
    ///
    /// # Errors
    /// A best loss that was not found before the work was ended, or links without averages.
    fn shared(&self, cancel: Cancel) -> Result<Self::Shared, StageError>;

    /// The student with which a seed begins a stage, and what was drawn for it, if anything was.
    ///
    /// # Errors
    /// A start that no vectors have.
    fn begin(
        &self,
        stage: usize,
        before: &Self::Student,
        how: (Sgd, &mut Stream),
    ) -> Result<(Self::Trainee, Option<Self::Drawn>), StageError>;

    /// One of a checkpoint; `None` for a state that is not of this stage.
    fn restored(
        &self,
        stage: usize,
        sgd: Sgd,
        saved: <Self::Trainee as Trainee>::Saved,
    ) -> Option<Self::Trainee>;

    /// Which limit of a stage is met beside its length. `moved` is the sign of the change of the loss since that was larger
    /// than the limit of a plateau, and 0 before.
    ///
    /// The change is the one that the population loss is expected to have at the seed's weights: differences along one seed
    /// are mostly noise. It has the noise of the step to come.
    fn met(
        &self,
        shared: &Self::Shared,
        at: (usize, u64, &Self::Trainee),
        moved: &mut f64,
    ) -> Option<Reason>;

    /// What a student leaves where it stands.
    fn left(&self, stage: usize, at: &Self::Trainee) -> Self::Student;

    /// What is seen of it at a time of a stage; `None` where that is not a number.
    fn instant(
        &self,
        shared: &Self::Shared,
        at: (usize, f64, &Self::Trainee),
        left: &Self::Student,
    ) -> Option<Self::Instant>;

    /// Shows a stage that came to its end by its mirror image, where chance decided a sign; gives what it leaves then.
    fn shown(&self, stage: usize, seen: &mut Records<Self>, left: Self::Student) -> Self::Student;

    /// The same stage by its closed ODEs from where a seed began it, shown as SGD is.
    ///
    /// # Errors
    /// As [`Staged::run`].
    fn follow(
        &self,
        stage: usize,
        start: (&Self::Student, Option<&Self::Drawn>),
        how: (Wanted<'_>, &Tolerances),
    ) -> Result<Ended<Self>, StageError>;

    /// The numbers along it that are averaged over seeds.
    fn numbers(&self) -> Vec<Number>;

    /// The value of one of them at an instant; `None` for one that the student has not.
    fn value(number: &Number, at: &Self::Instant) -> Option<f64>;
}
