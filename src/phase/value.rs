//! The values that a phase diagram can show.

use super::cell::{Cell, CellOutcome};
use super::diagram::Point;
use super::error::PhaseError;
use super::sgd;
use crate::expectation::Overlaps;
use crate::integrator::Tolerances;
use crate::observable::{Observable, run, search_phase};
use crate::problem::{Adapter, Dynamics, LORA, Problem, Setup};
use crate::search::{ExitLaw, SearchPhase};
use crate::trajectory::{CarriedLaw, FlowError, Outcome, Run, Until, carry, run_until, solve};

/// One value: what number it is, and how it is found.
pub struct Value {
    /// Its name, on the command line too, and its words.
    pub number: &'static Observable,
    /// What it needs of the problem, in words, when the problem does not have it.
    pub(super) lacks: fn(&Problem) -> Option<&'static str>,
    pub(super) find: fn(&Point<'_>) -> Result<Cell, FlowError>,
}

impl Value {
    /// Whether it changes smoothly with the problem, but at few places.
    pub(super) fn is_smooth(&self) -> bool {
        let times = [&run::EXIT_TIME, &run::EXIT_SAMPLES, &run::LEARN_TIME];
        times.iter().any(|time| time.name == self.number.name)
    }

    /// Whether it is found by running problems.
    pub(super) fn runs(&self) -> bool {
        let is = |number: &Observable| number.name == self.number.name;
        !is(&run::EXIT_MEDIAN_LINEAR) && !search_phase::ALL.iter().any(|number| is(number))
    }
}

/// The registry of values.
pub const VALUES: &[Value] = &[
    Value {
        number: &search_phase::TAU,
        lacks: lacks_adapter,
        find: |p| search(p, |s| s.search_time().map(|tau| tau * p.time_factor)),
    },
    Value {
        number: &search_phase::GROWTH_RATE,
        lacks: lacks_adapter,
        find: |p| search(p, |s| Some(s.growth_rate / p.time_factor)),
    },
    Value {
        number: &search_phase::GRADIENT_NORM,
        lacks: lacks_adapter,
        find: |p| search(p, |s| Some(s.gradient_norm)),
    },
    Value {
        number: &search_phase::CURVATURE,
        lacks: lacks_adapter,
        find: |p| search(p, |s| Some(s.curvature)),
    },
    Value {
        number: &run::EXIT_TIME,
        lacks: |_| None,
        find: |p| exit(p, p.time_factor),
    },
    Value {
        number: &run::EXIT_SAMPLES,
        lacks: lacks_batch,
        find: |p| {
            let sgd = p.problem.sgd().map_err(FlowError::Problem)?;
            exit(p, sgd.samples_per_time())
        },
    },
    Value {
        number: &run::EXIT_MEAN,
        lacks: lacks_adapter,
        find: |p| law(p, CarriedLaw::mean),
    },
    Value {
        number: &run::EXIT_MEDIAN,
        lacks: lacks_adapter,
        find: |p| law(p, |law| law.quantile(0.5)),
    },
    Value {
        number: &run::EXIT_Q05,
        lacks: lacks_adapter,
        find: |p| law(p, |law| law.quantile(0.05)),
    },
    Value {
        number: &run::EXIT_Q95,
        lacks: lacks_adapter,
        find: |p| law(p, |law| law.quantile(0.95)),
    },
    Value {
        number: &run::EXIT_MEDIAN_LINEAR,
        lacks: lacks_adapter,
        find: |p| {
            let law = linear_law(p).and_then(|(_, law)| law.quantile(0.5));
            Ok(Cell::new(
                law.map(|t| t * p.time_factor),
                CellOutcome::Static,
            ))
        },
    },
    Value {
        number: &run::SGD_EXIT_TIME,
        lacks: sgd::lacks,
        find: sgd::exit_time,
    },
    Value {
        number: &run::LEARN_TIME,
        lacks: |_| None,
        find: |p| {
            let run = solve(p.problem, &fine(p))?;
            let learned = run.outcome == Outcome::Learned;
            let time = learned.then_some(run.end * p.time_factor);
            Ok(Cell {
                near_miss: run.near_miss,
                ..Cell::new(time, run.outcome.into())
            })
        },
    },
    Value {
        number: &run::FINAL_LOSS,
        lacks: |_| None,
        find: |p| {
            let run = whole(p)?;
            // A run that has learned was stopped on its way to the best loss.
            let at_rest = run.outcome.is_at_rest();
            Ok(Cell::new(
                at_rest.then_some(run.excess.max(0.0)),
                run.outcome.into(),
            ))
        },
    },
    Value {
        number: &run::PLATEAU_LENGTH,
        lacks: |_| Some("a network (units, teacher-units, rank or network)"),
        find: |_| Ok(Cell::new(None, CellOutcome::Static)),
    },
    Value {
        number: &run::OUTCOME,
        lacks: |_| None,
        find: |p| {
            let outcome = CellOutcome::from(whole(p)?.outcome);
            let code = (outcome != CellOutcome::Unfinished).then_some(f64::from(outcome.code()));
            Ok(Cell::new(code, outcome))
        },
    },
    Value {
        number: &run::SPEEDUP_OVER_SCRATCH,
        lacks: lacks_flow,
        find: |p| ratio(p, Adapter::Scratch),
    },
    Value {
        number: &run::SPEEDUP_OVER_FULL,
        lacks: lacks_flow,
        find: |p| ratio(p, Adapter::Full),
    },
    Value {
        number: &run::SLOWDOWN_OVER_BEST_MU,
        lacks: |problem| {
            let lora = lacks_flow(problem);
            lora.or((problem.pretraining().orthogonal() != 0.0)
                .then_some("aligned pre-training (an axis or option mu)"))
        },
        find: |p| {
            let cell = exit(p, 1.0)?;
            let best = p.best_exit_time()?;
            let ratio = cell.value.zip(best).map(|(own, best)| own / best);
            Ok(Cell::new(ratio, cell.outcome))
        },
    },
];

/// The value of a name.
///
/// # Errors
/// [`PhaseError::Value`] lists the names.
pub fn value(name: &str) -> Result<&'static Value, PhaseError> {
    let wanted = name.replace('-', "_");
    let found = VALUES.iter().find(|value| value.number.name == wanted);
    found.ok_or_else(|| PhaseError::Value {
        text: name.to_owned(),
        names: VALUES.iter().map(|value| value.number.name).collect(),
    })
}

