mod patched;

use proptest::prelude::*;

use super::corner::{Corner, LOST, Moments};
use super::tail::{Tail, tail_powers};
use super::*;
use crate::expectation::half_polynomial::HalfPolynomialKernel;
use crate::expectation::series::SeriesKernel;
use crate::expectation::{AlignedKernel, Kernel, general_kernel};

fn link(text: &str) -> Link {
    text.parse().unwrap()
}

/// `p x + r x^2 + sum c (x - b)_+^n`, and a jump if asked for.
fn text((p, r): (f64, f64), terms: &[(f64, f64, u32)], jump: Option<(f64, f64)>) -> String {
    let mut text = format!("{p:.2}*x + {r:.2}*x^2");
    for (c, b, n) in terms {
        text += &format!(" + ({c:.2})*relu(x - ({b:.2}))^{n}");
    }
    if let Some((c, b)) = jump {
        text += &format!(" + ({c:.2})*sign(x - ({b:.2}))");
    }
    text
}

fn terms() -> impl Strategy<Value = Vec<(f64, f64, u32)>> {
    prop::collection::vec((0.1..2.0_f64, -3.0..3.0_f64, 1..4_u32), 1..4)
}

/// Line and parabola, one of them absent half of the time each.
fn smooth() -> impl Strategy<Value = (f64, f64)> {
    (
        prop_oneof![Just(0.0), -1.0..1.0_f64],
        prop_oneof![Just(0.0), -0.5..0.5_f64],
    )
}

/// Oblique, aligned, opposed, and nearly so.
fn place() -> impl Strategy<Value = Overlaps> {
    let q = (0.02_f64.ln()..30.0_f64.ln()).prop_map(f64::exp);
    let oblique = (-1.0..1.0_f64, q).prop_map(|(c, q)| Overlaps::from_cosine(c, q));
    let residual = prop_oneof![Just(0.0), (-30.0..-1.0_f64).prop_map(f64::exp)];
    let aligned = (-2.0..2.0_f64, residual)
        .prop_filter("q > 0", |(m, _)| m.abs() > 0.1)
        .prop_map(|(m, r)| Overlaps::from_residual(m, r));
    prop_oneof![oblique, aligned]
}

fn all(kernel: &dyn Kernel, at: &Overlaps) -> [f64; 5] {
    let (drift, noise) = (kernel.drift(at), kernel.noise(at));
    [
        drift.alpha,
        drift.beta,
        noise.signal,
        noise.slope,
        kernel.loss(at),
    ]
}

fn claims(errors: &KernelErrors) -> [f64; 5] {
    [
        errors.alpha,
        errors.beta,
        errors.signal,
        errors.slope,
        errors.loss,
    ]
}

proptest! {
    #![proptest_config(crate::cases::cases(150))]

    #[test]
    fn equals_the_quadrature(
        (line, other) in (smooth(), smooth()),
        (ours, theirs) in (terms(), terms()),
        jump in prop::option::of((0.2..1.0_f64, -2.0..2.0_f64)),
        at in place(),
    ) {
        let (teacher, student) = (link(&text(line, &ours, jump)), link(&text(other, &theirs, None)));
        let general = SeriesKernel::new(&teacher, &student);
        let kernel = PiecewiseKernel::new(&teacher, &student, general_kernel).unwrap();
        prop_assert_eq!(kernel.route(&at), Route::PiecewisePolynomial);
        let sum = general.quadrature(&at);
        let noise = sum.noise();
        let right = [sum.alpha, sum.beta, noise.signal, noise.slope, general.quadrature_loss(&at)];
        let (found, claimed) = (all(&kernel, &at), claims(&kernel.errors(&at)));
        let allowed = claims(&general.quadrature_errors(&at));
        let power = kernel.pair.teacher_square.value + kernel.pair.square.at(at.q.sqrt()).value;
        let drifts = right[0].abs() + right[1].abs();
        let quartic = kernel.pair.quartic.at(at.q.sqrt()).value + right[2] + power * right[3];
        let scales = [drifts, drifts, quartic, right[3], power];
        for i in 0..5 {
            let gap = (found[i] - right[i]).abs();
            prop_assert!(
                gap <= claimed[i] + allowed[i],
                "{i} of {teacher} -> {student} at {at:?}: {} {}, apart {gap:e}, claimed {:e} and {:e}",
                found[i], right[i], claimed[i], allowed[i]
            );
            prop_assert!(
                claimed[i] <= 1e-11 * scales[i],
                "{i} of {teacher} -> {student} at {at:?}: claimed {:e} of {:e}", claimed[i], scales[i]
            );
            prop_assert!(
                gap <= 1e-12 * scales[i] + allowed[i],
                "{i} of {teacher} -> {student} at {at:?}: {} {}, apart {gap:e}", found[i], right[i]
            );
        }
    }
}

