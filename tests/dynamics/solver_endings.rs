//! How an integration ends and what it keeps: events, records, fixed points, failures.

use crate::support::solving::{by, oscillator, solve, until};
use lorode::integrator::{Drifts, Event, Field, Keep, Method, Span, StepFailure, Stop, Tolerances};

/// `cos t` from its maximum: events at arccos of the levels, met upwards only.
#[test]
fn events_are_located() {
    let falls_to = |level: f64| move |y: &[f64]| level - y[1];
    let (half, zero, low) = (falls_to(0.5), falls_to(0.0), falls_to(-0.9));
    let at_start = |y: &[f64]| y[1] - 1.0;
    let never = |y: &[f64]| y[0] - 1.5;
    for method in [Method::Rk45, Method::Implicit, Method::Auto] {
        for rtol in [1e-4, 1e-11] {
            let events = [
                Event {
                    function: &half,
                    terminal: false,
                },
                Event {
                    function: &low,
                    terminal: true,
                },
                Event {
                    function: &zero,
                    terminal: false,
                },
                Event {
                    function: &at_start,
                    terminal: false,
                },
                Event {
                    function: &never,
                    terminal: true,
                },
            ];
            let start = [0.0, 1.0];
            let run = solve(
                2,
                &oscillator,
                &start,
                until(50.0),
                &by(method, rtol),
                &events,
            );
            let run = run.unwrap();
            assert_eq!(run.stop, Stop::Event(1));
            let times: Vec<Option<f64>> =
                run.hits.iter().map(|h| h.as_ref().map(|h| h.t)).collect();
            let exact = [0.5_f64.acos(), (-0.9_f64).acos(), 0.0_f64.acos(), 0.0];
            // At loose tolerance the solution is off, but the event lies on it to 1e-9.
            let allowed = if rtol > 1e-6 { 1e-2 } else { 1e-9 };
            for (time, exact) in times.iter().zip(exact) {
                assert!(
                    (time.unwrap() - exact).abs() < allowed,
                    "{method:?}: {times:?}"
                );
            }
            assert_eq!(times[4], None);
            for (hit, level) in run.hits.iter().zip([0.5, -0.9, 0.0]) {
                let state = &hit.as_ref().unwrap().state;
                assert!((state[1] - level).abs() < 1e-9, "{method:?}: {state:?}");
            }
            assert_eq!(run.end.to_bits(), times[1].unwrap().to_bits());
            assert_eq!(run.last, run.hits[1].as_ref().unwrap().state);
        }
    }
}

#[test]
fn a_terminal_event_at_the_start_ends_the_run_there() {
    let met = |y: &[f64]| y[1] - 1.0;
    let events = [Event {
        function: &met,
        terminal: true,
    }];
    let run = solve(
        2,
        &oscillator,
        &[0.0, 1.0],
        until(9.0),
        &Tolerances::default(),
        &events,
    );
    let run = run.unwrap();
    assert_eq!((run.stop, run.work.steps), (Stop::Event(0), 0));
    assert_eq!((run.path.times(), run.end.to_bits()), (&[0.0][..], 0));
    assert_eq!(run.hits[0].as_ref().unwrap().state, [0.0, 1.0]);
}

/// The interpolants are of one order less than their methods: their errors are of the size of the
/// local error, which is estimated with the same order.
#[test]
fn recorded_times_are_exact_and_their_states_lie_on_the_solution() {
    let times = [0.0, 1e-7, 0.3, 0.3 + 1e-9, 1.0, 7.77, 10.0];
    for method in [Method::Rk45, Method::Implicit, Method::Auto] {
        let span = Span {
            end: 10.0,
            keep: Keep::Times(&times),
        };
        let run = solve(2, &oscillator, &[0.0, 1.0], span, &by(method, 1e-11), &[]).unwrap();
        assert_eq!(run.path.times(), times, "{method:?}");
        for (t, y) in times.iter().zip(run.path.states()) {
            let gap = f64::hypot(y[0] - t.sin(), y[1] - t.cos());
            assert!(gap < 1e-10, "{method:?}, t = {t}: {gap:e}");
        }
    }
}

