//! Links through tables and samples.

use super::*;
use crate::link::Outside;

fn irregular(n: u32) -> Vec<f64> {
    (0..n)
        .map(|i| 0.21 * f64::from(i) + 0.06 * (2.3 * f64::from(i)).sin() - 2.0)
        .collect()
}

/// These properties have one solution, the natural spline.
#[test]
fn splines_go_through_their_points_with_continuous_bend_that_is_0_at_the_ends() {
    let x = irregular(23);
    let y: Vec<f64> = x.iter().map(|x| (1.3 * x).sin() + 0.1 * x * x).collect();
    let link = Link::from_table(&x, &y, Outside::Linear).unwrap();
    assert!(link.breaks().is_empty());
    for (x, y) in x.iter().zip(&y) {
        assert!((link.value(*x) - y).abs() < 4e-16 * (1.0 + y.abs()));
        // The bend is piecewise linear, its slopes are below 100: it moves by 1e-8 on 1e-10.
        for f in [Link::value, Link::derivative, Link::second_derivative] {
            let sides = f(&link, x + 5e-11) - f(&link, x - 5e-11);
            assert!(sides.abs() < 2e-8, "{x}: {sides}");
        }
    }
    for end in [x[0], x[x.len() - 1]] {
        assert!(link.second_derivative(end).abs() < 1e-12);
    }
    let (first, last) = (x[0], x[x.len() - 1]);
    let line = |end: f64, x: f64| link.value(end) + link.derivative(end) * (x - end);
    assert_close(
        link.value(first - 3.0),
        line(first, first - 3.0),
        1e-15,
        "left",
    );
    assert_close(
        link.value(last + 7.0),
        line(last, last + 7.0),
        1e-15,
        "right",
    );
    assert!(link.second_derivative(last + 1.0).abs() <= 0.0);
}

/// Natural splines of `f` with no bend at the ends are within `5/384 h^4 max |f''''|` of it.
#[test]
fn fine_tables_are_the_function() {
    let h: f64 = 0.02;
    let x: Vec<f64> = (-300..=300).map(|i| h * f64::from(i)).collect();
    let y: Vec<f64> = x.iter().map(|x| x.tanh()).collect();
    let table = Link::from_table(&x, &y, Outside::Linear).unwrap();
    // |tanh''''| is at most 4.09; the bend of tanh at 6 is 5e-5, which adds h^2/16 of that near the end.
    let bound = 5.0 / 384.0 * h.powi(4) * 4.09;
    for i in 0..2000 {
        let x = 5.8 * (f64::from(i) * 0.001 - 1.0);
        let gap = (table.value(x) - x.tanh()).abs();
        assert!(gap <= bound, "{x}: {gap:e}");
    }
}

#[test]
fn held_tables_have_a_kink_where_they_stop() {
    let x = [-1.0, 0.0, 1.0, 2.0];
    let held = Link::from_table(&x, &[0.0, 1.0, 2.0, 3.0], Outside::Held).unwrap();
    let breaks: Vec<(f64, f64, f64)> = held
        .breaks()
        .iter()
        .map(|b| (b.at, b.jump, b.slope_jump))
        .collect();
    assert_eq!(breaks, [(-1.0, 0.0, 1.0), (2.0, 0.0, -1.0)]);
    assert_eq!((held.value(-9.0), held.value(1e9)), (0.0, 3.0));
    assert_eq!((held.derivative(0.5), held.derivative(2.5)), (1.0, 0.0));
    assert_eq!(held.seams(), [-1.0, 0.0, 1.0, 2.0]);
}

#[test]
fn tables_are_equal_by_content() {
    let x = irregular(9);
    let y: Vec<f64> = x.iter().map(|x| x.cos()).collect();
    let table = |y: &[f64], outside| Link::from_table(&x, y, outside).unwrap();
    let one = table(&y, Outside::Linear);
    assert_eq!(one, table(&y, Outside::Linear).named("mine"));
    assert_ne!(one, table(&y, Outside::Held));
    let mut other = y.clone();
    other[4] += 1e-16;
    assert_ne!(one, table(&other, Outside::Linear));
    assert_eq!(one.named("mine").name(), "mine");
    assert!(
        one.to_string()
            .starts_with("table(9 points from -2 to -0.3")
    );
    assert!(one.formula().is_err());
}

