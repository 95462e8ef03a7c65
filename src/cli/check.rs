//! `lorode check`: reads a problem file and says what it asks, without running it.

use std::fmt::Write;
use std::path::PathBuf;

use super::emit::{Failed, require_rows, say, word};
use super::problem_file::{object, read};
use crate::numeral::plain;
use crate::output::printable::shown_path;
use crate::problem::{Problem, ProblemOptions};
use crate::study::search::{strengths, with_defaults};
use crate::sweep::SearchSweep;

/// Check a problem file and say what it asks
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// Problem file (TOML)
    file: PathBuf,
}

impl Check {
    pub(super) fn run(&self) -> Result<(), Failed> {
        let options = with_defaults(read(&self.file)?).map_err(Failed::usage)?;
        let pairs = options.models(&[]).map_err(Failed::usage)?;
        let points = pairs.len() * options.mu.as_ref().map_or(1, |grid| grid.values().len());
        require_rows(points, "search", &object(&options)?.into())?;
        // The same checks as the command itself, units of time included.
        SearchSweep::new(&options, pairs.clone(), strengths(&options)).map_err(Failed::usage)?;
        let mut text = format!("{}: in order\n", shown_path(&self.file));
        for pair in &pairs {
            let mut problems = Vec::new();
            for mu in strengths(&options) {
                problems.push(options.problem(pair, mu).map_err(Failed::usage)?);
            }
            if let Some(first) = problems.first() {
                let _infallible = write!(text, "{}", describe(&options, first, &pair.label()));
            }
        }
        say(&text)
    }
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
