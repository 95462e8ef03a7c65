//! A history of one unit by SGD.

use super::super::begin::{Drawn, mirrored, turned};
use super::super::seen::Onlooker;
use super::super::{Ended, History, Number, Reason, StageError, StageInstant};
use super::by_sgd::{BySgd, Records, Trainee};
use super::judge::Judge;
use super::start::{start, student};
use crate::dynamics::frame::Student;
use crate::integrator::Tolerances;
use crate::problem::{ProblemError, Sgd};
use crate::simulation::{FramedSgd, FramedWeights, Stream};
use crate::trajectory::Wanted;
use crate::watch::Cancel;

impl Trainee for FramedSgd {
    type Saved = FramedWeights;

    fn step(&mut self, factor: f64, stream: &mut Stream) {
        Self::step(self, factor, stream);
    }

    fn is_finite(&self) -> bool {
        self.at.is_finite()
    }

    fn save(&self) -> FramedWeights {
        self.saved()
    }
}

/// The losses on all tasks, and the goals of the stages.
#[derive(Debug)]
pub struct Shared {
    onlooker: Onlooker,
    judges: Vec<Judge>,
}

impl BySgd for History {
    type Drawn = Drawn;
    type Trainee = FramedSgd;
    type Shared = Shared;

    fn sgd(&self, stage: usize) -> Result<Sgd, ProblemError> {
        self.stages[stage].problem.sgd()
    }

    /// The directions of the tasks, the rest of `w0` and the rest of `v`.
    fn least(&self, _stage: usize) -> usize {
        self.directions.dim() + 2
    }

    fn shared(&self, cancel: Cancel) -> Result<Shared, StageError> {
        let judges = self.stages.iter().map(|stage| Judge::of(stage, cancel));
        Ok(Shared {
            onlooker: Onlooker::new(self),
            judges: judges.collect::<Result<_, _>>()?,
        })
    }

    fn begin(
        &self,
        stage: usize,
        before: &Student,
        (sgd, stream): (Sgd, &mut Stream),
    ) -> Result<(FramedSgd, Option<Drawn>), StageError> {
        let asked = &self.stages[stage];
        let (at, drawn) = start(self, asked, before, stream)?;
        Ok((FramedSgd::new(&asked.problem, sgd, at), drawn))
    }

    fn restored(&self, stage: usize, sgd: Sgd, saved: FramedWeights) -> Option<FramedSgd> {
        let problem = &self.stages[stage].problem;
        let (lora, frame) = (
            usize::from(problem.adapter().is_lora()),
            self.directions.dim(),
        );
        let last = sgd.kept().map_or(0, |_| frame + lora + 3);
        let fits = saved.trained.len() == frame + 1 + lora
            && saved.w0.len() == lora * (frame + 1)
            && saved.last.len() == last;
        fits.then(|| FramedSgd::new(problem, sgd, saved))
    }

    fn met(
        &self,
        shared: &Shared,
        (stage, step, at): (usize, u64, &FramedSgd),
        moved: &mut f64,
    ) -> Option<Reason> {
        let student = || student(&at.at, self.directions.dim());
        let seen = at.at.see();
        shared.judges[stage].met(&self.stages[stage], (step, &seen), student, moved)
    }

    fn left(&self, stage: usize, at: &FramedSgd) -> Student {
        let frame = self.directions.frame(self.stages[stage].task);
        turned(&student(&at.at, self.directions.dim()), &frame)
    }

    fn instant(
        &self,
        shared: &Shared,
        (stage, t, at): (usize, f64, &FramedSgd),
        left: &Student,
    ) -> Option<StageInstant> {
        let own = (self.stages[stage].task, at.at.see());
        shared.onlooker.instant(t, own, &left.merged()).ok()
    }

    fn shown(&self, stage: usize, seen: &mut Records<Self>, left: Student) -> Student {
        let end = seen.last().map(|end| end.at.seen);
        if !end.is_some_and(|end| self.stages[stage].is_mirrored(&end)) {
            return left;
        }
        seen.iter_mut().for_each(|one| one.at.mirror());
        mirrored(left)
    }

    fn follow(
        &self,
        stage: usize,
        start: (&Student, Option<&Drawn>),
        how: (Wanted<'_>, &Tolerances),
    ) -> Result<Ended<Self>, StageError> {
        self.run_shown(stage, start, how)
    }

    fn numbers(&self) -> Vec<Number> {
        Number::all(self.tasks.len())
    }

    fn value(number: &Number, at: &StageInstant) -> Option<f64> {
        number.of(at)
    }
}
