//! Columns of a result against each other.

use serde_json::Value;

use super::cut::{Cut, missing};
use super::label::label;
use crate::error::Error;
use crate::model::pair_label;
use crate::numeral::plain;
use crate::observable::panels;
use crate::output::{Axis, Scale};
use crate::output::{Column, Curve, CurveStyle, Figure, PALETTE, Panel, Table, suggested_scale};
use crate::study::axes::Spacing;
use crate::study::many::is_named;
use crate::study::parameters::parameters;
use crate::study::read::Saved;
use crate::study::saved::column;
use crate::study::schema::{TABLES, TableOf};

/// Columns that say which curve a row belongs to, where they are there.
const OF_CURVES: [&str; 3] = ["teacher", "student", "seed"];
/// Columns that are along a curve, the first that is there.
const ALONG_CURVES: [&str; 5] = ["t", "dim", "mu", "k", "step"];

/// The index of rows along a curve, in their place in JSON.
const ALONG: &str = "[j]";

/// What is to be drawn of a result.
pub(super) struct Asked<'a> {
    pub(super) file: &'a str,
    pub(super) saved: &'a Saved,
    pub(super) x: Option<&'a str>,
    pub(super) y: &'a [String],
    pub(super) cuts: &'a [Cut],
}

/// Rows of a curve with its name.
type Rows = (String, Vec<usize>);

