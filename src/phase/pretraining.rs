//! What a pre-training strength costs: the time in which training on a source task reaches it.

use serde::{Deserialize, Serialize};

use crate::integrator::Tolerances;
use crate::link::Link;
use crate::model::Model;
use crate::problem::{Adapter, PreTraining, Problem, ProblemError, Scaling, Setup};
use crate::trajectory::{Flow, FlowError};

/// How the source task is trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum PreTrainingKind {
    /// All weights from 0: they grow along the source, `w0 = mu omega_source`.
    #[default]
    Full,
    /// On the unit sphere from a random direction: overlap `mu` with the source, `kappa = 1`.
    Scratch,
}

/// Training on a source task with one link for teacher and student, at an angle to the target.
#[derive(Debug)]
pub struct PreTrainingCost {
    kind: PreTrainingKind,
    angle: f64,
    problem: Problem,
}

impl PreTrainingCost {
    /// Population gradient flow of a link in dimension `dim`, without noise; source and target are at `angle` degrees,
    /// in [0, 180].
    ///
    /// # Errors
    /// When the link cannot be a student, or the angle is out of range.
    pub fn new(
        link: &Link,
        (kind, angle): (PreTrainingKind, f64),
        dim: f64,
    ) -> Result<Self, ProblemError> {
        // For its range alone: the weights are turned strength by strength.
        PreTraining::none().turned(angle)?;
        let setup = Setup {
            adapter: match kind {
                PreTrainingKind::Full => Adapter::Full,
                PreTrainingKind::Scratch => Adapter::Scratch,
            },
            scaling: Scaling::new(dim, None, None, None)?,
            ..Setup::new(Model::matched(link.clone()), PreTraining::none())
        };
        Ok(Self {
            kind,
            angle,
            problem: Problem::new(setup)?,
        })
    }

    /// The pre-trained weights where the overlap with the source is `mu`.
    ///
    /// # Errors
    /// When `mu` is out of range.
    pub fn weights(&self, mu: f64) -> Result<PreTraining, ProblemError> {
        let trained = match self.kind {
            PreTrainingKind::Full => PreTraining::aligned(mu),
            PreTrainingKind::Scratch => PreTraining::overlaps(mu, 1.0),
        };
        trained?.turned(self.angle)
    }

    /// Time in which the student-teacher overlap reaches `mu`; 0 for one that it starts with,
    /// `None` for one that it never reaches.
    ///
    /// # Errors
    /// When the integration fails.
    pub fn time(&self, mu: f64, tolerances: &Tolerances) -> Result<Option<f64>, FlowError> {
        Flow::new(&self.problem).first_time(&|seen| seen.m - mu, tolerances)
    }
}
