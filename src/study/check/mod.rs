//! What do the options of a problem ask, with all defaults filled in?

use std::fmt::Write;

use super::provenance::{object, require_rows};
use super::search::{curves, strengths, with_defaults};
use super::words::word;
use crate::error::Error;
use crate::numeral::plain;
use crate::problem::{Problem, ProblemOptions};
use crate::sweep::SearchSweep;

/// The problems in words, one paragraph per pair of links; nothing is computed.
///
/// # Errors
/// Whatever a search over them would refuse, units of time included.
pub fn check(options: &ProblemOptions) -> Result<String, Error> {
    let options = with_defaults(options.clone())?;
    let models = options.models(&[])?;
    let points = models.len() * options.mu.as_ref().map_or(1, |grid| grid.values().len());
    require_rows(points, "search", &object(&options).into())?;
    SearchSweep::new(curves(&options, None)?, strengths(&options), true)?;
    let mut text = String::new();
    for model in &models {
        let problems = strengths(&options)
            .into_iter()
            .map(|mu| options.problem(model, mu));
        let problems = problems.collect::<Result<Vec<Problem>, _>>()?;
        if let Some(first) = problems.first() {
            let _infallible = write!(text, "{}", describe(&options, first, &model.label()));
        }
    }
    Ok(text)
}

fn describe(options: &ProblemOptions, problem: &Problem, label: &str) -> String {
    let strengths = match (&options.mu, options.rho) {
        (Some(grid), _) => format!("mu = {grid}"),
        (None, Some(rho)) => format!(
            "rho = {}, kappa = {}",
            plain(rho),
            plain(problem.pretraining().kappa())
        ),
        (None, None) => "none given".to_owned(),
    };
    let start = problem.start();
    format!(
        "link          {label}\n\
         pre-training  {strengths}\n\
         adapter       {}, dynamics {}\n\
         noise         Delta = {}, nu = {}\n\
         start         u = {}, alignment = {}\n\
         ends          |alignment| = {} ends the search; t at most {:e}\n",
        word(&problem.adapter()),
        word(&problem.dynamics()),
        plain(problem.label_noise()),
        plain(problem.scaling().nu),
        plain(start.u),
        plain(start.alignment),
        plain(problem.threshold()),
        problem.t_max(),
    )
}
