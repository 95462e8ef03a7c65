//! What studies need of their saved results to draw them again.

use serde_json::Value;

use super::Report;
use super::command_words::given;
use super::read::Saved;
use crate::error::Error;
use crate::model::pair_label;
use crate::output::{Column, Figure, Table};
use crate::problem::{Clock, Problem, ProblemOptions};
use crate::simulation::{Summary, TimeSummary};
use crate::sweep::clock;

/// A result drawn by its study.
pub(crate) type Drawing = fn(&Saved) -> Result<Figure, Error>;

/// The figure of an answer, drawn of what is saved of it: that of its file is the same.
pub(crate) fn drawn(report: &impl Report, draw: Drawing) -> Option<Figure> {
    draw(&Saved::of_report(report).ok()?).ok()
}

/// The problem of a result, from the command that repeats it.
pub(crate) struct Rebuilt {
    pub(crate) options: ProblemOptions,
    pub(crate) problem: Problem,
    /// Times in the unit asked for.
    pub(crate) clock: Clock,
}

impl Rebuilt {
    /// The one problem of a run.
    ///
    /// # Errors
    /// A problem that this version does not know.
    pub(crate) fn of(saved: &Saved) -> Result<Self, Error> {
        let options = options(saved)?;
        let problem = options.one_problem("plot")?;
        Ok(Self {
            clock: clock(&options, problem.scaling(), problem.model())?,
            options,
            problem,
        })
    }
}

/// The problems of a result as they were given.
///
/// # Errors
/// Options that this version does not know.
pub(crate) fn options(saved: &Saved) -> Result<ProblemOptions, Error> {
    let names: Vec<&str> = ProblemOptions::parameters().map(|one| one.name).collect();
    let mut all = given(&saved.study, &saved.command);
    all.retain(|name, _| names.contains(&name.as_str()));
    serde_json::from_value(Value::Object(all)).map_err(|error| {
        Error::Setting(format!(
            "the problem of `{}` is not understood: {error}",
            saved.command
        ))
    })
}

impl Saved {
    /// What is known of the result beside its columns, if the format has it.
    pub(crate) fn fact(&self, key: &str) -> Option<&Value> {
        let all = self.json.as_ref().unwrap_or(&self.table().metadata);
        all.get(key)
    }

    /// What stands below its figure.
    pub(crate) fn caption(&self) -> String {
        format!("{}, lorode {}", self.command, self.version)
    }

    /// The numbers of a column, none in each row of one that is not there.
    pub(crate) fn numbers(&self, name: &str) -> Vec<Option<f64>> {
        let table = self.table();
        column(table, name).unwrap_or_else(|| vec![None; table.rows()])
    }

    /// The numbers of a column that has one in each row.
    ///
    /// # Errors
    /// A column that is not there, or has gaps.
    pub(crate) fn all(&self, name: &str) -> Result<Vec<f64>, Error> {
        let values = column(self.table(), name);
        let values = values.and_then(|all| all.into_iter().collect::<Option<Vec<f64>>>());
        values.ok_or_else(|| {
            Error::Setting(format!(
                "the result of `{}` is not whole: its column '{name}' is missing or has gaps",
                self.command
            ))
        })
    }

    /// The words of a column, none of one that is not there.
    pub(crate) fn words(&self, name: &str) -> Vec<String> {
        let all = self.table().columns.iter();
        let found = all.filter(|column| column.name() == name);
        let words = found.filter_map(|column| match column {
            Column::Text { values, .. } => Some(values.clone()),
            _ => None,
        });
        words.flatten().collect()
    }

    /// The rows of each curve: neighbours with the same key.
    pub(crate) fn curves<K: PartialEq>(&self, key: impl Fn(usize) -> K) -> Vec<(K, Vec<usize>)> {
        let mut curves: Vec<(K, Vec<usize>)> = Vec::new();
        for row in 0..self.table().rows() {
            let own = key(row);
            match curves.last_mut().filter(|(known, _)| *known == own) {
                Some((_, rows)) => rows.push(row),
                None => curves.push((own, vec![row])),
            }
        }
        curves
    }

    /// Rows and columns of a matrix whose entries are columns, as in `m_1_2` and what `ending` adds.
    pub(crate) fn shape(&self, name: &str, ending: &str) -> (usize, usize) {
        let names = || self.table().columns.iter().map(Column::name);
        let has = |i: usize, j: usize| {
            let entry = format!("{name}_{i}_{j}{ending}");
            names().any(|one| one == entry)
        };
        let rows = (1..).take_while(|i| has(*i, 1)).count();
        (rows, (1..).take_while(|j| has(1, *j)).count())
    }

    /// The rows of each pair of links, by its label.
    pub(crate) fn pairs(&self) -> Vec<(String, Vec<usize>)> {
        let (teachers, students) = (self.words("teacher"), self.words("student"));
        let label = |row: usize| match (teachers.get(row), students.get(row)) {
            (Some(teacher), Some(student)) => pair_label(teacher, student),
            _ => String::new(),
        };
        self.curves(label)
    }

    /// A parameter as it was in force.
    ///
    /// # Errors
    /// One that is not there, or that this version does not know.
    pub(crate) fn parameter<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        let value = self.table().metadata["parameters"][name].clone();
        serde_json::from_value(value).map_err(|error| {
            Error::Setting(format!(
                "the parameter {name} of `{}` is not understood: {error}",
                self.command
            ))
        })
    }

    /// Median step of the exits of the seeds that did not diverge, which are in JSON only.
    pub(crate) fn median_exit(&self) -> Option<f64> {
        let list = |key: &str| self.fact(key).and_then(|all| all.as_array()).cloned();
        let (exits, ends) = (list("exit_steps"), list("ends"));
        let seeds = exits.into_iter().flatten().zip(ends.into_iter().flatten());
        let whole = seeds.filter(|(_, end)| end != "diverged");
        let exits: Vec<Option<f64>> = whole.map(|(exit, _)| exit.as_f64()).collect();
        TimeSummary::of(&exits).q50
    }

    /// The averages of a number over seeds.
    pub(crate) fn summaries(&self, name: &str) -> Vec<Option<Summary>> {
        let of = |what: &str| self.numbers(&format!("{name}_{what}"));
        let (mean, std) = (of("mean"), of("std"));
        let (q05, q50, q95) = (of("q05"), of("q50"), of("q95"));
        let summary = |row: usize| {
            Some(Summary {
                mean: mean[row]?,
                std: std[row],
                q05: q05[row]?,
                q50: q50[row]?,
                q95: q95[row]?,
            })
        };
        (0..self.table().rows()).map(summary).collect()
    }
}

/// A column of numbers as real ones.
pub(crate) fn column(table: &Table, name: &str) -> Option<Vec<Option<f64>>> {
    let found = table.columns.iter().find(|column| column.name() == name)?;
    match found {
        Column::Numbers { values, .. } => Some(values.clone()),
        Column::Whole { values, .. } => {
            Some(values.iter().map(|value| value.map(|x| x as f64)).collect())
        }
        _ => None,
    }
}