/// A path tells the states between its steps to the tolerance, to the last one, which an event cut
/// short; also where there were so many steps that most were dropped.
#[test]
fn a_path_is_known_between_its_steps() {
    let falls = |y: &[f64]| -0.9 - y[1];
    let event = [Event {
        function: &falls,
        terminal: true,
    }];
    let times: Vec<f64> = (0..997).map(|i| 0.01 * f64::from(i)).collect();
    let long = [0.0, 17.0, 123.456, 2999.5, 3000.0];
    let field = Field {
        dim: 2,
        rates: &oscillator,
        grain: 0.0,
        is_dear: false,
        drifts: Drifts::GoOn,
        halts: None,
    };
    for method in [Method::Rk45, Method::Implicit] {
        for (tolerances, end, events, times) in [
            (by(method, 1e-9), 10.0, &event[..], &times[..]),
            (by(method, 1e-12), 3000.0, &[][..], &long[..]),
        ] {
            let tolerances = Tolerances {
                max_steps: Some(1_000_000),
                ..tolerances
            };
            let start = [0.0, 1.0];
            let run = solve(2, &oscillator, &start, until(end), &tolerances, events).unwrap();
            assert!(run.path.times().len() < 20_001);
            let mut seen = Vec::new();
            let mut largest = 0.0_f64;
            let each = |t: f64, y: &[f64]| {
                seen.push(t);
                largest = largest.max(f64::hypot(y[0] - t.sin(), y[1] - t.cos()));
            };
            run.path
                .at_times(times, (field, &tolerances), each)
                .unwrap();
            let within: Vec<f64> = times.iter().copied().filter(|t| *t <= run.end).collect();
            assert_eq!(seen, within, "{method:?}");
            // The error of the run itself grows with its length.
            let allowed = 5.0 * tolerances.rtol * run.end;
            assert!(largest < allowed, "{method:?}, {end}: {largest:e}");
        }
    }
}

#[test]
fn a_run_stops_at_a_fixed_point() {
    let logistic = |y: &[f64], out: &mut [f64]| out[0] = y[0] * (1.0 - y[0]);
    for method in [Method::Implicit, Method::Auto] {
        let tolerances = Tolerances {
            method,
            ..Tolerances::default()
        };
        for (start, end) in [(0.5, 1.0), (0.0, 0.0), (1e-12, 1.0)] {
            let run = solve(1, &logistic, &[start], until(1e30), &tolerances, &[]).unwrap();
            assert_eq!(run.stop, Stop::FixedPoint, "{method:?} from {start}");
            assert!(
                (run.last[0] - end).abs() < 1e-9,
                "{method:?}: {:?}",
                run.last
            );
            assert!(
                run.end < 1e30 && run.work.steps < 5000,
                "{method:?}: {:?}",
                run.work
            );
        }
    }
}

/// Rates that are NaN beyond y = 0.75: the run up to there is kept, and nothing beyond.
#[test]
fn not_finite_rates_keep_the_partial_run() {
    let breaks = |y: &[f64], out: &mut [f64]| {
        out[0] = if y[0] > 0.75 { f64::NAN } else { 1.0 };
    };
    for method in [Method::Rk45, Method::Implicit, Method::Auto] {
        let tolerances = Tolerances {
            method,
            ..Tolerances::default()
        };
        let error = solve(1, &breaks, &[0.0], until(5.0), &tolerances, &[]).unwrap_err();
        assert_eq!(error.failure, StepFailure::NotFinite, "{method:?}");
        let run = error.partial;
        assert!(
            run.end > 0.4 && run.end <= 0.75 + 1e-9,
            "{method:?}: {}",
            run.end
        );
        assert!(
            (run.last[0] - run.end).abs() < 1e-9,
            "{method:?}: {:?}",
            run.last
        );
        assert!(run.path.times().len() >= 2 && run.path.times().len() == run.path.states().len());
        assert!(
            run.path.states().all(|y| y[0].is_finite()),
            "{method:?}: {:?}",
            run.path
        );
    }
}