/// Small and large weights, where bounded links are small differences of their terms.
#[test]
fn all_scales_keep_their_digits() {
    let tanh = "max(-1, min(1, x))";
    let pairs = [
        (tanh, tanh),
        ("sign", tanh),
        ("relu(x-0.5)", "relu(x-0.5)"),
        ("relu(x-0.5)", "max(0, min(2, x - 0.3))"),
    ];
    for (teacher, student) in pairs {
        let (teacher, student) = (link(teacher), link(student));
        let (kernel, general) = (
            PiecewiseKernel::new(&teacher, &student, general_kernel).unwrap(),
            SeriesKernel::new(&teacher, &student),
        );
        for q in [1e-8, 1e-4, 1e-2, 1e2, 1e4, 1e6, 1e8] {
            for c in [0.3, -0.9, 1.0] {
                let at = Overlaps::from_cosine(c, q);
                let (ours, theirs) = (all(&kernel, &at), all(&general, &at));
                let (claimed, allowed) =
                    (claims(&kernel.errors(&at)), claims(&general.errors(&at)));
                for i in 0..5 {
                    let gap = (ours[i] - theirs[i]).abs();
                    let what = format!(
                        "{i} of {teacher} -> {student} at {at:?}: {} {}",
                        ours[i], theirs[i]
                    );
                    assert!(
                        gap <= claimed[i] + allowed[i],
                        "{what}, {:e} {:e}",
                        claimed[i],
                        allowed[i]
                    );
                    // alpha against the force: that of opposite breaks falls without end.
                    let size = theirs[i].abs() + if i == 0 { theirs[1].abs() } else { 0.0 };
                    assert!(gap <= 1e-9 * size + allowed[i], "{what}");
                }
            }
        }
    }
}

/// Breaks at 0 only: arc-cosine kernels.
#[test]
fn equals_the_kernel_of_half_polynomials() {
    let links = [
        "relu",
        "abs(x)",
        "max(x, 0.1*x) + 0.3*x^2",
        "square(relu) - x",
        "relu - 0.2*x^3",
        "he3",
        "linear",
    ];
    for teacher in links.iter().chain(&["sign", "heaviside - x"]) {
        for student in links {
            let (t, s) = (link(teacher), link(student));
            let Some(kernel) = PiecewiseKernel::new(&t, &s, general_kernel) else {
                assert!(t.breaks().is_empty() && s.breaks().is_empty());
                continue;
            };
            let other = HalfPolynomialKernel::from_forms(t.form(), s.form()).unwrap();
            for (m, residual) in [
                (1.0, 0.0),
                (-0.4, 0.0),
                (0.5, 0.3),
                (-0.7, 1e-9),
                (0.0, 0.8),
                (2.0, 3.0),
            ] {
                let at = Overlaps::from_residual(m, residual);
                let (ours, theirs) = (all(&kernel, &at), all(&other, &at));
                let claimed = [claims(&kernel.errors(&at)), claims(&other.errors(&at))];
                let size =
                    kernel.pair.quartic.at(at.q.sqrt()).value + kernel.pair.teacher_square.value;
                for i in 0..5 {
                    let gap = (ours[i] - theirs[i]).abs();
                    assert!(
                        gap <= 1e-13 * size.max(1.0),
                        "{i} of {teacher} -> {student} at {at:?}: {gap:e}"
                    );
                    assert!(
                        gap <= claimed[0][i] + claimed[1][i],
                        "{i} of {teacher} -> {student} at {at:?}: {gap:e}"
                    );
                }
            }
        }
    }
}

/// mpmath, 40 digits, by its quadrature over one variable: far out and all but aligned.
#[test]
fn far_tails_keep_their_digits() {
    for (text, m, q, alpha, beta) in REFERENCE {
        let link = link(text);
        let kernel = PiecewiseKernel::new(&link, &link, general_kernel).unwrap();
        let at = Overlaps::new(m, q).unwrap();
        let drift = kernel.drift(&at);
        let errors = kernel.errors(&at);
        for (ours, right, claimed) in [
            (drift.alpha, alpha, errors.alpha),
            (drift.beta, beta, errors.beta),
        ] {
            let gap = (ours - right).abs();
            assert!(
                gap <= claimed + f64::EPSILON * right.abs(),
                "{text} at {at:?}: {ours:e} for {right:e}"
            );
            assert!(
                claimed <= 2e-12 * right.abs(),
                "{text} at {at:?}: {claimed:e} of {right:e}"
            );
        }
    }
}

