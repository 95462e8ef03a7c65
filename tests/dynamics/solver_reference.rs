//! The integrators against exit times made elsewhere, known solutions, and each other.

use crate::support::cases::cases;
use crate::support::link;
use crate::support::solving::{by, oscillator, solve, until};
use lorode::dynamics::closed_system;
use lorode::integrator::{Event, Method, Stop, Tolerances};
use lorode::model::Model;
use lorode::problem::{PreTraining, Problem, Setup};
use proptest::prelude::*;
use serde::Deserialize;

/// The end of the search: |alignment| reaches the threshold.
fn exit(setup: Setup, tolerances: &Tolerances) -> (f64, [f64; 3], bool) {
    let problem = Problem::new(setup).unwrap();
    let system = closed_system(&problem);
    let start = system.start();
    let threshold = problem.threshold();
    let found = |y: &[f64]| system.observe(y).alignment.abs() - threshold;
    let events = [Event {
        function: &found,
        terminal: true,
    }];
    let rates = |y: &[f64], out: &mut [f64]| system.rates(y, out);
    let span = until(problem.t_max());
    let run = solve(start.len(), &rates, &start, span, tolerances, &events).unwrap();
    assert_eq!(run.stop, Stop::Event(0));
    let seen = system.observe(&run.last);
    (
        run.end,
        [seen.u.unwrap(), seen.alignment, seen.s.unwrap()],
        run.methods == "implicit",
    )
}

fn erf(mu: f64) -> Setup {
    let mut setup = Setup::new(
        Model::matched(link("erf")),
        PreTraining::aligned(mu).unwrap(),
    );
    setup.u0 = 1e-6;
    setup.alignment0 = Some(1.0 / 1000.0_f64.sqrt());
    setup.threshold = 0.9;
    setup
}

/// Relative error allowed at default tolerances (rtol 1e-8) and at rtol 1e-12: the global error
/// of Rodas5P is below its tolerance.
const DEFAULT: f64 = 1e-9;
/// u carries the local error of the last step (rtol itself), the time that of all before.
const STATE: f64 = 10.0;
const STRICT: f64 = 1e-11;

/// Times from two integrators in extended tolerance, good to the digits shown.
const ERF_EXITS: [(f64, f64); 4] = [
    (0.5, 155.731_552_384_86),
    (0.9, 10_820.801_463_766),
    (0.99, 1_339_518.610_365),
    (0.999, 136_789_784.526),
];

#[test]
fn erf_exit_times_by_every_method() {
    let defaults = Tolerances::default();
    let strict = |method| Tolerances {
        method,
        rtol: 1e-12,
        atol: Some(1e-18),
        ..defaults
    };
    for (mu, expected) in ERF_EXITS {
        let mut methods = vec![Method::Auto, Method::Implicit];
        if mu < 0.6 {
            methods.push(Method::Rk45);
        }
        for method in methods {
            for (tolerances, allowed) in [
                (Tolerances { method, ..defaults }, DEFAULT),
                (strict(method), STRICT),
            ] {
                let (t, [.., s], _) = exit(erf(mu), &tolerances);
                let gap = (t / expected - 1.0).abs();
                assert!(gap < allowed, "{method:?}, mu = {mu}: {t} ({gap:.1e})");
                assert!((s - 0.9 * mu).abs() < 1e-11);
            }
        }
    }
}

#[derive(Deserialize)]
struct Reference {
    exit: Vec<Exit>,
}

#[derive(Deserialize)]
struct Exit {
    link: String,
    mu: f64,
    angle_deg: f64,
    u0: f64,
    alignment0: f64,
    s0: f64,
    threshold: f64,
    exit_time: f64,
    #[serde(rename = "final")]
    last: [f64; 3],
}

#[test]
fn exits_match_the_reference() {
    let reference: Reference =
        serde_json::from_str(include_str!("../reference/values.json")).unwrap();
    assert_eq!(reference.exit.len(), 16);
    for case in &reference.exit {
        let pretraining = PreTraining::tilted(case.mu, case.angle_deg).unwrap();
        let mut setup = Setup::new(Model::matched(link(&case.link)), pretraining);
        (setup.u0, setup.threshold) = (case.u0, case.threshold);
        (setup.alignment0, setup.s0) = (Some(case.alignment0), Some(case.s0));
        let strict = Tolerances {
            rtol: 1e-12,
            atol: Some(1e-18),
            ..Tolerances::default()
        };
        for (tolerances, allowed) in [(Tolerances::default(), DEFAULT), (strict, STRICT)] {
            let (t, last, _) = exit(setup.clone(), &tolerances);
            let gap = (t / case.exit_time - 1.0).abs();
            assert!(
                gap < allowed,
                "{}, mu = {}: {t} ({gap:.1e})",
                case.link,
                case.mu
            );
            for (ours, theirs) in last.iter().zip(&case.last) {
                let gap = (ours - theirs).abs() / theirs.abs();
                assert!(
                    gap < STATE * allowed,
                    "{}, mu = {}: {last:?}",
                    case.link,
                    case.mu
                );
            }
        }
    }
}

