//! The law of exit times, carried through the nonlinear part of the flow.

use super::{FlowError, Outcome, Until, run_until};
use crate::dynamics::{ClosedSystem, closed_system, outside};
use crate::integrator::Tolerances;
use crate::problem::{Dynamics, Problem, Setup};
use crate::search::{ExitLaw, SearchPhase};

/// A law carried to the exit of its flow, with what it takes to follow starts that it does not cover.
///
/// The law takes growth for exponential from the start on. Where a start is beyond that (pre-training so weak
/// that a random direction outweighs it: ReLU at `mu sqrt(d)` below a few), its time is that of the flow from
/// `u = 0` and the direction with its amplitude.
#[derive(Clone, Debug)]
pub struct CarriedLaw {
    /// The law; `None` where the flow from the unstable direction does not exit.
    pub law: Option<ExitLaw>,
    /// How that run ended; `Unfinished` at the exit.
    pub outcome: Outcome,
    flow: Problem,
    phase: SearchPhase,
    tolerances: Tolerances,
}

/// Carries the linear law of a problem to the exit of its flow (also with the finite-step map, whose
/// limit the flow is): one run, from an amplitude on the unstable direction so small that what its
/// growth lacks of an exponential is known to a tenth of `rtol`. The law holds whatever the problem's
/// `t_max`.
///
/// # Errors
/// [`FlowError::Integration`] when a step fails.
pub fn carry(
    law: &ExitLaw,
    problem: &Problem,
    phase: &SearchPhase,
    tolerances: &Tolerances,
) -> Result<CarriedLaw, FlowError> {
    let setup = problem.setup().clone();
    let patience = phase.tau.map_or(f64::INFINITY, |tau| PATIENCE * tau);
    let flow = Problem::new(Setup {
        dynamics: Dynamics::Flow,
        t_max: setup.t_max.max(patience).min(f64::MAX),
        ..setup
    })?;
    let growth = Growth::new(&flow, phase);
    let Amplitude { size, lost } = growth.small_amplitude(0.1 * tolerances.rtol);
    let start = phase.on_unstable_direction(size);
    let run = run_until(&flow.clone().started_at(start)?, tolerances, Until::Exit)?;
    Ok(CarriedLaw {
        law: run
            .exit_time
            .map(|time| law.carried(time, size * (-lost).exp())),
        outcome: run.outcome,
        flow,
        phase: *phase,
        tolerances: *tolerances,
    })
}

impl CarriedLaw {
    /// Time by which a fraction `p` of the runs, in (0, 1), have left; `None` where there is no law, or where
    /// the flow from such a start does not exit.
    ///
    /// # Errors
    /// [`FlowError::Integration`] when a step fails.
    pub fn quantile(&self, p: f64) -> Result<Option<f64>, FlowError> {
        let Some(law) = self.law.filter(|_| p > 0.0 && p < 1.0) else {
            return Ok(None);
        };
        let size = law.amplitude(p);
        if self.grows_exponentially(size) {
            Ok(law.quantile(p))
        } else {
            self.followed(size)
        }
    }

    /// Mean; `None` where there is no law, or where the flow from one of the starts does not exit.
    ///
    /// # Errors
    /// [`FlowError::Integration`] when a step fails.
    pub fn mean(&self) -> Result<Option<f64>, FlowError> {
        let Some(law) = self.law else {
            return Ok(None);
        };
        // What the law lacks is a smooth function of the fraction, and nothing for small amplitudes.
        let mut mean = law.plain_mean();
        for (p, weight) in LEGENDRE {
            let size = law.amplitude(p);
            if !self.grows_exponentially(size) {
                let Some(time) = self.followed(size)? else {
                    return Ok(None);
                };
                mean += weight * (time - law.time_of(size));
            }
        }
        Ok(mean.is_finite().then_some(mean.max(0.0)))
    }

    /// Whether a start of this amplitude is in the search phase.
    fn grows_exponentially(&self, size: f64) -> bool {
        let start = self.phase.on_unstable_direction(size);
        let fits = start.alignment.hypot(start.transverse) < 1.0;
        fits && Growth::new(&self.flow, &self.phase).deviation(size).abs() <= LINEAR
    }

