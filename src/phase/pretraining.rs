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
    /// All weights from 0: they grow along the target, `w0 = mu omega*`.
    #[default]
    Full,
    /// On the unit sphere from a random direction: `rho = mu`, `kappa = 1`.
    Scratch,
}

/// Training on a source task with one link for teacher and student, same `omega*`.
#[derive(Debug)]
pub struct PreTrainingCost {
    kind: PreTrainingKind,
    problem: Problem,
}

impl PreTrainingCost {
    /// Population gradient flow of a link in dimension `dim`, without noise.
    ///
    /// # Errors
    /// When the link cannot be a student.
    pub fn new(link: &Link, kind: PreTrainingKind, dim: f64) -> Result<Self, ProblemError> {
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
            problem: Problem::new(setup)?,
        })
    }

    /// The pre-trained weights at strength `mu`.
    ///
    /// # Errors
    /// When `mu` is out of range.
    pub fn weights(&self, mu: f64) -> Result<PreTraining, ProblemError> {
        match self.kind {
            PreTrainingKind::Full => PreTraining::aligned(mu),
            PreTrainingKind::Scratch => PreTraining::overlaps(mu, 1.0),
        }
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
