//! The problem that a stage of a history of networks is.

use nalgebra::DMatrix;

use super::space::View;
use super::student::{NetworkStudent, Trained};
use super::{NetworkHistory, NetworkStage};
use crate::problem::ProblemError;
use crate::problem::network::{Frame, NetworkProblem, NetworkSetup, NetworkStart};

impl NetworkHistory {
    /// The problem that a stage is from what the one before left, in the view of its task.
    pub(super) fn begun(
        &self,
        stage: &NetworkStage,
        before: &NetworkStudent,
    ) -> Result<NetworkProblem, ProblemError> {
        let view = self.space.view(stage.task);
        let teachers = (&view.teachers, view.span);
        let seen = before.seen_from(view);
        let setup = |frame| NetworkSetup {
            frame,
            readout: seen.readout.clone(),
            ..stage.setup.clone()
        };
        if let (true, Trained::Lora { w0, u, v, rest }) = (stage.continues, &seen.trained) {
            let none = DMatrix::zeros(w0.nrows(), w0.nrows());
            let problem = NetworkProblem::new(setup(Frame::in_space(teachers, w0, &none)?))?;
            return Ok(problem.with_start(NetworkStart::Lora {
                u: if stage.flip { -u } else { u.clone() },
                v: v.clone(),
                rest: rest.clone(),
            }));
        }
        let facts = stage.setup.adapter.facts();
        let is_fresh = facts.has_direction && !facts.is_lora && !stage.continues;
        let (w, rest) = match is_fresh {
            true => from_scratch(&stage.setup, view),
            false => seen.merged(self.space.dim()),
        };
        NetworkProblem::new(setup(Frame::in_space(teachers, &w, &rest)?))
    }

    /// A problem that tells what weights are on a task; it is not trained.
    pub(super) fn onlooking(&self, task: usize) -> Result<NetworkProblem, ProblemError> {
        let view = self.space.view(task);
        let units = self.readout.len();
        let weights = DMatrix::zeros(units, self.space.dim());
        let none = DMatrix::zeros(units, units);
        let frame = Frame::in_space((&view.teachers, view.span), &weights, &none)?;
        let asked = &self.tasks[task];
        let mut setup = NetworkSetup::new(asked.model.clone(), frame);
        setup.teacher_readout.clone_from(&asked.readout);
        setup.readout.clone_from(&self.readout);
        setup.scaling.dim = setup.scaling.dim.max(self.space.dim() as f64);
        NetworkProblem::new(setup)
    }
}

/// The weights at the start from scratch, which overlap with their own task as the setup says, in a view of the space.
fn from_scratch(setup: &NetworkSetup, view: &View) -> (DMatrix<f64>, DMatrix<f64>) {
    let (weights, teachers) = (setup.frame.weights(), setup.frame.teachers());
    let m = weights * teachers.transpose();
    let own = view.teachers.columns(0, view.span);
    // The shortest weights with these overlaps.
    let inverse = own.clone_owned().svd(true, true).pseudo_inverse(1e-13);
    let inverse = inverse.unwrap_or_else(|_| DMatrix::zeros(view.span, own.nrows()));
    let along = m * inverse.transpose();
    let rest = weights * weights.transpose() - &along * along.transpose();
    let space = view.teachers.ncols();
    (along.resize_horizontally(space, 0.0), rest)
}
