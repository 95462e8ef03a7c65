//! Times in the unit of the output.

use crate::expectation::slope_power;
use crate::model::Model;
use crate::problem::{Clock, ProblemError, ProblemOptions, Scaling};

/// Factor from ODE time to the unit of the output: `t`, steps or samples, and the paper's
/// `E[sigma'(xi)^2]` when asked for.
///
/// # Errors
/// When the step size or the batch that the unit needs is missing, and where the step size changes: with noise no rate is
/// constant, and steps are no unit of a time.
pub(crate) fn time_factor(
    options: &ProblemOptions,
    (scaling, model): (&Scaling, &Model),
) -> Result<f64, ProblemError> {
    if scaling.changes_noise() {
        let reason =
            "nu = lr * dim / batch changes with it, and a rate has no meaning while nu changes";
        return Err(ProblemError::Changing { reason });
    }
    constant_factor(options, scaling, model)
}

/// The clock of a run in the unit of the output, as [`time_factor`] where the step size may change.
///
/// # Errors
/// When the step size or the batch that the unit needs is missing.
pub(crate) fn clock(
    options: &ProblemOptions,
    scaling: &Scaling,
    model: &Model,
) -> Result<Clock, ProblemError> {
    let clock = scaling.clock(options.time.unwrap_or_default())?;
    Ok(if options.hermite_time {
        clock.times(slope_power(model.student()))
    } else {
        clock
    })
}

/// The factor of times of runs alone, whose noise may change.
///
/// # Errors
/// As [`clock`], and where the step size changes and the unit is not `t`.
pub(crate) fn constant_factor(
    options: &ProblemOptions,
    scaling: &Scaling,
    model: &Model,
) -> Result<f64, ProblemError> {
    let unit = scaling.per_unit_time(options.time.unwrap_or_default())?;
    Ok(if options.hermite_time {
        unit * slope_power(model.student())
    } else {
        unit
    })
}
