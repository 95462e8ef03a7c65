//! Times of the finite-size law of the exit time, as sweeps report them.

use serde::{Deserialize, Serialize};

use crate::integrator::Tolerances;
use crate::problem::Problem;
use crate::search::{ExitLaw, SearchPhase};
use crate::trajectory::{FlowError, carry};

/// Times of the law over random starts and the noise of SGD, `None` where there is no law or where
/// the flow does not exit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LawTimes {
    /// Mean.
    pub exit_mean: Option<f64>,
    /// Median.
    pub exit_median: Option<f64>,
    /// 5 % quantile.
    pub exit_q05: Option<f64>,
    /// 95 % quantile.
    pub exit_q95: Option<f64>,
    /// Median of the linear law: early by what the nonlinear part of the search takes, and there
    /// even where nothing exits.
    pub exit_median_linear: Option<f64>,
}

/// Tolerance of the run that carries a law, against that of others, and at least: a law over starts
/// that holds for large dimensions needs seven digits.
const OF_LAW: f64 = 100.0;
const LEAST_OF_LAW: f64 = 1e-6;

impl LawTimes {
    /// The times of a problem, in ODE time multiplied by `time_factor`, at the cost of one run to the
    /// exit (of a few where starts are beyond the search phase); with the failure of a run, if one failed.
    pub fn of(
        problem: &Problem,
        phase: &SearchPhase,
        tolerances: &Tolerances,
        time_factor: f64,
    ) -> (Self, Option<FlowError>) {
        let Some(linear) = ExitLaw::linear(problem, phase) else {
            return (Self::default(), None);
        };
        let scaled = |t: Option<f64>| t.map(|t| t * time_factor).filter(|t| t.is_finite());
        let estimate = Self {
            exit_median_linear: scaled(linear.quantile(0.5)),
            ..Self::default()
        };
        let rtol = (OF_LAW * tolerances.rtol).min(tolerances.rtol.max(LEAST_OF_LAW));
        let tolerances = Tolerances {
            rtol,
            ..*tolerances
        };
        let times = carry(&linear, problem, phase, &tolerances).and_then(|carried| {
            // Later exits are not seen in the flow either.
            let seen = |t: Option<f64>| scaled(t.filter(|t| *t <= problem.t_max()));
            Ok(Self {
                exit_mean: seen(carried.mean()?),
                exit_median: seen(carried.quantile(0.5)?),
                exit_q05: seen(carried.quantile(0.05)?),
                exit_q95: seen(carried.quantile(0.95)?),
                ..estimate
            })
        });
        match times {
            Err(error) => (estimate, Some(error)),
            Ok(times) => (times, None),
        }
    }
}
