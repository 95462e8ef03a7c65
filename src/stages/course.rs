//! The course of one stage by its closed ODEs.

use super::{Begin, Frame, History, Reason, Stage, StageError};
use crate::dynamics::CleanLoss;
use crate::dynamics::frame::{Adapted, FramedSystem, Student, Weights, framed_system, outside};
use crate::expectation::Overlaps;
use crate::integrator::{Event, Field, Keep, Span, Stop, Tolerances, integrate};
use crate::observable::Observed;
use crate::trajectory::{Goal, Until, spread_times};

/// The student at one instant of a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct StageInstant {
    /// ODE time from the start of the stage.
    pub t: f64,
    /// Its overlaps with the task of the stage.
    pub seen: Observed,
    /// `<w, omega*>` of every task.
    pub m: Vec<f64>,
    /// Population loss on every task, on labels without noise.
    pub loss: Vec<f64>,
}

/// A stage that came to its end.
#[derive(Clone, Debug)]
pub struct StageRun {
    /// The limit that ended it.
    pub reason: Reason,
    /// Its length in ODE time.
    pub t: f64,
    /// Instants from its start to its end, both among them.
    pub course: Vec<StageInstant>,
}

/// The longest time of a stage that has no limit in time.
const LONGEST: f64 = 1e30;
/// How far above its limit the change of the loss has been before a plateau counts.
const ABOVE: f64 = 1.0 + 1e-6;

impl History {
    /// Runs a stage from what the one before left, about `points` instants of it recorded; gives what it leaves.
    ///
    /// # Errors
    /// A stage that comes to no end, or a step that fails.
    pub fn run(
        &self,
        stage: usize,
        before: &Student,
        (points, tolerances): (usize, &Tolerances),
    ) -> Result<(StageRun, Student), StageError> {
        let (all, stage) = (self, &self.stages[stage]);
        let frame = all.directions.frame(stage.task);
        let start = begun(stage, &turned(before, &frame))?;
        let look = Look::new(all, stage, frame, start);
        let mut leg = Leg::new(stage, &look, tolerances)?;
        let mut course = Vec::new();
        loop {
            let ended = leg.go(&mut course, points)?;
            if let Some(reason) = ended {
                let t = leg.t;
                let left = turned(&look.system.student(&leg.state), &look.frame);
                return Ok((StageRun { reason, t, course }, left));
            }
        }
    }
}

/// A student seen from a frame, or from the space of the directions again.
fn turned(student: &Student, frame: &Frame) -> Student {
    let turn = |weights: &Weights| Weights {
        along: frame.turn(&weights.along),
        rest: weights.rest,
    };
    match student {
        Student::Whole(weights) => Student::Whole(turn(weights)),
        Student::Lora(lora) => Student::Lora(Adapted {
            w0: turn(&lora.w0),
            along: frame.turn(&lora.along),
            ..lora.clone()
        }),
    }
}

/// What a stage begins with, in its frame.
fn begun(stage: &Stage, before: &Student) -> Result<Student, StageError> {
    let (facts, start) = (stage.problem.adapter().facts(), stage.problem.start());
    let s0 = match stage.begin {
        Begin::On { u, flip } => {
            let mut student = before.clone();
            if let Student::Lora(lora) = &mut student {
                lora.u = u.unwrap_or(if flip { -lora.u } else { lora.u });
            }
            return Ok(student);
        }
        Begin::Anew { s0 } => s0,
    };
    let w0 = before.merged();
    if !facts.has_direction {
        return Ok(Student::Whole(w0));
    }
    let mut along = vec![0.0; w0.along.len()];
    along[0] = start.alignment;
    if !facts.is_lora {
        let rest = outside(&along);
        return Ok(Student::Whole(Weights { along, rest }));
    }
    let mut beside = 0.0;
    if let Some(s0) = s0 {
        // The part of w0 that is orthogonal to omega*.
        let across: f64 = w0.along[1..].iter().map(|x| x * x).sum();
        let (rho, orthogonal) = (w0.along[0], (across + w0.rest).sqrt());
        let most = orthogonal * (1.0 - start.alignment * start.alignment).max(0.0).sqrt();
        let off = s0 - rho * start.alignment;
        if !(off.abs() <= most * (1.0 + 4.0 * f64::EPSILON) || off == 0.0) {
            let alignment = start.alignment;
            return Err(StageError::Start {
                alignment,
                s0,
                most,
                rho,
            });
        }
        let part = if off == 0.0 {
            0.0
        } else {
            off / (orthogonal * orthogonal)
        };
        along
            .iter_mut()
            .zip(&w0.along)
            .skip(1)
            .for_each(|(v, w)| *v = part * w);
        beside = part * w0.rest.sqrt();
    }
    let rest = (outside(&along) - beside * beside).max(0.0);
    let u = start.u;
    Ok(Student::Lora(Adapted {
        w0,
        u,
        along,
        beside,
        rest,
    }))
}

