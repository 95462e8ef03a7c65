//! How a run leaves its start, and how long that takes as the dimension grows.

use super::overlap_order::first_slope;
use std::sync::Arc;

use crate::dynamics::{ClosedSystem, closed_system_by};
use crate::expectation::{Kernel, Overlaps};
use crate::problem::Problem;
use crate::search::SearchPhase;
use crate::watch::Cancel;

/// How the alignment leaves its start at `1/sqrt(d)` in population gradient flow, and the law of the
/// exit time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Escape {
    /// `a` and `u` grow together, like `e^(t/tau)`: exit time `(tau/2) ln d`.
    Exponential {
        /// The search time.
        tau: f64,
    },
    /// The gradient at `w0` vanishes and `u` decays: the run never leaves.
    Trapped,
    /// The gradient at `w0` vanishes and `u` grows like `e^(growth t)` from `u0 != 0` to a plateau, where
    /// `da/dt = rate a^order`.
    Plateau {
        /// Growth rate of `u`, `B` less the weight decay.
        growth: f64,
        /// `u` on the plateau.
        amplitude: f64,
        /// Lowest power of `a`.
        order: usize,
        /// Its coefficient.
        rate: f64,
        /// What the climb multiplies `a` by: the length of a free `v`, 1 on the sphere.
        stretch: f64,
    },
    /// From scratch: `dm/dt = rate m^order` from `1/sqrt(d)`.
    Scratch {
        /// Lowest power of `m`, the information exponent less 1.
        order: usize,
        /// Its coefficient.
        rate: f64,
    },
    /// `w0` is the best answer already.
    Perfect,
    /// Without pre-training, a student with a kink at 0: `du/dt` and `da/dt` are not 0 at `a = 0` for the
    /// smallest `u`.
    Immediate,
    /// Full fine-tuning starts at `w0`, whatever the dimension.
    Fixed,
    /// Higher orders decide; not predicted.
    Undecided,
}

/// Loss above the best, against the target's power, below which nothing is left to learn.
const PERFECT: f64 = 1e-12;
/// Size against the largest of its kind below which a number is 0.
const ZERO: f64 = 1e-10;

impl Escape {
    /// Analyses a problem; undecided where `cancel` ends that.
    pub fn of(problem: &Problem, cancel: Cancel) -> Self {
        let facts = problem.adapter().facts();
        if !facts.has_direction {
            return Escape::Fixed;
        }
        if !facts.is_lora {
            return scratch(problem);
        }
        match SearchPhase::of(problem) {
            Some(phase) => lora(problem, &phase, cancel),
            None => from_kink(problem),
        }
    }

    /// The power of `d` in the exit time: 0 for logarithms and constants, `None` where the run
    /// never leaves or nothing is predicted.
    pub fn exponent(self) -> Option<f64> {
        match self {
            Escape::Exponential { .. } | Escape::Fixed | Escape::Immediate => Some(0.0),
            Escape::Trapped | Escape::Perfect | Escape::Undecided => None,
            Escape::Plateau { order, rate, .. } | Escape::Scratch { order, rate } => {
                let leaves = order == 0 || rate > 0.0;
                leaves.then(|| 0.5 * (order.max(1) - 1) as f64)
            }
        }
    }

    /// `(prefactor, exponent)` of the exit time `prefactor d^exponent` from `a = 1/sqrt(d)`, where it
    /// grows like a power: `da/dt = rate a^order` takes `a^(1 - order) / ((order - 1) rate)`.
    pub fn power_law(self) -> Option<(f64, f64)> {
        let (order, rate, stretch) = match self {
            Escape::Plateau {
                order,
                rate,
                stretch,
                ..
            } => (order, rate, stretch),
            Escape::Scratch { order, rate } => (order, rate, 1.0),
            _ => return None,
        };
        let above = order.checked_sub(1).filter(|n| *n > 0)? as f64;
        (rate > 0.0).then(|| (stretch.powf(-above) / (above * rate), 0.5 * above))
    }

    /// What the exit time grows by when `ln d` grows by 1, where it is a logarithm; `u0_exponent`
    /// is `x` for runs that start at `u0 = d^-x`, 0 when `u0` is the same for all, infinite for `u0 = 0`.
    pub fn per_log_dim(self, u0_exponent: f64) -> Option<f64> {
        match self {
            // The larger of u0 and 1/sqrt(d) starts the growing mode.
            Escape::Exponential { tau } => Some(tau * u0_exponent.min(0.5)),
            Escape::Plateau {
                growth,
                order,
                rate,
                ..
            } if order <= 1 => {
                let climb = u0_exponent / growth;
                let turn = if order == 1 { 0.5 / rate } else { 0.0 };
                (order == 0 || rate > 0.0).then_some(climb + turn)
            }
            Escape::Scratch { order: 1, rate } if rate > 0.0 => Some(0.5 / rate),
            _ => None,
        }
    }
}

fn scratch(problem: &Problem) -> Escape {
    match first_slope(problem.model().teacher(), problem.model().student(), 1.0) {
        Some((order, rate)) => Escape::Scratch { order, rate },
        None => Escape::Undecided,
    }
}

