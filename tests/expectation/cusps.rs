//! Averages of `|x|^p`, which bends without bound at 0, against the closed form by Gauss's hypergeometric
//! function: `E[|x|^p |y|^p] = 2^p Gamma((p + 1)/2)^2 2F1(-p/2, -p/2; 1/2; rho^2) / pi` of standard normals
//! with correlation `rho`; `alpha` and `beta` are its derivatives (docs/theory.md, "Everything follows from one function").

use std::f64::consts::PI;

use crate::support::cases::cases;
use libm::tgamma;
use lorode::expectation::{Overlaps, Route, flow_kernel, kernel};
use lorode::link::Link;
use proptest::prelude::*;

/// Added to a link, this leaves its values and takes its closed form away.
const GENERAL: &str = " + 1e-300*sin(x)";

/// `2F1(a, a; 1/2; z)` and its derivative in `z`, by its series.
fn hypergeometric(a: f64, z: f64) -> [f64; 2] {
    let (mut term, mut sums) = (1.0, [1.0, 0.0]);
    for k in 0..200 {
        let k = f64::from(k);
        let next = term * (a + k) * (a + k) / ((0.5 + k) * (k + 1.0));
        term = next * z;
        sums[0] += term;
        sums[1] += (k + 1.0) * next;
    }
    sums
}

/// `alpha` and `beta` of the pair of equal powers.
fn exact(p: f64, m: f64, q: f64) -> [f64; 2] {
    let z = m * m / q;
    let [value, slope] = hypergeometric(-0.5 * p, z);
    let mixed = p.exp2() * tgamma(0.5 * (p + 1.0)).powi(2) / PI * q.powf(0.5 * p);
    let own = p.exp2() * tgamma(p + 0.5) / PI.sqrt() * q.powf(p);
    let alpha = mixed * slope * 2.0 * m / q;
    let beta = 2.0 * mixed * (0.5 * p * value - slope * z) / q - p * own / q;
    [alpha, beta]
}

#[test]
fn cusps_of_any_power_match_their_closed_form() {
    let powers = [1.02, 1.05, 1.1, 1.2, 1.25, 1.3, 1.5, 1.7, 2.3];
    // In closed form, and by the general route: what is added does not show but in that.
    for (p, rest) in powers.iter().flat_map(|p| [(*p, ""), (*p, GENERAL)]) {
        let link: Link = format!("abs(x)^{p}{rest}").parse().unwrap();
        let kernel = kernel(&link, &link);
        for (m, q) in [(0.3, 0.7), (-0.2, 0.3), (0.6, 1.3), (0.01, 0.5)] {
            let at = Overlaps::new(m, q).unwrap();
            let (drift, errors) = (kernel.drift(&at), kernel.errors(&at));
            let ours = [drift.alpha, drift.beta];
            // The series ends at 200 terms of at most 0.3^k; its sums are good to a few roundings.
            for ((ours, exact), claimed) in ours
                .iter()
                .zip(exact(p, m, q))
                .zip([errors.alpha, errors.beta])
            {
                let gap = (ours - exact).abs();
                assert!(
                    gap <= claimed + 4e-15,
                    "p = {p} at {m}, {q}: {ours:e}, {exact:e}, {claimed:e}"
                );
                assert!(claimed <= 1e-12, "p = {p} at {m}, {q}: claims {claimed:e}");
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(24))]

    /// Sums of powers against quadrature of the plane: all averages, at any angle, within what both claim.
    #[test]
    fn sums_of_powers_agree_with_quadrature(
        teacher in prop::sample::select(vec!["abs(x)^1.5", "sign(x)", "relu(x)^2.5 - 0.3*x", "x*abs(x)^0.2 + he2", "he3"]),
        student in prop::sample::select(vec!["abs(x)^1.5", "relu(x)^1.1 + 0.2*x", "sign(x)*abs(x)^2.2 - abs(x)"]),
        sine in (-20.0..0.0_f64).prop_map(f64::exp2),
        back in any::<bool>(),
        root in 0.2..3.0_f64,
    ) {
        let read = |text: &str| text.parse::<Link>().unwrap();
        let closed = flow_kernel(&read(teacher), &read(student));
        let general = kernel(&read(&format!("{teacher}{GENERAL}")), &read(&format!("{student}{GENERAL}")));
        let sign = if back { -1.0 } else { 1.0 };
        let cosine = sign * (1.0 - sine * sine).sqrt();
        let at = Overlaps { m: cosine * root, q: root * root, residual: (root * sine).powi(2) };
        prop_assert_eq!(closed.route(&at), Route::Powers);
        let all = |k: &dyn lorode::expectation::Kernel| {
            let (drift, noise) = (k.drift(&at), k.noise(&at));
            [drift.alpha, drift.beta, noise.signal, noise.slope, k.loss(&at)]
        };
        let [ours, theirs] = [closed.errors(&at), general.errors(&at)]
            .map(|e| [e.alpha, e.beta, e.signal, e.slope, e.loss]);
        for (i, (a, b)) in all(&*closed).iter().zip(all(&*general)).enumerate() {
            // A closed form claims rounding; quadrature has 1e-12 of cusps on top of its estimate.
            let allowed = ours[i] + theirs[i] + 1e-12 * (1.0 + b.abs());
            prop_assert!((a - b).abs() <= allowed, "{}: {} {} ({})", i, a, b, allowed);
            prop_assert!(ours[i] <= 1e-11 * (1.0 + b.abs()), "{} claims {}", i, ours[i]);
        }
        // Along the target's direction the same, by another sum.
        let (on, off) = (closed.aligned().at(sign * root), general.aligned().at(sign * root));
        let allowed = on.gradient_error + off.gradient_error + 1e-13;
        prop_assert!((on.gradient - off.gradient).abs() <= allowed, "{:?} {:?}", on, off);
        let allowed = on.curvature_error + off.curvature_error + 1e-13;
        prop_assert!((on.curvature - off.curvature).abs() <= allowed, "{:?} {:?}", on, off);
    }
}