/// What is seen of the states of a stage.
struct Look<'a> {
    history: &'a History,
    stage: &'a Stage,
    frame: Frame,
    frames: Vec<Frame>,
    losses: Vec<CleanLoss>,
    system: Box<dyn FramedSystem>,
}

impl<'a> Look<'a> {
    fn new(history: &'a History, stage: &'a Stage, frame: Frame, start: Student) -> Self {
        let tasks = 0..history.tasks.len();
        let losses = history.tasks.iter().map(|task| CleanLoss::new(&task.model));
        Self {
            frames: tasks.map(|task| history.directions.frame(task)).collect(),
            losses: losses.collect(),
            system: framed_system(&stage.problem, start),
            history,
            stage,
            frame,
        }
    }

    fn instant(&self, t: f64, state: &[f64]) -> Result<StageInstant, StageError> {
        let seen = self.system.observe(state);
        let weights = self.system.student(state).merged();
        let known = self.frame.turn(&weights.along);
        let mut instant = StageInstant {
            t,
            seen,
            m: Vec::new(),
            loss: Vec::new(),
        };
        for (task, (frame, loss)) in self.frames.iter().zip(&self.losses).enumerate() {
            let at = if task == self.stage.task {
                Overlaps::from(&seen)
            } else {
                // Of squares, so that nothing cancels.
                let own = frame.turn(&known);
                let across: f64 = own[1..].iter().map(|x| x * x).sum();
                Overlaps::from_residual(own[0], across + weights.rest)
            };
            let loss = loss.at(&at);
            if !loss.is_finite() {
                let task = self.history.tasks[task].name.clone();
                return Err(StageError::NotFinite { task, t });
            }
            instant.m.push(at.m);
            instant.loss.push(loss);
        }
        Ok(instant)
    }

    /// Logarithm of a relative change of the loss over that of the state: at least 0 on a plateau.
    fn flatness(&self, change: f64, state: &[f64]) -> f64 {
        let relative = (self.system.loss_rate(state) / self.system.loss(state)).abs();
        (change / relative.max(f64::MIN_POSITIVE)).ln()
    }
}

/// A function of the state that ends an integration at 0, and the limit that it is.
type Watched<'a> = (Option<Reason>, Box<dyn Fn(&[f64]) -> f64 + 'a>);

fn events<'a>(watched: &'a [Watched<'a>]) -> Vec<Event<'a>> {
    let event = |one: &'a Watched<'a>| Event {
        function: &*one.1,
        terminal: true,
    };
    watched.iter().map(event).collect()
}

/// A stage, or the part of it before its loss changes.
struct Leg<'a> {
    look: &'a Look<'a>,
    tolerances: &'a Tolerances,
    goal: Option<Goal>,
    limit: Option<(f64, Reason)>,
    /// Whether the loss has changed by more than the limit of a plateau.
    moved: bool,
    t: f64,
    state: Vec<f64>,
}

