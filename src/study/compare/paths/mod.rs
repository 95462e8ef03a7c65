//! Theory and SGD along one run.

mod figure;
mod table;
mod words;

use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::{Compare, NAME, starts_in_words};
use crate::comparison::{
    Compared, FEWEST_SEEDS, Of, Starts, compare_ensemble, simulation_for_paths,
};
use crate::error::Error;
use crate::model::Model;
use crate::output::{Figure, Table};
use crate::problem::{Problem, ProblemOptions, Sgd};
use crate::shard::Shard;
use crate::simulation::{Checkpoint, Seeded, Simulation, Until};
use crate::study::provenance::provenance;
use crate::study::schema::of_tables;
use crate::study::words::interrupted;
use crate::study::{Report, Resumable, Study, Work, made, nothing};
use crate::sweep::time_factor;
use crate::trajectory::{self, Outcome, Wanted, evolution};
use crate::watch::{Cancel, Watch};

/// Steps beyond the end of the theory's run, against its length.
const BEYOND_END: f64 = 1.3;
/// Points of the theory's run: when it settled is all that is wanted of it.
const FEW_POINTS: usize = 4;
/// Most steps that are simulated without being asked for.
const MOST_STEPS: f64 = 1e7;

/// One problem that is being simulated.
pub struct PathsWork {
    settings: Compare,
    problem: Problem,
    sgd: Sgd,
    time_factor: f64,
    /// Where an earlier run left the seeds.
    begun_before: Option<Checkpoint>,
    /// Once it is known for how many steps.
    begun: OnceLock<(Simulation, Seeded)>,
    /// Of all seeds.
    whole: OnceLock<PathsReport>,
}

/// One problem, solved and simulated.
#[derive(Clone, Debug)]
pub struct PathsReport {
    /// The problem as it was given.
    pub options: ProblemOptions,
    /// The problem that was solved and simulated.
    pub problem: Problem,
    /// Its dimension, batch and step size.
    pub sgd: Sgd,
    /// From ODE time to the unit asked for.
    pub time_factor: f64,
    /// The theory's curves, those of SGD, their differences and the verdict.
    pub compared: Compared,
    /// Where both started.
    pub starts: Starts,
    pub(super) loss_by: String,
    pub(super) parameters: Value,
    pub(super) incomplete: Option<String>,
}

impl Study for Compare {
    const NAME: &'static str = NAME;
    type Work = PathsWork;

    fn begin(&self) -> Result<PathsWork, Error> {
        self.check()?;
        let problem = self.problem.one_problem(NAME)?;
        let time_factor = time_factor(&self.problem, &problem)?;
        // Refused before the theory is integrated for its length.
        let steps = self.sampling.steps.unwrap_or(1);
        let trial = self.sampling.settings(steps, Until::Steps)?;
        Simulation::new(problem.clone(), trial.clone())?;
        simulation_for_paths(&problem, trial, self.starts)?;
        Ok(PathsWork {
            sgd: problem.sgd()?,
            settings: self.clone(),
            problem,
            time_factor,
            begun_before: None,
            begun: OnceLock::new(),
            whole: OnceLock::new(),
        })
    }
}

impl PathsWork {
    /// Steps in which the theory comes to its end, and some more.
    fn steps_of_theory(&self, progress: &dyn Watch) -> Result<u64, Error> {
        let tolerances = self.settings.tolerances(progress.cancel())?;
        let theory = evolution(&self.problem)?;
        let wanted = Wanted::Spread(FEW_POINTS);
        let (run, _) = theory.follow(trajectory::Until::Outcome, wanted, &tolerances)?;
        let steps = (BEYOND_END * run.settled / self.sgd.step).ceil();
        if run.outcome == Outcome::Unfinished || steps > MOST_STEPS {
            return Err(Error::Setting(format!(
                "the theory takes {steps:.3e} steps to its end: say how many to simulate with --steps"
            )));
        }
        Ok(steps.max(1.0) as u64)
    }

    /// The seeds that are finished, against the theory.
    fn compared(&self, cancel: Cancel) -> Result<PathsReport, Error> {
        let (simulation, seeds) = self.begun.get().ok_or_else(nothing)?;
        let ensemble = simulation.ensemble(seeds);
        let all = simulation.settings().seeds.numbers().len();
        let done = ensemble.runs.len();
        let incomplete = (!ensemble.is_finished).then(|| interrupted(done, all, "seeds"));
        if let Some(why) = incomplete.as_ref().filter(|_| done < FEWEST_SEEDS) {
            return Err(Error::Unfinished(format!("{why}, too few to compare")));
        }
        let settings = &self.settings;
        let tolerances = settings.tolerances(cancel)?;
        let compared = compare_ensemble(
            &self.problem,
            (simulation, ensemble),
            (settings.starts, &tolerances),
            settings.sampling.exact_loss,
        )?;
        Ok(PathsReport {
            options: settings.problem.clone(),
            problem: self.problem.clone(),
            sgd: self.sgd,
            time_factor: self.time_factor,
            compared,
            starts: settings.starts,
            loss_by: settings.sampling.loss_by(),
            parameters: settings.parameters(),
            incomplete,
        })
    }
}

