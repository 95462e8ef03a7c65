//! The loss above its lowest, where the difference of the two is rounding.

use super::{Kernel, Overlaps};

/// Close to the best loss: excess against the target's power, squared distance of the weights
/// against theirs. Eight nodes are then good to 1e-13 of the excess, four to 1e-6.
pub(crate) const NEAR_LOSS: f64 = 1e-3;
const NEAR_STATE: f64 = 1e-2;
/// Gauss-Legendre on [0, 1].
const LEGENDRE: [(f64, f64); 8] = [
    (0.019_855_071_751_231_884, 0.050_614_268_145_188_13),
    (0.101_666_761_293_186_64, 0.111_190_517_226_687_24),
    (0.237_233_795_041_835_5, 0.156_853_322_938_943_63),
    (0.408_282_678_752_175_1, 0.181_341_891_689_181),
    (0.591_717_321_247_825, 0.181_341_891_689_181),
    (0.762_766_204_958_164_5, 0.156_853_322_938_943_63),
    (0.898_333_238_706_813_4, 0.111_190_517_226_687_24),
    (0.980_144_928_248_768_1, 0.050_614_268_145_188_13),
];

/// `L - L_best = - int (alpha + beta m) dm + beta dr / 2` along the straight line from the best
/// overlaps, `r = q - m^2`, in which nothing cancels; `None` far from them.
pub(crate) fn excess_near(kernel: &dyn Kernel, best: &Overlaps, at: &Overlaps) -> Option<f64> {
    let (dm, dr) = (at.m - best.m, at.residual - best.residual);
    let near = dm * dm + dr.abs() <= NEAR_STATE * best.q;
    if !near {
        return None;
    }
    let mut sum = 0.0;
    // Squares of the nodes: the loss of kinked links goes like powers of sqrt(r).
    for (x, weight) in LEGENDRE {
        let part = x * x;
        let on_line = Overlaps::from_residual(best.m + part * dm, best.residual + part * dr);
        let drift = kernel.drift(&on_line);
        let slope = (drift.alpha + drift.beta * on_line.m) * dm + 0.5 * drift.beta * dr;
        sum -= 2.0 * x * weight * slope;
    }
    Some(sum)
}
