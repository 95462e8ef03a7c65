//! A run in words.

use super::{Ended, SolveReport};
use crate::study::units::plain_unit;
use crate::study::words::{held, significant, unplaced};
use crate::trajectory::Outcome;

/// Digits of times on the screen: as many as hold at the default tolerances.
const EXIT_DIGITS: usize = 9;
const END_DIGITS: usize = 8;

pub(super) fn summary(solved: &SolveReport, ended: &Ended) -> String {
    let run = &ended.run;
    let unit = plain_unit(&solved.options);
    let exit = match run.exit_time {
        Some(t) => significant(solved.clock.at(t), EXIT_DIGITS),
        None => "none".to_owned(),
    };
    let end = solved.clock.at(run.end);
    let outcome = match run.outcome {
        Outcome::Learned => format!("learned at {}", significant(end, END_DIGITS)),
        Outcome::NoiseFloor | Outcome::Trapped => format!(
            "{}: at rest at alignment = {:.6}, m = {:.6}, q = {:.6}",
            run.outcome.word(),
            run.last.alignment,
            run.last.m,
            run.last.q()
        ),
        Outcome::Unfinished if run.end >= solved.problem.scaling().last_time() => {
            format!("unfinished: the step sizes have come to an end at {end:.6e}")
        }
        Outcome::Unfinished => format!("unfinished: t-max reached at {end:.6e}"),
    };
    let mut text = format!(
        "{}\nexit time   {exit}  [{unit}; |alignment| = {}]\noutcome     {outcome}\n\
         loss        {:.9e} (excess {:.3e})\n",
        solved.problem.model().label(),
        solved.problem.threshold(),
        run.loss,
        run.excess,
    );
    if let Some(phase) = ended.phase {
        let tau = match (phase.search_time(), solved.clock.rate()) {
            (None, _) => "none".to_owned(),
            (Some(t), _) if t.is_infinite() => "infinite".to_owned(),
            (Some(t), Some(rate)) => held(t * rate, 12, phase.tau_error().unwrap_or(0.0) * rate),
            (Some(t), None) => {
                format!("{} in t", held(t, 12, phase.tau_error().unwrap_or(0.0)))
            }
        };
        let errors = phase.errors.unwrap_or_default();
        text.push_str(&format!(
            "search      A = {}, B = {}, tau = {tau}\n",
            held(phase.gradient_norm, 10, errors.gradient_norm),
            held(phase.curvature, 10, errors.curvature)
        ));
    }
    for line in unplaced(ended.critical.unsearched, &ended.critical.underflow) {
        text.push_str(&line);
        text.push('\n');
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
