//! Pairs for which no program can be written.

use super::FormatError;
use crate::algebra::render::{Language, Unwritable};
use crate::expectation::NoRecipe;
use crate::link::NoFormula;

/// Why a program cannot be written.
pub(super) enum Refused {
    Formula(NoFormula),
    Series(NoRecipe),
    Code(Unwritable),
}

impl From<NoFormula> for Refused {
    fn from(error: NoFormula) -> Self {
        Self::Formula(error)
    }
}

impl From<NoRecipe> for Refused {
    fn from(error: NoRecipe) -> Self {
        Self::Series(error)
    }
}

impl From<Unwritable> for Refused {
    fn from(error: Unwritable) -> Self {
        Self::Code(error)
    }
}

impl Refused {
    /// With the language and the pair.
    pub(super) fn named(self, language: Language, pair: &str) -> FormatError {
        let reason = match self {
            Self::Formula(error) => format!("the student cannot be written as a formula: {error}"),
            Self::Series(error) => error.to_string(),
            Self::Code(error) => error.to_string(),
        };
        FormatError::NoProgram {
            format: language.name(),
            pair: pair.to_owned(),
            reason,
        }
    }
}
