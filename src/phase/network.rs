//! The values of a phase diagram over networks.

use super::cell::{Cell, CellOutcome};
use super::diagram::PhaseMap;
use super::error::PhaseError;
use crate::integrator::Tolerances;
use crate::model::Model;
use crate::observable::{Observable, run, search_phase};
use crate::problem::ProblemError;
use crate::problem::network::NetworkProblem;
use crate::search::network::{NetworkSearch, network_search};
use crate::sweep::time_factor;
use crate::trajectory::network::{NetworkRun, follow_network, run_network_until};
use crate::trajectory::{FlowError, Outcome, Until, Wanted};

/// One network of a map.
struct Point {
    problem: NetworkProblem,
    tolerances: Tolerances,
    /// From ODE time to the unit of the output.
    time_factor: f64,
}

/// How a value is found.
type Find = fn(&Point) -> Result<Cell, FlowError>;

/// The values that networks have.
static OF_NETWORKS: [(&Observable, Find); 8] = [
    (&search_phase::TAU, |p| {
        search(p, |s| s.search_time().map(|tau| tau * p.time_factor))
    }),
    (&search_phase::GROWTH_RATE, |p| {
        search(p, |s| Some(s.growth_rate / p.time_factor))
    }),
    (&run::EXIT_TIME, |p| exit(p, p.time_factor)),
    (&run::EXIT_SAMPLES, |p| {
        let sgd = p.problem.sgd().map_err(FlowError::Problem)?;
        exit(p, sgd.samples_per_time())
    }),
    (&run::LEARN_TIME, |p| {
        let run = whole(p)?;
        let learned = run.outcome == Outcome::Learned;
        let time = learned.then_some(run.end * p.time_factor);
        Ok(Cell::new(time, run.outcome.into()))
    }),
    (&run::FINAL_LOSS, |p| {
        let run = whole(p)?;
        let at_rest = run.outcome.is_at_rest();
        Ok(Cell::new(
            at_rest.then_some(run.excess.max(0.0)),
            run.outcome.into(),
        ))
    }),
    (&run::PLATEAU_LENGTH, plateau),
    (&run::OUTCOME, |p| {
        let outcome = CellOutcome::from(whole(p)?.outcome);
        let code = (outcome != CellOutcome::Unfinished).then_some(f64::from(outcome.code()));
        Ok(Cell::new(code, outcome))
    }),
];

fn search(
    point: &Point,
    number: impl Fn(&NetworkSearch) -> Option<f64>,
) -> Result<Cell, FlowError> {
    let phase = network_search(&point.problem).map_err(ProblemError::from)?;
    Ok(Cell::infinite_too(
        phase.and_then(|phase| number(&phase)),
        CellOutcome::Static,
    ))
}

fn exit(point: &Point, factor: f64) -> Result<Cell, FlowError> {
    let run = run_network_until(&point.problem, Until::Exit, &point.tolerances)?;
    Ok(match run.exit_time {
        Some(t) => Cell::new(Some(t * factor), CellOutcome::Exited),
        None => Cell::new(None, run.outcome.into()),
    })
}

/// The longest plateau; none where there is none.
fn plateau(point: &Point) -> Result<Cell, FlowError> {
    let wanted = Wanted::Spread(0);
    let (run, _) = follow_network(&point.problem, wanted, &point.tolerances)?;
    let lengths = run
        .plateaus
        .iter()
        .map(|one| (one.to - one.from) * point.time_factor);
    Ok(Cell::new(lengths.reduce(f64::max), run.outcome.into()))
}

fn whole(point: &Point) -> Result<NetworkRun, FlowError> {
    let followed = follow_network(&point.problem, Wanted::Nothing, &point.tolerances);
    followed.map(|(run, _)| run)
}

/// Refuses a place without a problem, and a value that networks do not have.
///
/// # Errors
/// [`PhaseError`]: what is wrong there.
pub(super) fn check(
    (map, model): (&PhaseMap, &Model),
    coordinates: &[f64],
) -> Result<(), PhaseError> {
    let (wanted, point) = (map.value().number, point((map, model), coordinates)?);
    let absent = |reason: String| PhaseError::Absent {
        axis: wanted.name.to_owned(),
        reason,
    };
    if *wanted == run::EXIT_SAMPLES && point.problem.sgd().is_err() {
        let why = "it needs a step size and a batch (lr, batch)";
        return Err(absent(why.to_owned()));
    }
    if !OF_NETWORKS.iter().any(|(number, _)| *number == wanted) {
        let names: Vec<&str> = OF_NETWORKS.iter().map(|(number, _)| number.name).collect();
        let all = names.join(", ");
        return Err(absent(format!("networks (docs/networks.md) have {all}")));
    }
    Ok(())
}

/// The value of a map at a place, or why its run fails.
///
/// # Errors
/// When there is no problem there.
pub(super) fn find(
    (map, model): (&PhaseMap, &Model),
    coordinates: &[f64],
) -> Result<Result<Cell, FlowError>, PhaseError> {
    let point = point((map, model), coordinates)?;
    let wanted = map.value().number;
    let known = OF_NETWORKS.iter().find(|(number, _)| *number == wanted);
    let nothing = Ok(Cell::new(None, CellOutcome::Failed));
    Ok(known.map_or(nothing, |(_, find)| find(&point)))
}

fn point((map, model): (&PhaseMap, &Model), coordinates: &[f64]) -> Result<Point, PhaseError> {
    let refuse = |error| PhaseError::Problem {
        place: map.place(coordinates),
        error: Box::new(error),
    };
    let options = map.options_at(coordinates);
    let mu = options.mu.as_ref().and_then(|grid| grid.single());
    let problem = options.network_problem(model, mu).map_err(refuse)?;
    let of = (&problem.setup().scaling, model);
    Ok(Point {
        time_factor: time_factor(&options, of).map_err(refuse)?,
        problem,
        tolerances: map.tolerances(),
    })
}
