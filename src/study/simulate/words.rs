//! Simulated seeds in words.

use std::fmt::Write;

use super::SimulateReport;
use crate::numeral::{counted, plain};
use crate::observable::Observable;
use crate::problem::{Problem, ProblemOptions};
use crate::simulation::{SeedRun, TimeSummary};
use crate::study::along_run;
use crate::study::units::plain_unit;
use crate::study::words::{kept, significant};

/// The numbers of the summary and the figure: their sizes where random starts give LoRA both signs.
pub(super) fn shown(problem: &Problem, options: &ProblemOptions) -> Vec<&'static Observable> {
    let both_signs = problem.adapter().is_lora() && problem.setup().alignment0.is_none();
    let size = |one: &'static Observable| one.size.filter(|_| both_signs).unwrap_or(one);
    along_run::shown(options).into_iter().map(size).collect()
}

pub(super) fn summary(simulated: &SimulateReport) -> String {
    let (runs, statistics) = (&simulated.ensemble.runs, &simulated.statistics);
    let mut text = format!("{}\n", simulated.problem.model().label());
    let mut line = |name: &str, value: String| {
        let _written = writeln!(text, "{name:<13} {value}");
    };
    let last = statistics.step.last().copied().unwrap_or(0);
    let sgd = simulated.sgd;
    line(
        "simulated",
        format!(
            "{} to step {last}, d = {}, B = {}, eta = {}{}",
            counted(runs.len(), "seed"),
            plain(sgd.dim),
            plain(sgd.batch),
            plain(sgd.step),
            kept(sgd)
        ),
    );
    line("exit step", exits(&simulated.exits()));
    for observable in shown(&simulated.problem, &simulated.options) {
        if let Some(Some(s)) = statistics.of(observable).last() {
            let value = match s.std {
                Some(std) => format!("{:.6e} +- {std:.1e} (mean and standard deviation)", s.mean),
                None => format!("{:.6e}", s.mean),
            };
            line(observable.name, value);
        }
    }
    line("loss by", simulated.loss_by.clone());
    let end = simulated.time(last);
    line(
        "end",
        format!("{end:.6e} [{}]", plain_unit(&simulated.options)),
    );
    if let Some(seconds) = simulated.seconds {
        let steps: u64 = runs.iter().map(|run| run.steps).sum();
        let speed = steps as f64 / seconds;
        line(
            "speed",
            format!("{speed:.0} steps/s, {:.3} ms", 1e3 * seconds),
        );
    }
    text
}

/// How many exit, and when.
pub(super) fn exits(exits: &[Option<f64>]) -> String {
    let times = TimeSummary::of(exits);
    let words = |x: Option<f64>| x.map_or("none".to_owned(), |x| significant(x, 6));
    format!(
        "{} of {}: median {}, 5 % {}, 95 % {}",
        exits.iter().flatten().count(),
        counted(exits.len(), "seed"),
        words(times.q50),
        words(times.q05),
        words(times.q95)
    )
}

/// A seed that did not come to its end.
pub(super) fn diverged<O>(run: &SeedRun<O>) -> String {
    format!(
        "seed {} diverged at step {}; its records up to there are kept, the averages leave it out",
        run.seed, run.steps
    )
}
