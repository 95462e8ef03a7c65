//! Averages of pairs at any variances: against a quadrature of the tests, each other, and the kernels of variance 1.

use crate::support::cases::cases;
use crate::support::{Sum, fineness, link, phi, rule};
use lorode::expectation::{
    Covariance, PairGradient, Route, flow_pair_averages, kernel, pair_averages,
};
use lorode::link::Link;
use proptest::prelude::*;

/// One of every kind: erf, polynomials, polynomials on each side of 0, between breaks, wave packets, none of them.
const LINKS: [&str; 14] = [
    "erf",
    "0.7*erf(1.3*x)",
    "he3",
    "he1 + 0.5*he2",
    "relu",
    "max(x, 0.1*x) + 0.2*x^2",
    "relu(x-0.5)",
    "max(-1, min(1, x))",
    "sin(2*x) + x",
    "exp(-x^2)*(x+0.3)",
    "tanh",
    "x*sigmoid(x)",
    "elu",
    "abs(x - 0.4) + cos(x)",
];
/// Those that jump come first in a pair.
const JUMPING: [&str; 3] = ["sign", "heaviside(x - 0.3) + x", "sign(x + 0.2)*exp(-x^2)"];

/// `E[f g]`, `E[f' g']`, `E[z1 f' g]`, `E[f g' z2]`, from values and slopes alone.
#[derive(Default)]
struct Plane([Sum; 4]);

impl Plane {
    fn add(&mut self, weight: f64, terms: [f64; 4]) {
        for (sum, term) in self.0.iter_mut().zip(terms) {
            sum.add(weight * term);
        }
    }

    /// Value and derivatives, with what rounding of them is relative to.
    fn all(&self, at: &Covariance) -> [Sum; 4] {
        let [value, slopes, first, second] = self.0;
        // E[z1 f' g] = c E[f' g'] + v1 E[f'' g].
        let bend = |pull: Sum, variance: f64| {
            let mut sum = Sum::default();
            sum.add_scaled(0.5 / variance, pull);
            sum.add_scaled(-0.5 * at.c / variance, slopes);
            sum
        };
        [value, slopes, bend(first, at.v1), bend(second, at.v2)]
    }
}

/// By panels in `z1`, and given it in `z2`, split at the breaks of both.
fn plane(f: &Link, g: &Link, at: &Covariance) -> [Sum; 4] {
    let r1 = at.v1.sqrt();
    let (lean, blur) = (at.c / at.v1, (at.determinant / at.v1).sqrt());
    let (first, second) = (fineness(f), fineness(g));
    let reach = first.reach.max(second.reach);
    let kinks: Vec<f64> = g.breaks().iter().map(|b| b.at).collect();
    let inner = |z: f64| -> Vec<(f64, f64)> {
        if at.determinant == 0.0 {
            return vec![(lean * z, 1.0)];
        }
        let edges: Vec<f64> = kinks.iter().map(|k| (k - lean * z) / blur).collect();
        let nodes = rule(&edges, (second.width / blur).min(1.5), reach);
        nodes
            .iter()
            .map(|(y, w)| (lean * z + blur * y, *w))
            .collect()
    };
    let mut edges: Vec<f64> = f.breaks().iter().map(|b| b.at / r1).collect();
    for k in kinks.iter().filter(|_| at.c != 0.0) {
        let centre = k / (lean * r1);
        edges.push(centre);
        let mut offset = 0.25 * blur / (lean * r1).abs();
        while offset > 1e-16 && offset < 3.0 {
            edges.extend([centre - offset, centre + offset]);
            offset *= 2.0;
        }
    }
    let width = (first.width / r1)
        .min(second.width / (lean.abs() * r1))
        .min(1.5);
    let mut sum = Plane::default();
    for (x, w) in rule(&edges, width, reach) {
        let z = r1 * x;
        let (f0, f1) = (f.value(z), f.derivative(z));
        // Summed apart: one running sum of all nodes would lose its many small terms.
        let mut given = Plane::default();
        for (y, v) in inner(z) {
            let (g0, g1) = (g.value(y), g.derivative(y));
            given.add(v, [f0 * g0, f1 * g1, z * f1 * g0, f0 * g1 * y]);
        }
        for (sum, given) in sum.0.iter_mut().zip(given.0) {
            sum.add_scaled(w, given);
        }
    }
    for b in f.breaks().iter().filter(|b| b.jump != 0.0) {
        let weight = b.jump * phi(b.at / r1) / r1;
        for (y, v) in inner(b.at) {
            let (g0, g1) = (g.value(y), g.derivative(y));
            sum.add(weight * v, [0.0, g1, b.at * g0, 0.0]);
        }
    }
    sum.all(at)
}

