//! The lowest loss a student can reach, by any weights.

use super::{Kernel, Overlaps};
use crate::link::Link;
use crate::root::minimum;

/// Where the population loss is lowest over all student weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BestLoss {
    /// `min L(m, q)` over `q > 0`, `m^2 <= q`, without label noise.
    pub loss: f64,
    /// The overlaps that reach it.
    pub at: Overlaps,
}

/// Self-overlaps searched: 2^-12 to 2^8. Links that fit ever better with growing weights (a
/// sigmoid on a step) have their best loss at the upper end.
const LOG2_Q: (f64, f64) = (-12.0, 8.0);
/// A self-overlap at which a student is the constant `sigma(0)` to rounding of its loss.
const LOG2_VANISHING: f64 = -120.0;
const GRID_Q: usize = 21;
const GRID_C: usize = 17;
/// Of a step of the grid: a minimum shows in the loss no nearer.
const PRECISION: f64 = 1e-8;

/// Lowest loss of the pair: 0 at `m = q = 1` for equal links, otherwise a grid over (cosine, q)
/// refined in each. Without meaning once `ended` says that nobody waits for it.
pub fn best_loss(
    (teacher, student): (&Link, &Link),
    kernel: &dyn Kernel,
    ended: &dyn Fn() -> bool,
) -> BestLoss {
    if teacher == student {
        return BestLoss {
            loss: 0.0,
            at: Overlaps::from_residual(1.0, 0.0),
        };
    }
    let step_q = (LOG2_Q.1 - LOG2_Q.0) / (GRID_Q - 1) as f64;
    let step_c = 2.0 / (GRID_C - 1) as f64;
    let cosines: Vec<f64> = (0..GRID_C).map(|j| -1.0 + j as f64 * step_c).collect();
    let mut best = (f64::INFINITY, 0.0, 0.0);
    for i in 0..GRID_Q {
        let y = LOG2_Q.0 + i as f64 * step_q;
        if ended() {
            break;
        }
        for (&c, value) in cosines.iter().zip(kernel.loss_profile(y.exp2(), &cosines)) {
            if value < best.0 {
                best = (value, c, y);
            }
        }
    }
    let loss = |c: f64, y: f64| match ended() {
        true => f64::NAN,
        false => kernel.loss(&Overlaps::from_cosine(c, y.exp2())),
    };
    let (_, mut c, mut y) = best;
    for _ in 0..3 {
        let (low, high) = ((y - step_q).max(LOG2_Q.0), (y + step_q).min(LOG2_Q.1));
        (y, _) = minimum(|y| loss(c, y), (low, high), PRECISION * step_q);
        let (low, high) = ((c - step_c).max(-1.0), (c + step_c).min(1.0));
        (c, _) = minimum(|c| loss(c, y), (low, high), PRECISION * step_c);
    }
    // The aligned ends are exact optima of many pairs; the search stays inside.
    for c in [c, c.signum()] {
        let value = loss(c, y);
        if value <= best.0 {
            best = (value, c, y);
        }
    }
    // Nor does the search come to where a student does best that gives nothing. With a break at 0 its loss has a cusp there,
    // which no run is integrated into: it has learned when it is as good as at the end of the search.
    if student.breaks().iter().all(|b| b.at != 0.0) {
        let without_weights = loss(0.0, LOG2_VANISHING);
        if without_weights < best.0 {
            best = (without_weights, 0.0, LOG2_VANISHING);
        }
    }
    BestLoss {
        loss: best.0,
        at: Overlaps::from_cosine(best.1, best.2.exp2()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expectation::{flow_kernel, moment};

    /// An even student learns nothing of an odd teacher: any weights are worse than none.
    #[test]
    fn no_weights_may_be_the_best() {
        let [teacher, student] = ["tanh", "x^2"].map(|text| text.parse::<Link>().unwrap());
        let kernel = flow_kernel(&teacher, &student);
        let best = best_loss((&teacher, &student), &*kernel, &|| false);
        let none = 0.5 * moment(&teacher, |link, x| link.value(x).powi(2));
        assert!((best.loss / none - 1.0).abs() < 1e-14, "{best:?} {none}");
    }
}
