//! Held against elementary closed forms and against the general route, which shares nothing with this one.

use proptest::prelude::*;

use super::PacketKernel;
use crate::cases::cases;
use crate::expectation::series::SeriesKernel;
use crate::expectation::{Kernel, Overlaps, general_kernel};
use crate::link::Link;

fn link(text: &str) -> Link {
    text.parse().unwrap()
}

fn packets(teacher: &str, student: &str) -> PacketKernel {
    PacketKernel::new(&link(teacher), &link(student), general_kernel).unwrap()
}

/// `|value - truth| <= error`, and the error is worth its name.
fn holds(value: f64, truth: f64, error: f64, what: &str) {
    assert!(
        (value - truth).abs() <= error,
        "{what}: {value:e} for {truth:e} +- {error:e}"
    );
    // A few thousand roundings of terms of the average's own size; measured: below 1e-12.
    assert!(error <= 1e-11 * (1.0 + truth.abs()), "{what}: +- {error:e}");
}

#[test]
fn sines_have_the_closed_form_of_sines() {
    // alpha = E[cos cos] = exp(-(1+q)/2) cosh m, E[sin sin] = exp(-(1+q)/2) sinh m.
    for (m, q) in [
        (0.3, 0.5),
        (0.7, 0.49),
        (-1.2, 2.0),
        (1e-9, 1.0),
        (30.0, 900.0),
    ] {
        let at = Overlaps::new(m, q).unwrap();
        let kernel = packets("sin", "sin");
        let (drift, errors) = (kernel.drift(&at), kernel.errors(&at));
        // Half the sum of two exponentials that do not overflow.
        let wave =
            |sign: f64| 0.5 * ((-0.5 * (1.0 + q) + m).exp() + sign * (-0.5 * (1.0 + q) - m).exp());
        let own = (-2.0 * q).exp();
        holds(drift.alpha, wave(1.0), errors.alpha, "alpha");
        holds(drift.beta, -wave(-1.0) - own, errors.beta, "beta");
    }
}

#[test]
fn small_overlaps_keep_their_digits() {
    // E[sin sin] = exp(-(1+q)/2) sinh m, to a few roundings of itself; alpha of two cosines.
    for m in [1e-3, 1e-9, -1e-40] {
        let at = Overlaps::new(m, 1.3).unwrap();
        let alpha = packets("cos", "cos").drift(&at).alpha;
        let truth = (-0.5 * 2.3_f64).exp() * m.sinh();
        assert!(
            (alpha - truth).abs() <= 1e-15 * truth.abs(),
            "{m}: {alpha:e} for {truth:e}"
        );
    }
}

#[test]
fn bumps_have_the_closed_form_of_gaussians() {
    // E[exp(-a x^2) exp(-a z^2)] = 1 / sqrt((1+2a)(1+2aq) - 4 a^2 m^2)
    let mean = |a: f64, m: f64, v: f64, q: f64| {
        ((1.0 + 2.0 * a * v) * (1.0 + 2.0 * a * q) - (2.0 * a * m).powi(2))
            .sqrt()
            .recip()
    };
    for (a, m, q) in [(0.5, 0.3, 0.7), (3.0, -0.2, 0.1), (40.0, 0.6, 1.1)] {
        let text = format!("exp(-{a}*x^2)");
        let kernel = packets(&text, &text);
        let at = Overlaps::new(m, q).unwrap();
        let truth = 0.5 * (mean(a, 1.0, 1.0, 1.0) + mean(a, q, q, q)) - mean(a, m, 1.0, q);
        holds(kernel.loss(&at), truth, kernel.errors(&at).loss, "loss");
    }
}

/// References by 60-digit quadrature (mpmath), as in tests/reference/hard_kernels.json.
#[test]
fn a_narrow_bump_is_right() {
    let text = "x+exp(-1e6*(x-0.31)^2)";
    let kernel = packets(text, text);
    let at = Overlaps::new(0.5, 0.25).unwrap();
    let drift = kernel.drift(&at);
    assert!(
        (drift.alpha - 1.001_655_904_680_0).abs() < 1e-12,
        "{drift:?}"
    );
    assert!(
        (drift.beta + 1.005_662_785_412_7).abs() < 1e-10,
        "{drift:?}"
    );
}

#[test]
fn other_links_take_other_routes() {
    for (teacher, student) in [
        ("tanh", "sin"),
        ("sin", "relu"),
        ("he3", "he3"),
        ("exp(x)*erf(x)", "sin"),
    ] {
        assert!(
            PacketKernel::new(&link(teacher), &link(student), general_kernel).is_none(),
            "{teacher}, {student}"
        );
    }
}

const LINKS: [&str; 12] = [
    "sin(2*x)",
    "cos",
    "sin(3*x + 0.4)",
    "x*exp(-x^2)",
    "exp(-2*(x-0.7)^2)",
    "exp(0.6*x)",
    "he3 + 0.5*sin(2*x)",
    "x*cos(x)",
    "cos(x)^2 - 0.2*x",
    "exp(-x^2/2)*cos(5*x)",
    "exp(-(x^2 - x)/3)",
    "x - 0.3*exp(-8*(x+0.5)^2)",
];

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn all_averages_are_those_of_the_general_route(
        i in 0..LINKS.len(), j in 0..LINKS.len(), c in -1.0..=1.0_f64, log_q in -3.0..2.0_f64,
    ) {
        let (teacher, student) = (link(LINKS[i]), link(LINKS[j]));
        let at = Overlaps::from_cosine(c, log_q.exp());
        let (ours, other) = (
            PacketKernel::new(&teacher, &student, general_kernel).unwrap(),
            SeriesKernel::new(&teacher, &student),
        );
        let (e, f) = (ours.errors(&at), other.errors(&at));
        let (a, b) = (ours.drift(&at), other.drift(&at));
        let (n, k) = (ours.noise(&at), other.noise(&at));
        let pairs = [
            (a.alpha, b.alpha, e.alpha + f.alpha),
            (a.beta, b.beta, e.beta + f.beta),
            (n.signal, k.signal, e.signal + f.signal),
            (n.slope, k.slope, e.slope + f.slope),
            (ours.loss(&at), other.loss(&at), e.loss + f.loss),
        ];
        for (value, truth, error) in pairs {
            prop_assert!((value - truth).abs() <= error, "{value:e} for {truth:e} +- {error:e}");
        }
    }
}