fn parts(value: f64, gradient: PairGradient) -> [f64; 4] {
    [value, gradient.c, gradient.v1, gradient.v2]
}

/// Inside, all but aligned, aligned, opposed, apart.
fn places() -> impl Strategy<Value = Covariance> {
    let variance = || (0.1_f64.ln()..5.0_f64.ln()).prop_map(f64::exp);
    let correlation = prop_oneof![
        4 => -0.98..0.98_f64,
        1 => Just(1.0),
        1 => Just(-1.0),
        1 => Just(0.0),
    ];
    (variance(), variance(), correlation).prop_map(|(v1, v2, rho)| Covariance {
        v1,
        v2,
        c: rho * (v1 * v2).sqrt(),
        determinant: v1 * v2 * (1.0 - rho) * (1.0 + rho),
    })
}

fn first() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        prop::sample::select(&LINKS[..]),
        prop::sample::select(&LINKS[..]),
        prop::sample::select(&LINKS[..]),
        prop::sample::select(&JUMPING[..])
    ]
}

fn any_link() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&LINKS[..])
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn equal_a_quadrature_within_their_errors((f, g, at) in (first(), any_link(), places())) {
        let (f, g) = (link(f), link(g));
        let pair = pair_averages(&f, &g).unwrap();
        let found = parts(pair.value(&at), pair.gradient(&at));
        let errors = pair.errors(&at);
        let claimed = parts(errors.value, errors.gradient);
        for (i, right) in plane(&f, &g, &at).into_iter().enumerate() {
            let gap = (found[i] - right.value).abs();
            // Rounding of the quadrature's own sums, of some thousand terms each.
            let own = 3e-14 * right.size;
            let what = format!("{i} of {f}, {g} at {at:?} ({}): {} for {}, claimed {:e}", pair.route(&at), found[i], right.value, claimed[i]);
            prop_assert!(gap <= claimed[i] + own, "{what}");
            prop_assert!(gap <= 1e-12 * (1.0 + right.size), "{what}");
        }
    }

    #[test]
    fn exchanging_the_two_exchanges_the_variances((f, g, at) in (first(), any_link(), places())) {
        let (f, g) = (link(f), link(g));
        let (pair, other) = (pair_averages(&f, &g).unwrap(), pair_averages(&g, &f).unwrap());
        let turned = at.swapped();
        let PairGradient { c, v1, v2 } = other.gradient(&turned);
        let ours = parts(pair.value(&at), pair.gradient(&at));
        let theirs = parts(other.value(&turned), PairGradient { c, v1: v2, v2: v1 });
        let (errors, others) = (pair.errors(&at), other.errors(&turned));
        let claimed = parts(errors.value, errors.gradient);
        let allowed = parts(others.value, PairGradient { c: others.gradient.c, v1: others.gradient.v2, v2: others.gradient.v1 });
        for i in 0..4 {
            let gap = (ours[i] - theirs[i]).abs();
            prop_assert!(gap <= claimed[i] + allowed[i], "{i} of {f}, {g} at {at:?}: {} {}", ours[i], theirs[i]);
        }
    }

    /// `F` of `f(a x)` and `g` at `(v1, v2, c)` is that of `f` and `g` at `(a^2 v1, v2, a c)`.
    #[test]
    fn scales_of_links_are_scales_of_variances(
        form in prop::sample::select(&["erf(A*x)", "tanh(A*x)", "relu(A*x-0.5)", "sin(A*x)", "relu(A*x)", "(A*x)^3-A*x", "sign(A*x-0.4)"][..]),
        (g, at) in (any_link(), places()),
        a in 0.4..2.0_f64,
    ) {
        let (narrow, wide) = (link(&form.replace('A', "1")), link(&form.replace('A', &format!("{a:?}"))));
        let g = link(g);
        let (ours, theirs) = (pair_averages(&wide, &g).unwrap(), pair_averages(&narrow, &g).unwrap());
        let there = Covariance { v1: a * a * at.v1, v2: at.v2, c: a * at.c, determinant: a * a * at.determinant };
        let chain = |g: PairGradient| PairGradient { c: a * g.c, v1: a * a * g.v1, v2: g.v2 };
        let left = parts(ours.value(&at), ours.gradient(&at));
        let right = parts(theirs.value(&there), chain(theirs.gradient(&there)));
        let (claimed, allowed) = (ours.errors(&at), theirs.errors(&there));
        let (claimed, allowed) = (parts(claimed.value, claimed.gradient), parts(allowed.value, chain(allowed.gradient)));
        for i in 0..4 {
            let gap = (left[i] - right[i]).abs();
            // The scaled variances are rounded, too.
            let moved = 1e-14 * (1.0 + left[i].abs());
            prop_assert!(gap <= claimed[i] + allowed[i] + moved, "{i} of {form}, {a}, {g} at {at:?}: {} {}", left[i], right[i]);
        }
    }

    /// Central differences of fourth order: the step is a thousandth, so that they are good to about 1e-11.
    #[test]
    fn gradients_are_derivatives_of_values(
        (f, g) in (first(), any_link()),
        (v1, v2, rho) in (0.3..3.0_f64, 0.3..3.0_f64, -0.8..0.8_f64),
    ) {
        let (f, g) = (link(f), link(g));
        let pair = pair_averages(&f, &g).unwrap();
        let place = [rho * (v1 * v2).sqrt(), v1, v2];
        let value = |axis: usize, by: f64| {
            let mut moved = place;
            moved[axis] += by;
            pair.value(&Covariance::new(moved[1], moved[2], moved[0]).unwrap())
        };
        let h = 2e-3;
        let at = Covariance::new(v1, v2, place[0]).unwrap();
        let PairGradient { c, v1, v2 } = pair.gradient(&at);
        for (axis, right) in [c, v1, v2].into_iter().enumerate() {
            let near = value(axis, h) - value(axis, -h);
            let far = value(axis, 2.0 * h) - value(axis, -2.0 * h);
            let slope = (8.0 * near - far) / (12.0 * h);
            prop_assert!((slope - right).abs() <= 2e-8 * (1.0 + right.abs()), "{axis} of {f}, {g} at {at:?}: {slope} {right}");
        }
    }

    /// `alpha = dF/dc`, `beta = 2 dF/dv2 - S'`, `S' = dF/dc + dF/dv1 + dF/dv2` of the student with itself.
    #[test]
    fn kernels_are_pairs_of_variance_one((f, g, at) in (first(), any_link(), places())) {
        let (f, g) = (link(f), link(g));
        let at = Covariance { v1: 1.0, c: at.c / at.v1.sqrt(), determinant: at.determinant / at.v1, ..at };
        let overlaps = at.overlaps();
        let (pair, own) = (pair_averages(&f, &g).unwrap(), pair_averages(&g, &g).unwrap());
        let (kernel, alone) = (kernel(&f, &g), Covariance::alone(at.v2));
        let (gradient, ours) = (pair.gradient(&at), own.gradient(&alone));
        let (claimed, more) = (pair.errors(&at).gradient, own.errors(&alone).gradient);
        let (drift, errors) = (kernel.drift(&overlaps), kernel.errors(&overlaps));
        let beta = 2.0 * gradient.v2 - ours.c - ours.v1 - ours.v2;
        let size = gradient.v2.abs() + ours.c.abs() + ours.v1.abs();
        prop_assert!((drift.alpha - gradient.c).abs() <= errors.alpha + claimed.c, "{f}, {g} at {at:?}");
        let allowed = errors.beta + 2.0 * claimed.v2 + more.c + more.v1 + more.v2 + 1e-15 * size;
        prop_assert!((drift.beta - beta).abs() <= allowed, "{f}, {g} at {at:?}: {} {beta}", drift.beta);
    }
}