fn lacks_adapter(problem: &Problem) -> Option<&'static str> {
    (!problem.adapter().is_lora()).then_some(LORA)
}

fn lacks_flow(problem: &Problem) -> Option<&'static str> {
    let map = (problem.dynamics() == Dynamics::Map).then_some("the flow (leave out dynamics map)");
    lacks_adapter(problem).or(map)
}

fn lacks_batch(problem: &Problem) -> Option<&'static str> {
    let missing = problem.sgd().is_err();
    missing.then_some("a step size and a batch (lr, batch)")
}

fn search(
    point: &Point<'_>,
    number: impl Fn(&SearchPhase) -> Option<f64>,
) -> Result<Cell, FlowError> {
    let phase = SearchPhase::by(point.problem, &**point.problem.model().flow());
    let phase = phase.map(SearchPhase::checked).transpose()?;
    Ok(Cell::infinite_too(
        phase.and_then(|p| number(&p)),
        CellOutcome::Static,
    ))
}

fn linear_law(point: &Point<'_>) -> Option<(SearchPhase, ExitLaw)> {
    let phase = SearchPhase::by(point.problem, &**point.problem.model().flow())?;
    let law = ExitLaw::linear_by(point.problem, &phase, &**point.problem.model().flow())?;
    Some((phase, law))
}

/// A time of the finite-size law; none where the flow from the unstable direction never exits.
fn law(
    point: &Point<'_>,
    time: impl Fn(&CarriedLaw) -> Result<Option<f64>, FlowError>,
) -> Result<Cell, FlowError> {
    let Some((phase, linear)) = linear_law(point) else {
        return Ok(Cell::new(None, CellOutcome::Static));
    };
    let carried = carry(&linear, point.problem, &phase, point.tolerances)?;
    if carried.law.is_none() {
        return Ok(Cell::new(None, carried.outcome.into()));
    }
    let time = time(&carried)?.map(|t| t * point.time_factor);
    Ok(Cell::new(time, CellOutcome::Exited))
}

