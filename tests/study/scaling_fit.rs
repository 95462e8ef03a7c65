//! Which law is seen in times made by hand: each law, with corrections, and what is none of them.

use crate::support::cases::cases;
use lorode::scaling::{FitError, Law, ScalingFit};
use proptest::prelude::*;

/// Times at 21 dimensions from 10^2 to 10^12.
fn times(f: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    let dims = (0..21).map(|i| 10f64.powf(2.0 + 0.5 * f64::from(i)));
    dims.map(|d| (d, f(d))).collect()
}

fn fit(f: impl Fn(f64) -> f64) -> ScalingFit {
    ScalingFit::of(&times(f)).unwrap()
}

/// The exponent of a power, which must be within its uncertainty of the true one.
fn power(f: impl Fn(f64) -> f64, exponent: f64) -> (f64, f64) {
    let fit = fit(f);
    let Law::Power {
        exponent: found, ..
    } = fit.law
    else {
        panic!("{fit:?}");
    };
    let uncertainty = fit.uncertainty.unwrap();
    // A millionth for times that are exact and exponents that then agree to rounding.
    assert!(
        (found - exponent).abs() <= uncertainty + 1e-6,
        "{found} +- {uncertainty}, not {exponent}"
    );
    (found, uncertainty)
}

#[test]
fn exact_laws_are_seen_to_rounding() {
    for p in [0.01, 0.1, 0.5, 1.0, 2.0, -0.5] {
        let (found, uncertainty) = power(|d| 3.0 * d.powf(p), p);
        assert!((found - p).abs() < 1e-12 && uncertainty < 1e-6, "{p}");
    }
    for offset in [-5.0, 0.0, 5.0, 100.0, 1e4] {
        let fit = fit(|d| 2.0 * d.ln() + offset);
        let Law::Logarithmic { slope, offset: c } = fit.law else {
            panic!("{offset}: {fit:?}");
        };
        let allowed = 1e-12 * (1.0 + offset.abs());
        assert!((slope - 2.0).abs() < allowed && (c - offset).abs() < 30.0 * allowed);
        assert_eq!(fit.law.exponent(), Some(0.0));
    }
    let constant = fit(|_| 7.0).law;
    assert!(matches!(constant, Law::Constant { time } if (time - 7.0).abs() < 1e-14));
    assert_eq!(fit(|_| 0.0).law, Law::Constant { time: 0.0 });
}

#[test]
fn corrections_are_within_the_uncertainty() {
    power(|d| d.sqrt() * (1.0 + 3.0 / d.ln()), 0.5);
    power(|d| d * (1.0 + 40.0 / d.sqrt()), 1.0);
    power(|d| d.powf(0.1) * d.ln(), 0.1);
    let (exponent, uncertainty) = power(|d| d * d.ln(), 1.0);
    assert!((exponent - 1.046).abs() < 1e-3 && uncertainty < 0.05);
    power(|d| d.powf(0.3) + 50.0, 0.3);
    power(|d| d.powf(0.1) + 5.0, 0.1);
    power(|d| (d.sqrt() - 2.0) / 18.0, 0.5);
    for (f, limit) in [
        (&(|d: f64| 7.0 - 1.0 / d.sqrt()) as &dyn Fn(f64) -> f64, 7.0),
        (&|d: f64| 7.0 + 20.0 * d.powf(-0.2), 7.0),
        (&|d: f64| 0.5 + 1.0 / d, 0.5),
    ] {
        let fit = fit(f);
        let Law::Constant { time } = fit.law else {
            panic!("{limit}: {fit:?}");
        };
        let uncertainty = fit.uncertainty.unwrap();
        assert!(
            (time - limit).abs() <= uncertainty + 1e-9 * limit,
            "{limit}: {time} +- {uncertainty}"
        );
    }
    let fit = fit(|d| 3.0 * d.ln() + 5.0 + 300.0 / d.sqrt());
    let Law::Logarithmic { slope, .. } = fit.law else {
        panic!("{fit:?}");
    };
    assert!((slope - 3.0).abs() <= fit.uncertainty.unwrap());
}