fn lora(problem: &Problem, phase: &SearchPhase, cancel: Cancel) -> Escape {
    let kernel = &**problem.model().exact();
    let pretraining = problem.pretraining();
    let (rho, orthogonal) = (pretraining.rho(), pretraining.orthogonal());
    let size = phase
        .curvature
        .abs()
        .max(1e-3 * problem.model().target_power());
    if phase.gradient_norm.abs() > ZERO * size {
        return match phase.tau {
            // The gradient may point elsewhere than to the target.
            Some(tau) if phase.cosine().abs() > ZERO => Escape::Exponential { tau },
            _ => Escape::Undecided,
        };
    }
    let start = Overlaps::from_residual(rho, orthogonal * orthogonal);
    let Some(best) = problem.model().best_unless(&|| cancel.is_set()) else {
        return Escape::Undecided;
    };
    if kernel.loss(&start) - best.loss <= PERFECT * problem.model().target_power() {
        return Escape::Perfect;
    }
    let growth = phase.curvature - problem.weight_decay();
    if growth.abs() <= ZERO * size {
        return Escape::Undecided;
    }
    if growth < 0.0 {
        return Escape::Trapped;
    }
    // Where decay shrinks v as well there is no plateau.
    let settles = !problem.setup().shrinks_direction();
    let Some(size_of_u) = plateau(problem, kernel).filter(|_| settles) else {
        return Escape::Undecided;
    };
    // u keeps the sign of its start.
    let amplitude = size_of_u.copysign(problem.start().u);
    let stretch = norm(problem, amplitude).sqrt();
    let system = closed_system_by(problem, Arc::clone(problem.model().exact()));
    let at_rest = drift_of_alignment(&*system, amplitude, problem);
    let scale = size * size_of_u;
    if at_rest.abs() > ZERO * scale {
        return Escape::Plateau {
            growth,
            amplitude,
            order: 0,
            rate: at_rest,
            stretch,
        };
    }
    if rho != 0.0 || orthogonal != 0.0 {
        return Escape::Undecided;
    }
    let q = amplitude * amplitude * norm(problem, amplitude);
    match first_slope(problem.model().teacher(), problem.model().student(), q) {
        // m = u a: one factor u for the drift of v, one for every power of m.
        Some((order, slope)) => Escape::Plateau {
            growth,
            amplitude,
            order,
            rate: problem.step_ratio() * slope * amplitude.powi(order as i32 + 1),
            stretch,
        },
        None => Escape::Undecided,
    }
}

/// Rates at `a = 0` and a small `u`, where the kernels of a kink do not depend on the size of `u`.
fn from_kink(problem: &Problem) -> Escape {
    const SMALL: f64 = 1e-6;
    let system = closed_system_by(problem, Arc::clone(problem.model().exact()));
    let rates = rates_across(&*system, SMALL, 1.0);
    let scale = problem.model().target_power().sqrt();
    if rates[0] > 1e-3 * scale && rates[1] > 1e-3 * SMALL * scale {
        Escape::Immediate
    } else {
        Escape::Undecided
    }
}

/// `da/dt` at `a = 0` and the plateau's `u`.
fn drift_of_alignment(system: &dyn ClosedSystem, amplitude: f64, problem: &Problem) -> f64 {
    rates_across(system, amplitude, norm(problem, amplitude))[1]
}

/// Rates at an amplitude of a `v` of this squared length outside the frame.
fn rates_across(system: &dyn ClosedSystem, amplitude: f64, outside: f64) -> Vec<f64> {
    let mut state = vec![0.0; system.start().len()];
    state[0] = amplitude;
    if let Some(rest) = state.get_mut(3) {
        *rest = outside;
    }
    let mut rates = vec![0.0; state.len()];
    system.rates(&state, &mut rates);
    rates
}

/// `<v, v>` at an amplitude: 1 on the sphere; the flow of a free `v` keeps `n - chi u^2` from `n = 1`.
fn norm(problem: &Problem, amplitude: f64) -> f64 {
    if problem.adapter().facts().on_sphere {
        return 1.0;
    }
    let start = problem.start().u;
    1.0 + problem.step_ratio() * (amplitude * amplitude - start * start)
}

/// The `u > 0` at which it stops growing while `a = s = 0`: the first root of
/// `beta(rho, kappa + u^2 n) = lambda`.
fn plateau(problem: &Problem, kernel: &dyn Kernel) -> Option<f64> {
    let rho = problem.pretraining().rho();
    let residual = problem.pretraining().orthogonal().powi(2);
    let excess = |u: f64| {
        let at = Overlaps::from_residual(rho, residual + u * u * norm(problem, u));
        kernel.drift(&at).beta - problem.weight_decay()
    };
    let (mut low, mut high) = (0.0, 0.05);
    while excess(high) > 0.0 {
        low = high;
        high *= 1.1;
        if high > 100.0 {
            return None;
        }
    }
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if excess(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(0.5 * (low + high))
}
