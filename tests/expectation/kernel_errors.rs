//! The error estimates of the kernels against errors that are known.

use std::sync::OnceLock;

use crate::support::cases::cases;
use crate::support::{all_links, averages, link};
use assert_cmd::Command;
use lorode::expectation::{Drift, Kernel, Overlaps, flow_kernel, kernel};
use lorode::link::Link;
use proptest::prelude::*;
use rayon::prelude::*;

/// Rounding of the quadrature of the tests, relative to the absolute values that it adds up.
const OWN_ROUNDING: f64 = 1e-14;

/// An estimate is small if below this, relative to the same: 1000 roundings ...
const SMALL: f64 = 500.0 * f64::EPSILON;
/// ... and a few times what interpolants may be off by.
const SMALL_FLOW: f64 = 5e-13;

/// `cos(a x)`, or `sin(a x)` if odd.
#[derive(Clone, Copy, Debug)]
struct Wave {
    name: &'static str,
    a: f64,
    odd: bool,
}

const WAVES: [Wave; 4] = [
    wave("cos", 1.0, false),
    wave("sin", 1.0, true),
    wave("cos(3*x)", 3.0, false),
    wave("cos(20*x)", 20.0, false),
];

const fn wave(name: &'static str, a: f64, odd: bool) -> Wave {
    Wave { name, a, odd }
}

/// From `E[cos(a x -+ b z)] = exp(-((a -+ b m)^2 + b^2 r) / 2)`, `r = q - m^2`: half their sum is
/// `E[cos cos]`, half their difference `E[sin sin]`, and `alpha = dF/dm`, `beta = 2 dF/dq - dS/dq`
/// with `S = (1 +- exp(-2 b^2 q)) / 2` the student's square.
fn exact(teacher: Wave, student: Wave, at: &Overlaps) -> Drift {
    let (a, b) = (teacher.a, student.a);
    let own = b * b * (-2.0 * b * b * at.q).exp();
    if teacher.odd != student.odd {
        return Drift {
            alpha: 0.0,
            beta: if student.odd { -own } else { own },
        };
    }
    let gaussian = |c: f64| (-0.5 * (c * c + b * b * at.residual)).exp();
    let (near, far) = (gaussian(a - b * at.m), gaussian(a + b * at.m));
    let product = a * b * at.m;
    let difference = if product.abs() < 1.0 {
        2.0 * (-0.5 * (a * a + b * b * at.q)).exp() * product.sinh()
    } else {
        near - far
    };
    let (even, odd) = (0.5 * (near + far), 0.5 * difference);
    if student.odd {
        Drift {
            alpha: a * b * even,
            beta: -own - b * b * odd,
        }
    } else {
        Drift {
            alpha: a * b * odd,
            beta: own - b * b * even,
        }
    }
}

/// Perfect fit, aligned and opposed, small and large, oblique.
fn grid() -> Vec<Overlaps> {
    let aligned = [1.0, -1.0, 0.5, -0.3, 0.1, 2.0, 10.0].map(|m| Overlaps::from_residual(m, 0.0));
    let mut all = aligned.to_vec();
    for q in [0.01, 0.2, 0.81, 1.0, 4.0, 30.0, 100.0] {
        for c in [0.0, 0.05, 0.5, -0.7, 0.95] {
            all.push(Overlaps::from_cosine(c, q));
        }
    }
    all.push(Overlaps::new(0.5, 100.0).unwrap());
    all
}

fn error(ours: Drift, truth: Drift) -> f64 {
    let [a, b] = [ours.alpha - truth.alpha, ours.beta - truth.beta];
    if a.is_nan() || b.is_nan() {
        return f64::INFINITY;
    }
    a.abs().max(b.abs())
}

fn check_waves(make: fn(&Link, &Link) -> std::sync::Arc<dyn Kernel>) {
    let pairs: Vec<(Wave, Wave)> = WAVES
        .iter()
        .flat_map(|t| WAVES.iter().map(|s| (*t, *s)))
        .collect();
    let failed: Vec<String> = pairs
        .par_iter()
        .flat_map_iter(|(teacher, student)| {
            let kernel = make(&link(teacher.name), &link(student.name));
            let check = move |at: Overlaps| {
                let estimate = kernel.errors(&at).drift();
                let error = error(kernel.drift(&at), exact(*teacher, *student, &at));
                (error > estimate).then(|| {
                    format!(
                        "{} -> {} at {at:?} ({}): off by {error:.1e}, estimate {estimate:.1e}",
                        teacher.name,
                        student.name,
                        kernel.route(&at)
                    )
                })
            };
            grid().into_iter().filter_map(check)
        })
        .collect();
    assert!(failed.is_empty(), "\n{}\n", failed.join("\n"));
}