/// `y' = (1 - y)^(-1/2)` ends at t = 2/3.
#[test]
fn a_singularity_is_approached_and_reported() {
    let rates = |y: &[f64], out: &mut [f64]| out[0] = 1.0 / (1.0 - y[0]).sqrt();
    for method in [Method::Rk45, Method::Implicit, Method::Auto] {
        let tolerances = Tolerances {
            method,
            ..Tolerances::default()
        };
        let error = solve(1, &rates, &[0.0], until(5.0), &tolerances, &[]).unwrap_err();
        // Beyond the singularity rates are NaN; before it the steps shrink to nothing.
        let expected = [StepFailure::NotFinite, StepFailure::StepSize];
        assert!(expected.contains(&error.failure), "{method:?}: {error}");
        let run = error.partial;
        assert!(
            (run.end - 2.0 / 3.0).abs() < 1e-6,
            "{method:?}: {}",
            run.end
        );
        assert!(
            run.last[0] < 1.0 && run.last[0] > 0.999,
            "{method:?}: {:?}",
            run.last
        );
    }
}

#[test]
fn infinite_rates_at_the_start_leave_the_start() {
    let nowhere = |_: &[f64], out: &mut [f64]| out[0] = f64::INFINITY;
    for method in [Method::Rk45, Method::Implicit, Method::Auto] {
        let tolerances = Tolerances {
            method,
            ..Tolerances::default()
        };
        let error = solve(1, &nowhere, &[0.2], until(5.0), &tolerances, &[]).unwrap_err();
        assert_eq!(error.failure, StepFailure::NotFinite, "{method:?}");
        assert_eq!(
            (error.partial.end.to_bits(), error.partial.last),
            (0, vec![0.2])
        );
    }
}

#[test]
fn the_budget_of_steps_is_kept() {
    for method in [Method::Rk45, Method::Implicit, Method::Auto] {
        let tolerances = Tolerances {
            max_steps: Some(200),
            ..by(method, 1e-11)
        };
        let error = solve(2, &oscillator, &[0.0, 1.0], until(1e4), &tolerances, &[]).unwrap_err();
        assert_eq!(error.failure, StepFailure::Budget { limit: 200 });
        let run = error.partial;
        assert_eq!(run.work.steps, 200, "{method:?}");
        assert!((run.last[0] - run.end.sin()).abs() < 1e-8, "{method:?}");
    }
}

#[test]
fn tolerances_out_of_range_are_refused() {
    let base = Tolerances::default();
    for (changed, name) in [
        (
            Tolerances {
                rtol: 1e-15,
                ..base
            },
            "rtol",
        ),
        (
            Tolerances {
                rtol: f64::NAN,
                ..base
            },
            "rtol",
        ),
        (
            Tolerances {
                atol: Some(0.0),
                ..base
            },
            "atol",
        ),
        (
            Tolerances {
                max_steps: Some(0),
                ..base
            },
            "max-steps",
        ),
    ] {
        assert_eq!(changed.checked().unwrap_err().name, name);
    }
    assert_eq!(base.checked(), Ok(base));
}

#[test]
fn a_slow_escape_is_no_fixed_point_and_a_saddle_at_rest_is() {
    // y' = y^5 from 1e-6, as from scratch with He6: y = 1/2 at (1/y0^4 - 2^4) / 4. Beside it a
    // fast variable slaved to y, as u is to the alignment.
    let slow = |y: &[f64], out: &mut [f64]| {
        out[0] = y[0].powi(5);
        out[1] = -3.0 * (y[1] - y[0]);
    };
    let half = |y: &[f64]| y[0] - 0.5;
    let events = [Event {
        function: &half,
        terminal: true,
    }];
    for method in [Method::Implicit, Method::Auto] {
        let run = solve(
            2,
            &slow,
            &[1e-6, 0.0],
            until(1e30),
            &by(method, 1e-10),
            &events,
        );
        let run = run.unwrap();
        assert_eq!(run.stop, Stop::Event(0), "{method:?}");
        assert!((run.end / 0.25e24 - 1.0).abs() < 1e-7, "{}", run.end);
    }
    // u' = 36 u, a' = u from u = 0: nothing moves, though it would from any other u.
    let saddle = |y: &[f64], out: &mut [f64]| {
        out[0] = 36.0 * y[0];
        out[1] = y[0];
    };
    let run = solve(
        2,
        &saddle,
        &[0.0, 0.03],
        until(1e30),
        &Tolerances::default(),
        &events,
    );
    assert_eq!(run.unwrap().stop, Stop::FixedPoint);
}
