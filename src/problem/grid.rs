//! Grids of values, as written on the command line and in problem files.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::storage::{MemoryError, require_memory};

/// Most points of one grid.
pub const MAX_GRID: usize = 10_000_000;

/// A non-empty list of finite values; one made from a number is that number, checked with its problem.
///
/// Written `0.1,0.2` (a list), `start:stop:count` (even), `log:start:stop:count` (even in the
/// logarithm) or `gap:start:stop:count` (`1 - x` even in the logarithm, for values that
/// approach 1).
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    values: Vec<f64>,
    /// As written, to say again how a result was made.
    text: Option<String>,
    /// The logarithms of `1 - x` at the ends, of a grid that is even in them.
    gaps: Option<(f64, f64)>,
}

/// Why a grid was refused.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum GridError {
    /// No value at all.
    #[error("the grid '{text}' is empty: give at least one value, as in 0.1,0.2 or 0.1:0.9:50")]
    Empty {
        /// What was written.
        text: String,
    },
    /// Not a number.
    #[error("'{part}'{} is not a finite number", within(part, text))]
    Number {
        /// What was written.
        text: String,
        /// The part of it.
        part: String,
    },
    /// A shape that is none of the four.
    #[error(
        "the grid '{text}' is not understood: write a list 0.1,0.2, or start:stop:count, \
         log:start:stop:count, gap:start:stop:count"
    )]
    Shape {
        /// What was written.
        text: String,
    },
    /// A number of points out of range.
    #[error(
        "the count {count} in the grid '{text}' is not allowed: a whole number from 1 to 10000000"
    )]
    Count {
        /// What was written.
        text: String,
        /// The count in it.
        count: String,
    },
    /// More values than there is memory for.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// Ends that the spacing cannot have.
    #[error("the grid '{text}' is not possible: {reason}")]
    Ends {
        /// What was written.
        text: String,
        /// What the ends must satisfy.
        reason: &'static str,
    },
}

impl Grid {
    /// From values.
    ///
    /// # Errors
    /// When there is none, or one is not finite.
    pub fn new(values: Vec<f64>) -> Result<Self, GridError> {
        let text = || match values[..] {
            [one] => one.to_string(),
            _ => format!("{values:?}"),
        };
        if values.is_empty() {
            return Err(GridError::Empty { text: text() });
        }
        if let Some(bad) = values.iter().find(|v| !v.is_finite()) {
            return Err(GridError::Number {
                text: text(),
                part: bad.to_string(),
            });
        }
        Ok(Self {
            values,
            text: None,
            gaps: None,
        })
    }

    /// The values, in the order given.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// `1 - x` of a value of a grid that is even in its logarithm: as it was placed, not as `x` has it. The ends are
    /// what was written.
    pub fn gap_of(&self, value: f64) -> Option<f64> {
        let (from, to) = self.gaps?;
        let place = self.values.partition_point(|other| *other < value);
        let inner = place > 0 && place + 1 < self.values.len();
        let found = inner && self.values[place].to_bits() == value.to_bits();
        found.then(|| {
            exponential(from + (to - from) * place as f64 / (self.values.len() - 1) as f64)
        })
    }

    /// The value of a grid of one.
    pub fn single(&self) -> Option<f64> {
        match self.values[..] {
            [value] => Some(value),
            _ => None,
        }
    }
}

/// The grid that a part stands in, in words.
fn within(part: &str, text: &str) -> String {
    if part == text {
        return String::new();
    }
    format!(" in the grid '{text}'")
}

#[derive(Clone, Copy)]
enum Spacing {
    Even,
    Log,
    Gap,
}

impl FromStr for Grid {
    type Err = GridError;

    fn from_str(text: &str) -> Result<Self, GridError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(GridError::Empty { text: text.into() });
        }
        let (spacing, rest) = match text.split_once(':') {
            Some(("log", rest)) => (Spacing::Log, rest),
            Some(("gap", rest)) => (Spacing::Gap, rest),
            Some(_) => (Spacing::Even, text),
            None => {
                let parts = text.split(',').map(|part| number(text, part));
                return Ok(Self {
                    values: parts.collect::<Result<_, _>>()?,
                    text: Some(text.into()),
                    gaps: None,
                });
            }
        };
        let parts: Vec<&str> = rest.split(':').collect();
        let [start, stop, count] = parts[..] else {
            return Err(GridError::Shape { text: text.into() });
        };
        let ends = (number(text, start)?, number(text, stop)?);
        spaced(text, spacing, ends, points(text, count)?)
    }
}

fn number(text: &str, part: &str) -> Result<f64, GridError> {
    match part.trim().parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(GridError::Number {
            text: text.into(),
            part: part.trim().into(),
        }),
    }
}

fn points(text: &str, count: &str) -> Result<usize, GridError> {
    let given = count.trim();
    // 1e3 is accepted as a count, as numbers are everywhere else.
    let value = given.parse::<f64>().unwrap_or(f64::NAN);
    if value >= 1.0 && value <= MAX_GRID as f64 && value.fract() == 0.0 {
        Ok(value as usize)
    } else {
        Err(GridError::Count {
            text: text.into(),
            count: given.into(),
        })
    }
}

