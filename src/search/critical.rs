//! Critical strengths: aligned pre-training `mu` at which the gradient at `w0` vanishes.

use serde::Serialize;

use crate::expectation::{Kernel, Overlaps};

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
}

/// Points at which sign changes and near misses of `A` are looked for.
const SAMPLES: usize = 600;
/// Size of `A` against its two terms below which it is 0.
const ZERO: f64 = 1e-11;
/// Loss above its best, against the target's power, below which `w0` is the answer and not a
/// critical point in its way.
const PERFECT: f64 = 1e-12;

/// All critical strengths in `[low, high]` (`0 <= low <= high`), ascending: sign changes of `A`
/// and points where it touches 0, to rounding. `best_loss` and `power = E[sigma_*^2]` tell the
/// perfect pre-training (`mu = 1` for equal links), which is left out; `weight_decay` counts
/// against `B` in the kind.
pub fn critical_strengths(
    kernel: &dyn Kernel,
    (low, high): (f64, f64),
    best_loss: f64,
    power: f64,
    weight_decay: f64,
) -> Vec<CriticalStrength> {
    let a = |mu: f64| gradient(kernel, mu).0;
    let zero = |mu: f64| {
        let (value, size) = gradient(kernel, mu);
        value.abs() <= ZERO * size
    };
    let grid: Vec<f64> = (0..=SAMPLES)
        .map(|i| low + (high - low) * i as f64 / SAMPLES as f64)
        .collect();
    let values: Vec<f64> = grid.iter().map(|&mu| a(mu)).collect();
    let mut roots: Vec<f64> = Vec::new();
    for (i, pair) in values.windows(2).enumerate() {
        if pair[0] * pair[1] < 0.0 {
            roots.push(bisect(a, grid[i], grid[i + 1]));
        }
    }
    for (i, triple) in values.windows(3).enumerate() {
        let dip = triple[1].abs() <= triple[0].abs().min(triple[2].abs());
        if dip && triple[0] * triple[2] > 0.0 {
            let mu = minimise(|mu| a(mu).abs(), grid[i], grid[i + 2]);
            if zero(mu) {
                roots.push(mu);
            }
        }
    }
    roots.extend([low, high].into_iter().filter(|&mu| zero(mu)));
    roots.sort_by(f64::total_cmp);
    roots.dedup_by(|x, y| (*x - *y).abs() <= 1e-9 * y.abs().max(1e-3));
    let imperfect = |mu: &f64| kernel.loss(&aligned(*mu)) - best_loss > PERFECT * power;
    roots.retain(imperfect);
    roots
        .into_iter()
        .map(|mu| classify(kernel, mu, weight_decay))
        .collect()
}

fn classify(kernel: &dyn Kernel, mu: f64, weight_decay: f64) -> CriticalStrength {
    let curvature = kernel.drift(&aligned(mu)).beta;
    CriticalStrength {
        mu,
        curvature,
        kind: if curvature > weight_decay {
            CriticalKind::Saddle
        } else {
            CriticalKind::Trap
        },
    }
}

fn aligned(mu: f64) -> Overlaps {
    // q = 0 has no angle; an infinitesimal w0 along omega* stands for mu = 0.
    Overlaps::from_residual(mu.max(1e-100), 0.0)
}

/// `A(mu)` and the size of its terms.
fn gradient(kernel: &dyn Kernel, mu: f64) -> (f64, f64) {
    let drift = kernel.drift(&aligned(mu));
    let own = mu * drift.beta;
    (
        drift.alpha + own,
        drift.alpha.abs() + own.abs() + drift.beta.abs() * 1e-3,
    )
}

/// Root in a bracket, to the last bit.
fn bisect(f: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let rising = f(low) < 0.0;
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if (f(middle) < 0.0) == rising {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Minimum in a bracket by ternary search.
fn minimise(f: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    for _ in 0..100 {
        let (x, y) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if f(x) < f(y) {
            high = y;
        } else {
            low = x;
        }
    }
    0.5 * (low + high)
}
