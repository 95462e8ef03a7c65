//! The values that a phase diagram can show.

use super::cell::{Cell, CellOutcome};
use super::diagram::Point;
use super::error::PhaseError;
use super::sgd;
use crate::expectation::Overlaps;
use crate::integrator::Tolerances;
use crate::problem::{Adapter, Dynamics, PreTraining, Problem, Setup};
use crate::search::{ExitLaw, SearchPhase};
use crate::trajectory::{FlowError, Outcome, Run, Until, carry, run_until, solve};

/// What kind of number a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// A time, in the unit of the output.
    Time,
    /// A number of samples.
    Samples,
    /// A ratio of times: 1 is a boundary.
    Ratio,
    /// Any other number.
    Number,
    /// An outcome, by its code.
    Outcome,
}

/// One value: its name, what it is, how it is found.
pub struct Value {
    /// Name on the command line and in data files.
    pub name: &'static str,
    /// For the colour bar: words and symbol.
    pub label: &'static str,
    /// One line for help.
    pub about: &'static str,
    /// What kind of number.
    pub kind: ValueKind,
    /// What it needs of the problem, in words, when the problem does not have it.
    pub(super) lacks: fn(&Problem) -> Option<&'static str>,
    pub(super) find: fn(&Point<'_>) -> Result<Cell, FlowError>,
}

/// The registry of values.
pub const VALUES: &[Value] = &[
    Value {
        name: "tau",
        label: "search time τ",
        about: "search time 1/lambda_+ of the linearised search",
        kind: ValueKind::Time,
        lacks: lacks_adapter,
        find: |p| search(p, |s| s.tau.map(|tau| tau * p.time_factor)),
    },
    Value {
        name: "growth_rate",
        label: "growth rate λ₊",
        about: "growth rate lambda_+ of the linearised search, per unit of t",
        kind: ValueKind::Number,
        lacks: lacks_adapter,
        find: |p| search(p, |s| Some(s.growth_rate)),
    },
    Value {
        name: "gradient_norm",
        label: "gradient norm A",
        about: "A, the gradient norm at w0; signed when aligned",
        kind: ValueKind::Number,
        lacks: lacks_adapter,
        find: |p| search(p, |s| Some(s.gradient_norm)),
    },
    Value {
        name: "curvature",
        label: "curvature B",
        about: "B, the curvature at w0",
        kind: ValueKind::Number,
        lacks: lacks_adapter,
        find: |p| search(p, |s| Some(s.curvature)),
    },
    Value {
        name: "exit_time",
        label: "exit time",
        about: "first time with |alignment| >= threshold",
        kind: ValueKind::Time,
        lacks: |_| None,
        find: |p| exit(p, p.time_factor),
    },
    Value {
        name: "exit_samples",
        label: "samples to the exit",
        about: "samples seen up to the exit, B t / eta",
        kind: ValueKind::Samples,
        lacks: lacks_batch,
        find: |p| {
            let sgd = p.problem.sgd().map_err(FlowError::Problem)?;
            exit(p, sgd.samples_per_time())
        },
    },
    Value {
        name: "exit_mean",
        label: "mean exit time",
        about: "mean of the finite-size law of the exit time",
        kind: ValueKind::Time,
        lacks: lacks_adapter,
        find: |p| law(p, ExitLaw::mean),
    },
    Value {
        name: "exit_median",
        label: "median exit time",
        about: "median of the finite-size law of the exit time: random starts and the noise of SGD",
        kind: ValueKind::Time,
        lacks: lacks_adapter,
        find: |p| law(p, |law| law.quantile(0.5)),
    },
    Value {
        name: "exit_q05",
        label: "exit time, 5 % quantile",
        about: "5 % quantile of that law",
        kind: ValueKind::Time,
        lacks: lacks_adapter,
        find: |p| law(p, |law| law.quantile(0.05)),
    },
    Value {
        name: "exit_q95",
        label: "exit time, 95 % quantile",
        about: "95 % quantile of that law",
        kind: ValueKind::Time,
        lacks: lacks_adapter,
        find: |p| law(p, |law| law.quantile(0.95)),
    },
    Value {
        name: "exit_median_linear",
        label: "median exit time, linear law",
        about: "median of the linear law: early, and with times where nothing exits",
        kind: ValueKind::Time,
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
        name: "sgd_exit_time",
        label: "median exit time of SGD",
        about: "median exit time of 16 seeds of simulated SGD (needs lr and batch)",
        kind: ValueKind::Time,
        lacks: sgd::lacks,
        find: sgd::exit_time,
    },
    Value {
        name: "learn_time",
        label: "time to learn",
        about: "time until the excess loss has fallen to loss-tolerance of its initial value",
        kind: ValueKind::Time,
        lacks: |_| None,
        find: |p| {
            let run = solve(p.problem, &fine(p))?;
            let learned = run.outcome == Outcome::Learned;
            let time = learned.then_some(run.end * p.time_factor);
            Ok(Cell::new(time, run.outcome.into()))
        },
    },
    Value {
        name: "final_loss",
        label: "final excess loss",
        about: "loss above the best that the student can reach, where the run comes to rest; none for runs that learn, whose excess has no last value",
        kind: ValueKind::Number,
        lacks: |_| None,
        find: |p| {
            let run = whole(p)?;
            // A run that has learned was stopped on its way to the best loss.
            let at_rest = matches!(run.outcome, Outcome::NoiseFloor | Outcome::Trapped);
            Ok(Cell::new(
                at_rest.then_some(run.excess.max(0.0)),
                run.outcome.into(),
            ))
        },
    },
    Value {
        name: "outcome",
        label: "outcome",
        about: "how the run ends: 1 learned, 2 trapped, 7 noise-floor; none where time ran out",
        kind: ValueKind::Outcome,
        lacks: |_| None,
        find: |p| {
            let outcome = CellOutcome::from(whole(p)?.outcome);
            let code = (outcome != CellOutcome::Unfinished).then_some(f64::from(outcome.code()));
            Ok(Cell::new(code, outcome))
        },
    },
    Value {
        name: "speedup_over_scratch",
        label: "speed-up over training from scratch",
        about: "time to learn from scratch on the sphere, over that of LoRA: below 1 pre-training hurts",
        kind: ValueKind::Ratio,
        lacks: lacks_flow,
        find: |p| ratio(p, scratch),
    },
    Value {
        name: "speedup_over_full",
        label: "speed-up over full fine-tuning",
        about: "time to learn by full fine-tuning, over that of LoRA: below 1 the adapter hurts",
        kind: ValueKind::Ratio,
        lacks: lacks_flow,
        find: |p| ratio(p, full),
    },
    Value {
        name: "slowdown_over_best_mu",
        label: "exit time over that at the best μ",
        about: "exit time over the shortest one at any aligned mu in [0, 1), all else equal: at least 1",
        kind: ValueKind::Ratio,
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
    let found = VALUES.iter().find(|value| value.name == wanted);
    found.ok_or_else(|| PhaseError::Value {
        text: name.to_owned(),
        names: VALUES.iter().map(|value| value.name).collect(),
    })
}

fn lacks_adapter(problem: &Problem) -> Option<&'static str> {
    (!problem.adapter().is_lora()).then_some("a LoRA adapter (spherical or free)")
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
    Ok(Cell::new(
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
fn law(point: &Point<'_>, time: impl Fn(&ExitLaw) -> Option<f64>) -> Result<Cell, FlowError> {
    let Some((phase, linear)) = linear_law(point) else {
        return Ok(Cell::new(None, CellOutcome::Static));
    };
    let carried = carry(&linear, point.problem, &phase, point.tolerances)?;
    Ok(match carried.law {
        Some(law) => Cell::new(
            time(&law).map(|t| t * point.time_factor),
            CellOutcome::Exited,
        ),
        None => Cell::new(None, carried.outcome.into()),
    })
}

/// The exit time times a factor.
pub(super) fn exit(point: &Point<'_>, factor: f64) -> Result<Cell, FlowError> {
    let problem = point.problem;
    let run = run_until(problem, point.tolerances, Until::Exit)?;
    match run.exit_time {
        Some(t) => Ok(Cell::new(Some(t * factor), CellOutcome::Exited)),
        // A run that never exits is followed to its end, which the one above did not look for.
        None => Ok(Cell::new(None, whole(point)?.outcome.into())),
    }
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

/// Time to learn of another way of training over that of LoRA, both to the same excess loss: the
/// loss tolerance times that of a student at right angles to the target.
fn ratio(
    point: &Point<'_>,
    other: fn(&Problem) -> Result<Problem, FlowError>,
) -> Result<Cell, FlowError> {
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
    let (theirs, _) = time(&other(point.problem)?)?;
    let ratio = theirs.zip(own).map(|(theirs, own)| theirs / own);
    Ok(Cell::new(ratio, outcome))
}

/// The same task from a random direction on the sphere.
fn scratch(problem: &Problem) -> Result<Problem, FlowError> {
    Ok(Problem::new(Setup {
        adapter: Adapter::Scratch,
        pretraining: PreTraining::none(),
        ..bare(problem)
    })?)
}

/// The same task with all weights trained from `w0`.
fn full(problem: &Problem) -> Result<Problem, FlowError> {
    Ok(Problem::new(Setup {
        adapter: Adapter::Full,
        alignment0: None,
        threshold: problem.threshold().min(0.999),
        ..bare(problem)
    })?)
}

/// Without what only an adapter has.
fn bare(problem: &Problem) -> Setup {
    Setup {
        dynamics: Dynamics::Flow,
        step_ratio: 1.0,
        weight_decay: 0.0,
        u0: 0.0,
        s0: None,
        ..problem.setup().clone()
    }
}
