//! What there is to know of a number or a word that a user may give.

/// One parameter: a flag of the command line, a key of problem files, a key of `parameters` in results.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// In formulas, as in docs/notation.md; the name where it has none.
    pub symbol: &'static str,
    /// What it is counted in; empty where it has no dimension.
    pub unit: &'static str,
    /// What it is.
    pub about: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What is in force where it is not given.
    pub usual: Usual,
}

/// What a parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A real number.
    Real,
    /// A whole number.
    Whole,
    /// True or false.
    Truth,
    /// A word, a text or a list of texts.
    Text,
}

impl Kind {
    /// Its word in files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Whole => "integer",
            Self::Truth => "boolean",
            Self::Text => "text",
        }
    }
}

/// What is in force where a parameter is not given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Usual {
    /// Nothing.
    Unset,
    /// False.
    No,
    /// A number.
    Number(f64),
    /// A word.
    Word(&'static str),
    /// What follows from other parameters, in words.
    Rule(&'static str),
}