impl<'a> Leg<'a> {
    fn new(
        stage: &'a Stage,
        look: &'a Look<'a>,
        tolerances: &'a Tolerances,
    ) -> Result<Self, StageError> {
        let state = look.system.start();
        let seen = (look.system.observe(&state), look.system.loss(&state));
        let goal = |excess| {
            Goal::until(
                Until::Excess(excess),
                &stage.problem,
                seen,
                tolerances.cancel,
            )
        };
        let flat = |change| look.flatness(change, &state) >= 0.0;
        Ok(Self {
            goal: stage.until.excess.map(goal).transpose()?,
            limit: stage.until.time(&stage.problem)?,
            moved: !stage.until.plateau.is_some_and(flat),
            t: 0.0,
            look,
            tolerances,
            state,
        })
    }

    /// Goes on to a limit, or to where the loss changes at last: then `None`.
    fn go(
        &mut self,
        course: &mut Vec<StageInstant>,
        points: usize,
    ) -> Result<Option<Reason>, StageError> {
        let system = &self.look.system;
        let watched = self.watched();
        let events = events(&watched);
        let rates = |state: &[f64], out: &mut [f64]| system.rates(state, out);
        let field = Field {
            dim: self.state.len(),
            rates: &rates,
            grain: 0.0,
        };
        let span = Span {
            end: self.limit.map_or(LONGEST, |(end, _)| end) - self.t,
            keep: Keep::Steps,
        };
        let solution = integrate(field, &self.state, span, self.tolerances, &events)?;
        let resting = solution.stop == Stop::FixedPoint;
        let stopped = match solution.stop {
            Stop::Event(index) => watched[index].0,
            _ => self.at_the_end(resting, &solution.last, solution.end)?,
        };
        // A run at rest stays there for the rest of its time.
        let stays = resting && stopped != Some(Reason::Plateau);
        let end = if stays { span.end } else { solution.end };
        let mut instants = Vec::new();
        let mut record =
            |t: f64, state: &[f64]| instants.push(self.look.instant(self.t + t, state));
        let mut times = spread_times(solution.end, points);
        times.pop();
        let path = &solution.path;
        path.at_times(&times, (field, self.tolerances), &mut record)?;
        record(end, &solution.last);
        for instant in instants {
            course.push(instant?);
        }
        drop(watched);
        self.t += end;
        self.state = solution.last;
        self.moved = true;
        Ok(stopped)
    }

    /// What ends the integration, and the limits that this means.
    fn watched(&self) -> Vec<Watched<'_>> {
        let (look, until) = (self.look, self.look.stage.until);
        let mut watched: Vec<Watched<'_>> = Vec::new();
        if let Some(goal) = &self.goal {
            let excess = |state: &[f64]| {
                let seen = (look.system.observe(state), look.system.loss(state));
                goal.margin(seen)
            };
            watched.push((Some(Reason::Excess), Box::new(excess)));
        }
        if let Some(least) = until.alignment {
            let aligned =
                move |state: &[f64]| look.system.observe(state).alignment.abs() / least - 1.0;
            watched.push((Some(Reason::Alignment), Box::new(aligned)));
        }
        match (until.plateau, self.moved) {
            (None, _) => {}
            (Some(change), true) => {
                let flat = move |state: &[f64]| look.flatness(change, state);
                watched.push((Some(Reason::Plateau), Box::new(flat)));
            }
            (Some(change), false) => {
                let steep = move |state: &[f64]| -look.flatness(ABOVE * change, state);
                watched.push((None, Box::new(steep)));
            }
        }
        watched
    }

    /// The limit met by a run that no event ended.
    fn at_the_end(
        &self,
        resting: bool,
        state: &[f64],
        end: f64,
    ) -> Result<Option<Reason>, StageError> {
        let t = self.t + end;
        if resting && self.look.stage.until.plateau.is_some() {
            return Ok(Some(Reason::Plateau));
        }
        match (self.limit, resting) {
            (Some((_, reason)), _) => Ok(Some(reason)),
            (None, true) => Err(StageError::AtRest {
                t,
                loss: self.look.system.loss(state),
            }),
            (None, false) => Err(StageError::Endless { t }),
        }
    }
}
