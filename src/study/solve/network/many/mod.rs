//! Networks that differ by one number, as their strength or their rank: a run for each, drawn together.

mod figure;

use serde::Deserialize;
use serde_json::Value;

pub(crate) use figure::figure as networks_figure;

use super::{SolveNetwork, SolveNetworkReport, SolveNetworkWork, sizes};
use crate::error::Error;
use crate::model::Model;
use crate::numeral::{counted, plain};
use crate::output::{Figure, Table};
use crate::problem::ProblemOptions;
use crate::search::network::NetworkSearch;
use crate::study::provenance::{provenance, signed, with_links};
use crate::study::saved::drawn;
use crate::study::schema::{SOLVE_NETWORKS, of_tables, with_schema};
use crate::study::search::second;
use crate::study::solve::Solve;
use crate::study::units::plain_unit;
use crate::study::words::{digits_at, end_digits, loss_in_words, significant};
use crate::study::{Report, Study, Work};
use crate::watch::Watch;

/// One network for each value of the one number that has a grid.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct SolveNetworks(pub Solve);

/// Networks that are being solved.
pub struct NetworksWork {
    settings: Solve,
    key: String,
    runs: Vec<(f64, SolveNetworkWork)>,
}

/// A run for each value, as far as they came.
#[derive(Clone, Debug)]
pub struct NetworksReport {
    /// The number by which they differ, as its flag is called.
    pub key: String,
    /// Values with their runs, in the order of the grid.
    pub runs: Vec<(f64, SolveNetworkReport)>,
    asked: usize,
    parameters: Value,
}

impl Solve {
    /// Whether several runs are asked for: of strengths, or of networks that differ by another number.
    pub fn is_of_many(&self) -> bool {
        let strengths = self.problem.mu.as_ref();
        let has_grid = strengths.is_some_and(|grid| grid.single().is_none());
        // Two grids are refused when the study begins.
        has_grid || self.problem.is_network() && !matches!(second(&self.problem, None), Ok(None))
    }
}

/// The number that has a grid, and the options at each of its values.
fn values(options: &ProblemOptions) -> Result<(String, Vec<(f64, ProblemOptions)>), Error> {
    let second = second(options, None)?;
    let strengths = options.mu.as_ref().filter(|grid| grid.single().is_none());
    match (strengths, second) {
        (Some(_), Some(axis)) => Err(Error::Setting(format!(
            "mu and {} are both grids: solve draws runs that differ by one number; for more see `lorode phase`",
            axis.name()
        ))),
        (_, Some(axis)) => {
            let at = |value: &f64| (*value, axis.with_value(options, *value));
            let all = axis.values().iter().map(at).collect();
            Ok((axis.name().to_owned(), all))
        }
        (grid, None) => {
            let at = |mu: &f64| {
                let mut options = options.clone();
                options.mu = Some((*mu).into());
                (*mu, options)
            };
            let all = grid.into_iter().flat_map(|grid| grid.values());
            Ok(("mu".to_owned(), all.map(at).collect()))
        }
    }
}

impl Study for SolveNetworks {
    const NAME: &'static str = Solve::NAME;
    type Work = NetworksWork;

    fn begin(&self) -> Result<NetworksWork, Error> {
        let (key, values) = values(&self.0.problem)?;
        let one = |(value, problem): (f64, ProblemOptions)| {
            let one = Solve {
                problem,
                ..self.0.clone()
            };
            Ok((value, SolveNetwork(one).begin()?))
        };
        Ok(NetworksWork {
            runs: values.into_iter().map(one).collect::<Result<_, Error>>()?,
            settings: self.0.clone(),
            key,
        })
    }
}

impl Work for NetworksWork {
    type Report = NetworksReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        for (_, run) in &self.runs {
            if progress.cancelled() {
                break;
            }
            match run.advance(progress) {
                // Kept with the run: the others have answers all the same.
                Err(error) if !error.is_refusal() => {}
                other => other?,
            }
        }
        Ok(())
    }

    fn models(&self) -> Vec<Model> {
        let first = self.runs.iter().take(1);
        first.flat_map(|(_, run)| run.models()).collect()
    }

    fn parameters(&self) -> Value {
        self.settings.parameters()
    }

    fn report(&self) -> Option<NetworksReport> {
        let finished = self.runs.iter();
        let finished = finished.filter_map(|(value, run)| Some((*value, run.report()?)));
        let runs: Vec<(f64, SolveNetworkReport)> = finished.collect();
        (!runs.is_empty()).then(|| NetworksReport {
            key: self.key.clone(),
            runs,
            asked: self.runs.len(),
            parameters: self.parameters(),
        })
    }
}

impl NetworksReport {
    fn made(&self) -> Value {
        provenance(Solve::NAME, &self.parameters, self.incomplete().as_deref())
    }

    /// A run in the table of the summary.
    fn line(&self, value: f64, run: &SolveNetworkReport) -> String {
        let name = plain(value);
        let Some(ended) = &run.ended else {
            return format!("{name:>10}  not finished\n");
        };
        let of_runs = digits_at(&run.origin.parameters, DIGITS);
        let time = |t: Option<f64>, digits: usize| match t {
            None => "none".to_owned(),
            Some(t) if t.is_infinite() => "infinite".to_owned(),
            Some(t) => significant(run.clock.at(t), digits),
        };
        let phase = ended.phase.as_ref();
        let tau = phase.and_then(NetworkSearch::search_time);
        let at = |t: f64| run.clock.at(t);
        let lengths = run.plateaus.iter().map(|one| at(one.to) - at(one.from));
        let longest = lengths
            .reduce(f64::max)
            .map_or("none".to_owned(), |t| significant(t, of_runs));
        let end = &ended.run;
        format!(
            "{name:>10} {:>12} {:>12} {:>12} {:>12} {:>16}  {}\n",
            match run.clock.rate() {
                Some(_) => time(tau, DIGITS),
                None => "-".to_owned(),
            },
            time(end.exit_time, of_runs),
            longest,
            time(Some(end.end), end_digits(end.outcome, of_runs)),
            loss_in_words(end.loss, &run.origin.parameters),
            end.outcome.word()
        )
    }
}

