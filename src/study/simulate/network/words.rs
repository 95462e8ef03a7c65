//! Simulated networks in words.

use std::fmt::Write;

use super::SimulateNetworkReport;
use crate::numeral::{counted, plain};
use crate::simulation::Summary;
use crate::study::simulate::words::exits;
use crate::study::solve::sizes;
use crate::study::units::plain_unit;
use crate::study::words::kept;

pub(super) fn summary(simulated: &SimulateNetworkReport) -> String {
    let (runs, statistics) = (&simulated.ensemble.runs, &simulated.statistics);
    let problem = &simulated.problem;
    let mut text = format!("{}: {}\n", problem.model().label(), sizes(problem));
    let mut line = |name: &str, value: String| {
        let _infallible = writeln!(text, "{name:<13} {value}");
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
    let number = |summary: &Summary| match summary.std {
        Some(std) => format!(
            "{:.6e} +- {std:.1e} (mean and standard deviation)",
            summary.mean
        ),
        None => format!("{:.6e}", summary.mean),
    };
    for (name, summaries) in [("cosine", &statistics.cosine), ("loss", &statistics.loss)] {
        if let Some(last) = summaries.last() {
            line(name, number(last));
        }
    }
    line("loss by", simulated.loss_by.clone());
    let end = simulated.time(last);
    let unit = plain_unit(&simulated.options);
    line("end", format!("{end:.6e} [{unit}]"));
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
