//! Readouts in a word.

use serde::{Deserialize, Serialize};

/// The same readout for every unit of a network of `K` units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Readout {
    /// 1.
    #[serde(rename = "sum")]
    Sum,
    /// `1/K`.
    #[default]
    #[serde(rename = "mean")]
    Mean,
    /// `1/sqrt(K)`.
    #[serde(rename = "1/sqrt")]
    #[cfg_attr(feature = "cli", value(name = "1/sqrt"))]
    Sqrt,
}

impl Readout {
    /// The readouts of so many units.
    pub(super) fn of(self, units: usize) -> Vec<f64> {
        let count = units as f64;
        let one = match self {
            Self::Sum => 1.0,
            Self::Mean => 1.0 / count,
            Self::Sqrt => 1.0 / count.sqrt(),
        };
        vec![one; units]
    }
}
