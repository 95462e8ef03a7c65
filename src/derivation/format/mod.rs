//! Ways to write a derivation; a new one is a file with a `Format` and a line in [`FORMATS`].

mod code;
mod fold;
mod json;
mod julia;
mod latex;
mod markdown;
mod network;
mod python;
mod refused;
mod rust;
mod series;
mod text;
mod whole;

use thiserror::Error;

use super::derive::Derivation;
use super::network::NetworkDerivation;

/// Writes the whole output of a network.
pub type WriteNetwork = fn(&NetworkDerivation, &Wanted) -> Result<String, FormatError>;

/// A way to write a derivation.
#[derive(Debug)]
pub struct Format {
    /// The word for `--format`.
    pub name: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// Writes the whole output.
    pub write: fn(&Derivation, &Wanted) -> Result<String, FormatError>,
    /// The same of a network; `None` where there is none.
    pub write_network: Option<WriteNetwork>,
}

/// What is wanted beside the derivation itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// The derivation in steps.
    pub explain: bool,
    /// How the output was made, one line.
    pub made: String,
    /// The same as an object, which JSON begins with; null: program, version and the line.
    pub metadata: serde_json::Value,
}

/// Why a derivation cannot be written in a format.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum FormatError {
    /// Programs need numbers, and this pair has none that a short program can compute.
    #[error(
        "no {format} program for {pair}: {reason}; use the library (lorode::expectation::kernel), or one of the \
         formats text, latex, markdown, json"
    )]
    NoProgram {
        /// The format asked for.
        format: &'static str,
        /// The pair of links.
        pair: String,
        /// What stands in the way.
        reason: String,
    },
    /// A formula that programs cannot hold.
    #[error("a formula cannot be written as {format}: {reason}")]
    Unwritable {
        /// The format asked for.
        format: &'static str,
        /// What stands in the way.
        reason: String,
    },
}

/// All formats, the first the usual one.
pub const FORMATS: &[Format] = &[
    text::FORMAT,
    latex::FORMAT,
    markdown::FORMAT,
    json::FORMAT,
    python::FORMAT,
    julia::FORMAT,
    rust::FORMAT,
];
