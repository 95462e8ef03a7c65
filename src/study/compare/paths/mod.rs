//! Theory and SGD along one run.

mod figure;
mod table;
mod words;

pub(crate) use figure::figure;

use serde_json::{Map, Value, json};

use super::running::{PathsWork, Subject};
use super::{Compare, NAME, starts_in_words, with_steps};
use crate::comparison::{Compared, Of, Starts, compare_ensemble, simulation_for_paths};
use crate::error::Error;
use crate::integrator::Tolerances;
use crate::model::Model;
use crate::observable::Observable;
use crate::output::{Figure, Table};
use crate::problem::{Clock, Problem, ProblemOptions, Scaling, Sgd};
use crate::simulation::{Ensemble, SeedRun, Settings, Simulation};
use crate::study::provenance::Origin;
use crate::study::saved::drawn;
use crate::study::schema::of_tables;
use crate::study::{Report, Study};
use crate::sweep::clock;
use crate::trajectory::{self, Outcome, Wanted, evolution};

/// Points of the theory's run: when it settled is all that is wanted of it.
const FEW_POINTS: usize = 4;

/// One problem, solved and simulated.
#[derive(Clone, Debug)]
pub struct PathsReport {
    /// The problem as it was given.
    pub options: ProblemOptions,
    /// The problem that was solved and simulated.
    pub problem: Problem,
    /// Its dimension, batch and step size.
    pub sgd: Sgd,
    /// Times in the unit asked for.
    pub clock: Clock,
    /// The theory's curves, those of SGD, their differences and the verdict.
    pub compared: Compared,
    /// Where both started.
    pub starts: Starts,
    pub(super) loss_by: String,
    pub(super) origin: Origin,
}

impl Study for Compare {
    const NAME: &'static str = NAME;
    type Work = PathsWork;

    fn begin(&self) -> Result<PathsWork, Error> {
        self.check()?;
        let problem = self.problem.one_problem(NAME)?;
        let clock = clock(&self.problem, problem.scaling(), problem.model())?;
        PathsWork::begin(self, problem, clock)
    }
}

impl Subject for Problem {
    type Report = PathsReport;

    fn model(&self) -> &Model {
        Problem::model(self)
    }

    fn scaling(&self) -> &Scaling {
        Problem::scaling(self)
    }

    fn simulation(&self, settings: Settings, starts: Starts) -> Result<Simulation, Error> {
        Ok(simulation_for_paths(self, settings, starts)?)
    }

    fn settled(&self, tolerances: &Tolerances) -> Result<(f64, bool), Error> {
        if self.never_rests() {
            let why = "steps is needed with friction 0, with which the theory never comes to rest";
            return Err(Error::Setting(why.to_owned()));
        }
        let wanted = Wanted::Spread(FEW_POINTS);
        let theory = evolution(self)?;
        let (run, _) = theory.follow(trajectory::Until::Outcome, wanted, tolerances)?;
        Ok((run.settled, run.outcome != Outcome::Unfinished))
    }

    fn report(
        work: &PathsWork,
        seeds: (&Simulation, Ensemble),
        tolerances: &Tolerances,
        incomplete: Option<String>,
    ) -> Result<PathsReport, Error> {
        let settings = &work.settings;
        let how = (settings.starts, tolerances);
        let compared = compare_ensemble(&work.problem, seeds, how, settings.sampling.exact_loss)?;
        Ok(PathsReport {
            options: settings.problem.clone(),
            problem: work.problem.clone(),
            sgd: work.sgd,
            clock: work.clock.clone(),
            compared,
            starts: settings.starts,
            loss_by: settings.sampling.loss_by(),
            origin: Origin::new(NAME, settings.parameters(), incomplete),
        })
    }
}

impl PathsReport {
    /// Times of the records in the unit asked for.
    pub fn times(&self) -> Vec<f64> {
        let steps = self.compared.step.iter();
        steps.map(|step| self.clock.at_step(*step as f64)).collect()
    }

    fn made(&self) -> Value {
        with_steps(self.origin.made(), &self.compared.step)
    }

    fn records(&self) -> Value {
        let mut map = Map::new();
        map.insert("step".into(), json!(self.compared.step));
        map.insert("t".into(), json!(self.times()));
        for (index, (observable, _)) in self.compared.summaries.iter().enumerate() {
            let columns = table::columns(self, index).into_iter();
            let columns = columns.chain(table::medians(self, observable));
            let named = columns.map(|(name, values)| (name.to_owned(), json!(values)));
            map.insert(observable.name.into(), Value::Object(named.collect()));
        }
        Value::Object(map)
    }
}

