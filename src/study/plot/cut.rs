//! Rows of a result with given values of a column.

use crate::error::Error;
use crate::numeral::plain;
use crate::output::Table;
use crate::problem::Grid;
use crate::study::saved::column;

/// Relative distance of values that are the same but for rounding.
const SAME: f64 = 1e-9;
/// Most values that a message lists.
const LISTED: usize = 12;

/// Values of a column.
pub(super) struct Cut {
    pub(super) name: String,
    grid: Grid,
}

impl Cut {
    /// All cuts, from `NAME=GRID`.
    ///
    /// # Errors
    /// What is not of this form.
    pub(super) fn all(texts: &[String]) -> Result<Vec<Self>, Error> {
        let one = |text: &String| {
            let (name, grid) = text.split_once('=').ok_or_else(|| {
                let why = "is not understood: write NAME=VALUE, or NAME=GRID for several curves, as in angle=30";
                Error::refused("cut", format!("= '{text}' {why}"))
            })?;
            Ok(Self {
                name: name.trim().to_owned(),
                grid: grid.parse()?,
            })
        };
        texts.iter().map(one).collect()
    }

    /// Those of the rows that have one of the values.
    ///
    /// # Errors
    /// A column that is not there, or a value that no row has.
    pub(super) fn rows(
        &self,
        (file, table): (&str, &Table),
        rows: &[usize],
    ) -> Result<Vec<usize>, Error> {
        let values =
            column(table, &self.name).ok_or_else(|| missing(file, table, "cut", &self.name))?;
        let is_same = |a: f64, b: f64| (a - b).abs() <= SAME * a.abs().max(b.abs());
        let has = |row: usize, wanted: f64| values[row].is_some_and(|x| is_same(x, wanted));
        for wanted in self.grid.values() {
            if !rows.iter().any(|row| has(*row, *wanted)) {
                return Err(self.no_such(file, *wanted, &values));
            }
        }
        let any = |row: &&usize| self.grid.values().iter().any(|wanted| has(**row, *wanted));
        Ok(rows.iter().filter(any).copied().collect())
    }

    fn no_such(&self, file: &str, wanted: f64, values: &[Option<f64>]) -> Error {
        let mut known: Vec<f64> = values.iter().copied().flatten().collect();
        known.sort_by(|a, b| (a - wanted).abs().total_cmp(&(b - wanted).abs()));
        known.dedup();
        let all = known.len();
        known.truncate(LISTED);
        known.sort_by(f64::total_cmp);
        let known: Vec<String> = known.into_iter().map(plain).collect();
        let why = format!(
            "{} = {}: no row of '{file}' has this value; {} {}",
            self.name,
            plain(wanted),
            if all > LISTED {
                "the nearest that are there:"
            } else {
                "there are"
            },
            known.join(", ")
        );
        Error::refused("cut", why)
    }
}

/// What is said of a column that is not there, or holds no numbers.
pub(super) fn missing(file: &str, table: &Table, argument: &str, name: &str) -> Error {
    let all = table.columns.iter().filter(|one| super::is_number(one));
    let names: Vec<&str> = all.map(|one| one.name()).collect();
    let names = names.join(", ");
    let why = format!("= '{name}' is no column of numbers in '{file}', which has {names}");
    Error::refused(argument, why)
}
