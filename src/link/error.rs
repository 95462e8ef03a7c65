//! Why a text was refused as a link.

use thiserror::Error;

use crate::numeral::plain;

/// Why a text was refused as a link: what, where, and what is allowed instead.
///
/// Every message is one line. Columns count characters from 1 in the trimmed text.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum LinkError {
    /// Nothing but blanks.
    #[error(
        "the link is empty; write a name such as relu or an expression in x such as x*sigmoid(x)"
    )]
    Empty,
    /// The text is longer than expressions may be.
    #[error("the link has {length} characters without blanks; at most {limit} are allowed")]
    TooLong {
        /// Characters, blanks not counted.
        length: usize,
        /// The largest number allowed.
        limit: usize,
    },
    /// Parentheses, signs or powers are nested too deeply.
    #[error(
        "the link nests deeper than {limit} levels at column {column}; write it with fewer parentheses"
    )]
    TooDeep {
        /// Where the limit is passed.
        column: usize,
        /// The largest depth allowed.
        limit: usize,
    },
    /// The text is not an expression.
    #[error(
        "cannot read the link '{text}': at column {column}, expected {expected}, found {found}"
    )]
    Syntax {
        /// The text, shortened if long.
        text: String,
        /// Where reading stopped.
        column: usize,
        /// What could stand there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// The text has two meanings, as `1/2x` has.
    #[error(
        "the link '{text}' can be read in two ways at column {column}: '{first}' or '{second}'; write the one that is meant"
    )]
    Ambiguous {
        /// The text, shortened if long.
        text: String,
        /// Where the readings part.
        column: usize,
        /// One reading.
        first: String,
        /// The other.
        second: String,
    },
    /// A name that means nothing.
    #[error("unknown name '{name}' at column {column} of '{text}'{}; known names: {known}", hint(name, suggestion.as_deref()))]
    UnknownName {
        /// The name as typed.
        name: String,
        /// Where it starts.
        column: usize,
        /// The text, shortened if long.
        text: String,
        /// The most similar known name, if one is similar.
        suggestion: Option<String>,
        /// All known names.
        known: String,
    },
    /// An index outside the family, such as `he31`.
    #[error("'{name}' at column {column} is out of range; {stem}1 to {stem}{max} exist")]
    IndexOutOfRange {
        /// The name as typed.
        name: String,
        /// Where it starts.
        column: usize,
        /// The family's stem.
        stem: String,
        /// The largest index.
        max: u32,
    },
    /// A function called with the wrong number of arguments.
    #[error("'{function}' at column {column} of '{text}' takes {expected}, not {found}")]
    ArgumentCount {
        /// The function.
        function: String,
        /// Where its name starts.
        column: usize,
        /// The text, shortened if long.
        text: String,
        /// What it takes, in words.
        expected: String,
        /// How many were given.
        found: usize,
    },
    /// A parameter that is not a finite constant.
    #[error(
        "the parameter of '{function}' at column {column} must be a finite number, as in {usage}"
    )]
    BadParameter {
        /// The function.
        function: String,
        /// Where its name starts.
        column: usize,
        /// How it is written.
        usage: String,
    },
    /// The link is the same everywhere.
    #[error(
        "the link '{text}' is constant; a link must depend on x (between x = -{range} and {range})"
    )]
    Constant {
        /// The text, shortened if long.
        text: String,
        /// The half-width of the range that is looked at.
        range: f64,
    },
    /// The link or a derivative has no finite value somewhere.
    #[error("{what} of '{text}' is {state} at x = {}; it must be finite at every x{}", plain(*at), bounds(*range))]
    NotFinite {
        /// The text, shortened if long.
        text: String,
        /// `the value`, `the derivative` or `the second derivative`.
        what: &'static str,
        /// `infinite` or `not a number`.
        state: &'static str,
        /// Where.
        at: f64,
        /// The half-width of the range that is looked at.
        range: f64,
    },
    /// A division by zero, or the logarithm of zero.
    #[error(
        "'{text}' divides by zero, or takes the log of zero, at x = {}; a link must be finite at every x",
        plain(*at)
    )]
    Singular {
        /// The text, shortened if long.
        text: String,
        /// Where.
        at: f64,
    },
    /// The averages leave the range of double precision.
    #[error(
        "'{text}' is of size {size:.1e}, so that its averages leave the range of double precision: scale it to between {low:e} and {high:e}"
    )]
    OutOfScale {
        /// The text, shortened if long.
        text: String,
        /// Its largest value between -3 and 3, or anywhere if it is small.
        size: f64,
        /// The smallest size allowed.
        low: f64,
        /// The largest size allowed.
        high: f64,
    },
    /// The link is finite, its slope is not.
    #[error(
        "the slope of '{text}' is infinite at x = {at}, near which the link goes like the power {exponent} of the distance: {}", averages(*at, *exponent)
    )]
    InfiniteSlope {
        /// The text, shortened if long.
        text: String,
        /// Where.
        at: f64,
        /// The power of the distance, two digits.
        exponent: f64,
    },
    /// A root of zero that hides a kink.
    #[error(
        "'{text}' takes a root of zero at x = {at}, where its slope cannot be told; write the root of a square as abs(...)"
    )]
    RootOfZero {
        /// The text, shortened if long.
        text: String,
        /// Where.
        at: f64,
    },
    /// The Gaussian averages of the link do not exist for every variance.
    #[error(
        "{what} of '{text}' grows like exp(x^2) or faster, so its Gaussian averages do not exist; growth up to exp(c*|x|) is allowed"
    )]
    GrowsTooFast {
        /// The text, shortened if long.
        text: String,
        /// `the value` or `the derivative`.
        what: &'static str,
    },
    /// The expression or its derivatives have too many operations.
    #[error(
        "'{text}' needs {size} operations with its derivatives; at most {limit} are allowed, write it shorter"
    )]
    TooComplicated {
        /// The text, shortened if long.
        text: String,
        /// The number of operations.
        size: usize,
        /// The largest number allowed.
        limit: usize,
    },
    /// A table that is no function of `x`.
    #[error("{place}: {reason}")]
    Table {
        /// The table, and the point or line in it.
        place: String,
        /// Which of x and y, of a table that is given as such.
        argument: Option<&'static str>,
        /// What is wrong there.
        reason: String,
    },
    /// A setting that is refused: of how a function is sampled, a letter's value.
    #[error("{argument} = {value} is not allowed: {allowed}")]
    Setting {
        /// Its name.
        argument: String,
        /// What was given.
        value: String,
        /// What is allowed.
        allowed: String,
    },
    /// A function that cannot be sampled.
    #[error("x = {}: {reason}", plain(*at))]
    Samples {
        /// Where.
        at: f64,
        /// What is wrong there.
        reason: &'static str,
    },
    /// Too many kinks or jumps.
    #[error(
        "'{text}' may have {count} kinks or jumps between x = -{range} and {range}; at most {limit} are allowed"
    )]
    TooManyBreaks {
        /// The text, shortened if long.
        text: String,
        /// The number found.
        count: usize,
        /// The largest number allowed.
        limit: usize,
        /// The half-width of the range that is looked at.
        range: f64,
    },
}

