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

impl BestLoss {
    /// Whether the best weights are within a factor 2 in `q` of the largest that were searched, so that larger ones may be better.
    pub(crate) fn is_at_the_end(&self) -> bool {
        self.at.q > 0.5 * LOG2_Q.1.exp2()
    }
}

/// Deviations within which averages live, and values there whose averages may overflow.
const REACH: f64 = 9.0;
const LARGE: f64 = 1e75;

/// Whether losses at a self-overlap may be infinite: those of links that grow fast.
fn may_overflow(teacher: &Link, student: &Link, q: f64) -> bool {
    let small = |link: &Link, x: f64| [x, -x].iter().all(|x| link.value(*x).abs() < LARGE);
    !(small(teacher, REACH) && small(student, REACH * q.sqrt()))
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
/// refined in each. NaN where losses are not known that do not overflow. Without meaning once `ended` says that nobody waits for it.
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
            if value.is_nan() && !may_overflow(teacher, student, y.exp2()) {
                return BestLoss {
                    loss: f64::NAN,
                    at: Overlaps::from_cosine(c, y.exp2()),
                };
            }
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
    use crate::expectation::{
        AlignedKernel, Drift, KernelErrors, Noise, Route, flow_kernel, moment,
    };

    /// An even student learns nothing of an odd teacher: any weights are worse than none.
    #[test]
    fn no_weights_may_be_the_best() {
        let [teacher, student] = ["tanh", "x^2"].map(|text| text.parse::<Link>().unwrap());
        let kernel = flow_kernel(&teacher, &student);
        let best = best_loss((&teacher, &student), &*kernel, &|| false);
        let none = 0.5 * moment(&teacher, |link, x| link.value(x).powi(2));
        assert!((best.loss / none - 1.0).abs() < 1e-14, "{best:?} {none}");
    }

    /// The same kernel, its loss not known beyond a self-overlap of 1.
    #[derive(Debug)]
    struct Unknown(std::sync::Arc<dyn Kernel>);

    impl Kernel for Unknown {
        fn route(&self, at: &Overlaps) -> Route {
            self.0.route(at)
        }

        fn drift(&self, at: &Overlaps) -> Drift {
            self.0.drift(at)
        }

        fn noise(&self, at: &Overlaps) -> Noise {
            self.0.noise(at)
        }

        fn loss(&self, at: &Overlaps) -> f64 {
            if at.q > 1.0 {
                f64::NAN
            } else {
                self.0.loss(at)
            }
        }

        fn aligned(&self) -> &AlignedKernel {
            self.0.aligned()
        }

        fn errors(&self, at: &Overlaps) -> KernelErrors {
            self.0.errors(at)
        }
    }

    /// Losses that are not numbers are no reason to take the best of the others, but where links overflow they are.
    #[test]
    fn what_is_not_known_is_not_passed_over() {
        let of = |student: &str| {
            let [teacher, student] = ["erf", student].map(|text| text.parse::<Link>().unwrap());
            let kernel = Unknown(flow_kernel(&teacher, &student));
            best_loss((&teacher, &student), &kernel, &|| false).loss
        };
        assert!(of("tanh").is_nan());
        assert!(of("exp(17*x)").is_finite());
    }
}
