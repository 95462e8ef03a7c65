//! Several strengths of one problem: a run for each, drawn together.

mod figure;

pub(crate) use figure::figure;
pub(super) use figure::{ended, time_range};

use serde::Deserialize;
use serde_json::Value;

use super::{Solve, SolveReport, SolveWork, in_unit};
use crate::error::Error;
use crate::model::Model;
use crate::numeral::{counted, plain};
use crate::output::{Figure, Table};
use crate::problem::go_on;
use crate::study::provenance::{provenance, signed, with_links};
use crate::study::saved::drawn;
use crate::study::schema::{SOLVE_STRENGTHS, of_tables, with_schema};
use crate::study::units::plain_unit;
use crate::study::words::{digits_at, end_digits, loss_in_words, significant};
use crate::study::{Report, Study, Work};
use crate::watch::Watch;

/// One problem at every strength of its grid.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct SolveStrengths(pub Solve);

/// Runs that are being solved.
pub struct StrengthsWork {
    settings: Solve,
    runs: Vec<SolveWork>,
}

/// A run for each strength, as far as they came.
#[derive(Clone, Debug)]
pub struct StrengthsReport {
    /// In the order of the grid.
    pub runs: Vec<SolveReport>,
    /// Strengths asked for.
    pub asked: usize,
    parameters: Value,
}

impl Study for SolveStrengths {
    const NAME: &'static str = Solve::NAME;
    type Work = StrengthsWork;

    fn begin(&self) -> Result<StrengthsWork, Error> {
        let grid = self.0.problem.mu.as_ref();
        let strengths = grid.map_or(&[][..], |grid| grid.values());
        // Without its grid, which is as long as there are runs.
        let mut one = self.0.clone();
        let one = |mu: &f64| {
            go_on()?;
            one.problem.mu = Some((*mu).into());
            one.begin()
        };
        Ok(StrengthsWork {
            runs: strengths.iter().map(one).collect::<Result<_, _>>()?,
            settings: self.0.clone(),
        })
    }
}

impl Work for StrengthsWork {
    type Report = StrengthsReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        for run in &self.runs {
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
        self.runs.iter().take(1).flat_map(Work::models).collect()
    }

    fn parameters(&self) -> Value {
        self.settings.parameters()
    }

    fn report(&self) -> Option<StrengthsReport> {
        let runs: Vec<SolveReport> = self.runs.iter().filter_map(Work::report).collect();
        (!runs.is_empty()).then(|| StrengthsReport {
            runs,
            asked: self.runs.len(),
            parameters: self.parameters(),
        })
    }
}

impl SolveReport {
    /// The strength of the run.
    pub(super) fn strength(&self) -> f64 {
        let grid = self.options.mu.as_ref();
        grid.and_then(|grid| grid.single()).unwrap_or(0.0)
    }
}

impl StrengthsReport {
    fn made(&self) -> Value {
        provenance(Solve::NAME, &self.parameters, self.incomplete().as_deref())
    }
}

impl Report for StrengthsReport {
    fn incomplete(&self) -> Option<String> {
        let whole = self
            .runs
            .iter()
            .filter(|run| run.origin.incomplete.is_none());
        let whole = whole.count();
        let all = counted(self.asked, "run");
        (whole < self.asked).then(|| format!("{whole} of {all} finished"))
    }

    fn json(&self) -> Value {
        let mut json = self.made();
        json["schema"] = of_tables(self.table(), Vec::new());
        let runs = self.runs.iter();
        json["runs"] = runs.map(Report::json).collect();
        json
    }

    fn table(&self) -> Table {
        let mut table = Table::new(self.made());
        let rows = || self.runs.iter().map(|run| (run, run.trajectory.t.len()));
        let strengths = rows().flat_map(|(run, rows)| vec![Some(run.strength()); rows]);
        table = table.numbers("mu", strengths.collect());
        let times = rows().flat_map(|(run, _)| in_unit(&run.trajectory, &run.clock));
        table = table.numbers("t", times.map(Some).collect());
        if let Some((first, _)) = rows().next() {
            for (observable, _) in first.trajectory.columns.iter() {
                let values = rows().flat_map(|(run, _)| run.trajectory.of(observable).to_vec());
                table = table.numbers(observable.name, values.collect());
            }
            table = with_links(table, first.problem.model());
        }
        with_schema(signed(table), &SOLVE_STRENGTHS)
    }