impl LinkError {
    /// The argument that it is about, where a link is made of several.
    pub fn argument(&self) -> Option<&str> {
        match self {
            Self::Table { argument, .. } => *argument,
            Self::Setting { argument, .. } => Some(argument),
            Self::Samples { .. } => Some("function"),
            _ => None,
        }
    }
}

fn hint(name: &str, suggestion: Option<&str>) -> String {
    match suggestion {
        Some(known) => format!(" (did you mean '{known}'?)"),
        None if name.chars().count() == 1 => " (a letter has the value that set gives it)".into(),
        None => String::new(),
    }
}

fn averages(at: f64, exponent: f64) -> &'static str {
    if exponent <= 0.5 {
        "the average E[sigma'(z)^2] does not exist; powers above 0.5 are allowed at 0, as in abs(x)^0.75"
    } else if at.abs() > 0.0 {
        "powers below 1 are averaged at x = 0 alone, since nowhere else have doubles the distances that their slopes \
         live at; powers from 1 on are allowed, as in abs(x-1)^1.5"
    } else {
        "powers below 1 are averaged in sums of powers of |x| alone, as in abs(x)^0.75 - 0.3*x; powers from 1 on are \
         allowed, as in abs(x)^1.5 + tanh(x)"
    }
}

fn bounds(range: f64) -> String {
    format!(" between -{range} and {range}")
}

/// The most characters of a user's text that a message repeats.
const QUOTED: usize = 80;

/// A text as quoted in messages: one line, a window around `column` when it is long.
pub(super) fn quote(text: &str, column: usize) -> String {
    let clean: Vec<char> = text
        .chars()
        .map(|c| {
            if c.is_control() || c.is_whitespace() {
                ' '
            } else {
                c
            }
        })
        .collect();
    if clean.len() <= QUOTED {
        return clean.into_iter().collect();
    }
    let start = column.saturating_sub(QUOTED / 2).min(clean.len() - QUOTED);
    let end = start + QUOTED;
    let window: String = clean[start..end].iter().collect();
    let before = if start > 0 { "..." } else { "" };
    let after = if end < clean.len() { "..." } else { "" };
    format!("{before}{window}{after}")
}
