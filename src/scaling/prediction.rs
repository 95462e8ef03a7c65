//! The law that the flow's expansion near its start predicts.

use serde::Serialize;

use crate::derivation::Escape;

/// What [`Escape`] says of the exit time as the dimension grows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Prediction {
    /// The word of [`Law::word`](super::Law::word).
    pub law: &'static str,
    /// `d ln t / d ln d` for large `d`: 0 for a constant and for a logarithm.
    pub exponent: Option<f64>,
    /// Time per unit of `ln d`, where the law is logarithmic.
    pub slope: Option<f64>,
    /// `t / d^exponent`, where the law is a power.
    pub prefactor: Option<f64>,
}

impl Prediction {
    /// For runs that start at `u0`, or at `u0 = d^-x` with `u0_exponent = x`; times in ODE time
    /// multiplied by `time_factor`. `None` where the expansion does not decide.
    pub fn of(escape: Escape, u0: f64, u0_exponent: Option<f64>, time_factor: f64) -> Option<Self> {
        let nothing = Self {
            law: "none",
            exponent: None,
            slope: None,
            prefactor: None,
        };
        let constant = Self {
            law: "constant",
            exponent: Some(0.0),
            ..nothing
        };
        let stays = match escape {
            Escape::Undecided => return None,
            Escape::Trapped | Escape::Perfect => true,
            Escape::Plateau { .. } => u0 == 0.0 && u0_exponent.is_none(),
            _ => false,
        };
        if stays || escape.exponent().is_none() {
            return Some(nothing);
        }
        let logarithmic = |slope: f64| Self {
            law: "logarithmic",
            exponent: Some(0.0),
            slope: Some(slope * time_factor),
            prefactor: None,
        };
        let fixed = if u0 == 0.0 { f64::INFINITY } else { 0.0 };
        let per_log = escape.per_log_dim(u0_exponent.unwrap_or(fixed));
        Some(match (escape.power_law(), per_log) {
            (Some((prefactor, exponent)), _) => Self {
                law: "power",
                exponent: Some(exponent),
                slope: None,
                prefactor: Some(prefactor * time_factor),
            },
            (None, Some(slope)) if slope > 0.0 => logarithmic(slope),
            _ => constant,
        })
    }
}
