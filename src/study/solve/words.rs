//! A run in words.

use super::source::{Change, source};
use super::{Ended, SolveReport};
use crate::integrator::Tolerances;
use crate::study::units::plain_unit;
use crate::study::words::{held, losses_in_words, significant, unplaced};
use crate::trajectory::{Outcome, Run};

/// Digits of times on the screen: as many as hold at the default tolerances.
const EXIT_DIGITS: usize = 9;
const END_DIGITS: usize = 8;
/// What the tolerance leaves open of a time at which something was learned, of that time.
const OF_END: f64 = 0.3;
/// Digits of what is left of the source.
const SOURCE_DIGITS: usize = 5;

/// An exit with the digits that hold.
fn exit_in_words(solved: &SolveReport, (run, t): (&Run, f64)) -> String {
    let shown = solved.clock.at(t);
    let error = run.exit_error(solved.problem.threshold(), tolerance(solved));
    held(shown, EXIT_DIGITS, error * shown)
}

fn tolerance(solved: &SolveReport) -> f64 {
    let given = solved.origin.parameters["rtol"].as_f64();
    given.unwrap_or(Tolerances::default().rtol)
}

/// How it ended.
fn outcome(solved: &SolveReport, run: &Run) -> String {
    let end = solved.clock.at(run.end);
    match run.outcome {
        Outcome::Learned => {
            let error = OF_END * tolerance(solved) * end;
            format!("learned at {}", held(end, END_DIGITS, error))
        }
        Outcome::NoiseFloor | Outcome::Trapped | Outcome::Rest => format!(
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
    }
}

/// What is left of the task of a tilted start.
fn of_source(solved: &SolveReport, ended: &Ended) -> Option<String> {
    let source = source(solved, ended)?;
    let change = |of: Change| {
        let [start, end] = [of.start, of.end].map(|x| significant(x, SOURCE_DIGITS));
        format!("{start} -> {end}")
    };
    let (overlap, loss) = (change(source.overlap), change(source.loss));
    Some(format!("source      overlap {overlap}, loss {loss}\n"))
}

pub(super) fn summary(solved: &SolveReport, ended: &Ended) -> String {
    let run = &ended.run;
    let unit = plain_unit(&solved.options);
    let exit = match run.exit_time {
        Some(t) => exit_in_words(solved, (run, t)),
        None => "none".to_owned(),
    };
    let outcome = outcome(solved, run);
    let mut text = format!(
        "{}\nexit time   {exit}  [{unit}; |alignment| = {}]\noutcome     {outcome}\n\
         loss        {}\n",
        solved.problem.model().label(),
        solved.problem.threshold(),
        losses_in_words(run.loss, run.excess, &solved.origin.parameters),
    );
    text.push_str(&of_source(solved, ended).unwrap_or_default());
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

/// What to say of a run that was broken off.
pub(super) fn kept(why: Option<&str>, files: Option<&str>) -> String {
    let why = why.unwrap_or_default();
    match files {
        Some(files) => format!("{why}; the run so far is in '{files}'"),
        None => why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::study::solve::Solve;
    use crate::study::{Report, Study};
    use crate::watch::Cancel;

    #[test]
    fn what_was_learned_at_a_loose_tolerance_has_few_digits() {
        let mut solve = Solve::default();
        solve.problem.link = vec!["erf".into()];
        solve.problem.mu = Some(0.5.into());
        solve.precision.rtol = Some(1e-3);
        let summary = solve.run(&Cancel::default()).unwrap().summary();
        // 213.722214 by another integrator at 1e-12.
        assert!(summary.contains("learned at 214\n"), "{summary}");
    }

    /// All digits that are shown are those of the run at 1e-12.
    #[test]
    fn an_exit_has_the_digits_that_hold() {
        let shown = |mu: f64, angle: f64, rtol: f64| {
            let mut solve = Solve::default();
            solve.problem.link = vec!["erf".into()];
            (solve.problem.mu, solve.problem.angle) = (Some(mu.into()), Some(angle.into()));
            solve.precision.rtol = Some(rtol);
            let report = solve.run(&Cancel::default()).unwrap();
            let exit = report.ended.as_ref().unwrap().run.exit_time.unwrap();
            let line = report.summary();
            let word = line
                .lines()
                .nth(1)
                .unwrap()
                .split_whitespace()
                .nth(2)
                .unwrap();
            (word.to_owned(), exit)
        };
        // The second only just reaches the threshold.
        for (mu, angle, digits) in [(0.5, 0.0, [9, 8]), (0.906, 12.63, [7, 5])] {
            let (_, exact) = shown(mu, angle, 1e-12);
            for (rtol, digits) in [1e-8, 1e-6].into_iter().zip(digits) {
                let (word, _) = shown(mu, angle, rtol);
                let places = word.split('.').nth(1).map_or(0, str::len);
                assert_eq!(word, format!("{exact:.places$}"), "{mu} {angle} {rtol}");
                let shown = word.chars().filter(char::is_ascii_digit).count();
                assert_eq!(shown, digits, "{word} at {rtol}");
            }
        }
    }
}