/// Single runs that are kept for the figure.
const RUNS: usize = 3;

impl PathsReport {
    /// A few runs of SGD, each number as a list over the recorded steps.
    fn single_runs(&self) -> Vec<Value> {
        let compared = &self.compared;
        let whole = |run: &&SeedRun| run.records.len() == compared.step.len();
        let runs = compared.ensemble.runs.iter().filter(whole).take(RUNS);
        let told = |run: &SeedRun| {
            let mut told = json!({ "seed": run.seed });
            for (number, _) in &compared.summaries {
                let values = run.records.iter().map(|record| record.value(number));
                told[number.name] = values.collect();
            }
            told
        };
        runs.map(told).collect()
    }

    /// The theory of the numbers that have no columns, as they were not measured.
    fn theory_beside(&self) -> Map<String, Value> {
        let has_columns = |one: &Observable| {
            let mut all = self.compared.summaries.iter();
            all.any(|(known, _)| *known == one)
        };
        let flow = self.compared.flow.columns.iter();
        let beside =
            flow.filter(|(one, values)| !has_columns(one) && values.iter().any(Option::is_some));
        beside
            .map(|(one, values)| (one.name.to_owned(), json!(values)))
            .collect()
    }
}

fn by_name<T: serde::Serialize>(all: &[Of<T>]) -> Value {
    let pairs = all
        .iter()
        .map(|(one, value)| (one.name.to_owned(), json!(value)));
    Value::Object(pairs.collect::<Map<String, Value>>())
}

impl Report for PathsReport {
    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }

    fn json(&self) -> Value {
        let compared = &self.compared;
        let mut json = self.made();
        json["schema"] = of_tables(self.table(), Vec::new());
        json["starts"] = json!(starts_in_words(self.starts));
        json["loss_by"] = json!(self.loss_by);
        json["seeds_counted"] = json!(compared.seeds);
        json["verdict"] = json!(compared.verdict.text);
        json["follows"] = json!(compared.verdict.follows);
        json["deviation"] = by_name(&compared.deviation);
        if let Some(deviation) = &compared.deviation_from_map {
            json["deviation_from_map"] = by_name(deviation);
        }
        json["is_step_large"] = json!(compared.is_step_large);
        json["records"] = self.records();
        let beside = self.theory_beside();
        if !beside.is_empty() {
            json["theory"] = beside.into();
        }
        let runs = self.single_runs();
        if !runs.is_empty() {
            json["single_runs"] = runs.into();
        }
        json
    }

    fn table(&self) -> Table {
        table::table(self)
    }

    fn figure(&self) -> Option<Figure> {
        drawn(self, figure)
    }

    fn summary(&self) -> String {
        words::summary(self)
    }

    fn failures(&self) -> Vec<String> {
        let (all, counted) = (self.compared.ensemble.runs.len(), self.compared.seeds);
        super::left_out(all, counted).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::watch::{Cancel, Watch};

    /// Ends work once so many steps are done.
    struct Until(Cancel, AtomicU64);

    impl Watch for Until {
        fn advance(&self, units: u64) {
            if self.1.fetch_sub(units, Ordering::Relaxed) == units {
                self.0.set();
            }
        }

        fn cancel(&self) -> Cancel {
            self.0
        }
    }

    #[test]
    fn the_theory_ends_with_the_rest() {
        let mut compare = Compare::default();
        compare.problem.link = vec!["erf".into()];
        compare.problem.mu = Some("0.5".parse().unwrap());
        (compare.problem.dim, compare.problem.batch) = (Some(50.0.into()), Some(5.0.into()));
        (compare.problem.lr, compare.sampling.steps) = (Some(0.1.into()), Some(20));
        compare.sampling.seeds = "4".parse().unwrap();
        let whole = compare.run(&Cancel::default()).unwrap();
        assert_eq!((whole.compared.seeds, whole.incomplete()), (4, None));
        let late = Until(Cancel::new(), AtomicU64::new(4 * 20));
        let error = compare.run(&late).unwrap_err();
        assert!(!error.is_refusal());
        let said = "interrupted: 4 of 4 seeds finished, the theory is not";
        assert_eq!(error.to_string(), said);
        let error = compare
            .run(&{
                let now = Cancel::new();
                now.set();
                now
            })
            .unwrap_err();
        let said = "interrupted before anything was finished";
        assert_eq!(error.to_string(), said);
    }
}