/// Link, `m`, `q`, `alpha`, `beta`.
const REFERENCE: [(&str, f64, f64, f64, f64); 5] = [
    (
        "relu(x-3)",
        0.3,
        0.0901,
        8.059049578634638e-24,
        1.8857368424683914e-21,
    ),
    (
        "relu(x-3)",
        0.29,
        0.09,
        7.619853024160512e-24,
        1.7022909529105963e-21,
    ),
    (
        "relu(x-0.5)",
        0.5,
        0.3,
        0.16954045065635673,
        0.00228741892096925,
    ),
    (
        "relu(x-3)",
        0.7,
        0.5,
        1.104524849929272e-05,
        7.250658266875598e-05,
    ),
    (
        "relu(x-1.5)",
        0.2,
        1.7,
        0.012988169232810293,
        -0.11845190132088246,
    ),
];

fn corner(h: f64, k: f64, c: f64) -> Corner {
    let s = ((1.0 - c) * (1.0 + c)).sqrt();
    let beyond = (-c).mul_add(h, k);
    Corner {
        h: Tail::at(h),
        k: Tail::at(k),
        c,
        s,
        gaps: [s * s * h - c * beyond, beyond],
    }
}

proptest! {
    #![proptest_config(crate::cases::cases(3000))]

    #[test]
    fn recursion_and_quadrature_agree(
        (h, k) in (prop_oneof![Just(0.0), 0.0..6.0_f64], prop_oneof![Just(0.0), 0.0..6.0_f64]),
        c in prop_oneof![-1.0..1.0_f64, 0.9..1.0_f64, (-25.0..-2.0_f64).prop_map(|x| 1.0 - x.exp())],
        (rows, columns) in (1..5_usize, 1..5_usize),
    ) {
        let at = corner(h, k, c);
        let (mut ours, mut other) = (Moments::default(), Moments::default());
        other.clear(rows, columns);
        at.quadrature(rows, columns, &mut other);
        at.moments((rows, columns), LOST, &mut ours);
        for i in 0..rows * columns {
            let gap = (ours.values[i] - other.values[i]).abs();
            let allowed = f64::EPSILON * (ours.sizes[i] + 40.0 * other.values[i]);
            prop_assert!(gap <= allowed, "{at:?} {i}: {} {}", ours.values[i], other.values[i]);
        }
    }

    #[test]
    fn tails_up_and_down_agree(t in 0.0..6.0_f64, s in 0.1..3.0_f64) {
        let (mut few, mut many) = ([0.0; 2], [0.0; 12]);
        tail_powers(t * s, s, &mut few);
        tail_powers(t * s, s, &mut many);
        for (a, b) in few.iter().zip(&many) {
            prop_assert!((a - b).abs() <= (16.0 + t * t) * f64::EPSILON * b, "{t} {s}: {a:e} {b:e}");
        }
        for n in 2..12 {
            // Stein's identity.
            let (sum, gap) = ((n - 1) as f64 * s * s * many[n - 2], t * s * many[n - 1]);
            prop_assert!((many[n] - (sum - gap)).abs() <= 40.0 * f64::EPSILON * sum, "{t} {s} {n}");
        }
    }
}

proptest! {
    #![proptest_config(crate::cases::cases(60))]

    #[test]
    fn along_the_target_as_by_quadrature(
        (line, other) in (smooth(), smooth()),
        (ours, theirs) in (terms(), terms()),
        jump in prop::option::of((0.2..1.0_f64, -2.0..2.0_f64)),
        rho in prop_oneof![-2.0..2.0_f64, (-12.0..-1.0_f64).prop_map(|x| 1.0 - x.exp())],
    ) {
        prop_assume!(rho.abs() > 0.05);
        let (teacher, student) = (link(&text(line, &ours, jump)), link(&text(other, &theirs, None)));
        let Some((closed, true)) = Pair::new(&teacher, &student).unwrap().along(rho) else {
            return Ok(());
        };
        let right = AlignedKernel::of_links(&teacher, &student).at(rho);
        for (ours, right, allowed) in [
            (closed.gradient, right.gradient, closed.gradient_error + right.gradient_error),
            (closed.curvature, right.curvature, closed.curvature_error + right.curvature_error),
        ] {
            let gap = (ours - right).abs();
            prop_assert!(gap <= allowed, "{teacher} -> {student} at {rho}: {ours} {right} {gap:e} {allowed:e}");
        }
    }
}