#[test]
fn estimates_bound_the_errors_of_waves() {
    check_waves(kernel);
}

#[test]
fn estimates_of_interpolants_bound_the_errors_of_waves() {
    check_waves(flow_kernel);
}

fn links() -> &'static [Link] {
    static LINKS: OnceLock<Vec<Link>> = OnceLock::new();
    LINKS.get_or_init(all_links)
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn estimates_bound_the_distance_to_another_quadrature(
        teacher in any::<prop::sample::Index>(),
        student in any::<prop::sample::Index>(),
        cosine in -1.0..1.0_f64,
        log_q in 0.01_f64.ln()..30.0_f64.ln(),
    ) {
        let students: Vec<&Link> = links().iter().filter(|l| !l.has_jump()).collect();
        let (teacher, student) = (teacher.get(links()), *student.get(&students));
        let at = Overlaps::from_cosine(cosine, log_q.exp());
        let kernel = kernel(teacher, student);
        let own = averages(teacher, student, at.m, at.residual);
        let (drift, estimate) = (kernel.drift(&at), kernel.errors(&at).drift());
        for (name, ours, other) in [("alpha", drift.alpha, own.alpha), ("beta", drift.beta, own.beta)] {
            let gap = (ours - other.value).abs();
            prop_assert!(
                gap <= estimate + OWN_ROUNDING * other.size,
                "{name} of {teacher} -> {student} at {at:?} ({}): {gap:.1e} apart, estimate \
                 {estimate:.1e}, rounding of the other {:.1e}",
                kernel.route(&at),
                OWN_ROUNDING * other.size
            );
        }
    }
}

/// Estimates are not so large as to say nothing.
#[test]
fn estimates_are_small() {
    let mut failed = Vec::new();
    for (teacher, student) in [
        ("erf", "erf"),
        ("tanh", "tanh"),
        ("relu", "relu"),
        ("gelu", "gelu"),
        ("silu", "silu"),
        ("he3", "he3"),
        ("sign", "tanh"),
        ("relu", "erf"),
        ("erf", "relu"),
        ("he3", "tanh"),
        ("relu(x-0.5)", "abs(x-1)"),
        ("sign", "relu(x-0.5)"),
    ] {
        let (t, s) = (link(teacher), link(student));
        for (kernel, small) in [(kernel(&t, &s), SMALL), (flow_kernel(&t, &s), SMALL_FLOW)] {
            for (m, q) in [(0.3, 0.8), (0.5, 1.0), (-0.6, 2.0), (0.9, 0.82)] {
                let at = Overlaps::new(m, q).unwrap();
                let own = averages(&t, &s, m, at.residual);
                let estimate = kernel.errors(&at).drift();
                let size = own.alpha.size + own.beta.size;
                if estimate > small * size {
                    failed.push(format!("{teacher} -> {student} at {at:?}: {estimate:.1e}"));
                }
            }
        }
    }
    assert!(failed.is_empty(), "\n{}\n", failed.join("\n"));
}

fn json(arguments: &[&str]) -> serde_json::Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lorode"));
    let run = command.args(arguments).args(["--format", "json"]).assert();
    serde_json::from_slice(&run.success().get_output().stdout).unwrap()
}

/// For `cos(a x)` everything is elementary: `F = exp(-a^2 (1+q)/2) cosh(a^2 m)` and
/// `S = (1 + exp(-2 a^2 q))/2`, so `alpha = dF/dm`, `beta = 2 dF/dq - S'`.
#[test]
fn the_error_estimate_bounds_the_error() {
    for (a, m, q) in [
        (1.0_f64, 0.5_f64, 1.0_f64),
        (1.0, -0.9, 0.81),
        (2.0, 0.3, 4.0),
        (1.0, 0.5, 100.0),
        (20.0, 0.5, 1.0),
    ] {
        let decay = -0.5 * a * a * (1.0 + q);
        let f = decay.exp() * (a * a * m).cosh();
        let alpha = a * a * decay.exp() * (a * a * m).sinh();
        let beta = a * a * ((-2.0 * a * a * q).exp() - f);
        let link = format!("cos({a}*x)");
        let (m, q) = (m.to_string(), q.to_string());
        let json = json(&["kernel", "--link", &link, "--m", &m, "--q", &q]);
        let number = |name: &str| json[name].as_f64().unwrap();
        let bound = number("error_estimate");
        for (name, exact) in [("alpha", alpha), ("beta", beta)] {
            let error = (number(name) - exact).abs();
            assert!(
                error <= bound + 1e-15 * exact.abs(),
                "{link} at m = {m}, q = {q}: {name} is off by {error:.1e}, estimate {bound:.1e}"
            );
        }
    }
}