#[test]
fn tables_are_refused_with_the_place() {
    let refused = |x: &[f64], y: &[f64]| {
        let error = Link::from_table(x, y, Outside::Linear).unwrap_err();
        error.to_string()
    };
    let y = [0.0, 1.0, 4.0, 9.0];
    for (message, x) in [
        ("point 3: x = 1 stands there twice", [0.0, 1.0, 1.0, 2.0]),
        (
            "point 4: x = 1.5 comes after x = 2; x has to increase",
            [0.0, 1.0, 2.0, 1.5],
        ),
        (
            "point 2: x = NaN, y = 1 is not finite",
            [0.0, f64::NAN, 2.0, 3.0],
        ),
        (
            "point 4: x = inf, y = 9 is not finite",
            [0.0, 1.0, 2.0, f64::INFINITY],
        ),
    ] {
        assert_eq!(refused(&x, &y), message);
    }
    assert!(
        refused(&[0.0, 1.0, 2.0], &y[..3]).starts_with("the table: 3 points; a table has from 4")
    );
    assert_eq!(refused(&[0.0, 1.0], &y), "the table: 2 values of x, 4 of y");
    assert!(refused(&[0.0, 1.0, 2.0, 3.0], &[1.0; 4]).contains("constant"));
}

#[test]
fn csv_files_are_read_by_their_columns_and_refused_with_the_line() {
    let read = |text: &str| Link::from_csv("a.csv", text, Outside::Linear);
    let plain = read("0,0\n1,1\n2,4\n3,9\n").unwrap();
    for text in [
        "x,y\n0,0\n1,1\n2,4\n3,9",
        "# made by hand\nact, out\n0 , 0\n1, 1\n\n2, 4\n3, 9\n",
        "n,Y,epoch,X\n1,0,5,0\n2,1,5,1\n3,4,5,2\n4,9,5,3\n",
    ] {
        assert_eq!(read(text).unwrap(), plain, "{text}");
    }
    for (text, message) in [
        (
            "x,y\n0,0\n1,one\n2,4\n3,9",
            "'a.csv', line 3: '1,one' is not x and y",
        ),
        (
            "x,y\n0,0\n# note\n1,1\n1,2\n3,9",
            "'a.csv', line 5: x = 1 stands there twice",
        ),
        ("0\n1\n2\n3\n", "'a.csv', line 1: '0' is not x and y"),
        (
            "x,y\n0,0\n1,nan\n2,4\n3,9",
            "'a.csv', line 3: x = 1, y = NaN is not finite",
        ),
        ("", "'a.csv': 0 points; a table has from 4 to 20000"),
    ] {
        assert_eq!(read(text).unwrap_err().to_string(), message);
    }
}

type Function = fn(f64) -> f64;

#[test]
fn samples_are_as_close_as_they_say_and_join_smoothly() {
    let functions: [(&str, Function); 6] = [
        ("tanh", f64::tanh),
        ("gelu", |x| 0.5 * x * libm::erfc(-x / 2.0_f64.sqrt())),
        ("cos(7*x)", |x| (7.0 * x).cos()),
        ("exp(-100*(x-0.31)^2)", |x| {
            (-100.0 * (x - 0.31).powi(2)).exp()
        }),
        ("x^3", |x| x.powi(3)),
        ("abs(x)", f64::abs),
    ];
    for (text, f) in functions {
        let exact = link(text);
        let fit =
            Link::from_samples(f, (-8.0, 8.0), 1e-13).unwrap_or_else(|e| panic!("{text}: {e}"));
        let error = fit.fit_error().unwrap();
        assert!(error > 0.0, "{text}");
        let size = points()
            .map(|x| exact.value(2.0 * x).abs())
            .fold(0.0, f64::max);
        assert!(error <= 1e-13 * 512.0_f64.max(size), "{text}: {error:e}");
        let kinks = |link: &Link| -> Vec<(f64, f64)> {
            let breaks = link.breaks().iter();
            breaks
                .map(|b| (b.at, (1e9 * b.slope_jump).round()))
                .collect()
        };
        assert_eq!(kinks(&fit), kinks(&exact), "{text}");
        for i in 0..4000 {
            let x = 7.99 * (f64::from(i) / 2000.0 - 1.0);
            let gap = (fit.value(x) - exact.value(x)).abs();
            // The deviation is looked for at a few points of each piece only, and values have roundings.
            assert!(gap <= 3.0 * error + 4e-16 * size, "{text} at {x}: {gap:e}");
        }
        for edge in fit.seams() {
            let step = 1e-14 * (1.0 + edge.abs());
            let gap = fit.value(edge + step) - fit.value(edge - step);
            // What the function itself moves on both steps.
            assert!(
                gap.abs() <= 2e-12 * (1.0 + size),
                "{text} at {edge}: {gap:e}"
            );
        }
    }
}

