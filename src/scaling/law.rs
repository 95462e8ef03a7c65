//! Laws of growth with the dimension; nothing here knows where the times come from.

use serde::{Deserialize, Serialize};

/// How a time depends on the dimension `d` as `d` grows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "law", rename_all = "kebab-case")]
pub enum Law {
    /// `t -> time`: the dimension does not matter in the end.
    Constant {
        /// The limit, in the unit of the times.
        time: f64,
    },
    /// `t = slope ln d + offset`, natural logarithm.
    Logarithmic {
        /// Time per unit of `ln d`, > 0.
        slope: f64,
        /// Time at `d = 1`, any sign.
        offset: f64,
    },
    /// `t = prefactor d^exponent`.
    Power {
        /// `d ln t / d ln d`, not 0.
        exponent: f64,
        /// Time at `d = 1`, > 0.
        prefactor: f64,
    },
    /// There are times, and they tell none of these laws from the others.
    Undecided,
    /// There is no time at any dimension.
    #[serde(rename = "none")]
    Never,
}

impl Law {
    /// The word used in data files.
    pub fn word(self) -> &'static str {
        match self {
            Law::Constant { .. } => "constant",
            Law::Logarithmic { .. } => "logarithmic",
            Law::Power { .. } => "power",
            Law::Undecided => "undecided",
            Law::Never => "none",
        }
    }

    /// The law's time at dimension `dim` > 0; `None` where there is no law, or its time is no
    /// finite number.
    pub fn at(self, dim: f64) -> Option<f64> {
        let time = match self {
            Law::Constant { time } => time,
            Law::Logarithmic { slope, offset } => slope * dim.ln() + offset,
            Law::Power {
                exponent,
                prefactor,
            } => prefactor * dim.powf(exponent),
            Law::Undecided | Law::Never => return None,
        };
        time.is_finite().then_some(time)
    }

    /// `d ln t / d ln d` as `d` goes to infinity: 0 for a constant and for a logarithm.
    pub fn exponent(self) -> Option<f64> {
        match self {
            Law::Constant { .. } | Law::Logarithmic { .. } => Some(0.0),
            Law::Power { exponent, .. } => Some(exponent),
            Law::Undecided | Law::Never => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laws_say_their_times() {
        let power = Law::Power {
            exponent: 0.5,
            prefactor: 3.0,
        };
        assert!((power.at(1e4).unwrap_or(0.0) - 300.0).abs() < 1e-9);
        assert_eq!(power.exponent(), Some(0.5));
        let logarithmic = Law::Logarithmic {
            slope: 2.0,
            offset: 1.0,
        };
        assert!((logarithmic.at(1f64.exp()).unwrap_or(0.0) - 3.0).abs() < 1e-15);
        assert_eq!(Law::Never.at(10.0), None);
        // Beyond double precision there is no number to draw.
        assert_eq!(
            Law::Power {
                exponent: 200.0,
                prefactor: 1.0
            }
            .at(1e9),
            None
        );
    }
}