#[test]
fn what_is_none_of_them_is_undecided() {
    for f in [
        // Powers of the logarithm: the local exponent goes to 0, t is no line in ln d.
        &(|d: f64| d.ln().powi(2)) as &dyn Fn(f64) -> f64,
        &|d: f64| d.ln().powi(10),
        &|d: f64| d.ln().sqrt(),
        // A power that has hardly come out of its constant, a constant that is approached like 1/ln d.
        &|d: f64| d.powf(0.1) + 100.0,
        &|d: f64| 7.0 - 1.0 / d.ln(),
        &|d: f64| 40.0 - d.ln(),
    ] {
        let fit = fit(f);
        assert_eq!(fit.law, Law::Undecided, "{fit:?}");
        assert_eq!(fit.uncertainty, None);
        assert!(fit.residuals.is_some() && fit.local_exponents[20].is_some());
    }
}

#[test]
fn few_points_make_no_law() {
    assert_eq!(ScalingFit::of(&[]).unwrap().law, Law::Never);
    let all = times(f64::sqrt);
    let few = ScalingFit::of(&all[..5]).unwrap();
    assert_eq!((few.law, few.points), (Law::Undecided, 0));
    assert!((few.local_exponents[4].unwrap() - 0.5).abs() < 1e-12);
    assert_eq!(few.local_exponents[0], None);
    let six = ScalingFit::of(&all[..6]).unwrap();
    assert!(matches!(six.law, Law::Power { exponent, .. } if (exponent - 0.5).abs() < 1e-12));
    // Starts beyond the threshold leave at once; they say nothing about the search.
    let mut with_zeros = all.clone();
    with_zeros[0].1 = 0.0;
    with_zeros[1].1 = 0.0;
    let fit = ScalingFit::of(&with_zeros).unwrap();
    assert!(matches!(fit.law, Law::Power { exponent, .. } if (exponent - 0.5).abs() < 1e-12));
    assert_eq!(fit.local_exponents[..3], [None, None, None]);
}

#[test]
fn points_that_mean_nothing_are_refused() {
    for (d, t) in [
        (1.0, 1.0),
        (f64::NAN, 1.0),
        (9.0, -1.0),
        (9.0, f64::INFINITY),
    ] {
        let error = ScalingFit::of(&[(d, t)]).unwrap_err();
        assert!(matches!(error, FitError::Point { .. }), "{error}");
    }
    let error = ScalingFit::of(&[(10.0, 1.0), (10.0, 2.0)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the dimensions must ascend: 10 follows 10"
    );
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn the_unit_of_time_does_not_matter(
        factor in -30.0..30.0f64,
        p in 0.3..3.0f64,
        c in 0.0..3.0f64,
        kind in 0..4usize,
    ) {
        let f = move |d: f64| match kind {
            0 => d.powf(p) + c,
            1 => p * d.ln() + c,
            2 => 1.0 + c - d.powf(-p).min(0.5),
            _ => d.powf(p) * d.ln(),
        };
        let scale = 10f64.powf(factor);
        let (one, other) = (fit(f), fit(|d| scale * f(d)));
        prop_assert_eq!(one.law.word(), other.law.word());
        let expected = ["power", "logarithmic", "constant", "power"][kind];
        prop_assert_eq!(one.law.word(), expected);
        let exponents = (one.law.exponent().unwrap(), other.law.exponent().unwrap());
        prop_assert!((exponents.0 - exponents.1).abs() < 1e-9);
        let times = (one.law.at(1e9).unwrap(), other.law.at(1e9).unwrap());
        prop_assert!((times.1 / (scale * times.0) - 1.0).abs() < 1e-6);
    }
}
