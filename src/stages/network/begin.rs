//! The problem that a stage of a history of networks is.

use nalgebra::DMatrix;

use super::space::View;
use super::student::{NetworkStudent, Trained};
use super::{NetworkHistory, NetworkStage};
use crate::problem::ProblemError;
use crate::problem::network::{Frame, NetworkProblem, NetworkSetup, NetworkStart};
use crate::stages::staged::Staged;

impl NetworkHistory {
    /// The problem that a stage is from what the one before left, in the view of its task; what is fresh in it as it was
    /// drawn, if it was.
    pub(super) fn begun(
        &self,
        stage: &NetworkStage,
        before: &NetworkStudent,
        drawn: Option<&NetworkStudent>,
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
        let space = self.space.dim();
        let drawn = drawn.map(|drawn| drawn.seen_from(view));
        let (w, rest) = match (is_fresh, &drawn) {
            (true, Some(drawn)) => drawn.merged(space),
            (true, None) => from_scratch(&stage.setup, view),
            (false, _) => seen.merged(space),
        };
        let problem = NetworkProblem::new(setup(Frame::in_space(teachers, &w, &rest)?))?;
        Ok(match drawn.map(|drawn| drawn.trained) {
            Some(Trained::Lora { w0, u, v, rest }) if facts.is_lora => {
                let start = carried((&w0, u, &v, &rest), problem.frame().weights(), space);
                problem.with_start(start)
            }
            _ => problem,
        })
    }

    /// Whether the first stage has a start on the weights before it.
    ///
    /// # Errors
    /// A start that no vectors have on them.
    pub fn check_first(&self) -> Result<(), ProblemError> {
        let first = self.stages.first();
        first.map_or(Ok(()), |stage| {
            self.begun(stage, &self.start(), None).map(|_| ())
        })
    }

    /// The stage from where a student stands in it.
    pub(super) fn here(
        &self,
        stage: usize,
        at: &NetworkStudent,
    ) -> Result<NetworkProblem, ProblemError> {
        let on = NetworkStage {
            continues: true,
            flip: false,
            ..self.stages[stage].clone()
        };
        self.begun(&on, at, None)
    }

    /// What is trained in a stage, in the frame of its problem, as a student in the space of all tasks.
    pub(super) fn left_of(
        &self,
        task: usize,
        problem: &NetworkProblem,
        (start, readout): (NetworkStart, Vec<f64>),
    ) -> NetworkStudent {
        let trained = match start {
            NetworkStart::Whole { w, rest } => Trained::Whole { w, rest },
            NetworkStart::Lora { u, v, rest } => Trained::Lora {
                w0: problem.frame().weights().clone(),
                u,
                v,
                rest,
            },
        };
        let view = self.space.view(task);
        NetworkStudent { trained, readout }.turned(|rows| view.turn_back(rows))
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

/// An adapter that was drawn on some weights, on others: the same in the space, of which there are so many dimensions, and
/// along what the weights have outside it as far as both go, the axes there turned so that the weights agree best.
fn carried(
    (from, u, v, rest): (&DMatrix<f64>, DMatrix<f64>, &DMatrix<f64>, &DMatrix<f64>),
    to: &DMatrix<f64>,
    space: usize,
) -> NetworkStart {
    let outside = |all: &DMatrix<f64>| all.columns(space, all.ncols() - space).into_owned();
    let (ours, theirs) = (outside(from), outside(to));
    let gram = v * v.transpose() + rest;
    let mut moved = v.columns(0, space).into_owned();
    moved = moved.resize_horizontally(to.ncols(), 0.0);
    if ours.ncols() > 0 && theirs.ncols() > 0 {
        let svd = ours.tr_mul(&theirs).svd(true, true);
        if let (Some(left), Some(right)) = (&svd.u, &svd.v_t) {
            let beside = outside(v) * left * right;
            moved.columns_mut(space, theirs.ncols()).copy_from(&beside);
        }
    }
    let rest = gram - &moved * moved.transpose();
    NetworkStart::Lora { u, v: moved, rest }
}
