//! Every route of the kernels against a quadrature of the tests, and against each other.

use crate::support::compare::{check, values};
use crate::support::{Random, all_links, averages, link};
use lorode::expectation::{Overlaps, Route, flow_kernel, kernel, moment, slope_power};
use rayon::prelude::*;

/// What the general routes promise; they do better by an order of magnitude.
const GENERAL: f64 = 1e-11;

const TEACHERS: [&str; 11] = [
    "sign",
    "heaviside",
    "erf",
    "relu",
    "he3",
    "he8",
    "relu(x-0.5)",
    "max(-1, min(1, x))",
    "sigmoid",
    "cos(3*x)",
    "exp(-x^2)",
];
const STUDENTS: [&str; 10] = [
    "erf",
    "relu",
    "he1 + 0.5*he3",
    "square(relu)",
    "relu(x-0.5)",
    "max(-1, min(1, x))",
    "sigmoid",
    "tanh(5*x)",
    "gelu",
    "abs(x-1) + relu(x+1)",
];

/// (m, q - m^2): perfect fit, aligned, opposed, q = 0.01, in the middle, q = 4, nearly aligned.
const POINTS: [(f64, f64); 8] = [
    (1.0, 0.0),
    (0.5, 0.0),
    (-0.7, 0.0),
    (0.05, 0.0075),
    (0.4, 0.12),
    (-1.2, 2.56),
    (0.7, 1e-10),
    (0.3, 1e-5),
];

#[test]
fn kernels_agree_with_quadrature_at_every_kind_of_point() {
    TEACHERS.map(link).par_iter().for_each(|teacher| {
        for student in STUDENTS.map(link) {
            let kernel = kernel(teacher, &student);
            let what = format!("{teacher} -> {student}");
            for (m, residual) in POINTS {
                let at = Overlaps::from_residual(m, residual);
                let own = averages(teacher, &student, m, residual);
                let closed = matches!(
                    kernel.route(&at),
                    Route::Erf
                        | Route::HalfPolynomial
                        | Route::PiecewisePolynomial
                        | Route::Polynomial
                );
                check(
                    &*kernel,
                    &at,
                    &own,
                    if closed { 2e-12 } else { GENERAL },
                    &what,
                );
            }
        }
    });
}

/// q = 1e-12 (a student without weights) and q = 100 (a saturated one); growth like exp(x).
#[test]
fn kernels_agree_with_quadrature_at_the_ends() {
    for (teacher, student, m, residual) in [
        ("erf", "relu(x-0.5)", 1e-7, 9.9e-13),
        ("sign", "tanh(5*x)", 1e-7, 9.9e-13),
        ("he8", "sigmoid", 1e-7, 9.9e-13),
        ("sigmoid", "abs(x)", 1e-7, 9.9e-13),
        ("relu", "relu", 3.0, 91.0),
        ("erf", "sigmoid", 3.0, 91.0),
        ("erf", "max(-1, min(1, x))", 9.0, 19.0),
        ("exp(x)", "exp(x)", 0.6, 0.3),
        ("exp(x)", "tanh(2*x)", 0.6, 0.0),
        ("erf", "exp(x)", -1.2, 1.0),
    ] {
        let (t, s) = (link(teacher), link(student));
        let at = Overlaps::from_residual(m, residual);
        let own = averages(&t, &s, m, residual);
        check(
            &*kernel(&t, &s),
            &at,
            &own,
            GENERAL,
            &format!("{teacher} -> {student}"),
        );
    }
}

/// Pairs that are interpolated: smooth, or a smooth link with a kinked one.
const INTERPOLATED: [(&str, &str); 7] = [
    ("tanh", "tanh"),
    ("sigmoid", "gelu"),
    ("relu", "erf"),
    ("sign", "tanh"),
    ("erf", "relu"),
    ("tanh(5*x)", "sigmoid"),
    ("he8", "sigmoid"),
];

#[test]
fn flow_kernels_agree_with_quadrature() {
    for (teacher, student) in INTERPOLATED {
        let (t, s) = (link(teacher), link(student));
        let flow = flow_kernel(&t, &s);
        for (m, residual) in POINTS.into_iter().filter(|(_, r)| *r < 1.0) {
            let at = Overlaps::from_residual(m, residual);
            let own = averages(&t, &s, m, residual);
            check(
                &*flow,
                &at,
                &own,
                GENERAL,
                &format!("{teacher} -> {student}"),
            );
        }
    }
}

/// Across the borders of the patches: octaves of q and their halves, the charts at |cosine| =
/// 1/sqrt(2), sin = 1/sqrt(8). The values move by 1e-13 of their slope; patches are good to 1e-13 of
/// their largest value each.
#[test]
fn interpolants_are_continuous_across_their_borders() {
    const BESIDE: f64 = 1e-13;
    for (teacher, student) in INTERPOLATED {
        let (t, s) = (link(teacher), link(student));
        let flow = flow_kernel(&t, &s);
        let mut pairs = Vec::new();
        for q in [0.5, 0.75, 1.0, 1.5] {
            for c in [1.0, 0.3, -0.8] {
                let at = |side: f64| Overlaps::from_cosine(c, q * (1.0 + side * BESIDE));
                pairs.push([at(-1.0), at(1.0)]);
            }
        }
        for c in [0.5_f64.sqrt(), -(0.5_f64.sqrt()), 0.0, 0.875_f64.sqrt()] {
            let at = |side: f64| Overlaps::from_cosine(c + side * BESIDE, 0.8);
            pairs.push([at(-1.0), at(1.0)]);
        }
        for [below, above] in pairs {
            let exact = kernel(&t, &s);
            let [low, high] = [values(&*flow, &below), values(&*flow, &above)];
            for (i, (a, b)) in low.iter().zip(&high).enumerate() {
                let size = values(&*exact, &below)
                    .iter()
                    .fold(1.0_f64, |m, v| m.max(v.abs()));
                assert!(
                    (a - b).abs() <= 3e-12 * size,
                    "{teacher} -> {student}, value {i} between {below:?} and {above:?}: {a} {b}"
                );
            }
        }
    }
}