#[test]
fn samples_have_the_derivatives_of_their_function() {
    let fit = Link::from_samples(f64::tanh, (-8.0, 8.0), 1e-13).unwrap();
    let exact = link("tanh");
    // Markov's bounds for a deviation of degree 16 on pieces of half-width 1/4, which may be three times
    // the one that was found.
    let error = 3.0 * fit.fit_error().unwrap();
    let (first, second) = (4.0 * 256.0 * error, 16.0 * 65_536.0 / 3.0 * error);
    for x in points() {
        let slope = fit.derivative(x) - exact.derivative(x);
        let bend = fit.second_derivative(x) - exact.second_derivative(x);
        assert!(
            slope.abs() < first && bend.abs() < second,
            "{x}: {slope:e} {bend:e}"
        );
    }
    assert!(error < 3e-13, "{error:e}");
}

#[test]
fn what_cannot_be_sampled_is_refused_with_the_place() {
    let refused =
        |f: Function, interval, tolerance| match Link::from_samples(f, interval, tolerance) {
            Err(LinkError::Samples { at, reason }) => (at, reason),
            other => panic!("{other:?}"),
        };
    let (at, reason) = refused(|x| if x > 2.5 { f64::NAN } else { x }, (0.0, 4.0), 1e-9);
    assert!(
        at > 2.5 && at < 2.7 && reason.contains("no finite value"),
        "{at}: {reason}"
    );
    let (at, reason) = refused(|x| if x > 0.3 { 1.0 } else { x }, (-1.0, 1.0), 1e-9);
    assert!(
        (at - 0.3).abs() < 1e-9 && reason.contains("the function jumps near there"),
        "{at}: {reason}"
    );
    let (at, reason) = refused(|x| (x - 0.3).abs(), (-1.0, 1.0), 1e-9);
    assert!(
        (at - 0.3).abs() < 1e-9 && reason.contains("does not become smooth"),
        "{at}: {reason}"
    );
    for (interval, tolerance, said) in [
        ((1.0, 1.0), 1e-9, "interval = (1, 1) is not allowed"),
        ((0.0, f64::INFINITY), 1e-9, "interval = (0, "),
        ((0.0, 1.0), 0.0, "tolerance = 0 is not allowed"),
    ] {
        let refused = Link::from_samples(f64::tanh, interval, tolerance).unwrap_err();
        assert!(refused.to_string().starts_with(said), "{refused}");
        assert!(
            refused
                .argument()
                .is_some_and(|name| said.starts_with(name))
        );
    }
    let constant = Link::from_samples(|_| 1.0, (-1.0, 1.0), 1e-9).unwrap_err();
    assert!(matches!(constant, LinkError::Constant { .. }));
}

/// Bumps of half a hundredth and of a few thousandths, at places with no tie to the pieces.
#[test]
fn narrow_features_in_the_middle_are_seen() {
    for (place, sharpness) in [-2.9, -1.713, 0.31, 1.1234, 2.77]
        .into_iter()
        .flat_map(|c| [(c, 1e5), (c, 1e6)])
    {
        let f = |x: f64| x.tanh() + (-sharpness * (x - place) * (x - place)).exp();
        let fit = Link::from_samples(f, (-40.0, 40.0), 1e-12).unwrap();
        let error = fit.fit_error().unwrap();
        assert!(error <= 1e-12 * 2.0, "{place}: {error:e}");
        for i in -200..=200 {
            let x = place + 1e-4 * f64::from(i);
            let gap = (fit.value(x) - f(x)).abs();
            assert!(gap <= 3.0 * error + 1e-15, "{place} at {x}: {gap:e}");
        }
    }
}

/// Nothing of a closure is kept: one that borrows is enough.
#[test]
fn functions_are_called_only_to_make_the_link() {
    let calls = std::cell::Cell::new(0);
    let count = |x: f64| {
        calls.set(calls.get() + 1);
        x.sin()
    };
    let one = Link::from_samples(count, (-8.0, 8.0), 1e-12).unwrap();
    let made = calls.get();
    let mut out = [0.0; 2];
    one.values(&[0.1, 9.0], &mut out);
    assert_eq!(calls.get(), made);
    assert_eq!(
        one,
        Link::from_samples(f64::sin, (-8.0, 8.0), 1e-12).unwrap()
    );
}