    fn figure(&self) -> Option<Figure> {
        drawn(self, figure)
    }

    fn summary(&self) -> String {
        let Some(first) = self.runs.first() else {
            return String::new();
        };
        let mut text = format!(
            "{}\ntimes in {}; |alignment| = {} is the exit\n\n{:>10} {:>12} {:>12} {:>12} {:>16}  {}\n",
            first.problem.model().label(),
            plain_unit(&first.options),
            first.problem.threshold(),
            "mu",
            "tau",
            "exit",
            "end",
            "loss",
            "outcome"
        );
        for run in &self.runs {
            text.push_str(&line(run));
        }
        text
    }

    fn warnings(&self) -> Vec<String> {
        self.runs.iter().flat_map(Report::warnings).collect()
    }

    fn failures(&self) -> Vec<String> {
        let failed = self.runs.iter();
        let failed =
            failed.filter_map(|run| Some((run.strength(), run.origin.incomplete.as_ref()?)));
        failed
            .map(|(mu, why)| format!("mu = {}: {why}", plain(mu)))
            .collect()
    }
}

/// A run in the table of the summary.
fn line(run: &SolveReport) -> String {
    /// Digits that hold at the default tolerances.
    const DIGITS: usize = 6;
    let of_runs = digits_at(&run.origin.parameters, DIGITS);
    let time = |t: Option<f64>, digits: usize| match t {
        None => "none".to_owned(),
        Some(t) if t.is_infinite() => "infinite".to_owned(),
        Some(t) => significant(run.clock.at(t), digits),
    };
    // Where steps do not pass at a constant rate a search time is none in steps.
    let of_rate = |tau| match run.clock.rate() {
        Some(_) => time(tau, DIGITS),
        None => "-".to_owned(),
    };
    let mu = significant(run.strength(), DIGITS);
    let Some(ended) = &run.ended else {
        return format!("{mu:>10}  not finished\n");
    };
    let tau = ended.phase.as_ref().and_then(|phase| phase.search_time());
    let of_end = end_digits(ended.run.outcome, of_runs);
    format!(
        "{mu:>10} {:>12} {:>12} {:>12} {:>16}  {}\n",
        of_rate(tau),
        time(ended.run.exit_time, of_runs),
        time(Some(ended.run.end), of_end),
        loss_in_words(ended.run.loss, &run.origin.parameters),
        ended.run.outcome.word()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Scale;
    use crate::watch::Cancel;

    fn solved(mu: &str) -> StrengthsReport {
        let mut solve = Solve::default();
        solve.problem.link = vec!["erf".into()];
        solve.problem.mu = Some(mu.parse().unwrap());
        solve.points = 20;
        SolveStrengths(solve).run(&Cancel::default()).unwrap()
    }

    #[test]
    fn every_strength_has_the_answer_it_has_alone() {
        let many = solved("0.2,0.5,0.8");
        assert_eq!((many.incomplete(), many.runs.len()), (None, 3));
        let mut alone = Solve::default();
        alone.problem.link = vec!["erf".into()];
        alone.problem.mu = Some(0.5.into());
        alone.points = 20;
        let alone = alone.run(&Cancel::default()).unwrap();
        assert_eq!(many.json()["runs"][1], alone.json());
        let rows: usize = many.runs.iter().map(|run| run.trajectory.t.len()).sum();
        let csv = String::from_utf8(many.table().to_csv().unwrap()).unwrap();
        assert_eq!(csv.lines().count(), rows + 1);
        assert!(csv.starts_with("mu,t,"), "{csv}");
        assert!(many.summary().contains("learned"));
    }

    #[test]
    fn strengths_are_curves_in_shades() {
        let figure = solved("0.2,0.5,0.8").figure().unwrap();
        assert_eq!(figure.panels.len(), 5);
        let curves = &figure.panels[0].curves;
        let names: Vec<&str> = curves.iter().map(|curve| curve.label.as_str()).collect();
        assert_eq!(names, ["μ = 0.2", "μ = 0.5", "μ = 0.8"]);
        assert!(curves.windows(2).all(|pair| pair[0].shade < pair[1].shade));
        // The exits lie more than a decade apart.
        assert_eq!(figure.panels[0].x.scale, Scale::Log);
    }
}