impl Work for PathsWork {
    type Report = PathsReport;

    fn advance(&self, progress: &dyn Watch) -> Result<(), Error> {
        let sampling = &self.settings.sampling;
        let steps = match sampling.steps {
            Some(steps) => steps,
            None => self.steps_of_theory(progress)?,
        };
        let settings = sampling.settings(steps, Until::Steps)?;
        let simulation = simulation_for_paths(&self.problem, settings, self.settings.starts)?;
        let seeds = simulation.seeds(self.begun_before.clone())?;
        let (simulation, seeds) = self.begun.get_or_init(|| (simulation, seeds));
        simulation.walk_all(seeds, progress, Shard::WHOLE)?;
        if simulation.ensemble(seeds).is_finished {
            match self.compared(progress.cancel()) {
                Ok(whole) => drop(self.whole.set(whole)),
                Err(_) if progress.cancelled() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn models(&self) -> Vec<Model> {
        vec![self.problem.model().clone()]
    }

    fn parameters(&self) -> Value {
        self.settings.parameters()
    }

    fn report(&self) -> Option<PathsReport> {
        let (simulation, seeds) = self.begun.get()?;
        match simulation.ensemble(seeds).is_finished {
            true => self.whole.get().cloned(),
            false => self.compared(Cancel::default()).ok(),
        }
    }

    fn missing(&self) -> Error {
        match self.begun.get() {
            Some((simulation, seeds)) if simulation.ensemble(seeds).is_finished => {
                let all = simulation.settings().seeds.numbers().len();
                let why = interrupted(all, all, "seeds");
                Error::Unfinished(format!("{why}, the theory is not"))
            }
            _ => {
                let why = self.compared(Cancel::default()).err();
                why.unwrap_or_else(nothing)
            }
        }
    }
}

impl Resumable for PathsWork {
    type State = Checkpoint;

    fn made(&self) -> Value {
        made(&self.settings)
    }

    fn state(&self) -> Option<Checkpoint> {
        match self.begun.get() {
            Some((_, seeds)) => Some(seeds.checkpoint()).filter(|all| !all.is_empty()),
            None => self.begun_before.clone(),
        }
    }

    fn resume(&mut self, state: Checkpoint) -> Result<(), Error> {
        self.begun_before = Some(state);
        Ok(())
    }
}

impl PathsReport {
    /// Times of the records in the unit asked for.
    pub fn times(&self) -> Vec<f64> {
        let time = |step: &u64| *step as f64 * self.sgd.step * self.time_factor;
        self.compared.step.iter().map(time).collect()
    }

    fn made(&self) -> Value {
        provenance(NAME, &self.parameters, self.incomplete.as_deref())
    }

    fn records(&self) -> Value {
        let mut map = Map::new();
        map.insert("step".into(), json!(self.compared.step));
        map.insert("t".into(), json!(self.times()));
        for (index, (observable, _)) in self.compared.summaries.iter().enumerate() {
            let columns = table::columns(self, index).into_iter();
            let named = columns.map(|(name, values)| (name.to_owned(), json!(values)));
            map.insert(observable.name.into(), Value::Object(named.collect()));
        }
        Value::Object(map)
    }
}

fn by_name<T: serde::Serialize>(all: &[Of<T>]) -> Value {
    let pairs = all
        .iter()
        .map(|(one, value)| (one.name.to_owned(), json!(value)));
    Value::Object(pairs.collect::<Map<String, Value>>())
}

impl Report for PathsReport {
    fn incomplete(&self) -> Option<String> {
        self.incomplete.clone()
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
        json["records"] = self.records();
        json
    }

    fn table(&self) -> Table {
        table::table(self)
    }

    fn figure(&self) -> Option<Figure> {
        Some(figure::figure(self))
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
        let said = "interrupted: 4 of 4 seeds are finished, the theory is not";
        assert_eq!(error.to_string(), said);
        let error = compare
            .run(&{
                let now = Cancel::new();
                now.set();
                now
            })
            .unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("0 of 4 seeds are finished, too few to compare")
        );
    }
}
