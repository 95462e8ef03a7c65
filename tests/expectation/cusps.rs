//! Averages of `|x|^p`, which bends without bound at 0, against the closed form by Gauss's hypergeometric
//! function: `E[|x|^p |y|^p] = 2^p Gamma((p + 1)/2)^2 2F1(-p/2, -p/2; 1/2; rho^2) / pi` of standard normals
//! with correlation `rho`; `alpha` and `beta` are its derivatives (docs/theory.md, "Everything follows from one function").

use std::f64::consts::PI;

use libm::tgamma;
use lorode::expectation::{Overlaps, kernel};
use lorode::link::Link;

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
    for p in [1.02, 1.05, 1.1, 1.2, 1.25, 1.3, 1.5, 1.7, 2.3] {
        let link: Link = format!("abs(x)^{p}").parse().unwrap();
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
