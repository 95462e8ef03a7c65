//! What there is to know of a column of a table.

use crate::observable::{Observable, Unit};
use crate::problem::{Kind, Parameter};

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its name in every format.
    pub name: String,
    /// In formulas, as in docs/notation.md.
    pub symbol: String,
    /// What it is counted in: `time` stands for the unit of time asked for; empty where it has no dimension.
    pub unit: &'static str,
    /// What it is.
    pub meaning: String,
    /// What it holds.
    pub kind: Kind,
    /// Where it stands in JSON: `curves[i].points[j].tau` is there for each row (i, j); a path of `i` alone is the place
    /// in a list, from 0.
    pub at: String,
    /// Words for a null there: the first whose key stands beside it; an empty key always does.
    pub null: &'static [(&'static str, &'static str)],
}

impl Described {
    /// A column that is no number people plot.
    pub(super) fn new(name: &str, kind: Kind, meaning: &str) -> Self {
        Self {
            name: name.to_owned(),
            symbol: String::new(),
            unit: "",
            meaning: meaning.to_owned(),
            kind,
            at: name.to_owned(),
            null: &[],
        }
    }

    /// A column of real numbers.
    pub(super) fn real(name: &str, unit: &'static str, meaning: &str) -> Self {
        Self {
            unit,
            ..Self::new(name, Kind::Real, meaning)
        }
    }

    /// A column of whole numbers.
    pub(super) fn whole(name: &str, meaning: &str) -> Self {
        Self::new(name, Kind::Whole, meaning)
    }

    /// A column of words.
    pub(super) fn text(name: &str, meaning: &str) -> Self {
        Self::new(name, Kind::Text, meaning)
    }

    /// The same with a symbol.
    pub(super) fn symbol(self, symbol: &str) -> Self {
        Self {
            symbol: symbol.to_owned(),
            ..self
        }
    }

    /// The same with words for null in JSON.
    pub(super) fn null(self, null: &'static [(&'static str, &'static str)]) -> Self {
        Self { null, ..self }
    }

    /// The same at another place of JSON.
    pub(super) fn at(self, at: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            ..self
        }
    }

    /// The same below a place of JSON.
    pub(super) fn below(self, place: &str) -> Self {
        let at = format!("{place}.{}", self.name);
        self.at(at)
    }
}

/// A number that people plot.
impl From<&Observable> for Described {
    fn from(number: &Observable) -> Self {
        Self::real(number.name, words(number.unit), number.about).symbol(number.symbol)
    }
}

/// A parameter that differs from row to row.
impl From<&Parameter> for Described {
    fn from(one: &Parameter) -> Self {
        let name = one.name.replace('-', "_");
        Self {
            unit: one.unit,
            ..Self::new(&name, one.kind, one.about).symbol(one.symbol)
        }
    }
}

/// A unit in words.
fn words(unit: Unit) -> &'static str {
    match unit {
        Unit::One | Unit::Ratio | Unit::Outcome => "",
        Unit::Time => "time",
        Unit::Rate => "1/time",
        Unit::Samples => "samples",
    }
}
