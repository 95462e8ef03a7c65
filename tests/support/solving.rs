//! The integrator with short arguments, and a system with a known solution.

use lorode::integrator::{
    Drifts, Event, Field, IntegrationError, Keep, Method, Solution, Span, Tolerances, integrate,
};

/// The whole range of time, the steps kept.
pub fn until(end: f64) -> Span<'static> {
    Span {
        end,
        keep: Keep::Steps,
    }
}

pub fn by(method: Method, rtol: f64) -> Tolerances {
    let atol = rtol.min(1e-10) * 1e-6;
    Tolerances {
        method,
        rtol,
        atol: Some(atol),
        ..Tolerances::default()
    }
}

pub fn solve(
    dim: usize,
    rates: &dyn Fn(&[f64], &mut [f64]),
    start: &[f64],
    span: Span<'_>,
    tolerances: &Tolerances,
    events: &[Event<'_>],
) -> Result<Solution, IntegrationError> {
    let field = Field {
        dim,
        rates,
        grain: 0.0,
        is_dear: false,
        drifts: Drifts::GoOn,
        halts: None,
    };
    integrate(field, start, span, tolerances, events)
}

/// `y'' = -y` as a system.
pub fn oscillator(y: &[f64], out: &mut [f64]) {
    out[0] = y[1];
    out[1] = -y[0];
}
