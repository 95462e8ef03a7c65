//! Links of tables and samples: their averages against quadrature of another kind, and against the
//! function they were made of.

use lorode::expectation::{Overlaps, hermite_coefficients, kernel, moment};
use lorode::link::{Link, Outside};

use crate::support::{link, phi, rule};

/// `tanh` at `n` points of `[-6, 6]`, moved by `noise` times a wave that no grid resolves.
fn table(n: u32, noise: f64) -> (Vec<f64>, Link) {
    let step = 12.0 / f64::from(n - 1);
    let x: Vec<f64> = (0..n).map(|i| step * f64::from(i) - 6.0).collect();
    let wave = |i: u32| noise * (2.7 * f64::from(i).powi(2)).sin();
    let y: Vec<f64> = x.iter().zip(0..).map(|(x, i)| x.tanh() + wave(i)).collect();
    let link = Link::from_table(&x, &y, Outside::Linear).unwrap();
    (x, link)
}

/// Between the points of the table a spline is a cubic: panels of 20 nodes there are exact but for the
/// density; 1e-13 is the rounding of several thousand terms.
#[test]
fn averages_of_fine_tables_are_those_between_all_points() {
    for noise in [0.0, 1e-3] {
        let (x, link) = table(601, noise);
        let nodes = rule(&x, 0.5, 12.0);
        let own = |f: &dyn Fn(f64) -> f64| nodes.iter().map(|(x, w)| w * f(*x)).sum::<f64>();
        type Function = fn(&Link, f64) -> f64;
        let functions: [Function; 4] = [
            |l, x| l.value(x).powi(2),
            |l, x| l.derivative(x).powi(2),
            |l, x| l.second_derivative(x).powi(2),
            |l, x| x * l.value(x),
        ];
        for (i, f) in functions.into_iter().enumerate() {
            let (ours, own) = (moment(&link, f), own(&|x| f(&link, x)));
            assert!(
                (ours - own).abs() <= 1e-13 * own.abs(),
                "{noise}, {i}: {ours} {own}"
            );
        }
        let coefficients = hermite_coefficients(&link, 8);
        let third = own(&|x| link.value(x) * (x.powi(3) - 3.0 * x)) / 6.0;
        assert!((coefficients[3] - third).abs() < 1e-14, "{noise}: {third}");
    }
}

/// `E[f(lambda*) g(z)]` by panels between all points of the table in both variables.
fn product(x: &[f64], (m, q): (f64, f64), f: &dyn Fn(f64) -> f64, g: &dyn Fn(f64) -> f64) -> f64 {
    let deviation = (q - m * m).sqrt();
    let outer = rule(x, 0.5, 9.5);
    let inner = |mean: f64| -> f64 {
        let edges: Vec<f64> = x.iter().map(|z| (z - mean) / deviation).collect();
        rule(&edges, 0.5, 9.5)
            .iter()
            .filter(|(_, w)| *w > 1e-22)
            .map(|(y, w)| w * g(mean + deviation * y))
            .sum()
    };
    outer
        .iter()
        .filter(|(_, w)| *w > 1e-22)
        .map(|(x, w)| w * f(*x) * inner(m * x))
        .sum()
}

/// Coarse tables bend most at their points.
#[test]
fn kernels_of_a_coarse_table_are_those_between_all_points() {
    let (x, link) = table(25, 1e-2);
    let ours = kernel(&link, &link);
    for (m, q) in [(0.3, 0.5), (0.9, 1.0), (0.99, 1.1)] {
        let at = Overlaps::from_cosine(m / f64::sqrt(q), q);
        let drift = ours.drift(&at);
        let slope = |x: f64| link.derivative(x);
        let alpha = product(&x, (at.m, q), &slope, &slope);
        assert!(
            (drift.alpha - alpha).abs() < 1e-11,
            "{m}, {q}: {} {alpha}",
            drift.alpha
        );
        let value = |x: f64| link.value(x);
        let pull = product(&x, (at.m, q), &value, &|x| link.second_derivative(x));
        let own = rule(
            &x.iter().map(|x| x / q.sqrt()).collect::<Vec<_>>(),
            0.5,
            12.0,
        );
        let own: f64 = own
            .iter()
            .map(|(x, w)| {
                let z = q.sqrt() * x;
                w * (link.value(z) * link.second_derivative(z) + link.derivative(z).powi(2))
            })
            .sum();
        assert!(
            (drift.beta - (pull - own)).abs() < 1e-11,
            "{m}, {q}: {} {}",
            drift.beta,
            pull - own
        );
    }
    // Slopes are continuous: the density at a break has no weight.
    assert!(link.breaks().is_empty() && phi(0.0) > 0.0);
}

#[test]
fn kernels_of_samples_are_those_of_the_function() {
    type Function = fn(f64) -> f64;
    let functions: [(&str, Function); 4] = [
        ("tanh", f64::tanh),
        ("silu", |x| x / (1.0 + (-x).exp())),
        ("sin(2*x)", |x| (2.0 * x).sin()),
        ("leaky-relu(0.2)", |x| x.max(0.2 * x)),
    ];
    for (text, f) in functions {
        let exact = link(text);
        let fit = Link::from_samples(f, (-16.0, 16.0), 1e-13).unwrap();
        let [ours, theirs] = [&fit, &exact].map(|l| kernel(l, l));
        for (cosine, q) in [(0.0, 0.3), (0.5, 1.0), (0.95, 1.3), (1.0, 0.7)] {
            let at = Overlaps::from_cosine(cosine, q);
            let (a, b) = (ours.drift(&at), theirs.drift(&at));
            let gap = (a.alpha - b.alpha).abs().max((a.beta - b.beta).abs());
            // Bends are off by 1e-10 and change sign from node to node.
            assert!(gap < 1e-11, "{text} at {cosine}, {q}: {gap:e}");
            assert!((ours.loss(&at) - theirs.loss(&at)).abs() < 1e-12, "{text}");
            let noise = ours.noise(&at).signal - theirs.noise(&at).signal;
            assert!(noise.abs() < 1e-11, "{text}: {noise:e}");
        }
    }
}

/// SELU is made so that `N(0, 1)` stays of mean 0 and variance 1: its constants, to the last digit.
#[test]
fn selu_keeps_mean_0_and_variance_1() {
    let selu = link("selu");
    let mean = moment(&selu, Link::value);
    let power = moment(&selu, |l, x| l.value(x).powi(2));
    assert!(
        mean.abs() < 1e-15 && (power - 1.0).abs() < 1e-15,
        "{mean} {power}"
    );
}