impl Asked<'_> {
    /// A panel for each number, with a curve for each pair of links, seed, and value that is cut at.
    ///
    /// # Errors
    /// A column or value that is not there.
    pub(super) fn figure(&self) -> Result<Figure, Error> {
        for cut in self.cuts {
            self.numbers("cut", &cut.name)?;
        }
        let x = self.x()?;
        let y = self.y(&x)?;
        let curves = self.curves(&x)?;
        let mut panels = Vec::new();
        for name in &y {
            panels.push(self.panel(&x, name, &curves)?);
        }
        let columns = panels.len().clamp(1, 3);
        Ok(Figure::new(panels, columns))
    }

    fn table(&self) -> &Table {
        self.saved.table()
    }

    fn has(&self, name: &str) -> bool {
        let mut all = self.table().columns.iter();
        all.any(|column| column.name() == name && super::is_number(column))
    }

    fn numbers(&self, argument: &str, name: &str) -> Result<Vec<Option<f64>>, Error> {
        column(self.table(), name).ok_or_else(|| missing(self.file, self.table(), argument, name))
    }

    /// The axes of a map.
    fn axes(&self) -> Vec<&str> {
        let is_map = self.saved.study == "phase";
        let columns = self.table().columns.iter().filter(|_| is_map);
        // The value is the last number.
        let mut axes: Vec<&str> = columns
            .filter(|c| super::is_number(c))
            .map(Column::name)
            .collect();
        axes.pop();
        axes
    }

    fn is_cut(&self, name: &str) -> bool {
        self.cuts.iter().any(|cut| cut.name == name)
    }

    /// The column along the horizontal axis.
    fn x(&self) -> Result<String, Error> {
        if let Some(x) = self.x {
            self.numbers("x", x)?;
            return Ok(x.to_owned());
        }
        let axes = self.axes();
        let free: Vec<&str> = axes
            .iter()
            .copied()
            .filter(|one| !self.is_cut(one))
            .collect();
        match free[..] {
            [] => {}
            [one] => return Ok(one.to_owned()),
            [_, other, ..] => {
                return Err(Error::Setting(format!(
                    "'{}' is a map over {}: say where to cut it, as in --cut={other}=VALUE",
                    self.file,
                    axes.join(", ")
                )));
            }
        }
        let known = ALONG_CURVES.iter().copied();
        let any = self.table().columns.iter().filter(|c| super::is_number(c));
        let mut all = known.chain(any.map(Column::name));
        let found = all.find(|name| self.has(name) && !self.is_cut(name));
        found.map(str::to_owned).ok_or_else(|| {
            Error::Setting(format!("'{}' has no column of numbers to draw", self.file))
        })
    }

    /// The columns along vertical axes.
    fn y(&self, x: &str) -> Result<Vec<String>, Error> {
        if !self.y.is_empty() {
            for name in self.y {
                self.numbers("y", name)?;
            }
            return Ok(self.y.to_vec());
        }
        let of_runs = panels()
            .into_iter()
            .flat_map(|one| ["", "_mean", "_theory"].map(|ending| format!("{}{ending}", one.name)));
        let known = [
            "tau",
            "exit_time",
            "exit_theory_median",
            "exit_q50",
            "value",
        ];
        let known = known.map(str::to_owned).into_iter().chain(of_runs);
        let found: Vec<String> = known.filter(|name| self.has(name) && name != x).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let numbers = self.table().columns.iter().filter(|c| super::is_number(c));
        let last = numbers.map(Column::name).rfind(|name| *name != x);
        last.map(|name| vec![name.to_owned()]).ok_or_else(|| {
            Error::Setting(format!(
                "'{}' has no second column of numbers to draw",
                self.file
            ))
        })
    }

    /// The rows of each curve.
    fn curves(&self, x: &str) -> Result<Vec<Rows>, Error> {
        let table = self.table();
        let mut rows: Vec<usize> = (0..table.rows()).collect();
        for cut in self.cuts {
            rows = cut.rows((self.file, table), &rows)?;
        }
        let axes = self.axes();
        // Along the number that differs from curve to curve, strengths tell them apart.
        let is_across = self.is_also(x);
        let further = |name: &str| {
            OF_CURVES.contains(&name)
                || self.is_cut(name)
                || axes.contains(&name)
                || self.is_also(name)
                || self.is_stage(name, x)
                || (is_across && name == "mu")
        };
        let keys: Vec<&Column> = table
            .columns
            .iter()
            .filter(|column| further(column.name()) && column.name() != x)
            .collect();
        let mut curves: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
        for row in rows {
            let key: Vec<String> = keys.iter().map(|column| value(column, row)).collect();
            match curves.iter_mut().find(|(known, _)| *known == key) {
                Some((_, rows)) => rows.push(row),
                None => curves.push((key, vec![row])),
            }
        }
        let names: Vec<&str> = keys.iter().map(|column| column.name()).collect();
        let known: Vec<Vec<String>> = curves.iter().map(|(key, _)| key.clone()).collect();
        let mut named: Vec<Rows> = curves
            .into_iter()
            .map(|(key, rows)| (name(&names, &key, &known), rows))
            .collect();
        let (shades, all) = (names.iter().any(|name| self.is_also(name)), named.len());
        for (place, (name, _)) in named.iter_mut().enumerate() {
            // What lies between is seen by its shade.
            if shades && all > PALETTE && !is_named(place, all) {
                name.clear();
            }
        }
        Ok(named)
    }

    /// Whether a column is the number that tells curves or runs apart: a parameter, or a letter of the links, that is
    /// the same along each of them, by its place in JSON.
    fn is_also(&self, name: &str) -> bool {
        if self.saved.study == "phase" {
            // Its axes are told apart by themselves.
            return false;
        }
        let schema = &self.table().metadata["schema"];
        let columns: Vec<&Value> = schema["columns"].as_array().into_iter().flatten().collect();
        let is_along = |column: &&Value| {
            let at = column["at"].as_str();
            at.is_some_and(|at| at.contains(ALONG))
        };
        let mut of_name = columns.iter().filter(|column| column["name"] == name);
        let is_same = of_name.any(|column| !is_along(column)) && columns.iter().any(is_along);
        let of = TABLES.into_iter().find(|of| schema["table"] == of.name);
        let is_result = |of: &TableOf| {
            let known = parameters(of.study);
            of.has(name) && !known.iter().any(|one| one.name.replace('-', "_") == name)
        };
        is_same && of.is_some_and(|of| !is_result(of))
    }

    /// Whether a column counts stages, each of which begins anew but for what is counted from the first one.
    fn is_stage(&self, name: &str, x: &str) -> bool {
        name == "stage" && !x.ends_with("_total")
    }

    fn panel(&self, x: &str, y: &str, curves: &[Rows]) -> Result<Panel, Error> {
        let (xs, ys) = (self.numbers("x", x)?, self.numbers("y", y)?);
        let is_across = self.is_also(x);
        let along: Vec<f64> = curves.first().map_or(Vec::new(), |(_, rows)| {
            rows.iter().filter_map(|row| xs[*row]).collect()
        });
        let spacing = match x {
            "mu" => Spacing::of_strengths(&along),
            _ => Spacing::of(x, &along),
        };
        let all = curves.iter().flat_map(|(_, rows)| rows);
        let scale = suggested_scale(all.filter_map(|row| ys[*row]));
        let x = match x {
            "mu" => spacing.strengths(),
            "t" | "step" => Axis::new(label(self.table(), x), Scale::Linear),
            _ => spacing.axis(&label(self.table(), x)),
        };
        let mut panel = Panel::new("", x, Axis::new(label(self.table(), y), scale));
        for (index, (name, rows)) in curves.iter().enumerate() {
            let points = rows
                .iter()
                .filter_map(|row| Some((spacing.shown(xs[*row]?), finite(ys[*row]))));
            let points: Vec<(f64, Option<f64>)> = points.collect();
            // A line along nothing, or back and forth between instants, would say what is not there.
            let style = match points[..] {
                [] | [_] => CurveStyle::Points,
                [a, b, ..] if is_across && a.0.to_bits() == b.0.to_bits() => CurveStyle::Points,
                _ => CurveStyle::Line,
            };
            let curve = Curve::new(name.as_str(), points, style);
            panel.curves.push(match curves.len() {
                0..=PALETTE => curve.with_colour(index),
                many => curve.with_shade(index as f64 / (many - 1) as f64),
            });
        }
        Ok(panel)
    }
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|x| x.is_finite())
}

