//! What the options of a network ask, in words.

use std::fmt::Write;

use nalgebra::DMatrix;

use super::steps;
use crate::dynamics::network::network_system;
use crate::error::Error;
use crate::numeral::{counted, plain};
use crate::problem::network::{NetworkProblem, NetworkStart};
use crate::problem::{Dynamics, Grid, ProblemError, ProblemOptions};
use crate::study::cost::Cost;
use crate::study::search::strengths;
use crate::study::words::{significant, word};
use crate::watch::Watch;

/// Units that are named one by one, and overlaps of one of them.
const NAMED: usize = 8;
/// An overlap that is rounding, against the lengths.
const ROUNDING: f64 = 1e-12;

/// The networks in words, one paragraph per pair of links.
///
/// # Errors
/// Whatever a run would refuse.
pub(super) fn check(options: &ProblemOptions, progress: &dyn Watch) -> Result<String, Error> {
    let strengths = strengths(options);
    let mut text = String::new();
    for model in options.models(&[])? {
        for mu in &strengths {
            options.network_problem(&model, *mu)?;
        }
        let first = options.network_problem(&model, strengths[0])?;
        text.push_str(&describe(options.mu.as_ref(), &first));
        let cost = Cost::of_network(&first, progress)?;
        let _infallible = writeln!(text, "averages      {cost}");
        if first.setup().scaling.nu > 0.0 {
            let _infallible = writeln!(text, "N             {}", noise(&first)?);
        }
    }
    match text.is_empty() {
        true => Err(Error::refused("link", "is needed, as in --link=erf")),
        false => Ok(text),
    }
}

fn describe(mu: Option<&Grid>, problem: &NetworkProblem) -> String {
    let setup = problem.setup();
    let (units, stars) = (problem.units(), problem.teacher_units());
    let strength = mu.map_or(String::new(), |mu| format!("; mu = {mu}"));
    let adapter = match setup.adapter.facts().is_lora {
        true => format!("{}, rank {}", word(&setup.adapter), setup.rank),
        false => word(&setup.adapter),
    };
    let dynamics = match setup.dynamics {
        Dynamics::Flow => "",
        Dynamics::Map => ", finite-step map",
    };
    format!(
        "link          {}\n\
         network       {}, {}{strength}\n\
         {}\
         readouts      teacher {}; student {}, {}\n\
         adapter       {adapter}{dynamics}\n\
         noise         Delta = {}, nu = {}\n\
         {}\
         state         {}\n\
         ends          alignment = {} ends the search; t at most {:e}\n",
        problem.model().label(),
        counted(stars, "teacher unit"),
        counted(units, "student unit"),
        overlaps(problem),
        listed(&setup.teacher_readout),
        listed(&setup.readout),
        match setup.readout_ratio {
            0.0 => "frozen".to_owned(),
            ratio => format!("trained with step ratio {}", plain(ratio)),
        },
        plain(setup.label_noise),
        plain(setup.scaling.nu),
        steps(&setup.scaling, problem.t_max()),
        state(problem),
        plain(setup.threshold),
        setup.t_max,
    )
}

/// Numbers, once where they are all the same.
fn listed(numbers: &[f64]) -> String {
    let few = |numbers: &[f64]| {
        let words: Vec<String> = numbers.iter().map(|x| significant(*x, 6)).collect();
        words.join(", ")
    };
    match numbers {
        [first, rest @ ..] if rest.iter().all(|x| x.to_bits() == first.to_bits()) => few(&[*first]),
        _ if numbers.len() > NAMED => format!("{}, ...", few(&numbers[..NAMED])),
        _ => few(numbers),
    }
}

