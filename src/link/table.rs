//! Links through the points of a table, from arrays or from the text of a CSV file.

use crate::numeral::counted;
use std::sync::Arc;

use super::Link;
use super::error::{LinkError, quote};
use super::expression::Expr;
use super::inner::Inner;
use super::interpolant::{Interpolant, checksum};
use super::spline::natural;
use super::table_file::{Outside, PREFIXES};
use super::written::written;

/// Fewest points of a table.
const FEWEST: usize = 4;
/// Most points of a table: a thousand times finer than the Gaussian averages it.
const MOST: usize = 20_000;

impl Link {
    /// The natural cubic spline through the points `(x[i], y[i])`, `x` ascending.
    ///
    /// It is twice continuously differentiable, its third derivative jumps at the points; between points a
    /// distance `h` apart it is within `5/384 h^4 max |f''''|` of a smooth `f` whose bend vanishes at the ends
    /// (Hall and Meyer 1976). Continued linearly it is twice differentiable at the ends too.
    /// Links of equal tables are equal.
    ///
    /// ```
    /// use lorode::link::{Link, Outside};
    ///
    /// let x: Vec<f64> = (0..=600).map(|i| f64::from(i) * 0.02 - 6.0).collect();
    /// let y: Vec<f64> = x.iter().map(|x| x.tanh()).collect();
    /// let link = Link::from_table(&x, &y, Outside::Linear)?;
    /// assert!((link.value(0.123) - 0.123_f64.tanh()).abs() < 1e-8);
    /// assert!(Link::from_table(&[0.0, 1.0, 1.0, 2.0], &[0.0; 4], Outside::Held).is_err());
    /// # Ok::<(), lorode::link::LinkError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`LinkError::Table`] when the lengths differ, there are fewer than 4 points or more than 20,000,
    /// a number is not finite, or `x` does not increase; and what [`Link::parse`] refuses of a function.
    pub fn from_table(x: &[f64], y: &[f64], outside: Outside) -> Result<Self, LinkError> {
        let place = |i: Option<usize>| {
            i.map_or_else(|| "the table".to_owned(), |i| format!("point {}", i + 1))
        };
        let made = made(x, y, outside).map_err(|fault| match fault {
            Fault::At(i, argument, reason) => LinkError::Table {
                place: place(i),
                argument: Some(argument),
                reason,
            },
            Fault::Link(error) => error,
        });
        made.map(|(link, _)| link)
    }

    /// The link of a table in the text of a CSV file `name`: columns x and y, in any place if the first line
    /// names them, else the first two; lines that start with # are passed over. Its name is
    /// `table:NAME@CHECKSUM` (`table-held:...`), the checksum that of the numbers.
    ///
    /// # Errors
    ///
    /// As [`from_table`](Self::from_table), with the line; and when a line has no two numbers.
    pub fn from_csv(name: &str, text: &str, outside: Outside) -> Result<Self, LinkError> {
        let shown = quote(name, 0);
        let refusal = |line: Option<u64>, reason: String| LinkError::Table {
            place: line.map_or_else(
                || format!("'{shown}'"),
                |line| format!("'{shown}', line {line}"),
            ),
            argument: None,
            reason,
        };
        let points = points(text).map_err(|(line, reason)| refusal(Some(line), reason))?;
        let x: Vec<f64> = points.iter().map(|point| point.1).collect();
        let y: Vec<f64> = points.iter().map(|point| point.2).collect();
        let (link, sum) = made(&x, &y, outside).map_err(|fault| match fault {
            Fault::At(i, _, reason) => refusal(i.map(|i| points[i].0), reason),
            Fault::Link(error) => error,
        })?;
        let prefix = PREFIXES.iter().find(|(_, one)| *one == outside);
        let prefix = prefix.map_or("", |(prefix, _)| prefix);
        Ok(link.renamed(format!("{prefix}{name}@{sum}"), true))
    }

    /// A checksum of its values around 0: what tells it from others of its name.
    pub(crate) fn fingerprint(&self) -> String {
        let x = (-128..=128).map(|i| 0.0625 * f64::from(i) + 0.013);
        checksum(x.map(|x| self.value(x)))
    }