/// `alpha = -dL/dm` and `beta = -2 dL/dq`, the other overlap fixed: sixth-order differences, step
/// 0.005, of truncation h^6 L^(7) / 140 (below 1e-10 for the steepest pairs here).
#[test]
fn drifts_are_derivatives_of_the_loss() {
    const STEP: f64 = 0.005;
    let slope = |f: &dyn Fn(f64) -> f64| {
        let odd = |j: f64| f(j * STEP) - f(-j * STEP);
        (45.0 * odd(1.0) - 9.0 * odd(2.0) + odd(3.0)) / (60.0 * STEP)
    };
    for teacher in TEACHERS.map(link) {
        for student in STUDENTS.map(link) {
            let kernel = kernel(&teacher, &student);
            for (m, q) in [(0.4, 0.6), (-0.5, 1.1)] {
                let loss = |m: f64, q: f64| kernel.loss(&Overlaps::new(m, q).unwrap());
                let drift = kernel.drift(&Overlaps::new(m, q).unwrap());
                let scale = moment(&teacher, |l, x| l.value(x).powi(2)).max(1.0).sqrt();
                for (name, ours, differences) in [
                    ("alpha", drift.alpha, -slope(&|h| loss(m + h, q))),
                    ("beta", drift.beta, -2.0 * slope(&|h| loss(m, q + h))),
                ] {
                    assert!(
                        (ours - differences).abs() <= 1e-9 * scale * (1.0 + ours.abs()),
                        "{name} of {teacher} -> {student} at m = {m}, q = {q}: {ours} {differences}"
                    );
                }
            }
        }
    }
}

/// Same link, m = q = 1: no loss, no force, no noise but that of the labels.
#[test]
fn the_perfect_fit_is_exact() {
    let at = Overlaps::new(1.0, 1.0).unwrap();
    for link in all_links().iter().filter(|l| !l.has_jump()) {
        let power = moment(link, |l, x| l.value(x).powi(2));
        let quartic = moment(link, |l, x| (l.value(x) * l.derivative(x)).powi(2));
        for kernel in [kernel(link, link), flow_kernel(link, link)] {
            let (drift, noise) = (kernel.drift(&at), kernel.noise(&at));
            let slope = slope_power(link);
            assert!(
                (drift.alpha / slope - 1.0).abs() < 3e-12,
                "{link}: {drift:?}"
            );
            assert!(
                (drift.alpha + drift.beta).abs() < 3e-12 * slope,
                "{link}: {drift:?}"
            );
            assert!(
                (noise.slope / slope - 1.0).abs() < 3e-12,
                "{link}: {noise:?}"
            );
            assert!(noise.signal <= 3e-12 * quartic, "{link}: {noise:?}");
            assert!(
                kernel.loss(&at) <= 1e-12 * power,
                "{link}: {}",
                kernel.loss(&at)
            );
            let total = noise.total(0.3);
            assert!(
                (total - 0.3 * slope).abs() <= 3e-12 * (slope + quartic),
                "{link}: {total}"
            );
        }
    }
}

/// Mean and its standard error.
struct Estimate {
    sum: f64,
    squares: f64,
}

/// 10^6 samples, five standard errors: fails by chance once in 2 million values, and never with
/// this seed once it has passed.
#[test]
fn kernels_agree_with_monte_carlo() {
    const SAMPLES: usize = 1_000_000;
    for (teacher, student, m, q) in [
        ("abs(x)", "tanh(2*x)", 0.6, 0.9),
        ("relu(x-0.5)", "gelu", -0.5, 1.3),
    ] {
        let (t, s) = (link(teacher), link(student));
        let at = Overlaps::new(m, q).unwrap();
        let mut random = Random(20_260_101);
        let mut estimates: Vec<Estimate> = (0..4)
            .map(|_| Estimate {
                sum: 0.0,
                squares: 0.0,
            })
            .collect();
        for _ in 0..SAMPLES {
            let (x, y) = random.normals();
            let z = m * x + at.residual.sqrt() * y;
            let (gap, slope) = (t.value(x) - s.value(z), s.derivative(z));
            let draws = [
                t.derivative(x) * slope,
                gap * slope * z,
                (gap * slope).powi(2),
                0.5 * gap * gap,
            ];
            for (estimate, draw) in estimates.iter_mut().zip(draws) {
                estimate.sum += draw;
                estimate.squares += draw * draw;
            }
        }
        let kernel = kernel(&t, &s);
        let [alpha, beta, signal, _, loss] = values(&*kernel, &at);
        // Stein: E[(sigma* - sigma) sigma' z] = m alpha + q beta.
        for (e, ours) in estimates
            .iter()
            .zip([alpha, m * alpha + q * beta, signal, loss])
        {
            let n = SAMPLES as f64;
            let mean = e.sum / n;
            let error = ((e.squares / n - mean * mean) / n).sqrt();
            assert!(
                (ours - mean).abs() < 5.0 * error,
                "{teacher} -> {student}: {ours} {mean}"
            );
        }
    }
}