/// Who overlaps with whom.
fn overlaps(problem: &NetworkProblem) -> String {
    let frame = problem.frame();
    let (teachers, weights) = (frame.teachers(), frame.weights());
    let among = teachers * teachers.transpose();
    let m = weights * teachers.transpose();
    let q = weights * weights.transpose();
    let mut text = String::from("teachers      ");
    let apart = pairs(&among);
    let unit = (0..among.nrows()).all(|i| (among[(i, i)] - 1.0).abs() < ROUNDING);
    text.push_str(match (unit, apart.is_empty()) {
        (true, true) => "orthonormal",
        (true, false) => "of length 1; overlaps ",
        (false, true) => "orthogonal; squared lengths ",
        (false, false) => "squared lengths ",
    });
    if !unit {
        let squares: Vec<f64> = (0..among.nrows()).map(|i| among[(i, i)]).collect();
        text.push_str(&listed(&squares));
        text.push_str(if apart.is_empty() { "" } else { "; overlaps " });
    }
    text.push_str(&named(&apart));
    text.push('\n');
    for i in 0..m.nrows().min(NAMED) {
        let length = q[(i, i)].sqrt();
        let seen: Vec<(String, f64)> = (0..m.ncols())
            .filter(|j| m[(i, *j)].abs() > ROUNDING * length * among[(*j, *j)].sqrt())
            .map(|j| (format!("teacher {}", j + 1), m[(i, j)]))
            .collect();
        let seen = match seen.is_empty() {
            true => "with no teacher".to_owned(),
            false => format!("with {}", named(&seen)),
        };
        let length = significant(length, 6);
        let _infallible = writeln!(text, "unit {:<9}length {length}, overlaps {seen}", i + 1);
    }
    if m.nrows() > NAMED {
        let _infallible = writeln!(text, "              and {} more units", m.nrows() - NAMED);
    }
    let among = pairs(&q);
    if !among.is_empty() {
        let _infallible = writeln!(text, "units         overlap: {}", named(&among));
    }
    text
}

/// The pairs of units that overlap.
fn pairs(gram: &DMatrix<f64>) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    for i in 0..gram.nrows() {
        for j in i + 1..gram.nrows() {
            let size = (gram[(i, i)] * gram[(j, j)]).sqrt();
            if gram[(i, j)].abs() > ROUNDING * size {
                found.push((format!("{} and {}", i + 1, j + 1), gram[(i, j)]));
            }
        }
    }
    found
}

fn named(all: &[(String, f64)]) -> String {
    let shown = all.iter().take(NAMED);
    let mut words: Vec<String> = shown
        .map(|(name, value)| format!("{name} ({})", significant(*value, 6)))
        .collect();
    if all.len() > NAMED {
        words.push(format!("{} more", all.len() - NAMED));
    }
    words.join(", ")
}

/// How the averages of the noise are taken.
fn noise(problem: &NetworkProblem) -> Result<String, ProblemError> {
    let system = network_system(problem)?;
    Ok(match system.noise_error(&system.start()) {
        None => "over four units at a time, to rounding".to_owned(),
        Some(error) => format!(
            "by a rule over all units, relative error {error:.1e} at the start (noise-error = {} is allowed)",
            plain(problem.setup().noise_error)
        ),
    })
}

/// What a run integrates.
fn state(problem: &NetworkProblem) -> String {
    let readouts = match problem.setup().readout_ratio > 0.0 {
        true => problem.units(),
        false => 0,
    };
    let symmetric = |n: usize| n * (n + 1) / 2;
    let (parts, size) = match problem.start() {
        NetworkStart::Lora { u, v, rest } => (
            format!(
                "U {} x {}, V {} x {} in the frame of teachers and weights, Gram matrix of the rest {2} x {2}",
                u.nrows(),
                u.ncols(),
                v.nrows(),
                v.ncols()
            ),
            u.len() + v.len() + symmetric(rest.nrows()),
        ),
        NetworkStart::Whole { w, rest } => (
            format!(
                "W {} x {} in the span of the teachers, Gram matrix of the rest {0} x {0}",
                w.nrows(),
                w.ncols()
            ),
            w.len() + symmetric(rest.nrows()),
        ),
    };
    let trained = if readouts > 0 { ", readouts" } else { "" };
    format!("{parts}{trained}: {}", counted(size + readouts, "number"))
}
