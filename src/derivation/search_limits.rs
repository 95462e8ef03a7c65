//! Limits of the search time by numbers, for pairs without a closed form.

use crate::algebra::Exponent;
use crate::expectation::{moment, slope_power};
use crate::problem::{PreTraining, Problem, ProblemError, Setup};
use crate::search::SearchPhase;

use super::search::{Law, Value};

/// Strengths from which the limit of weak pre-training is extrapolated, each half the one before.
const WEAKEST: f64 = 1e-3;
const HALVINGS: usize = 5;
/// How far the last two extrapolations may differ, and the measured power be from a whole one.
const AGREEMENT: f64 = 1e-5;
const WHOLE: f64 = 0.02;

/// `tau` for aligned pre-training of strength `mu -> 0`: `constant mu^-power`, the constant to 5 digits at
/// least; `None` where there is no such power.
pub(super) fn weak(setup: &Setup) -> Option<Law> {
    let tau = |mu: f64| -> Option<f64> { search_time(setup, mu).ok().flatten() };
    let strengths: Vec<f64> = (0..HALVINGS)
        .map(|i| WEAKEST * 0.5f64.powi(i as i32))
        .collect();
    let times: Vec<f64> = strengths.iter().map(|mu| tau(*mu)).collect::<Option<_>>()?;
    let [.., before, last] = times.as_slice() else {
        return None;
    };
    let measured = (last / before).log2();
    let power = measured.round();
    if (measured - power).abs() > WHOLE {
        return None;
    }
    // Corrections are powers of mu: every column of the table takes one of them off.
    let mut column: Vec<f64> = times
        .iter()
        .zip(&strengths)
        .map(|(t, mu)| t * mu.powf(power))
        .collect();
    let mut best = (f64::INFINITY, 0.0);
    for order in 1..HALVINGS {
        let weight = 2f64.powi(order as i32);
        column = column
            .windows(2)
            .map(|pair| (weight * pair[1] - pair[0]) / (weight - 1.0))
            .collect();
        if let [.., a, b] = column.as_slice() {
            let change = (a - b).abs() / b.abs();
            if change < best.0 {
                best = (change, *b);
            }
        }
    }
    (best.0 < AGREEMENT && best.1.is_finite()).then_some(Law {
        constant: Value::Number(best.1),
        exponent: Exponent::from_integer(power as i64),
    })
}

/// `tau` for `mu -> 1`: equal links diverge like `E[sigma'^2] / (chi E[x^2 sigma'^2]^2) (1-mu)^-2`, because
/// there `A = -dL/dmu` and `L = E[(sigma(x) - sigma(mu x))^2]/2`; others have a value.
pub(super) fn strong(setup: &Setup) -> Option<Law> {
    if setup.model.teacher() == setup.model.student() && setup.weight_decay == 0.0 {
        let slope = slope_power(setup.model.student());
        let bend = moment(setup.model.student(), |link, x| {
            (x * link.derivative(x)).powi(2)
        });
        let constant = slope / (setup.step_ratio * bend * bend);
        return constant.is_finite().then(|| Law {
            constant: Value::Number(constant),
            exponent: Exponent::from_integer(2),
        });
    }
    let tau = search_time(setup, 1.0).ok().flatten()?;
    Some(Law {
        constant: Value::Number(tau),
        exponent: Exponent::from_integer(0),
    })
}

fn search_time(setup: &Setup, mu: f64) -> Result<Option<f64>, ProblemError> {
    let problem = Problem::new(Setup {
        pretraining: PreTraining::aligned(mu)?,
        s0: None,
        ..setup.clone()
    })?;
    let phase = SearchPhase::of(&problem);
    Ok(phase.and_then(|phase| phase.tau))
}