/// Digits that hold at the default tolerances.
const DIGITS: usize = 6;

impl Report for NetworksReport {
    fn incomplete(&self) -> Option<String> {
        let whole = self
            .runs
            .iter()
            .filter(|(_, run)| run.origin.incomplete.is_none());
        let whole = whole.count();
        let all = counted(self.asked, "run");
        (whole < self.asked).then(|| format!("{whole} of {all} finished"))
    }

    fn json(&self) -> Value {
        let mut json = self.made();
        json["schema"] = of_tables(self.table(), Vec::new());
        json["runs"] = self.runs.iter().map(|(_, run)| run.json()).collect();
        json
    }

    fn table(&self) -> Table {
        let rows = || {
            let all = self.runs.iter();
            all.flat_map(|(value, run)| (0..run.trajectory.t.len()).map(move |k| (*value, run, k)))
        };
        let column = |of: &dyn Fn(f64, &SolveNetworkReport, usize) -> f64| {
            rows()
                .map(|(value, run, k)| Some(of(value, run, k)))
                .collect()
        };
        let table = Table::new(self.made())
            .numbers(self.key.replace('-', "_"), column(&|value, _, _| value))
            .numbers("t", column(&|_, run, k| run.clock.at(run.trajectory.t[k])))
            .numbers("loss", column(&|_, run, k| run.trajectory.loss[k]))
            .numbers("cosine", column(&|_, run, k| run.trajectory.cosine[k]));
        let first = self.runs.first().map(|(_, run)| run.problem.model());
        let table = match first {
            Some(model) => with_links(table, model),
            None => table,
        };
        with_schema(signed(table), &SOLVE_NETWORKS)
    }

    fn figure(&self) -> Option<Figure> {
        drawn(self, figure::figure)
    }

    fn summary(&self) -> String {
        let Some((_, first)) = self.runs.first() else {
            return String::new();
        };
        let mut text = format!(
            "{}: {}\ntimes in {}; alignment = {} is the exit\n\n{:>10} {:>12} {:>12} {:>12} {:>12} {:>16}  {}\n",
            first.problem.model().label(),
            sizes(&first.problem),
            plain_unit(&first.options),
            first.problem.setup().threshold,
            self.key,
            "tau",
            "exit",
            "plateau",
            "end",
            "loss",
            "outcome"
        );
        for (value, run) in &self.runs {
            text.push_str(&self.line(*value, run));
        }
        text
    }

    fn warnings(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for warning in self.runs.iter().flat_map(|(_, run)| run.warnings()) {
            if !all.contains(&warning) {
                all.push(warning);
            }
        }
        all
    }

    fn failures(&self) -> Vec<String> {
        let failed = self.runs.iter();
        let failed =
            failed.filter_map(|(value, run)| Some((value, run.origin.incomplete.as_ref()?)));
        failed
            .map(|(value, why)| format!("{} = {}: {why}", self.key, plain(*value)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Cancel;

    fn solved(mu: &str, rank: &str) -> Result<NetworksReport, Error> {
        let mut solve = Solve::default();
        solve.problem.link = vec!["erf".into()];
        solve.problem.mu = Some(mu.parse().unwrap());
        solve.problem.rank = Some(rank.parse().unwrap());
        solve.problem.units = Some(2.0.into());
        solve.problem.teacher_units = Some(2.0.into());
        solve.points = 20;
        assert!(solve.is_of_many());
        SolveNetworks(solve).run(&Cancel::default())
    }

    #[test]
    fn every_rank_and_every_strength_has_the_answer_it_has_alone() {
        for (mu, rank, key) in [("0.5", "1,2", "rank"), ("0.5,0.7", "2", "mu")] {
            let many = solved(mu, rank).unwrap();
            assert_eq!((many.incomplete(), many.runs.len()), (None, 2));
            assert_eq!(many.key, key);
            let alone = Solve {
                problem: many.runs[1].1.options.clone(),
                points: 20,
                ..Solve::default()
            };
            assert!(!alone.is_of_many());
            let alone = SolveNetwork(alone).run(&Cancel::default()).unwrap();
            assert_eq!(many.json()["runs"][1], alone.json());
            let csv = String::from_utf8(many.table().to_csv().unwrap()).unwrap();
            assert!(csv.starts_with(&format!("{key},t,loss,cosine")), "{csv}");
            let panels = many.figure().unwrap().panels;
            assert_eq!((panels.len(), panels[0].curves.len()), (2, 2));
            let symbol = if key == "mu" { "μ = 0.5" } else { "rank = 1" };
            assert_eq!(panels[0].curves[0].label, symbol);
        }
    }

    #[test]
    fn two_grids_are_refused() {
        let refused = solved("0.5,0.7", "1,2").unwrap_err();
        assert!(refused.is_refusal() && refused.to_string().contains("phase"));
    }
}
