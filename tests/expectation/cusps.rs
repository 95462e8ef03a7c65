//! Averages of `|x|^p`, which bends without bound at 0, against the closed form by Gauss's hypergeometric
//! function: `E[|x|^p |y|^p] = 2^p Gamma((p + 1)/2)^2 2F1(-p/2, -p/2; 1/2; rho^2) / pi` of standard normals
//! with correlation `rho`; `alpha` and `beta` are its derivatives (docs/theory.md, "Everything follows from one function").

use std::f64::consts::PI;

use crate::support::cases::cases;
use libm::tgamma;
use lorode::expectation::{Overlaps, Route, flow_kernel, kernel, slope_power};
use lorode::link::Link;
use lorode::model::Model;
use lorode::problem::{PreTraining, Problem, Setup};
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
    let powers = [
        0.51, 0.6, 0.75, 0.9, 0.99, 1.02, 1.05, 1.1, 1.2, 1.25, 1.3, 1.5, 1.7, 2.3,
    ];
    // In closed form, and by the general route: what is added does not show but in that.
    let both = powers.iter().flat_map(|p| [(*p, ""), (*p, GENERAL)]);
    for (p, rest) in both.filter(|(p, rest)| rest.is_empty() || *p > 1.0) {
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

/// Slopes that are infinite at 0, of which the square has a mean: all averages, also where the weights point along the target.
///
/// By mpmath at 30 digits from `F(a, b) = E|x|^a |z|^b = mu(a) mu(b) q^(b/2) hyp2f1(-a/2, -b/2, 1/2, m^2/q)`,
/// `mu(a) = 2^(a/2) gamma((a+1)/2)/sqrt(pi)`: `alpha = diff F(p, p) by m`, `beta = 2 diff F(p, p) by q - p mu(2p) q^(p-1)`,
/// `N = p^2 (F(2p, 2p-2) - 2 F(p, 3p-2) + mu(4p-2) q^(2p-1))`, `L = (mu(2p) (1 + q^p))/2 - F(p, p)`.
#[test]
fn infinite_slopes_with_a_mean_square_have_all_averages() {
    let at = Overlaps::new(0.3, 0.7).unwrap();
    for (p, [alpha, beta, noise, loss]) in [
        (
            0.55,
            [
                0.081_836_457_292_766_48,
                -0.072_055_303_358_064_84,
                1.6969546978453565,
                0.11868843680162871,
            ],
        ),
        (
            0.75,
            [
                0.13886799974384203,
                -0.14701931243360422,
                0.474_312_795_782_335_7,
                0.18260271854868264,
            ],
        ),
    ] {
        let link: Link = format!("abs(x)^{p}").parse().unwrap();
        let kernel = kernel(&link, &link);
        assert_eq!(kernel.route(&at), Route::Powers);
        let (drift, errors) = (kernel.drift(&at), kernel.errors(&at));
        for (ours, exact, claimed) in [
            (drift.alpha, alpha, errors.alpha),
            (drift.beta, beta, errors.beta),
            (kernel.noise(&at).signal, noise, errors.signal),
            (kernel.loss(&at), loss, errors.loss),
        ] {
            // The constants have 17 digits.
            let gap = (ours - exact).abs();
            assert!(
                gap <= claimed + 2e-16 && claimed < 2e-13,
                "{p}: {ours} {exact} {claimed}"
            );
        }
        // Along the target: alpha = p^2 E|x|^(2p-2) q^((p-1)/2), and the gradient is what both slopes leave of it.
        let moment = |a: f64| (0.5 * a).exp2() * tgamma(0.5 * (a + 1.0)) / PI.sqrt();
        let along = Overlaps::from_residual(0.6, 0.0);
        let exact = p * p * moment(2.0 * p - 2.0) * 0.6_f64.powf(p - 1.0);
        let error = (kernel.drift(&along).alpha / exact - 1.0).abs();
        assert!(error < 1e-13, "{p} aligned: {error:e}");
        let power = slope_power(&link) / (p * p * moment(2.0 * p - 2.0));
        assert!((power - 1.0).abs() < 1e-14, "{p}: {power}");
        let gradient = kernel.aligned().at(0.6).gradient;
        let exact = exact * (1.0 - 0.6_f64.powf(p)) * (2.0 * p - 1.0) / p;
        assert!(
            (gradient / exact - 1.0).abs() < 1e-13,
            "{p}: {gradient} {exact}"
        );
    }
}

/// Cusps that are not at 0: nodes fall onto them, which is no reason to know nothing.
///
/// By mpmath at 25 digits: `E[|y|^p]` and `E[sgn(y) |y|^(p-1)]` of the conditional normal by Kummer's function, and over `z` by
/// quadrature in `u`, `z = k +- u^8`.
#[test]
fn cusps_beside_0_are_known_with_their_errors() {
    for (p, m, q, [alpha, beta, loss]) in [
        (
            1.1,
            0.3,
            0.7,
            [0.4315409804684636, -0.47980369783112, 0.3844495193108205],
        ),
        (
            1.1,
            0.699,
            0.49,
            [0.9857312105993026, -0.8983195304511655, 0.0563105472951535],
        ),
        (
            1.5,
            0.3,
            0.7,
            [0.9111265595202849, -1.149231438525439, 0.7787821587521734],
        ),
    ] {
        let link: Link = format!("abs(x-0.5)^{p}").parse().unwrap();
        let at = Overlaps::new(m, q).unwrap();
        let [exact, fast] = [kernel(&link, &link), flow_kernel(&link, &link)];
        let errors = exact.errors(&at);
        let claimed = [errors.alpha, errors.beta, errors.loss];
        for kernel in [exact, fast] {
            let drift = kernel.drift(&at);
            let ours = [drift.alpha, drift.beta, kernel.loss(&at)];
            for ((ours, exact), claimed) in ours.iter().zip([alpha, beta, loss]).zip(claimed) {
                // Quadrature has 1e-12 of cusps on top of its estimate.
                let gap = (ours - exact).abs();
                assert!(gap <= claimed + 1e-12, "{p} at {m}, {q}: {ours} {exact}");
                assert!(claimed < 1e-10, "{p} at {m}, {q}: claims {claimed:e}");
            }
        }
        // Along the target's direction nodes fall onto the cusp at some strengths.
        let aligned = flow_kernel(&link, &link);
        for rho in [0.05, 0.15, 0.45, 0.55, 0.85] {
            let drift = aligned.aligned().at(rho);
            let errors = [drift.gradient_error, drift.curvature_error];
            assert!(errors.iter().all(|e| *e < 1e-9), "{p} at {rho}: {drift:?}");
        }
    }
}

#[test]
fn infinite_slopes_and_their_partners() {
    let said = |teacher: &str, student: &str| {
        let model = Model::new(teacher.parse().unwrap(), student.parse().unwrap());
        let setup = Setup::new(model, PreTraining::aligned(0.5).unwrap());
        Problem::new(setup).err().map(|error| error.to_string())
    };
    for (teacher, student) in [
        ("abs(x)^0.6", "relu(x)^0.7 - x"),
        ("abs(x)^0.8", "he2"),
        ("sign(x)", "abs(x)^1.2"),
    ] {
        assert_eq!(said(teacher, student), None, "{teacher} -> {student}");
    }
    for (teacher, student, why) in [
        ("abs(x)^0.6", "tanh", "a sum of powers of |x| too"),
        ("step(0.3)", "abs(x)^0.8", "a sum of powers of |x| too"),
        ("sign(x)", "relu(x)^0.8", "the gradient is infinite where"),
    ] {
        let said = said(teacher, student).unwrap();
        assert!(said.contains(why), "{teacher} -> {student}: {said}");
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
