//! What do the options of a problem ask, with all defaults filled in?

#[cfg(feature = "cli")]
mod history;
mod network;
#[cfg(feature = "cli")]
mod network_history;

use std::fmt::Write;

use super::cost::Cost;
use super::provenance::{object, require_rows};
use super::search::{curves, second, strengths, with_defaults};
use super::words::word;
use crate::error::Error;
use crate::numeral::plain;
use crate::problem::{Momentum, Problem, ProblemOptions, Scaling};
use crate::sweep::SearchSweep;
use crate::trajectory::Until;
use crate::watch::Watch;

/// The problems in words, one paragraph per pair of links, with how the averages are taken and, where `progress` has a
/// clock, what they cost here: at most about a second a pair goes into that, and nothing else is computed.
///
/// # Errors
/// Whatever a search over them would refuse, units of time included.
pub fn check(options: &ProblemOptions, progress: &dyn Watch) -> Result<String, Error> {
    if options.is_network() {
        return network::check(options, progress);
    }
    let options = with_defaults(options.clone())?;
    let (all, strengths) = (curves(&options, None)?, strengths(&options));
    require_rows(
        all.len() * strengths.len(),
        "search",
        &object(&options).into(),
    )?;
    let second = second(&options, None)?;
    let values = second.as_ref().map_or(1, |axis| axis.values().len());
    let mut text = String::new();
    for first in all.iter().step_by(values) {
        let problem = first.options.problem(&first.model, strengths[0])?;
        text.push_str(&describe(&options, &problem, &first.model.label()));
        let cost = Cost::of(&problem, progress);
        let _infallible = writeln!(text, "averages      {cost}");
        if let Some(axis) = &second {
            let _infallible = writeln!(
                text,
                "grid          {} = {} to {} ({values} values); above, the first",
                axis.name(),
                plain(axis.values()[0]),
                plain(axis.values()[values - 1])
            );
        }
    }
    // Runs may have step sizes that change, searches not.
    if options.lr_schedule.is_none() {
        SearchSweep::new(all, strengths, Some(Until::Outcome))?;
    }
    Ok(text)
}

/// The same of a file, of a problem or of tasks and stages.
///
/// # Errors
/// A file that cannot be read, and whatever its study would refuse.
#[cfg(feature = "cli")]
pub(crate) fn check_file(path: &std::path::Path, progress: &dyn Watch) -> Result<String, Error> {
    use super::problem_file::{is_history, read, read_history};
    match is_history(path) {
        true => {
            let options = read_history(path)?;
            match options.is_network() {
                true => network_history::check(&options, progress),
                false => history::check(&options, progress),
            }
        }
        false => check(&read(path)?, progress),
    }
}

/// Steps that are not plain ones of one size, a line each.
pub(super) fn steps(scaling: &Scaling, most: f64) -> String {
    let mut text = String::new();
    if let Some(sizes) = &scaling.sizes {
        let lr = scaling.step.map_or("lr".to_owned(), plain);
        let _infallible = writeln!(text, "step size     {lr} times {sizes}; t at most {most:e}");
    }
    let _infallible = match scaling.momentum {
        Momentum::None => Ok(()),
        Momentum::Fixed(theta) => writeln!(
            text,
            "momentum      {}: t = lr steps / (1 - momentum)",
            plain(theta)
        ),
        Momentum::HeavyBall(gamma) => writeln!(
            text,
            "friction      {}: a heavy ball, t = sqrt(lr) steps",
            plain(gamma)
        ),
    };
    text
}

fn describe(options: &ProblemOptions, problem: &Problem, label: &str) -> String {
    let strengths = match (&options.mu, &options.rho) {
        (Some(grid), _) => format!("mu = {grid}"),
        (None, Some(_)) => format!(
            "rho = {}, kappa = {}",
            plain(problem.pretraining().rho()),
            plain(problem.pretraining().kappa())
        ),
        (None, None) => "none given".to_owned(),
    };
    let (start, scaling) = (problem.start(), problem.scaling());
    let steps = steps(problem.scaling(), problem.t_max());
    format!(
        "link          {label}\n\
         pre-training  {strengths}\n\
         adapter       {}, dynamics {}\n\
         noise         Delta = {}, nu = {}\n\
         {steps}\
         start         u = {}, alignment = {}\n\
         ends          |alignment| = {} ends the search; t at most {:e}\n",
        word(&problem.adapter()),
        word(&problem.dynamics()),
        plain(problem.label_noise()),
        plain(scaling.nu),
        plain(start.u),
        plain(start.alignment),
        plain(problem.threshold()),
        problem.setup().t_max,
    )
}