/// What runs of networks take is what is exact: between the variances that have patches, at these, of one unit with itself,
/// of two that are all but one, and where breaks meet away from 0, where no interpolation holds.
#[test]
fn averages_for_runs_are_the_exact_ones() {
    let pairs = [
        ("tanh(3*x)", "tanh(3*x)", true),
        ("elu", "elu", true),
        (
            "max(x, 0.1*x) + 0.2*sin(x)",
            "max(x, 0.1*x) + 0.2*sin(x)",
            true,
        ),
        ("sign(x)*exp(-x^2)", "tanh(2*x)+0.3*x", true),
        ("abs(x - 0.4) + cos(x)", "abs(x - 0.4) + cos(x)", false),
    ];
    let same = |v: f64| Covariance::alone(v);
    let places = [
        Covariance::new(1.0, 0.37, 0.2).unwrap(),
        Covariance::new(0.61, 0.8, -0.3).unwrap(),
        Covariance::new(0.61, 0.65, 0.6295).unwrap(),
        same(0.73),
    ];
    for (f, g, everywhere) in pairs {
        let (f, g) = (link(f), link(g));
        let (fast, exact) = (
            flow_pair_averages(&f, &g).unwrap(),
            pair_averages(&f, &g).unwrap(),
        );
        for at in &places {
            let ours = parts(fast.value(at), fast.gradient(at));
            let right = parts(exact.value(at), exact.gradient(at));
            let (claimed, known) = (fast.errors(at), exact.errors(at));
            let (claimed, known) = (
                parts(claimed.value, claimed.gradient),
                parts(known.value, known.gradient),
            );
            for i in 0..4 {
                // Patches and the interpolation between them are good to some 1e-11 of the averages.
                assert!(
                    claimed[i] <= 2.0 * known[i] + 2e-10 * (1.0 + right[i].abs()),
                    "{i} of {f}, {g} at {at:?}"
                );
                let allowed = claimed[i] + known[i];
                assert!(
                    (ours[i] - right[i]).abs() <= allowed,
                    "{i} of {f}, {g} at {at:?}: {} {}",
                    ours[i],
                    right[i]
                );
            }
            assert!(
                !everywhere || fast.route(at) != Route::Quadrature,
                "{f}, {g} at {at:?}"
            );
            let mut student = [PairGradient::default()];
            fast.student_gradients(&[*at], &mut student);
            assert!((student[0].c, student[0].v2) == (fast.gradient(at).c, fast.gradient(at).v2));
        }
    }
}

