//! A network's run in words.

use std::collections::BTreeMap;

use super::{NetworkEnded, SolveNetworkReport};
use crate::problem::network::{NetworkProblem, NetworkStart};
use crate::search::network::NetworkSearch;
use crate::study::units::plain_unit;
use crate::study::words::{digits_at, end_digits, losses_in_words, significant};
use crate::trajectory::Outcome;

/// Digits of times on the screen, as many as hold at the default tolerances.
const DIGITS: usize = 8;
/// Growth rates that are shown at most.
const RATES: usize = 6;

/// How it ended.
fn outcome(solved: &SolveNetworkReport, ended: &NetworkEnded) -> String {
    let run = &ended.run;
    let digits = digits_at(&solved.origin.parameters, DIGITS);
    let digits = end_digits(run.outcome, digits);
    let end = significant(solved.clock.at(run.end), digits);
    if let Some(power) = run.growth {
        return format!(
            "unfinished: the weights grow like t^{power:.2} without end, as seen up to {end}; a --t-max of at most 10 times that is gone to"
        );
    }
    match run.outcome {
        Outcome::Learned => format!("learned at {end}"),
        Outcome::Unfinished if run.solver.method == "map" => {
            format!("unfinished: the last step is at {end}")
        }
        Outcome::Unfinished if run.end >= solved.problem.setup().scaling.last_time() => {
            format!("unfinished: the step sizes have come to an end at {end}")
        }
        Outcome::Unfinished if run.end < solved.problem.setup().t_max => {
            format!("unfinished: the steps are used up at {end} (--max-steps)")
        }
        Outcome::Unfinished => format!("unfinished: t-max reached at {end}"),
        other => format!("{}: stands still at {end}", other.word()),
    }
}

pub(super) fn summary(solved: &SolveNetworkReport, ended: &NetworkEnded) -> String {
    let run = &ended.run;
    let unit = plain_unit(&solved.options);
    let time = |t: f64, digits: usize| significant(solved.clock.at(t), digits);
    let of_runs = digits_at(&solved.origin.parameters, DIGITS);
    let outcome = outcome(solved, ended);
    let mut text = format!(
        "{}: {}\nexit time   {}  [{unit}; alignment = {}]\noutcome     {outcome}\n\
         loss        {}\n",
        solved.problem.model().label(),
        sizes(&solved.problem),
        run.exit_time
            .map_or("none".to_owned(), |t| time(t, of_runs)),
        solved.problem.setup().threshold,
        losses_in_words(run.loss, run.excess, &solved.origin.parameters),
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
            time(plateau.from, 3),
            time(plateau.to, 3)
        ));
    }
    if let Some(phase) = &ended.phase {
        text.push_str(&search(phase, solved.clock.rate()));
    }
    let spent = ended
        .seconds
        .map(|seconds| format!(", {:.3} ms", 1e3 * seconds));
    text.push_str(&format!(
        "solver      {}, {} steps, {} right-hand sides{}\n",
        run.solver.method,
        run.solver.work.steps,
        run.solver.work.rhs_evaluations,
        spent.unwrap_or_default()
    ));
    text
}

/// Growth rates, and tau; in ODE time where steps and samples do not pass at a constant rate.
fn search(phase: &NetworkSearch, rate: Option<f64>) -> String {
    let in_t = if rate.is_some() { "" } else { " in t" };
    let rate = rate.unwrap_or(1.0);
    let rates = phase.growth_rates.iter().take(RATES);
    let rates: Vec<String> = rates.map(|one| significant(one / rate, 6)).collect();
    let more = if phase.growth_rates.len() > RATES {
        ", ..."
    } else {
        ""
    };
    let tau = match phase.search_time() {
        None => "none".to_owned(),
        Some(tau) if tau.is_infinite() => "infinite".to_owned(),
        Some(tau) => significant(tau * rate, DIGITS),
    };
    format!(
        "search      growth rates {}{more}; tau = {tau}{in_t}\n",
        rates.join(", ")
    )
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

/// Sentences on units that start equal, and on units that stand alike, if some do.
pub(crate) fn notes(problem: &NetworkProblem) -> Vec<String> {
    let (equal, alike) = (problem.equal_units(), problem.alike_units());
    let one_of_equal = (0..equal.len()).filter(|i| equal[*i] == *i);
    let apart = one_of_equal.map(|i| (alike[i], i));
    let start = match problem.start() {
        NetworkStart::Lora { .. } => "start-u",
        NetworkStart::Whole { .. } => "their overlaps",
    };
    let equal = together(equal.iter().copied().zip(0..)).map(|units| {
        format!(
            "{units} start equal and stay equal: they do the work of one unit with the summed readout; \
             --angle or --mixture gives each a direction of its own"
        )
    });
    let alike = together(apart).map(|units| {
        format!(
            "{units} stand alike before the teachers: in theory they stay so, SGD parts them by chance once the loss stands still; \
             a start that differs ({start}) parts them in theory too"
        )
    });
    equal.into_iter().chain(alike).collect()
}

/// More units of a kind are not all named.
const MOST_NAMED: usize = 6;

/// `units 1, 3 and units 2, 4`, of units each with the first of its kind.
fn together(units: impl Iterator<Item = (usize, usize)>) -> Option<String> {
    let mut kinds: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (first, unit) in units {
        let own = kinds.entry(first).or_default();
        own.push((unit + 1).to_string());
    }
    let many = kinds.into_values().filter(|units| units.len() > 1);
    let named: Vec<String> = many
        .map(|units| match &units[..] {
            [first, second, third, .., last] if units.len() > MOST_NAMED => {
                let all = units.len();
                format!("units {first}, {second}, {third}, ..., {last} ({all} of them)")
            }
            _ => format!("units {}", units.join(", ")),
        })
        .collect();
    (!named.is_empty()).then(|| named.join(" and "))
}
