//! Columns that several tables have.

use super::described::Described;
use crate::observable::{run, search_phase};
use crate::problem::ProblemOptions;

pub(super) fn indexed(one: Described, index: &str) -> Described {
    let at = format!("{}[{index}]", one.at);
    one.at(at)
}

pub(super) fn step(at: &str) -> Described {
    Described::whole("step", "step of SGD").at(at)
}

pub(super) fn time(at: &str) -> Described {
    Described::real("t", "time", "time").symbol("t").at(at)
}

pub(super) fn links(place: &str) -> Vec<Described> {
    let links = ["teacher", "student"].map(|name| {
        let mut one = parameter(name);
        one.meaning = format!("{name}'s link function");
        one.below(place)
    });
    links.into()
}

/// An option of the problem.
pub(super) fn parameter(name: &str) -> Described {
    let found = ProblemOptions::parameters().find(|one| one.name == name);
    found.map_or_else(|| Described::real(name, "", ""), |one| (&one).into())
}

pub(super) fn phase_numbers() -> [Described; 4] {
    use search_phase::{CURVATURE, GRADIENT_NORM, GROWTH_RATE, TAU};
    [&GRADIENT_NORM, &CURVATURE, &GROWTH_RATE, &TAU].map(Described::from)
}

pub(super) fn phase_errors() -> [Described; 3] {
    [
        Described::real("gradient_error", "", "absolute error to expect of A"),
        Described::real("curvature_error", "", "absolute error to expect of B"),
        Described::real(
            "tau_error",
            "time",
            "absolute error to expect of tau, from those of the averages",
        ),
    ]
}

/// The times of the finite-size law.
pub(super) fn law() -> [Described; 5] {
    use run::{EXIT_MEAN, EXIT_MEDIAN, EXIT_MEDIAN_LINEAR, EXIT_Q05, EXIT_Q95};
    [
        &EXIT_MEAN,
        &EXIT_MEDIAN,
        &EXIT_Q05,
        &EXIT_Q95,
        &EXIT_MEDIAN_LINEAR,
    ]
    .map(Described::from)
}

pub(super) fn outcome(words: &str) -> Described {
    Described::text("outcome", &format!("how the run ended: {words}"))
}

pub(super) fn failure() -> Described {
    Described::text("failure", "why it failed, where it did")
}