/// docs/theory.md, section 5.
#[test]
fn closed_forms_of_the_theory() {
    let (v1, v2, c) = (0.6_f64, 2.5_f64, -0.7_f64);
    let at = Covariance::new(v1, v2, c).unwrap();
    let relu = link("relu");
    let pair = pair_averages(&relu, &relu).unwrap();
    let rho = c / (v1 * v2).sqrt();
    let (sine, angle, pi) = ((1.0 - rho * rho).sqrt(), rho.acos(), std::f64::consts::PI);
    let value = (v1 * v2).sqrt() * (sine + rho * (pi - angle)) / (2.0 * pi);
    let gradient = pair.gradient(&at);
    assert!((pair.value(&at) - value).abs() < 2e-16);
    assert!((gradient.c - (pi - angle) / (2.0 * pi)).abs() < 2e-16);
    assert!((gradient.v2 - (v1 / v2).sqrt() * sine / (4.0 * pi)).abs() < 1e-16);
    assert!((gradient.v1 - (v2 / v1).sqrt() * sine / (4.0 * pi)).abs() < 1e-16);
    assert_eq!(pair.route(&at), Route::HalfPolynomial);
    // A unit with itself, to the last digit: E[relu^2] = v/2.
    for v in [1e-12, 0.3, 7.0, 1e8] {
        let alone = Covariance::alone(v);
        let gradient = pair.gradient(&alone);
        assert!((pair.value(&alone) - 0.5 * v).abs() <= f64::EPSILON * v);
        let all = [gradient.c, gradient.v1, gradient.v2].map(f64::to_bits);
        assert_eq!(all, [0.5, 0.0, 0.0].map(f64::to_bits));
    }
    // He3(z1) He3(z2): 6 c^3 + 9 c (v1 - 1)(v2 - 1).
    let he3 = link("he3");
    let cube = 6.0 * c.powi(3) + 9.0 * c * (v1 - 1.0) * (v2 - 1.0);
    assert!((pair_averages(&he3, &he3).unwrap().value(&at) - cube).abs() < 1e-14);
}

#[test]
fn what_has_no_average_is_refused() {
    let sign = link("sign");
    let error = pair_averages(&sign, &link("heaviside(x-1)")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "'sign' jumps at x = 0 and 'heaviside(x-1)' jumps at x = 1: at most one link of a pair may jump, since \
         E[f' g'] of two is infinite where their jumps meet; E[f g] alone is mean_product"
    );
    for (v1, v2, c, named) in [
        (0.0, 1.0, 0.0, "v1 = 0"),
        (-1.0, 1.0, 0.0, "v1 = -1"),
        (1.0, f64::NAN, 0.0, "v2 = NaN"),
        (1.0, f64::INFINITY, 0.0, "v2 = inf"),
        (2.0, 0.5, 1.1, "c = 1.1"),
        (1.0, 1.0, f64::NAN, "c = NaN"),
    ] {
        let message = Covariance::new(v1, v2, c).unwrap_err().to_string();
        assert!(message.starts_with(named), "{message}");
    }
    assert!(Covariance::new(2.0, 0.5, 1.0).unwrap().determinant.abs() <= 0.0);
    // 0.1 x 0.1 is no double: the determinant knows what rounding leaves.
    let alone = Covariance::new(0.1, 0.1, 0.1).unwrap();
    assert_eq!(alone, Covariance::alone(0.1));
}