/// Error over ten radians from (0, 1).
fn oscillator_error(method: Method, rtol: f64) -> f64 {
    let run = solve(
        2,
        &oscillator,
        &[0.0, 1.0],
        until(10.0),
        &by(method, rtol),
        &[],
    )
    .unwrap();
    assert_eq!(run.stop, Stop::End);
    assert_eq!(run.end.to_bits(), 10.0_f64.to_bits());
    let exact = 10.0_f64.sin_cos();
    f64::hypot(run.last[0] - exact.0, run.last[1] - exact.1)
}

/// `error ~ rtol^p`: the step follows `rtol^(1/5)` and the error its fifth power, hence p = 1.
#[test]
fn errors_follow_the_tolerance() {
    for (method, expected) in [(Method::Rk45, 1.0), (Method::Implicit, 1.0)] {
        let mut points = Vec::new();
        for k in 4..=11 {
            let rtol = 10.0_f64.powi(-k);
            let error = oscillator_error(method, rtol);
            assert!(error < 10.0 * rtol, "{method:?}: {error:e} at {rtol:e}");
            points.push((rtol.ln(), error.ln()));
        }
        let p = slope(&points);
        assert!((p - expected).abs() < 0.1, "{method:?}: {p}, {points:?}");
    }
}

/// Least-squares slope.
fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (mx, my) = (
        points.iter().map(|p| p.0).sum::<f64>() / n,
        points.iter().map(|p| p.1).sum::<f64>() / n,
    );
    let xy: f64 = points.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    xy / points.iter().map(|p| (p.0 - mx).powi(2)).sum::<f64>()
}

/// Rates 1 and 1e6, known solution: the implicit method needs few steps, auto finds out.
#[test]
fn stiff_linear_system() {
    let rates = |y: &[f64], out: &mut [f64]| {
        // Eigenvectors (1, 1) with -1, (1, -1) with -1e6.
        let (slow, fast) = (0.5 * (y[0] + y[1]), 0.5 * (y[0] - y[1]));
        out[0] = -slow - 1e6 * fast;
        out[1] = -slow + 1e6 * fast;
    };
    for method in [Method::Auto, Method::Implicit] {
        let run = solve(2, &rates, &[1.0, 0.0], until(3.0), &by(method, 1e-10), &[]).unwrap();
        let exact = 0.5 * (-3.0_f64).exp();
        for y in &run.last {
            assert!(
                (y / exact - 1.0).abs() < 1e-7,
                "{method:?}: {y} against {exact}"
            );
        }
        assert_eq!(run.methods, "implicit");
        assert!(run.work.steps < 3000, "{method:?}: {:?}", run.work);
    }
}

#[test]
fn the_three_methods_agree() {
    // Van der Pol, mild: nothing special about the point where it is compared.
    let rates = |y: &[f64], out: &mut [f64]| {
        out[0] = y[1];
        out[1] = 3.0 * (1.0 - y[0] * y[0]) * y[1] - y[0];
    };
    let runs = [Method::Rk45, Method::Implicit, Method::Auto].map(|method| {
        solve(2, &rates, &[2.0, 0.0], until(10.0), &by(method, 1e-11), &[])
            .unwrap()
            .last
    });
    for run in &runs[1..] {
        for (a, b) in runs[0].iter().zip(run) {
            assert!((a - b).abs() < 1e-8, "{runs:?}");
        }
    }
}

proptest! {
    #![proptest_config(cases(32))]

    /// A damped rotation `y' = (-rate + i frequency) y` seen in skewed coordinates.
    #[test]
    fn stable_linear_systems(
        rate in 0.01_f64..30.0,
        frequency in 0.0_f64..20.0,
        skew in -2.0_f64..2.0,
        phase in 0.0_f64..6.2,
        end in 0.1_f64..3.0,
    ) {
        let rates = |y: &[f64], out: &mut [f64]| {
            let (p, r) = (y[0] - skew * y[1], y[1]);
            let (dp, dr) = (-rate * p - frequency * r, frequency * p - rate * r);
            out[0] = dp + skew * dr;
            out[1] = dr;
        };
        let state = |t: f64| {
            let (sine, cosine) = (phase + frequency * t).sin_cos();
            let size = (-rate * t).exp();
            [size * (cosine + skew * sine), size * sine]
        };
        for method in [Method::Rk45, Method::Implicit, Method::Auto] {
            let run = solve(2, &rates, &state(0.0), until(end), &by(method, 1e-10), &[]).unwrap();
            // Errors made early decay with the solution; 1e3 for the number of steps and the skew.
            let allowed = 1e3 * 1e-10 * (-rate * end).exp() + 1e-13;
            for (y, exact) in run.last.iter().zip(state(end)) {
                prop_assert!((y - exact).abs() < allowed, "{:?}: {} against {}", method, y, exact);
            }
        }
    }
}
