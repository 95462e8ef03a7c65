//! A network's run in words.

use super::SolveNetworkReport;
use crate::problem::network::{NetworkProblem, NetworkStart};
use crate::study::units::plain_unit;
use crate::study::words::significant;
use crate::trajectory::network::NetworkOutcome;

/// Digits of times on the screen, as many as hold at the default tolerances.
const DIGITS: usize = 8;
/// Growth rates that are shown at most.
const RATES: usize = 6;

pub(super) fn summary(solved: &SolveNetworkReport) -> String {
    let (run, factor) = (&solved.run, solved.time_factor);
    let unit = plain_unit(&solved.options);
    let time = |t: f64| significant(t * factor, DIGITS);
    let outcome = match run.outcome {
        NetworkOutcome::Learned => format!("learned at {}", time(run.end)),
        NetworkOutcome::Unfinished if run.end < solved.problem.setup().t_max => format!(
            "unfinished: the steps are used up at {} (--max-steps)",
            time(run.end)
        ),
        NetworkOutcome::Unfinished => format!("unfinished: t-max reached at {}", time(run.end)),
        other => format!("{}: stands still at {}", other.word(), time(run.end)),
    };
    let mut text = format!(
        "{}: {}\nexit time   {}  [{unit}; alignment = {}]\noutcome     {outcome}\n\
         loss        {:.9e} (excess {:.3e})\n",
        solved.problem.model().label(),
        sizes(&solved.problem),
        run.exit_time.map_or("none".to_owned(), time),
        solved.problem.setup().threshold,
        run.loss,
        run.excess,
    );
    if let Some(error) = run.noise_error {
        text.push_str(&format!(
            "noise       N by a rule, relative error {error:.1e}\n"
        ));
    }
    for plateau in &solved.plateaus {
        text.push_str(&format!(
            "plateau     loss {} from {} to {}\n",
            significant(plateau.loss, 6),
            significant(plateau.from * factor, 3),
            significant(plateau.to * factor, 3)
        ));
    }
    if let Some(phase) = &solved.phase {
        let rates = phase.growth_rates.iter().take(RATES);
        let rates: Vec<String> = rates.map(|rate| significant(rate / factor, 6)).collect();
        let more = if phase.growth_rates.len() > RATES {
            ", ..."
        } else {
            ""
        };
        let tau = phase.tau.map_or("none".to_owned(), time);
        text.push_str(&format!(
            "search      growth rates {}{more}; tau = {tau}\n",
            rates.join(", ")
        ));
    }
    let spent = solved.seconds;
    let spent = spent.map(|seconds| format!(", {:.3} ms", 1e3 * seconds));
    text.push_str(&format!(
        "solver      {}, {} steps, {} right-hand sides{}\n",
        run.solver.method,
        run.solver.work.steps,
        run.solver.work.rhs_evaluations,
        spent.unwrap_or_default()
    ));
    text
}

/// How large a network is.
pub(crate) fn sizes(problem: &NetworkProblem) -> String {
    let setup = problem.setup();
    let rank = match setup.adapter.facts().is_lora {
        true => format!(", rank {}", setup.rank),
        false => String::new(),
    };
    format!(
        "K = {}, K* = {}, {}{rank}",
        problem.units(),
        problem.teacher_units(),
        setup.adapter.facts().name
    )
}

/// One sentence on units that start equal, if some do.
pub(super) fn equal_units(problem: &NetworkProblem) -> Option<String> {
    let (weights, readout) = (problem.frame().weights(), &problem.setup().readout);
    let same_start = |i: usize, j: usize| match problem.start() {
        NetworkStart::Lora { u, .. } => weights.row(i) == weights.row(j) && u.row(i) == u.row(j),
        NetworkStart::Whole { w, rest } => w.row(i) == w.row(j) && rest.row(i) == rest.row(j),
    };
    let equal =
        |i: usize, j: usize| readout[i].to_bits() == readout[j].to_bits() && same_start(i, j);
    let units = problem.units();
    let pairs: Vec<String> = (0..units)
        .filter_map(|j| Some((0..j).find(|i| equal(*i, j))?).map(|i| (i, j)))
        .map(|(i, j)| format!("{} and {}", i + 1, j + 1))
        .collect();
    (!pairs.is_empty()).then(|| {
        format!(
            "units {} start equal and stay equal: they do the work of one unit with the summed readout; \
             --angle or --mixture gives each a direction of its own",
            pairs.join(", ")
        )
    })
}
