//! Critical strengths: aligned pre-training `mu` at which the gradient at `w0` vanishes.

mod profile;

use serde::Serialize;

use crate::expectation::Overlaps;
use crate::model::Model;
use crate::watch::Cancel;

/// What the flow does at a critical strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CriticalKind {
    /// `B < lambda` (weight decay, 0 by default): `u` decays, the run never leaves.
    Trap,
    /// `B > lambda`: `u` grows in a direction that is not the target's.
    Saddle,
}

/// A root of `A(mu) = alpha + mu beta` at `m = mu`, `q = mu^2`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CriticalStrength {
    /// The strength.
    pub mu: f64,
    /// `B` there.
    pub curvature: f64,
    /// Trap or saddle.
    pub kind: CriticalKind,
    /// `None` for a root. Else `A` comes so near to 0 without changing sign that its error hides whether
    /// there are two roots, or none, within this distance of `mu`.
    pub within: Option<f64>,
}

/// What a search for critical strengths has found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CriticalStrengths {
    /// Ascending.
    pub strengths: Vec<CriticalStrength>,
    /// The part of the range, from its lower end, that was not searched, since `A` costs more than a bounded search
    /// may, or the search was cancelled; `None` where all of it was.
    pub unsearched: Option<(f64, f64)>,
    /// Stretches, ascending, on which `A` is below the smallest double, so that no root in there can be placed, nor
    /// excluded: of a link as narrow as `sin(1000 x)` all averages vanish like `exp(-10^6/2)`. One that begins at
    /// `mu = 0` and ends in the range is none: there `A` falls towards 0 like `exp(-1/mu^2)`.
    pub underflow: Vec<(f64, f64)>,
}

/// The smallest strength at which averages are taken: at 0 a kink there leaves no gradient.
const WEAKEST: f64 = 1e-100;
/// Distance from 1 up to which a root is the perfect pre-training of equal links.
const AT_ONE: f64 = 1e-12;
/// Loss above its best, against the target's power, below which `w0` is the answer and not a
/// critical point in its way.
const PERFECT: f64 = 1e-12;

/// All critical strengths in `[low, high]` (`0 <= low <= high`), ascending.
///
/// Where `A` is a polynomial (links that are polynomials, at least on each side of 0) they are all its roots,
/// isolated exactly; else all roots between which `|A|` exceeds its error, and the places where it does not
/// ([`within`](CriticalStrength::within), [`underflow`](CriticalStrengths::underflow)). The perfect pre-training (`mu = 1` for equal links) is left out;
/// `weight_decay` counts against `B` in the kind. The work is bounded, whatever the links
/// ([`unsearched`](CriticalStrengths::unsearched)), and `cancel` ends it.
pub fn critical_strengths(
    model: &Model,
    (low, high): (f64, f64),
    weight_decay: f64,
    cancel: Cancel,
) -> CriticalStrengths {
    let kernel = model.flow();
    let aligned = kernel.aligned();
    let profile = match aligned.polynomial() {
        Some(gradient) => profile::Profile {
            zeros: gradient
                .roots(low, high)
                .into_iter()
                .map(|(mu, _)| (mu, None))
                .collect(),
            unsearched: None,
            underflow: Vec::new(),
        },
        None => profile::zeros(aligned, (low.max(WEAKEST), high), cancel),
    };
    let perfect = |mu: f64| {
        let best = model.best_unless(&|| cancel.is_set());
        let best_loss = best.map_or(f64::NAN, |best| best.loss);
        if best_loss == 0.0 {
            return (mu - 1.0).abs() <= AT_ONE;
        }
        let at = Overlaps::from_residual(mu.max(WEAKEST), 0.0);
        kernel.loss(&at) - best_loss <= PERFECT * model.target_power()
    };
    let strengths = profile
        .zeros
        .into_iter()
        .take_while(|_| !cancel.is_set())
        .filter(|(mu, _)| !perfect(*mu))
        .map(|(mu, within)| {
            let curvature = aligned.at(mu.max(WEAKEST)).curvature;
            CriticalStrength {
                mu: if mu <= WEAKEST { 0.0 } else { mu },
                curvature,
                kind: if curvature > weight_decay {
                    CriticalKind::Saddle
                } else {
                    CriticalKind::Trap
                },
                within,
            }
        })
        .collect();
    CriticalStrengths {
        strengths,
        unsearched: profile.unsearched,
        underflow: profile.underflow,
    }
}