/// A value of a column in words.
fn value(column: &Column, row: usize) -> String {
    match column {
        Column::Text { values, .. } => values[row].clone(),
        Column::Numbers { values, .. } => values[row].map_or(String::new(), plain),
        Column::Whole { values, .. } => values[row].map_or(String::new(), |x| x.to_string()),
        Column::Truths { values, .. } => values[row].to_string(),
    }
}

/// What tells a curve from the others: its links, and numbers that differ.
fn name(names: &[&str], key: &[String], all: &[Vec<String>]) -> String {
    let differs = |place: usize| all.iter().any(|other| other[place] != key[place]);
    let at = |name: &str| names.iter().position(|one| *one == name);
    let mut parts = Vec::new();
    if let (Some(teacher), Some(student)) = (at("teacher"), at("student"))
        && (differs(teacher) || differs(student))
    {
        parts.push(pair_label(&key[teacher], &key[student]));
    }
    for (place, name) in names.iter().enumerate() {
        if !["teacher", "student"].contains(name) && differs(place) {
            parts.push(format!("{name} = {}", shortened(place, key, all)));
        }
    }
    parts.join(", ")
}

/// A value without the digits that rounding left, unless these tell it from another.
fn shortened(place: usize, key: &[String], all: &[Vec<String>]) -> String {
    const DIGITS: usize = 12;
    let short = |text: &String| match text.parse::<f64>() {
        Ok(value) if value != 0.0 && value.is_finite() => {
            let text = format!("{value:.*e}", DIGITS - 1);
            text.parse().map_or(text, plain)
        }
        _ => text.clone(),
    };
    let own = short(&key[place]);
    let is_other = |other: &Vec<String>| other[place] != key[place] && short(&other[place]) == own;
    match all.iter().any(is_other) {
        true => key[place].clone(),
        false => own,
    }
}