/// A run that is followed for its exit alone is not held to its loss: errors of the alignment are so much larger (measured
/// over maps of erf, tanh, ReLU, He3 and he1 + he3/2).
const EXIT_ALONE: f64 = 6.0;
/// The finest tolerance at which a slow exit is followed again, and the finest that an exit time is held to.
const FINEST_RTOL: f64 = 1e-13;
const FINEST_TIME: f64 = 1e-10;
/// What the error is to be then, against the one allowed: it is only about known.
const AIMED: f64 = 0.5;

/// The exit time times a factor. Where the alignment only just reaches the threshold, it is that of a run at so much smaller a
/// tolerance that the time is good to the one asked for; if none is, or the finer run fails, the better of both, which is
/// [`CellOutcome::Grazed`].
pub(super) fn exit(point: &Point<'_>, factor: f64) -> Result<Cell, FlowError> {
    let rtol = point.tolerances.rtol;
    let (mut run, mut error) = to_exit(point, rtol)?;
    if error > rtol {
        match to_exit(point, (AIMED * rtol * rtol / error).max(FINEST_RTOL)) {
            Ok(finer) => (run, error) = finer,
            Err(failed) if point.tolerances.cancel.is_set() => return Err(failed),
            Err(_) => {}
        }
    }
    let exited = match error > rtol.max(FINEST_TIME) {
        true => CellOutcome::Grazed,
        false => CellOutcome::Exited,
    };
    match run.exit_time {
        Some(t) => Ok(Cell {
            near_miss: run.near_miss,
            ..Cell::new(Some(t * factor), exited)
        }),
        None if run.outcome == Outcome::Learned => Ok(Cell::new(None, CellOutcome::Learned)),
        // A run that never exits is followed to its end, which the one above did not look for.
        None => Ok(Cell::new(None, whole(point)?.outcome.into())),
    }
}

/// A run to its exit at a tolerance, and the relative error to expect of the time.
fn to_exit(point: &Point<'_>, rtol: f64) -> Result<(Run, f64), FlowError> {
    let tolerances = Tolerances {
        rtol,
        ..*point.tolerances
    };
    let run = run_until(point.problem, &tolerances, Until::Exit)?;
    let error = EXIT_ALONE * run.exit_error(point.problem.threshold(), rtol);
    Ok((run, error))
}

/// Tolerances for a time to learn: the excess loss is compared with `loss_tolerance` times what it
/// was, so that errors of the overlaps count that much more.
fn fine(point: &Point<'_>) -> Tolerances {
    let wanted = 1e-5 * point.problem.loss_tolerance();
    Tolerances {
        rtol: point.tolerances.rtol.min(wanted).max(1e-13),
        ..*point.tolerances
    }
}

fn whole(point: &Point<'_>) -> Result<Run, FlowError> {
    solve(point.problem, point.tolerances)
}

/// Time to learn of the same task trained in another way, without weight decay, over that of LoRA,
/// both to the same excess loss: the loss tolerance times that of a student at right angles to the
/// target.
fn ratio(point: &Point<'_>, other: Adapter) -> Result<Cell, FlowError> {
    let model = point.problem.model();
    let best = model.best_unless(&|| point.tolerances.cancel.is_set());
    let best = best.ok_or(FlowError::Cancelled)?.loss;
    let ignorant = model.flow().loss(&Overlaps::from_residual(0.0, 1.0)) - best;
    let goal = Until::Excess(point.problem.loss_tolerance() * ignorant);
    let time = |problem: &Problem| -> Result<(Option<f64>, CellOutcome), FlowError> {
        let run = run_until(problem, &fine(point), goal)?;
        let learned = run.outcome == Outcome::Learned;
        Ok((learned.then_some(run.end), run.outcome.into()))
    };
    let (own, outcome) = time(point.problem)?;
    let other = Setup {
        weight_decay: 0.0,
        ..point.problem.setup().clone().trained_by(other)
    };
    let (theirs, _) = time(&Problem::new(other)?)?;
    let ratio = theirs.zip(own).map(|(theirs, own)| theirs / own);
    Ok(Cell::new(ratio, outcome))
}