    /// The same link under another name.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        self.renamed(name.to_owned(), false)
    }

    /// Under another name, which may be `summed`.
    fn renamed(&self, name: String, summed: bool) -> Self {
        Self(Arc::new(Inner {
            name,
            summed,
            ..Inner::clone(&self.0)
        }))
    }

    /// Whether its name has the checksum of the numbers that it is made of, as those that tables and samples come with.
    pub(crate) fn is_summed(&self) -> bool {
        self.0.summed
    }
}

/// What is wrong, with which point, and with which of x and y.
enum Fault {
    At(Option<usize>, &'static str, String),
    Link(LinkError),
}

/// The link, and the checksum of its numbers.
fn made(x: &[f64], y: &[f64], outside: Outside) -> Result<(Link, String), Fault> {
    check(x, y)?;
    let sum = checksum(x.iter().chain(y).copied());
    let (n, low, high) = (x.len(), x[0], x[x.len() - 1]);
    let rest = match outside {
        Outside::Linear => "linear",
        Outside::Held => "held",
    };
    let name = format!("table({n} points from {low} to {high}, {rest} outside, checksum {sum})");
    let spline = Arc::new(Interpolant::new(&name, x.to_vec(), natural(x, y)));
    let g = match outside {
        Outside::Linear => Ok(Expr::x()),
        Outside::Held => {
            let ends = [("a", low), ("b", high)].into_iter();
            written("clip(x, a, b)", ends, &Expr::x())
        }
    };
    let expr = g.map(|g| Expr::call(spline, g));
    expr.and_then(|expr| Inner::of(name.clone(), name, &expr))
        .map(|inner| Inner {
            summed: true,
            ..inner
        })
        .map(|inner| (Link(Arc::new(inner)), sum))
        .map_err(Fault::Link)
}

fn check(x: &[f64], y: &[f64]) -> Result<(), Fault> {
    let whole = |argument, reason: String| Err(Fault::At(None, argument, reason));
    if x.len() != y.len() {
        return whole(
            "y",
            format!("{} of x, {} of y", counted(x.len(), "value"), y.len()),
        );
    }
    if !(FEWEST..=MOST).contains(&x.len()) {
        let points = counted(x.len(), "point");
        return whole(
            "x",
            format!("{points}; a table has from {FEWEST} to {MOST}"),
        );
    }
    for (i, (x, y)) in x.iter().zip(y).enumerate() {
        if !x.is_finite() || !y.is_finite() {
            return Err(Fault::At(
                Some(i),
                if x.is_finite() { "y" } else { "x" },
                format!("x = {x}, y = {y} is not finite"),
            ));
        }
    }
    for (i, pair) in x.windows(2).enumerate() {
        let [before, here] = [pair[0], pair[1]];
        if here <= before {
            let reason = if here < before {
                format!("x = {here} comes after x = {before}; x has to increase")
            } else {
                format!("x = {here} stands there twice")
            };
            return Err(Fault::At(Some(i + 1), "x", reason));
        }
    }
    Ok(())
}

/// The line of a file, `x`, `y`.
type Point = (u64, f64, f64);

/// The points in the text of a file; or the line that has none, and why.
fn points(text: &str) -> Result<Vec<Point>, (u64, String)> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut columns = [0, 1];
    let mut found = Vec::new();
    for (i, record) in reader.records().enumerate() {
        let record = record.map_err(|error| (1, error.to_string()))?;
        let line = record.position().map_or(1, csv::Position::line);
        let numbers = columns.map(|at| record.get(at).and_then(|cell| cell.parse::<f64>().ok()));
        match numbers {
            [Some(x), Some(y)] => found.push((line, x, y)),
            // The first line may be names.
            _ if i == 0 && record.iter().all(|cell| cell.parse::<f64>().is_err()) => {
                let place = |name: &str| {
                    record
                        .iter()
                        .position(|cell| cell.eq_ignore_ascii_case(name))
                };
                if let [Some(x), Some(y)] = ["x", "y"].map(place) {
                    columns = [x, y];
                }
            }
            _ => {
                let cells: Vec<&str> = record.iter().collect();
                let cells = quote(&cells.join(","), 0);
                return Err((line, format!("'{cells}' is not x and y")));
            }
        }
    }
    Ok(found)
}
