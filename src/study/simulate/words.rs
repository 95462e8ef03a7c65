//! Simulated seeds in words.

use std::fmt::Write;

use super::SimulateReport;
use crate::numeral::plain;
use crate::simulation::{Quantity, SeedRun, TimeSummary};
use crate::study::units::plain_unit;
use crate::study::words::significant;

/// The quantities of the summary and the figure: sizes where random starts give both signs.
pub(super) fn shown(simulated: &SimulateReport) -> Vec<Quantity> {
    let is_lora = simulated.problem.adapter().is_lora();
    let both_signs = simulated.problem.setup().alignment0.is_none();
    let (u, alignment) = match (is_lora, both_signs) {
        (true, true) => (Quantity::AbsU, Quantity::AbsAlignment),
        (true, false) => (Quantity::U, Quantity::Alignment),
        (false, _) => (Quantity::Loss, Quantity::Alignment),
    };
    let mut all = vec![alignment, Quantity::M, Quantity::Q];
    if is_lora {
        all.push(u);
    }
    all.push(Quantity::Loss);
    all
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
            "{} seeds to step {last}, d = {}, B = {}, eta = {}",
            runs.len(),
            plain(sgd.dim),
            plain(sgd.batch),
            plain(sgd.step)
        ),
    );
    line("exit step", exits(&simulated.exits()));
    for quantity in shown(simulated) {
        if let Some(Some(s)) = statistics.of(quantity).last() {
            let value = match s.std {
                Some(std) => format!("{:.6e} +- {std:.1e} (mean and standard deviation)", s.mean),
                None => format!("{:.6e}", s.mean),
            };
            line(quantity.name(), value);
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
fn exits(exits: &[Option<f64>]) -> String {
    let times = TimeSummary::of(exits);
    let words = |x: Option<f64>| x.map_or("none".to_owned(), |x| significant(x, 6));
    format!(
        "{} of {} seeds: median {}, 5 % {}, 95 % {}",
        exits.iter().flatten().count(),
        exits.len(),
        words(times.q50),
        words(times.q05),
        words(times.q95)
    )
}

/// A seed that did not come to its end.
pub(super) fn diverged(run: &SeedRun) -> String {
    format!(
        "seed {} diverged at step {}; its records up to there are kept, the averages leave it out",
        run.seed, run.steps
    )
}