    /// Exit time of the flow from `u = 0` and a direction of this amplitude.
    fn followed(&self, size: f64) -> Result<Option<f64>, FlowError> {
        let start = self.flow.clone().started_at(self.phase.at_rest(size))?;
        Ok(run_until(&start, &self.tolerances, Until::Exit)?.exit_time)
    }
}

/// Relative deviation of the growth rate from `lambda_+` up to which a start is in the search phase: its exit is
/// off by about so many tau.
const LINEAR: f64 = 0.02;
/// Gauss-Legendre on [0, 1].
const LEGENDRE: [(f64, f64); 5] = [
    (0.046_910_077_030_668_0, 0.118_463_442_528_094_54),
    (0.230_765_344_947_158_45, 0.239_314_335_249_683_23),
    (0.5, 0.284_444_444_444_444_44),
    (0.769_234_655_052_841_5, 0.239_314_335_249_683_23),
    (0.953_089_922_969_332, 0.118_463_442_528_094_54),
];
/// Search times after which a run that has not left is given up, if `t_max` is no longer.
const PATIENCE: f64 = 1e10;
/// The largest amplitude at which growth may pass for exponential, absolute and against the one that
/// exits; the factor between those that are tried; and the smallest, below which `w0 + u v` loses
/// digits and nothing is gained.
const LARGEST: f64 = 1e-2;
const FACTOR: f64 = 0.1;
const SMALLEST: f64 = 1e-12;
/// Rates are not better.
const RESOLUTION: f64 = 1e-12;

/// An amplitude to start from.
struct Amplitude {
    size: f64,
    /// What its logarithm lost by growing from 0 at less than `lambda_+`.
    lost: f64,
}

/// The growth of the unstable amplitude by the flow, against `lambda_+`.
struct Growth<'a> {
    system: Box<dyn ClosedSystem>,
    phase: &'a SearchPhase,
    /// The amplitude that has the threshold's alignment.
    exit: f64,
    /// Whether the length of `v` moves, by the square of the amplitude: it does not come back, and
    /// changes growth as much as what [`Growth::deviation`] sees.
    free: bool,
}

impl<'a> Growth<'a> {
    fn new(problem: &Problem, phase: &'a SearchPhase) -> Self {
        let alignment = phase.on_unstable_direction(1.0).alignment.abs();
        Self {
            system: closed_system(problem),
            phase,
            exit: problem.threshold() / alignment,
            free: !problem.adapter().facts().on_sphere,
        }
    }

    /// Relative difference between the growth rate at an amplitude and `lambda_+`.
    fn deviation(&self, amplitude: f64) -> f64 {
        let start = self.phase.on_unstable_direction(amplitude);
        let mut state = self.system.start();
        state[..3].copy_from_slice(&[start.u, start.alignment, start.transverse]);
        if let Some(rest) = state.get_mut(3) {
            *rest = outside(start.alignment, start.transverse);
        }
        let mut rates = vec![0.0; state.len()];
        self.system.rates(&state, &mut rates);
        self.phase.growth_of(&state, &rates) / self.phase.growth_rate - 1.0
    }

    /// The largest amplitude of a few from which `lost` is known to `allowed`: growth is exponential
    /// there, or deviates from it like a power of the amplitude.
    fn small_amplitude(&self, allowed: f64) -> Amplitude {
        let allowed = allowed.max(RESOLUTION);
        let mut size = LARGEST * self.exit.min(1.0);
        let at = |power: i32| self.deviation(size * FACTOR.powi(power));
        let mut deviations = [at(0), at(1), at(2)];
        loop {
            let [here, next, last] = deviations;
            let order = (here / next).ln() / -FACTOR.ln();
            let change = (next / last).ln() / -FACTOR.ln() - order;
            // A power `order` up to terms of the relative size of its change, and of the deviation.
            let lost = here / order;
            let unknown = (lost * change / order).abs().max(lost * lost);
            let exponential = here.abs() <= allowed && !(self.free && size * size > allowed);
            if exponential || size * FACTOR < SMALLEST * self.exit.min(1.0) {
                return Amplitude { size, lost: 0.0 };
            }
            if !self.free && order > 0.0 && unknown <= allowed {
                return Amplitude { size, lost };
            }
            size *= FACTOR;
            deviations = [next, last, self.deviation(size * FACTOR * FACTOR)];
        }
    }
}