fn spaced(
    text: &str,
    spacing: Spacing,
    (start, stop): (f64, f64),
    count: usize,
) -> Result<Grid, GridError> {
    let refuse = |reason| {
        Err(GridError::Ends {
            text: text.into(),
            reason,
        })
    };
    // The values, and the copies that reading options and commands make of them.
    const VALUE: f64 = 64.0;
    let what = format!("the grid '{text}'");
    require_memory(what, VALUE * count as f64, "ask for fewer values")?;
    if !(stop - start).is_finite() {
        return refuse("the ends are too far apart");
    }
    if start > stop || (start >= stop && count > 1) {
        return refuse("start must be below stop");
    }
    let (from, to): (f64, f64) = match spacing {
        Spacing::Even => (start, stop),
        Spacing::Log if start <= 0.0 => return refuse("log needs both ends above 0"),
        Spacing::Log => (start.ln(), stop.ln()),
        Spacing::Gap if stop >= 1.0 => return refuse("gap needs both ends below 1"),
        Spacing::Gap => ((1.0 - start).ln(), (1.0 - stop).ln()),
    };
    let rounding = 2.0 * f64::EPSILON * from.abs().max(to.abs());
    let step = (to - from) / (count - 1) as f64;
    let at = |i: usize| {
        // The ends are what was written, to the last bit.
        if i == 0 {
            return start;
        }
        if i == count - 1 {
            return stop;
        }
        let x = from + (to - from) * i as f64 / (count - 1) as f64;
        match spacing {
            // Neighbours stay apart.
            Spacing::Even if rounding >= 0.25 * step => x,
            Spacing::Even => short(x, rounding),
            // Next to each other logarithms are even where numbers are.
            Spacing::Log if (2.0 + from.abs().max(to.abs())) * f64::EPSILON >= 0.25 * step => {
                start + (stop - start) * i as f64 / (count - 1) as f64
            }
            Spacing::Log => exponential(x),
            Spacing::Gap => {
                // Ends next to 1 have their gaps to a few digits only.
                let value = 1.0 - exponential(x);
                let near = short(value, f64::EPSILON);
                if near < 1.0 { near } else { value }
            }
        }
    };
    let values: Vec<f64> = (0..count).map(at).collect();
    let is_gap = matches!(spacing, Spacing::Gap);
    // Neighbours next to 1 have gaps of their own.
    if !is_gap && values.windows(2).any(|pair| pair[0] >= pair[1]) {
        return refuse("there are fewer different numbers between its ends than it has values");
    }
    Ok(Grid {
        values,
        text: Some(text.into()),
        gaps: is_gap.then_some((from, to)),
    })
}

/// `e^x`, short where it misses a short number by no more than the rounding of `x` and its own.
fn exponential(x: f64) -> f64 {
    let value = x.exp();
    short(value, (2.0 + x.abs()) * f64::EPSILON * value)
}

/// The number with at most 12 significant digits (those of `scale = rounding/(2 eps)` where that is larger) that `x` misses
/// by rounding: 1 for 0.9999999999999999. Other numbers stay as they are.
fn short(x: f64, rounding: f64) -> f64 {
    const DIGITS: i32 = 12;
    let scale = x.abs().max(rounding / (2.0 * f64::EPSILON));
    if !(scale > 0.0 && scale.is_finite()) {
        return x;
    }
    // Places after the point of the last digit.
    let places = DIGITS - 1 - scale.log10().floor() as i32;
    let text = match usize::try_from(places) {
        Ok(places) => format!("{x:.places$}"),
        Err(_) => format!("{x:.*e}", DIGITS as usize - 1),
    };
    let near = text.parse().unwrap_or(x);
    if (x - near).abs() <= rounding {
        near
    } else {
        x
    }
}

impl From<f64> for Grid {
    fn from(value: f64) -> Self {
        Self {
            values: vec![value],
            text: None,
            gaps: None,
        }
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.values[..] {
            [one] => write!(f, "{one}"),
            [first, .., last] => write!(f, "{first} to {last} ({} values)", self.values.len()),
            [] => Ok(()),
        }
    }
}

/// As it was written; a number when there is one, an array when it was made in code.
impl Serialize for Grid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.single(), &self.text) {
            (Some(value), _) => serializer.serialize_f64(value),
            (None, Some(text)) => serializer.serialize_str(text),
            (None, None) => serializer.collect_seq(&self.values),
        }
    }
}

/// A number, a grid as text, or an array of numbers.
impl<'de> Deserialize<'de> for Grid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyGrid;
        impl<'de> Visitor<'de> for AnyGrid {
            type Value = Grid;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, an array of numbers, or text such as \"0.1:0.9:50\"")
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Grid, E> {
                Grid::new(vec![value]).map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Grid, E> {
                self.visit_f64(value as f64)
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Grid, E> {
                self.visit_f64(value as f64)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Grid, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Grid, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = seq.next_element()? {
                    values.push(value);
                }
                Grid::new(values).map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_any(AnyGrid)
    }
}
