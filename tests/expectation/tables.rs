//! Averages of links given by tables, as runs take them, against a quadrature of the tests that is split at the knots.

use crate::support::rule;
use lorode::expectation::{Overlaps, flow_kernel, kernel};
use lorode::link::{Link, Outside};

/// Panels are this wide at most, in deviations: less than what smooths the knots of the other link at the angles below.
const WIDTH: f64 = 0.25;
const REACH: f64 = 9.0;

/// `alpha`, `beta`, noise signal, slope power, loss of a link with itself.
fn exact(link: &Link, knots: &[f64], at: &Overlaps) -> [f64; 5] {
    let (root, c, s) = (at.q.sqrt(), at.cosine(), at.sine());
    let scaled: Vec<f64> = knots.iter().map(|k| k / root).collect();
    let mut sums = [0.0; 5];
    for (x, w) in rule(&scaled, WIDTH, REACH) {
        let inner: Vec<f64> = knots.iter().map(|k| (k - c * x) / s).collect();
        let [mut value, mut square, mut slope] = [0.0; 3];
        for (y, w) in rule(&inner, 1.0, REACH) {
            let target = link.value(c * x + s * y);
            value += w * target;
            square += w * target * target;
            slope += w * link.derivative(c * x + s * y);
        }
        let z = root * x;
        let (f, f1, f2) = (link.value(z), link.derivative(z), link.second_derivative(z));
        let gap = square - 2.0 * value * f + f * f;
        let terms = [
            slope * f1,
            (value - f) * f2 - f1 * f1,
            gap * f1 * f1,
            f1 * f1,
            0.5 * gap,
        ];
        for (sum, term) in sums.iter_mut().zip(terms) {
            *sum += w * term;
        }
    }
    sums
}

#[test]
fn averages_of_tables_equal_a_quadrature_split_at_the_knots() {
    let knots: Vec<f64> = (0..61).map(|i| -6.0 + 0.2 * f64::from(i)).collect();
    let smooth: fn(f64) -> f64 = libm::erf;
    let uneven: fn(f64) -> f64 = |x| libm::tanh(2.0 * x - 0.5) + 0.1 * x * x;
    for (f, outside) in [(smooth, Outside::Held), (uneven, Outside::Linear)] {
        let values: Vec<f64> = knots.iter().map(|x| f(*x)).collect();
        let link = Link::from_table(&knots, &values, outside).unwrap();
        let kernel = flow_kernel(&link, &link);
        for (cosine, q) in [(0.3, 0.8), (0.97, 1.2), (-0.6, 0.4)] {
            let at = Overlaps::from_cosine(cosine, q);
            let (drift, noise) = (kernel.drift(&at), kernel.noise(&at));
            let ours = [
                drift.alpha,
                drift.beta,
                noise.signal,
                noise.slope,
                kernel.loss(&at),
            ];
            let e = kernel.errors(&at);
            let claimed = [e.alpha, e.beta, e.signal, e.slope, e.loss];
            for (i, exact) in exact(&link, &knots, &at).into_iter().enumerate() {
                // Rounding of the 10^5 terms of the quadrature of the tests.
                let gap = (ours[i] - exact).abs();
                assert!(
                    gap <= claimed[i] + 1e-12 && claimed[i] <= 1e-10,
                    "{i} at {cosine}, {q}: {} {exact} {gap:e}, claims {:e}",
                    ours[i],
                    claimed[i]
                );
            }
        }
    }
}

/// `alpha = -beta = E[sigma'^2]` where student and teacher are the same. What the spline is beside the smooth function, 1e-9 of it,
/// is in orders of the Hermite series that see knots 0.2 apart, long after the smooth part has died away.
#[test]
fn a_table_is_its_own_optimum() {
    let knots: Vec<f64> = (0..61).map(|i| -6.0 + 0.2 * f64::from(i)).collect();
    let values: Vec<f64> = knots.iter().map(|x| x.sin() + 0.1 * x * x).collect();
    let link = Link::from_table(&knots, &values, Outside::Linear).unwrap();
    let at = Overlaps::from_cosine(1.0, 1.0);
    for kernel in [kernel(&link, &link), flow_kernel(&link, &link)] {
        let (drift, slope) = (kernel.drift(&at), kernel.noise(&at).slope);
        // Rounding of sums of some thousand terms.
        assert!((drift.alpha - slope).abs() < 1e-13, "{drift:?} {slope}");
        assert!((drift.beta + slope).abs() < 1e-13, "{drift:?} {slope}");
    }
}
